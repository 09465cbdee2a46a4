"""Builds the displays of a home: IHD, PPMID, CAD, and what the consumer bought."""

from hanbench.emulator.displays.cad import Cad
from hanbench.emulator.displays.display import DisplaySetup
from hanbench.emulator.displays.ihd import Ihd
from hanbench.emulator.displays.introduction import Introduction
from hanbench.emulator.displays.poller import PollHabits
from hanbench.emulator.displays.ppmid import Ppmid
from hanbench.emulator.displays.third_party import ThirdPartyDisplay
from hanbench.emulator.fuel import Fuel
from hanbench.emulator.model import DisplayParameters, ModelProfile
from hanbench.emulator.zcl.own_clusters import Attributes, basic_values
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.harness.files.installation import DeviceEntry
from hanbench.harness.homes.esi_content import firmware_of, meter_price
from hanbench.harness.homes.nodes import NodeBuilder
from hanbench.harness.homes.rhythm import HomeRhythm
from hanbench.harness.running.case import Case
from hanbench.protocol.zigbee.clusters.security_policy import SecurityPolicy

AnyDisplay = Ihd | Ppmid | Cad | ThirdPartyDisplay


def make_display(
    case: Case, name: str, nodes: NodeBuilder, policy: SecurityPolicy, rhythm: HomeRhythm
) -> AnyDisplay:
    """Return a display of a home, with the node that it has on the HAN."""
    devices = case.installation.devices
    entry = devices[name]
    model = case.profiles[name].display
    assert model is not None, "the model of a display has this group"
    asks = entry.type != "CAD" and case.scenario.traffic != "off"
    setup = DisplaySetup(
        stack=nodes.stack(name),
        hub=devices[case.installation.hub_name].eui64,
        esme=next(each.eui64 for each in devices.values() if each.type == "ESME"),
        policy=policy,
        first_at=rhythm.first_at(name),
        link_status_interval_us=rhythm.link_status_us,
        polls=_poll_habits(model) if entry.sleepy else None,
        utc_s=rhythm.utc_s,
        firmware=firmware_of(entry),
        basic=basic_of(case.profiles[name], is_on_mains=not entry.sleepy),
        asks=asks,
        asks_at_start=asks and entry.joined and case.installation.esi is not None,
        prices=_prices(case),
        reads_interval_us=_reads_us(model) if rhythm.is_full and entry.type == "CAD" else None,
    )
    display = _of_its_kind(name, entry, setup)
    node = nodes.nodes.get(name)
    if node is not None:
        introduction = Introduction(node, ZclSender(entry.eui64, policy), setup.hub)
        display.introduction = introduction
        if rhythm.is_full:
            display.watch_trust_centre(node)
        if setup.asks:
            introduction.on_bound = display.begin_asking
    return display


def basic_of(profile: ModelProfile, *, is_on_mains: bool = True) -> Attributes:
    """Return what the Basic cluster of a device of a model says."""
    return basic_values(
        manufacturer=profile.manufacturer,
        model=profile.name,
        firmware=profile.firmware,
        is_on_mains=is_on_mains,
    )


def _of_its_kind(name: str, entry: DeviceEntry, setup: DisplaySetup) -> AnyDisplay:
    if entry.third_party:
        return ThirdPartyDisplay(name, entry.eui64, setup=setup)
    kinds: dict[str, type[Ppmid | Cad | Ihd]] = {"PPMID": Ppmid, "CAD": Cad}
    return kinds.get(entry.type, Ihd)(name, entry.eui64, setup=setup)


def _prices(case: Case) -> dict[Fuel, int]:
    """What the displays of a home that has run for months know of its prices."""
    meters = {"ESME": Fuel.ELECTRICITY, "GSME": Fuel.GAS}
    return {
        meters[entry.type]: meter_price(case, name)
        for name, entry in case.installation.devices.items()
        if entry.is_meter and entry.joined
    }


def _reads_us(model: DisplayParameters) -> int | None:
    return model.reads_interval_us or None


def _poll_habits(model: DisplayParameters) -> PollHabits:
    return PollHabits(
        interval_us=model.poll_interval_us,
        fast_interval_us=model.fast_poll_interval_us,
        fast_for_us=model.fast_poll_for_us,
    )
