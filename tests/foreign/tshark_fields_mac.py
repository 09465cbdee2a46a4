"""The fields of a MAC frame in tshark 4.0, by what we read there."""

from dataclasses import dataclass

from tests.foreign.tshark_fields import LEARNT, Said, Say, Table, always, bit, plain

from hanbench.protocol.ieee802154 import FCS_OCTETS, MacFrame
from hanbench.protocol.ieee802154_commands import (
    AssociationRequest,
    AssociationResponse,
    Beacon,
    BeaconRequest,
    DataRequest,
)


@dataclass(frozen=True, slots=True)
class OnTheAir:
    """A frame as its octets, FCS included."""

    octets: bytes


def capability(prefix: str, *names: str) -> dict[str, Say]:
    """Say the bits of capability information, whose names differ from layer to layer."""
    bits = (0, 1, 2, 3, 6, 7)
    return {
        f"{prefix}.{name}": bit("capability", number)
        for name, number in zip(names, bits, strict=True)
    }


def _mode(short: int | None, eui64: int | None) -> int:
    return 2 if short is not None else 0 if eui64 is None else 3


def _long(short: int | None, eui64: int | None) -> Said:
    # Beside a short address tshark puts the long one that it has learnt.
    return eui64 if short is None else LEARNT


def _is_compressed(mac: MacFrame) -> bool:
    has_source = mac.source_short is not None or mac.source_eui64 is not None
    return has_source and mac.source_pan is None


MAC: dict[str, Say] = {
    **plain(
        "wpan.",
        frame_type="frame_type",
        pending="frame_pending",
        ack_request="ack_request",
        version="version",
        seq_no="sequence",
        dst_pan="target_pan",
        dst16="target_short",
        src_pan="source_pan",
        src16="source_short",
    ),
    "wpan.pan_id_compression": _is_compressed,
    "wpan.dst_addr_mode": lambda mac: _mode(mac.target_short, mac.target_eui64),
    "wpan.src_addr_mode": lambda mac: _mode(mac.source_short, mac.source_eui64),
    "wpan.dst64": lambda mac: _long(mac.target_short, mac.target_eui64),
    "wpan.src64": lambda mac: _long(mac.source_short, mac.source_eui64),
    # Our decoder takes none of these bits.
    "wpan.security": always(0),
    "wpan.fcf.reserved": always(0),
    "wpan.seqno_suppression": always(0),
    "wpan.ie_present": always(0),
}

TABLES: dict[type, Table] = {
    OnTheAir: Table(
        {
            "wpan.frame_length": lambda it: len(it.octets) - FCS_OCTETS,
            "wpan.fcs": lambda it: int.from_bytes(it.octets[-FCS_OCTETS:], "little"),
            # Our decoder takes no frame whose FCS is not that of its octets.
            "wpan.fcs_ok": always(1),
        }
    ),
    MacFrame: Table(MAC),
    AssociationRequest: Table(
        {
            "wpan.cmd": always(1),
            **capability(
                "wpan.cinfo",
                *("alt_coord", "device_type", "power_src", "idle_rx", "sec_capable", "alloc_addr"),
            ),
        }
    ),
    AssociationResponse: Table(
        {
            "wpan.cmd": always(2),
            "wpan.asoc.addr": lambda it: it.short,
            "wpan.assoc.status": lambda it: it.status,
        }
    ),
    DataRequest: Table({"wpan.cmd": always(4)}),
    BeaconRequest: Table({"wpan.cmd": always(7)}),
    Beacon: Table(
        {
            "wpan.bcn_coord": lambda it: it.is_coordinator,
            "wpan.assoc_permit": lambda it: it.permits_joining,
            **plain(
                "zbee_beacon.",
                router="has_router_capacity",
                depth="depth",
                end_dev="has_end_device_capacity",
                ext_panid="extended_pan",
                update_id="update_id",
            ),
            # A ZigBee PRO network without superframes: our decoder takes no other.
            "wpan.beacon_order": always(15),
            "wpan.superframe_order": always(15),
            "wpan.cap": always(15),
            "wpan.battery_ext": always(0),
            "wpan.gts.count": always(0),
            "wpan.gts.permit": always(0),
            "zbee_beacon.protocol": always(0),
            "zbee_beacon.profile": always(2),
            "zbee_beacon.version": always(2),
            "zbee_beacon.tx_offset": always(0xFFFFFF),
        }
    ),
}
