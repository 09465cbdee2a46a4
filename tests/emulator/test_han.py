"""The HAN: who hears whom, retries and acknowledgements as a sniffer sees them, polls, faults."""

import itertools
from collections.abc import Callable
from dataclasses import replace

from hanbench.emulator.device import BROADCAST, Packet, Poll, Transmission
from hanbench.emulator.events import Event, FrameSent, PacketPassed
from hanbench.emulator.fates import (
    AS_SENT,
    LOST,
    CarryFate,
    Cause,
    Delivery,
    Leg,
    Moment,
    Phase,
    undisturbed,
)
from hanbench.emulator.han import ACK_WAIT_US, BACKOFF_US, TURNAROUND_US, Han
from hanbench.emulator.instant import START
from hanbench.emulator.node.stack import Address, Drop, Neighbourhood, PlainStack, ZigbeeStack
from hanbench.protocol import ieee802154, ieee802154_commands
from hanbench.protocol.keys import KeyUsage, derive_test_key

HUB, GSME, IHD = 0x01, 0x02, 0x03
HOME = Neighbourhood(
    pan=0x5342,
    extended_pan=0x77,
    trust_centre=HUB,
    addresses=(
        Address(name="hub", eui64=HUB, short=0x0000),
        Address(name="gsme", eui64=GSME, short=0x6E1C),
        Address(name="ihd", eui64=IHD, short=0x2B5D),
    ),
    network_key=derive_test_key("han", KeyUsage.NETWORK),
    routers=(HUB,),
)
LINK_KEY = derive_test_key("han", KeyUsage.LINK)
CAUSE = Cause("gsme", 7, Leg.REQUEST)
NOW = 1_000_000


def everybody(eui64: int) -> bool:  # noqa: ARG001  (the shape of the seam)
    return True


def nobody(eui64: int) -> bool:  # noqa: ARG001
    return False


class House:
    """A Han with what it recorded, and a hub that sends."""

    def __init__(self, carry: CarryFate = undisturbed, **options: object) -> None:
        self.events: list[Event] = []
        self.han = Han(
            "home-1",
            neighbourhood=HOME,
            record=self.events.append,
            carry=carry,
            **options,  # type: ignore[arg-type]
        )
        self.hub = ZigbeeStack(HUB, HOME, {GSME: LINK_KEY, IHD: LINK_KEY})

    def send(
        self,
        target: int = GSME,
        *,
        cause: Cause | None = CAUSE,
        now: int = NOW,
        is_listening: Callable[[int], bool] = everybody,
    ) -> list[tuple[int, int, Transmission]]:
        [transmission] = self.hub.send(sent(target, cause), START)
        return self.han.transmit(transmission, now, is_listening)

    @property
    def seen(self) -> list[tuple[str, str, str, str]]:
        return [
            (event.sender, event.receiver, event.frame_kind, event.fate)
            for event in self.events
            if isinstance(event, FrameSent)
        ]


def sent(target: int, cause: Cause | None = CAUSE) -> Packet:
    return Packet(
        source=HUB,
        target=target,
        cluster=0x0704,
        payload=b"instruction",
        frame_kind="tunnel",
        cause=cause,
    )


def scripted(*fates: tuple[Delivery, ...]) -> CarryFate:
    remaining = iter(fates)
    return lambda moment: next(remaining)  # noqa: ARG005


def test_a_frame_arrives_after_its_airtime_and_is_acknowledged() -> None:
    house = House()

    [(at, receiver, transmission)] = house.send()

    frame, ack = house.events
    assert isinstance(frame, FrameSent)
    assert isinstance(ack, FrameSent)
    assert house.seen == [
        ("hub", "gsme", "tunnel", "delivered"),
        ("gsme", "hub", "ack", "delivered"),
    ]
    assert frame.at == NOW + BACKOFF_US
    assert (at, receiver) == (frame.at + 32 * (6 + len(frame.frame)), GSME)
    assert ack.at == at + TURNAROUND_US
    acknowledged = ieee802154.decode(transmission.frame).sequence
    assert ack.frame == ieee802154.acknowledgement(acknowledged)
    assert house.han.counts == {"tunnel": 1, "ack": 1}


def test_a_lost_frame_is_tried_four_times_without_an_ack() -> None:
    house = House(scripted(LOST))

    assert house.send() == []

    assert house.seen == [("hub", "gsme", "tunnel", "lost")] * 4
    times = [event.at for event in house.events]
    assert all(later - earlier > ACK_WAIT_US for earlier, later in itertools.pairwise(times))
    assert house.han.counts == {"tunnel": 4}


