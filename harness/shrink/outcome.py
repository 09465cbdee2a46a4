"""The replay file of a shrunk case: run once more, whole, so that its story stands in it."""

from collections.abc import Iterable
from pathlib import Path

from hanbench.harness.replay.replay_file import write_replay
from hanbench.harness.running.case_work import run_one
from hanbench.harness.running.cases import broken_run
from hanbench.harness.running.pool import Broken, Workers
from hanbench.harness.running.run_folder import slug
from hanbench.harness.shrink.shrinker import Shrunk


def write_shrunk(folder: Path, shrunk: Shrunk, workers: Workers, name: str = "") -> Path:
    """Run the case that is left, write its replay file, and return the path of that."""
    ((_, answer),) = workers.run(run_one, (shrunk.case,))
    run = broken_run(shrunk.case, answer) if isinstance(answer, Broken) else answer.value
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name or _file_name(shrunk))
    write_replay(path, shrunk.case, run)
    return path


def distinct(shrunk: Iterable[Shrunk]) -> list[Shrunk]:
    """Leave out what came down to a case that is there already: two ways to fail may be one."""
    first: dict[str, Shrunk] = {}
    for one in shrunk:
        first.setdefault(_file_name(one), one)
    return list(first.values())


def _file_name(shrunk: Shrunk) -> str:
    return f"{slug(f'{shrunk.failure.words} {shrunk.case.variant}')}.yaml"
