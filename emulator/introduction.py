"""What a display does once it has joined: it finds the meters and asks them for reports.

Source: ZigBee Smart Energy Standard (07-5356) sections 5.4.7.4 (application link keys) and 5.5
(service discovery), ZCL 2.5.7; as collected in han.md section 5. How often it wants to hear of what
is modelled [M]. The gas meter sleeps: its readings come from the mirror on the hub, unasked.

    joined ─Match_Desc─> meters ─Request Key─> link key ─Bind, Configure Reporting─> reports
"""

from collections.abc import Callable
from typing import Final

from hanbench.emulator.device import BROADCAST, Transmission
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.endpoints import SMART_ENERGY
from hanbench.emulator.node.zdo import NodeObject
from hanbench.emulator.start_reports import BOUND
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.zigbee import nwk, zdo
from hanbench.protocol.zigbee.attributes import DataType
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.metering_attributes import AttributeId as Meter
from hanbench.protocol.zigbee.clusters.prepayment_attributes import AttributeId as Credit
from hanbench.protocol.zigbee.zcl import Direction
from hanbench.protocol.zigbee.zcl_reporting import (
    ConfigureReporting,
    ReportingRule,
)
from hanbench.protocol.zigbee.zdo_status import ZdoStatus

KIND = "configure-reporting"
OWN_ENDPOINT = 1
METERS_MAX = 4
"""How many meters a display asks for reports [M]; any member may say that it has one."""
RULES: Final = {
    ClusterId.METERING: (
        ReportingRule(
            id=Meter.CURRENT_SUMMATION_DELIVERED,
            type=DataType.UINT48,
            interval_s_min=10,
            interval_s_max=1800,
            change=100,
        ),
        ReportingRule(
            id=Meter.INSTANTANEOUS_DEMAND,
            type=DataType.INT24,
            interval_s_min=10,
            interval_s_max=60,
            change=50,
        ),
        ReportingRule(
            id=Meter.SUPPLY_STATUS, type=DataType.ENUM8, interval_s_min=1, interval_s_max=1800
        ),
    ),
    ClusterId.PREPAYMENT: (
        ReportingRule(
            id=Credit.CREDIT_REMAINING,
            type=DataType.INT32,
            interval_s_min=10,
            interval_s_max=3600,
            change=10,
        ),
    ),
}


class Introduction:
    """The way of one display from its link key to its first report."""

    def __init__(self, node: NodeObject, sender: ZclSender) -> None:
        self.on_bound: Callable[[Instant], None] = lambda _: None
        """Told when the first meter reports to us."""
        self.bound: dict[Eui64, None] = {}
        """The meters that report to us since we asked."""
        self._node = node
        self._sender = sender
        self._endpoints: dict[Eui64, int] = {}
        node.on_joined = self.begin
        node.on_introduced = self.introduced
        node.on_answer = self.answered

    def begin(self, now: Instant) -> list[Transmission]:
        """Ask who has a meter; what was agreed before we left is gone with the keys."""
        self.bound.clear()
        self._endpoints.clear()
        request = zdo.MatchDescriptorRequest(
            short=nwk.ALL_LISTENING,
            profile=SMART_ENERGY,
            server_clusters=(int(ClusterId.METERING),),
        )
        return self._node.request(request, BROADCAST, now)

    def answered(self, source: Eui64, message: zdo.Message, now: Instant) -> list[Transmission]:
        """Take where a meter is, and that it has bound its clusters to us."""
        match message:
            case zdo.MatchDescriptorResponse(endpoints=endpoints) if endpoints:
                if message.short == ShortAddress(0) or source in self._endpoints:
                    return []
                if len(self._endpoints) >= METERS_MAX:
                    return []
                self._endpoints[source] = endpoints[0]
                return self._node.request_link_key(source, now)
            case zdo.BindResponse(status=ZdoStatus.SUCCESS):
                if source in self._endpoints and source not in self.bound:
                    self.bound[source] = None
                    if len(self.bound) == 1:
                        self.on_bound(now)
                    name = self._node.surroundings.name_of(source)
                    self._node.surroundings.note("bound", now, f"hears reports of {name}")
                return []
            case _:
                return []

    def introduced(self, partner: Eui64, now: Instant) -> list[Transmission]:
        """Use the link key that the trust centre made: bind, and say what is wanted."""
        endpoint = self._endpoints.get(partner)
        if endpoint is None:
            return []
        sent: list[Transmission] = []
        for cluster in BOUND:
            binding = zdo.BindRequest(
                source=partner,
                source_endpoint=endpoint,
                cluster=int(cluster),
                target=self._node.eui64,
                target_endpoint=OWN_ENDPOINT,
            )
            sent += self._node.request(binding, partner, now)
            if cluster in RULES:
                sent += self._configure(partner, endpoint, cluster, now)
        return sent

    def _configure(
        self, partner: Eui64, endpoint: int, cluster: ClusterId, now: Instant
    ) -> list[Transmission]:
        packet = self._sender.general(
            partner,
            cluster,
            ConfigureReporting(RULES[cluster]),
            direction=Direction.CLIENT_TO_SERVER,
            kind=KIND,
            endpoints=(OWN_ENDPOINT, endpoint),
        )
        return self._node.send(packet, now)
