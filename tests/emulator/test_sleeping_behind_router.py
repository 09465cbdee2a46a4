"""A gas meter that sleeps behind a repeater: what the hub knows of it, and how frames wait."""

from collections.abc import Iterator

import pytest
from tests.emulator.home_bench import FIRST_WAKE_US, GSME, HUB, REPEATER, HomeBench, Options
from tests.emulator.home_bench import home_bench as bench_of

from hanbench.emulator.events import FrameSent, InstructionJudged, PacketPassed
from hanbench.emulator.fates import AS_SENT as AS_IS
from hanbench.emulator.fates import LOST, Delivery, Moment, Phase
from hanbench.emulator.instant import MINUTE_US, SECOND_US, Instant
from hanbench.emulator.node.indirect_queue import PERSISTENCE_US
from hanbench.protocol import ieee802154
from hanbench.protocol.instruction import AddCreditUtrn, NoOp

BOTH = pytest.mark.parametrize("is_encoded", [False, True], ids=["plain", "encoded"])
WAKE = FIRST_WAKE_US
NEXT_WAKE = 2 * FIRST_WAKE_US


def behind_repeater(*, is_encoded: bool = True) -> HomeBench:
    return bench_of(Options(is_encoded=is_encoded, has_repeater=True))


def sent(bench: HomeBench, kind: str) -> list[Instant]:
    """When frames or packets of a kind were on the air, each hop counted."""
    return [
        e.at
        for e in bench.events
        if isinstance(e, FrameSent | PacketPassed) and e.frame_kind == kind
    ]


def executed(bench: HomeBench) -> list[int]:
    return [e.message_id for e in bench.events if isinstance(e, InstructionJudged) and e.executed]


def polls_and_what_followed(bench: HomeBench) -> Iterator[tuple[bool, list[FrameSent]]]:
    """For each answered poll: the pending bit, and what the parent sent before the next."""
    frames = [e for e in bench.events if isinstance(e, FrameSent)]
    places = [i for i, e in enumerate(frames) if e.frame_kind == "poll"]
    for place, end in zip(places, [*places[1:], len(frames)], strict=True):
        ack = ieee802154.decode(frames[place + 1].frame)
        assert ack.frame_type is ieee802154.FrameType.ACK
        between = frames[place + 2 : end]
        followed = [
            e
            for e in between
            if (e.sender, e.receiver) == ("repeater", "gsme") and e.frame_kind != "ack"
        ]
        yield ack.frame_pending, followed


@BOTH
def test_the_hub_hands_nothing_out_until_the_meters_report_tells_it_that_it_is_awake(
    is_encoded: bool,
) -> None:
    bench = behind_repeater(is_encoded=is_encoded)
    waiting = bench.instruct(GSME, NoOp(1))
    bench.home.han.move(HUB, REPEATER, hears=False)
    bench.run_to(WAKE + MINUTE_US)
    assert sent(bench, "tunnel") == [], "the meter polled its parent, which has nothing for it"

    bench.home.han.move(HUB, REPEATER, hears=True)
    bench.run_to(NEXT_WAKE + MINUTE_US)

    assert bench.answers() == [waiting]
    assert sent(bench, "tunnel")[0] > sent(bench, "report")[-2]


@BOTH
def test_a_meter_that_is_told_that_nothing_waits_sleeps_at_once(is_encoded: bool) -> None:
    bench = behind_repeater(is_encoded=is_encoded)
    bench.run_to(WAKE + 5 * SECOND_US)
    assert not bench.gsme.is_listening
    # Hub to repeater, repeater to meter.
    assert len(sent(bench, "notification")) == 2


@BOTH
def test_a_meter_whose_report_nobody_answers_sleeps_after_its_time_awake(is_encoded: bool) -> None:
    bench = behind_repeater(is_encoded=is_encoded)
    bench.home.han.move(HUB, REPEATER, hears=False)
    bench.run_to(WAKE + 19 * SECOND_US)
    assert bench.gsme.is_listening
    # With frames, the repeater's word that it found no way lengthens the wait a little.
    bench.run_to(WAKE + 30 * SECOND_US)
    assert not bench.gsme.is_listening


def test_each_frame_for_the_meter_follows_a_poll_whose_acknowledgement_said_pending() -> None:
    bench = behind_repeater()
    bench.instruct(GSME, AddCreditUtrn(1, "1" * 60))
    bench.run_to(WAKE + MINUTE_US)

    told = list(polls_and_what_followed(bench))

    assert [len(followed) for _, followed in told] == [int(pending) for pending, _ in told]
    # The notification, and the segments of the envelope.
    assert sum(pending for pending, _ in told) >= 4
    assert told[0][0] is False
    assert told[-1][0] is False


