"""Our messages, as scapy writes them: it is given what we read and nothing else, and must come to
the same octets.

Its FCS is its own. It has no CCM, so what is sealed goes in as it is; what it knows of the clear
text is built apart from it. The octets of an attribute's value are ours, since scapy has no types.
"""

from collections.abc import Callable, Sequence
from typing import Any

from scapy.config import conf
from scapy.layers import dot15d4, zigbee
from scapy.packet import Packet, Raw
from tests.foreign.readings import Reading
from tests.foreign.scapy_builds_commands import COMMANDS, capability, flags
from tests.foreign.scapy_builds_zcl import ZCL
from tests.foreign.tshark_fields_mac import OnTheAir
from tests.foreign.tshark_fields_nwk import Sealed

from hanbench.protocol import ieee802154_commands as mac_commands
from hanbench.protocol.ieee802154 import FrameType, MacFrame
from hanbench.protocol.zigbee import aps, aps_commands
from hanbench.protocol.zigbee.aps import ApsFrame
from hanbench.protocol.zigbee.interpan import InterPanFrame
from hanbench.protocol.zigbee.nwk import NwkFrame
from hanbench.protocol.zigbee.security import AuxHeader

conf.dot15d4_protocol = "zigbee"
Build = Callable[[Any], Packet | None]


def _mac(frame: MacFrame) -> Packet:
    has_source = frame.source_short is not None or frame.source_eui64 is not None
    header = dot15d4.Dot15d4FCS(
        fcf_panidcompress=has_source and frame.source_pan is None,
        fcf_ackreq=frame.ack_request,
        fcf_pending=frame.frame_pending,
        fcf_frametype=int(frame.frame_type),
        fcf_srcaddrmode=_mode(frame.source_short, frame.source_eui64),
        fcf_framever=frame.version,
        fcf_destaddrmode=_mode(frame.target_short, frame.target_eui64),
        seqnum=frame.sequence,
    )
    source = {
        "src_panid": frame.source_pan,
        "src_addr": _either(frame.source_short, frame.source_eui64),
    }
    target = {
        "dest_panid": frame.target_pan,
        "dest_addr": _either(frame.target_short, frame.target_eui64),
    }
    match frame.frame_type:
        case FrameType.ACK:
            return header
        case FrameType.BEACON:
            beacon = mac_commands.decode_beacon(frame.payload)
            return header / dot15d4.Dot15d4Beacon(
                sf_assocpermit=beacon.permits_joining,
                sf_pancoord=beacon.is_coordinator,
                gts_spec_permit=0,
                **source,
            )
        case FrameType.COMMAND:
            return header / dot15d4.Dot15d4Cmd(cmd_id=frame.payload[0], **target, **source)
        case FrameType.DATA:
            return header / dot15d4.Dot15d4Data(**target, **source)


def _mode(short: int | None, eui64: int | None) -> int:
    return 2 if short is not None else 0 if eui64 is None else 3


def _either(short: int | None, eui64: int | None) -> int | None:
    return eui64 if short is None else short


def _beacon(beacon: mac_commands.Beacon) -> Packet:
    return zigbee.ZigBeeBeacon(
        nwkc_protocol_version=2,
        stack_profile=2,
        end_device_capacity=beacon.has_end_device_capacity,
        device_depth=beacon.depth,
        router_capacity=beacon.has_router_capacity,
        extended_pan_id=beacon.extended_pan,
        tx_offset=0xFFFFFF,
        update_id=beacon.update_id,
    )


def _nwk(frame: NwkFrame) -> Packet:
    are_set = (
        frame.multicast is not None,
        frame.security is not None,
        frame.relays is not None,
        frame.target_eui64 is not None,
        frame.source_eui64 is not None,
        # To scapy reserved; since R21 that the sender is an end device.
        frame.is_end_device_initiator,
    )
    relays = frame.relays or ()
    return zigbee.ZigbeeNWK(
        discover_route=frame.discovers_route,
        frametype=int(frame.frame_type),
        flags=flags(*are_set),
        destination=frame.target,
        source=frame.source,
        radius=frame.radius,
        seqnum=frame.sequence,
        ext_dst=frame.target_eui64,
        ext_src=frame.source_eui64,
        relay_count=len(relays),
        relay_index=frame.relay_index,
        relays=list(relays),
    )


def security(aux: AuxHeader, sealed: bytes) -> Packet:
    """Return an auxiliary header with what is sealed behind it."""
    return zigbee.ZigbeeSecurityHeader(
        extended_nonce=aux.source is not None,
        key_type=int(aux.key_id),
        # The level is not told on the air.
        nwk_seclevel=0,
        fc=aux.frame_counter,
        source=aux.source,
        key_seqnum=aux.key_sequence,
        data=sealed,
    )


