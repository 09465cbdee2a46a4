"""The pages of cases: a failure on one page, with its evidence, causes, frames and commands."""

import dataclasses
from pathlib import Path

import pytest
from tests.harness.report.html_pages import broken_links, pages_in
from tests.harness.report.made_runs import confidently_wrong, died, made_meta, made_runs, stranded
from tests.suite_cases import case_of

from hanbench.harness.captures.writing import write_capture
from hanbench.harness.judging.clauses import load_clauses
from hanbench.harness.report import case_pages, write_report
from hanbench.harness.report.case_page import CasePage, build_case
from hanbench.harness.report.places import places_of
from hanbench.harness.running.run_case import run_case
from hanbench.harness.verdict import CaseRun, Verdict

ENGINE = "hanbench.harness.zoo.beliefs:assumes_old_on_time_out"
LOST = "failures/secure-rotation-response-lost.html"


def built(run: CaseRun, **more: object) -> CasePage:
    place = places_of([run.result])[run.result.case]
    given = {"run_again": "again", "replay": "replay", "is_drawn": True, **more}
    return build_case(run, place=place, clauses=load_clauses(), **given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a faulty engine, with its capture."""
    path = tmp_path_factory.mktemp("run")
    case = dataclasses.replace(case_of("rotation-response-lost"), engine=ENGINE)
    run = run_case(case)
    assert run.capture is not None
    write_capture(path / "han.pcapng", [run.capture])
    write_report(path / "report.html", [run, *made_runs()], made_meta(selected=6))
    return path


@pytest.fixture(scope="module")
def failure(folder: Path) -> str:
    return (folder / LOST).read_text()


def test_a_failure_has_all_on_one_page(failure: str) -> None:
    for words in (
        "the engine was certain of OLD for gsme, but it holds NEW",
        "UNKNOWN until there is proof",
        'class="keys"',
        'class="seq"',
        "Common causes",
        "A time-out is taken for proof of OLD.",
        "property/P9",
        "modelled",
        "hanbench replay",
        "--step",
        "hanbench shrink",
        "--engine mine:Engine",
        "What this case assumes",
        "drop at home-1/gsme/rotate-sua-key#1/try#1/reply/wan",
    ):
        assert words in failure


def test_its_frames_have_the_numbers_of_the_capture_and_every_field(
    folder: Path, failure: str
) -> None:
    from hanbench.harness.captures.reading import read_capture  # noqa: PLC0415

    packets = {one.number: one for one in read_capture(folder / "han.pcapng")}
    shown = failure.split('<details class="frame">')[1:]
    numbers = [int(one.split('class="fn">')[1].split("<")[0]) for one in shown]

    assert len(numbers) > 8
    assert numbers == sorted(numbers)
    for number, text in zip(numbers, shown, strict=True):
        assert packets[number].comment in text
        assert f"{len(packets[number].data)} octets" in text
    lost = next(text for text in shown if "answer ACCEPTED [lost]" in text)
    assert "Answer" in lost, "the envelope that was lost is explained"
    assert any("opened with the network key" in text or "Segment" in text for text in shown)


def test_frames_without_a_capture_are_not_made_up(tmp_path: Path) -> None:
    write_report(tmp_path / "report.html", [confidently_wrong()], made_meta(selected=1))

    (page,) = (path.read_text() for path in (tmp_path / "failures").iterdir())
    assert "There is no capture beside this report" in page


def test_a_damaged_capture_costs_the_frames_and_not_the_page(tmp_path: Path) -> None:
    (tmp_path / "han.pcapng").write_bytes(b"\n\r\r\n\0\0")

    write_report(tmp_path / "report.html", [confidently_wrong()], made_meta(selected=1))

    (page,) = (path.read_text() for path in (tmp_path / "failures").iterdir())
    assert "Common causes" in page


def test_failures_lead_from_one_to_the_next(tmp_path: Path) -> None:
    write_report(tmp_path / "report.html", made_runs(), made_meta())

    died_page = (tmp_path / "failures" / "own-died.html").read_text()
    assert "page 2 of 3" in died_page
    assert 'rel="prev" href="../failures/own-answer-lost-time-out-taken-as-old.html"' in died_page
    assert 'rel="next" href="../failures/own-undecided.html"' in died_page
    assert broken_links(tmp_path) == []


def test_what_passed_is_on_the_page_of_its_scenario_with_the_way_to_what_failed(
    tmp_path: Path,
) -> None:
    write_report(tmp_path / "report.html", made_runs(), made_meta())

    page = (tmp_path / "cases" / "own-answer-lost.html").read_text()
    assert 'id="case-own-answer-lost"' in page
    assert 'href="../failures/own-answer-lost-time-out-taken-as-old.html"' in page
    assert "a probe finds the new key" in page
    assert "not in the clause catalogue" in page


def test_two_names_that_look_alike_have_their_own_places() -> None:
    runs = made_runs()[:2]
    names = ("own/a[b]", "own/a/b")
    alike = [
        dataclasses.replace(run.result, case=name) for run, name in zip(runs, names, strict=True)
    ]

    places = places_of(alike)

    assert len({place.page for place in places.values()}) == 2


def test_a_result_without_a_trace_has_no_pictures_and_unknown_faults() -> None:
    case = built(died())

    assert (case.timeline, case.sequence, case.marks, case.beliefs) == ("", "", (), ())
    assert [fault.fired for fault in case.faults] == ["not known"]
    assert [name for name, _ in case.causes] == ["worker-killed"]


def test_faults_say_whether_they_fired() -> None:
    assert [fault.fired for fault in built(stranded()).faults] == ["fired", "did not fire"]


def test_the_clauses_of_the_findings_come_first() -> None:
    case = built(confidently_wrong())

    assert [name for name, _ in case.broken] == ["property/P9", "domain/10.8-joint-outcome"]
    assert [name for name, _ in case.clauses] == ["def/sua", "seed0/sua-rollback", "own/unknown"]


def test_causes_are_for_what_has_to_be_looked_at() -> None:
    passed = dataclasses.replace(confidently_wrong().result, verdict=Verdict.PASS)

    assert built(CaseRun(result=passed, trace=())).causes == ()


def test_diagrams_are_drawn_until_there_are_too_many_and_those_of_failures_always(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert case_pages.DRAWN_MAX > 500_000
    monkeypatch.setattr(case_pages, "DRAWN_MAX", 0)

    write_report(tmp_path / "report.html", made_runs(), made_meta())

    passed = (tmp_path / "cases" / "own-answer-lost.html").read_text()
    failed = (tmp_path / "failures" / "own-answer-lost-time-out-taken-as-old.html").read_text()
    assert 'class="seq"' not in passed
    assert 'class="keys"' in passed
    assert "sequence diagram is left out" in passed
    assert 'class="seq"' in failed


def test_pages_of_an_earlier_run_do_not_stay(tmp_path: Path) -> None:
    write_report(tmp_path / "report.html", made_runs(), made_meta())
    before = len(pages_in(tmp_path))

    write_report(tmp_path / "report.html", made_runs()[2:3], made_meta(selected=1))

    assert len(pages_in(tmp_path)) < before
    assert broken_links(tmp_path) == []
    assert not list(tmp_path.rglob("*.tmp"))
