"""`replay.html`: a recorded case run again, beside its record; one file without scripts."""

import shlex
from collections.abc import Iterable
from pathlib import Path

from hanbench.harness.errors import ScenarioError
from hanbench.harness.judging.clauses import load_clauses
from hanbench.harness.replay.replay_file import Comparison, ReplayFile
from hanbench.harness.report.case_page import build_case
from hanbench.harness.report.clause_page import clause_links
from hanbench.harness.report.places import CLAUSE_PAGE, Place
from hanbench.harness.report.templates import write_index, write_page
from hanbench.harness.verdict import CaseRun

PAGE = "replay.html"


def write_replay_page(
    folder: Path,
    file: Path,
    recorded: ReplayFile,
    run: CaseRun,
    comparison: Comparison,
    *,
    is_reproduced: bool,
) -> Path:
    """Write the page into a folder, which may be that of a run, and return its path.

    Raises:
        ScenarioError: the folder cannot be written.
    """
    path = folder / PAGE
    case = build_case(
        run,
        place=Place(PAGE, "case", is_own=True),
        clauses=load_clauses(),
        run_again=shlex.join(["hanbench", "replay", str(file)]),
        replay="",
        is_drawn=True,
    )
    observed, result = recorded.observed, run.result
    rows = (
        ("Verdict", observed.verdict, result.verdict.value),
        ("Claimed end state", observed.claimed or "nothing", result.claimed or "nothing"),
        ("Findings", _named(one.name for one in observed.findings), _named_of(run)),
        ("Trace hash", observed.trace_hash, result.trace_hash),
        ("Story hash", observed.story_hash, result.story_hash),
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        links = clause_links() if (folder / CLAUSE_PAGE).is_file() else {}
        write_page(
            path,
            "replay.html.j2",
            case=case,
            recorded=recorded,
            rows=rows,
            comparison=comparison,
            is_reproduced=is_reproduced,
            clause_links=links,
        )
        write_index(folder)
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be written: {error.strerror}") from error
    return path


def _named_of(run: CaseRun) -> str:
    return _named(one.name for one in run.result.findings)


def _named(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
