"""Runs real cases, and holds the stories that they record against the model.

The cases are those of the suite `secure`, and single faults of a clean run as an exploration would
try them: so what no scenario thought of is told as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hanbench.emulator.events import Event
from hanbench.emulator.sua.memory import KeyTruth
from hanbench.harness.engine.port import RotationProfile
from hanbench.harness.engines import load_engine
from hanbench.harness.explore.hazards import HAZARDS, possibilities
from hanbench.harness.explore.places import premises_of
from hanbench.harness.explore.trial import explored, read_places, try_case
from hanbench.harness.files.loader import Library
from hanbench.harness.model_agreement.codes_of_run import CodesOfRun
from hanbench.harness.model_agreement.recorded import EndsHere, Follower, Parts
from hanbench.harness.model_check.meter import Limits
from hanbench.harness.model_check.moves import Move, Profile, Rules
from hanbench.harness.running.case import Case, RunOptions, expand
from hanbench.harness.running.run_case import run_world
from hanbench.harness.running.suites import select
from hanbench.harness.schemes import load_scheme
from hanbench.harness.world import World

SUITE = "secure"
CLEAN = "secure/clean-two-fuel"
_KNOWN = [one for one in HAZARDS if one.name != "corrupt past the MAC"]
"""What the model has a move for: none is there for an Instruction that is damaged at its making."""
_PROFILES = {
    RotationProfile.SINGLE_SHOT: Profile.SINGLE_SHOT,
    RotationProfile.TWO_PHASE: Profile.TWO_PHASE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStory:
    """What became of one meter's story."""

    case: str
    device: str
    path: tuple[Move, ...]
    """The moves that were found in the model."""
    facts: int
    """How much was compared."""
    ended_by: str = ""
    """What the model has no move for; empty where the whole story was followed."""
    what: str = ""
    """What the two disagree about; empty where they agree."""
    model: str = ""
    run: str = ""


@dataclass(frozen=True, slots=True)
class RecordedAgreement:
    """How the stories of real runs compare with the model."""

    cases: int
    stories: tuple[RecordedStory, ...]

    @property
    def moves(self) -> int:
        """How many moves of the model were found in them."""
        return sum(len(one.path) for one in self.stories)

    @property
    def facts(self) -> int:
        """How much was compared."""
        return sum(one.facts for one in self.stories)

    @property
    def whole(self) -> int:
        """How many stories were followed to their end."""
        return sum(not one.ended_by and not one.what for one in self.stories)

    @property
    def disagreements(self) -> tuple[RecordedStory, ...]:
        """The stories in which the two part."""
        return tuple(one for one in self.stories if one.what)

    @property
    def ended_by(self) -> tuple[tuple[str, int], ...]:
        """What the model has no move for, and how many stories ended there."""
        counts: dict[str, int] = {}
        for one in self.stories:
            if one.ended_by:
                counts[one.ended_by] = counts.get(one.ended_by, 0) + 1
        return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def compare_recorded(cases: Sequence[Case], rules: Rules = Rules()) -> RecordedAgreement:  # noqa: B008
    """Run the cases, and follow every meter's story through the model."""
    return RecordedAgreement(
        len(cases), tuple(story for case in cases for story in stories_of(case, rules))
    )


def stories_of(case: Case, rules: Rules = Rules()) -> Iterator[RecordedStory]:  # noqa: B008
    """Run a case, and yield the story of each of its meters."""
    engine, scheme = load_engine(case.engine), load_scheme(case.scheme)
    began: dict[str, KeyTruth] = {}

    def look(world: World) -> None:
        began.update({name: _truth(world, name) for name in case.installation.meter_names})

    world, _ = run_world(case, engine, scheme, look)
    for name, truth in began.items():
        story = _story_of(world, name, truth, rules)
        if story is not None:
            yield story


def _truth(world: World, name: str) -> KeyTruth:
    return world.home.meters[name].truth


def _story_of(world: World, name: str, began: KeyTruth, rules: Rules) -> RecordedStory | None:
    parameters = world.home.meters[name].core.gate.parameters
    limits = Limits(
        ahead=parameters.window,
        wrong=parameters.failure_limit,
        recent=parameters.result_cache_entries,
    )
    return follow(
        world.trace.events,
        case=world.case.name,
        device=name,
        profile=_PROFILES[RotationProfile(world.case.scenario.profile)],
        limits=limits,
        began=began,
        ended=_truth(world, name),
        rules=rules,
    )


def follow(
    events: Sequence[Event],
    *,
    case: str,
    device: str,
    profile: Profile,
    limits: Limits,
    began: KeyTruth,
    ended: KeyTruth,
    rules: Rules = Rules(),  # noqa: B008
) -> RecordedStory | None:
    """Follow one meter's story through the model; None where no key was ever handed over.

    `began` and `ended` are what the meter truly held before and after the run.
    """
    codes = CodesOfRun.of(events, device, began)
    if codes is None:
        return None
    one = Follower(device, profile, limits, codes, rules)
    ended_by, parts = "", None
    try:
        one.handed_over(began)
        one.follow(events)
        one.ended(ended)
    except EndsHere as end:
        ended_by = str(end)
    except Parts as found:
        parts = found
    return RecordedStory(
        case=case,
        device=device,
        path=tuple(one.path),
        facts=one.facts,
        ended_by=ended_by,
        what=parts.what if parts else "",
        model=parts.model if parts else "",
        run=parts.run if parts else "",
    )


def suite_cases(suite: str = SUITE) -> tuple[Case, ...]:
    """Return the cases of a suite that are about one home, without its steady traffic."""
    options = RunOptions(traffic="off")
    cases = [case for one in select([suite], Library()) for case in expand(one, options)]
    alone = [case for case in cases if not case.companions and not case.sweep_kind]
    return tuple(case for case in alone if case.scenario.migrates)


def explored_cases(clean: Case) -> tuple[Case, ...]:
    """Return a case with each single fault that an exploration of it would try."""
    case = explored(clean)
    places = read_places(try_case(case))
    return tuple(
        case.with_fault(one.words, one.entry)
        for one in possibilities(places, premises_of(case), _KNOWN)
    )
