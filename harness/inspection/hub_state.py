"""What a communications hub holds: its join table and device log, its gas mirror, its head-ends."""

from hanbench.emulator.hub.comms_hub import CommsHub
from hanbench.emulator.hub.gas_mirror import GasMirror, Held
from hanbench.emulator.instant import Instant
from hanbench.harness.envelope_names import read_envelope, role_of
from hanbench.harness.inspection.node_state import Names, called, name_of, node_sections
from hanbench.harness.inspection.state import Section, Value, key_shown, when
from hanbench.protocol.identifiers import format_eui64


def hub_sections(hub: CommsHub, names: Names, now: Instant) -> tuple[Section, ...]:
    """Return the sections of a hub."""
    return (
        Section("head-ends", {"in charge": name_of(hub.head_end_in_charge, names)}),
        Section("join table", _members(hub)),
        Section("device log", _log(hub, names)),
        Section("gas mirror", _mirror(hub.mirror)),
        Section("at this instant", {"time": when(now)}, is_fleeting=True),
        *node_sections(hub.stack, names),
    )


def _members(hub: CommsHub) -> dict[str, Value]:
    return {
        one.name: {
            "EUI-64": format_eui64(one.eui64),
            "kind": one.kind.value,
            "number": one.join_order,
            "grandfathered": one.is_grandfathered,
        }
        for one in hub.joined.members
    }


def _log(hub: CommsHub, names: Names) -> dict[str, Value]:
    log = hub.membership.log
    told: dict[str, Value] = {}
    for eui64, entry in log.entries:
        told[called(eui64, names)] = {
            "install-code key": key_shown(entry.install_key),
            "link key": key_shown(entry.link_key),
            "window from": when(entry.window_from),
            "window until": when(entry.window_until),
        }
    if log.historic:
        told["taken off"] = [called(one, names) for one in log.historic]
    return told


def _mirror(mirror: GasMirror | None) -> dict[str, Value]:
    if mirror is None:
        return {"exists": False}
    rules = mirror.parameters
    told: dict[str, Value] = {
        "for": mirror.device,
        "order": rules.order.value,
        "expiry, minutes": rules.expiry_us // 60_000_000,
        "capacity": rules.capacity,
        "after a restart": rules.memory.value,
        "waiting": len(mirror.waiting),
    }
    for place, held in enumerate(mirror.in_offer_order, 1):
        told[f"entry {place}"] = _entry(held)
    return told


def _entry(held: Held) -> dict[str, Value]:
    envelope = read_envelope(held.octets) if held.is_envelope else None
    what = f"ZCL of cluster {held.cluster:#06x}" if envelope is None else role_of(envelope)[0]
    return {
        "message": held.message_id,
        "holds": what,
        "since": when(held.stored_at),
        "until": when(held.expires_at),
        "on its way": held.is_begun,
    }
