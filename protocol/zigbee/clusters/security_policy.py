"""Which key protects the frames of a cluster: the network key alone, or the APS link key as well.

Source: ZigBee Smart Energy Standard (07-5356), section 5.4.6 table 5-12, read second-hand (han.md
section 6). The text was not available, and the sources differ on some rows: those are marked as
disputed, and an Installation may choose otherwise for them.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from hanbench.protocol.zigbee.clusters.cluster import ClusterId


class Protection(enum.Enum):
    """What a frame must carry."""

    NETWORK_KEY = "network-key"
    LINK_KEY = "link-key"


@dataclass(frozen=True, slots=True)
class Policy:
    """One row of the table; `dispute` says what the sources do not agree on."""

    protection: Protection
    dispute: str = ""


_NETWORK = Policy(Protection.NETWORK_KEY)
_LINK = Policy(Protection.LINK_KEY)

POLICIES: Final[Mapping[ClusterId, Policy]] = MappingProxyType(
    {
        ClusterId.BASIC: _NETWORK,
        ClusterId.POWER_CONFIGURATION: Policy(
            Protection.NETWORK_KEY, "the row is unreadable in the copy that our source used"
        ),
        ClusterId.IDENTIFY: _NETWORK,
        ClusterId.TIME: Policy(
            Protection.LINK_KEY, "SE 1.4a is said to need the network key only, earlier ones this"
        ),
        ClusterId.OTA_UPGRADE: _LINK,
        ClusterId.KEEP_ALIVE: Policy(
            Protection.NETWORK_KEY, "the row is unreadable in the copy that our source used"
        ),
        ClusterId.PRICE: _LINK,
        ClusterId.DEMAND_RESPONSE: _LINK,
        ClusterId.METERING: _LINK,
        ClusterId.MESSAGING: _LINK,
        ClusterId.TUNNELLING: _LINK,
        ClusterId.PREPAYMENT: _LINK,
        ClusterId.CALENDAR: _LINK,
        ClusterId.DEVICE_MANAGEMENT: _LINK,
        ClusterId.EVENTS: _LINK,
        ClusterId.KEY_ESTABLISHMENT: _NETWORK,
    }
)
"""The table, row by row. The fixtures follow it: Time by link key, Keep-Alive by network key."""


def protection_of(
    cluster: int, chosen: Mapping[ClusterId, Protection] = MappingProxyType({})
) -> Protection:
    """Return what frames of a cluster must carry; `chosen` settles disputed rows only.

    "All other SE clusters" need the link key, so a number that the table lacks does too.
    """
    try:
        row = ClusterId(cluster)
    except ValueError:
        return Protection.LINK_KEY
    policy = POLICIES[row]
    return chosen.get(row, policy.protection) if policy.dispute else policy.protection
