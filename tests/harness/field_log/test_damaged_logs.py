"""Files as people hand them on: damaged, converted, edited. Each damage is named, the rest is read.

What no reader may do is to end in a traceback, to keep silent, or to give up a whole file for a
line of it.
"""

import codecs
import io
import json
import struct
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from tests.harness.field_log.logs import lines_of, text_of, trace_text, written
from tests.suite_cases import case_of, driven

from hanbench.harness.captures.pcapng import (
    LINK_TYPE_USER0,
    interface,
    packet,
    section_header,
)
from hanbench.harness.captures.reading import losses_of
from hanbench.harness.captures.source import capture_of
from hanbench.harness.captures.writing import write_capture
from hanbench.harness.errors import ScenarioError
from hanbench.harness.field_log.checking import check_log
from hanbench.harness.field_log.entries import FieldLog
from hanbench.harness.field_log.reading import PROBLEMS_SHOWN, choose, read_log
from hanbench.harness.field_log.text_log import read_text_log
from hanbench.harness.field_log.trace_log import read_trace
from hanbench.protocol.sua import HAN_SUA_M1

LINES = lines_of("clean-electricity-only")
TRACE = trace_text("clean-electricity-only")


def octets_read(log: FieldLog) -> list[bytes]:
    return [one.octets for one in log.exchanges[0].envelopes]


def whole() -> list[bytes]:
    return octets_read(read_text_log("x", text_of(LINES)))


def says(log: FieldLog) -> list[tuple[int, str]]:
    return [(one.line, one.says) for one in log.problems]


def saved(folder: Path, data: bytes, name: str) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "text",
    [
        text_of([line.replace(" ", "\t") for line in LINES]),
        text_of([line.replace(" ", " \t ") for line in LINES]),
        text_of(LINES).replace("\n", "\r\n"),
        "\ufeff" + text_of(LINES),
        text_of([f"2021-03-01t09:00:{n:02}.123456789z {line.split(' ', 1)[1]}" for n, line in
                 enumerate(LINES)]),
    ],
    ids=["tabs", "both", "line ends of Windows", "a mark of byte order", "nanoseconds"],
)  # fmt: skip
def test_what_other_tools_write_is_read(tmp_path: Path, text: str) -> None:
    log = read_log(saved(tmp_path, text.encode(), "x.log"))

    assert says(log) == []
    assert octets_read(log) == whole()


def test_a_trace_with_a_mark_of_byte_order_is_read(tmp_path: Path) -> None:
    log = read_log(saved(tmp_path, codecs.BOM_UTF8 + TRACE.encode(), "x.jsonl"))

    assert says(log) == []
    assert octets_read(log) == whole()


def test_an_octet_that_is_no_utf_8_is_named_and_its_line_is_read(tmp_path: Path) -> None:
    renamed = [line.replace(" esme ", " z\xe4hler ") for line in LINES]
    text = text_of([*renamed, "# caf\xe9"]).encode("latin-1")

    log = read_log(saved(tmp_path, text, "x.log"))

    assert says(log) == [
        *((number, "not UTF-8: octet 0xE4") for number in range(2, len(LINES) + 2)),
        (len(LINES) + 2, "not UTF-8: octet 0xE9"),
    ]
    assert octets_read(log) == whole()
    with pytest.raises(ScenarioError, match=r"a text in UTF-16 \(expected UTF-8\)"):
        read_log(saved(tmp_path, text_of(LINES).encode("utf-16"), "x.log"))


@pytest.mark.parametrize(
    ("stamp", "problem"),
    [
        ("2021-03-01 09:00:00Z", "'2021-03-01' is a date alone; expected 2021-03-01T09:00:02.5Z "),
        ("9" * 400, "a timestamp of 400 digits is none"),
        ("9" * 5000, "a timestamp of 5000 digits is none"),
        ("x" * 500, f"'{'x' * 40}...' is no timestamp"),
    ],
)
@pytest.mark.parametrize("place", [0, 3])
def test_a_stamp_that_is_none_is_named_in_few_words(place: int, stamp: str, problem: str) -> None:
    lines = [*LINES[:place], f"{stamp} {LINES[0].split(' ', 1)[1]}", *LINES[place:]]

    log = read_text_log("x", text_of(lines))

    assert [number for number, _ in says(log)] == [place + 2]
    assert says(log)[0][1].startswith(problem)
    assert octets_read(log) == whole()


