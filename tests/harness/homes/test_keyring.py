"""The keys of a case: derived test keys, or a user's own, which are never taken for test keys."""

import itertools

import pytest

from hanbench.harness.homes.keyring import Keyring
from hanbench.protocol.errors import MissingKeyError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage

METER, HUB, OTHER = Eui64(1), Eui64(2), Eui64(3)
OWN = Key(KeyUsage.TRANSPORT, bytes(range(16)))


def test_a_derived_key_hangs_on_the_seed_and_on_what_it_is_for_alone() -> None:
    one, two, other = Keyring("home-1/1"), Keyring("home-1/1"), Keyring("home-1/2")
    two.key(HUB, KeyUsage.NETWORK)

    assert one.key(METER, KeyUsage.SUA) == two.key(METER, KeyUsage.SUA)
    assert one.key(METER, KeyUsage.SUA).value != other.key(METER, KeyUsage.SUA).value
    assert one.key(METER, KeyUsage.SUA).is_test_material


def test_no_two_derived_keys_of_a_home_are_the_same() -> None:
    keyring = Keyring("home-1/1")
    keys = [
        keyring.key(device, usage, peer)
        for device, usage, peer in itertools.product((METER, HUB), KeyUsage, (Eui64(0), OTHER))
    ]

    assert len({key.value for key in keys}) == len(keys)


def test_a_link_has_one_key_from_either_end() -> None:
    keyring = Keyring("home-1/1")

    assert keyring.link_key(METER, HUB) == keyring.link_key(HUB, METER)
    assert keyring.link_key(METER, HUB) != keyring.link_key(METER, OTHER)


def test_a_link_with_a_hub_goes_by_the_key_of_the_device_whichever_address_is_lower() -> None:
    link = Key(KeyUsage.LINK, bytes(range(16)))
    above, below = (
        Keyring("h", {(OTHER, KeyUsage.LINK): link}),
        Keyring("h", {(METER, KeyUsage.LINK): link}),
    )

    assert above.link_key(HUB, OTHER) == above.link_key(OTHER, HUB)
    assert below.link_key(HUB, METER) == below.link_key(METER, HUB)
    with pytest.raises(MissingKeyError):
        above.link_key(HUB, METER)


def test_a_given_key_is_used_as_it_is_and_is_no_test_material() -> None:
    keyring = Keyring("home-1/1", {(METER, KeyUsage.TRANSPORT): OWN})

    assert keyring.key(METER, KeyUsage.TRANSPORT) is OWN
    assert not keyring.key(METER, KeyUsage.TRANSPORT).is_test_material


def test_a_given_key_is_split_by_peer_and_stays_no_test_material() -> None:
    keyring = Keyring("home-1/1", {(METER, KeyUsage.TRANSPORT): OWN})

    split = [keyring.key(METER, KeyUsage.TRANSPORT, peer) for peer in (HUB, OTHER)]

    assert len({OWN.value, *(key.value for key in split)}) == 3
    assert [key.usage for key in split] == [KeyUsage.TRANSPORT] * 2
    assert not any(key.is_test_material for key in split)


def test_a_key_that_a_users_file_does_not_hold_is_missing_and_never_made_up() -> None:
    keyring = Keyring("home-1/1", {(METER, KeyUsage.TRANSPORT): OWN})

    with pytest.raises(MissingKeyError, match="no sua key for 00-00-00-00-00-00-00-01"):
        keyring.key(METER, KeyUsage.SUA)


def test_a_hand_over_key_is_the_benchs_own_beside_a_users_keys() -> None:
    key = Keyring("home-1/1", {}).key(METER, KeyUsage.HAND_OVER)

    assert key == Keyring("home-1/1").key(METER, KeyUsage.HAND_OVER)
