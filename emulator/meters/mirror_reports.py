"""What a gas meter brings to its mirror on the hub when it wakes: reading, credit, a new price.

Source: ZigBee Smart Energy Standard (07-5356), section D.3 (mirroring): a sleeping meter reports of
its own accord, and to its mirror alone. The credit is reported when it has changed and the minimum
interval is over, and else at the maximum one (ZCL 2.5.7); the intervals are modelled [M].
"""

from hanbench.emulator.device import Packet
from hanbench.emulator.instant import START, Instant
from hanbench.emulator.meters.clusters import MeterClusters
from hanbench.emulator.zcl.start_reports import CREDIT_REPORT_INTERVALS, CREDIT_REPORT_US
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.zcl import Direction
from hanbench.protocol.zigbee.zcl_general import ReportAttributes

OWN_ENDPOINT = 1


class MirrorReports:
    """The reports of one gas meter."""

    def __init__(
        self, hub: Eui64, sender: ZclSender, clusters: MeterClusters, interval_us: int | None
    ) -> None:
        self._hub = hub
        self._sender = sender
        self._clusters = clusters
        self._interval_us = interval_us or 0
        self._credit: tuple[ReportAttributes, Instant] | None = None
        self._price_told: Instant = START

    def take(self, endpoint: int, now: Instant) -> list[Packet]:
        """Return what is to be reported at this wake to the mirror on an endpoint."""
        packets = self._new_price(endpoint, now)
        for cluster, report in self._clusters.reports(now):
            if cluster is not ClusterId.PREPAYMENT or self._is_news(report, now):
                packets.append(
                    self._sender.general(
                        self._hub,
                        cluster,
                        report,
                        direction=Direction.SERVER_TO_CLIENT,
                        kind="report",
                        endpoints=(OWN_ENDPOINT, endpoint),
                    )
                )
        return packets

    def forget(self) -> None:
        """Lose what is volatile: what was reported last."""
        self._credit = None

    def _new_price(self, endpoint: int, now: Instant) -> list[Packet]:
        changed_at = self._clusters.metering.tariff_set_at
        if self._price_told >= changed_at:
            return []
        self._price_told = changed_at
        price = self._clusters.commands.price(now)
        return [
            self._sender.command(
                self._hub, ClusterId.PRICE, price, kind="price", endpoints=(OWN_ENDPOINT, endpoint)
            )
        ]

    def _is_news(self, report: ReportAttributes, now: Instant) -> bool:
        shortest_us = CREDIT_REPORT_INTERVALS * self._interval_us
        if self._credit is not None:
            last, at = self._credit
            longest_us = max(shortest_us, CREDIT_REPORT_US)
            if now - at < (longest_us if last == report else shortest_us):
                return False
        self._credit = (report, now)
        return True
