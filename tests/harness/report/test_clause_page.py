"""The clause page: every clause with its scenarios and back, its verdicts, and links that hold."""

import dataclasses

import pytest
from click.testing import CliRunner
from tests.harness.report.html_pages import broken_links, faults_of, tags_of
from tests.harness.report.made_runs import confidently_wrong, made_meta, made_runs

from hanbench.harness.cli import cli
from hanbench.harness.judging import clause_matrix
from hanbench.harness.judging.clause_matrix import CaseSeen
from hanbench.harness.judging.clauses import Clause, load_clauses
from hanbench.harness.report import write_report
from hanbench.harness.report.clause_page import build_clause_page
from hanbench.harness.report.places import clause_anchors
from hanbench.harness.verdict import Finding

STOP = CaseSeen(case="rules/stop-late", verdict="pass", expected_verdict="pass")


def state_of(page, address):
    entries = [entry for family in page.families for entry in family.entries]
    return next(entry.row.state for entry in entries if entry.row.address == address)


def page_of(*seen):
    return build_clause_page(seen, report="report.html", run="a run")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    write_report(folder / "report.html", made_runs(), made_meta())
    return folder


def test_every_clause_has_its_place_and_every_link_leads_somewhere(written) -> None:
    clauses = tags_of(written / "clauses.html")

    assert faults_of(written / "clauses.html") == []
    assert set(clause_anchors(load_clauses()).values()) <= set(clauses.ids)
    assert broken_links(written) == []
    assert any(link.startswith("failures/") for link in clauses.links)


def test_a_finding_leads_to_its_clause(tmp_path) -> None:
    write_report(tmp_path / "report.html", [confidently_wrong()], made_meta(selected=1))

    (page,) = (tmp_path / "failures").iterdir()
    finding = page.read_text().split('<div class="finding', 1)[1]

    assert 'href="../clauses.html#property-P9"' in finding.split('<div class="pairs">')[0]


def test_a_clause_that_a_finding_names_is_broken_and_its_neighbours_are_in_doubt() -> None:
    late = dataclasses.replace(
        STOP, verdict="fail", named=("tmad/4.23A", "domain/10.5-states"), broken=("tmad/4.23A",)
    )

    page = page_of(late)

    assert state_of(page, "tmad/4.23A") == "broken"
    assert state_of(page, "domain/10.5-states") == "in doubt"
    assert page.state == "poor"
    assert [entry.row.address for entry in page.urgent] == ["tmad/4.23A", "domain/10.5-states"]


def test_a_clause_that_was_to_be_found_broken_is_kept() -> None:
    asked = CaseSeen(
        case="rules/mcc-overlooks-a-stop",
        verdict="fail",
        expected_verdict="fail",
        broken=("tmad/4.23A",),
    )

    assert state_of(page_of(asked), "tmad/4.23A") == "partly run"


def test_a_break_is_shown_where_no_scenario_expected_it() -> None:
    other = CaseSeen(
        case="own/mine", verdict="fail", expected_verdict="pass", title="Mine", broken=("def/sua",)
    )

    page = page_of(other)

    link = next(link for link in page.scenarios if link.use.scenario == "own/mine")
    assert state_of(page, "def/sua") == "broken"
    assert (link.use.title, link.state) == ("Mine", "bad")
    assert link.report == "failures/own-mine.html"


def test_what_proves_nothing_keeps_nothing() -> None:
    unsure = dataclasses.replace(STOP, verdict="inconclusive", expected_verdict="inconclusive")

    assert state_of(page_of(unsure), "tmad/4.23A") == "in doubt"


def test_an_untested_clause_stands_out(monkeypatch, tmp_path) -> None:
    lonely = Clause(statement="Nobody tests this.", source="nowhere", kind="modelled")
    monkeypatch.setattr(
        clause_matrix, "load_clauses", lambda: {**load_clauses(), "own/lonely": lonely}
    )

    nothing_ran = tmp_path / "none.json"
    nothing_ran.write_text('{"cases": []}')

    page = page_of()
    written = CliRunner().invoke(
        cli, ["clauses", "--html", str(tmp_path / "c.html"), "--results", str(nothing_ran)]
    )

    assert page.verdict.startswith("1 clause of")
    assert [entry.row.address for entry in page.urgent] == ["own/lonely"]
    assert page.families[-1].name == "own"
    assert written.exit_code == 1
    assert "<b>Untested.</b>" in (tmp_path / "c.html").read_text()


def test_the_command_writes_the_page_of_a_run_with_the_way_to_its_report(tmp_path) -> None:
    folder = tmp_path / "run"
    run = ["run", "rules/stop-late", "--jobs", "0", "--no-capture", "--out", str(folder)]
    assert CliRunner().invoke(cli, run).exit_code == 0

    page = tmp_path / "clauses.html"
    asked = ["clauses", "--html", str(page), "--results", str(folder / "results.json")]
    assert CliRunner().invoke(cli, asked).exit_code == 0

    assert 'href="run/cases/rules-stop-late.html#case-rules-stop-late"' in page.read_text()
    assert broken_links(tmp_path) == []
    assert "Which rules does this engine keep?" in page.read_text()


def test_the_page_and_the_command_say_the_same(written) -> None:
    """Both are made of one matrix: no clause and no scenario is in one of them alone."""
    listed = CliRunner().invoke(cli, ["clauses"]).output
    text = (written / "clauses.html").read_text()

    for address in load_clauses():
        assert address in listed
        assert f"<code>{address}</code>" in text


def test_a_finding_without_a_clause_has_no_link(tmp_path) -> None:
    run = confidently_wrong()
    bare = Finding(name="engine-broke", detail="it broke")
    result = dataclasses.replace(run.result, findings=(bare,))

    write_report(tmp_path / "report.html", [dataclasses.replace(run, result=result)], made_meta())

    (page,) = (tmp_path / "failures").iterdir()
    finding = page.read_text().split('<div class="finding', 1)[1]
    assert "clauses.html" not in finding.split('<div class="pairs">')[0]
