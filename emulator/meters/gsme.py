"""The GSME: a gas meter on a battery, whose receiver is off nearly all the time.

Sources: UK gas meters wake about every 30 minutes (Utilita, Boost, OVO help pages); MAC data
requests (IEEE 802.15.4-2011, 5.1.6.3). The jitter, how long it stays awake and how fast it polls
then are modelled [M].

    asleep ──wake interval + jitter──> awake: one poll
    awake ──answered "nothing pending", nothing received yet──> asleep
    awake ──something received──> polls every 2 s ──20 s without another message──> asleep
    awake ──has reported to its mirror──> polls until the mirror tells whether something waits
    joined ──> asks for a mirror ──given──> reports;  none to be had ──> asks again at each wake

The hub hears a child of its own poll. Of one behind a router it hears nothing but what the meter
sends: that one therefore reports at each wake, whatever the interval of its reports.

The runner carries each `Poll` to the parent and tells the meter what the acknowledgement said with
`poll_answered`; frames that follow come through `receive` as any other. When nobody answers (the
poll was lost), the meter tries again until its time awake is over.
"""

from collections.abc import Callable

from typing_extensions import override

from hanbench.emulator.device import Device, Output, Packet, Poll, Transmission
from hanbench.emulator.fuel import Fuel
from hanbench.emulator.instant import Instant, after
from hanbench.emulator.meters.logs import MeterLogs
from hanbench.emulator.meters.meter import MeterCore
from hanbench.emulator.meters.metering import Metering
from hanbench.emulator.meters.mirror_client import Heard, OwnMirror
from hanbench.emulator.meters.mirror_reports import MirrorReports
from hanbench.emulator.meters.setup import MeterSetup
from hanbench.emulator.model import SleepParameters
from hanbench.emulator.node.endpoints import MIRROR_ENDPOINT
from hanbench.emulator.nvm import PowerCut
from hanbench.emulator.sua.memory import KeyTruth
from hanbench.emulator.zcl.clock_reading import time_read
from hanbench.protocol.answer import UtrnAnswer
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee.clusters.metering import (
    MirrorRemoved,
    MirrorReportAttributeResponse,
    RequestMirrorResponse,
)

Jitter = Callable[[int], int]
"""How many microseconds late the n-th wake is: derived from the seed by whoever holds it."""


