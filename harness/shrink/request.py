"""What `hanbench shrink FILE` does: the smallest case that still fails as a replay file records."""

from pathlib import Path
from time import monotonic

from rich.console import Console
from rich.markup import escape

from hanbench.harness.explore.trial import try_case
from hanbench.harness.replay.replay_file import check_is_here, read_replay
from hanbench.harness.running.pool import Broken, Workers, default_jobs
from hanbench.harness.running.results import EXIT_HARNESS_ERROR, EXIT_OK, EXIT_UNEXPECTED
from hanbench.harness.running.terminal import make_console
from hanbench.harness.shrink.outcome import write_shrunk
from hanbench.harness.shrink.shrinker import failure_of, shrink


def shrink_file(
    path: Path,
    *,
    engine: str | None = None,
    parts: str | None = None,
    out: Path | None = None,
    jobs: int | None = None,
    console: Console | None = None,
) -> int:
    """Shrink the case of a replay file, write what is left beside it, return the exit code.

    Raises:
        ScenarioError: the file is wrong, or its engine, scheme or parts are not here.
    """
    _, case = read_replay(path, engine=engine, parts=parts)
    check_is_here(path, case, engine=engine, parts=parts)
    shown = console or make_console()
    began_s = monotonic()
    with Workers(jobs or default_jobs()) as workers:
        ((_, answer),) = workers.run(try_case, (case,))
        if isinstance(answer, Broken):
            shown.print(f"[red]the case cannot be run: {escape(answer.detail)}[/]", soft_wrap=True)
            return EXIT_HARNESS_ERROR
        failure = failure_of(answer.value)
        if failure is None:
            why = "; ".join(one["detail"] for one in answer.value["findings"])
            says = f"it is {answer.value['verdict']}{f', since {why}' if why else ''}"
            shown.print(
                f"[red]{escape(f'{path} does not fail any more: {says}. Nothing to shrink')}[/]",
                soft_wrap=True,
            )
            return EXIT_UNEXPECTED
        shrunk = shrink(case, failure, workers)
        target = out or path.with_name(f"{path.stem}-shrunk.yaml")
        write_shrunk(target.parent, shrunk, workers, target.name)
    for step in shrunk.steps:
        shown.print(f"  {escape(step)}", soft_wrap=True)
    kept = "nothing more can be taken away" if shrunk.is_minimal else "the limit of runs ended it"
    shown.print(
        f"[bold]{escape(failure.words)}[/] with {len(shrunk.case.all_faults)} of "
        f"{len(case.all_faults)} fault(s) and {len(shrunk.case.installation.devices)} of "
        f"{len(case.installation.devices)} devices after {shrunk.runs} runs in "
        f"{monotonic() - began_s:.1f} s; {kept}",
        soft_wrap=True,
    )
    for fault in shrunk.case.all_faults:
        shown.print(f"  {escape(str(fault))}", soft_wrap=True)
    shown.print(f"again  hanbench replay {escape(str(target))}", soft_wrap=True)
    return EXIT_OK
