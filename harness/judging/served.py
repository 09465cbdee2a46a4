"""What the people in the home are owed besides a way to top up: third-party devices that go on.

It looks at the home as it is at the end, never at what an engine says.
"""

from hanbench.emulator.displays.third_party import ThirdPartyDisplay
from hanbench.emulator.instant import MINUTE_US
from hanbench.harness.files.han_steps import Leave
from hanbench.harness.homes.rhythm import REPORT_INTERVAL_US
from hanbench.harness.verdict import Finding
from hanbench.harness.world import World

LATE_REPORTS = 2
"""Reports that may be missed before a display counts as unserved."""
MARGIN_US = 5 * MINUTE_US


def judge_third_parties(world: World) -> list[Finding]:
    """Third-party devices are never evicted, and their displays go on being told (SEED0, 10.8)."""
    devices = world.case.installation.devices
    told_to_go = {step.device for step in world.case.scenario.steps if isinstance(step, Leave)}
    strangers = [
        name
        for name, entry in devices.items()
        if entry.third_party and entry.joined and name not in told_to_go
    ]
    evicted = [name for name in strangers if world.home.hub.joined.named(name) is None]
    silent = strangers_unserved(world)
    unserved = [
        name
        for name in strangers
        if name in silent and name not in evicted and not _is_cut_off_by_the_scenario(world, name)
    ]
    membership, service = "domain/10.8-han-membership", "seed0/third-party-devices"
    says = [(name, "is no longer joined to the HAN", membership) for name in evicted]
    says += [(name, "is joined, but is told nothing any more", service) for name in unserved]
    return [
        Finding(
            name="third-party-unserved",
            device=name,
            clause=clause,
            detail=f"the third-party device {name} {what}",
        )
        for name, what, clause in says
    ]


def strangers_unserved(world: World) -> tuple[str, ...]:
    """Return the third-party displays that are told nothing any more, whoever is to blame."""
    interval_us = REPORT_INTERVAL_US[world.case.scenario.traffic]
    if interval_us is None:
        return ()
    allowed_us = (LATE_REPORTS + 1) * interval_us + MARGIN_US
    return tuple(
        name
        for name, display in world.home.displays.items()
        if isinstance(display, ThirdPartyDisplay)
        and world.now - (display.last_served_at or 0) > allowed_us
    )


def _is_cut_off_by_the_scenario(world: World, name: str) -> bool:
    """Whether a fault cut the path on purpose: then silence proves nothing about the migration."""
    devices = world.case.installation.devices
    via = devices[name].via
    meters = [meter for meter, entry in devices.items() if entry.type == "ESME"]
    path = [name, via, *meters, world.case.installation.hub_name]
    return any(fault.of in path for fault in world.case.faults)
