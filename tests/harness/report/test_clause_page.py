"""The clause page: every clause with its scenarios and back, its verdicts, and links that hold."""

import dataclasses
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.harness.report.made_runs import confidently_wrong, made_meta, made_runs
from tests.harness.report.test_report import Tags

from hanbench.harness import clause_matrix
from hanbench.harness.clause_matrix import CaseSeen
from hanbench.harness.clauses import Clause, load_clauses
from hanbench.harness.cli import cli
from hanbench.harness.report import write_report
from hanbench.harness.report.anchors import clause_anchors
from hanbench.harness.report.clause_page import build_clause_page
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


def tags_of(path: Path) -> Tags:
    tags = Tags()
    tags.feed(path.read_text(encoding="utf-8"))
    return tags


def test_it_is_one_well_formed_file_without_scripts_and_outside_links(written) -> None:
    text = (written / "clauses.html").read_text(encoding="utf-8")
    tags = tags_of(written / "clauses.html")

    assert tags.open == []
    assert not tags.names & {"script", "link", "iframe", "img", "object", "embed", "base", "form"}
    assert not re.search(r"url\((?!#)|@import|src=|https?:|\son\w+=", text)


def test_every_clause_and_every_link_between_the_two_pages_has_its_place(written) -> None:
    report, clauses = tags_of(written / "report.html"), tags_of(written / "clauses.html")
    to_clauses = {link for link in report.links if link.startswith("clauses.html")}
    back = {link for link in clauses.links if link.startswith("report.html#")}

    assert set(clause_anchors(load_clauses()).values()) <= set(clauses.ids)
    assert len(clauses.ids) == len(set(clauses.ids))
    assert {link.removeprefix("clauses.html").lstrip("#") for link in to_clauses} - {""} <= set(
        clauses.ids
    )
    assert "clauses.html" in to_clauses
    assert {link.removeprefix("report.html#") for link in back} <= set(report.ids)
    assert {link[1:] for link in clauses.links if link.startswith("#")} <= set(clauses.ids)
    assert back


def test_a_finding_leads_to_its_clause(tmp_path) -> None:
    write_report(tmp_path / "report.html", [confidently_wrong()], made_meta(selected=1))

    finding = (tmp_path / "report.html").read_text().split('<div class="finding', 1)[1]

    assert 'href="clauses.html#property-P9"' in finding.split('<div class="pairs">')[0]


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
    assert link.report == "report.html#case-own-mine"


def test_what_proves_nothing_keeps_nothing() -> None:
    unsure = dataclasses.replace(STOP, verdict="inconclusive", expected_verdict="inconclusive")

    assert state_of(page_of(unsure), "tmad/4.23A") == "in doubt"


def test_an_untested_clause_stands_out(monkeypatch, tmp_path) -> None:
    lonely = Clause(statement="Nobody tests this.", source="nowhere", kind="modelled")
    monkeypatch.setattr(
        clause_matrix, "load_clauses", lambda: {**load_clauses(), "own/lonely": lonely}
    )

    page = page_of()
    written = CliRunner().invoke(
        cli, ["clauses", "--html", str(tmp_path / "c.html"), "--results", str(tmp_path / "none")]
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

    assert 'href="run/report.html#case-rules-stop-late"' in page.read_text()
    assert "Which rules does this engine keep?" in page.read_text()


def test_the_page_and_the_command_say_the_same(written) -> None:
    """Both are made of one matrix: no clause and no scenario is in one of them alone."""
    listed = CliRunner().invoke(cli, ["clauses", "--results", str(written / "none.json")]).output
    text = (written / "clauses.html").read_text()

    for address in load_clauses():
        assert address in listed
        assert f"<code>{address}</code>" in text


def test_a_finding_without_a_clause_has_no_link(tmp_path) -> None:
    run = confidently_wrong()
    bare = Finding(name="engine-broke", detail="it broke")
    result = dataclasses.replace(run.result, findings=(bare,))

    write_report(tmp_path / "report.html", [dataclasses.replace(run, result=result)], made_meta())

    finding = (tmp_path / "report.html").read_text().split('<div class="finding', 1)[1]
    assert "clauses.html" not in finding.split('<div class="pairs">')[0]
