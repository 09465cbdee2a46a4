"""tshark is told the install-code link key alone, and finds the network key in the join itself."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.emulator.node.net import HUB, Net, install_key_of, net
from tests.foreign.test_tshark_reassembles import captured

from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage, derive_test_key

NEW = Eui64(0xB1)
NETWORK_KEY_TYPE = 1
ENCRYPTED = "zbee_sec.encrypted_payload"
KEY_ESTABLISHMENT = "zbee_aps.cluster == 0x0800 && zbee_aps.type == 0"


def joined() -> Net:
    """A device that joined, spoke under its new link key, and was handed a new network key."""
    home = net(newcomers=[NEW])
    home.admit(NEW)
    home.air.clear()
    home.begin(NEW)
    home.advance(5)
    home.packet(NEW, HUB, b"\x08\x01\x0a", is_secured=True)
    trust_centre = home.nodes[HUB].trust_centre
    assert trust_centre is not None
    home.send(trust_centre.update_network_key(home.now))
    home.advance(20)
    home.packet(NEW, HUB, b"\x08\x02\x0a", is_secured=True)
    return home


def uat(*known: Key) -> list[str]:
    table = [
        f'uat:zigbee_pc_keys:"{key.value.hex()}","Normal","{key.usage.value}"' for key in known
    ]
    return [part for entry in table for part in ("-o", entry)]


def link_key(home: Net) -> Key:
    made = home.stacks[NEW].security.link_key(HUB)
    assert made is not None
    return made


def test_with_the_install_code_key_it_reads_key_establishment(
    tmp_path: Path, tshark: Callable[..., list[str]]
) -> None:
    home = joined()
    path = captured(home, tmp_path / "join.pcapng")
    fields = ("-T", "fields", "-e", "zbee_aps.cmd.key_type", "-e", "zbee_aps.cmd.key")

    types = tshark(path, *uat(install_key_of(NEW)), "-Y", "zbee_aps.cmd.key_type", *fields)
    read = tshark(path, *uat(install_key_of(NEW)), "-Y", KEY_ESTABLISHMENT)

    network = derive_test_key("net", KeyUsage.NETWORK).value
    found_type, found_key = types[0].split("\t")
    assert int(found_type, 16) == NETWORK_KEY_TYPE
    assert found_key.replace(":", "") == network.hex()
    assert len(read) == home.kinds().count("key-establishment") == 6


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "not-told"])
def test_the_key_that_was_made_must_be_told_and_then_the_next_network_key_is_learnt(
    tmp_path: Path, tshark: Callable[..., list[str]], *, is_told: bool
) -> None:
    home = joined()
    path = captured(home, tmp_path / "join.pcapng")
    known = [install_key_of(NEW), *([link_key(home)] if is_told else [])]

    left = tshark(path, *uat(*known), "-Y", ENCRYPTED)

    assert home.stacks[NEW].security.active_sequence == 1
    assert (left == []) is is_told


def test_without_any_key_nothing_past_the_network_header_is_read(
    tmp_path: Path, tshark: Callable[..., list[str]]
) -> None:
    path = captured(joined(), tmp_path / "join.pcapng")

    assert tshark(path, "-Y", KEY_ESTABLISHMENT) == []
    assert tshark(path, "-Y", ENCRYPTED) != []
