"""The fields of a ZDO message in tshark 4.0, by what we read there."""

from tests.foreign.tshark_fields import Say, Table, always, bit, each, plain
from tests.foreign.tshark_fields_mac import capability

from hanbench.protocol.zigbee import zdo, zdo_addresses
from hanbench.protocol.zigbee import zdo_management as management

EXTENDED = 3
"""The only mode of a binding's target that our decoder takes; tshark tells none of a row."""
SHORT = plain("zbee_zdp.", nwk_addr="short")
STATUS = plain("zbee_zdp.", status="status")
PAGE_AT = 27
CHANNELS: dict[str, Say] = {
    "zbee_zdp.channel_page": lambda it: it.channels >> PAGE_AT,
    "zbee_zdp.channel_mask": lambda it: it.channels & (1 << PAGE_AT) - 1,
}
"""The five uppermost bits of a channel mask are the number of its page."""
EUI64 = plain("zbee_zdp.", ext_addr="eui64")
CAPABILITY: dict[str, Say] = {
    "zbee_zdp.cinfo": lambda it: it.capability,
    **capability("zbee_zdp.cinfo", *("alt_coord", "ffd", "power", "idle_rx", "security", "alloc")),
}


def of_descriptor(fields: dict[str, Say]) -> dict[str, Say]:
    """Say the fields of the descriptor in a response, or nothing where there is none."""

    def within(say: Say) -> Say:
        return lambda it: None if it.descriptor is None else say(it.descriptor)

    return {name: within(say) for name, say in fields.items()}


def bits(name: str, first: int, count: int) -> Say:
    """Say the number in some bits of one of the numbers of a message."""
    return lambda it: getattr(it, name) >> first & (1 << count) - 1


NODE: dict[str, Say] = {
    "zbee_zdp.node.type": bits("type_and_flags", 0, 3),
    "zbee_zdp.node.complex": bit("type_and_flags", 3),
    "zbee_zdp.node.user": bit("type_and_flags", 4),
    "zbee_zdp.node.freq.868mhz": bit("band_and_flags", 3),
    "zbee_zdp.node.freq.900mhz": bit("band_and_flags", 5),
    "zbee_zdp.node.freq.2400mhz": bit("band_and_flags", 6),
    "zbee_zdp.node.freq.eu_sub_ghz": bit("band_and_flags", 7),
    "zbee_zdp.cinfo": lambda it: it.mac_capability,
    **{
        f"zbee_zdp.cinfo.{name}": bit("mac_capability", number)
        for name, number in (
            *(("alt_coord", 0), ("ffd", 1), ("power", 2)),
            *(("idle_rx", 3), ("security", 6), ("alloc", 7)),
        )
    },
    **plain(
        "zbee_zdp.node.",
        manufacturer="manufacturer",
        max_buffer="buffer_octets_max",
        max_incoming_transfer="incoming_octets_max",
        max_outgoing_transfer="outgoing_octets_max",
    ),
    "zbee_zdp.server": lambda it: it.server_mask,
    "zbee_zdp.server.pri_trust": bit("server_mask", 0),
    "zbee_zdp.server.bak_trust": bit("server_mask", 1),
    "zbee_zdp.server.pri_bind": bit("server_mask", 2),
    # tshark 4.0 calls bit 5, the backup discovery cache, by the name of bit 3, too.
    "zbee_zdp.server.bak_bind": lambda it: [it.server_mask >> 3 & 1, it.server_mask >> 5 & 1],
    "zbee_zdp.server.pri_disc": bit("server_mask", 4),
    "zbee_zdp.server.nwk_mgr": bit("server_mask", 6),
    "zbee_zdp.server.stack_compliance_revision": bits("server_mask", 9, 7),
    "zbee_zdp.dcf": lambda it: it.descriptor_capability,
    "zbee_zdp.dcf.eaela": bit("descriptor_capability", 0),
    "zbee_zdp.dcf.esdla": bit("descriptor_capability", 1),
}
POWER: dict[str, Say] = {
    "zbee_zdp.power.mode": lambda it: it.mode,
    "zbee_zdp.power.avail.ac": bit("available_sources", 0),
    "zbee_zdp.power.avail.rech": bit("available_sources", 1),
    "zbee_zdp.power.avail.disp": bit("available_sources", 2),
    "zbee_zdp.power.source.ac": bit("current_source", 0),
    "zbee_zdp.power.source.recharge": bit("current_source", 1),
    "zbee_zdp.power.source.dispose": bit("current_source", 2),
    "zbee_zdp.power.level": lambda it: it.level,
}
SIMPLE: dict[str, Say] = {
    "zbee_zdp.endpoint": lambda it: it.endpoint,
    "zbee_zdp.profile": lambda it: it.profile,
    "zbee_zdp.app.device": lambda it: it.device_id,
    "zbee_zdp.app.version": lambda it: it.version,
    "zbee_zdp.in_count": lambda it: len(it.server_clusters),
    "zbee_zdp.in_cluster": lambda it: it.server_clusters,
    "zbee_zdp.out_count": lambda it: len(it.client_clusters),
    "zbee_zdp.out_cluster": lambda it: it.client_clusters,
}
BINDING: dict[str, Say] = {
    "zbee_zdp.bind.src64": lambda it: it.source,
    "zbee_zdp.bind.src_ep": lambda it: it.source_endpoint,
    "zbee_zdp.cluster": lambda it: it.cluster,
    "zbee_zdp.bind.dst64": lambda it: it.target,
    "zbee_zdp.bind.dst_ep": lambda it: it.target_endpoint,
}
ENDPOINTS: dict[str, Say] = {
    **STATUS,
    **SHORT,
    "zbee_zdp.ep_count": lambda it: len(it.endpoints),
    "zbee_zdp.endpoint": lambda it: it.endpoints,
}


