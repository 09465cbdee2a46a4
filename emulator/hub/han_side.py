"""The HAN side of a hub: tunnels from the meters, mirrored readings, what displays ask for.

Sources: ZigBee Smart Energy Standard (07-5356), sections D.3 and D.7, as collected in han.md
section 6; that a display's top-up for the sleeping gas meter waits in the mirror is modelled [M].
"""

from hanbench.emulator.device import Packet, WanSend
from hanbench.emulator.fates import Cause, Leg
from hanbench.emulator.hub.clusters import HubClusters
from hanbench.emulator.hub.downlinks import NO_MIRROR, Downlinks
from hanbench.emulator.hub.esi_publisher import DISPLAYS, EsiPublisher
from hanbench.emulator.hub.gas_mirror import Content, Held
from hanbench.emulator.hub.mirror_access import notification
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.bounded import remember
from hanbench.emulator.node.endpoints import ESI_ENDPOINT, MIRROR_ENDPOINT
from hanbench.emulator.node.trust_centre.join_table import JoinTable, Member, MemberKind
from hanbench.emulator.zcl.attribute_server import answered
from hanbench.emulator.zcl.tunnel_server import TunnelServer
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol import tunnel_segments, wan
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.tunnel_segments import Reassembly
from hanbench.protocol.zigbee import zcl
from hanbench.protocol.zigbee.clusters import metering, prepayment, price, tunnelling
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.prepayment import ConsumerTopUp, SelectEmergencyCredit
from hanbench.protocol.zigbee.clusters.tunnelling import TransferToClient, TransferToServer
from hanbench.protocol.zigbee.zcl import Direction, FrameType, ZclFrame, ZclStatus
from hanbench.protocol.zigbee.zcl_general import DefaultResponse, GeneralCommandId

METERS = (MemberKind.ESME, MemberKind.GSME)
ASKERS_MAX = 16
"""How many requests of displays the hub remembers, to hand them the meter's replies [M]."""
NOT_A_MESSAGE = 0
"""The message id of what no head-end sent."""

ToSend = Packet | WanSend


