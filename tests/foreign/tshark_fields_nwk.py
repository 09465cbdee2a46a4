"""The fields of a NWK frame, its commands and the auxiliary header in tshark 4.0."""

from dataclasses import dataclass

from tests.foreign.tshark_fields import LEARNT, Table, always, bit, plain
from tests.foreign.tshark_fields_mac import capability

from hanbench.protocol.zigbee import nwk_commands
from hanbench.protocol.zigbee.nwk import NwkFrame
from hanbench.protocol.zigbee.security import AuxHeader, KeyId


@dataclass(frozen=True, slots=True)
class Sealed:
    """The security of a NWK or APS frame, and what opened it."""

    aux: AuxHeader
    mic: bytes
    key: bytes | None
    """None where there was nothing to decrypt: of such a frame tshark tells no key."""


def _control(sealed: Sealed) -> int:
    aux = sealed.aux
    verified = 0x40 if aux.requires_verified_counter else 0
    return aux.key_id << 3 | (0x20 if aux.source is not None else 0) | verified


def _route(identifier: int, **names: str) -> Table:
    options = {
        "zbee_nwk.cmd.id": always(identifier),
        "zbee_nwk.cmd.route.opts.mcast": bit("options", 6),
    }
    names |= {"opts": "options", "id": "identifier", "cost": "path_cost"}
    return Table({**options, **plain("zbee_nwk.cmd.route.", **names)})


ROUTE_REQUEST = _route(1, dest="target", dest_ext="target_eui64")
ROUTE_REPLY = _route(
    2,
    orig="originator",
    resp="responder",
    orig_ext="originator_eui64",
    resp_ext="responder_eui64",
)