def _simple_octets(message: zdo.SimpleDescriptorResponse) -> int:
    one = message.descriptor
    if one is None:
        return 0
    return SIMPLE_OCTETS_MIN + 2 * (len(one.server_clusters) + len(one.client_clusters))


SIMPLE_OCTETS_MIN = 8
ADDRESS_REQUEST = plain("zbee_zdp.", req_type="request_type", index="start")


def _children(message: zdo_addresses.NwkAddressResponse) -> tuple[int, ...] | None:
    return message.associated.shorts or None if message.associated else None


ADDRESSES: dict[str, Say] = {
    **STATUS,
    **EUI64,
    **SHORT,
    # A count of none tshark takes for octets that are too many.
    "zbee_zdp.assoc_device_count": lambda it: _children(it) and len(_children(it)),
    "zbee_zdp.index": lambda it: it.associated.start if _children(it) else None,
    "zbee_zdp.assoc_device": _children,
}
START = plain("zbee_zdp.", index="start")


def page(rows: str, fields: dict[str, Say]) -> Table:
    """Say a page of a table: what is in each row, and where the page stands."""
    return Table(
        {
            **STATUS,
            **START,
            "zbee_zdp.table_size": lambda it: it.total,
            "zbee_zdp.table_count": lambda it: len(getattr(it, rows)),
            **{name: each(rows, say) for name, say in fields.items()},
        }
    )