class HubHan:
    """What a hub does with the packets that its HAN brings."""

    def __init__(
        self,
        joined: JoinTable,
        clusters: HubClusters,
        sender: ZclSender,
        downlinks: Downlinks,
    ) -> None:
        self.clusters = clusters
        self.publisher = EsiPublisher(clusters.esi, joined, sender)
        self._joined = joined
        self._sender = sender
        self._downlinks = downlinks
        self.tunnels = TunnelServer()
        self._reassembly = dict[Eui64, Reassembly]()
        # Who typed what waits in the mirror, by ZCL sequence number.
        self._askers = dict[int, Eui64]()

    def take(self, packet: Packet, now: Instant) -> list[ToSend]:
        """Take one packet; return what is sent because of it. Strangers get nothing."""
        member = self._joined.of(packet.source)
        if member is None:
            return []
        if self._sender.lacks_link_key(packet):
            refusal = self._sender.refusal(packet)
            return [] if refusal is None else [refusal]
        if packet.cluster == ClusterId.TUNNELLING:
            return self._tunnelled(member, packet, now)
        response = self.clusters.answer(packet, now)
        if response is not None:
            return [self._reply(packet, response, "read-response")]
        if packet.cluster == ClusterId.PREPAYMENT:
            return self._prepayment(member, packet, now)
        if packet.cluster == ClusterId.METERING and packet.target_endpoint == ESI_ENDPOINT:
            housekeeping = self._housekeeping(member, packet, now)
            if housekeeping is not None:
                return [housekeeping]
        return self._further(member, packet, now)

    def restart(self) -> None:
        """Forget half-received envelopes, mirrored readings and who asked for what."""
        self._reassembly.clear()
        self.tunnels.restart()
        self._askers.clear()
        self.clusters.esi.images.restart()
        self.clusters.restart()

    def _further(self, member: Member, packet: Packet, now: Instant) -> list[ToSend]:
        if member.kind is MemberKind.GSME:
            is_price = packet.cluster == ClusterId.PRICE
            told = self._priced(packet) if is_price else self._mirrored(packet, now)
            if told:
                return told
        served = self.clusters.serve(packet, now)
        return [] if served is None else [self._reply(packet, served, "response")]

    def _housekeeping(self, member: Member, packet: Packet, now: Instant) -> Packet | None:
        """Answer a meter that asks for a mirror or gives it back; None: it is about neither."""
        try:
            frame = zcl.decode(packet.payload)
            if frame.frame_type is not FrameType.CLUSTER:
                return None
            asked = metering.COMMANDS.decode(frame)
        except DecodeError:
            return None
        answer: metering.Command
        match asked:
            case metering.RequestMirror():
                answer = metering.RequestMirrorResponse(self._downlinks.request_mirror(member, now))
            case metering.RemoveMirror():
                endpoint = self._downlinks.remove_mirror(member.eui64, now)
                if endpoint == NO_MIRROR:
                    return self._default(packet, frame, ZclStatus.NOT_FOUND, "mirror")
                self.clusters.restart()
                answer = metering.MirrorRemoved(endpoint)
            case _:
                return None
        reply = metering.COMMANDS.encode(answer, sequence=frame.sequence)
        return self._reply(packet, reply, "mirror")

    def closed_tunnels(self, now: Instant) -> list[Packet]:
        """Tell the clients of tunnels that nobody has used."""
        return [
            self._sender.command(client, ClusterId.TUNNELLING, closed, kind="tunnel")
            for client, closed in self.tunnels.expire(now)
        ]

    def _tunnelled(self, member: Member, packet: Packet, now: Instant) -> list[ToSend]:
        try:
            frame = zcl.decode(packet.payload)
            if frame.frame_type is not FrameType.CLUSTER:
                served = self.clusters.answer(packet, now) or self.clusters.serve(packet, now)
                return [] if served is None else [self._reply(packet, served, "response")]
            command = tunnelling.COMMANDS.decode(frame)
        except DecodeError:
            return []
        if frame.direction is Direction.CLIENT_TO_SERVER:
            answer = self.tunnels.take(command, packet.source, now)
            reply = answered(tunnelling.COMMANDS, frame, answer)
            if reply is not None:
                return [self._reply(packet, reply, "tunnel")]
        if not isinstance(command, TransferToClient | TransferToServer):
            return []
        octets = self._reassembled(member, command.data)
        if octets is None:
            return []
        try:
            message_id = wan.decode(octets).message_id
        except DecodeError:
            return []
        return [WanSend(octets, Cause(member.name, message_id, Leg.REPLY))]

    def _reassembled(self, member: Member, data: bytes) -> bytes | None:
        if member.kind not in METERS:
            return None
        try:
            segment = tunnel_segments.decode(data)
        except DecodeError:
            return None
        held = self._reassembly.get(member.eui64, Reassembly())
        self._reassembly[member.eui64], octets = held.take(segment)
        return octets

    def _mirrored(self, packet: Packet, now: Instant) -> list[ToSend]:
        report = self.clusters.take_report(packet)
        if report is None:
            return []
        to_send: list[ToSend] = [self._notification(packet, now)] if _is_reading(packet) else []
        return to_send + [
            self._sender.general(
                member.eui64,
                packet.cluster,
                report,
                direction=Direction.SERVER_TO_CLIENT,
                kind="report",
                endpoints=(MIRROR_ENDPOINT, 1),
            )
            for member in self._joined.members
            if member.kind in DISPLAYS
        ]

    def _priced(self, packet: Packet) -> list[ToSend]:
        """Keep the price of gas for displays that ask, and pass it on to all of them."""
        try:
            published = price.COMMANDS.decode(zcl.decode(packet.payload))
        except DecodeError:
            return []
        if not isinstance(published, price.PublishPrice):
            return []
        self.clusters.esi.gas_price = published
        endpoints = (MIRROR_ENDPOINT, 1)
        told = self.publisher.publish(ClusterId.PRICE, published, kind="price", endpoints=endpoints)
        return [*told]

    def _notification(self, packet: Packet, now: Instant) -> Packet:
        """Tell the meter whether something waits for it, so that it need not stay awake to ask."""
        return self._sender.command(
            packet.source,
            ClusterId.METERING,
            notification(self._downlinks.mirror, now),
            kind="notification",
            endpoints=(MIRROR_ENDPOINT, packet.source_endpoint),
        )

    def _prepayment(self, member: Member, packet: Packet, now: Instant) -> list[ToSend]:
        try:
            frame = zcl.decode(packet.payload)
        except DecodeError:
            return []
        if frame.direction is Direction.SERVER_TO_CLIENT:
            return self._from_meter(member, packet, frame, now)
        if frame.frame_type is not FrameType.CLUSTER or frame.manufacturer is not None:
            return self._further(member, packet, now)
        status = self._keep(member, packet, frame, now)
        return [] if status is ZclStatus.SUCCESS else [self._refusal(packet, frame, status)]

    def _keep(self, member: Member, packet: Packet, frame: ZclFrame, now: Instant) -> ZclStatus:
        """Put a display's request into the mirror."""
        if not prepayment.COMMANDS.knows(frame):
            return ZclStatus.UNSUPPORTED_CLUSTER_COMMAND
        try:
            command = prepayment.COMMANDS.decode(frame)
        except DecodeError:
            return ZclStatus.MALFORMED_COMMAND
        mirror = self._downlinks.mirror
        is_known = isinstance(command, ConsumerTopUp | SelectEmergencyCredit)
        if not is_known or packet.target_endpoint != MIRROR_ENDPOINT or mirror is None:
            return ZclStatus.UNSUPPORTED_CLUSTER_COMMAND
        held = Held(
            message_id=NOT_A_MESSAGE,
            octets=packet.payload,
            stored_at=now,
            available_from=now,
            content=Content.ZCL,
            cluster=packet.cluster,
        )
        if not mirror.store(held, now):
            return ZclStatus.INSUFFICIENT_SPACE
        remember(self._askers, frame.sequence, member.eui64, ASKERS_MAX)
        return ZclStatus.SUCCESS

    def _from_meter(
        self, member: Member, packet: Packet, frame: ZclFrame, now: Instant
    ) -> list[ToSend]:
        """Hand the gas meter's reply to whoever asked, or take its report."""
        if member.kind is not MemberKind.GSME:
            return []
        asker = self._askers.pop(frame.sequence, None) if _is_reply(frame) else None
        if asker is None:
            return self._mirrored(packet, now)
        return [
            self._sender.frame(
                asker, packet.cluster, frame, kind="top-up", endpoints=(MIRROR_ENDPOINT, 1)
            )
        ]

    def _refusal(self, packet: Packet, frame: ZclFrame, status: ZclStatus) -> Packet:
        return self._default(packet, frame, status, "top-up")

    def _default(self, packet: Packet, frame: ZclFrame, status: ZclStatus, kind: str) -> Packet:
        return self._sender.general(
            packet.source,
            packet.cluster,
            DefaultResponse(frame.command_id, status),
            direction=Direction(1 - frame.direction),
            kind=kind,
            endpoints=(packet.target_endpoint, packet.source_endpoint),
            sequence=frame.sequence,
        )

    def _reply(self, packet: Packet, frame: ZclFrame, kind: str) -> Packet:
        return self._sender.frame(
            packet.source,
            packet.cluster,
            frame,
            kind=kind,
            endpoints=(packet.target_endpoint, packet.source_endpoint),
        )


def _is_reading(packet: Packet) -> bool:
    # The credit of a prepayment meter comes beside it: one answer for both is enough.
    return packet.cluster == ClusterId.METERING and packet.target_endpoint == MIRROR_ENDPOINT


def _is_reply(frame: ZclFrame) -> bool:
    """Whether it repeats the sequence number of a request; a report has one of its own."""
    return (
        frame.frame_type is FrameType.CLUSTER
        or frame.command_id == GeneralCommandId.DEFAULT_RESPONSE
    )
