"""The steps of a scenario: what people and adversaries do while a migration runs.

A step is taken at an instant, or some time after a fault point or an outcome is passed, in the
scenario's own home or in another one of the same world.
"""

from functools import partial

from hanbench.emulator.instant import Instant, after
from hanbench.harness.errors import HarnessError
from hanbench.harness.faults.point_grammar import parse_point
from hanbench.harness.files.scenario_steps import Step
from hanbench.harness.steps.home_acts import HomeActs
from hanbench.harness.steps.taken_step import TakenStep
from hanbench.harness.steps.timing import AFTER_OUTCOME
from hanbench.harness.world import World

Trigger = tuple[str, str]
"""An Installation, and the point or the outcome that is passed in it."""


class StepPlan:
    """Takes the steps of a case in their time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._homes = {one.installation: one for one in (world, *world.companions)}
        self._acts = {world.installation: HomeActs(world)}
        """By Installation: of a thousand homes most are never acted on."""
        self.taken = [TakenStep(step) for step in world.case.scenario.steps]
        world.shared.steps = self.taken
        self._planned = 0
        self._waiting: dict[Trigger, list[TakenStep]] = {}
        for entry in self.taken:
            if entry.step.at_us is not None:
                self._schedule(entry, Instant(entry.step.at_us))
            else:
                self._waiting.setdefault(self._trigger(entry.step), []).append(entry)
        for name in {world.installation: None} | {name: None for name, _ in self._waiting}:
            self._homes[name].plan.on_point = partial(self._point_passed, name)

    @property
    def scheduled(self) -> int:
        """How many are sure to be taken or to have a result, and have not or had none yet."""
        return self._planned + sum(one.awaited for one in self._acts.values())

    def of(self, installation: str) -> list[TakenStep]:
        """Return the steps that were taken in one home."""
        own = self._world.installation
        return [
            entry
            for entry in self.taken
            if entry.at is not None and (entry.step.installation or own) == installation
        ]

    def unmet(self) -> list[tuple[TakenStep, str, str]]:
        """Return the steps that came out otherwise than expected: (step, expected, found)."""
        wrong = []
        for entry in self.taken:
            if entry.at is None:
                continue
            expected, found = self._acts_of(entry.step).compare(entry)
            if expected != found:
                wrong.append((entry, expected, found))
        return wrong

    def never_taken(self) -> list[TakenStep]:
        """Return the steps whose moment never came."""
        return [entry for entry in self.taken if entry.at is None]

    def take_now(self, step: Step, now: Instant) -> TakenStep:
        """Take one more step, at once: somebody steers the case by hand.

        Raises:
            HarnessError: no such Installation is in this world.
        """
        acts = self._acts_of(step)
        entry = TakenStep(step)
        self.taken.append(entry)
        self._take_watched(acts, entry, now)
        return entry

    def outcome(self, entry: TakenStep) -> str:
        """Say how a step came out, as far as that is known by now."""
        return self._acts_of(entry.step).compare(entry)[1]

    def look_at_faces(self, now: Instant) -> None:
        """Write down what the displays show of each home that somebody acted on."""
        for acts in self._acts.values():
            acts.faces.look(now)

    def _acts_of(self, step: Step) -> HomeActs:
        name = step.installation or self._world.installation
        if name not in self._acts:
            if name not in self._homes:
                raise HarnessError(f"no Installation {name!r} in this case")
            self._acts[name] = HomeActs(self._homes[name])
        return self._acts[name]

    def _trigger(self, step: Step) -> Trigger:
        named = step.after
        assert named is not None, "a step has `at` or `after`"
        own = self._world.installation
        if named == AFTER_OUTCOME:
            return step.installation or own, named
        point = named.format(installation=own)
        return parse_point(point).installation, point

    def _schedule(self, entry: TakenStep, when: Instant) -> None:
        self._planned += 1
        entry.due = when
        self._world.agenda.at(when, partial(self._take, entry))

    def _point_passed(self, home: str, point: str, now: Instant) -> None:
        for entry in self._waiting.pop((home, point), ()):
            self._schedule(entry, after(now, entry.step.delay_us))

    def _take(self, entry: TakenStep, now: Instant) -> None:
        self._planned -= 1
        self._take_watched(self._acts_of(entry.step), entry, now)

    def _take_watched(self, acts: HomeActs, entry: TakenStep, now: Instant) -> None:
        """Take a step; what it does may open or shut a way to top up in any home."""
        for home in self._homes.values():
            home.top_ups.catch_up(now)
        acts.take(entry, now)
        for home in self._homes.values():
            home.top_ups.look(now)
