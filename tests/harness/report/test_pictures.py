"""The pictures: well formed, every state in words, every fault in its place."""

import re
from xml.etree import ElementTree as ET

import pytest
from tests.harness.report.made_runs import HOME, LOST, TORN, Story, confidently_wrong, stranded
from tests.suite_cases import case_of

from hanbench.emulator.events import KeyChanged
from hanbench.emulator.instant import DAY_US, HOUR_US, SECOND_US, Instant
from hanbench.harness.events import Believed, EngineSent
from hanbench.harness.report import sequence
from hanbench.harness.report.key_states import Span, belief_spans, truth_spans
from hanbench.harness.report.lanes import lay_lanes
from hanbench.harness.report.rows import Row
from hanbench.harness.report.sequence import draw_sequence
from hanbench.harness.report.telling import rows_of
from hanbench.harness.report.timeline import draw_timeline
from hanbench.harness.report.timescale import Room, Timescale
from hanbench.harness.running.run_case import run_case
from hanbench.harness.verdict import CaseRun

METERS = ("esme", "gsme")
END = Instant(2 * HOUR_US)


def texts(picture: str) -> list[str]:
    return [one.text or "" for one in ET.fromstring(picture).iter("text")]


def both(run: CaseRun) -> tuple[str, str]:
    rows = rows_of(run.trace, run.result.findings)
    marks = [row for row in rows if row.number]
    ends = Instant(run.trace[-1].at + 1)
    return draw_sequence(rows, METERS, "a < b & c"), draw_timeline(run.trace, METERS, marks, ends)


@pytest.mark.parametrize("run", [confidently_wrong(), stranded()], ids=["wrong", "stranded"])
def test_pictures_are_well_formed_and_every_attribute_is_quoted(run: CaseRun) -> None:
    for picture in both(run):
        ET.fromstring(picture)
        assert re.findall(r"<[^>]*=[^\"'][^>]*>", re.sub(r'"[^"]*"', '""', picture)) == []


def test_the_lanes_are_those_who_take_part() -> None:
    diagram, _ = both(confidently_wrong())

    heads = [word for word in texts(diagram) if word in {"Engine", "DCO", "S1SP", "hub", *METERS}]
    assert heads == ["Engine", "DCO", "S1SP", "hub", "esme", "gsme"]
    assert "Supplier" not in texts(diagram)


def test_a_lost_answer_ends_in_a_cross_and_its_fault_stands_on_the_wan() -> None:
    diagram, _ = both(confidently_wrong())

    assert '<use href="#lost"' in diagram
    assert f"drop at {LOST}" in texts(diagram)
    lanes = lay_lanes(rows_of(confidently_wrong().trace), METERS, "hub")
    assert lanes.places["S1SP"] < lanes.middle_of(LOST) < lanes.places["hub"]


@pytest.mark.parametrize(
    ("point", "lane"),
    [
        (TORN, "gsme"),
        ("home-1/gsme/rotate-sua-key#1/try#1/request/mirror", "hub"),
        ("home-1/engine/journal#3", "Engine"),
        ("home-1/party/SMSO/hand_over/gsme#1", "SMSO"),
        ("party DCO", "DCO"),
        ("at 0 us", "hub"),
    ],
)
def test_a_bolt_strikes_the_lane_that_its_point_names(point: str, lane: str) -> None:
    lanes = lay_lanes(rows_of(stranded().trace), METERS, "hub")

    assert lanes.middle_of(point) == lanes.places[lane]


def test_a_fault_on_the_han_strikes_between_the_hub_and_the_meter() -> None:
    lanes = lay_lanes(rows_of(stranded().trace), METERS, "hub")
    point = "home-1/gsme/rotate-sua-key#1/try#1/reply/han#2"

    assert lanes.places["hub"] < lanes.middle_of(point) < lanes.places["gsme"]


def test_a_wrong_belief_says_so_in_both_pictures() -> None:
    diagram, timeline = both(confidently_wrong())

    assert "gsme: OLD wrong" in texts(diagram)
    assert "OLD ✗" in texts(timeline)
    assert 'class="iswrong"' in timeline


def test_a_torn_key_is_neither_in_both_pictures() -> None:
    diagram, timeline = both(stranded())

    assert "no valid key" in texts(diagram)
    assert "NEITHER" in texts(timeline)


def test_a_silence_is_a_break_that_says_its_length() -> None:
    diagram, timeline = both(confidently_wrong())

    assert "1 h 10 min later" in texts(diagram)
    assert "1 h 10 min" in texts(timeline)
    assert '<use href="#break"' in timeline


def test_the_numbers_are_the_same_in_both_pictures() -> None:
    for picture in both(confidently_wrong()):
        badges = re.findall(r'class="nt m">(\d+)<', picture)
        assert sorted(badges) == ["1", "2", "3", "4"]