@BOTH
def test_what_comes_while_the_meter_is_awake_goes_on_at_once(is_encoded: bool) -> None:
    bench = behind_repeater(is_encoded=is_encoded)
    first = bench.instruct(GSME, NoOp(1))
    bench.run_to(WAKE + 12 * SECOND_US)
    assert bench.answers() == [first]

    second = bench.instruct(GSME, NoOp(2))
    bench.run_to(WAKE + MINUTE_US)

    assert bench.answers() == [first, second]


@BOTH
def test_what_comes_while_the_meter_sleeps_waits_for_its_next_wake(is_encoded: bool) -> None:
    bench = behind_repeater(is_encoded=is_encoded)
    bench.run_to(WAKE + MINUTE_US)
    late = bench.instruct(GSME, NoOp(1))
    bench.run_to(NEXT_WAKE - 1)
    assert sent(bench, "tunnel") == []
    bench.run_to(NEXT_WAKE + MINUTE_US)
    assert bench.answers() == [late]


@BOTH
def test_several_messages_are_fetched_in_one_wake_behind_a_repeater_too(is_encoded: bool) -> None:
    bench = behind_repeater(is_encoded=is_encoded)
    waiting = [bench.instruct(GSME, NoOp(n)) for n in range(3)]
    bench.run_to(WAKE + 3 * MINUTE_US)
    assert executed(bench) == bench.answers() == waiting
    assert not bench.gsme.is_listening


def test_a_segment_that_the_repeater_lost_is_repeated_by_the_hub_and_executed_once() -> None:
    bench = behind_repeater()
    waiting = bench.instruct(GSME, NoOp(1))
    while not sent(bench, "tunnel"):
        bench.runner.step()
    # The repeater has acknowledged it, and the notification before it; now its memory goes.
    bench.run_to(bench.runner.now + 100_000)
    bench.runner.restart("home-1", "repeater", "power cut")
    assert bench.home.held.dropped == {"power": 2}

    bench.run_to(WAKE + 2 * MINUTE_US)

    assert bench.answers() == executed(bench) == [waiting]


def test_what_a_meter_without_power_does_not_fetch_grows_too_old_and_comes_at_a_later_wake() -> (
    None
):
    bench = behind_repeater()
    waiting = bench.instruct(GSME, NoOp(1))
    while not sent(bench, "tunnel"):
        bench.runner.step()
    # Dark for 20 s: longer than the repeater holds a frame.
    bench.runner.restart("home-1", "gsme", "battery")
    bench.run_to(bench.runner.now + PERSISTENCE_US + SECOND_US)
    assert executed(bench) == []

    bench.run_to(NEXT_WAKE + 5 * MINUTE_US)

    assert bench.home.held.dropped.get("too-old", 0) >= 1
    assert bench.answers() == executed(bench) == [waiting]


def test_a_restart_of_the_hub_forgets_what_was_under_way_and_the_mirror_offers_it_again() -> None:
    bench = behind_repeater()
    waiting = bench.instruct(GSME, NoOp(1))
    while not sent(bench, "tunnel"):
        bench.runner.step()
    bench.runner.restart("home-1", "hub", "watchdog")
    bench.run_to(NEXT_WAKE + MINUTE_US)
    assert bench.answers() == executed(bench) == [waiting]


@BOTH
def test_segments_lost_on_either_hop_are_repeated_within_the_wake(is_encoded: bool) -> None:
    bench = behind_repeater(is_encoded=is_encoded)
    lost: list[str] = []

    def lose_some(moment: Moment) -> tuple[Delivery, ...]:
        if moment.phase is Phase.HAN and lost.count(moment.sender) == 0:
            lost.append(moment.sender)
            return LOST
        return AS_IS

    bench.fate = lose_some
    waiting = bench.instruct(GSME, NoOp(1))
    bench.run_to(NEXT_WAKE + 2 * MINUTE_US)
    assert "hub" in lost
    assert "repeater" in lost
    assert executed(bench) == [waiting]


def test_polls_that_a_dark_parent_does_not_answer_are_on_the_air_and_fetch_nothing() -> None:
    bench = behind_repeater()
    bench.instruct(GSME, NoOp(1))
    bench.runner.power_off("home-1", "repeater")
    bench.run_to(WAKE + MINUTE_US)
    polls = [e for e in bench.events if isinstance(e, FrameSent) and e.frame_kind == "poll"]
    assert polls
    assert all(e.fate == "lost" for e in polls)
    assert executed(bench) == []
