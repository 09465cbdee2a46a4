"""What a user reads after a run: HTML without scripts and without the network."""

from collections.abc import Sequence
from pathlib import Path

from hanbench.harness.clause_matrix import seen_of
from hanbench.harness.report.anchors import CLAUSE_PAGE
from hanbench.harness.report.clause_page import write_clause_page
from hanbench.harness.report.page import build_page
from hanbench.harness.report.templates import render
from hanbench.harness.run_meta import RunMeta
from hanbench.harness.verdict import CaseRun

__all__ = ["write_report"]


def write_report(path: Path, runs: Sequence[CaseRun], meta: RunMeta) -> None:
    """Write the report of a run to one self-contained file, and the clause page beside it."""
    page = build_page(runs, meta, path.parent)
    path.write_text(render("report.html.j2", page=page), encoding="utf-8")
    seen = seen_of(run.result for run in runs)
    clauses = path.with_name(CLAUSE_PAGE)
    write_clause_page(clauses, seen, report=path.name, run=f"{meta.command}, {meta.started_at}")