def test_directions_that_contradict_what_was_sent_are_named_and_gone_by() -> None:
    turned = [
        line.replace(" down ", " x ").replace(" up ", " down ").replace(" x ", " up ")
        for line in LINES
    ]

    log = read_text_log("x", text_of(turned))

    assert says(log)[0] == (
        2,
        "instruction goes down, and the line says up; what it holds is gone by",
    )
    assert len(log.problems) == len(LINES)
    right = read_text_log("x", text_of(LINES)).exchanges[0].envelopes
    assert [one.direction for one in log.exchanges[0].envelopes] == [one.direction for one in right]


def test_bad_lines_by_the_hundred_cost_no_good_one() -> None:
    many = text_of([*LINES[:1], *["+1 down esme zz"] * 300, *LINES[1:]])
    assert octets_read(read_text_log("x", many)) == whole()

    first, _, rest = TRACE.partition("\n")
    log = read_trace("x", f"{first}\n" + "{\n" * 300 + rest)
    assert octets_read(log) == whole()


@pytest.mark.parametrize("text", [text_of(["nonsense"] * 300), "{\n" * 300])
def test_a_file_without_a_good_line_is_given_up(text: str) -> None:
    log = read_text_log("x", text) if text.startswith("#") else read_trace("x", text)

    assert log.problems[-1].says == "too many bad lines and no good one: the rest is not read"
    assert len(log.problems) == 51


def test_a_log_that_has_nothing_to_drive_says_what_is_wrong_with_each_line() -> None:
    log = read_text_log("x", text_of([line.replace(" ", ",") for line in LINES]))

    with pytest.raises(ScenarioError, match=r"no envelope in it .*\nx:2: '.*' is no timestamp"):
        choose(log, "")


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("at", True, "at: True is no whole number of microseconds"),
        ("at", -5, "at: -5 is no whole number of microseconds"),
        ("at", 10**30, "at: 1000000000000000000000000000000 is no whole number of microseconds"),
        ("copies", "many", "copies: 'many' is no whole number"),
        ("device", {"a": 1}, "device: {'a': 1} is no text"),
        ("delays_us", [1, "x"], "delays_us: [1, 'x'] is no list of whole numbers"),
        ("envelope", "zz", "envelope: bad hex: 'zz'"),
        ("envelope", None, "envelope: None is no text of hex digits"),
        ("case", ["x"], "case: ['x'] is no text"),
    ],
)
def test_a_field_of_another_type_is_named(field: str, value: object, problem: str) -> None:
    lines = TRACE.splitlines()
    place = next(at for at, line in enumerate(lines) if json.loads(line)["kind"] == "wan")
    lines[place] = json.dumps(json.loads(lines[place]) | {field: value})

    log = read_trace("x", "\n".join(lines))

    assert [number for number, _ in says(log)] == [place + 1]
    assert says(log)[0][1].endswith(problem)
    assert octets_read(log) == whole()[1:]


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [("party", "result", "no JSON"), ("party", "arguments", "[]"), ("journal", "entry", "7")],
)
def test_json_within_a_record_is_read_before_a_rule_reads_it(
    kind: str, field: str, value: str
) -> None:
    lines = TRACE.splitlines()
    place = next(at for at, line in enumerate(lines) if json.loads(line)["kind"] == kind)
    lines[place] = json.dumps(json.loads(lines[place]) | {field: value})

    log = read_trace("x", "\n".join(lines))

    assert [number for number, _ in says(log)] == [place + 1]
    assert f"{field}: " in says(log)[0][1]


def test_a_line_that_is_nested_without_end_is_named() -> None:
    log = read_trace("x", '{"kind":' + "[" * 100_000 + "\n" + TRACE)

    assert says(log) == [(1, "no JSON that anybody means: it is nested too deep")]
    assert octets_read(log) == whole()


