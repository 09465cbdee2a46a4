"""Which key protects the frames of a cluster: the network key alone, or the APS link key as well.

Source: ZigBee Smart Energy Standard (07-5356), section 5.4.6. The table itself is data that a
device is given (`fixtures/cluster-security.yaml` on the bench), since its sources differ on some
rows.
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
class SecurityPolicy:
    """The table, by the number of the cluster."""

    rows: Mapping[int, Protection]

    def protection_of(self, cluster: int) -> Protection:
        """Return what frames of a cluster must carry.

        "All other SE clusters" need the link key (SE 5.4.6), so a number that the table lacks does.
        """
        return self.rows.get(cluster, Protection.LINK_KEY)

    def needs_link_key(self, cluster: int) -> bool:
        """Whether frames of a cluster must be protected by the link key."""
        return self.rows.get(cluster, Protection.LINK_KEY) is Protection.LINK_KEY


BEFORE_THE_LINK_KEY: Final = SecurityPolicy(
    MappingProxyType({int(ClusterId.KEY_ESTABLISHMENT): Protection.NETWORK_KEY})
)
"""The policy of key establishment itself: there is no link key yet, whatever any table says."""
