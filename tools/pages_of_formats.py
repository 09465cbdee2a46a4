"""The specification of what travels on the WAN and in the tunnel: byte tables and vectors.

The tables are read out of the codecs' own layouts, and each vector is decoded, or computed again,
while the page is written: one that did not agree would stop `make docs`.
"""

from typing import Any

from byte_tables import Row, meanings_of, rows_of, table
from format_vectors import vector_sections
from format_words import FORMATS_HEAD, MEANINGS, SOURCES, SUMS
from page_words import cell

from hanbench.protocol import answer, command, hub_command, instruction, tunnel_segments, wan
from hanbench.protocol.instruction import InstructionType
from hanbench.protocol.layout import OneOf


def format_pages() -> dict[str, str]:
    """Return the one page."""
    sections = [
        FORMATS_HEAD,
        _envelope(),
        _command(),
        _instructions(),
        _answers(),
        _hub(),
        _segments(),
        SUMS,
        *vector_sections(),
    ]
    return {"formats.md": "\n".join(sections)}


def _plain(layout: Any) -> Any:
    return layout._plain


def _table(rows: list[Row], kind: type, **special: str) -> str:
    own = {name: cell(text) for name, text in meanings_of(kind).items()}
    return table(rows, MEANINGS | own | special, SOURCES)


def _envelope() -> str:
    return f"""## Envelope, HAN-WAN-M1

{_table(rows_of(_plain(wan._SEALED)), wan.Envelope, version="version of the format")}
`version` is {wan.VERSION}. Kinds: {_names(wan.EnvelopeKind)}.
"""


def _command() -> str:
    return f"""## Command: what an `INSTRUCTION` envelope carries

{_table(rows_of(_plain(command._COMMAND)), command.Command)}
"""


def _instructions() -> str:
    lines = [
        "## Instruction: canonical octets",
        "",
        (
            "The type stands first. The SHA-256 of all octets is what a code and an answer MAC are "
            "bound to. *Guarded* ones want a SUA code."
        ),
        "",
    ]
    for kind, prefix, rows in _messages(instruction._INSTRUCTIONS):
        number = InstructionType(prefix[0])
        guarded = "guarded" if number.is_guarded else "free"
        lines += [f"### `{number.name}` ({number:#04x}, {guarded})", "", _doc(kind), ""]
        lines += [_table(rows, kind)]
    lines += [f"Registers: {_names(instruction.Register)}."]
    lines += [
        f"Logs: {_names(instruction.LogName)}. Payment modes: {_names(instruction.PaymentMode)}.",
        "",
    ]
    return "\n".join(lines)


def _answers() -> str:
    parts = (
        ("The payload of `READ_REGISTER`", answer._READING, answer.RegisterReading),
        ("The payload of `READ_SUA_STATUS`", answer._STATUS, answer.SuaStatus),
        ("The payload of `READ_LOG`", answer._PAGE, answer.LogPage),
        ("The payload of `ADD_CREDIT_UTRN`", answer._UTRN, answer.UtrnAnswer),
    )
    lines = [
        "## Answer: what an `ANSWER` envelope carries",
        "",
        _table(rows_of(_plain(answer._ANSWER)), answer.AnswerMessage),
        f"Outcomes: {_names(answer.Outcome)}.",
        "",
        (
            "The payload of an accepted `ROTATE_SUA_KEY` or `PROVE_ROTATION` is the proof of the "
            "new key, 8 octets."
        ),
        "",
    ]
    for title, layout, kind in parts:
        lines += [f"### {title}", "", _table(rows_of(_plain(layout)), kind)]
    lines += [f"Results of a UTRN: {_names(answer.UtrnResult)}.", ""]
    return "\n".join(lines)


def _hub() -> str:
    lines = ["## Hub commands, hub answers and alerts", ""]
    for title, one_of in (("Commands", hub_command._COMMANDS), ("Answers", hub_command._ANSWERS)):
        lines += [f"### {title}", ""]
        for kind, prefix, rows in _messages(one_of):
            lines += [f"**{kind.__name__}** (`{prefix.hex()}`): {_doc(kind)}", ""]
            lines += [_table(rows, kind)]
    lines += ["### Alert", ""]
    code = "the alert code, such as 0x8F3D"
    lines += [_table(rows_of(_plain(hub_command._ALERT)), hub_command.Alert, code=code)]
    return "\n".join(lines)


def _segments() -> str:
    return f"""## Tunnel segment

An envelope crosses the HAN in Tunnelling frames of {tunnel_segments.CHUNK_OCTETS} of its octets at
most, each with this in front:

{_table(rows_of(_plain(tunnel_segments._LAYOUT)), tunnel_segments.Segment)}
"""


def _messages(one_of: OneOf[Any]) -> list[tuple[type, bytes, list[Row]]]:
    """Return each kind with the octets that it begins with and its rows."""
    found = []
    for prefix, (kind, _, layout) in one_of._by_prefix.items():
        found.append((kind, prefix, rows_of(_plain(layout), len(prefix))))
    return found


def _names(kind: Any) -> str:
    return ", ".join(f"{int(one)} `{one.name}`" for one in kind)


def _doc(kind: type) -> str:
    return cell(kind.__doc__ or "")
