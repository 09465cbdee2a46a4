"""The report: pages without scripts or the network, which answer, escape, and hold no key."""

import csv
import dataclasses
import gc
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from tests.harness.report.html_pages import broken_links, faults_of, pages_in
from tests.harness.report.made_runs import confidently_wrong, made_meta, made_runs
from tests.suite_cases import case_of, driven

from hanbench.harness.captures.source import capture_of
from hanbench.harness.captures.writing import write_capture
from hanbench.harness.gate.baseline import Baseline, KnownFailure
from hanbench.harness.gate.fingerprint import fingerprint
from hanbench.harness.judging.judge import judge
from hanbench.harness.report import write_report
from hanbench.harness.report.gate_view import gate_view
from hanbench.harness.report.page import ReportPage, build_page
from hanbench.harness.verdict import CaseRun, Verdict
from hanbench.protocol.keys import Key, KeyUsage

TODAY = date(2026, 11, 26)


def written(folder: Path, runs: list[CaseRun], **meta: bool) -> str:
    write_report(folder / "report.html", runs, made_meta(**meta))
    return (folder / "report.html").read_text(encoding="utf-8")


def page_of(runs: list[CaseRun], **meta: bool) -> ReportPage:
    said = made_meta(**meta)
    return build_page(runs, said, gate_view([run.result for run in runs], said))


def changed(run: CaseRun, **result: object) -> CaseRun:
    return dataclasses.replace(run, result=dataclasses.replace(run.result, **result))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("run")
    written(path, made_runs())
    return path


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


def test_every_page_is_well_made_and_asks_for_nothing(folder: Path) -> None:
    wrong = {path.name: faults_of(path) for path in pages_in(folder) if faults_of(path)}

    assert len(pages_in(folder)) == 8
    assert wrong == {}


def test_every_link_of_every_page_leads_somewhere(folder: Path) -> None:
    assert broken_links(folder) == []


def test_a_link_that_leads_nowhere_would_be_found(tmp_path: Path) -> None:
    written(tmp_path, made_runs())
    (tmp_path / "failures" / "own-died.html").unlink()

    assert "report.html: failures/own-died.html" in broken_links(tmp_path)


def test_the_landing_page_leads_to_every_failure_and_to_every_page(folder: Path, page: str) -> None:
    for failure in (folder / "failures").glob("*.html"):
        assert f'href="failures/{failure.name}"' in page
    for case in (folder / "cases").glob("*.html"):
        assert f'href="cases/{case.name}' in page
    assert 'href="clauses.html"' in page
    assert 'href="index.html"' in page


def test_what_users_write_is_escaped(folder: Path, page: str) -> None:
    both = page + (folder / "cases" / "own-torn-commit.html").read_text()

    assert "two &lt;b&gt;brackets&lt;/b&gt; &amp; &#34;quotes&#34;" in both
    assert "<b>brackets" not in both


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


def test_the_rows_of_each_migration_report_stand_on_the_page_and_in_a_file_that_it_names(
    folder: Path, page: str
) -> None:
    with (folder / "reports" / "S1MIG-006.csv").open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    assert rows
    shown = page.partition('aria-label="Rows of S1MIG-006"')[2].partition("</table>")[0]
    assert shown.count("<tr>") == len(rows) + 1
    assert all(f"<code>{row[0]}</code>" in unescape(shown) for row in rows)
    assert 'href="reports/S1MIG-006.csv"' in page


def test_a_partial_run_says_so_in_red_and_never_answers_yes(tmp_path: Path) -> None:
    page = written(tmp_path, made_runs()[2:4], is_partial=True)

    assert 'class="partial"' in page
    assert "2 of 5 cases ran" in page
    assert '<span class="word">Not known:</span>' in page


def test_an_empty_run_is_a_page_too(tmp_path: Path) -> None:
    page = written(tmp_path, [])

    assert "nothing ran." in page
    assert broken_links(tmp_path) == []


def test_every_verdict_is_counted_even_where_nobody_has_it(page: str) -> None:
    counts = page.split('<ul class="counts">')[1].split("</ul>", maxsplit=1)[0]

    for verdict in Verdict:
        assert f">{verdict.value}</span>" in counts
    assert counts.count('class="zero"') == 1, "only not-applicable"


def test_what_went_wrong_is_put_together_by_how() -> None:
    again = changed(confidently_wrong(), case="own/answer-lost[again]", variant="again")

    ways = page_of([*made_runs(), again]).ways

    assert [(way.name, len(way.cases)) for way in ways] == [
        ("confidently-wrong", 2),
        ("worker-killed", 1),
        ("fault-never-fired", 1),
    ]


def test_suites_are_told_apart_with_their_speed() -> None:
    other = changed(made_runs()[2], case="rules/one", wall_s=2.5)

    own, rules = page_of([*made_runs(), other]).suites

    assert (own.name, own.cases, own.unexpected) == ("own", 5, 3)
    assert (rules.name, rules.cases, rules.slowest, rules.slowest_s) == (
        "rules",
        1,
        "rules/one",
        2.5,
    )


def test_a_case_of_a_sweep_is_looked_at_after_what_stands_alone() -> None:
    swept = changed(confidently_wrong(), case="own/a[journal#1/torn]", variant="journal#1/torn")

    urgent = page_of([swept, confidently_wrong()]).urgent

    assert [line.result.variant for line in urgent] == ["time-out-taken-as-old", "journal#1/torn"]


