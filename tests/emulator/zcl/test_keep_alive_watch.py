"""The watch over the trust centre: how often it reads, what is an answer, and what follows."""

import pytest
from tests.emulator.node.net import HUB, Net, net

from hanbench.emulator.device import Output, Packet, Transmission
from hanbench.emulator.events import HanChanged
from hanbench.emulator.instant import MINUTE_US, SECOND_US, START, Instant, after
from hanbench.emulator.node.joining.joiner import Phase
from hanbench.emulator.zcl.keep_alive_watch import PATIENCE_US, KeepAliveWatch
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.attributes import AttributeValue, DataType
from hanbench.protocol.zigbee.clusters.cluster import CLIENT, SERVER, ClusterId
from hanbench.protocol.zigbee.clusters.security_policy import BEFORE_THE_LINK_KEY
from hanbench.protocol.zigbee.zcl import Direction, FrameType, ZclFrame, ZclStatus
from hanbench.protocol.zigbee.zcl_general import (
    DefaultResponse,
    GeneralCommand,
    ReadAttributes,
    ReadAttributesResponse,
    ReadResult,
)

DISPLAY, OTHER = Eui64(0xB1), Eui64(0xB2)


class Watched:
    """A display of a home, its watch, and what that sends."""

    def __init__(self) -> None:
        self.home: Net = net(DISPLAY, OTHER)
        self.asked: list[tuple[Instant, Packet]] = []
        self.watch = KeepAliveWatch(
            self.home.nodes[DISPLAY],
            ZclSender(DISPLAY, BEFORE_THE_LINK_KEY),
            HUB,
            send=self._send,
            first_at=START,
        )

    def _send(self, packets: object, now: Instant) -> list[Output]:
        self.asked += [(now, packet) for packet in packets]  # type: ignore[attr-defined]
        return []

    def due(self) -> list[Output]:
        """Let the next thing happen that it waits for."""
        return self.watch.wake(self.watch.deadline)

    def unanswered(self) -> list[Output]:
        """Read once more, in vain."""
        assert self.due() == []
        return self.due()

    @property
    def told(self) -> list[str]:
        return [event.change for event in self.home.events if isinstance(event, HanChanged)]


def values(base: int, jitter: int) -> ReadAttributesResponse:
    return ReadAttributesResponse(
        (
            ReadResult(0, ZclStatus.SUCCESS, AttributeValue(DataType.UINT8, base)),
            ReadResult(1, ZclStatus.SUCCESS, AttributeValue(DataType.UINT16, jitter)),
        )
    )


def answer(
    command: GeneralCommand,
    source: Eui64 = HUB,
    cluster: int = ClusterId.KEEP_ALIVE,
    direction: Direction = SERVER,
) -> Packet:
    frame = zcl_general.encode(command, direction, sequence=1)
    return Packet(source=source, target=DISPLAY, cluster=cluster, payload=zcl.encode(frame))


def test_it_reads_after_the_base_and_a_part_of_the_jitter_that_differs_each_time() -> None:
    watched = Watched()
    spans = []
    for _ in range(20):
        watched.due()
        asked_at = watched.asked[-1][0]
        watched.watch.take(answer(values(10, 300)), asked_at)
        spans.append(watched.watch.deadline - asked_at)

    assert all(10 * MINUTE_US <= span <= 15 * MINUTE_US for span in spans)
    assert len(dict.fromkeys(spans)) == len(spans)
    packet = watched.asked[0][1]
    assert (packet.target, packet.cluster) == (HUB, ClusterId.KEEP_ALIVE)
    asked = zcl_general.decode(zcl.decode(packet.payload))
    assert asked == ReadAttributes((0, 1))


def test_it_goes_by_what_the_trust_centre_wants() -> None:
    watched = Watched()
    now = watched.watch.deadline

    watched.watch.take(answer(values(1, 0)), now)

    assert watched.watch.deadline == after(now, MINUTE_US)


@pytest.mark.parametrize(("base", "jitter"), [(0, 0x0201), (0, 0xFFFF)])
def test_what_no_trust_centre_may_want_changes_nothing(base: int, jitter: int) -> None:
    watched = Watched()
    now = watched.watch.deadline

    watched.watch.take(answer(values(base, jitter)), now)

    assert 10 * MINUTE_US <= watched.watch.deadline - now <= 15 * MINUTE_US


def test_after_three_reads_in_a_row_without_an_answer_it_searches_for_its_network() -> None:
    watched = Watched()

    assert watched.unanswered() == []
    assert watched.unanswered() == []
    assert watched.told == []
    (request,) = watched.unanswered()

    assert len(watched.asked) == 3
    assert watched.told == ["trust-centre-lost"]
    assert getattr(request, "frame_kind", "") == "beacon-request"
    assert watched.home.nodes[DISPLAY].joiner.phase is Phase.SCANNING


