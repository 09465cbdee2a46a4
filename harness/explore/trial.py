"""One case of a campaign: run, judged by the truth, and told in a few words.

This is what a worker process does. The trace stays there: of a campaign's thousands of cases only
those that fail are run once more for their replay file.
"""

from typing import NotRequired, TypedDict

from hanbench.emulator.instant import HOUR_US, Instant
from hanbench.harness.engines import load_engine
from hanbench.harness.events import FaultFired
from hanbench.harness.explore.places import Place, places_of
from hanbench.harness.explore.state import StateWatch
from hanbench.harness.faults.points import PointSeen
from hanbench.harness.files.scenario import Expect
from hanbench.harness.judging.judge import run_end, stranded_by
from hanbench.harness.running.case import Case
from hanbench.harness.running.pool import Broken
from hanbench.harness.running.run_case import run_world
from hanbench.harness.schemes import load_scheme
from hanbench.harness.trace import story_digest
from hanbench.harness.verdict import ANY, CaseResult, Finding, Verdict
from hanbench.harness.world import World

CONVERGES_WITHIN_US = 72 * HOUR_US
"""How long an engine may take to a named end state once nothing goes wrong any more [M]."""


class Trial(TypedDict):
    """What came of a case; plain data, since it crosses processes and lies in a file."""

    case: str
    faults: list[str]
    verdict: str
    findings: list[dict[str, str]]
    claimed: str
    stranded_by: str
    devices: list[list[str]]
    """[name, truth, belief] of each meter."""
    struck: int
    """Faults that struck, the scenario's own among them."""
    unfired: list[str]
    """Those that did not."""
    story: str
    """SHA-256 of the story without the lines that say which fault struck."""
    places: list[list[str | int]]
    """[point, at_us, patience_us, state]: what the run passed after the last fault had struck."""
    virtual_us: int
    goes_on_as: NotRequired[str]
    """The run whose known end this one was coming to when it was ended: see `merging`."""


def explored(case: Case) -> Case:
    """Return the case as a campaign judges it: any end state that is true, in good time.

    What the file says of the end, of steps and of other homes it says of a run without the faults
    that are tried: a code that is refused as the file says may rightly be accepted after one.
    """
    stated = case.scenario.expect
    expect = Expect.model_construct(
        end_state=ANY,
        party_faults=stated.party_faults,
        all_comes_true=False,
        within_us=CONVERGES_WITHIN_US,
    )
    also = tuple(one.model_copy(update={"end_state": ANY}) for one in case.scenario.also)
    scenario = case.scenario.model_copy(update={"expect": expect, "also": also})
    return case.with_scenario(scenario)


def try_case(case: Case) -> Trial:
    """Run a case and say what came of it: the work of a worker process."""
    engine, scheme = load_engine(case.engine), load_scheme(case.scheme)
    world, result = run_world(case, engine, scheme, StateWatch)
    return trial_of(world, result)


def try_last(case: Case) -> Trial:
    """Run a case that no further fault is added to: where one could strike is not noted."""
    engine, scheme = load_engine(case.engine), load_scheme(case.scheme)
    return trial_of(*run_world(case, engine, scheme), keeps_places=False)


def trial_of(world: World, result: CaseResult, *, keeps_places: bool = True) -> Trial:
    """Say what came of a run."""
    places = _places_left(world) if keeps_places else ()
    homes = (world, *world.companions)
    return Trial(
        case=result.case,
        faults=list(result.faults),
        verdict=result.verdict.value,
        findings=[_plain(finding) for finding in result.findings],
        claimed=result.claimed,
        stranded_by=result.stranded_by or _stranded_elsewhere(world),
        devices=[[one.device, one.truth, one.belief] for one in result.devices],
        struck=result.faults_fired,
        unfired=[str(fault) for one in homes for fault in one.plan.unfired],
        story=story_digest(world.shared.trace.events, without=FaultFired.kind),
        places=[[one.name, one.at, one.patience_us, one.state] for one in places],
        virtual_us=result.virtual_us,
    )


def lost(case: Case, broken: Broken) -> Trial:
    """A case whose worker did not live to say what came of it."""
    is_engines = broken.reason in ("hung", "left")
    verdict = Verdict.FAIL if is_engines else Verdict.HARNESS_ERROR
    name = "engine-broke" if is_engines else "bench-broke"
    finding = {"name": name, "device": "", "clause": "", "detail": broken.detail.strip()}
    return Trial(
        case=case.name,
        faults=[str(fault) for fault in case.all_faults],
        verdict=verdict.value,
        findings=[finding],
        claimed="",
        stranded_by="",
        devices=[],
        struck=0,
        unfired=[str(fault) for fault in case.all_faults],
        story="",
        places=[],
        virtual_us=0,
    )


def read_places(trial: Trial) -> tuple[Place, ...]:
    """Return the places of a trial as they were put down."""
    return tuple(
        Place(str(name), Instant(int(at)), int(patience_us), str(state))
        for name, at, patience_us, state in trial["places"]
    )


def is_failure(trial: Trial) -> bool:
    """Whether the engine did wrong, or the bench could not say."""
    return trial["verdict"] in (Verdict.FAIL.value, Verdict.HARNESS_ERROR.value)


def fingerprint(trial: Trial) -> str:
    """Name a way to fail: the same mistake at another point has the same name."""
    first = trial["findings"][0] if trial["findings"] else {}
    parts = [trial["verdict"], first.get("name", ""), first.get("device", ""), trial["claimed"]]
    return " ".join(part for part in parts if part)


def _stranded_elsewhere(world: World) -> str:
    """Say by whose fault a meter of another home is stranded, if a fault struck there."""
    struck = (one for one in world.companions if one.plan.struck)
    return next((by for one in struck if (by := stranded_by(one, run_end(one)))), "")


def _places_left(world: World) -> tuple[Place, ...]:
    """Return what was passed after the last fault struck; all of it when none did.

    Of all homes, in the order in which they passed it. What another home passed in the instant of
    the strike is among it.
    """
    homes = (world, *world.companions)
    struck = [one for one in homes if one.plan.struck]
    last = max(struck, key=lambda one: one.plan.struck[-1][1], default=None)
    seen: list[PointSeen] = []
    before: set[str] = set()
    for one in homes:
        seen += one.plan.seen
        if one is last:
            before |= {point.name for point in one.plan.seen[: one.plan.struck_after]}
        elif last is not None:
            struck_at = last.plan.struck[-1][1]
            before |= {point.name for point in one.plan.seen if point.at < struck_at}
    if world.companions:
        seen.sort(key=lambda point: point.at)
    patience_us = {name: long for one in homes for name, long in one.patience_us.items()}
    return tuple(place for place in places_of(seen, patience_us) if place.name not in before)


def _plain(finding: Finding) -> dict[str, str]:
    return {
        "name": finding.name,
        "device": finding.device,
        "clause": finding.clause,
        "detail": finding.detail,
        "expected": finding.expected,
    }
