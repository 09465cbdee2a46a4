"""What a device truly is on its HAN, read from the node itself, held against an expectation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hanbench.emulator.events import HanChanged
from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.emulator.node.stack import ZigbeeStack
from hanbench.harness.files.han_expectation import HanExpectation
from hanbench.harness.world import World
from hanbench.protocol.identifiers import Eui64, ShortAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class HanTruth:
    """One device on its HAN at an instant."""

    joined: bool
    member: bool
    in_device_log: bool
    parent: str
    """Name of the device that it is joined through; empty if it has none."""
    reached_over: str
    """Name of the next hop of the electricity meter's route to it; empty without a route."""
    told: tuple[str, ...]
    """What the story tells of it on the HAN."""
    link_key: str
    """How the key that it shares with the trust centre came about; `none` without one."""
    network_key_sequence: int | None
    served_before_us: int | None
    """How long ago a display was told something; None: never, or it is none."""
    face: tuple[str, ...]
    dropped: Mapping[str, int]
    """Frames that it did not use, by the reason."""


_COMPARED = (
    "joined",
    "member",
    "in_device_log",
    "parent",
    "reached_over",
    "link_key",
    "network_key_sequence",
)


def differences(expected: HanExpectation, truth: HanTruth) -> Iterator[tuple[str, str, str]]:
    """Yield what is not as expected: what was looked at, the expected and the true value."""
    for name in _COMPARED:
        wanted, found = getattr(expected, name), getattr(truth, name)
        if wanted is not None and wanted != found:
            yield name, _words(wanted), _words(found)
    yield from _service(expected, truth)
    yield from _face(expected, truth)
    yield from _story(expected, truth)
    for reason, at_least in expected.dropped.items():
        found = truth.dropped.get(reason, 0)
        if found < at_least:
            yield f"dropped {reason}", f"at least {at_least}", str(found)


def _story(expected: HanExpectation, truth: HanTruth) -> Iterator[tuple[str, str, str]]:
    story = ", ".join(truth.told) or "nothing"
    for change in expected.told:
        if change not in truth.told:
            yield "told", change, story
    for change in expected.not_told:
        if change in truth.told:
            yield "told", f"no {change}", story


def _service(expected: HanExpectation, truth: HanTruth) -> Iterator[tuple[str, str, str]]:
    limit_us = expected.served_within_us
    if limit_us is None:
        return
    served = truth.served_before_us
    if served is None or served > limit_us:
        found = "never" if served is None else f"{served / SECOND_US:g} s ago"
        yield "served", f"within {limit_us / SECOND_US:g} s", found


def _face(expected: HanExpectation, truth: HanTruth) -> Iterator[tuple[str, str, str]]:
    shown = "\n".join(truth.face)
    for words in expected.shows:
        if words not in shown:
            yield "face", f"{words!r} on it", shown or "nothing"
    for words in expected.does_not_show:
        if words in shown:
            yield "face", f"no {words!r} on it", shown


def _words(value: str | int | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value in (None, "") else str(value)


def han_truth(world: World, device: str, now: Instant) -> HanTruth:
    """Read a device's state on its HAN from its node; without frames there is only the hub's."""
    entry = world.case.installation.devices[device]
    hub, stack = world.home.hub, world.home.nodes.stacks[device]
    served = _served_at(world, device)
    plain = HanTruth(
        joined=hub.joined.of(entry.eui64) is not None,
        member=hub.joined.of(entry.eui64) is not None,
        in_device_log=entry.eui64 in hub.membership.log,
        parent="",
        reached_over="",
        told=tuple(
            event.change
            for event in world.trace.events
            if isinstance(event, HanChanged) and event.device == device
        ),
        link_key="none",
        network_key_sequence=None,
        served_before_us=None if served is None else now - served,
        face=(*world.home.face(device), *world.home.screen(device, now)),
        dropped={reason.value: count for reason, count in stack.counters.dropped.items()},
    )
    if not isinstance(stack, ZigbeeStack):
        return plain
    place, keys = stack.membership, stack.security
    origin = keys.link_key_origin(hub.eui64)
    names = {each.eui64: name for name, each in world.case.installation.devices.items()}
    return replace(
        plain,
        joined=stack.is_joined,
        parent="" if place.parent is None else names[place.parent],
        reached_over=_hop(world, place.short, names),
        link_key="none" if origin is None else origin.value,
        network_key_sequence=keys.active_sequence if keys.has_network_key else None,
    )


def _hop(world: World, target: ShortAddress, names: Mapping[Eui64, str]) -> str:
    """Return to whom the electricity meter sends what is for a device."""
    devices = world.case.installation.devices
    meter = next(name for name, entry in devices.items() if entry.type == "ESME")
    stack = world.home.nodes.stacks[meter]
    route = stack.mesh.routes.to(target) if isinstance(stack, ZigbeeStack) else None
    return "" if route is None else names[route.next_hop]


def _served_at(world: World, device: str) -> Instant | None:
    display = world.home.displays.get(device)
    return None if display is None else display.last_served_at
