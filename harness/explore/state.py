"""What a world is like at a point, in so far as it decides what a fault there can still do.

Two runs that are alike at a point of the same kind go on alike, whatever happened before and
whenever it is: so a second fault there has been tried already. What counts: the meters' keys and
locks, what the engine has journalled, believes and has spent of its tries, what is under way, what
is cut off, stuck or dead, the faults that are still at work, and whatever the looks at a whole run
hang on (see `standing`). What does not count, since the model makes no choice by it: the instant,
counters, message ids. That this leaves nothing out is held by tests, which run the pruned cases too
and compare.
"""

import hashlib
import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import islice

from hanbench.emulator.instant import HOUR_US, MINUTE_US, Instant, after
from hanbench.emulator.node.stack import ZigbeeStack
from hanbench.harness.engine.port import Json
from hanbench.harness.events import Believed, EngineSent
from hanbench.harness.explore.standing import standing
from hanbench.harness.faults.kinds import Fault, FaultKind
from hanbench.harness.faults.strikes import SKEWED_FOR_US
from hanbench.harness.judging.oracle import ROTATING
from hanbench.harness.world import World

_COUNTS = re.compile(r"(?<!/han)#[0-9]+")
"""The numbers of Instructions, tries and calls in a point's name: not those of its frames."""
_WORDS_MAX = 40
_DIGEST_OCTETS = 8
_CUTS = frozenset({FaultKind.PARTITION, FaultKind.SILENCE})
"""What they take away they go on taking: how long they last says all."""
BEYOND_US = 72 * HOUR_US
"""What arrives later than that comes to nobody: a run has ended by then."""


def kind_of(point: str) -> str:
    """Return the name of a point without its counts: `home-1/gsme/no-op/try/reply/han#2`."""
    return _COUNTS.sub("", point)


@dataclass(slots=True)
class _Work:
    """How far the engine has come with a device, as its sendings show: its own counts are hidden.

    An engine gives up after so many rotations, or so many probes: what it has spent of them decides
    what it does next.
    """

    rotations: int = 0
    since_believed: int = 0
    belief: str = ""

    @property
    def spent(self) -> tuple[int, int, str]:
        return self.rotations, self.since_believed, self.belief

    def sent(self, instruction: str) -> None:
        self.rotations += instruction in ROTATING
        self.since_believed += 1

    def believed(self, key: str) -> None:
        self.belief = key
        self.since_believed = 0


class _Said:
    """What a journal says, each thing once: entries without their numbers and octets, in order.

    An entry is read once: a journal only grows, and a new attempt begins a new one.
    """

    def __init__(self) -> None:
        self.steps: list[tuple[str, ...]] = []
        self._journal: list[Json] = []
        self._read = 0

    def read(self, journal: list[Json]) -> None:
        if journal is not self._journal:
            self.steps, self._journal, self._read = [], journal, 0
        for entry in islice(journal, self._read, None):
            step = tuple(sorted(_words(entry)))
            place = bisect_left(self.steps, step)
            if self.steps[place : place + 1] != [step]:
                self.steps.insert(place, step)
        self._read = len(journal)


