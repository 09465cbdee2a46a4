"""The tree that `hanbench decode` prints: layers of fields, each with its octets and its words."""

from dataclasses import dataclass, field
from typing import Any

from hanbench.harness.dissection.words import say
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.layout_trace import FieldTrace, Trace

_ENVELOPE, _PAYLOAD = "Envelope", "Answer payload"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One field: its octets lie at `start` to `end` (exclusive) of the frame or the message."""

    name: str
    text: str
    start: int
    end: int
    octets: bytes
    """In clear, where they were sealed."""
    children: "tuple[Node, ...]" = ()


@dataclass(slots=True)
class Layer:
    """One layer of a frame, or of a message that several frames carried."""

    name: str
    summary: str = ""
    nodes: list[Node] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    error: str = ""
    """What could not be read, with the field and the octet; empty if all was."""


@dataclass(slots=True)
class Dissection:
    """Everything that was read in one packet."""

    octets: bytes
    layers: list[Layer] = field(default_factory=list)

    @property
    def errors(self) -> list[str]:
        """What could not be read, layer by layer."""
        return [f"{layer.name}: {layer.error}" for layer in self.layers if layer.error]

    @property
    def summary(self) -> str:
        """The innermost layer that has something to say; of an envelope all that is in it."""
        names = [layer.name for layer in self.layers]
        if _ENVELOPE in names:
            envelope, *inner = self.layers[names.index(_ENVELOPE) :]
            said = ", ".join(_inside(layer) for layer in inner if layer.summary)
            return f"{envelope.summary}: {said}".rstrip(": ") or _ENVELOPE
        return next((f"{one.name}: {one.summary}" for one in self.layers[::-1] if one.summary), "")

    def layer(self, name: str, summary: str = "") -> Layer:
        """Begin the next layer."""
        self.layers.append(Layer(name, summary))
        return self.layers[-1]


def _inside(layer: Layer) -> str:
    return f"to {layer.summary}" if layer.name == _PAYLOAD else layer.summary


def counted(number: int, what: str) -> str:
    """Return `1 octet`, `2 octets`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def take(layer: Layer, traced: Trace, data: bytes, at: int = 0, cluster: int | None = None) -> None:
    """Put the fields of a message into a layer; octet 0 of `data` is octet `at` of the frame."""
    layer.nodes += _nodes(traced.fields, data, at, (layer.name, cluster))
    if traced.error:
        name = traced.error_field.removeprefix(".body").strip(".").replace("_", " ")
        where = f"octet {max(0, at + traced.error_at)}"
        layer.error = f"{name or layer.name.lower()} at {where}: {traced.error}"
        leave_rest(layer, data, at)


def leave_rest(layer: Layer, data: bytes, at: int) -> None:
    """Show the octets behind a mistake, of which nothing can be said: none is lost."""
    ends = [node.end for node in layer.nodes if node.name != "FCS"]
    start = max(0, max(ends, default=at) - at)
    if start < len(data):
        rest, end = data[start:], at + len(data)
        text = counted(len(rest), "octet")
        layer.nodes.append(Node(name="not read", text=text, start=at + start, end=end, octets=rest))


def blame(layer: Layer, error: DecodeError, data: bytes, at: int) -> None:
    """Say in a layer what a decoder finds wrong, and at which octet; the first mistake stays."""
    name = error.field.rpartition(".")[2].replace("_", " ")
    starts = (one.start for one in layer.nodes if one.name == name)
    place = next(starts, at if not layer.nodes else None)
    layer.error = layer.error or f"{error}{'' if place is None else f' at octet {place}'}"
    leave_rest(layer, data, at)


def _nodes(
    fields: tuple[FieldTrace, ...], data: bytes, at: int, where: tuple[str, int | None]
) -> list[Node]:
    found: list[Node] = []
    for one in fields:
        if one.name in ("", "body"):
            found += _nodes(one.children, data, at, where)
        elif one.name != "payload" or where[0] == "Answer":
            found.append(_node(one, data, at, where))
    return found


def _node(one: FieldTrace, data: bytes, at: int, where: tuple[str, int | None]) -> Node:
    octets = data[max(0, one.start) : one.end]
    inside = _nodes(one.children, data, at, where) if one.children else []
    text, bits = say(where, one, len(octets))
    start, end = at + one.start, at + one.end
    flags = [Node(name=name, text=words, start=start, end=end, octets=b"") for name, words in bits]
    return Node(
        name=one.name.replace("_", " "),
        text="" if inside else text,
        octets=b"" if inside else octets,
        start=start,
        end=end,
        children=(*inside, *flags),
    )


def as_json(node: Node) -> dict[str, Any]:
    """Return a field as JSON-ready data."""
    told: dict[str, Any] = {"name": node.name, "from": node.start, "to": node.end}
    if node.octets:
        told["octets"] = node.octets.hex()
    if node.text:
        told["value"] = node.text
    if node.children:
        told["fields"] = [as_json(child) for child in node.children]
    return told
