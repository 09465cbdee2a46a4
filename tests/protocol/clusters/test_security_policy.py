"""What a table says of a cluster, and of one that it lacks."""

from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.security_policy import (
    BEFORE_THE_LINK_KEY,
    Protection,
    SecurityPolicy,
)

POLICY = SecurityPolicy(
    {int(ClusterId.BASIC): Protection.NETWORK_KEY, int(ClusterId.PRICE): Protection.LINK_KEY}
)


def test_a_row_says_which_key_protects_its_cluster() -> None:
    assert POLICY.protection_of(ClusterId.BASIC) is Protection.NETWORK_KEY
    assert POLICY.protection_of(ClusterId.PRICE) is Protection.LINK_KEY
    assert not POLICY.needs_link_key(ClusterId.BASIC)
    assert POLICY.needs_link_key(ClusterId.PRICE)


def test_a_cluster_that_the_table_lacks_needs_the_link_key() -> None:
    assert POLICY.protection_of(0x070A) is Protection.LINK_KEY
    assert POLICY.needs_link_key(ClusterId.METERING)


def test_key_establishment_goes_without_one() -> None:
    assert not BEFORE_THE_LINK_KEY.needs_link_key(ClusterId.KEY_ESTABLISHMENT)
