"""What a node answers about itself: descriptors, addresses, bindings.

Source: ZigBee specification (05-3474) section 2.4.4 (ZDP server responses). What changes the
network (leaving, permit joining) is not answered here but left to the node's joiner or trust
centre.
"""

from dataclasses import dataclass

from hanbench.emulator.device import Packet
from hanbench.emulator.node.endpoints import Endpoint, node_descriptor, simple_descriptor
from hanbench.emulator.node.membership import Membership
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.zigbee import zdo
from hanbench.protocol.zigbee.zdo import ZdoStatus

KIND = "zdo"
BINDINGS_MAX = 32
ANY_PROFILE = 0xFFFF


@dataclass(frozen=True, slots=True)
class Binding:
    """A cluster of an endpoint of ours, and where its reports go."""

    endpoint: int
    cluster: int
    target: Eui64
    target_endpoint: int


class ZdoServer:
    """The descriptors and bindings of one node."""

    def __init__(self, membership: Membership, endpoints: tuple[Endpoint, ...]) -> None:
        self.bindings: dict[Binding, None] = {}
        self._membership = membership
        self._endpoints = endpoints

    def answer(self, request: zdo.Message) -> zdo.Message | None:
        """Return the answer to a request; None where it is none that is answered here."""
        match request:
            case zdo.NodeDescriptorRequest(short):
                return self._node_descriptor(short)
            case zdo.ActiveEndpointsRequest(short):
                status = self._status_for(short)
                numbers = tuple(one.number for one in self._endpoints)
                found = numbers if status is ZdoStatus.SUCCESS else ()
                return zdo.ActiveEndpointsResponse(status, short, found)
            case zdo.SimpleDescriptorRequest(short, endpoint):
                return self._simple_descriptor(short, endpoint)
            case zdo.MatchDescriptorRequest():
                return self._match(request)
            case zdo.IeeeAddressRequest(short):
                status = self._status_for(short)
                return zdo.IeeeAddressResponse(status, self._membership.me, short)
            case zdo.BindRequest() | zdo.UnbindRequest():
                return self._bind(request)
            case _:
                return None

    def has_endpoint(self, number: int) -> bool:
        """Whether the node has an endpoint of this number."""
        return any(one.number == number for one in self._endpoints)

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
        found = [one for one in self._endpoints if one.number == number]
        if status is ZdoStatus.SUCCESS and not found:
            status = ZdoStatus.INVALID_ENDPOINT if not 0 < number <= 240 else ZdoStatus.NOT_ACTIVE
        if status is not ZdoStatus.SUCCESS:
            return zdo.SimpleDescriptorResponse(status, short)
        return zdo.SimpleDescriptorResponse(status, short, simple_descriptor(found[0]))

    def _match(self, request: zdo.MatchDescriptorRequest) -> zdo.MatchDescriptorResponse | None:
        """Name the endpoints that match; a broadcast that nothing matches is left unanswered."""
        matching = tuple(
            one.number
            for one in self._endpoints
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
        status = ZdoStatus.SUCCESS
        binding = Binding(
            request.source_endpoint, request.cluster, request.target, request.target_endpoint
        )
        if request.source != self._membership.me or not self.has_endpoint(request.source_endpoint):
            status = ZdoStatus.INVALID_ENDPOINT
        if isinstance(request, zdo.UnbindRequest):
            if status is ZdoStatus.SUCCESS and self.bindings.pop(binding, "absent") == "absent":
                status = ZdoStatus.NO_ENTRY
            return zdo.UnbindResponse(status)
        if status is ZdoStatus.SUCCESS and len(self.bindings) >= BINDINGS_MAX:
            status = ZdoStatus.TABLE_FULL
        if status is ZdoStatus.SUCCESS:
            self.bindings[binding] = None
        return zdo.BindResponse(status)


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