def test_a_radio_on_another_pan_acknowledges_nothing() -> None:
    house = House()
    [transmission] = house.hub.send(sent(GSME), START)

    assert house.han.transmit(transmission, NOW, everybody, is_tuned=False) == []

    assert house.seen == [("hub", "gsme", "tunnel", "lost")] * 4


def test_a_poll_is_sent_on_the_pan_that_the_child_is_on() -> None:
    house = House()

    assert house.han.poll(Poll(GSME, HUB), NOW, has_pending=True, pan=0x1234)

    [poll, _] = [e.frame for e in house.events if isinstance(e, FrameSent)]
    assert ieee802154.decode(poll).target_pan == 0x1234


def test_the_retries_of_a_frame_repeat_its_octets() -> None:
    house = House(scripted(LOST))

    house.send()

    frames = [event.frame for event in house.events if isinstance(event, FrameSent)]
    assert frames == frames[:1] * 4


def test_a_damaged_frame_fails_its_check_and_the_retry_arrives() -> None:
    house = House(scripted((Delivery(corrupt=True),)))
    gsme = ZigbeeStack(GSME, HOME, {HUB: LINK_KEY})

    arrivals = house.send()

    packets = [gsme.receive(transmission, START).packets for _, _, transmission in arrivals]
    assert packets == [(), (sent(GSME),)]
    assert gsme.counters.dropped == {Drop.BAD_FCS: 1}
    assert house.seen == [
        ("hub", "gsme", "tunnel", "corrupt"),
        ("hub", "gsme", "tunnel", "delivered"),
        ("gsme", "hub", "ack", "delivered"),
    ]


def test_a_duplicate_is_a_lost_ack_and_the_stack_uses_one_copy() -> None:
    house = House(scripted((Delivery(), Delivery(delay_us=5_000))))
    gsme = ZigbeeStack(GSME, HOME, {HUB: LINK_KEY})

    arrivals = house.send()

    assert [len(gsme.receive(transmission, START).packets) for _, _, transmission in arrivals] == [
        1,
        0,
    ]
    assert gsme.counters.dropped == {Drop.REPLAYED: 1}
    assert [fate for _, _, kind, fate in house.seen if kind == "ack"] == ["lost", "delivered"]


def test_a_delayed_frame_is_on_the_air_later_and_does_not_hold_the_channel() -> None:
    house = House(scripted((Delivery(delay_us=700_000),), AS_SENT))

    [(late, _, _)] = house.send()
    [(prompt, _, _)] = house.send()

    assert late - prompt > 600_000
    assert house.events[0].at == NOW + BACKOFF_US + 700_000


def test_one_frame_is_on_the_air_at_a_time() -> None:
    house = House()

    house.send()
    house.send(IHD)

    intervals = [
        (event.at, event.at + 32 * (6 + len(event.frame)))
        for event in house.events
        if isinstance(event, FrameSent)
    ]
    assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(intervals))


def test_a_sleeper_hears_nothing() -> None:
    house = House()

    assert house.send(is_listening=nobody) == []
    assert house.seen == [("hub", "gsme", "tunnel", "asleep")] * 4


def test_only_frames_of_an_instruction_are_asked_about() -> None:
    asked: list[Moment] = []

    def lose(moment: Moment) -> tuple[Delivery, ...]:
        asked.append(moment)
        return LOST

    house = House(lose)

    assert len(house.send(cause=None)) == 1
    assert house.send() == []
    assert asked == [
        Moment(
            installation="home-1",
            phase=Phase.HAN,
            cause=CAUSE,
            at=NOW,
            sender="hub",
            receiver="gsme",
            kind="tunnel",
        )
    ]


def test_a_partitioned_device_is_cut_off_until_the_end_or_until_healed() -> None:
    house = House()
    house.han.partition(GSME, NOW + 10)

    assert house.send(cause=None) == []
    assert len(house.send(IHD)) == 1
    assert len(house.send(now=NOW + 10)) == 1
    house.han.partition(HUB, None)
    assert house.send(now=NOW + 20) == []
    house.han.heal(HUB)
    assert len(house.send(now=NOW + 30)) == 1


def test_devices_out_of_range_do_not_hear_each_other() -> None:
    house = House(out_of_range=(frozenset((HUB, GSME)),))

    assert house.send() == []
    assert len(house.send(IHD)) == 1