TABLES: dict[type, Table] = {
    zdo.ZdoFrame: Table({"zbee_zdp.seqno": lambda it: it.sequence}),
    # A request that is not known here tshark does not know either: it shows the status as data.
    zdo.NotSupported: Table({}),
    zdo_addresses.NwkAddressRequest: Table({**EUI64, **ADDRESS_REQUEST}),
    zdo_addresses.IeeeAddressRequest: Table({**SHORT, **ADDRESS_REQUEST}),
    zdo_addresses.NwkAddressResponse: Table(ADDRESSES),
    zdo_addresses.IeeeAddressResponse: Table(ADDRESSES),
    zdo.NodeDescriptorRequest: Table(SHORT),
    zdo.NodeDescriptorResponse: Table({**STATUS, **SHORT, **of_descriptor(NODE)}),
    zdo.PowerDescriptorRequest: Table(SHORT),
    zdo.PowerDescriptorResponse: Table({**STATUS, **SHORT, **of_descriptor(POWER)}),
    zdo.SimpleDescriptorRequest: Table({**SHORT, **plain("zbee_zdp.", endpoint="endpoint")}),
    zdo.SimpleDescriptorResponse: Table(
        {
            **STATUS,
            **SHORT,
            "zbee_zdp.simple_length": _simple_octets,
            **of_descriptor(SIMPLE),
        }
    ),
    zdo.ActiveEndpointsRequest: Table(SHORT),
    zdo.ActiveEndpointsResponse: Table(ENDPOINTS),
    zdo.MatchDescriptorRequest: Table(
        {
            **SHORT,
            "zbee_zdp.profile": lambda it: it.profile,
            "zbee_zdp.in_count": lambda it: len(it.server_clusters),
            "zbee_zdp.in_cluster": lambda it: it.server_clusters,
            "zbee_zdp.out_count": lambda it: len(it.client_clusters),
            "zbee_zdp.out_cluster": lambda it: it.client_clusters,
        }
    ),
    zdo.MatchDescriptorResponse: Table(ENDPOINTS),
    zdo.DeviceAnnounce: Table({**SHORT, **EUI64, **CAPABILITY}),
    zdo.BindRequest: Table({**BINDING, "zbee_zdp.addr_mode": always(EXTENDED)}),
    zdo.UnbindRequest: Table({**BINDING, "zbee_zdp.addr_mode": always(EXTENDED)}),
    zdo.BindResponse: Table(STATUS),
    zdo.UnbindResponse: Table(STATUS),
    zdo.LeaveRequest: Table(
        {
            **EUI64,
            "zbee_zdp.leave.children": bit("flags", 6),
            "zbee_zdp.leave.rejoin": bit("flags", 7),
        }
    ),
    zdo.LeaveResponse: Table(STATUS),
    zdo.PermitJoiningRequest: Table(
        plain("zbee_zdp.", duration="duration_s", significance="trust_centre_significance")
    ),
    zdo.PermitJoiningResponse: Table(STATUS),
    management.NeighboursRequest: Table(START),
    management.NeighboursResponse: page(
        "neighbours",
        {
            "zbee_zdp.extended_pan": lambda it: it.extended_pan,
            "zbee_zdp.ext_addr": lambda it: it.eui64,
            "zbee_zdp.addr": lambda it: it.short,
            "zbee_zdp.table_entry_type": bits("kind_and_relationship", 0, 2),
            "zbee_zdp.idle_rx": bits("kind_and_relationship", 2, 2),
            "zbee_zdp.relationship": bits("kind_and_relationship", 4, 3),
            "zbee_zdp.permit_joining": lambda it: it.permits_joining,
            "zbee_zdp.depth": lambda it: it.depth,
            "zbee_zdp.lqi": lambda it: it.link_quality,
        },
    ),
    management.RoutesRequest: Table(START),
    management.RoutesResponse: page(
        "routes",
        {
            "zbee_zdp.routing.destination": lambda it: it.target,
            "zbee_zdp.routing.status": lambda it: it.flags,
            "zbee_zdp.routing.next_hop": lambda it: it.next_hop,
        },
    ),
    management.BindingsRequest: Table(START),
    management.BindingsResponse: page("bindings", BINDING),
    management.NetworkUpdateRequest: Table(
        {
            **CHANNELS,
            "zbee_zdp.duration": lambda it: it.duration,
            "zbee_zdp.scan_count": lambda it: it.scans,
            "zbee_zdp.update_id": lambda it: it.update_id,
            "zbee_zdp.manager": lambda it: it.manager,
        }
    ),
    management.NetworkUpdateNotify: Table(
        {
            **STATUS,
            **CHANNELS,
            "zbee_zdp.tx_total": lambda it: it.transmissions,
            "zbee_zdp.tx_fail": lambda it: it.failures,
            "zbee_zdp.channel_count": lambda it: len(it.energies),
            "zbee_zdp.channel_energy": lambda it: it.energies,
        }
    ),
}
