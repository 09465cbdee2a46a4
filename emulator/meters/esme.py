"""The ESME: an electricity meter on the mains, whose receiver is always on.

Sources: Secure Liberty 100 manual (metering, prepayment, the hub on top of it); ZigBee Smart Energy
Standard (07-5356), section D.3, for its reports. What it does with envelopes, UTRNs and credit is
in `meter.py`; here is when it speaks by itself.
"""

from collections.abc import Iterable

from typing_extensions import override

from hanbench.emulator.device import Device, Output, Packet, Transmission
from hanbench.emulator.fuel import Fuel
from hanbench.emulator.instant import Instant, after
from hanbench.emulator.meters.logs import MeterLogs
from hanbench.emulator.meters.meter import MeterCore
from hanbench.emulator.meters.metering import Metering
from hanbench.emulator.meters.setup import MeterSetup
from hanbench.emulator.node.zdo.node_object import NodeObject
from hanbench.emulator.nvm import PowerCut
from hanbench.emulator.rounds import Rounds
from hanbench.emulator.sua.memory import KeyTruth
from hanbench.emulator.zcl.clock_reading import time_read
from hanbench.emulator.zcl.keep_alive_watch import KeepAliveWatch
from hanbench.protocol.answer import UtrnAnswer
from hanbench.protocol.identifiers import Eui64

_LINK_STATUS = "link-status"


class Esme(Device):
    """An electricity meter."""

    def __init__(self, name: str, eui64: Eui64, setup: MeterSetup) -> None:
        super().__init__(name, eui64)
        self.core = MeterCore(name, eui64, setup, Fuel.ELECTRICITY)
        self._setup = setup
        self.stack = setup.stack
        if setup.node is not None:
            setup.node.on_joined = self._has_joined
        self._keep_alive: KeepAliveWatch | None = None
        self._rounds = self._plan(setup.first_at)
        self._plan_wake()

    @property
    @override
    def is_listening(self) -> bool:
        return self.core.is_on

    @property
    def metering(self) -> Metering:
        """Its register, account and switch."""
        return self.core.metering

    @property
    def logs(self) -> MeterLogs:
        """Its logs."""
        return self.core.logs

    @property
    def truth(self) -> KeyTruth:
        """What its SUA memory holds: for the oracle, never for an engine."""
        return self.core.truth

    @override
    def receive(self, transmission: Transmission, now: Instant) -> list[Output]:
        if not self.core.is_on:
            return []
        received = self._setup.stack.receive(transmission, now)
        outputs: list[Output] = list(received.forward)
        try:
            for packet in received.packets:
                if self._keep_alive is not None:
                    self._keep_alive.take(packet, now)
                outputs += self._send(self.core.take(packet, now), now)
        except PowerCut as cut:
            return [*outputs, *self.restart(now, str(cut))]
        self._plan_wake()
        return outputs

    @override
    def wake(self, now: Instant) -> list[Output]:
        outputs = self._send(self.core.due(now), now)
        if self.core.is_on:
            for _ in self._rounds.take_due(now):
                outputs += self._setup.stack.link_status(now)
            if self._keep_alive is not None:
                outputs += self._keep_alive.wake(now)
        self._plan_wake()
        return outputs

    @override
    def go_dark(self, now: Instant) -> None:
        super().go_dark(now)
        self.core.go_dark(now)
        self._plan_wake()

    @override
    def restart(self, now: Instant, because: str) -> list[Output]:
        self.core.lose_power(now, because, since=self.dark_since)
        self._rounds = self._plan(self.core.dark_until or now)
        if self._keep_alive is not None:
            self._keep_alive.restart(self.core.dark_until or now)
        self._plan_wake()
        return []

    def watch_trust_centre(self, node: NodeObject) -> None:
        """Look after the trust centre from now on."""
        setup = self._setup
        self._keep_alive = KeepAliveWatch(
            node, self.core.sender, setup.hub, send=self._send, first_at=setup.first_at
        )
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

    def _send(self, packets: Iterable[Packet], now: Instant) -> list[Output]:
        return [sent for packet in packets for sent in self._setup.stack.send(packet, now)]

    def _has_joined(self, now: Instant) -> list[Transmission]:
        self.core.logs.note("8183", now)
        return self._setup.stack.send(time_read(self.core.sender, self._setup.hub), now)

    def _plan(self, start: Instant) -> Rounds:
        setup, rounds = self._setup, Rounds()
        rounds.every(
            _LINK_STATUS,
            setup.link_status_interval_us,
            after(start, setup.link_status_interval_us or 0),
        )
        return rounds

    def _plan_wake(self) -> None:
        due = [self.core.deadline]
        if self.core.is_on:
            watch = None if self._keep_alive is None else self._keep_alive.deadline
            due += [self._rounds.next, watch]
        self.deadline = min((at for at in due if at is not None), default=None)