def test_a_long_diagram_tells_the_lanes_again_and_ends_with_what_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = Story()
    for number in range(120):
        story.call("DCO", f"operation_{number}")
    monkeypatch.setattr(sequence, "ROWS_MAX", 100)

    diagram = draw_sequence(rows_of(story.events), (), "long")

    assert texts(diagram).count("Engine") == 3
    assert "20 more rows are in trace.jsonl" in texts(diagram)


def test_a_call_too_long_for_its_lane_is_told_behind_its_arrow() -> None:
    rows = [
        Row(at=Instant(0), kind="call", source="Engine", target="DCO", text="x" * 60),
        Row(at=Instant(0), kind="call", source="Engine", target="DCO", text="x"),
    ]

    root = ET.fromstring(draw_sequence(rows, (), "calls"))

    long, short = [one for one in root.iter("text") if one.get("class") == "l call"]
    assert float(long.get("x", "0")) > float(short.get("x", "0")) + 100


def test_the_truth_moves_with_the_commit_and_the_belief_with_its_words() -> None:
    story = Story()
    story.wait(10)
    story.believed("gsme", "OLD", "OLD", "a")
    story.wait(10)
    story.key("gsme", 2, "rotate-sua-key")
    story.wait(10)
    story.believed("gsme", "OLD", "NEW", "b")

    assert truth_spans(story.events, "gsme", END) == [
        Span("OLD", Instant(0), Instant(20)),
        Span("NEW", Instant(20), END),
    ]
    assert belief_spans(story.events, "gsme", END) == [
        Span("not stated", Instant(0), Instant(10)),
        Span("OLD", Instant(10), Instant(30)),
        Span("OLD", Instant(30), END, is_wrong=True),
    ]


def test_of_two_beliefs_in_one_instant_the_last_holds() -> None:
    story = Story()
    story.wait(10)
    story.believed("gsme", "OLD", "OLD", "a")
    story.believed("gsme", "UNKNOWN", "OLD", "b")

    states = [span.state for span in belief_spans(story.events, "gsme", END)]

    assert states == ["not stated", "UNKNOWN"]


def test_a_staged_key_shows_beside_the_current_one() -> None:
    staged = KeyChanged(Instant(5), HOME, "gsme", 1, "aa", 2, 0, "prepare-rotation")

    spans = truth_spans([staged], "gsme", END)

    assert [(span.state, span.is_staged) for span in spans] == [("OLD", False), ("OLD", True)]
    assert "OLD + staged" in texts(draw_timeline([staged], ["gsme"], [], END))


def test_after_a_restart_the_version_tells_which_key_is_held() -> None:
    def restarted(version: int) -> list[str]:
        sent = EngineSent(Instant(1), HOME, "hub", "gsme", 1, "rotate-sua-key", 3, 1, 1)
        found = KeyChanged(Instant(5), HOME, "gsme", version, "aa", None, 0, "power cut")
        return [span.state for span in truth_spans([sent, found], "gsme", END)]

    assert restarted(3) == ["OLD"]
    assert restarted(4) == ["OLD", "NEW"]


@pytest.mark.parametrize(
    ("scenario", "variant"),
    [
        ("rotation-response-lost", "two-phase"),
        ("power-cut-after-commit", ""),
        ("power-cut-torn-commit", ""),
        ("active-resubmitted-by-supplier", "after-limited-roll-back"),
    ],
)
def test_the_truth_that_is_drawn_is_the_one_that_the_oracle_read(
    scenario: str, variant: str
) -> None:
    run = run_case(case_of(scenario, variant))
    ends = Instant(run.trace[-1].at + 1)

    for meter in run.result.devices:
        spans = truth_spans(run.trace, meter.device, ends)
        assert spans[-1].state == meter.truth
        for belief in run.trace:
            if isinstance(belief, Believed) and belief.device == meter.device:
                assert belief.truth in {
                    span.state for span in spans if span.begins <= belief.at <= span.ends
                }


def test_everything_on_the_scale_has_the_room_it_asked_for() -> None:
    a, b, c = Instant(0), Instant(SECOND_US), Instant(3 * DAY_US)
    rooms = [Room(a, b, 80.0), Room(b, c, 50.0), Room(a, c, 300.0)]

    scale = Timescale(rooms, {b: 19.0}, 200.0)

    assert scale.x(a) == 0
    assert scale.x(b) >= 80
    assert scale.x(c) - scale.x(b) >= 50
    assert scale.width == scale.x(c) == 300


def test_a_long_time_is_drawn_longer_than_a_short_one_where_there_is_room() -> None:
    a, b, c = Instant(0), Instant(SECOND_US), Instant(3 * DAY_US)

    scale = Timescale([Room(a, b, 0.0), Room(b, c, 0.0)], {}, 900.0)

    assert scale.width == pytest.approx(900.0, abs=1)
    assert scale.x(c) - scale.x(b) > scale.x(b)
    assert scale.segments() == [(a, b), (b, c)]
