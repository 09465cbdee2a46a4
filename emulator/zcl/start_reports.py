"""What an ESME had been told to report before its home began: the rules of a home that has run.

Source: ZigBee Cluster Library (075123), section 2.5.7; the intervals are modelled [M]. The displays
of a home are bound to its ESME as one that joins later is (`displays/introduction.py`), and whoever
configures anew changes these rules for all of them, as on a real meter.
"""

from collections.abc import Mapping
from typing import Final

from hanbench.emulator.instant import HOUR_US, SECOND_US, Instant
from hanbench.emulator.zcl.reporting import Reporting
from hanbench.protocol.zigbee.attributes import DataType, is_analogue
from hanbench.protocol.zigbee.clusters import metering_attributes, prepayment_attributes
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.metering_attributes import AttributeId as Meter
from hanbench.protocol.zigbee.clusters.prepayment_attributes import AttributeId as Credit
from hanbench.protocol.zigbee.zcl_reporting import ReportingRule

READING: Final = (
    Meter.CURRENT_SUMMATION_DELIVERED,
    Meter.INSTANTANEOUS_DEMAND,
    Meter.STATUS,
    Meter.SUPPLY_STATUS,
)
"""What displays and the gas mirror live on."""
CREDIT: Final = (
    Credit.CREDIT_REMAINING,
    Credit.EMERGENCY_CREDIT_REMAINING,
    Credit.CREDIT_STATUS,
)
BOUND: Final = (ClusterId.METERING, ClusterId.PREPAYMENT, ClusterId.PRICE)
"""The clusters that a display is bound to: reports of two of them, and each new price."""
CREDIT_REPORT_US: Final = HOUR_US
"""How long a credit that does not change goes unreported."""
CREDIT_REPORT_INTERVALS: Final = 24
"""How many reports of the reading stand for one of a credit that changes with each penny."""
INTERVAL_S_MAX: Final = 12 * 3600
"""An interval is two octets of seconds, and FFFF means never."""


def provision(reporting: Reporting, interval_us: int | None, first_at: Instant) -> None:
    """Give a meter the rules of its home; None: it reports nothing by itself."""
    if not interval_us:
        return
    reading_s = max(1, interval_us // SECOND_US)
    credit_s = min(CREDIT_REPORT_INTERVALS * reading_s, INTERVAL_S_MAX)
    unchanged_s = max(credit_s, CREDIT_REPORT_US // SECOND_US)
    reporting.provision(
        ClusterId.METERING,
        [_rule(number, metering_attributes.TYPES, reading_s, reading_s) for number in READING],
        first_at,
    )
    reporting.provision(
        ClusterId.PREPAYMENT,
        [_rule(number, prepayment_attributes.TYPES, credit_s, unchanged_s) for number in CREDIT],
        # The first one comes with the first reading.
        Instant(first_at - (credit_s - reading_s) * SECOND_US),
    )


def _rule(
    number: int,
    types: Mapping[Meter, DataType] | Mapping[Credit, DataType],
    low_s: int,
    high_s: int,
) -> ReportingRule:
    kind = types[number]  # type: ignore[index]
    return ReportingRule(
        id=number,
        type=kind,
        interval_s_min=low_s,
        interval_s_max=high_s,
        change=1 if is_analogue(kind) else None,
    )