def test_a_finding_that_was_asked_for_is_told_and_is_no_failure() -> None:
    asked = changed(confidently_wrong(), expected_verdict=Verdict.FAIL)

    page = page_of([asked])

    assert page.answer.word == "Yes"
    assert "fail" in page.asked_for
    assert "fail" not in page_of([asked, confidently_wrong()]).asked_for, "one is not"
    assert page.urgent == ()
    assert [case.result.case for case in page.asked] == [asked.result.case]
    assert page.asked[0].place.is_own
    assert page.harms[0].cases == (asked.result,)


def test_a_sweep_shares_a_row_except_for_what_went_wrong() -> None:
    good, bad = Verdict.PASS, Verdict.FAIL
    runs = [
        changed(
            made_runs()[2],
            case=f"own/swept[journal#{number}/after]",
            variant=f"journal#{number}/after",
            verdict=verdict,
        )
        for number, verdict in ((1, good), (2, good), (3, bad))
    ]

    (scenario,) = page_of(runs).scenarios

    assert [case.result.variant for case in scenario.single] == ["journal#3/after"]
    assert [(fold.variant, len(fold.cases)) for fold in scenario.folds] == [("journal#*", 2)]
    assert scenario.folds[0].claimed == "commissioned"


def known(run: CaseRun, expires: date) -> KnownFailure:
    return KnownFailure(
        case=run.result.case, fingerprint=fingerprint(run.result), reason="why", expires=expires
    )


def test_a_baseline_tells_what_is_new_from_what_is_known(tmp_path: Path) -> None:
    wrong, good = confidently_wrong(), made_runs()[2]
    meta = made_meta(selected=2)
    results = [wrong.result, good.result]
    later = Baseline(baseline=1, known=(known(wrong, date(2027, 1, 1)),))
    earlier = Baseline(baseline=1, known=(known(wrong, date(2026, 1, 1)),))

    accepted = gate_view(results, meta, later, "known.yaml", TODAY)
    expired = gate_view(results, meta, earlier, "known.yaml", TODAY)
    write_report(tmp_path / "report.html", [wrong, good], meta, gate=accepted)
    page = (tmp_path / "report.html").read_text()

    assert build_page([wrong, good], meta, accepted).answer.word == "Yes"
    assert "but for 1 known failure" in page
    assert "Gate open" in page
    assert build_page([wrong, good], meta, expired).answer.reason == (
        "1 thing against it: 1 accepted failure that has expired."
    )
    assert not gate_view(results, meta).is_open


def test_a_case_that_vanished_keeps_the_gate_shut_and_is_named(tmp_path: Path) -> None:
    good = made_runs()[2]
    meta = made_meta(selected=1)
    baseline = Baseline(baseline=1, cases=("own/gone",))

    gate = gate_view([good.result], meta, baseline, "known.yaml", TODAY)
    write_report(tmp_path / "report.html", [good], meta, gate=gate)

    assert "vanished: own/gone: it has to run" in (tmp_path / "report.html").read_text()


def test_no_key_appears_in_any_page(tmp_path: Path) -> None:
    world, steps, stopped = driven(case_of("rotation-response-lost", "two-phase"))
    capture = capture_of(world)
    assert capture is not None
    run = CaseRun(result=judge(world, steps, stopped, 0.0), trace=tuple(world.trace.events))
    failed = changed(run, verdict=Verdict.FAIL)
    write_capture(tmp_path / "han.pcapng", [capture])

    written(tmp_path, [failed])

    text = "".join(path.read_text() for path in pages_in(tmp_path)).lower()
    packed = text.replace(" ", "").replace(":", "")
    keys = [one for one in gc.get_objects() if isinstance(one, Key)]
    usages = {key.usage for key in keys}
    assert usages >= {KeyUsage.SUA, KeyUsage.MASTER, KeyUsage.NETWORK, KeyUsage.TRANSPORT}
    assert 'class="tree"' in text, "frames are explained"
    assert [key.usage for key in keys if key.value.hex() in text + packed] == []


def test_equal_runs_are_equal_reports(tmp_path: Path, folder: Path) -> None:
    written(tmp_path, made_runs())

    for path in pages_in(tmp_path):
        before = (folder / path.relative_to(tmp_path)).read_text()
        after = path.read_text()
        assert after.replace(str(tmp_path), "").replace(tmp_path.name, "") == before.replace(
            str(folder), ""
        ).replace(folder.name, "")


def test_an_index_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<title>mine</title>")

    written(tmp_path, made_runs())

    assert (tmp_path / "index.html").read_text() == "<title>mine</title>"


def test_a_long_run_has_its_verdicts_on_a_page_of_their_own_and_a_short_one_has_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hanbench.harness.report.page.LINES_MAX", 4)

    landing = written(tmp_path, made_runs())
    verdicts = (tmp_path / "verdicts.html").read_text()

    rows = landing.split('<table class="verdicts">')[1].split("</table>")[0]
    assert "cases/own-torn-commit.html#" not in rows, "what passed is left to the other page"
    assert "failures/own-died.html" in rows
    assert "cases/own-torn-commit.html#" in verdicts
    assert broken_links(tmp_path) == []
    assert faults_of(tmp_path / "verdicts.html") == []

    monkeypatch.setattr("hanbench.harness.report.page.LINES_MAX", 300)
    written(tmp_path, made_runs())
    assert not (tmp_path / "verdicts.html").exists()


def test_a_long_run_without_a_failure_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hanbench.harness.report.page.LINES_MAX", 0)

    assert "that have to be looked at, none." in written(tmp_path, made_runs()[2:4])
