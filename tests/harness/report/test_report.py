"""The report: one file without scripts or the network, which answers, escapes, and holds no key."""

import dataclasses
import gc
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.harness.report.made_runs import confidently_wrong, died, made_meta, made_runs, stranded
from tests.suite_cases import case_of, driven

from hanbench.harness.judge import judge
from hanbench.harness.report import write_report
from hanbench.harness.report.page import DRAWN_MAX, SWEPT, build_page
from hanbench.harness.verdict import CaseRun, Verdict
from hanbench.protocol.keys import Key, KeyUsage

FOLDER = Path("runs/a-run")


class Tags(HTMLParser):
    VOID = frozenset({"meta", "br", "img", "link", "hr", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.links: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        given = dict(attrs)
        self.links += [value for name, value in attrs if name in ("href", "src") and value]
        self.ids += [value for name, value in given.items() if name == "id" and value]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def written(folder: Path, runs: list[CaseRun], **meta: bool) -> str:
    write_report(folder / "report.html", runs, made_meta(**meta))
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(tmp_path_factory.mktemp("run"), made_runs())


def test_it_is_one_well_formed_file_without_scripts_and_outside_links(page: str) -> None:
    tags = Tags()
    tags.feed(page)

    assert tags.open == []
    assert not tags.names & {"script", "link", "iframe", "img", "object", "embed", "base", "form"}
    assert not re.search(r"url\((?!#)|@import|src=|https?:|\son\w+=", page)


def test_every_link_leads_to_one_place_in_it(page: str) -> None:
    tags = Tags()
    tags.feed(page)

    assert len(tags.ids) == len(set(tags.ids))
    within = {link for link in tags.links if not link.startswith("clauses.html")}
    assert {link.removeprefix("#") for link in within} - set(tags.ids) == set()


def test_two_names_that_look_alike_have_their_own_places(tmp_path: Path) -> None:
    runs = made_runs()[:2]
    names = ("own/a[b]", "own/a/b")
    alike = [
        dataclasses.replace(run, result=dataclasses.replace(run.result, case=name))
        for run, name in zip(runs, names, strict=True)
    ]

    anchors = [case.anchor for case in build_page(alike, made_meta(), tmp_path).cases]

    assert anchors == ["case-own-a-b", "case-own-a-b-2"]


def test_what_users_write_is_escaped(page: str) -> None:
    assert "torn-commit[two &lt;b&gt;brackets&lt;/b&gt; &amp; &#34;quotes&#34;]" in page
    assert "<b>brackets" not in page


def test_a_case_shows_expectation_evidence_clauses_faults_and_its_command(page: str) -> None:
    for words in (
        "UNKNOWN until there is proof",
        "OLD: no answer came in time",
        "The engine would claim OLD, and every later Instruction be refused.",
        "SEED0 section 6",
        "not in the clause catalogue",
        "drop at home-1/gsme/rotate-sua-key#1/try#1/reply/wan",
        "did not fire",
        "ab" * 32,
        "--engine mine:Engine",
    ):
        assert words in page


def test_the_synthetic_model_is_named_and_a_users_scheme_is_not_called_that(
    tmp_path: Path,
) -> None:
    ours = written(tmp_path, made_runs())
    write_report(tmp_path / "report.html", made_runs(), made_meta(scheme="theirs:SUA"))
    theirs = (tmp_path / "report.html").read_text()

    assert "A synthetic model, not the real SUA." in ours
    assert "nothing here is or claims to be it" in ours
    assert "A synthetic model, not the real SUA." not in theirs
    assert "<code>theirs:SUA</code></b>" in theirs


def test_a_partial_run_says_so_in_red_and_never_answers_yes(tmp_path: Path) -> None:
    page = written(tmp_path, made_runs()[2:4], is_partial=True)

    assert 'class="partial"' in page
    assert "2 of 5 cases ran" in page
    assert '<span class="word">Not known:</span>' in page


def test_an_empty_run_is_a_page_too(tmp_path: Path) -> None:
    page = written(tmp_path, [])

    assert "nothing ran." in page


def test_what_went_wrong_is_open_and_what_passed_is_closed(page: str) -> None:
    articles = page.split('<article class="case')[1:]
    opened = {
        re.search(r"<h3>(.*?)</h3>", article)[1]: "<details open>" in article.split("<summary")[0]  # type: ignore[index]
        for article in articles
    }

    assert opened["own/answer-lost[time-out-taken-as-old]"]
    assert opened["own/died"]
    assert not opened["own/answer-lost"]


def test_the_urgent_come_first_with_their_replay_and_one_sentence() -> None:
    page = build_page(made_runs(), made_meta(), FOLDER)

    first = page.urgent[0]
    assert [case.result.case for case in page.urgent] == [
        "own/answer-lost[time-out-taken-as-old]",
        "own/died",
        "own/undecided",
    ]
    assert first.replay == (
        "hanbench replay runs/a-run/replay/own-answer-lost-time-out-taken-as-old.yaml"
    )
    assert first.sentence.startswith("the engine was certain of OLD for gsme")
    assert all(not case.replay for case in page.cases if case not in page.urgent)


def test_a_result_without_a_trace_has_no_pictures_and_unknown_faults() -> None:
    case = build_page([died()], made_meta(), FOLDER).cases[0]

    assert (case.timeline, case.sequence, case.marks, case.beliefs) == ("", "", (), ())
    assert [fault.fired for fault in case.faults] == ["not known"]


def test_faults_say_whether_they_fired() -> None:
    case = build_page([stranded()], made_meta(), FOLDER).cases[0]

    assert [fault.fired for fault in case.faults] == ["fired", "did not fire"]


def test_a_finding_that_was_asked_for_is_told_and_is_no_failure() -> None:
    run = confidently_wrong()
    asked = dataclasses.replace(run.result, expected_verdict=Verdict.FAIL)

    page = build_page([CaseRun(result=asked, trace=run.trace)], made_meta(), FOLDER)

    assert page.answer.word == "Yes"
    assert page.urgent == ()
    assert [case.result.case for case in page.asked] == [asked.case]
    assert page.harms[0].cases == (asked,)


def _sweep(number: int, *, is_good: bool = True) -> CaseRun:
    run = made_runs()[2]
    variant = f"{SWEPT}{number}/after"
    return CaseRun(
        result=dataclasses.replace(
            run.result,
            case=f"own/swept[{variant}]",
            variant=variant,
            verdict=Verdict.PASS if is_good else Verdict.FAIL,
        ),
        trace=run.trace,
    )


def test_a_sweep_shares_a_row_except_for_what_went_wrong() -> None:
    runs = [_sweep(1), _sweep(2), _sweep(3, is_good=False)]

    (scenario,) = build_page(runs, made_meta(), FOLDER).scenarios

    assert [case.result.variant for case in scenario.single] == ["journal#3/after"]
    assert [(fold.variant, len(fold.cases)) for fold in scenario.folds] == [("journal#*", 2)]
    assert scenario.folds[0].claimed == "commissioned"


def test_diagrams_are_drawn_until_there_are_too_many_and_the_urgent_always(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert DRAWN_MAX > 1_000_000
    monkeypatch.setattr("hanbench.harness.report.page.DRAWN_MAX", 1)

    runs = [_sweep(1), _sweep(2), _sweep(3, is_good=False)]
    cases = build_page(runs, made_meta(), FOLDER).cases
    page = written(tmp_path, runs)

    assert [bool(case.sequence) for case in cases] == [False, False, True]
    assert all(case.timeline for case in cases)
    assert "sequence diagram is left out" in page


def test_no_key_appears_in_it(tmp_path: Path) -> None:
    world, steps, stopped = driven(case_of("rotation-response-lost", "two-phase"))
    run = CaseRun(result=judge(world, steps, stopped, 0.0), trace=tuple(world.trace.events))

    page = written(tmp_path, [run]).lower()

    keys = [one for one in gc.get_objects() if isinstance(one, Key)]
    usages = {key.usage for key in keys}
    assert usages >= {KeyUsage.SUA, KeyUsage.MASTER, KeyUsage.NETWORK, KeyUsage.TRANSPORT}
    assert run.result.case in page
    assert [key.usage for key in keys if key.value.hex() in page] == []


def test_equal_runs_are_equal_reports(tmp_path: Path, page: str) -> None:
    again = written(tmp_path, made_runs())

    assert again.replace(str(tmp_path), "") == re.sub(r"/[^ <]*?/run\d+(?=/replay)", "", page)
