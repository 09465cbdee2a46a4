"""Builds the devices of an Installation, joined and provisioned, as the scenario finds them.

Everything that could be drawn by lot (jitter, daily use, short addresses) is derived from the seed
and the device's name, so adding a device moves no other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from hanbench.emulator.device import Device
from hanbench.emulator.displays.ihd import Ihd
from hanbench.emulator.displays.ppmid import Ppmid
from hanbench.emulator.displays.third_party import ThirdPartyDisplay
from hanbench.emulator.events import Recorder
from hanbench.emulator.fates import CarryFate, CommitFate
from hanbench.emulator.hub.comms_hub import CommsHub, HubSetup, mirror_parameters
from hanbench.emulator.instant import DAY_US, SECOND_US, Instant
from hanbench.emulator.meters.consumption import ELECTRICITY_SHAPE, GAS_SHAPE, ConsumptionCurve
from hanbench.emulator.meters.esme import Esme
from hanbench.emulator.meters.gsme import Gsme
from hanbench.emulator.meters.prepayment import CreditAccount
from hanbench.emulator.meters.setup import MeterSetup, SuaProvision
from hanbench.emulator.model import HubParameters, ModelProfile
from hanbench.emulator.node.neighbourhood import Address, Neighbourhood
from hanbench.emulator.node.trust_centre.join_table import Member, MemberKind
from hanbench.emulator.repeater import Repeater
from hanbench.emulator.zcl.own_clusters import OwnClusters
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.harness.files.installation import DeviceEntry
from hanbench.harness.homes.cluster_security import load_cluster_security
from hanbench.harness.homes.displays import AnyDisplay, basic_of, make_display
from hanbench.harness.homes.esi_content import esi_content, meter_price
from hanbench.harness.homes.keyring import Keyring
from hanbench.harness.homes.nodes import NodeBuilder
from hanbench.harness.homes.radio_range import link_costs
from hanbench.harness.homes.rhythm import HomeRhythm
from hanbench.harness.parts import OURS, Parts
from hanbench.harness.running.case import Case
from hanbench.harness.streams import draw, uniform_us
from hanbench.protocol.identifiers import Eui64, PanId, ShortAddress
from hanbench.protocol.instruction import PaymentMode
from hanbench.protocol.keys import KeyUsage
from hanbench.protocol.sua import SuaScheme

CURVE_DAYS = 28
_KINDS = {
    "ESME": MemberKind.ESME,
    "GSME": MemberKind.GSME,
    "PPMID": MemberKind.PPMID,
    "IHD": MemberKind.IHD,
    "CAD": MemberKind.CAD,
    "REPEATER": MemberKind.REPEATER,
}


@dataclass(frozen=True, slots=True)
class Fates:
    """What decides over packets and commits, and where events go."""

    record: Recorder
    carry: CarryFate
    commit: CommitFate


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeDevices:
    """The devices of one Installation."""

    hub: CommsHub
    meters: Mapping[str, Esme | Gsme]
    displays: Mapping[str, AnyDisplay]
    repeaters: Mapping[str, Repeater]
    neighbourhood: Neighbourhood
    nodes: NodeBuilder
    """Their ZigBee nodes, by name."""

    def face(self, name: str) -> tuple[str, ...]:
        """Return what a device shows; a meter's face is not part of the HAN."""
        if name in self.displays:
            return self.displays[name].face()
        if name in self.repeaters:
            return self.repeaters[name].face()
        return self.hub.face() if name == self.hub.name else ()

    def screen(self, name: str, now: Instant) -> tuple[str, ...]:
        """Return the screen of a display that has one."""
        display = self.displays.get(name)
        has_screen = isinstance(display, Ihd | Ppmid | ThirdPartyDisplay)
        return display.screen(now) if display is not None and has_screen else ()

    @property
    def all(self) -> tuple[Device, ...]:
        """Every device, the hub first, in the order of the installation file."""
        return (
            self.hub,
            *self.meters.values(),
            *self.displays.values(),
            *self.repeaters.values(),
        )


