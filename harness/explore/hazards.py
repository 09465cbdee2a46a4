"""The hazards: what can go wrong at which kind of place, each with the fault that does it.

A table, in the order in which a campaign tries them. A hazard makes a fault for a place, or none
where it makes no sense there; so "not applicable" is said of a place by the table and by nothing
else. Lengths come from the run that was recorded: the engine's own time-outs, the meter's own wake.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from hanbench.emulator.fates import Leg, Phase
from hanbench.emulator.instant import HOUR_US, MINUTE_US, SECOND_US
from hanbench.harness.explore.places import Place, Premises
from hanbench.harness.faults.point_grammar import PointKind
from hanbench.harness.files.scenario_faults import (
    FOREVER,
    BatteryEndFault,
    ClockJumpFault,
    ClockSkewFault,
    CorruptFault,
    CorruptPastMacFault,
    CrashFault,
    Cut,
    DelayFault,
    DropFault,
    DuplicateFault,
    FailFault,
    FaultEntry,
    LateFault,
    LockOutFault,
    NeverFault,
    PartitionFault,
    PowerCutFault,
    PowerOffFault,
    ReorderFault,
    RestartFault,
    SecondEngineFault,
    SilenceFault,
    StuckCounterFault,
    TruncateFault,
    TwiceFault,
    UnavailableFault,
)

PAST_TIME_OUT_US = 30 * SECOND_US
PAST_WAKE_US = 5 * MINUTE_US
PAST_UTRN_PERIOD_US = 337 * HOUR_US
"""The UTRN Period is 336 h (def/utrn-period)."""
PARTY_LATE_US = HOUR_US
CUT_US = 2 * HOUR_US
LONG_CUT_US = 26 * HOUR_US
JUMP_US = 26 * HOUR_US
"""Longer than any lock-out and than a mirror keeps anything."""

SKEW_US = 4 * HOUR_US
"""In a day: so that a lock-out and the time in a mirror end hours too soon or too late."""

_SKEWED = frozenset({Phase.WAN, Phase.MIRROR})
_BUFFERED = frozenset({Phase.WAN, Phase.MIRROR, Phase.BEFORE_SEND})
_ON_THE_WAN = frozenset({Phase.WAN})

Jump = Literal["ahead", "back"]
Heard = Literal["first", "second"]
Make = Callable[[Place, Premises], FaultEntry | None]


@dataclass(frozen=True, slots=True)
class Hazard:
    """One way for things to go wrong."""

    name: str
    kind: PointKind
    make: Make
    phases: frozenset[Phase] | None = None
    """Where a packet is, for what strikes packets; None: anywhere."""
    matters: str = ""
    """Where it changes anything, for a hazard that many a run gives no chance to."""

    def at(self, place: Place, premises: Premises) -> FaultEntry | None:
        """Return the fault that does it there; None where it makes no sense."""
        point = place.point
        if point.kind is not self.kind:
            return None
        if self.phases is not None and point.phase not in self.phases:
            return None
        return self.make(place, premises.of(point.installation))


@dataclass(frozen=True, slots=True)
class Possibility:
    """A hazard at a place."""

    hazard: str
    place: Place
    entry: FaultEntry

    @property
    def words(self) -> str:
        """How the variant of a case is named after it."""
        return f"{self.hazard} at {self.place.name}"


def possibilities(
    places: Sequence[Place], premises: Premises, hazards: Sequence["Hazard"]
) -> Iterator[Possibility]:
    """Yield all that can go wrong at these places, place by place."""
    for place in places:
        for hazard in hazards:
            entry = hazard.at(place, premises)
            if entry is not None:
                yield Possibility(hazard.name, place, entry)


def _drop(place: Place, _: Premises) -> FaultEntry:
    return DropFault(does="drop", at=place.name)


def _corrupt(place: Place, _: Premises) -> FaultEntry:
    return CorruptFault(does="corrupt", at=place.name)


def _corrupt_past_mac(place: Place, premises: Premises) -> FaultEntry | None:
    # A hub's answers have no such point, and its commands no SUA code that could catch it.
    is_out = place.point.phase is Phase.WAN and place.point.leg is Leg.REQUEST
    is_sealed = is_out or place.point.phase is Phase.BEFORE_SEND
    if not is_sealed or place.point.device not in premises.failure_limits:
        return None
    return CorruptPastMacFault(does="corrupt-past-mac", at=place.name)


def _duplicate(place: Place, _: Premises) -> FaultEntry:
    return DuplicateFault(does="duplicate", at=place.name)


def _duplicate_late(place: Place, _: Premises) -> FaultEntry | None:
    if not place.patience_us:
        return None
    by_us = place.patience_us + PAST_TIME_OUT_US
    return DuplicateFault.model_validate({"does": "duplicate", "at": place.name, "by": _us(by_us)})


def _delay(by_us: int, place: Place, _: Premises) -> FaultEntry:
    return DelayFault.model_validate({"does": "delay", "at": place.name, "by": _us(by_us)})


def _delay_past_time_out(place: Place, premises: Premises) -> FaultEntry | None:
    if not place.patience_us:
        return None
    return _delay(place.patience_us + PAST_TIME_OUT_US, place, premises)


def _delay_past_wake(place: Place, premises: Premises) -> FaultEntry | None:
    wake_us = premises.wake_us.get(place.point.device, 0)
    if not wake_us or place.point.leg is not Leg.REQUEST:
        return None
    return _delay(wake_us + PAST_WAKE_US, place, premises)


def _wan_cut(for_us: int, place: Place, _: Premises) -> FaultEntry:
    return _partition("wan", for_us, place)


def _device_cut(for_us: int, place: Place, _: Premises) -> FaultEntry | None:
    return _partition(place.point.device, for_us, place)


def _router_cut(for_us: int, place: Place, premises: Premises) -> FaultEntry | None:
    router = premises.routers.get(place.point.device)
    return None if router is None else _partition(router, for_us, place)


def _router_dead(for_us: int | None, place: Place, premises: Premises) -> FaultEntry | None:
    router = premises.routers.get(place.point.device)
    if router is None or router in premises.failure_limits:
        return None  # a meter tells of its outages: a step takes its power, and they are judged
    lasts = FOREVER if for_us is None else _us(for_us)
    return PowerOffFault.model_validate(
        {"does": "power-off", "of": router, "at": place.name, "for": lasts}
    )


def _partition(of: str, for_us: int, place: Place) -> FaultEntry:
    return PartitionFault.model_validate(
        {"does": "partition", "of": of, "at": place.name, "for": _us(for_us)}
    )


def _power_cut(when: Cut, place: Place, _: Premises) -> FaultEntry:
    return PowerCutFault(does="power-cut", at=place.name, when=when)


def _crash(when: Cut, place: Place, _: Premises) -> FaultEntry:
    return CrashFault(does="crash", at=place.name, when=when)


def _fail(place: Place, _: Premises) -> FaultEntry:
    return FailFault(does="fail", at=place.name)


def _never(place: Place, _: Premises) -> FaultEntry:
    return NeverFault(does="never", at=place.name)


def _late(place: Place, _: Premises) -> FaultEntry:
    return LateFault.model_validate({"does": "late", "at": place.name, "by": _us(PARTY_LATE_US)})


def _truncate(place: Place, _: Premises) -> FaultEntry:
    return TruncateFault(does="truncate", at=place.name)


def _reorder(place: Place, _: Premises) -> FaultEntry:
    return ReorderFault(does="reorder", at=place.name)


def _restart(place: Place, _: Premises) -> FaultEntry:
    return RestartFault(does="restart", of=place.point.device, at=place.name)


def _hub_restart(place: Place, premises: Premises) -> FaultEntry:
    return RestartFault(does="restart", of=premises.hub, at=place.name)


def _battery_end(place: Place, premises: Premises) -> FaultEntry | None:
    device = place.point.device
    if not premises.wake_us.get(device):
        return None  # on the mains
    return BatteryEndFault(does="battery-end", of=device, at=place.name)


def _lock_out(place: Place, premises: Premises) -> FaultEntry | None:
    # The hub is sent commands of its own, and has no codes that could be guessed.
    if place.point.leg is not Leg.REQUEST or place.point.device not in premises.failure_limits:
        return None
    return LockOutFault(does="lock-out", of=place.point.device, at=place.name)


def _stuck_counter(place: Place, _: Premises) -> FaultEntry:
    return StuckCounterFault(does="stuck-counter", of=place.point.device, at=place.name)


def _clock_jump(when: Jump, place: Place, premises: Premises) -> FaultEntry:
    is_in_the_hub = place.point.phase is Phase.MIRROR
    of = premises.hub if is_in_the_hub else place.point.device
    return ClockJumpFault.model_validate(
        {"does": "clock-jump", "of": of, "at": place.name, "when": when, "by": _us(JUMP_US)}
    )


def _clock_skew(when: Jump, place: Place, premises: Premises) -> FaultEntry:
    is_in_the_hub = place.point.phase is Phase.MIRROR
    of = premises.hub if is_in_the_hub else place.point.device
    return ClockSkewFault.model_validate(
        {"does": "clock-skew", "of": of, "at": place.name, "when": when, "by": _us(SKEW_US)}
    )


def _twice(heard: Heard, place: Place, _: Premises) -> FaultEntry:
    return TwiceFault(does="twice", at=place.name, heard=heard)


def _second_engine(place: Place, _: Premises) -> FaultEntry:
    return SecondEngineFault(does="second-engine", at=place.name)


def _silence(place: Place, _: Premises) -> FaultEntry | None:
    if place.point.leg is not Leg.REQUEST:
        return None
    of, for_us = place.point.device, _us(CUT_US)
    return SilenceFault.model_validate(
        {"does": "silence", "of": of, "at": place.name, "for": for_us}
    )


def _unavailable(place: Place, _: Premises) -> FaultEntry:
    party, for_us = place.point.party, _us(CUT_US)
    return UnavailableFault.model_validate(
        {"does": "unavailable", "party": party, "at": place.name, "for": for_us}
    )


def _us(duration_us: int) -> str:
    return f"{duration_us}us"


_WAITED_FOR = (
    "a clock decides how long a lock-out lasts and an Instruction waits in the mirror, no more: it "
    "changes a run that waits for that, such as secure/rotation-response-lost-comms-gone"
)
_FRAMES = "it needs real frames on the HAN: --traffic instruction"

_CARRIED, _COMMITTED = PointKind.CARRIED, PointKind.COMMITTED
_CALLED, _JOURNALLED = PointKind.CALLED, PointKind.JOURNALLED
_HAN = frozenset({Phase.HAN})

HAZARDS: tuple[Hazard, ...] = (
    Hazard("drop", _CARRIED, _drop),
    Hazard("duplicate", _CARRIED, _duplicate),
    Hazard("duplicate past the time-out", _CARRIED, _duplicate_late, _BUFFERED),
    Hazard("corrupt", _CARRIED, _corrupt),
    Hazard("corrupt past the MAC", _CARRIED, _corrupt_past_mac),
    Hazard("delay past the time-out", _CARRIED, _delay_past_time_out, _BUFFERED),
    Hazard("delay past the wake", _CARRIED, _delay_past_wake, _BUFFERED),
    Hazard("delay past the UTRN Period", _CARRIED, partial(_delay, PAST_UTRN_PERIOD_US), _BUFFERED),
    Hazard("WAN cut for 2 h", _CARRIED, partial(_wan_cut, CUT_US), _ON_THE_WAN),
    Hazard("WAN cut for 26 h", _CARRIED, partial(_wan_cut, LONG_CUT_US), _ON_THE_WAN),
    Hazard("meter out of reach for 2 h", _CARRIED, partial(_device_cut, CUT_US), _HAN),
    Hazard("meter out of reach for 26 h", _CARRIED, partial(_device_cut, LONG_CUT_US), _HAN),
    Hazard("router out of reach for 2 h", _CARRIED, partial(_router_cut, CUT_US), _HAN),
    Hazard("router dead for 2 h", _CARRIED, partial(_router_dead, CUT_US), _HAN),
    Hazard("router dead for good", _CARRIED, partial(_router_dead, None), _HAN),
    Hazard("reorder", _CARRIED, _reorder, _ON_THE_WAN),
    Hazard("truncate", _CARRIED, _truncate, _BUFFERED),
    Hazard("meter restarts", _CARRIED, _restart, _BUFFERED),
    Hazard("hub restarts", _CARRIED, _hub_restart, _BUFFERED),
    Hazard("battery ends", _CARRIED, _battery_end, _BUFFERED),
    Hazard("meter locked out", _CARRIED, _lock_out, _ON_THE_WAN),
    Hazard("frame counter stuck", _CARRIED, _stuck_counter, _ON_THE_WAN, _FRAMES),
    Hazard("clock jumps ahead", _CARRIED, partial(_clock_jump, "ahead"), _BUFFERED, _WAITED_FOR),
    Hazard("clock jumps back", _CARRIED, partial(_clock_jump, "back"), _BUFFERED, _WAITED_FOR),
    Hazard("clock runs fast", _CARRIED, partial(_clock_skew, "ahead"), _SKEWED, _WAITED_FOR),
    Hazard("clock runs slow", _CARRIED, partial(_clock_skew, "back"), _SKEWED, _WAITED_FOR),
    Hazard("steady traffic lost for 2 h", _CARRIED, _silence, _ON_THE_WAN),
    Hazard("power cut before", _COMMITTED, partial(_power_cut, "before")),
    Hazard("power cut, torn", _COMMITTED, partial(_power_cut, "torn")),
    Hazard("power cut after", _COMMITTED, partial(_power_cut, "after")),
    Hazard("party fails", _CALLED, _fail),
    Hazard("party never answers", _CALLED, _never),
    Hazard("party is an hour late", _CALLED, _late),
    Hazard("party away for 2 h", _CALLED, _unavailable),
    Hazard("party asked twice, first heard", _CALLED, partial(_twice, "first")),
    Hazard("party asked twice, second heard", _CALLED, partial(_twice, "second")),
    Hazard("engine killed before", _JOURNALLED, partial(_crash, "before")),
    Hazard("engine killed, torn", _JOURNALLED, partial(_crash, "torn")),
    Hazard("engine killed after", _JOURNALLED, partial(_crash, "after")),
    Hazard("second engine started", _JOURNALLED, _second_engine),
)
"""Every hazard that a campaign tries, in its order."""
