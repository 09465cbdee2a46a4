"""What a display does once it has joined: it finds the meters and asks them for reports.

Source: ZigBee Smart Energy Standard (07-5356) sections 5.4.7.4 (application link keys) and 5.5
(service discovery), ZCL 2.5.7; as collected in han.md section 5. How often it wants to hear of what
is modelled [M]. The gas meter sleeps: its readings come from the mirror on the hub, unasked.

    joined ─Match_Desc─> meters ─Request Key─> link key ─Bind, Configure Reporting─> reports

Who is on the HAN already hears a newcomer announce itself, and asks it the same once it has had the
time to make its own link key; how long that is, and how often it is asked, are modelled [M]. One
with whom we share a key from before is read first: only if it says nothing is another key wanted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hanbench.emulator.device import BROADCAST, Transmission
from hanbench.emulator.instant import MINUTE_US, SECOND_US, Instant, after
from hanbench.emulator.node.bounded import remember
from hanbench.emulator.node.joining.joiner import Phase
from hanbench.emulator.node.zdo.node_object import NodeObject
from hanbench.emulator.zcl.clock_reading import keep_alive_read, time_read
from hanbench.emulator.zcl.start_reports import BOUND
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.zigbee import zdo
from hanbench.protocol.zigbee.attributes import DataType
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.metering_attributes import AttributeId as Meter
from hanbench.protocol.zigbee.clusters.prepayment_attributes import AttributeId as Credit
from hanbench.protocol.zigbee.zcl import Direction
from hanbench.protocol.zigbee.zcl_general import ReadAttributes
from hanbench.protocol.zigbee.zcl_reporting import (
    ConfigureReporting,
    ReportingRule,
)
from hanbench.protocol.zigbee.zdo_status import ZdoStatus

KIND = "configure-reporting"
OWN_ENDPOINT = 1
METERS_MAX = 4
"""How many meters a display asks for reports [M]; any member may say that it has one."""
NEWCOMERS_MAX = 8
"""How many that have announced themselves are remembered [M]; the first gives way."""
ASK_AFTER_US = 30 * SECOND_US
SPREAD_US = 10 * SECOND_US
"""Displays of one home do not all ask at the same instant."""
ASK_AGAIN_US = MINUTE_US
ASKS_MAX = 3
PROOF_US = 10 * SECOND_US
"""How long one that was read has to answer."""
PROOF: Final = ReadAttributes((int(Meter.CURRENT_SUMMATION_DELIVERED),))
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


@dataclass(slots=True)
class _Newcomer:
    due: Instant
    asked: int = 0
    is_read: bool = False
    """Whether it was read under a key from before, and has not answered."""


class Introduction:
    """The way of one display from its link key to its first report."""

    def __init__(self, node: NodeObject, sender: ZclSender, hub: Eui64) -> None:
        self.on_bound: Callable[[Instant], None] = lambda _: None
        """Told when the first meter reports to us."""
        self.bound: dict[Eui64, None] = {}
        """The meters that report to us since we asked."""
        self._node = node
        self._sender = sender
        self._hub = hub
        self._endpoints: dict[Eui64, int] = {}
        self._newcomers: dict[Eui64, _Newcomer] = {}
        self._heard_of = 0
        node.exchange.on_newcomer = self.announced
        node.on_joined = self.begin
        node.on_introduced = self.introduced
        node.on_answer = self.answered

    def begin(self, now: Instant) -> list[Transmission]:
        """Read the time, and ask who has a meter; what was agreed before we left is gone."""
        self.bound.clear()
        self._endpoints.clear()
        self._newcomers.clear()
        sought = self._node.exchange.seek(ClusterId.METERING, BROADCAST, now)
        asked = (time_read(self._sender, self._hub), keep_alive_read(self._sender, self._hub))
        return [*sought, *(sent for one in asked for sent in self._node.send(one, now))]

    @property
    def deadline(self) -> Instant | None:
        """When `wake` is next due."""
        return min((one.due for one in self._newcomers.values()), default=None)

    def announced(self, device: Eui64, now: Instant, *, polls: bool) -> None:
        """Take that a device has joined or moved: it may be a meter, unless it sleeps."""
        if polls or self._node.joiner.phase is not Phase.JOINED:
            return
        self._heard_of += 1
        spread_us = self._node.surroundings.lots("newcomer", self._heard_of) % SPREAD_US
        first = _Newcomer(after(now, ASK_AFTER_US + spread_us))
        remember(self._newcomers, device, first, NEWCOMERS_MAX)

    def heard(self, source: Eui64) -> None:
        """Take that a device has said something under the link key that we share."""
        one = self._newcomers.get(source)
        if one is not None and one.is_read:
            del self._newcomers[source]

    def wake(self, now: Instant) -> list[Transmission]:
        """Ask the newcomers whose time has come."""
        sent: list[Transmission] = []
        for device, one in [*self._newcomers.items()]:
            if one.due > now:
                continue
            one.due = after(now, ASK_AGAIN_US)
            if one.is_read:
                one.is_read = False
                sent += self._wants_key(device, now)
            elif one.asked >= ASKS_MAX:
                del self._newcomers[device]
            else:
                one.asked += 1
                sent += self._node.exchange.seek(ClusterId.METERING, device, now)
        return sent

    def forget(self) -> None:
        """Forget who has announced itself."""
        self._newcomers.clear()

    def answered(self, source: Eui64, message: zdo.Message, now: Instant) -> list[Transmission]:
        """Take where a meter is, and that it has bound its clusters to us."""
        match message:
            case zdo.MatchDescriptorResponse():
                return self._matched(source, message, now)
            case zdo.BindResponse(status=ZdoStatus.SUCCESS):
                self._newcomers.pop(source, None)
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

    def _matched(
        self, source: Eui64, message: zdo.MatchDescriptorResponse, now: Instant
    ) -> list[Transmission]:
        one = self._newcomers.get(source)
        if not message.endpoints or message.short == ShortAddress(0):
            self._newcomers.pop(source, None)
            return []
        is_known = source in self._endpoints
        if (is_known and one is None) or (not is_known and len(self._endpoints) >= METERS_MAX):
            return []
        self._endpoints[source] = message.endpoints[0]
        if one is None or not self._node.has_link_key(source):
            return self._wants_key(source, now)
        one.is_read, one.due = True, after(now, PROOF_US)
        packet = self._sender.general(
            source,
            ClusterId.METERING,
            PROOF,
            direction=Direction.CLIENT_TO_SERVER,
            kind="read",
            endpoints=(OWN_ENDPOINT, message.endpoints[0]),
        )
        return self._node.send(packet, now)

    def _wants_key(self, partner: Eui64, now: Instant) -> list[Transmission]:
        self.bound.pop(partner, None)
        return self._node.request_link_key(partner, now)

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