def _aps(frame: ApsFrame) -> Packet:
    are_set = (
        frame.frame_type is aps.FrameType.ACK and frame.cluster is None,
        frame.security is not None,
        frame.ack_request,
        frame.fragment is not None,
    )
    fragment = frame.fragment
    blocks = (
        {}
        if fragment is None
        else {
            "fragmentation": int(fragment.part),
            "block_number": fragment.block,
            "ack_bitfield": fragment.ack_bitmap,
        }
    )
    return zigbee.ZigbeeAppDataPayload(
        frame_control=flags(*are_set),
        delivery_mode=int(frame.delivery),
        aps_frametype=int(frame.frame_type),
        dst_endpoint=frame.target_endpoint,
        group_addr=frame.group,
        cluster=frame.cluster,
        profile=frame.profile,
        src_endpoint=frame.source_endpoint,
        counter=frame.counter,
        **blocks,
    )


BUILDERS: dict[type, Build] = {
    MacFrame: _mac,
    mac_commands.Beacon: _beacon,
    mac_commands.AssociationRequest: lambda it: dot15d4.Dot15d4CmdAssocReq(
        **capability(it.capability)
    ),
    mac_commands.AssociationResponse: lambda it: dot15d4.Dot15d4CmdAssocResp(
        short_address=it.short, association_status=int(it.status)
    ),
    # Their number is all that they are.
    mac_commands.DataRequest: lambda _: Raw(b""),
    mac_commands.BeaconRequest: lambda _: Raw(b""),
    NwkFrame: _nwk,
    ApsFrame: _aps,
    InterPanFrame: lambda it: (
        zigbee.ZigbeeNWKStub()
        / zigbee.ZigbeeAppDataPayloadStub(
            delivery_mode=int(it.delivery),
            group_addr=it.group,
            cluster=it.cluster,
            profile=it.profile,
        )
    ),
    **COMMANDS,
    **ZCL,
}


def check(reading: Reading) -> set[type]:
    """Hold a frame, and what it has in clear, against what scapy makes of it.

    Returns the kinds of messages that scapy built.
    """
    air, *parts = reading.parts
    assert isinstance(air, OnTheAir)
    if reading.nwk is None or reading.nwk.security is not None:
        # In clear it meets commands whose lengths it does not know.
        assert _taken_apart(air.octets) == air.octets
    built: set[type] = set()
    if reading.nwk is None:
        _compare(parts, b"", air.octets, built)
        return built
    if reading.nwk.multicast is None:  # scapy has no such octet
        network = [part for part in parts if isinstance(part, MacFrame | NwkFrame)]
        _compare(network, _behind(reading.nwk), air.octets, built)
    if reading.aps is not None:
        _compare([reading.aps], _behind(reading.aps), reading.clear, built)
    inside = parts[
        1 + max(place for place, part in enumerate(parts) if isinstance(part, HEADERS)) :
    ]
    if reading.inner is not None:
        _compare(inside, b"", reading.inner_payload, built)
        inside = [part for part in parts if isinstance(part, aps_commands.Tunnel)]
        _compare(inside, _behind(reading.inner), reading.whole, built)
    elif inside:
        _compare(inside, b"", reading.whole or reading.clear, built)
    return built


def _taken_apart(octets: bytes) -> bytes:
    """Let scapy read a frame and write it again from its own fields, with its own FCS."""
    packet = dot15d4.Dot15d4FCS(octets)
    packet.fcs = None
    packet.clear_cache()
    return bytes(packet)


HEADERS = MacFrame | NwkFrame | ApsFrame | Sealed


def _behind(frame: NwkFrame | ApsFrame) -> Packet:
    """Return what stands behind a header: the auxiliary header and what is sealed, or the rest."""
    if frame.security is None:
        return Raw(frame.payload)
    return security(frame.security, frame.payload)


def _compare(
    parts: Sequence[object], behind: Packet | bytes, octets: bytes, built: set[type]
) -> None:
    packet: Packet | None = None
    for part in parts:
        layer = BUILDERS[type(part)](part) if type(part) in BUILDERS else None
        if layer is None:
            # scapy knows no such message: what stands before it is compared alone.
            assert packet is not None
            assert octets.startswith(bytes(packet)), parts
            return
        built.add(type(part))
        packet = layer if packet is None else packet / layer
    assert packet is not None
    assert bytes(packet / behind) == octets, parts
