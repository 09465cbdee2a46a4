"""What a display asks its hub: each thing once, again when nobody answers, and not for ever."""

from tests.emulator.home_bench import ESME, HUB, IHD
from tests.emulator.meter_bench import POLICY

from hanbench.emulator.device import Packet
from hanbench.emulator.displays.esi_client import ASKED_MAX, PATIENCE_US, EsiClient
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.endpoints import MIRROR_ENDPOINT
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.clusters import calendar, messaging
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.zcl import Direction, ZclStatus

NOW = Instant(0)


def client() -> EsiClient:
    return EsiClient(HUB, ESME, ZclSender(IHD, POLICY))


def status_for(asked: Packet) -> Packet:
    """The NOT_FOUND of whoever was asked."""
    frame = zcl.decode(asked.payload)
    answer = zcl_general.encode(
        zcl_general.DefaultResponse(frame.command_id, ZclStatus.NOT_FOUND),
        Direction.SERVER_TO_CLIENT,
        sequence=frame.sequence,
    )
    return Packet(asked.target, IHD, asked.cluster, zcl.encode(answer))


def test_everything_is_asked_once_of_whoever_has_it() -> None:
    one = client()
    assert one.deadline is None
    one.begin(NOW)

    asked = one.wake(NOW)

    assert [(packet.target, packet.cluster, packet.target_endpoint) for packet in asked] == [
        (HUB, ClusterId.MESSAGING, 1),
        (HUB, ClusterId.DEVICE_MANAGEMENT, 1),
        (HUB, ClusterId.CALENDAR, 1),
        (HUB, ClusterId.PRICE, MIRROR_ENDPOINT),
        (ESME, ClusterId.PRICE, 1),
    ]
    assert one.wake(NOW) == []


def test_an_answer_or_a_status_closes_its_question_alone() -> None:
    one = client()
    one.begin(NOW)
    asked = one.wake(NOW)
    one.take(status_for(asked[0]))
    one.take(status_for(asked[4]))

    again = one.wake(Instant(PATIENCE_US))

    assert [packet.cluster for packet in again] == [
        ClusterId.DEVICE_MANAGEMENT,
        ClusterId.CALENDAR,
        ClusterId.PRICE,
    ]


def test_what_nobody_answers_is_given_up() -> None:
    one = client()
    one.begin(NOW)

    asked = [len(one.wake(Instant(number * PATIENCE_US))) for number in range(ASKED_MAX + 1)]

    assert asked == [5] * ASKED_MAX + [0]
    assert one.deadline is None


def test_what_is_being_asked_is_not_asked_beside_itself() -> None:
    one = client()
    part = calendar.GetSeasons(0, 1)
    one.ask(ClusterId.CALENDAR, part, NOW)
    one.ask(ClusterId.CALENDAR, part, NOW)

    assert len(one.wake(NOW)) == 1
    one.forget()
    assert one.deadline is None


def test_what_is_no_answer_closes_nothing() -> None:
    one = client()
    one.ask(ClusterId.MESSAGING, messaging.GetLastMessage(), NOW)
    (asked,) = one.wake(NOW)
    answer = status_for(asked)

    one.take(answer._replace(source=ESME))
    one.take(answer._replace(cluster=ClusterId.PRICE))
    one.take(answer._replace(payload=b"\xff"))
    one.take(asked._replace(source=HUB))
    assert one.deadline is not None
    one.take(answer)
    assert one.deadline is None
    one.take(answer)
