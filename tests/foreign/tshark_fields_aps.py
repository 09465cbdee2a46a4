"""The fields of an APS frame and of the trust centre's commands in tshark 4.0."""

from tests.foreign.tshark_fields import Say, Table, always, plain

from hanbench.protocol.zigbee import aps_commands
from hanbench.protocol.zigbee.aps import ApsFrame, FrameType
from hanbench.protocol.zigbee.interpan import InterPanFrame

ZDO_PROFILE = 0


def _block(frame: ApsFrame, name: str) -> int | None:
    return None if frame.fragment is None else getattr(frame.fragment, name)


def _acknowledged(number: int) -> Say:
    def say(frame: ApsFrame) -> int | None:
        bitmap = _block(frame, "ack_bitmap")
        return None if bitmap is None else bitmap >> number & 1

    return say


APS: dict[str, Say] = {
    **plain(
        "zbee_aps.",
        type="frame_type",
        delivery="delivery",
        ack_req="ack_request",
        dst="target_endpoint",
        group="group",
        profile="profile",
        src="source_endpoint",
        counter="counter",
    ),
    "zbee_aps.security": lambda it: it.security is not None,
    "zbee_aps.ext_header": lambda it: it.fragment is not None,
    "zbee_aps.ack_format": lambda it: (
        it.cluster is None if it.frame_type is FrameType.ACK else None
    ),
    "zbee_aps.cluster": lambda it: it.cluster if it.profile != ZDO_PROFILE else None,
    "zbee_aps.zdp_cluster": lambda it: it.cluster if it.profile == ZDO_PROFILE else None,
    "zbee_aps.fragmentation": lambda it: _block(it, "part"),
    "zbee_aps.block": lambda it: _block(it, "block"),
    "zbee_aps.block_acks": lambda it: _block(it, "ack_bitmap"),
    **{f"zbee_aps.block{number + 1}_ack": _acknowledged(number) for number in range(8)},
}


INTER_PAN: dict[str, Say] = {
    # Two stubs: of neither is there more than our decoder takes.
    "zbee_nwk.frame_type": always(3),
    "zbee_nwk.proto_version": always(2),
    **{
        f"zbee_nwk.{name}": always(0)
        for name in (
            *("discovery", "multicast", "security", "src_route", "ext_dst", "ext_src"),
            "end_device_initiator",
        )
    },
    "zbee_aps.type": always(3),
    **{f"zbee_aps.{name}": always(0) for name in ("security", "ack_req", "ext_header")},
    **plain("zbee_aps.", delivery="delivery", group="group", cluster="cluster", profile="profile"),
}


def _command(number: int, kind: int | None = None, **names: str) -> Table:
    fields: dict[str, Say] = {"zbee_aps.cmd.id": always(number)}
    if kind is not None:
        fields["zbee_aps.cmd.key_type"] = always(kind)
    return Table({**fields, **plain("zbee_aps.cmd.", **names)})


TABLES: dict[type, Table] = {
    ApsFrame: Table(APS),
    InterPanFrame: Table(INTER_PAN),
    aps_commands.TransportNetworkKey: _command(
        5, 1, key="key", seqno="key_sequence", dst="target", src="source"
    ),
    aps_commands.TransportApplicationLinkKey: _command(
        5, 3, key="key", partner="partner", init_flag="is_initiator"
    ),
    aps_commands.TransportTrustCentreLinkKey: _command(5, 4, key="key", dst="target", src="source"),
    aps_commands.UpdateDevice: _command(6, device="device", addr="short", update_status="status"),
    aps_commands.RemoveDevice: _command(7, device="target"),
    aps_commands.RequestApplicationLinkKey: _command(8, 2, partner="partner"),
    aps_commands.RequestTrustCentreLinkKey: _command(8, 4),
    aps_commands.SwitchKey: _command(9, seqno="key_sequence"),
    aps_commands.Tunnel: _command(14, dst="target"),
    aps_commands.VerifyKey: _command(15, 4, src="source", key_hash="hash"),
    aps_commands.ConfirmKey: _command(16, status="status", key_type="key_type", dst="target"),
}
