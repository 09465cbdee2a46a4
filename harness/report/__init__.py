"""What a user reads after a run: HTML without scripts and without the network.

`report.html` answers, `failures/` has a page for each case that must be looked at, `cases/` one for
the rest of each scenario, `clauses.html` one line a rule, `verdicts.html` every verdict of a long
run, and `index.html` names what stands there.
"""

from collections.abc import Sequence
from pathlib import Path

from hanbench.harness.captures.other_reader import OtherReading
from hanbench.harness.judging.clause_matrix import seen_of
from hanbench.harness.report.case_pages import write_case_pages
from hanbench.harness.report.clause_page import write_clause_page
from hanbench.harness.report.gate_view import GateView, gate_view
from hanbench.harness.report.page import build_page
from hanbench.harness.report.places import CLAUSE_PAGE
from hanbench.harness.report.templates import write_index, write_page
from hanbench.harness.running.run_folder import VERDICTS, write_migration_reports
from hanbench.harness.running.run_meta import RunMeta
from hanbench.harness.verdict import CaseRun

__all__ = ["write_report"]


def write_report(
    path: Path,
    runs: Sequence[CaseRun],
    meta: RunMeta,
    read_by: OtherReading | None = None,
    *,
    gate: GateView | None = None,
) -> None:
    """Write the report of a run and its pages; the landing page last, so that it stands for all."""
    folder = path.parent
    judged = gate or gate_view([run.result for run in runs], meta)
    page = build_page(runs, meta, judged, read_by)
    write_case_pages(folder, runs, meta)
    seen = seen_of(run.result for run in runs)
    clauses = folder / CLAUSE_PAGE
    write_clause_page(clauses, seen, report=path.name, run=f"{meta.command}, {meta.started_at}")
    verdicts = folder / VERDICTS
    verdicts.unlink(missing_ok=True)
    if page.is_long:
        write_page(verdicts, "verdicts.html.j2", page=page, beside=(path.name, CLAUSE_PAGE))
    write_migration_reports(folder, page.migration_reports)
    write_page(path, "report.html.j2", page=page, beside=(path.name, CLAUSE_PAGE))
    write_index(folder)
