"""How large the report of the whole suite `secure` is, with a good engine and with a bad one."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.harness.report.html_pages import broken_links, faults_of, pages_in

from hanbench.harness.cli import cli

WHOLE_MAX = 5_000_000
LANDING_MAX = 400_000
BAD = "hanbench.harness.zoo.beliefs:assumes_old_on_time_out"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_report_of_the_whole_suite_is_small_and_every_page_of_it_well_made(
    tmp_path: Path,
) -> None:
    out = tmp_path / "run"
    done = CliRunner().invoke(cli, ["run", "secure", "--jobs", "2", "--out", str(out)])

    pages = pages_in(out)
    assert done.exit_code == 0, done.output
    assert len(pages) > 30
    assert sum(page.stat().st_size for page in pages) < WHOLE_MAX
    assert (out / "report.html").stat().st_size < LANDING_MAX
    assert {page.name: faults_of(page) for page in pages if faults_of(page)} == {}
    assert broken_links(out) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_suite_that_is_red_makes_a_report_that_can_still_be_kept(tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = ["run", "secure", "-k", "not journal#", "--jobs", "2", "--engine", BAD]
    CliRunner().invoke(cli, [*words, "--out", str(out)])

    pages = pages_in(out)
    failures = [page for page in pages if page.parent.name == "failures"]
    assert len(failures) > 10
    assert sum(page.stat().st_size for page in pages) < 2 * WHOLE_MAX
    assert max(page.stat().st_size for page in failures) < LANDING_MAX
    assert {page.name: faults_of(page) for page in failures if faults_of(page)} == {}
    assert broken_links(out) == []
