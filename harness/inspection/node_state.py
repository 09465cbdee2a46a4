"""The ZigBee side of a device: its place on the network, its keys, its tables, its counters."""

from collections.abc import Mapping

from hanbench.emulator.device import StackOfDevice
from hanbench.emulator.node.drops import Counters
from hanbench.emulator.node.plain_stack import PlainStack
from hanbench.emulator.node.stack import ZigbeeStack
from hanbench.emulator.node.zdo.node_object import NodeObject
from hanbench.harness.inspection.state import Section, Value, key_shown, when
from hanbench.protocol.identifiers import Eui64, format_eui64

Names = Mapping[Eui64, str]


def name_of(eui64: Eui64 | None, names: Names) -> str | None:
    """Return what a device is called here; its address where it has no name."""
    return None if eui64 is None else called(eui64, names)


def called(eui64: Eui64, names: Names) -> str:
    """Return what a device is called here; its address where it has no name."""
    return names.get(eui64) or format_eui64(eui64)


def node_sections(stack: StackOfDevice, names: Names) -> tuple[Section, ...]:
    """Return the sections of a stack; one without frames has a place and counters alone."""
    if isinstance(stack, PlainStack):
        place: dict[str, Value] = {
            "joined": stack.is_joined,
            "parent": name_of(stack.parent, names),
            "frames": "none: traffic is off",
        }
        return (Section("network", place), _counters(stack.counters))
    assert isinstance(stack, ZigbeeStack), "there are these two kinds of stack"
    preconfigured = key_shown(stack.security.preconfigured)
    found = [
        Section("network", _place(stack, names)),
        Section("install code", {} if preconfigured is None else {"link key": preconfigured}),
        Section("network key", _network_key(stack, names), is_busy=True),
        Section("link keys", _link_keys(stack, names), is_busy=True),
        Section("neighbour table", _neighbours(stack, names), is_busy=True),
        Section("routing table", _routes(stack, names)),
    ]
    if isinstance(stack.device_object, NodeObject):
        found += _managed(stack.device_object, names)
    return (*found, _counters(stack.counters))


def _place(stack: ZigbeeStack, names: Names) -> dict[str, Value]:
    me = stack.membership
    return {
        "joined": stack.is_joined,
        "on its way in": stack.is_busy,
        "PAN": f"{me.pan:#06x}",
        "extended PAN": format_eui64(me.extended_pan),
        "short address": f"{me.short:#06x}",
        "parent": name_of(me.parent, names),
        "depth": me.depth,
        "routes for others": me.is_router,
        "sleeps": me.is_sleepy,
        "trust centre": name_of(me.trust_centre, names) if me.is_joined else None,
        "knows": {called(eui64, names): f"{short:#06x}"
                  for eui64, short in me.short_of.items()},
    }  # fmt: skip


def _network_key(stack: ZigbeeStack, names: Names) -> dict[str, Value]:
    security = stack.security
    if not security.has_network_key:
        return {"held": False}
    heard = {peer: security.last_heard(peer)[0] for peer in stack.membership.short_of}
    return {
        "sequence": security.active_sequence,
        "key": key_shown(security.network_key),
        "next frame counter": security.next_counter,
        "counters stand still": security.is_stuck,
        "last heard": {
            called(peer, names): last for peer, last in heard.items() if last is not None
        },
    }


def _link_keys(stack: ZigbeeStack, names: Names) -> dict[str, Value]:
    security = stack.security
    told: dict[str, Value] = {}
    for peer in security.peers:
        origin = security.link_key_origin(peer)
        told[called(peer, names)] = {
            "key": key_shown(security.link_key(peer)),
            "origin": None if origin is None else origin.value,
            "next counter": security.next_link_counter(peer),
            "last heard": security.last_heard(peer)[1],
        }
    return told


def _neighbours(stack: ZigbeeStack, names: Names) -> dict[str, Value]:
    return {
        called(eui64, names): {
            "cost in": known.cost_in,
            "cost out": known.cost_out or None,
            "heard at": when(known.heard_at),
        }
        for eui64, known in stack.mesh.routes.neighbours.items()
    }


def _routes(stack: ZigbeeStack, names: Names) -> dict[str, Value]:
    told: dict[str, Value] = {}
    for short, route in stack.mesh.routes.rows():
        target = stack.membership.eui64_of.get(short)
        to = f"{short:#06x}" if target is None else str(name_of(target, names))
        over = name_of(route.next_hop, names)
        many = ", many to one" if route.is_many_to_one else ""
        told[to] = f"over {over}, cost {route.cost}{many}"
    return told


def _managed(node: NodeObject, names: Names) -> list[Section]:
    children = node.parenting.children
    held: dict[str, Value] = {}
    for child, short in children.places.items():
        timeout_us = children.timeout_us(child)
        silent = "" if timeout_us is None else f", gone after {timeout_us // 60_000_000} min"
        held[called(child, names)] = f"{short:#06x}{silent}"
    bound: dict[str, Value] = {}
    for one in node.server.bindings:
        target = called(one.target, names)
        bound[f"{one.endpoint}/{one.cluster:#06x}"] = f"{target}/{one.target_endpoint}"
    return [Section("children", held), Section("bindings", bound)]


def _counters(counters: Counters) -> Section:
    told: dict[str, Value] = {
        "sent": counters.sent,
        "received": counters.received,
        "relayed": counters.relayed,
    }
    told |= {f"dropped, {reason.value}": count for reason, count in counters.dropped.items()}
    return Section("frame counts", told, is_busy=True)
