"""tshark puts our blocks together again: each has a frame, a header and a MIC of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.emulator.node.net import HUB, Net, net
from tests.foreign.readings import Keys, Reader, Reading
from tests.foreign.tshark_tables import compare

from hanbench.emulator.device import Packet, Transmission
from hanbench.harness.captures import pcapng
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import KeyUsage, derive_test_key
from hanbench.protocol.zigbee import zcl
from hanbench.protocol.zigbee.clusters import tunnelling
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.tunnelling import TransferToServer

METER = Eui64(0xB1)
ENVELOPE = bytes(range(200))
BLOCKS = (
    *("zbee_aps.fragmentation", "zbee_aps.block", "zbee_aps.block_acks", "zbee_aps.block1_ack"),
    *("zbee_zcl_se.tun.cmd.srv_rx.id", "zbee_zcl_se.tun.tunnel_id"),
)
"""What a message in blocks, their acknowledgements and the whole of it are read by."""
GATE = "zbee_sec.encrypted_payload || _ws.malformed || wpan.fcs.bad || zbee_aps.fragment.error"


def transfer(home: Net) -> bytes:
    """Send one envelope in a single TransferData; return the ZCL frame that it stands in."""
    frame = tunnelling.COMMANDS.encode(TransferToServer(1, ENVELOPE), sequence=1)
    payload = zcl.encode(frame)
    packet = Packet(source=HUB, target=METER, cluster=ClusterId.TUNNELLING, payload=payload)
    home.send(home.stacks[HUB].send(packet, home.now))
    home.advance(60)
    return payload


def captured(home: Net, path: Path) -> Path:
    blocks = [pcapng.section_header(), pcapng.interface("han")]
    blocks += [
        pcapng.packet(0, place * 1_000_000, sent.frame) for place, sent in enumerate(home.air)
    ]
    path.write_bytes(b"".join(blocks))
    return path


NETWORK_KEY = derive_test_key("net", KeyUsage.NETWORK)
LINK_KEY = derive_test_key("net", KeyUsage.LINK, *sorted((HUB, METER)))


def keys() -> list[str]:
    table = [
        f'uat:zigbee_pc_keys:"{key.value.hex()}","Normal","{name}"'
        for key, name in ((NETWORK_KEY, "network"), (LINK_KEY, "link"))
    ]
    return [part for entry in table for part in ("-o", entry)]


def reassembled(path: Path, tshark: Callable[..., list[str]]) -> list[list[str]]:
    names = ("zbee_aps.reassembled.length", "zbee_aps.fragment.count", "zbee_zcl_se.tun.tunnel_id")
    fields = [part for name in names for part in ("-e", name)]
    shown = "zbee_aps.reassembled.length"
    rows = tshark(path, *keys(), "-Y", shown, "-T", "fields", *fields)
    return [row.split("\t") for row in rows]


def read(home: Net) -> Iterator[tuple[str, Reading]]:
    """What we read in all that was on the air."""
    known = Keys(network={0: NETWORK_KEY}, links={frozenset((HUB, METER)): [LINK_KEY]})
    reader = Reader(known)
    return ((sent.frame_kind, reader.read(sent.frame)) for sent in home.air)


@pytest.mark.parametrize("is_relayed", [False, True], ids=["direct", "relayed"])
def test_a_secured_transfer_in_blocks_is_read_whole(
    is_relayed: bool, tmp_path: Path, tshark: Callable[..., list[str]]
) -> None:
    relay = Eui64(0xB2)
    hops = {(HUB, METER): relay, (METER, HUB): relay} if is_relayed else {}
    home = net(METER, relay, next_hops=hops)
    if is_relayed:
        home.cut(HUB, METER)

    payload = transfer(home)
    path = captured(home, tmp_path / "blocks.pcapng")

    assert home.payloads(METER) == [payload]
    assert tshark(path, *keys(), "-Y", GATE) == []
    seen = compare(path, read(home), keys())
    assert min(seen[name] for name in BLOCKS) > 0
    rows = reassembled(path, tshark)
    assert rows
    assert {length for length, _, _ in rows} == {str(len(payload))}
    # Four, and over a relay those of both hops are counted.
    assert min(int(count) for _, count, _ in rows) >= 4
    assert all(tunnel in ("0x0001", "1") for _, _, tunnel in rows)


def test_a_transfer_with_a_lost_block_and_a_lost_acknowledgement_is_read_whole_too(
    tmp_path: Path, tshark: Callable[..., list[str]]
) -> None:
    home = net(METER, aps_acks=True)
    for stack in home.stacks.values():
        stack.mesh.failed = lambda _one, _now: []  # type: ignore[method-assign]
    seen: list[Transmission] = []

    def loses(one: Transmission) -> bool:
        seen.append(one)
        # The second block, and the acknowledgement of its second try.
        return len(seen) in (3, 5)

    home.loses = loses
    payload = transfer(home)
    path = captured(home, tmp_path / "blocks.pcapng")

    assert home.payloads(METER) == [payload]
    assert tshark(path, *keys(), "-Y", GATE) == []
    seen = compare(path, read(home), keys())
    assert min(seen[name] for name in BLOCKS) > 0
    assert {row[0] for row in reassembled(path, tshark)} == {str(len(payload))}
