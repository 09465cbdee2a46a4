"""What every device with a `DisplayUnit` does alike: PPMID, IHD, CAD and third-party displays."""

from typing_extensions import override

from hanbench.emulator.device import Device, Output, Packet, Transmission
from hanbench.emulator.displays.display import DisplaySetup, DisplayUnit
from hanbench.emulator.displays.esi_client import EsiClient
from hanbench.emulator.displays.introduction import Introduction
from hanbench.emulator.displays.notices import Notices
from hanbench.emulator.displays.ota_client import OtaClient
from hanbench.emulator.displays.readings import Reading
from hanbench.emulator.displays.screen import Known, draw
from hanbench.emulator.displays.usage import HomeUsage
from hanbench.emulator.fuel import Fuel
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.zdo.node_object import NodeObject
from hanbench.emulator.zcl.keep_alive_watch import KeepAliveWatch
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee.clusters.cluster import ClusterId


class DisplayDevice(Device):
    """A device that shows, or hands on, what the meters tell it."""

    def __init__(self, name: str, eui64: Eui64, *, setup: DisplaySetup) -> None:
        super().__init__(name, eui64)
        self._unit = DisplayUnit(eui64, setup)
        self.stack = setup.stack
        self.notices = Notices(setup.prices)
        self._setup = setup
        self.usage = HomeUsage()
        self._client = EsiClient(setup.hub, setup.esme, self._unit.sender)
        self.ota: OtaClient | None = None
        """Its firmware, if it can be given another."""
        self.introduction: Introduction | None = None
        """How it finds the meters; None without frames."""
        self._keep_alive: KeepAliveWatch | None = None
        if setup.firmware is not None:
            self.ota = OtaClient(setup.firmware, setup.hub, self._unit.sender)
        if setup.asks_at_start:
            self._client.begin(setup.first_at)
        self._rearm()

    def screen(self, now: Instant) -> tuple[str, ...]:
        """Return what its screen shows: lines of one width."""
        return draw(
            Known(
                readings=self._unit.readings,
                notices=self.notices,
                usage=self.usage,
                utc_s=self._setup.utc_s(now),
                now=now,
                served_at=self._unit.last_served_at,
                more=self._more_lines(),
                shows_names=self._shows_names,
            )
        )

    def reading(self, fuel: Fuel) -> Reading | None:
        """Return what it knows about a fuel; None: nothing."""
        return self._unit.readings.get(fuel)

    @property
    def last_served_at(self) -> Instant | None:
        """When a reading last came; None: never."""
        return self._unit.last_served_at

    @property
    @override
    def is_sleepy(self) -> bool:
        return self._unit.poller is not None

    @property
    @override
    def is_listening(self) -> bool:
        return self._unit.is_listening

    @override
    def poll_answered(self, has_pending: bool, now: Instant) -> None:
        if self._unit.poller is not None:
            self._unit.poller.answered(now, has_pending=has_pending)
        self._rearm()

    @override
    def receive(self, transmission: Transmission, now: Instant) -> list[Output]:
        packets, outputs = self._unit.receive(transmission, now)
        for packet in packets:
            if self.introduction is not None:
                self.introduction.heard(packet.source)
            if self._keep_alive is not None:
                self._keep_alive.take(packet, now)
            self._note(packet, now)
            self._take(packet, now)
            outputs += self._converse(packet, now)
        self._rearm()
        return outputs

    @override
    def wake(self, now: Instant) -> list[Output]:
        outputs = self._unit.wake(now)
        if self.introduction is not None:
            outputs += self.introduction.wake(now)
        if self._keep_alive is not None:
            outputs += self._keep_alive.wake(now)
        said = self._client.wake(now)
        if self.ota is not None:
            if self.ota.installs(now):
                self._unit.runs(self.ota.running.version)
                return [*outputs, *self.restart(now, f"firmware {self.ota.running.version}")]
            said += self.ota.wake(now)
        outputs += self._unit.send(said, now) if said else []
        self._rearm()
        return outputs

    def watch_trust_centre(self, node: NodeObject) -> None:
        """Look after the trust centre from now on."""
        setup = self._setup
        self._keep_alive = KeepAliveWatch(
            node, self._unit.sender, setup.hub, send=self._unit.send, first_at=setup.first_at
        )
        self._rearm()

    def begin_asking(self, now: Instant) -> None:
        """Ask for all that one knows who has been on the HAN for long."""
        self._ask_all(now)
        self._rearm()

    def _ask_all(self, now: Instant) -> None:
        self._client.begin(now)
        if self.ota is not None:
            self.ota.query(now)

    @override
    def restart(self, now: Instant, because: str) -> list[Output]:
        self._unit.restart(now)
        self.notices, self.usage = Notices(), HomeUsage()
        if self.ota is not None:
            self.ota.restart()
        self._client.forget()
        if self.introduction is not None:
            self.introduction.forget()
        if self._keep_alive is not None:
            self._keep_alive.restart(now)
        if self._setup.asks:
            self._ask_all(now)
        self._rearm()
        return []

    @property
    def _shows_names(self) -> bool:
        """Whether its screen has room for supplier and tariff."""
        return False

    def _converse(self, packet: Packet, now: Instant) -> list[Output]:
        """Go on with what a packet answers."""
        self._client.take(packet)
        if packet.cluster == ClusterId.CALENDAR and (part := self.notices.schedule.wanted):
            self._client.ask(ClusterId.CALENDAR, part, now)
        said = [] if self.ota is None else self.ota.take(packet, now)
        return self._unit.send(said, now) if said else []

    def _more_lines(self) -> tuple[str, ...]:
        """Return the lines that only this kind of display has."""
        return ()

    def _note(self, packet: Packet, now: Instant) -> None:
        fuel = self._unit.fuel_of(packet)
        self.notices.take(packet, fuel, is_hub=packet.source == self._setup.hub)
        reading = None if fuel is None else self._unit.readings.get(fuel)
        if fuel is not None and reading is not None and reading.register is not None:
            price = self.notices.prices.get(fuel)
            self.usage.of(fuel).note(reading.register, self._setup.utc_s(now), price)

    def _take(self, packet: Packet, now: Instant) -> None:
        """Do more with a packet than note the readings in it."""

    def _rearm(self) -> None:
        ota = None if self.ota is None else self.ota.deadline
        newcomers = None if self.introduction is None else self.introduction.deadline
        watch = None if self._keep_alive is None else self._keep_alive.deadline
        five = (self._unit.deadline, self._client.deadline, ota, newcomers, watch)
        due = [at for at in five if at is not None]
        self.deadline = min(due, default=None)