class Gsme(Device):
    """A gas meter."""

    def __init__(
        self,
        name: str,
        eui64: Eui64,
        setup: MeterSetup,
        *,
        parent: Eui64,
        jitter_us: Jitter,
    ) -> None:
        super().__init__(name, eui64)
        self.core = MeterCore(name, eui64, setup, Fuel.GAS)
        self.parent = parent
        """Whom it polls: the hub, or the repeater that it is joined through."""
        self.reports = MirrorReports(
            setup.hub, self.core.sender, self.core.clusters, setup.report_interval_us
        )
        self.wakes = 0
        """How often it has woken."""
        self._setup = setup
        self.stack = setup.stack
        # One that has joined months ago has its mirror.
        endpoint = MIRROR_ENDPOINT if self.stack.is_joined else None
        self._mirror = OwnMirror(setup.hub, self.core.sender, endpoint)
        if setup.node is not None:
            setup.node.on_joined = self._has_joined
            setup.node.leaving.farewell = self._give_mirror_back
        self._sleep = _sleep_parameters(setup)
        self._jitter_us = jitter_us
        self._slot_at = setup.first_at
        self._next_wake = self._plan_next(setup.first_at)
        self._awake_until: Instant | None = None
        self._next_poll: Instant | None = None
        self._has_received = False
        self._awaits_flags = False
        self._reported_at: Instant | None = None
        self._plan_wake()

    @property
    @override
    def is_listening(self) -> bool:
        return self.core.is_on and (self._awake_until is not None or self.stack.is_busy)

    @property
    @override
    def is_sleepy(self) -> bool:
        return True

    @property
    def metering(self) -> Metering:
        """Its register, account and valve."""
        return self.core.metering

    @property
    def logs(self) -> MeterLogs:
        """Its logs."""
        return self.core.logs

    @property
    def truth(self) -> KeyTruth:
        """What its SUA memory holds: for the oracle, never for an engine."""
        return self.core.truth

    @property
    def mirror_endpoint(self) -> int | None:
        """Its mirror on the hub; None while it has none."""
        return self._mirror.endpoint

    @property
    def next_wake(self) -> Instant:
        """When it wakes next by itself."""
        return self._next_wake

    @override
    def receive(self, transmission: Transmission, now: Instant) -> list[Output]:
        if not self.is_listening:
            return []
        received = self._setup.stack.receive(transmission, now)
        outputs: list[Output] = list(received.forward)
        try:
            for packet in received.packets:
                heard = self._mirror.heard(packet)
                if heard is None:
                    self._stay_awake(now)
                    outputs += self._send(self.core.take(packet, now), now)
                else:
                    outputs += self._from_mirror(heard, now)
        except PowerCut as cut:
            return [*outputs, *self.restart(now, str(cut))]
        self._plan_wake()
        return outputs

    @override
    def wake(self, now: Instant) -> list[Output]:
        outputs = self._send(self.core.due(now), now)
        if self.core.is_on:
            outputs += self._radio_rounds(now)
        self._plan_wake()
        return outputs

    @override
    def go_dark(self, now: Instant) -> None:
        super().go_dark(now)
        self.core.go_dark(now)
        self._plan_wake()

    @override
    def restart(self, now: Instant, because: str) -> list[Output]:
        self.core.lose_power(now, because)
        self.reports.forget()
        self._fall_asleep()
        # It looks for its parent when it has booted, and its rhythm begins there.
        self._slot_at = self._next_wake = self.core.dark_until or now
        self._plan_wake()
        return []

    @override
    def poll_answered(self, has_pending: bool, now: Instant) -> None:
        """Take what the acknowledgement of the last poll said.

        The runner calls it once for each `Poll` that reached the parent, and not at all for one
        that did not. With something pending the receiver stays on for the frame that follows;
        without, a meter that has received nothing since it woke sleeps at once.
        """
        if self._awake_until is None:
            return
        if has_pending:
            self._awake_until = after(now, self._sleep.awake_after_message_us)
        elif not (self._has_received or self._awaits_flags):
            self._fall_asleep()
        self._plan_wake()

    def enter_code(self, digits: str, origin: str, now: Instant) -> UtrnAnswer:
        """Enter a UTRN by `keypad`, `ppmid` or `wan`, and return what became of it."""
        answer = self.core.enter_code(digits, origin, now)
        self._plan_wake()
        return answer

    def press_a(self, now: Instant) -> None:
        """Press the A button."""
        self.core.press_a(now)
        self._plan_wake()

    def press_b(self, now: Instant) -> None:
        """Press the B button: within 30 s of A it closes an armed supply."""
        self.core.press_b(now)
        self._plan_wake()

    def _radio_rounds(self, now: Instant) -> list[Output]:
        if self._awake_until is not None and self._awake_until <= now:
            self._fall_asleep()
        outputs: list[Output] = []
        if self._next_wake <= now:
            outputs += self._begin_wake(now)
        if self._next_poll is not None and self._next_poll <= now:
            self._next_poll = after(now, self._sleep.fast_poll_interval_us)
            outputs += self._polls()
        return outputs

    def _polls(self) -> list[Output]:
        if not self.stack.is_joined or self.stack.is_busy:
            return []
        return [Poll(self.eui64, self.stack.parent or self.parent)]

    def _begin_wake(self, now: Instant) -> list[Output]:
        self.wakes += 1
        self._next_wake = self._plan_next(self._slot_at)
        if self._awake_until is None:
            self._awake_until = after(now, self._sleep.awake_after_message_us)
            self._next_poll = now
            self._has_received = False
        self.core.metering.settle(now)
        return self._report(now)

    def _report(self, now: Instant) -> list[Output]:
        """Bring the hub's gas mirror up to date, if the last time was an interval ago."""
        if not self.stack.is_joined:
            return []
        if self._mirror.endpoint is None:
            self._awaits_flags = True
            return self._send([self._mirror.request()], now)
        if not (self._is_behind_router or self._is_report_due(now)):
            return []
        return self._report_now(self._mirror.endpoint, now)

    def _report_now(self, endpoint: int, now: Instant) -> list[Output]:
        self._reported_at = now
        self._awaits_flags = True
        return self._send(self.reports.take(endpoint, now), now)

    def _has_joined(self, now: Instant) -> list[Transmission]:
        """Ask for a mirror and the time, and begin a rhythm of our own here."""
        self.core.logs.note("8183", now)
        self._mirror.endpoint = None
        self._slot_at = now
        self._next_wake = self._plan_next(now)
        self._stay_awake(now)
        self._next_poll = after(now, self._sleep.fast_poll_interval_us)
        asked = (self._mirror.request(), time_read(self.core.sender, self._setup.hub))
        return [sent for one in asked for sent in self._setup.stack.send(one, now)]

    def _give_mirror_back(self, now: Instant) -> list[Transmission]:
        packet = self._mirror.remove()
        return [] if packet is None else self._setup.stack.send(packet, now)

    def _from_mirror(self, heard: Heard, now: Instant) -> list[Output]:
        match heard:
            case MirrorReportAttributeResponse(flags=flags):
                self._take_flags(flags[0] if flags else 0, now)
            case RequestMirrorResponse() if self._mirror.endpoint is not None:
                return self._report_now(self._mirror.endpoint, now)
            case RequestMirrorResponse():
                self._take_flags(0, now)
            case MirrorRemoved() if self._setup.node is not None:
                return [*self._setup.node.leaving.part(now)]
            case MirrorRemoved():
                pass
        return []

    @property
    def _is_behind_router(self) -> bool:
        return (self.stack.parent or self.parent) != self._setup.hub

    def _is_report_due(self, now: Instant) -> bool:
        interval_us = self._setup.report_interval_us
        if interval_us is None:
            return False
        # Half a wake interval of grace: jitter must not push a report to the wake after.
        due_after_us = interval_us - self._sleep.wake_interval_us // 2
        return self._reported_at is None or now - self._reported_at >= due_after_us

    def _take_flags(self, flags: int, now: Instant) -> None:
        """Stay awake when something waits; else sleep as soon as a poll brings nothing more."""
        self._awaits_flags = False
        if flags:
            self._stay_awake(now)
        elif not self._has_received:
            self._next_poll = now

    def _stay_awake(self, now: Instant) -> None:
        self._has_received = True
        self._awake_until = after(now, self._sleep.awake_after_message_us)

    def _fall_asleep(self) -> None:
        self._awake_until = None
        self._next_poll = None
        self._has_received = self._awaits_flags = False

    def _plan_next(self, slot_at: Instant) -> Instant:
        # Jitter is added to a fixed grid: added to the last wake it would add up.
        self._slot_at = after(slot_at, self._sleep.wake_interval_us)
        return after(self._slot_at, self._jitter_us(self.wakes))

    def _send(self, packets: list[Packet], now: Instant) -> list[Output]:
        return [sent for packet in packets for sent in self._setup.stack.send(packet, now)]

    def _plan_wake(self) -> None:
        due = [self.core.deadline]
        if self.core.is_on:
            due += [self._next_wake, self._awake_until, self._next_poll]
        self.deadline = min((at for at in due if at is not None), default=None)


def _sleep_parameters(setup: MeterSetup) -> SleepParameters:
    assert setup.model.sleep is not None, "the model of a gas meter has this group"
    return setup.model.sleep
