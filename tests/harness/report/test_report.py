"""The report: one file without scripts or the network, faults in place, truth beside belief."""

import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hanbench.emulator.events import KeyChanged, PartyCalled, WanPassed
from hanbench.emulator.instant import HOUR_US, Instant
from hanbench.harness.case import expand
from hanbench.harness.events import Believed, FaultFired, OutcomeClaimed
from hanbench.harness.loader import Library, fixtures_folder
from hanbench.harness.report import write_report
from hanbench.harness.report.page import build_page, spoken
from hanbench.harness.report.rows import rows_of
from hanbench.harness.report.sequence import draw_sequence
from hanbench.harness.report.timeline import belief_spans, draw_timeline, truth_spans
from hanbench.harness.run_case import run_case
from hanbench.harness.run_meta import RunMeta
from hanbench.harness.verdict import CaseRun, Verdict

HOME = "home-1"
END = Instant(2 * HOUR_US)


def meta(*, is_partial: bool = False) -> RunMeta:
    return RunMeta(
        command="hanbench run secure",
        suite="secure",
        seed=None,
        traffic=None,
        engine="reference",
        scheme="han-sua-m1",
        started_at="2026-11-22T23:45:36Z",
        versions={"hanbench": "0"},
        selected=2,
        is_partial=is_partial,
    )


@pytest.fixture(scope="module")
def runs() -> list[CaseRun]:
    path = fixtures_folder("scenarios") / "secure" / "rotation-response-lost.yaml"
    loaded = Library().scenario(path, name="secure/rotation-response-lost")
    return [run_case(case) for case in expand(loaded)[:2]]


def believed(at: int, key: str, truth: str, *, can_still_move: bool = False) -> Believed:
    return Believed(Instant(at), HOME, "gsme", key, (), "because", truth, can_still_move)


def rotated(at: int) -> KeyChanged:
    return KeyChanged(Instant(at), HOME, "gsme", 2, "aabbcc", None, 0, "rotate-sua-key")


class _Tags(HTMLParser):
    VOID = frozenset({"meta", "br", "img", "link", "hr", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.links: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        given = dict(attrs)
        self.links += [value for name, value in attrs if name in ("href", "src") and value]
        if given.get("id"):
            self.ids.add(str(given["id"]))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_it_is_one_well_formed_file_without_scripts_and_outside_links(
    tmp_path: Path, runs: list[CaseRun]
) -> None:
    write_report(tmp_path / "report.html", runs, meta())

    page = (tmp_path / "report.html").read_text()
    tags = _Tags()
    tags.feed(page)
    assert tags.open == []
    assert not tags.names & {"script", "link", "iframe", "img"}
    assert all(link.startswith("#") and link[1:] in tags.ids for link in tags.links)
    assert "http" not in page.replace("http-equiv", "")


def test_it_shows_the_fault_the_model_and_how_to_run_it_again(
    tmp_path: Path, runs: list[CaseRun]
) -> None:
    write_report(tmp_path / "report.html", runs, meta())

    page = (tmp_path / "report.html").read_text()
    assert "drop at home-1/gsme/rotate-sua-key#1/try#1/reply/wan" in page
    assert "HAN-SUA-M1" in page
    assert "nothing here is or claims to be it" in page
    assert "hanbench run" in page
    assert "Yes: all 2 cases came out as expected." in page


def test_no_key_appears_in_it(tmp_path: Path, runs: list[CaseRun]) -> None:
    write_report(tmp_path / "report.html", runs, meta())

    page = (tmp_path / "report.html").read_text().lower()
    for run in runs:
        assert run.capture is not None
        keys = [run.capture.network_key, *(link.key for link in run.capture.link_keys)]
        assert not any(key.value.hex() in page for key in keys)


def test_a_partial_run_never_answers_yes(runs: list[CaseRun]) -> None:
    page = build_page(runs[:1], meta(is_partial=True))

    assert not page.is_good
    assert "1 of 2 cases ran" in page.answer


def test_nothing_run_is_no_good_answer() -> None:
    page = build_page([], meta())

    assert not page.is_good
    assert page.answer.startswith("Nothing ran")


def test_an_unexpected_case_comes_first_with_its_replay(runs: list[CaseRun]) -> None:
    result = dataclasses.replace(runs[0].result, verdict=Verdict.FAIL)
    page = build_page([CaseRun(result=result, trace=runs[0].trace), runs[1]], meta())

    assert [case.result.case for case in page.unexpected] == [result.case]
    assert page.unexpected[0].replay.startswith("hanbench replay ")
    assert page.answer.startswith("No: 1 of 2")


def test_the_truth_moves_with_the_commit_and_the_belief_with_its_words() -> None:
    trace = [
        believed(10, "OLD", "OLD"),
        rotated(20),
        believed(30, "UNKNOWN", "NEW"),
        believed(40, "OLD", "NEW"),
    ]

    assert [span.state for span in truth_spans(trace, "gsme", END)] == ["OLD", "NEW"]
    states = [span.state for span in belief_spans(trace, "gsme", END)]
    assert states == ["not stated", "OLD", "UNKNOWN", "OLD, wrong"]
    picture = draw_timeline(
        [*trace, OutcomeClaimed(Instant(50), HOME, "unresolved", "")], ["gsme"], END
    )
    assert 'class="s belief wrong"' in picture


def test_a_torn_key_is_neither() -> None:
    torn = KeyChanged(Instant(20), HOME, "gsme", None, "", None, 0, "rotate-sua-key")

    assert [span.state for span in truth_spans([torn], "gsme", END)] == ["OLD", "NEITHER"]


def test_a_lost_envelope_ends_in_a_cross_and_a_fault_stands_in_place() -> None:
    lost = WanPassed(
        Instant(10), HOME, "up", "gsme", 7, "answer", "answer ACCEPTED", 0, (), b"\x01"
    )
    fault = FaultFired(Instant(10), HOME, "a/b", "drop at a/b")

    rows = rows_of([fault, lost])
    picture = draw_sequence(rows, ["gsme"], "title")

    assert [row.kind for row in rows] == ["fault", "lost"]
    assert 'class="x"' in picture
    assert "drop at a/b" in picture


def test_equal_calls_are_one_row_and_a_long_silence_is_another() -> None:
    call = PartyCalled(Instant(1), HOME, "engine", "DCO", "candidates", "{}", "{}", is_error=False)
    later = PartyCalled(
        Instant(HOUR_US),
        HOME,
        "engine",
        "DCO",
        "discard",
        '{"device":"gsme"}',
        '{"error":"X"}',
        is_error=True,
    )

    rows = rows_of([call, call, later])

    assert [(row.kind, row.count) for row in rows] == [("call", 2), ("gap", 1), ("refused", 1)]
    assert rows[1].text == "59 min later"
    assert "discard gsme: X" in rows[2].text


def test_every_attribute_of_a_picture_is_quoted(runs: list[CaseRun]) -> None:
    picture = draw_sequence(rows_of(runs[0].trace), ["esme", "gsme"], "a < b & c")

    assert "a &lt; b &amp; c" in picture
    assert re.findall(r"<[^>]*=[^\"'][^>]*>", picture) == []


def test_durations_are_said_as_people_say_them() -> None:
    assert spoken(4_200_000) == "4.2 s"
    assert spoken(31 * 60_000_000) == "31 min"
    assert spoken(2 * HOUR_US) == "2.0 h"
    assert spoken(51 * HOUR_US) == "2 d 3 h"
