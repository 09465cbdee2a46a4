"""What a node answers about itself: descriptors, addresses, bindings.

Source: ZigBee specification (05-3474) section 2.4.4 (ZDP server responses). What changes the
network (leaving, permit joining) is not answered here but left to the node's joiner or trust
centre.
"""

from hanbench.emulator.device import BROADCAST, Packet
from hanbench.emulator.node.endpoints import (
    SMART_ENERGY,
    Endpoint,
    node_descriptor,
    power_descriptor,
    simple_descriptor,
)
from hanbench.emulator.node.management import Management
from hanbench.emulator.node.membership import NO_SHORT
from hanbench.emulator.node.zdo.bindings import BindingTable
from hanbench.emulator.node.zdo.tables import Children, ZdoTables
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.zigbee import zdo, zdo_addresses, zdo_management
from hanbench.protocol.zigbee.zdo_status import ZdoStatus

KIND = "zdo"
ANY_PROFILE = 0xFFFF
PROFILES = (SMART_ENERGY, ANY_PROFILE)
"""Under what an endpoint of ours is spoken to."""
ANY_ENDPOINT = 0xFF
"""Stands for all endpoints of a device (2.2.4.5.1)."""
FULL = 0xC
"""The level of a battery that is full, or of the mains."""


class ZdoServer:
    """The descriptors and bindings of one node."""

    def __init__(
        self, management: Management, endpoints: tuple[Endpoint, ...], children: Children
    ) -> None:
        self.bindings = BindingTable()
        self._membership = management.membership
        self._endpoints = endpoints
        self._present = endpoints
        self.numbers = _numbers(endpoints)
        """Where packets of applications are taken."""
        self._children = children
        self._tables = ZdoTables(management, children, lambda: self.bindings)

    def offer(self, number: int, *, exists: bool) -> None:
        """Say from now on that an endpoint is there, or that it is not: a mirror comes and goes."""
        absent = {one.number for one in self._endpoints} - {one.number for one in self._present}
        absent = absent - {number} if exists else absent | {number}
        self._present = tuple(one for one in self._endpoints if one.number not in absent)
        self.numbers = _numbers(self._present)

    def answer(self, request: zdo.Message, packet: Packet) -> zdo.Message | None:
        """Return the answer to a request; None where it is none that is answered here."""
        match request:
            case zdo_addresses.NwkAddressRequest():
                return self._nwk_address(request, is_for_all=packet.target == BROADCAST)
            case zdo_addresses.IeeeAddressRequest():
                return self._ieee_address(request)
            case zdo.MatchDescriptorRequest():
                return self._match(request)
            case zdo.BindRequest() | zdo.UnbindRequest():
                return self._bind(request)
            case (
                zdo.NodeDescriptorRequest()
                | zdo.PowerDescriptorRequest()
                | zdo.ActiveEndpointsRequest()
                | zdo.SimpleDescriptorRequest()
            ):
                return self._described(request)
            case _ if isinstance(request, zdo_management.Message):
                return self._tables.answer(request, packet)
            case _:
                return None

    def _described(
        self,
        request: zdo.NodeDescriptorRequest
        | zdo.PowerDescriptorRequest
        | zdo.ActiveEndpointsRequest
        | zdo.SimpleDescriptorRequest,
    ) -> zdo.Message:
        match request:
            case zdo.NodeDescriptorRequest(short):
                return self._node_descriptor(short)
            case zdo.PowerDescriptorRequest(short):
                return self._power_descriptor(short)
            case zdo.SimpleDescriptorRequest(short, endpoint):
                return self._simple_descriptor(short, endpoint)
            case zdo.ActiveEndpointsRequest(short):
                status = self._status_for(short)
                numbers = tuple(one.number for one in self._present)
                found = numbers if status is ZdoStatus.SUCCESS else ()
                return zdo.ActiveEndpointsResponse(status, short, found)

    def has_endpoint(self, number: int) -> bool:
        """Whether the node has an endpoint of this number."""
        return any(one.number == number for one in self._present)

    def _status_for(self, short: ShortAddress) -> ZdoStatus:
        is_ours = short == self._membership.short
        return ZdoStatus.SUCCESS if is_ours else ZdoStatus.DEVICE_NOT_FOUND

    def _node_descriptor(self, short: ShortAddress) -> zdo.NodeDescriptorResponse:
        status = self._status_for(short)
        if status is not ZdoStatus.SUCCESS:
            return zdo.NodeDescriptorResponse(status, short)
        me = self._membership
        described = node_descriptor(is_coordinator=me.is_coordinator, is_router=me.is_router)
        return zdo.NodeDescriptorResponse(status, short, described)

    def _simple_descriptor(self, short: ShortAddress, number: int) -> zdo.SimpleDescriptorResponse:
        status = self._status_for(short)
        found = [one for one in self._present if one.number == number]
        if status is ZdoStatus.SUCCESS and not found:
            status = ZdoStatus.INVALID_ENDPOINT if not 0 < number <= 240 else ZdoStatus.NOT_ACTIVE
        if status is not ZdoStatus.SUCCESS:
            return zdo.SimpleDescriptorResponse(status, short)
        return zdo.SimpleDescriptorResponse(status, short, simple_descriptor(found[0]))

    def _match(self, request: zdo.MatchDescriptorRequest) -> zdo.MatchDescriptorResponse | None:
        """Name the endpoints that match; a broadcast that nothing matches is left unanswered."""
        is_ours = request.profile in PROFILES
        matching = tuple(
            one.number
            for one in (self._present if is_ours else ())
            if any(cluster in one.server for cluster in request.server_clusters)
            or any(cluster in one.client for cluster in request.client_clusters)
        )
        me = self._membership.short
        if request.short == me:
            return zdo.MatchDescriptorResponse(ZdoStatus.SUCCESS, me, matching)
        return zdo.MatchDescriptorResponse(ZdoStatus.SUCCESS, me, matching) if matching else None

    def _bind(
        self, request: zdo.BindRequest | zdo.UnbindRequest
    ) -> zdo.BindResponse | zdo.UnbindResponse:
        is_ours = request.source == self._membership.me
        status = ZdoStatus.INVALID_ENDPOINT
        if is_ours and self.has_endpoint(request.source_endpoint):
            status = self.bindings.take(request)
        if isinstance(request, zdo.UnbindRequest):
            return zdo.UnbindResponse(status)
        return zdo.BindResponse(status)

    def _power_descriptor(self, short: ShortAddress) -> zdo.PowerDescriptorResponse:
        status = self._status_for(short)
        if status is not ZdoStatus.SUCCESS:
            return zdo.PowerDescriptorResponse(status, short)
        return zdo.PowerDescriptorResponse(
            status, short, power_descriptor(is_sleepy=self._membership.is_sleepy, level=FULL)
        )

    def _ieee_address(
        self, request: zdo_addresses.IeeeAddressRequest
    ) -> zdo_addresses.IeeeAddressResponse:
        me, short = self._membership.me, request.short
        children = {held: eui64 for eui64, held in self._children().items()}
        if short != self._membership.short and short in children:
            # A parent speaks for the child that sleeps (2.4.4.2.2).
            return zdo_addresses.IeeeAddressResponse(ZdoStatus.SUCCESS, children[short], short)
        status = self._status_for(short)
        associated = self._associated(request) if status is ZdoStatus.SUCCESS else None
        return zdo_addresses.IeeeAddressResponse(status, me, short, associated)

    def _nwk_address(
        self, request: zdo_addresses.NwkAddressRequest, *, is_for_all: bool
    ) -> zdo_addresses.NwkAddressResponse | None:
        """Give our address, or a child's; whoever is not meant is silent where all were asked."""
        me, asked = self._membership, request.eui64
        if asked == me.me:
            return zdo_addresses.NwkAddressResponse(
                ZdoStatus.SUCCESS, asked, me.short, self._associated(request)
            )
        child = self._children().get(asked)
        if child is not None:
            return zdo_addresses.NwkAddressResponse(ZdoStatus.SUCCESS, asked, child)
        if is_for_all:
            return None
        status = ZdoStatus.DEVICE_NOT_FOUND
        return zdo_addresses.NwkAddressResponse(status, asked, NO_SHORT)

    def _associated(
        self, request: zdo_addresses.NwkAddressRequest | zdo_addresses.IeeeAddressRequest
    ) -> zdo_addresses.Associated | None:
        if request.request_type != zdo_addresses.EXTENDED:
            return None
        shorts = tuple(self._children().values())[request.start :]
        return zdo_addresses.Associated(request.start if shorts else 0, shorts)


def _numbers(endpoints: tuple[Endpoint, ...]) -> frozenset[int]:
    return frozenset({ANY_ENDPOINT, *(one.number for one in endpoints)})


def zdo_packet(source: Eui64, target: Eui64, frame: zdo.ZdoFrame) -> Packet:
    """Return the packet for a ZDO message: profile 0, endpoints 0, the network key alone."""
    cluster, payload = zdo.encode(frame)
    return Packet(
        source=source,
        target=target,
        cluster=cluster,
        payload=payload,
        profile=0,
        source_endpoint=0,
        target_endpoint=0,
        is_secured=False,
        frame_kind=KIND,
    )
