"""Prints a dissection: octet range, octets, and the named tree, in columns."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

from hanbench.harness.dissection.tree import Dissection, Layer, Node, as_json

HEX_OCTETS = 8
_RANGE_COLUMNS = 9
_TIME_COLUMNS = 15
"""Hours to microseconds."""
_RADIO = ("source", "target")
_SHORT_LETTERS = len("0x1234")
_HANG = 4
_HEX_COLUMNS = 3 * HEX_OCTETS + 2


def show(console: Console, title: str, told: Dissection) -> None:
    """Print one packet: its title, its layers, and what could not be read."""
    lines = [Text(title, "bold"), *(line for one in told.layers for line in _layer(one)), Text()]
    if console.is_terminal:
        fitted = [piece for line in lines for piece in _fitted(line, console)]
        console.print(Text("\n").join(fitted), soft_wrap=True)
    else:
        # Past rich, which would lay out each line anew: ten times the cost of the decoding.
        console.file.write("".join(f"{line.plain}\n" for line in lines))


def brief(title: dict[str, Any], told: Dissection) -> str:
    """Return one packet in a line: its number and time, who to whom, its octets, and what it is."""
    frame, at = title.get("frame", "-"), str(title.get("at", ""))
    between = _between(told)
    what = told.summary or (told.layers[0].name if told.layers else "")
    wrong = "".join(f"  ! {error}" for error in told.errors)
    time_of_day = at.partition("T")[2].rstrip("Z")[:_TIME_COLUMNS]
    words = f"{frame:>6}  {time_of_day:<{_TIME_COLUMNS}}  {between:<16}  {len(told.octets):>4}"
    return f"{words}  {what}{wrong}".rstrip()


def record(title: dict[str, Any], told: Dissection) -> dict[str, Any]:
    """Return one packet as JSON-ready data."""
    layers = [
        {
            "name": layer.name,
            **({"summary": layer.summary} if layer.summary else {}),
            "fields": [as_json(node) for node in layer.nodes],
            **({"notes": layer.notes} if layer.notes else {}),
            **({"error": layer.error} if layer.error else {}),
        }
        for layer in told.layers
    ]
    return {**title, "octets": told.octets.hex(), "layers": layers, "errors": told.errors}


def _between(told: Dissection) -> str:
    """Return who sends to whom: by the NWK layer, or by the radio where there is none."""
    network = next((one for one in told.layers if one.name == "NWK" and one.summary), None)
    if network is not None:
        return network.summary.partition(" ")[2]
    radio = {
        node.name.split()[0]: _address(node.text)
        for layer in told.layers
        if layer.name == "MAC"
        for node in layer.nodes
        if node.name.endswith((" short", " eui64"))
    }
    return " to ".join(radio.get(name, "-") for name in _RADIO) if radio else ""


def _address(text: str) -> str:
    """Return an address as long as a short one: of an EUI-64 its last two octets."""
    return text if len(text) <= _SHORT_LETTERS else f"…{text[-5:]}"


def _fitted(line: Text, console: Console) -> Iterator[Text]:
    """Break a line that is too long for the terminal; it goes on in the column of the names."""
    if len(line.plain) <= console.width:
        yield line
        return
    margin = " " * (_RANGE_COLUMNS + _HEX_COLUMNS)
    is_in_tree = len(line.plain) > len(margin) and console.width > 2 * len(margin)
    if not is_in_tree:
        yield line
        return
    head, rest = line[: len(margin)], line[len(margin) :]
    for place, piece in enumerate(rest.wrap(console, console.width - len(margin) - _HANG)):
        piece.rstrip()
        yield head + piece if place == 0 else Text(margin + " " * _HANG) + piece


def _layer(layer: Layer) -> Iterator[Text]:
    summary = f": {layer.summary}" if layer.summary else ""
    margin = " " * (_RANGE_COLUMNS + _HEX_COLUMNS)
    yield Text(f"{margin}{layer.name}{summary}", "bold cyan")
    for node in layer.nodes:
        yield from _lines(node, 1)
    for note in layer.notes:
        yield Text(f"{margin}  note: {note}", "yellow")
    if layer.error:
        yield Text(f"{margin}  not decoded: {layer.error}", "bold red")


def _lines(node: Node, depth: int) -> Iterator[Text]:
    last = max(node.start, node.end - 1)
    place = f"{node.start}" if last == node.start else f"{node.start}-{last}"
    octets = node.octets[:HEX_OCTETS].hex(" ")
    if len(node.octets) > HEX_OCTETS:
        octets += " …"
    if not node.octets and not node.children:
        place = ""  # a bit of the field above
    line = Text(f"{place:<{_RANGE_COLUMNS}}", "dim")
    line.append(f"{octets:<{_HEX_COLUMNS}}", "green")
    line.append("  " * depth + node.name)
    if node.text:
        line.append(f": {node.text}", "bold" if node.octets else "")
    yield line
    for child in node.children:
        yield from _lines(child, depth + 1)