class StateWatch:
    """Notes the state of a world at each point that it passes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._read = 0
        """How many events of the trace have been looked at."""
        self._work: dict[str, _Work] = {}
        self._said = _Said()
        self._seconds = _Said()
        """What the journal of an engine says that was started by mistake."""
        self._settled = 0
        """How many of the faults struck in exchanges that are over."""
        world.plan.state_at = self.at

    def at(self, now: Instant) -> str:
        """Return a digest of the state, 16 hex digits."""
        self.look_on()
        self.settle()
        state = (
            self._meters(now),
            self._said.steps,
            [(name, work.spent) for name, work in sorted(self._work.items())],
            self._under_way(now),
            self._broken(now),
            self._at_work(now),
            standing(self._world, now),
        )
        return hashlib.sha256(repr(state).encode()).digest()[:_DIGEST_OCTETS].hex()

    def look_on(self) -> None:
        """Take in what has happened since the last look."""
        self._said.read(self._world.session.journal)
        events = self._world.trace.events
        for event in islice(events, self._read, None):
            if isinstance(event, EngineSent):
                self._work_on(event.device).sent(event.instruction)
            elif isinstance(event, Believed):
                self._work_on(event.device).believed(event.key)
        self._read = len(events)

    def settle(self) -> None:
        """Let go of the faults of exchanges that are over, if nothing is being asked."""
        if not self._is_asked():
            self._settled = len(self._world.plan.struck)

    def _is_asked(self) -> bool:
        world, mirror = self._world, self._world.home.hub.mirror
        return world.session.awaits_an_envelope or (
            mirror is not None and any(held.is_envelope for held in mirror.waiting)
        )

    def _at_work(self, now: Instant) -> list[str]:
        """The faults that can still have an effect.

        An answer that lost its first frame is lost although the second one is yet to come; a
        cancellation that is late takes away what was sent after it.
        """
        struck = self._world.plan.struck
        open_ones = [
            fault
            for place, (fault, at) in enumerate(struck)
            if _is_of_its_exchange(fault) and (place >= self._settled or now < _comes_at(fault, at))
        ]
        lasting = [said for fault, at in struck if (said := _still_says(fault, at, now))]
        return [kind_of(str(fault)) for fault in open_ones] + sorted(lasting)

    def _work_on(self, device: str) -> "_Work":
        return self._work.setdefault(device, _Work())

    def _meters(self, now: Instant) -> list[object]:
        found: list[object] = []
        for name, meter in self._world.home.meters.items():
            truth = meter.truth
            found.append(
                (
                    name,
                    truth.current_version,
                    truth.check_value,
                    truth.staged_version,
                    truth.failures,
                    _hours(truth.locked_until - now),
                    meter.core.is_on,
                    meter.is_listening,
                    meter.core.is_holding_back,
                )
            )
        return found

    def _under_way(self, now: Instant) -> object:
        world = self._world
        mirror = world.home.hub.mirror
        waiting = () if mirror is None else mirror.waiting
        return (
            world.session.in_flight,
            world.session.pending_count,
            world.session.last_call,
            world.medium.last_arrival_at > now,
            [(held.is_begun, _hours(held.expires_at - now)) for held in waiting],
            [world.under_way.count(name, now) for name in world.home.meters],
            world.session.life,
        )

    def _broken(self, now: Instant) -> object:
        world = self._world
        devices = world.case.installation.devices
        stuck = [
            name
            for name in devices
            if isinstance(stack := world.runner.device(world.installation, name).stack, ZigbeeStack)
            and stack.security.is_stuck
        ]
        cut = [
            _hours(for_us) if for_us is not None else "for good"
            for for_us in (world.han.cut_off_for_us(one.eui64, now) for one in devices.values())
        ]
        others = self._second(now)
        wan_cut = _hours(world.medium.cut_for_us(now))
        dark = [
            (name, _hours(until - now))
            for name, until in sorted(world.mishaps.dark_until.items())
            if until > now
        ]
        return (cut, wan_cut, sorted(world.mishaps.dead), dark, others, stuck)

    def _second(self, now: Instant) -> object:
        """How far an engine has come that was started by mistake: it may wait, and go on later."""
        second = self._world.mishaps.second
        if second is None:
            return None
        self._seconds.read(second.journal)
        wakes_at = second.wakes_at
        return (
            second.is_over,
            second.in_flight,
            second.pending_count,
            second.awaits_an_envelope,
            None if wakes_at is None else _hours(wakes_at - now),
            second.last_call,
            self._seconds.steps,
        )


def _is_of_its_exchange(fault: Fault) -> bool:
    """Whether it may do something to what follows that is seen nowhere else."""
    return fault.does not in _CUTS and fault.by_us < BEYOND_US


def _comes_at(fault: Fault, at: Instant) -> Instant:
    """When what it delayed has come: each fault by itself, so that a late copy opens no other."""
    is_late = fault.does in (FaultKind.DELAY, FaultKind.DUPLICATE) and fault.by_us > 0
    return after(at, fault.by_us + MINUTE_US) if is_late else at


def _still_says(fault: Fault, at: Instant, now: Instant) -> str:
    """Say what a fault goes on doing wherever it struck; cuts are seen where they are."""
    match fault.does:
        case FaultKind.UNAVAILABLE if (left_us := fault.lasts_us - (now - at)) > 0:
            return f"{fault.party} away for {_hours(left_us)}"
        case FaultKind.CLOCK_SKEW if now - at < SKEWED_FOR_US:
            return f"{fault.of} {fault.when} by {fault.by_us}"
        case _:
            return ""


def _hours(left_us: int) -> int:
    """How long something still lasts: an engine that waits for the end of it has limits."""
    return -(-max(0, left_us) // HOUR_US)


def _words(entry: Json) -> list[str]:
    return [
        f"{key}={value}"
        for key, value in entry.items()
        if isinstance(value, str) and len(value) <= _WORDS_MAX and not any(map(str.isdigit, value))
    ]
