"""NWK commands and those of the trust centre, as scapy writes them."""

from collections.abc import Callable
from typing import Any

from scapy.layers import zigbee
from scapy.packet import Packet, Raw

from hanbench.protocol.zigbee import aps, aps_commands, nwk_commands

Build = Callable[[Any], Packet]


def capability(octet: int) -> dict[str, int]:
    """Return the bits of capability information by scapy's names."""
    names = {
        "allocate_address": 7,
        "security_capability": 6,
        "reserved2": 5,
        "reserved1": 4,
        "receiver_on_when_idle": 3,
        "power_source": 2,
        "device_type": 1,
        "alternate_pan_coordinator": 0,
    }
    return {name: octet >> number & 1 for name, number in names.items()}


def flags(*are_set: bool) -> int:
    """Return the number whose bits these are, the lowest first."""
    return sum(is_set << number for number, is_set in enumerate(are_set))


def _network(number: int, **names: str) -> Build:
    """Build a NWK command of a number, from the message's attributes by scapy's names."""
    return lambda it: zigbee.ZigbeeNWKCommandPayload(
        cmd_identifier=number, **{name: getattr(it, ours) for name, ours in names.items()}
    )


def _route_request(it: nwk_commands.RouteRequest) -> Packet:
    return zigbee.ZigbeeNWKCommandPayload(
        cmd_identifier=1,
        res1=it.options >> 7,
        multicast=it.options >> 6 & 1,
        dest_addr_bit=it.options >> 5 & 1,
        many_to_one=it.options >> 3 & 3,
        res2=it.options & 7,
        route_request_identifier=it.identifier,
        destination_address=it.target,
        path_cost=it.path_cost,
        ext_dst=it.target_eui64,
    )


def _route_reply(it: nwk_commands.RouteReply) -> Packet:
    return zigbee.ZigbeeNWKCommandPayload(
        cmd_identifier=2,
        res1=it.options >> 7,
        multicast=it.options >> 6 & 1,
        responder_addr_bit=it.options >> 5 & 1,
        originator_addr_bit=it.options >> 4 & 1,
        res3=it.options & 15,
        route_request_identifier=it.identifier,
        originator_address=it.originator,
        responder_address=it.responder,
        path_cost=it.path_cost,
        originator_addr=it.originator_eui64,
        responder_addr=it.responder_eui64,
    )


def _link_status(it: nwk_commands.LinkStatus) -> Packet:
    return zigbee.ZigbeeNWKCommandPayload(
        cmd_identifier=8,
        last_frame=it.is_last,
        first_frame=it.is_first,
        entry_count=len(it.links),
        link_status_list=[
            zigbee.LinkStatusEntry(
                neighbor_network_address=link.address,
                outgoing_cost=link.cost_out,
                incoming_cost=link.cost_in,
            )
            for link in it.links
        ],
    )


def _timeout_response(it: nwk_commands.EndDeviceTimeoutResponse) -> Packet:
    return zigbee.ZigbeeNWKCommandPayload(
        cmd_identifier=12,
        status=it.status,
        res6=it.parent >> 2,
        ed_timeout_req_keepalive=it.parent >> 1 & 1,
        mac_data_poll_keepalive=it.parent & 1,
    )


def _trust_centre(number: int, kind: int | None = None, **names: str) -> Build:
    """The same of an APS command, which may be one of several kinds of key."""
    key = {} if kind is None else {"key_type": kind}
    return lambda it: zigbee.ZigbeeAppCommandPayload(
        cmd_identifier=number, **key, **{name: getattr(it, ours) for name, ours in names.items()}
    )


def _tunnel(it: aps_commands.Tunnel) -> Packet:
    inner = aps.decode(it.frame)
    return zigbee.ZigbeeAppCommandPayload(
        cmd_identifier=14,
        dest_addr=it.target,
        frame_control=flags(False, inner.security is not None, inner.ack_request, False),
        delivery_mode=int(inner.delivery),
        aps_frametype=int(inner.frame_type),
        counter=inner.counter,
    )


COMMANDS: dict[type, Build] = {
    nwk_commands.RouteRequest: _route_request,
    nwk_commands.RouteReply: _route_reply,
    nwk_commands.NetworkStatus: _network(3, status_code="code", destination_address="target"),
    nwk_commands.Leave: _network(
        4, rejoin="rejoin", request="is_request", remove_children="removes_children"
    ),
    nwk_commands.RouteRecord: lambda it: zigbee.ZigbeeNWKCommandPayload(
        cmd_identifier=5, rr_relay_count=len(it.relays), rr_relay_list=list(it.relays)
    ),
    nwk_commands.RejoinRequest: lambda it: zigbee.ZigbeeNWKCommandPayload(
        cmd_identifier=6, **capability(it.capability)
    ),
    nwk_commands.RejoinResponse: _network(7, network_address="short", rejoin_status="status"),
    nwk_commands.LinkStatus: _link_status,
    nwk_commands.NetworkReport: lambda it: zigbee.ZigbeeNWKCommandPayload(
        cmd_identifier=9,
        report_information_count=len(it.pans),
        epid=it.extended_pan,
        PAN_ID_conflict_report=list(it.pans),
    ),
    nwk_commands.NetworkUpdate: lambda it: zigbee.ZigbeeNWKCommandPayload(
        cmd_identifier=10,
        update_information_count=1,
        epid=it.extended_pan,
        update_id=it.update_id,
        new_PAN_ID=it.pan,
    ),
    nwk_commands.EndDeviceTimeoutRequest: _network(
        11, req_timeout="timeout", ed_conf="configuration"
    ),
    nwk_commands.EndDeviceTimeoutResponse: _timeout_response,
    aps_commands.TransportNetworkKey: _trust_centre(
        5, 1, key="key", key_seqnum="key_sequence", dest_addr="target", src_addr="source"
    ),
    aps_commands.TransportApplicationLinkKey: _trust_centre(
        5, 3, key="key", partner_addr="partner", initiator_flag="is_initiator"
    ),
    aps_commands.TransportTrustCentreLinkKey: _trust_centre(
        5, 4, key="key", dest_addr="target", src_addr="source"
    ),
    aps_commands.UpdateDevice: _trust_centre(
        6, address="device", short_address="short", update_status="status"
    ),
    aps_commands.RemoveDevice: _trust_centre(7, address="target"),
    aps_commands.RequestApplicationLinkKey: _trust_centre(8, 2, partner_addr="partner"),
    aps_commands.RequestTrustCentreLinkKey: _trust_centre(8, 4),
    # scapy gives the number of a key eight octets: we lay it out for it.
    aps_commands.SwitchKey: lambda it: Raw(bytes([9, it.key_sequence])),
    aps_commands.Tunnel: _tunnel,
    aps_commands.VerifyKey: _trust_centre(15, 4, address="source", key_hash="hash"),
    aps_commands.ConfirmKey: _trust_centre(
        16, status="status", key_type="key_type", address="target"
    ),
}
