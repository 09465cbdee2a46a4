"""`exploration.json`: what a campaign covered and found, format version 1."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from hanbench.harness.explore.campaign import Covered, doubtful, failures
from hanbench.harness.explore.coverage import Row, Table
from hanbench.harness.explore.trial import Trial, fingerprint
from hanbench.harness.explore.tries import Try
from hanbench.harness.running.case import Case
from hanbench.harness.running.run_meta import versions
from hanbench.harness.shrink.shrinker import Shrunk

EXPLORATION = "exploration.json"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HazardRow(_Part):
    """One hazard: where it could be, and what came of it."""

    hazard: str
    places: int
    applicable: int
    not_applicable: int
    run: int
    merged: int = 0
    pruned: int = 0
    fired: int
    mattered: int
    declared: int
    failed: int
    where: str = ""
    """Where it changes anything, if many a run gives it no chance to."""


class SightRow(_Part):
    """Something that has to have happened, and how often it did."""

    name: str
    times: int


class FoundFinding(_Part):
    """One thing that was not as it should be."""

    name: str
    device: str
    clause: str
    detail: str


class FailedCase(_Part):
    """A case in which the engine did wrong."""

    name: str
    way: str
    """The same for cases that fail in the same way."""
    faults: tuple[str, ...]
    claimed: str
    findings: tuple[FoundFinding, ...]


class ShrunkCase(_Part):
    """A failing case made as small as it goes, and the file that shows it."""

    failure: str
    faults: tuple[str, ...]
    steps: tuple[str, ...]
    runs: int
    is_minimal: bool
    replay: str
    """The path of its replay file, below the folder."""


class Exploration(_Part):
    """The file."""

    exploration: Literal[1] = 1
    case: str
    title: str
    engine: str
    scheme: str
    parts: str = ""
    """What worlds were made of in place of the bench's own classes; empty: nothing."""
    seed: int
    traffic: str
    versions: dict[str, str]
    places: int
    """Fault points of the unfaulted run, those within `phase` and `only`."""
    planned: int
    run: int
    pruned: int
    merged: int = 0
    """Cases that were run until they stood where a run that ended well has stood."""
    drawn: int = 0
    """Cases of three faults and more, drawn by the seed."""
    phase: str = ""
    """The phase of the run that all faults strike in; empty: anywhere."""
    only: str = ""
    """What the names of the first faults' points hold, as `--only` says it; empty: all points."""
    is_whole: bool
    hazards: tuple[HazardRow, ...]
    sights: tuple[SightRow, ...]
    failed: tuple[FailedCase, ...]
    inconclusive: tuple[FailedCase, ...] = ()
    """Cases of which the bench could not say how they end, and why."""
    shrunk: tuple[ShrunkCase, ...]
    wall_s: float


def write_exploration(
    folder: Path,
    case: Case,
    covered: Covered,
    table: Table,
    shrunk: Sequence[Shrunk],
    files: Sequence[Path],
    wall_s: float,
    *,
    phase: str = "",
    only: str = "",
) -> Exploration:
    """Write the file of a campaign, and return what it says."""
    exploration = Exploration(
        case=case.name,
        title=case.scenario.title,
        engine=case.engine,
        scheme=case.scheme,
        parts=case.parts,
        seed=case.seed,
        traffic=case.scenario.traffic,
        versions=versions(),
        places=covered.places,
        planned=covered.planned,
        run=len(covered.tried),
        pruned=covered.pruned,
        merged=covered.merged,
        drawn=covered.drawn,
        phase=phase,
        only=only,
        is_whole=covered.is_whole,
        hazards=tuple(map(_hazard, table.rows)),
        sights=tuple(SightRow(name=sight.name, times=sight.times) for sight in table.sights),
        failed=tuple(_failed(one, trial) for one, trial in failures(covered)),
        inconclusive=tuple(_failed(one, trial) for one, trial in doubtful(covered)),
        shrunk=tuple(
            _shrunk(one, file.relative_to(folder)) for one, file in zip(shrunk, files, strict=True)
        ),
        wall_s=round(wall_s, 3),
    )
    (folder / EXPLORATION).write_text(exploration.model_dump_json(indent=1) + "\n", "utf-8")
    return exploration


def _hazard(row: Row) -> HazardRow:
    return HazardRow(**asdict(row), not_applicable=row.not_applicable)


def _failed(one: Try, trial: Trial) -> FailedCase:
    return FailedCase(
        name=one.name,
        way=fingerprint(trial),
        faults=tuple(trial["faults"]),
        claimed=trial["claimed"],
        findings=tuple(_found(finding) for finding in trial["findings"]),
    )


def _found(finding: Mapping[str, str]) -> FoundFinding:
    return FoundFinding(**{name: finding[name] for name in FoundFinding.model_fields})


def _shrunk(one: Shrunk, file: Path) -> ShrunkCase:
    return ShrunkCase(
        failure=one.failure.words,
        faults=tuple(str(fault) for fault in one.case.all_faults),
        steps=one.steps,
        runs=one.runs,
        is_minimal=one.is_minimal,
        replay=str(file),
    )
