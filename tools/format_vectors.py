"""The vectors of the specification, each computed again by the codecs while the page is written."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hanbench.harness.files.loader import fixtures_folder
from hanbench.protocol import instruction, utrn, wan
from hanbench.protocol.answer import Outcome
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.layout_trace import FieldTrace, Trace
from hanbench.protocol.sua import HAN_SUA_M1, HAN_SUA_M1_LONG, AnswerScope, SuaScope

VECTORS = fixtures_folder("vectors")
HEAD = Path(__file__).parent / "page_texts" / "vectors.md"


class VectorError(Exception):
    """A vector is not what the codecs compute: the page would be wrong."""


def vector_sections() -> list[str]:
    """Return the sections of the page."""
    return [
        HEAD.read_text(encoding="utf-8"),
        _codes(),
        _answers(),
        _rotation(),
        _envelope(),
        _utrns(),
    ]


def _read(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def _key(usage: KeyUsage, text: str) -> Key:
    return Key(usage, bytes.fromhex(text), is_test_material=True)


def _eui(text: str) -> Eui64:
    return Eui64(int(text, 16))


def _same(label: str, computed: str, stated: str) -> str:
    if computed != stated:
        raise VectorError(f"{label}: computed {computed}, stated {stated}")
    return stated


def _codes() -> str:
    rows = [
        "| key | version | counter | EUI-64 | Instruction | code |",
        "|---|--:|--:|---|---|---|",
    ]
    for one in _read("sua_codes")["vectors"]:
        scope = SuaScope(
            eui64=_eui(one["eui64"]),
            group=one["group"],
            key_version=one["key_version"],
            counter=one["counter"],
            digest=instruction.digest(bytes.fromhex(one["instruction"])),
        )
        full = HAN_SUA_M1_LONG.issue(_key(KeyUsage.SUA, one["key"]), scope).hex()
        code = _same(one["label"], full, one["full"])[:16]
        rows.append(
            f"| `{one['key']}` | {one['key_version']} | {one['counter']} | `{one['eui64']}` "
            f"| `{one['instruction']}` | `{code}` |"
        )
    return "### SUA codes\n\n" + "\n".join(rows) + "\n"


def _answers() -> str:
    rows = [
        "| key | version | outcome | last counter | payload | MAC |",
        "|---|--:|---|--:|---|---|",
    ]
    for one in _read("sua_answers")["answers"]:
        scope = AnswerScope(
            eui64=_eui(one["eui64"]),
            key_version=one["key_version"],
            request_digest=instruction.digest(bytes.fromhex(one["request"])),
            outcome=Outcome[one["outcome"]],
            last_counter=one["last_counter"],
            payload=bytes.fromhex(one["payload"]),
        )
        mac = HAN_SUA_M1.answer_mac(_key(KeyUsage.SUA, one["key"]), scope).hex()
        rows.append(
            f"| `{one['key']}` | {one['key_version']} | `{one['outcome']}` | {one['last_counter']} "
            f"| `{one['payload'] or '-'}` | `{_same(one['label'], mac, one['mac'])}` |"
        )
    head = (
        "### Answer MACs\n\n"
        "For EUI-64 `00DB1234567890A1` and the Instruction of the first vector above.\n\n"
    )
    return head + "\n".join(rows) + "\n"


def _rotation() -> str:
    one = _read("sua_rotation")["rotate"][0]
    octets = bytes.fromhex(one["instruction"])
    message = instruction.decode(octets)
    _same(one["label"], instruction.encode(message).hex(), one["instruction"])
    _same(one["label"], str(message.request_id), str(one["request_id"]))
    wrapped = HAN_SUA_M1.wrap(_key(KeyUsage.MASTER, one["master"]), _key(KeyUsage.SUA, one["key"]))
    assert isinstance(message, instruction.RotateSuaKey)
    _same(one["label"], wrapped.hex(), message.wrapped_key.hex())
    _, trace = instruction.trace(octets)
    return (
        "### An Instruction, field by field\n\n"
        f"`ROTATE_SUA_KEY`: key `{one['key']}`, version {one['key_version']}, wrapped under "
        f"master key `{one['master']}`.\n\n" + _fields(octets, trace, first="type")
    )


def _envelope() -> str:
    carried = instruction.encode_command(
        instruction.Command(instruction.encode(instruction.ReadSuaStatus(9)))
    )
    key = _key(KeyUsage.TRANSPORT, "000102030405060708090a0b0c0d0e0f")
    sent = wan.Envelope(
        kind=wan.EnvelopeKind.INSTRUCTION,
        originator=_eui("90B3D51F30F00001"),
        target=_eui("00DB1234567890A1"),
        message_id=1,
        originator_counter=1,
        payload=carried,
    )
    octets = wan.encode(sent, key)
    if wan.verify(octets, key) != sent:
        raise VectorError("the envelope does not decode to what was encoded")
    return (
        "### An envelope, field by field\n\n"
        "`READ_SUA_STATUS` without a code, request 9, under the transport key "
        f"`{key.value.hex()}`:\n\n```text\n{octets.hex()}\n```\n\n"
        + _fields(octets, wan.trace(octets))
    )


def _utrns() -> str:
    rows = ["| vend key | EUI-64 | type | sequence | value | digits |", "|---|---|---|--:|--:|---|"]
    for one in _read("native_utrn")["vectors"]:
        if len(one["codes"]) != 1:
            continue
        code = one["codes"][0]
        native = utrn.NativeCode(utrn.NativeType[code["type"]], code["sequence"], code["value"])
        digits = utrn.issue(_key(KeyUsage.VEND, one["vend_key"]), _eui(one["eui64"]), native)
        rows.append(
            f"| `{one['vend_key']}` | `{one['eui64']}` | `{code['type']}` "
            f"| {code['sequence']} | {code['value']} "
            f"| `{_same(one['why'], digits, one['digits'])}` |"
        )
    return "### Native UTRNs\n\n" + "\n".join(rows) + "\n"


def _fields(octets: bytes, trace: Trace, first: str = "") -> str:
    if trace.error:
        raise VectorError(f"{octets.hex()}: {trace.error}")
    rows = ["| offset | field | octets | value |", "|--:|---|---|---|"]
    if first:
        rows.append(f"| 0 | `{first}` | `{octets[:1].hex()}` | {octets[0]} |")
    rows += [_field(octets, one) for one in _leaves(trace.fields)]
    return "\n".join(rows) + "\n"


def _leaves(fields: Iterable[FieldTrace]) -> list[FieldTrace]:
    found = []
    for one in fields:
        inner = [child for child in one.children if child.name]
        found += _leaves(inner) if inner else [one] if one.name else []
    return found


def _field(octets: bytes, one: FieldTrace) -> str:
    value = "" if isinstance(one.value, bytes) else str(int(one.value))
    return f"| {one.start} | `{one.name}` | `{octets[one.start : one.end].hex()}` | {value} |"
