"""Reads the state of devices from a world, whenever it stands still."""

from hanbench.emulator.instant import Instant
from hanbench.harness.inspection.display_state import display_sections, repeater_sections
from hanbench.harness.inspection.hub_state import hub_sections
from hanbench.harness.inspection.meter_state import meter_sections
from hanbench.harness.inspection.node_state import Names
from hanbench.harness.inspection.state import DeviceState, Section
from hanbench.harness.parties.organisations import S1SP_EUI64, SMSO_EUI64
from hanbench.harness.world import World
from hanbench.protocol.identifiers import format_eui64

States = dict[tuple[str, str], DeviceState]
"""By Installation and device."""


def states_of(world: World, now: Instant) -> States:
    """Return the state of every device of a world and of its companions."""
    found: States = {}
    for home in (world, *world.companions):
        names = names_of(home)
        for name in home.case.installation.devices:
            found[home.installation, name] = _state_of(home, name, names, now)
    return found


def _state_of(home: World, name: str, names: Names, now: Instant) -> DeviceState:
    entry = home.case.installation.devices[name]
    return DeviceState(
        installation=home.installation,
        name=name,
        kind=entry.type,
        eui64=format_eui64(entry.eui64),
        model=entry.model,
        sections=_sections(home, name, names, now),
    )


def names_of(home: World) -> Names:
    """Return what everybody is called in a home."""
    devices = home.case.installation.devices
    named = {entry.eui64: name for name, entry in devices.items()}
    return named | {S1SP_EUI64: "S1SP", SMSO_EUI64: "SMSO"}


def _sections(home: World, name: str, names: Names, now: Instant) -> tuple[Section, ...]:
    devices = home.home
    if name in devices.meters:
        truth = home.truth.of(name).value if name in home.case.installation.meter_names else ""
        return meter_sections(devices.meters[name], truth, names, now)
    if name == devices.hub.name:
        return hub_sections(devices.hub, names, now)
    if name in devices.repeaters:
        return repeater_sections(devices.repeaters[name], names, now)
    display = devices.displays[name]
    return display_sections(display, display.face(), names, now)