def test_a_trace_whose_time_runs_back_is_told() -> None:
    lines = TRACE.splitlines()
    place = max(at for at, line in enumerate(lines) if json.loads(line)["kind"] == "wan")
    lines[place] = json.dumps(json.loads(lines[place]) | {"at": 5})

    log = read_trace("x", "\n".join(lines))

    assert [number for number, _ in says(log)] == [place + 1]
    assert says(log)[0][1].startswith("two clocks: time runs back by ")
    assert octets_read(log) == whole()


def test_a_capture_whose_time_runs_back_is_told_by_its_packet(tmp_path: Path) -> None:
    world, _, _ = driven(case_of("clean-electricity-only"))
    run = capture_of(world)
    assert run is not None
    path = tmp_path / "han.pcapng"
    # A writer that sorts would hide it: what it writes is taken apart and put together again.
    write_capture(path, [replace(run, frames=[])])
    data = bytearray(path.read_bytes())
    places = stamps_of(data)
    first_at, last_at = places[0], places[-1]
    data[last_at : last_at + 8] = data[first_at : first_at + 8]
    path.write_bytes(data)

    log = read_log(path)

    assert len(log.problems) == 1
    assert "two clocks: time runs back by " in log.problems[0].says
    assert octets_read(log) == whole()


@pytest.mark.parametrize("lost", [0, 3])
def test_packets_that_the_capturing_tool_lost_are_a_gap(tmp_path: Path, lost: int) -> None:
    world, _, _ = driven(case_of("clean-electricity-only"))
    run = capture_of(world)
    assert run is not None
    path = tmp_path / "han.pcapng"
    write_capture(path, [run])
    # An interface statistics block, as a capturing tool puts it at the end: interface 1, no time.
    option = struct.pack("<HHQHH", 7, 8, lost, 0, 0)
    body = struct.pack("<III", 1, 0, 0) + option
    length = struct.pack("<I", 12 + len(body))
    path.write_bytes(path.read_bytes() + struct.pack("<I", 5) + length + body + length)

    log = read_log(path)

    name = log.exchanges[0].name
    assert says(log) == ([(0, f"a gap: the capture lost {lost} packets of {name}")] if lost else [])
    assert octets_read(log) == whole()


def test_packets_that_are_marked_as_preceded_by_lost_ones_are_a_gap() -> None:
    header = section_header() + interface("wan", LINK_TYPE_USER0)
    marked = packet(0, 5, b"abc")[8:-4]
    # In place of the end of options: two packets were dropped before this one.
    body = marked + struct.pack("<HHQHH", 4, 8, 2, 0, 0)
    length = struct.pack("<I", 12 + len(body))
    data = header + packet(0, 4, b"x") + struct.pack("<I", 6) + length + body + length

    assert losses_of(data) == {"wan": 2}
    assert losses_of(data[:-5]) == {}
    assert losses_of(b"no capture") == {}


def stamps_of(data: bytes) -> list[int]:
    """Return where the stamps of the enhanced packet blocks of a pcapng stand."""
    at, found = 0, []
    while at < len(data):
        kind, length = (int.from_bytes(data[at + by : at + by + 4], "little") for by in (0, 4))
        if kind == 6:
            found.append(at + 12)
        at += length
    return found


def test_a_check_names_the_first_of_many_problems_and_counts_the_rest(tmp_path: Path) -> None:
    lines = [*LINES, *["+99999 down esme zz"] * 500]
    output = io.StringIO()

    code = check_log(
        read_log(written(tmp_path, text_of(lines))), Console(file=output, width=200), HAN_SUA_M1
    )

    said = output.getvalue()
    assert code == 2
    assert "field.log: and 400 more such lines" in said
    assert said.count("bad hex") == PROBLEMS_SHOWN
    assert "holds   property/P4" in said


def test_a_capture_without_a_packet_is_said_to_hold_nothing(tmp_path: Path) -> None:
    path = tmp_path / "han.pcapng"
    write_capture(path, [])
    output = io.StringIO()

    code = check_log(read_log(path), Console(file=output, width=200), HAN_SUA_M1)

    assert code == 3
    assert "no envelope in it: nothing to judge" in output.getvalue()