TABLES: dict[type, Table] = {
    Sealed: Table(
        {
            "zbee.sec.field": _control,
            "zbee.sec.key_id": lambda it: it.aux.key_id,
            "zbee.sec.ext_nonce": lambda it: it.aux.source is not None,
            "zbee.sec.counter": lambda it: it.aux.frame_counter,
            # Without an extended nonce tshark says whom it takes for the sender.
            "zbee.sec.src64": lambda it: LEARNT if it.aux.source is None else it.aux.source,
            "zbee.sec.key_seqno": lambda it: (
                it.aux.key_sequence if it.aux.key_id is KeyId.NETWORK else None
            ),
            "zbee.sec.mic": lambda it: it.mic,
            "zbee.sec.key": lambda it: it.key,
        }
    ),
    NwkFrame: Table(
        {
            **plain(
                "zbee_nwk.",
                frame_type="frame_type",
                discovery="discovers_route",
                end_device_initiator="is_end_device_initiator",
                dst="target",
                src="source",
                radius="radius",
                seqno="sequence",
                dst64="target_eui64",
                src64="source_eui64",
                relay="relays",
            ),
            "zbee_nwk.relay.count": lambda it: None if it.relays is None else len(it.relays),
            "zbee_nwk.relay.index": lambda it: it.relay_index,
            "zbee_nwk.multicast": lambda it: it.multicast is not None,
            "zbee_nwk.security": lambda it: it.security is not None,
            "zbee_nwk.src_route": lambda it: it.relays is not None,
            "zbee_nwk.ext_dst": lambda it: it.target_eui64 is not None,
            "zbee_nwk.ext_src": lambda it: it.source_eui64 is not None,
            "zbee_nwk.multicast.mode": lambda it: _bits(it.multicast, 0, 2),
            "zbee_nwk.multicast.radius": lambda it: _bits(it.multicast, 2, 3),
            "zbee_nwk.multicast.max_radius": lambda it: _bits(it.multicast, 5, 3),
            # Our decoder takes ZigBee PRO alone.
            "zbee_nwk.proto_version": always(2),
        }
    ),
    nwk_commands.RouteRequest: Table(
        {
            **ROUTE_REQUEST.fields,
            "zbee_nwk.cmd.route.opts.dest_ext": bit("options", 5),
            "zbee_nwk.cmd.route.opts.many2one": lambda it: it.options >> 3 & 3,
        }
    ),
    nwk_commands.RouteReply: Table(
        {
            **ROUTE_REPLY.fields,
            "zbee_nwk.cmd.route.opts.orig_ext": bit("options", 4),
            "zbee_nwk.cmd.route.opts.resp_ext": bit("options", 5),
        }
    ),
    nwk_commands.NetworkStatus: Table(
        {
            "zbee_nwk.cmd.id": always(3),
            "zbee_nwk.cmd.status": lambda it: it.code,
            "zbee_nwk.cmd.route.dest": lambda it: it.target,
        }
    ),
    nwk_commands.Leave: Table(
        {
            "zbee_nwk.cmd.id": always(4),
            "zbee_nwk.cmd.leave.rejoin": lambda it: it.rejoin,
            "zbee_nwk.cmd.leave.request": lambda it: it.is_request,
            "zbee_nwk.cmd.leave.children": lambda it: it.removes_children,
        }
    ),
    nwk_commands.RouteRecord: Table(
        {
            "zbee_nwk.cmd.id": always(5),
            "zbee_nwk.cmd.relay_count": lambda it: len(it.relays),
            "zbee_nwk.cmd.relay_device": lambda it: it.relays,
        }
    ),
    nwk_commands.RejoinRequest: Table(
        {
            "zbee_nwk.cmd.id": always(6),
            "zbee_nwk.cmd.cinfo": lambda it: it.capability,
            **capability(
                "zbee_nwk.cmd.cinfo",
                *("alt_coord", "ffd", "power", "on_idle", "security", "alloc"),
            ),
        }
    ),
    nwk_commands.RejoinResponse: Table(
        {
            "zbee_nwk.cmd.id": always(7),
            "zbee_nwk.cmd.addr": lambda it: it.short,
            "zbee_nwk.cmd.rejoin_status": lambda it: it.status,
        }
    ),
    nwk_commands.LinkStatus: Table(
        {
            "zbee_nwk.cmd.id": always(8),
            "zbee_nwk.cmd.link.first": lambda it: it.is_first,
            "zbee_nwk.cmd.link.last": lambda it: it.is_last,
            "zbee_nwk.cmd.link.count": lambda it: len(it.links),
            "zbee_nwk.cmd.link.address": lambda it: [link.address for link in it.links],
            "zbee_nwk.cmd.link.incoming_cost": lambda it: [link.cost_in for link in it.links],
            "zbee_nwk.cmd.link.outgoing_cost": lambda it: [link.cost_out for link in it.links],
        }
    ),
    nwk_commands.NetworkReport: Table(
        {
            "zbee_nwk.cmd.id": always(9),
            # PAN ids, of which alone our decoder takes a report or an update.
            "zbee_nwk.cmd.report.type": always(0),
            "zbee_nwk.cmd.report.count": lambda it: len(it.pans),
            "zbee_nwk.cmd.epid": lambda it: it.extended_pan,
            "zbee_nwk.panid": lambda it: it.pans,
        }
    ),
    nwk_commands.NetworkUpdate: Table(
        {
            "zbee_nwk.cmd.id": always(10),
            "zbee_nwk.cmd.update.type": always(0),
            "zbee_nwk.cmd.update.count": always(1),
            "zbee_nwk.cmd.epid": lambda it: it.extended_pan,
            "zbee_nwk.cmd.update.id": lambda it: it.update_id,
            "zbee_nwk.panid": lambda it: it.pan,
        }
    ),
    nwk_commands.EndDeviceTimeoutRequest: Table(
        {
            "zbee_nwk.cmd.id": always(11),
            "zbee_nwk.cmd.ed_tmo_req": lambda it: it.timeout,
            "zbee_nwk.cmd.ed_config": lambda it: it.configuration,
        }
    ),
    nwk_commands.EndDeviceTimeoutResponse: Table(
        {
            "zbee_nwk.cmd.id": always(12),
            "zbee_nwk.cmd.ed_tmo_rsp_status": lambda it: it.status,
            "zbee_nwk.cmd.ed_prnt_info": lambda it: it.parent,
            "zbee_nwk.cmd.ed_prnt_info.mac_data_poll_keepalive": bit("parent", 0),
            "zbee_nwk.cmd.ed_prnt_info.ed_tmo_req_keepalive": bit("parent", 1),
            "zbee_nwk.cmd.power_negotiation_supported": bit("parent", 2),
        }
    ),
}


def _bits(number: int | None, first: int, count: int) -> int | None:
    return None if number is None else number >> first & (1 << count) - 1
