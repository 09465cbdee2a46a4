"""What faults do to devices and to the engine's surroundings, beyond the packet that passes.

A point is passed in the middle of what a device does; so that no device is called while it works,
what strikes it comes right behind, at the same instant.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from hanbench.emulator.hub.comms_hub import CommsHub
from hanbench.emulator.instant import DAY_US, MINUTE_US, SECOND_US, Instant, after
from hanbench.emulator.meters.esme import Esme
from hanbench.emulator.meters.gsme import Gsme
from hanbench.emulator.node.stack import ZigbeeStack
from hanbench.harness.canonical_json import canonical
from hanbench.harness.engine.port import ClaimOutcome, Json
from hanbench.harness.engines import MakeEngine
from hanbench.harness.events import Journalled, OutcomeClaimed
from hanbench.harness.faults.kinds import Fault, FaultKind
from hanbench.harness.faults.plan import JournalVerdict
from hanbench.harness.parties.authorisation import authorisation_of
from hanbench.harness.parties.forgery import forged_commands
from hanbench.harness.session import EngineSession
from hanbench.harness.world import World

SKEWED_FOR_US = 14 * DAY_US
"""Until somebody sets the clock: longer than any lock-out and the UTRN Period [M]."""
SKEW_TICK_US = 10 * MINUTE_US
"""A skewed clock gains or loses its share as often as this: well below any lock-out."""
SECOND = "the second engine: "
"""Before what an engine claims that somebody started by mistake."""


class Strikes:
    """Does to a world what the faults of its plan say."""

    def __init__(self, world: World, make_engine: MakeEngine) -> None:
        self._world = world
        self._make_engine = make_engine
        world.plan.strike = self._strike
        world.plan.silence = self._silence

    def _strike(self, fault: Fault, now: Instant) -> None:
        does: dict[FaultKind, Callable[[], None]] = {
            FaultKind.RESTART: partial(self._restart, fault.of),
            FaultKind.BATTERY_END: partial(self._end_battery, fault.of),
            FaultKind.POWER_OFF: partial(self._power_off, fault, now),
            FaultKind.LOCK_OUT: partial(self._lock_out, fault.of),
            FaultKind.STUCK_COUNTER: partial(self._stick, fault.of),
            FaultKind.CLOCK_JUMP: partial(self._jump, fault),
            FaultKind.CLOCK_SKEW: partial(self._skew, fault, now),
            FaultKind.SECOND_ENGINE: self._start_another,
        }
        strikes = does[fault.does]
        # Nobody starts a second engine in the same microsecond.
        when = after(now, SECOND_US) if fault.does is FaultKind.SECOND_ENGINE else now
        self._world.agenda.at(when, lambda _: strikes())

    def _restart(self, device: str) -> None:
        self._world.runner.restart(self._world.installation, device, "power lost and back")

    def _end_battery(self, device: str) -> None:
        self._world.mishaps.dead[device] = None
        self._world.runner.power_off(self._world.installation, device)

    def _power_off(self, fault: Fault, now: Instant) -> None:
        if fault.for_us is None:
            self._end_battery(fault.of)
            return
        mishaps, until = self._world.mishaps, after(now, fault.for_us)
        mishaps.dark_until[fault.of] = max(until, mishaps.dark_until.get(fault.of, until))
        self._world.runner.power_off(self._world.installation, fault.of)
        self._world.agenda.at(until, partial(self._power_on, fault.of))

    def _power_on(self, device: str, now: Instant) -> None:
        """Give power back, unless another fault has taken it for longer."""
        mishaps = self._world.mishaps
        if device not in mishaps.dead and mishaps.dark_until.get(device, now) <= now:
            self._world.runner.power_on(self._world.installation, device)

    def _lock_out(self, meter: str) -> None:
        limit = self._world.home.meters[meter].core.gate.parameters.failure_limit
        for octets in forged_commands(self._world, meter, limit):
            self._world.send_down(octets, announce=False)

    def _stick(self, device: str) -> None:
        stack = self._world.runner.device(self._world.installation, device).stack
        if isinstance(stack, ZigbeeStack):
            stack.security.stick()

    def _silence(self, device: str, until: Instant | None) -> None:
        devices = self._world.case.installation.devices
        if device in devices:
            self._world.han.silence(devices[device].eui64, until)

    def _skew(self, fault: Fault, since: Instant) -> None:
        """Let a clock gain or lose a little at each tick, for as long as the skew lasts."""
        share_us = _signed(fault) * SKEW_TICK_US // DAY_US

        def tick(now: Instant) -> None:
            device = self._world.runner.device(self._world.installation, fault.of)
            if isinstance(device, CommsHub):
                device.clock_drifted(share_us, now)
            elif isinstance(device, Esme | Gsme):
                device.core.clock_jumped(share_us)
            self._world.runner.emit(self._world.installation, fault.of, [])
            if now - since < SKEWED_FOR_US:
                self._world.agenda.at(after(now, SKEW_TICK_US), tick)

        self._world.agenda.at(after(since, SKEW_TICK_US), tick)

    def _jump(self, fault: Fault) -> None:
        by_us = _signed(fault)
        world, home = self._world, self._world.installation
        device = world.runner.device(home, fault.of)
        if isinstance(device, CommsHub):
            device.clock_jumped(by_us)
        elif isinstance(device, Esme | Gsme):
            device.core.clock_jumped(by_us)
        world.runner.emit(home, fault.of, [])  # its deadlines have moved

    def _start_another(self) -> None:
        """Start the engine once more; it writes a journal of its own and claims for itself."""
        world = self._world
        if world.mishaps.second is not None:
            return
        surroundings = replace(world.surroundings, journal=self._journal, outcome=self._outcome)
        second = EngineSession(self._make_engine, world.agenda, surroundings)
        second.watch = world.session.watch
        world.mishaps.second = second
        second.start(authorisation_of(world.case), world.now)

    def _journal(self, number: int, entry: Json, now: Instant) -> JournalVerdict:
        verdict = JournalVerdict.DURABLE
        home, fate = self._world.installation, f"{verdict.value} (second)"
        self._world.trace.append(Journalled(now, home, number, canonical(entry), fate))
        return verdict

    def _outcome(self, action: ClaimOutcome, now: Instant) -> None:
        home, detail = self._world.installation, f"{SECOND}{action.detail}"
        self._world.trace.append(OutcomeClaimed(now, home, action.end_state.value, detail))


def _signed(fault: Fault) -> int:
    return -fault.by_us if fault.when == "back" else fault.by_us
