"""scapy takes our frames apart and, with nothing but the fields, builds the same octets again.

Its FCS is its own. It has no CCM, and takes the level bits as they are on the air: so payloads stay
sealed, and what is compared is MAC, NWK and auxiliary headers (han.md section 9).
"""

from collections.abc import Iterator

import pytest
from scapy.config import conf
from scapy.layers.dot15d4 import Dot15d4FCS
from scapy.layers.zigbee import ZigbeeNWK, ZigbeeSecurityHeader
from tests.foreign.readings import Reading, readings
from tests.foreign.test_tshark_reads_what_we_read import captures

from hanbench.harness.captures.writing import CapturedFrame

conf.dot15d4_protocol = "zigbee"
OF_EACH_KIND = 40
"""How many frames of each kind, sender and receiver are taken, the first ones of a suite."""


def sample(suite: str) -> Iterator[tuple[CapturedFrame, Reading]]:
    taken: dict[str, int] = {}
    for run in captures(suite):
        for captured, reading in readings(run):
            taken[captured.comment] = taken.get(captured.comment, 0) + 1
            if taken[captured.comment] <= OF_EACH_KIND:
                yield captured, reading


@pytest.mark.timeout(600)  # a whole suite runs: half a minute on a machine that does nothing else
@pytest.mark.parametrize("suite", ["secure", "han"])
def test_for_every_kind_of_frame_of_a_suite(suite: str) -> None:
    kinds: dict[str, int] = {}
    for captured, reading in sample(suite):
        kind = captured.comment.split(": ")[1]
        kinds[kind] = kinds.get(kind, 0) + 1
        check(captured, reading)

    assert {"ack", "poll", "report", "tunnel", "link-status"} <= set(kinds)
    if suite == "han":
        wanted = {"beacon", "beacon-request", "association", "transport-key", "route-request"}
        assert wanted <= set(kinds)


def check(captured: CapturedFrame, reading: Reading) -> None:
    packet = Dot15d4FCS(captured.frame)
    packet.fcs = None
    packet.clear_cache()

    assert bytes(packet) == captured.frame, captured.comment
    assert packet.seqnum == reading.mac.sequence
    if reading.nwk is not None:
        network = packet[ZigbeeNWK]
        ours = reading.nwk
        assert (network.source, network.destination) == (ours.source, ours.target)
        assert (network.radius, network.seqnum) == (ours.radius, ours.sequence)
    if reading.nwk is not None and reading.nwk.security is not None:
        header = packet[ZigbeeSecurityHeader]
        aux = reading.nwk.security
        assert (header.fc, header.source, header.key_seqnum) == (
            aux.frame_counter,
            aux.source,
            aux.key_sequence,
        )