class HomeBuilder:
    """Puts one home together from its case."""

    def __init__(
        self,
        case: Case,
        keyring: Keyring,
        scheme: SuaScheme,
        head_ends: tuple[Eui64, ...],
        fates: Fates,
        parts: Parts = OURS,
    ) -> None:
        self._case = case
        self._keyring = keyring
        self._scheme = scheme
        self._head_ends = head_ends
        self._fates = fates
        self._parts = parts
        self._devices = case.installation.devices
        self._profiles = case.profiles
        self._policy = load_cluster_security().policy(case.installation.cluster_security)
        self._hub = self._devices[case.installation.hub_name]
        self._rhythm = HomeRhythm(case)
        self._neighbourhood = self._make_neighbourhood()
        self._nodes = NodeBuilder(case, keyring, self._neighbourhood, fates.record, fates.commit)

    def build(self) -> HomeDevices:
        """Return the home."""
        meters: dict[str, Esme | Gsme] = {}
        displays: dict[str, AnyDisplay] = {}
        repeaters: dict[str, Repeater] = {}
        for name, entry in self._devices.items():
            if entry.is_meter:
                meters[name] = self._meter(name, entry)
            elif entry.type == "REPEATER":
                repeaters[name] = self._repeater(name, entry)
            elif entry.type != "CHF":
                displays[name] = make_display(
                    self._case, name, self._nodes, self._policy, self._rhythm
                )
        return HomeDevices(
            hub=self._comms_hub(),
            meters=meters,
            displays=displays,
            repeaters=repeaters,
            neighbourhood=self._neighbourhood,
            nodes=self._nodes,
        )

    def _make_neighbourhood(self) -> Neighbourhood:
        joined, strangers = self._addresses(joined=True), self._addresses(joined=False)
        return Neighbourhood(
            pan=pan_of(self._case),
            extended_pan=self._hub.eui64,
            trust_centre=self._hub.eui64,
            addresses=joined,
            strangers=strangers,
            network_key=self._keyring.key(self._hub.eui64, KeyUsage.NETWORK),
            next_hops=self._next_hops(),
            routers=tuple(entry.eui64 for entry in self._devices.values() if _routes(entry)),
            parents={
                entry.eui64: self._devices[entry.via].eui64
                for entry in self._devices.values()
                if entry.via is not None
            },
            sleepers=tuple(entry.eui64 for entry in self._devices.values() if _sleeps(entry)),
            link_costs=link_costs(self._case.installation),
        )

    def _addresses(self, *, joined: bool) -> tuple[Address, ...]:
        return tuple(
            Address(name=name, eui64=entry.eui64, short=self._short(name, entry))
            for name, entry in self._devices.items()
            if entry.joined is joined
        )

    def _next_hops(self) -> dict[tuple[Eui64, Eui64], Eui64]:
        """A device joined through a repeater is reached, and reaches out, over it alone."""
        hops: dict[tuple[Eui64, Eui64], Eui64] = {}
        for entry in self._devices.values():
            if entry.via is None:
                continue
            repeater = self._devices[entry.via].eui64
            for other in self._devices.values():
                if other.eui64 not in (entry.eui64, repeater):
                    hops[other.eui64, entry.eui64] = repeater
                    hops[entry.eui64, other.eui64] = repeater
        return hops

    def _short(self, name: str, entry: DeviceEntry) -> ShortAddress:
        if entry.type == "CHF":
            return ShortAddress(0)
        # Never 0 and never from 0xFFF8 up, which are reserved; a clash is settled by the order.
        place = list(self._devices).index(name)
        return ShortAddress(1 + place + 32 * draw(self._case.seed, name, "short address", bits=10))

    def _comms_hub(self) -> CommsHub:
        profile = self._profiles[self._case.installation.hub_name]
        setup = HubSetup(
            installation=self._case.installation.name,
            stack=self._nodes.stack(self._case.installation.hub_name),
            keys=self._keyring,
            head_ends=self._head_ends,
            members=tuple(self._members()),
            mirror=mirror_parameters(hub_parameters(profile)),
            make_mirror=self._parts.mirror,
            record=self._fates.record,
            carry=self._fates.carry,
            policy=self._policy,
            utc_s=self._rhythm.utc_s,
            link_status_interval_us=self._rhythm.link_status_us,
            node=self._nodes.nodes.get(self._case.installation.hub_name),
            esi=esi_content(self._case),
            who=self._who,
        )
        return self._parts.hub(self._case.installation.hub_name, self._hub.eui64, setup=setup)

    def _members(self) -> list[Member]:
        named = [
            (name, entry)
            for name, entry in self._devices.items()
            if entry.type != "CHF" and entry.joined
        ]
        return [
            Member(
                name=name,
                eui64=entry.eui64,
                kind=_member_kind(entry),
                join_order=order,
                is_grandfathered=True,
            )
            for order, (name, entry) in enumerate(named, start=1)
        ]

    def _who(self, eui64: Eui64) -> tuple[str, MemberKind]:
        for name, entry in self._devices.items():
            if entry.eui64 == eui64:
                return name, _member_kind(entry)
        return f"{eui64:016x}", MemberKind.THIRD_PARTY

    def _meter(self, name: str, entry: DeviceEntry) -> Esme | Gsme:
        setup = self._meter_setup(name, entry)
        if entry.type == "ESME":
            esme = Esme(name, entry.eui64, setup)
            if setup.node is not None and self._rhythm.is_full:
                esme.watch_trust_centre(setup.node)
            return esme
        sleep = setup.model.sleep
        assert sleep is not None, "a GSME model has the group `sleep`"

        def jitter_us(wake_index: int) -> int:
            return uniform_us(
                self._case.seed,
                name,
                "wake jitter",
                wake_index,
                low_us=0,
                high_us=sleep.wake_jitter_us,
            )

        parent = self._hub.eui64 if entry.via is None else self._devices[entry.via].eui64
        return Gsme(name, entry.eui64, setup, parent=parent, jitter_us=jitter_us)

    def _meter_setup(self, name: str, entry: DeviceEntry) -> MeterSetup:
        profile = self._profiles[name]
        assert profile.meter is not None, "a meter model has the group `meter`"
        is_electric = entry.type == "ESME"
        return MeterSetup(
            installation=self._case.installation.name,
            model=profile,
            stack=self._nodes.stack(name),
            node=self._nodes.nodes.get(name),
            keys=self._keyring,
            scheme=self._scheme,
            make_gate=self._parts.gate,
            sua=SuaProvision(
                key=self._keyring.key(entry.eui64, KeyUsage.SUA),
                version=entry.sua.version,
                last_counter=entry.sua.last_counter,
            ),
            hub=self._hub.eui64,
            policy=self._policy,
            record=self._fates.record,
            carry=self._fates.carry,
            commit=self._fates.commit,
            curve=self._curve(name, profile.meter.daily_use, is_electric=is_electric),
            epoch_unix_s=int(self._case.scenario.epoch.timestamp()),
            account=CreditAccount(
                mode=PaymentMode.PREPAYMENT
                if entry.payment_mode == "prepayment"
                else PaymentMode.CREDIT,
                balance_pence=entry.balance_pence,
                price_tenth_pence=meter_price(self._case, name),
            ),
            rate_label=entry.tariff.encode("ascii"),
            bindings=self._nodes.bindings_of(name),
            report_interval_us=self._rhythm.report_us,
            link_status_interval_us=self._rhythm.link_status_us,
            first_at=self._rhythm.first_at(name),
        )

    def _curve(self, name: str, daily: int, *, is_electric: bool) -> ConsumptionCurve:
        epoch = self._case.scenario.epoch.astimezone(UTC)
        midnight = datetime(epoch.year, epoch.month, epoch.day, tzinfo=UTC)
        return ConsumptionCurve(
            daily=daily,
            day_permille=_day_permille(self._case.seed, name),
            shape=ELECTRICITY_SHAPE if is_electric else GAS_SHAPE,
            since_midnight_us=int((epoch - midnight).total_seconds() * SECOND_US) % DAY_US,
        )

    def _repeater(self, name: str, entry: DeviceEntry) -> Repeater:
        repeater = self._profiles[name].repeater
        assert repeater is not None, "the model of a repeater has this group"
        is_told = self._rhythm.link_status_us is not None
        sender = ZclSender(entry.eui64, self._policy)
        made = Repeater(
            name,
            entry.eui64,
            stack=self._nodes.stack(name),
            link_status_interval_us=repeater.link_status_interval_us if is_told else None,
            forward_delay_us=repeater.forward_delay_us,
            own=OwnClusters(sender, basic_of(self._profiles[name])),
        )
        node = self._nodes.nodes.get(name)
        if node is not None and self._rhythm.is_full:
            made.watch_trust_centre(node, sender, self._hub.eui64)
        return made


@lru_cache(maxsize=1024)  # every case of a suite draws the same for its meters
def _day_permille(seed: int, meter: str) -> tuple[int, ...]:
    """Draw how much of its middle use a meter measures on each day."""
    days = range(CURVE_DAYS)
    return tuple(700 + draw(seed, meter, "daily use", day, bits=16) % 600 for day in days)


def _sleeps(entry: DeviceEntry) -> bool:
    return entry.sleepy or entry.type == "GSME"


def _routes(entry: DeviceEntry) -> bool:
    """What is on the mains routes [M]: hub, repeaters, the ESME, displays that do not sleep."""
    return not _sleeps(entry)


def hub_parameters(profile: ModelProfile) -> HubParameters:
    """Return the hub's group of a CHF model."""
    assert profile.hub is not None, "a CHF model has the group `hub`"
    return profile.hub


def pan_of(case: Case) -> PanId:
    """Return the PAN of a case: drawn from its name, since one capture holds all cases of a run."""
    return PanId(1 + draw(0, case.name, "PAN", bits=16) % 0xFFFD)


def _member_kind(entry: DeviceEntry) -> MemberKind:
    if entry.third_party and entry.type != "REPEATER":
        return MemberKind.THIRD_PARTY
    return _KINDS[entry.type]