def searched(watched: Watched) -> Eui64 | None:
    """Let three reads go unanswered and the search that follows be over; return the parent then."""
    home = watched.home
    for _ in range(2):
        watched.unanswered()
    watched.due()
    home.now = watched.watch.deadline
    home.send([one for one in watched.due() if isinstance(one, Transmission)])
    home.advance(2)
    return home.nodes[DISPLAY].joiner.parent


def test_who_searches_again_tries_another_parent_first() -> None:
    """The parent that it found may be as lost as it is, or believe a wrong word about the PAN."""
    watched = Watched()
    watched.home.stacks[OTHER].membership.update_id = 1  # it seems to know more than the hub does

    found = [searched(watched) for _ in range(4)]

    # Both were of no use once, then the other twice: so the hub is asked in spite of its number.
    assert found == [OTHER, OTHER, HUB, OTHER]


def test_an_answer_clears_the_parents_that_were_of_no_use() -> None:
    watched = Watched()
    watched.home.stacks[OTHER].membership.update_id = 1
    found = []

    for _ in range(2):
        found.append(searched(watched))
        watched.watch.take(answer(values(10, 300)), watched.home.now)
        watched.home.stacks[DISPLAY].membership.parent = HUB

    assert found == [OTHER, OTHER]


def test_one_answer_in_between_begins_the_count_anew() -> None:
    watched = Watched()
    for _ in range(2):
        watched.unanswered()

    watched.due()
    watched.watch.take(answer(values(10, 300)), watched.asked[-1][0])
    for _ in range(2):
        assert watched.unanswered() == []

    assert watched.told == []


def test_an_answer_has_so_much_time() -> None:
    watched = Watched()
    watched.due()
    asked_at = watched.asked[-1][0]

    assert watched.watch.deadline == after(asked_at, PATIENCE_US)
    assert watched.watch.wake(after(asked_at, PATIENCE_US - 1)) == []


def test_a_refusal_shows_that_it_is_there_as_well() -> None:
    watched = Watched()
    for _ in range(2):
        watched.unanswered()
    watched.due()
    none = ReadAttributesResponse((ReadResult(0, ZclStatus.UNSUPPORTED_ATTRIBUTE),))

    watched.watch.take(answer(none), watched.asked[-1][0])
    for _ in range(2):
        assert watched.unanswered() == []
    watched.due()
    refused = answer(DefaultResponse(0, ZclStatus.FAILURE))
    watched.watch.take(refused, watched.asked[-1][0])
    assert watched.unanswered() == []
    assert watched.told == []


CLUSTER_FRAME = zcl.encode(
    ZclFrame(frame_type=FrameType.CLUSTER, direction=SERVER, sequence=1, command_id=0)
)


@pytest.mark.parametrize(
    "other",
    [
        answer(values(1, 0), source=OTHER),
        answer(values(1, 0), cluster=ClusterId.TIME),
        answer(ReadAttributes((0,)), direction=CLIENT),
        answer(values(1, 0))._replace(payload=CLUSTER_FRAME),
        answer(values(1, 0))._replace(payload=b"\x18"),
        answer(values(1, 0))._replace(payload=b"\x18\x01\x01\x00"),
    ],
    ids=["another's", "another-cluster", "a-request", "no-general-command", "cut", "broken"],
)
def test_nothing_else_is_an_answer(other: Packet) -> None:
    watched = Watched()
    watched.due()
    before = watched.watch.deadline

    watched.watch.take(other, watched.asked[-1][0])

    assert watched.watch.deadline == before


def test_who_is_on_its_way_in_is_not_asked_to_read_and_searches_once() -> None:
    watched = Watched()
    for _ in range(3):
        watched.unanswered()
    asked = len(watched.asked)

    for _ in range(5):
        assert watched.due() == []

    assert len(watched.asked) == asked
    assert watched.told == ["trust-centre-lost"]


def test_a_search_that_begins_while_it_waits_is_not_begun_again() -> None:
    watched = Watched()
    for _ in range(2):
        watched.unanswered()
    watched.due()
    watched.home.nodes[DISPLAY].parent_lost(watched.watch.deadline)

    assert watched.due() == []

    assert watched.told == ["parent-lost"]


def test_a_restart_begins_anew() -> None:
    watched = Watched()
    for _ in range(2):
        watched.unanswered()
    now = after(watched.watch.deadline, 7 * SECOND_US)

    watched.watch.restart(now)

    assert 10 * MINUTE_US <= watched.watch.deadline - now <= 15 * MINUTE_US
    for _ in range(2):
        assert watched.unanswered() == []
    assert watched.told == []
