"""The pages of the cases: one for each that must be looked at, one for each scenario's rest."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from hanbench.harness.errors import CaptureError
from hanbench.harness.judging.clauses import load_clauses
from hanbench.harness.report.again import (
    replay_command,
    run_command,
    scenario_of,
    shipped_scenarios,
)
from hanbench.harness.report.answer import by_urgency, is_asked_for
from hanbench.harness.report.case_page import CasePage, build_case, moments_of
from hanbench.harness.report.clause_page import clause_links
from hanbench.harness.report.folds import folded
from hanbench.harness.report.frames import FramesShown, frames_shown, packets_of
from hanbench.harness.report.places import Place, places_of
from hanbench.harness.report.templates import write_page
from hanbench.harness.running.run_folder import (
    CAPTURE,
    CLAUSES,
    FAILURE_PAGES,
    REPORT,
    SCENARIO_PAGES,
)
from hanbench.harness.running.run_meta import RunMeta
from hanbench.harness.verdict import CaseResult, CaseRun

OWN_DRAWN_MAX = 4_000_000
"""Characters of sequence diagrams on the pages of failures: all of them, unless a suite is red."""
DRAWN_MAX = 1_000_000
"""The same of the cases that are as expected: a whole suite is to fit into a mail."""
FRAMED_MAX = 30
"""Failures whose frames are explained; the pages of the others say how to do it."""
FRAMES_MAX = 700
"""Frames that are explained in one report; a single failure takes at most its page's share."""
FRAMES_EACH = (8, 32)
_BESIDE = (REPORT, CLAUSES)


def write_case_pages(folder: Path, runs: Sequence[CaseRun], meta: RunMeta) -> None:
    """Write them into a run folder, where the capture stands already if there is one."""
    for name in (FAILURE_PAGES, SCENARIO_PAGES):
        (folder / name).mkdir(exist_ok=True)
        for page in (folder / name).glob("*.html"):
            page.unlink()
    places = places_of(run.result for run in runs)
    build = partial(_build, places, _Commands(folder, meta))
    _write_own(folder, runs, places, build)
    _write_scenarios(folder, runs, places, build)


class _Commands:
    """How a case is shown again."""

    def __init__(self, folder: Path, meta: RunMeta) -> None:
        self._folder, self._meta = folder, meta
        self._shipped = shipped_scenarios()

    def run(self, result: CaseResult) -> str:
        return run_command(result, self._meta, self._shipped)

    def replay(self, result: CaseResult) -> str:
        return "" if result.is_as_expected else replay_command(result, self._folder)


def _build(
    places: Mapping[str, Place],
    commands: _Commands,
    run: CaseRun,
    *,
    is_drawn: bool,
    frames_near: FramesShown | None = None,
) -> CasePage:
    return build_case(
        run,
        place=places[run.result.case],
        clauses=load_clauses(),
        run_again=commands.run(run.result),
        replay=commands.replay(run.result),
        is_drawn=is_drawn,
        frames_near=frames_near,
    )


def own_order(results: Sequence[CaseResult]) -> list[CaseResult]:
    """Return the cases with pages of their own: what needs attention first, by urgency."""
    return [*by_urgency(results), *(one for one in results if is_asked_for(one))]


def _write_own(
    folder: Path,
    runs: Sequence[CaseRun],
    places: Mapping[str, Place],
    build: Callable[..., CasePage],
) -> None:
    order = own_order([run.result for run in runs])
    by_name = {run.result.case: run for run in runs}
    framed = [by_name[one.case] for one in order[:FRAMED_MAX]]
    frames = _frames(folder / CAPTURE, framed)
    drawn = 0
    for number, result in enumerate(order):
        case = build(
            by_name[result.case],
            is_drawn=drawn < OWN_DRAWN_MAX,
            frames_near=frames.get(result.case),
        )
        drawn += len(case.sequence)
        write_page(
            folder / case.place.page,
            "failure.html.j2",
            up="../",
            beside=_BESIDE,
            case=case,
            number=number + 1,
            total=len(order),
            before=_neighbour(order, number - 1, places),
            after=_neighbour(order, number + 1, places),
            clause_links=clause_links("../"),
            capture=str(folder / CAPTURE) if (folder / CAPTURE).is_file() else "",
        )


def _neighbour(
    order: Sequence[CaseResult], number: int, places: Mapping[str, Place]
) -> tuple[str, str] | None:
    """Return name and address of the page before or after."""
    if not 0 <= number < len(order):
        return None
    case = order[number].case
    return case, f"../{places[case].page}"


def _frames(capture: Path, runs: Sequence[CaseRun]) -> dict[str, FramesShown | None]:
    least, most = FRAMES_EACH
    each = max(least, min(most, FRAMES_MAX // max(len(runs), 1)))
    try:
        packets = packets_of(capture, [run.result.case for run in runs])
    except CaptureError:
        return {}  # the pages then say that there is no capture to be read
    return {
        run.result.case: frames_shown(packets[run.result.case], run.trace, moments_of(run), each)
        for run in runs
    }


def _write_scenarios(
    folder: Path,
    runs: Sequence[CaseRun],
    places: Mapping[str, Place],
    build: Callable[..., CasePage],
) -> None:
    pages: dict[str, list[CaseRun]] = {}
    for run in runs:
        place = places[run.result.case]
        if not place.is_own:
            pages.setdefault(place.page, []).append(run)
    drawn = 0
    for page, members in pages.items():
        cases = []
        # What is swept is drawn last: there are hundreds of such cases, and all alike.
        for run in sorted(members, key=lambda run: folded(run.result)):
            cases.append(build(run, is_drawn=drawn < DRAWN_MAX and not folded(run.result)))
            drawn += len(cases[-1].sequence)
        scenario = scenario_of(members[0].result)
        own = [
            (run.result, f"../{places[run.result.case].page}")
            for run in runs
            if scenario_of(run.result) == scenario and places[run.result.case].is_own
        ]
        write_page(
            folder / page,
            "scenario.html.j2",
            up="../",
            beside=_BESIDE,
            name=scenario,
            title=members[0].result.title,
            single=[case for case in cases if not folded(case.result)],
            swept=[case for case in cases if folded(case.result)],
            own=own,
            clause_links=clause_links("../"),
        )