def test_a_frame_over_a_weak_link_says_so_as_it_arrives() -> None:
    weak = replace(HOME, link_costs={frozenset((HUB, IHD)): 6})
    house = House()
    han = Han("home-1", neighbourhood=weak, record=house.events.append)
    (frame,) = house.hub.send(sent(IHD), NOW)
    everywhere = frame._replace(receiver=None)

    ((_, _, unicast),) = han.transmit(frame, NOW, everybody)
    broadcast = han.transmit(everywhere, NOW, everybody)

    assert unicast.link_cost == 6
    assert {eui64: heard.link_cost for _, eui64, heard in broadcast} == {GSME: 1, IHD: 6}


def test_a_broadcast_reaches_all_that_listen_and_nobody_acknowledges() -> None:
    house = House()

    arrivals = house.send(BROADCAST, is_listening=lambda eui64: eui64 != GSME)

    assert [receiver for _, receiver, _ in arrivals] == [IHD]
    assert house.seen == [("hub", "*", "tunnel", "delivered")]


def test_a_broadcast_is_lost_for_all_or_damaged_for_all() -> None:
    house = House(scripted(LOST, (Delivery(corrupt=True),)))

    assert house.send(BROADCAST) == []
    assert [receiver for _, receiver, _ in house.send(BROADCAST)] == [GSME, IHD]
    assert [fate for *_, fate in house.seen] == ["lost", "corrupt"]


def test_a_poll_is_a_data_request_and_an_ack_that_says_whether_a_frame_follows() -> None:
    house = House()

    numbers = iter((7, 8))
    for has_pending in (True, False):
        assert house.han.poll(
            Poll(GSME, HUB), NOW, has_pending=has_pending, next_sequence=lambda: next(numbers)
        )

    frames = [ieee802154.decode(e.frame) for e in house.events if isinstance(e, FrameSent)]
    assert [frame.frame_pending for frame in frames] == [False, True, False, False]
    assert [frame.sequence for frame in frames] == [7, 7, 8, 8]
    assert ieee802154_commands.decode(frames[0].payload) == ieee802154_commands.DataRequest()
    assert (frames[0].source_short, frames[0].target_short) == (0x6E1C, 0x0000)
    assert house.han.counts == {"poll": 2, "ack": 2}


def test_a_poll_that_nobody_hears_is_tried_four_times() -> None:
    house = House()
    house.han.partition(GSME, None)

    assert not house.han.poll(Poll(GSME, HUB), NOW, has_pending=True)
    assert house.seen == [("gsme", "hub", "poll", "lost")] * 4


def pass_unencoded(
    house: House, target: int, is_listening: Callable[[int], bool] = everybody
) -> list[tuple[int, int, Transmission]]:
    [transmission] = PlainStack(HUB, HOME).send(sent(target), START)
    return house.han.transmit(transmission, NOW, is_listening)


def test_unencoded_a_packet_is_noted_once_and_not_acknowledged() -> None:
    house = House(is_encoded=False)

    [(at, receiver, transmission)] = pass_unencoded(house, GSME)

    assert house.events == [
        PacketPassed(
            at=NOW + BACKOFF_US,
            installation="home-1",
            sender="hub",
            receiver="gsme",
            cluster=0x0704,
            payload=b"instruction",
            frame_kind="tunnel",
        )
    ]
    assert at > NOW + BACKOFF_US
    assert (receiver, transmission.packet) == (GSME, sent(GSME))
    assert house.han.counts == {"tunnel": 1}


def test_unencoded_a_broadcast_is_noted_once() -> None:
    house = House(is_encoded=False)

    arrivals = pass_unencoded(house, BROADCAST)

    assert [receiver for _, receiver, _ in arrivals] == [GSME, IHD]
    assert len(house.events) == 1


def test_unencoded_what_is_lost_or_not_heard_is_not_noted() -> None:
    house = House(scripted(LOST, LOST, (Delivery(corrupt=True),)), is_encoded=False)

    assert pass_unencoded(house, GSME) == []
    assert pass_unencoded(house, BROADCAST) == []
    assert pass_unencoded(house, BROADCAST) == []
    assert pass_unencoded(house, GSME, nobody) == []
    assert house.events == []


def test_unencoded_what_a_retry_mends_or_a_counter_drops_is_not_seen() -> None:
    house = House(scripted((Delivery(corrupt=True),), (Delivery(), Delivery())), is_encoded=False)

    assert len(pass_unencoded(house, GSME)) == 1
    assert len(pass_unencoded(house, GSME)) == 1


def test_unencoded_a_poll_reaches_the_parent_in_silence() -> None:
    house = House(is_encoded=False)

    assert house.han.poll(Poll(GSME, HUB), NOW, has_pending=True)
    assert house.events == []
