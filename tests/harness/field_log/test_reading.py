"""Logs of three formats are read; what is wrong is told by its line, and costs no other."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.harness.field_log.logs import (
    SHIPPED,
    exchange_of,
    lines_of,
    text_of,
    trace_text,
    written,
)

from hanbench.harness.errors import ScenarioError
from hanbench.harness.field_log.entries import FieldLog, Gap, PowerLoss
from hanbench.harness.field_log.reading import choose, read_log
from hanbench.harness.field_log.text_log import octets_of, read_text_log, write_text_log
from hanbench.harness.field_log.trace_log import read_trace

LINES = lines_of("clean-electricity-only")


def read(*lines: str) -> FieldLog:
    return read_text_log("field.log", text_of(list(lines)))


def says(log: FieldLog) -> list[tuple[int, str]]:
    return [(one.line, one.says) for one in log.problems]


def test_a_text_log_says_what_the_trace_says() -> None:
    ours = exchange_of("clean-electricity-only")
    log = read_text_log("x", write_text_log(ours))

    assert log.problems == ()
    then, now = ours.envelopes, log.exchanges[0].envelopes
    assert [one.octets for one in now] == [one.octets for one in then]
    assert [one.direction for one in now] == [one.direction for one in then]
    assert [one.at_us - now[0].at_us for one in now] == [one.at_us - then[0].at_us for one in then]


@pytest.mark.parametrize(
    ("stamps", "problems"),
    [
        (("2021-03-01T09:00:00Z", "2021-03-01T10:00:00.5+01:00"), []),
        (("+1", "2.5"), []),
        (("+5", "+3"), ["two clocks: time runs back by 2 s here; the order of the file is kept"]),
        (
            ("+5", "2021-03-01T09:00:00Z"),
            [
                (
                    "two clocks: '2021-03-01T09:00:00Z' is an instant, and the lines before have "
                    "seconds since a start; the time of the line before is taken"
                )
            ],
        ),
        (
            ("yesterday",),
            ["'yesterday' is no timestamp; expected 2021-03-01T09:00:02.5Z or +2.5"],
        ),
        (
            ("2021-03-01T09:00:00",),
            ["'2021-03-01T09:00:00' does not say its offset from UTC, such as Z or +01:00"],
        ),
    ],
)
def test_there_is_one_clock_and_it_never_runs_back(
    stamps: tuple[str, ...], problems: list[str]
) -> None:
    log = read(*(f"{stamp} {line.split(' ', 1)[1]}" for stamp, line in zip(stamps, LINES)))  # noqa: B905

    assert [one.says for one in log.problems] == problems


def test_instants_of_two_offsets_are_one_clock() -> None:
    stamps = ("2021-03-01T09:00:00Z", "2021-03-01T10:00:00.5+01:00")
    log = read(*(f"{stamp} {line.split(' ', 1)[1]}" for stamp, line in zip(stamps, LINES)))  # noqa: B905

    assert [one.at_us for one in log.exchanges[0].envelopes] == [0, 500_000]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("+9 down esme 01zz", "bad hex: 'z' at digit 3"),
        ("+9 down esme 010", "bad hex: 3 digits, an odd number"),
        ("+9 down esme 0102", "no HAN-WAN-M1 envelope: "),
        ("+9 sideways esme 0102", "'sideways' is no direction; expected down, up or gap"),
        ("+9 down esme", "3 fields; expected timestamp, down or up, device, octets in hex"),
    ],
)
def test_a_bad_line_is_named_and_costs_no_other(line: str, problem: str) -> None:
    log = read(*LINES[:3], line, *LINES[3:])

    assert [number for number, _ in says(log)] == [5] * len(log.problems)
    assert says(log)[0][1].startswith(problem)
    assert len(log.exchanges[0].envelopes) == len(LINES)


def test_a_gap_is_an_entry_and_comments_are_none() -> None:
    log = read(LINES[0], "# a remark", "+900 gap the recorder was restarted", "+901 gap")

    assert log.exchanges[0].gaps == (
        Gap(4, "the recorder was restarted"),
        Gap(5, "the log says so"),
    )


def test_a_device_under_two_names_is_told() -> None:
    renamed = LINES[1].replace(" esme ", " meter ")

    line, told = says(read(LINES[0], renamed))[0]
    assert line == 3
    assert told.startswith("00-DB-12-34-56-78-91-A0 is called meter here and esme in line 2")


def test_octets_may_be_spaced_for_people() -> None:
    stamp, way, device, digits = LINES[0].split()
    pairs = ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))
    halves = f"{digits[:40]} {digits[40:]}"

    spaced = read(f"{stamp} {way} {device} {pairs}", f"{stamp} {way} {device} {halves}")

    assert spaced.problems == ()
    assert {one.octets for one in spaced.exchanges[0].envelopes} == {bytes.fromhex(digits)}
    assert octets_of("01-02 03:04") == b"\x01\x02\x03\x04"


@given(st.text(max_size=200))
def test_no_text_at_all_upsets_the_reader(text: str) -> None:
    log = read_text_log("x", text_of([text]))

    assert len(log.problems) <= 1 + text.count("\n") + len(text)


@given(st.text(max_size=200))
def test_no_line_upsets_the_reader_of_traces(line: str) -> None:
    read_trace("x", line)


def test_a_trace_gives_every_case_with_its_events() -> None:
    text = trace_text("clean-electricity-only") + trace_text("power-cut-after-commit")

    log = read_trace("trace.jsonl", text)

    assert [one.name for one in log.exchanges] == [
        "secure/clean-electricity-only",
        "secure/power-cut-after-commit",
    ]
    assert log.problems == ()
    assert log.passed_over["frames of the HAN"] > 50
    assert any(isinstance(one, PowerLoss) for one in log.exchanges[1].entries)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "no JSON"),
        ("[1]", "no record of a trace: it has no `kind`"),
        ('{"kind": "surprise"}', "no event is a 'surprise'"),
        ('{"kind": "restart", "at": 5}', "a record lacks something"),
        ('{"kind": "restart", "at": "x", "installation": "h", "device": "d", "because": "b"}', "a"),
        ('{"kind": "wan", "at": 1}', "a record lacks something"),
    ],
)
def test_a_bad_record_is_named_and_costs_no_other(line: str, problem: str) -> None:
    log = read_trace("x", line + "\n" + trace_text("clean-electricity-only"))

    assert [number for number, _ in says(log)] == [1]
    assert says(log)[0][1].startswith(problem)
    assert len(log.exchanges[-1].envelopes) == len(LINES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# hanbench-log 2\n", "x.log:1: a log of version 2, and this bench reads version 1"),
        ("hello\n", "x.log: no log of a kind that is known (expected a trace.jsonl, a pcap"),
        ("", "x.log: no log of a kind that is known"),
    ],
)
def test_a_file_that_is_no_log_of_ours_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, text, "x.log")

    with pytest.raises(ScenarioError) as caught:
        read_log(Path("x.log"))
    assert str(caught.value).startswith(message)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_log(tmp_path / "none.log")


def test_one_of_several_exchanges_is_chosen_by_its_name() -> None:
    log = read_trace(
        "t", trace_text("clean-electricity-only") + trace_text("rotation-response-lost")
    )

    assert choose(log, "secure/rotation-response-lost").name == "secure/rotation-response-lost"
    assert choose(log, "electricity").name == "secure/clean-electricity-only"
    with pytest.raises(
        ScenarioError,
        match=r"2 exchanges; say which by --case, .*:\n  secure/clean-elec\S+\n  secure/r",
    ):
        choose(log, "")
    with pytest.raises(ScenarioError, match="no exchange 'other' in it; it has:\n  secure/clean"):
        choose(log, "other")
    with pytest.raises(ScenarioError, match="no envelope in it"):
        choose(read(), "")


def test_the_log_that_ships_is_read() -> None:
    log = read_log(SHIPPED)

    assert log.problems == ()
    assert len(log.exchanges[0].envelopes) > 15


def test_very_many_exchanges_are_listed_as_far_as_one_reads() -> None:
    many = "".join(
        trace_text("clean-electricity-only").replace("clean-electricity-only", f"case-{number}")
        for number in range(43)
    )

    with pytest.raises(ScenarioError, match=r"  secure/case-39\n  and 3 more$"):
        choose(read_trace("t", many), "")
