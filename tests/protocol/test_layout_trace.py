"""A trace follows the layouts of the codecs: what decodes is accounted for, octet by octet."""

import json
from pathlib import Path

import construct as c
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.protocol import (
    answer,
    hub_command,
    ieee802154,
    ieee802154_commands,
    instruction,
    tunnel_segments,
    wan,
)
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.layout import sequence_of
from hanbench.protocol.layout_trace import FieldTrace, Trace, trace
from hanbench.protocol.zigbee import (
    aps,
    aps_commands,
    fields,
    interpan,
    nwk,
    nwk_commands,
    zcl,
    zcl_general,
    zdo,
)
from hanbench.protocol.zigbee.clusters import catalogue
from hanbench.protocol.zigbee.zcl import FrameType

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors"
FRAMES = [
    bytes.fromhex(row["frame_with_fcs"])
    for row in json.loads((VECTORS / "han_frames_generated.json").read_text())["frames"]
]
COMMANDS = [
    (bytes.fromhex(row["aps_header"]), bytes.fromhex(row["zcl_or_zdo"]))
    for row in json.loads((VECTORS / "zcl_se.json").read_text())["frames"]
]


def leaves(fields_: tuple[FieldTrace, ...]) -> list[FieldTrace]:
    return [leaf for one in fields_ for leaf in (leaves(one.children) if one.children else [one])]


def covered(traced: Trace) -> list[int]:
    places = [(one.start, one.end) for one in leaves(traced.fields)]
    return [octet for start, end in dict.fromkeys(places) for octet in range(start, end)]


@pytest.mark.parametrize("frame", FRAMES)
def test_the_header_of_a_frame_is_accounted_for_to_its_last_octet(frame: bytes) -> None:
    traced = ieee802154.trace(frame[:-2])

    assert not traced.error
    assert covered(traced) == list(range(len(frame) - 2))
    mac = ieee802154.decode(frame)
    values = {one.name: one.value for one in traced.fields}
    assert values.get("target_short") == mac.target_short
    assert values.get("payload", b"") == mac.payload


@pytest.mark.parametrize(("header", "data"), COMMANDS)
def test_a_command_is_accounted_for_exactly_when_it_decodes(header: bytes, data: bytes) -> None:
    cluster = int.from_bytes(header[2:4], "little")
    if int.from_bytes(header[4:6], "little") == 0:
        kind, traced = zdo.trace(cluster, data)
        size, expected = 1 + len(data), type(zdo.decode(cluster, data).message).__name__
    else:
        frame = zcl.decode(data)
        if frame.frame_type is FrameType.GENERAL:
            kind, traced = zcl_general.trace(frame)
            size = 1 + len(frame.payload)
        elif cluster in catalogue.COMMAND_SETS:
            kind, traced = catalogue.COMMAND_SETS[cluster].trace(frame)
            size = 2 + len(frame.payload)
        else:
            return
        try:
            expected = type(catalogue.decode(cluster, frame)).__name__
        except DecodeError:
            assert not kind or traced.error
            return

    assert (kind, traced.error) == (expected, "")
    assert max([0, *covered(traced)]) in (0, size - 1)


@pytest.mark.parametrize(
    "explain",
    [
        ieee802154.trace,
        ieee802154_commands.trace_beacon,
        ieee802154_commands.trace,
        nwk.trace,
        nwk_commands.trace,
        interpan.trace,
        aps.trace,
        aps_commands.trace,
        zcl.trace,
        tunnel_segments.trace,
        wan.trace,
        instruction.trace,
        instruction.trace_command,
        answer.trace,
        answer.trace_reading,
        answer.trace_status,
        answer.trace_log_page,
        answer.trace_utrn,
        hub_command.trace_command,
        hub_command.trace_answer,
        hub_command.trace_alert,
    ],
)
@given(st.binary(max_size=80))
def test_any_octets_are_explained_as_far_as_they_go(explain: object, data: bytes) -> None:
    assert callable(explain)
    told = explain(data)
    traced = told[1] if isinstance(told, tuple) else told

    assert isinstance(traced, Trace)
    assert all(0 <= one.start <= one.end <= len(data) for one in leaves(traced.fields))
    assert 0 <= traced.error_at <= len(data)


def test_what_was_read_before_a_mistake_is_kept_and_the_mistake_has_a_place() -> None:
    segment = c.Struct("total" / fields.U16, "offset" / fields.U16)

    traced = trace(segment, b"\x01\x00\x02")

    assert traced.fields == (FieldTrace("total", 1, 0, 2),)
    assert (traced.error_field, traced.error_at) == (".offset", 2)
    assert traced.error == "cut short: 2 octets are needed, 1 is left"


def test_lists_name_their_items_and_a_bad_item_is_named() -> None:
    message = c.Struct("ids" / sequence_of(c.Array(2, fields.U16)), c.Terminated)

    good, short = trace(message, b"\1\0\2\0"), trace(message, b"\1\0\2")

    assert [(one.name, one.value) for one in good.fields[0].children] == [("[0]", 1), ("[1]", 2)]
    assert good.fields[0].value == (1, 2)
    assert (short.error_field, short.error_at) == (".ids[1]", 2)
    assert [one.name for one in short.fields[0].children] == ["[0]"]


def test_a_greedy_list_ends_with_the_octets() -> None:
    traced = trace(c.Struct("ids" / c.GreedyRange(fields.U16)), b"\1\0\2\0")

    assert [one.value for one in traced.fields[0].children] == [1, 2]


def test_a_length_that_reaches_beyond_the_message_is_said_to() -> None:
    traced = trace(c.Struct("text" / c.Prefixed(fields.U8, c.GreedyBytes)), b"\x05abc")

    assert traced.error == "5 octets are announced, and fewer follow"
    assert (traced.error_field, traced.error_at) == (".text", 1)


def test_a_switch_without_a_case_and_an_error_without_words_are_mistakes_too() -> None:
    def refuse(_value: object, _context: object) -> object:
        raise KeyError

    chosen = c.Struct("kind" / fields.U8, "rest" / c.Switch(c.this.kind, {1: fields.U8}))
    silent = c.Struct("kind" / c.ExprAdapter(fields.U8, refuse, refuse))

    assert trace(chosen, b"\x01\x02").fields[1].value == 2
    assert trace(chosen, b"\x02").fields[1:] == ()
    assert trace(silent, b"\x02").error == "KeyError"


def test_a_beacon_is_explained_with_its_bits() -> None:
    beacon = bytes.fromhex("ffcf0000002284ddddddddddddddddffffff00")

    traced = ieee802154_commands.trace_beacon(beacon)

    assert not traced.error
    assert next(one.value for one in traced.fields if one.name == "superframe").is_coordinator
