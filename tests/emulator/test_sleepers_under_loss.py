"""Sleepers on a bad day: polls, acknowledgements and frames lost, parents and children restarted.

Whatever it is, an Instruction for the gas meter is executed once and answered once, at the latest
at the next wake, and a display fetches what waits for it a little later.
"""

from collections.abc import Callable

import pytest
from tests.emulator.home_bench import ESME, FIRST_WAKE_US, GSME, HUB, PPMID, HomeBench, Options
from tests.emulator.home_bench import home_bench as bench_of

from hanbench.emulator.displays.poller import PollHabits
from hanbench.emulator.displays.ppmid import Ppmid
from hanbench.emulator.events import FrameSent, InstructionJudged
from hanbench.emulator.fates import AS_SENT, LOST, Delivery, Leg, Moment, Phase
from hanbench.emulator.instant import MINUTE_US, SECOND_US, Instant
from hanbench.emulator.mac_tries import TRIES_MAX
from hanbench.protocol.instruction import NoOp
from hanbench.protocol.utrn import NativeCode, NativeType
from hanbench.protocol.zigbee.clusters.prepayment import TopUpResult

WAKE = FIRST_WAKE_US
HABITS = PollHabits(
    interval_us=5 * SECOND_US, fast_interval_us=SECOND_US // 2, fast_for_us=10 * SECOND_US
)
Trouble = Callable[[HomeBench], None]
BELOW = pytest.mark.parametrize("has_repeater", [False, True], ids=["of-the-hub", "behind-one"])


def at(bench: HomeBench, when: int, do: Callable[[], None]) -> None:
    bench.runner.agenda.at(Instant(when), lambda _now: do())


def poll_lost(bench: HomeBench) -> None:
    bench.runner.partition("home-1", "gsme", Instant(WAKE + 3 * SECOND_US))


def one_poll_ack_lost(bench: HomeBench) -> None:
    bench.home.han.lose_poll_acks(GSME, 1)


def every_poll_ack_lost(bench: HomeBench) -> None:
    bench.home.han.lose_poll_acks(GSME, TRIES_MAX)


def frame_acks_lost(bench: HomeBench) -> None:
    """Each frame of the exchange comes twice: its first acknowledgement was lost."""
    twice = (Delivery(), Delivery())
    bench.fate = lambda moment: twice if moment.phase is Phase.HAN else AS_SENT


def every_third_frame_to_it_lost(bench: HomeBench) -> None:
    """With all its retries. The answer is another matter: who asked finds out (suite `secure`)."""
    passed: list[Moment] = []

    def fate(moment: Moment) -> tuple[Delivery, ...]:
        is_request = moment.cause is not None and moment.cause.leg is Leg.REQUEST
        if moment.phase is not Phase.HAN or not is_request:
            return AS_SENT
        passed.append(moment)
        return LOST if len(passed) % 3 == 0 else AS_SENT

    bench.fate = fate


def parent_restarts(bench: HomeBench) -> None:
    parent = "hub" if bench.gsme.parent == HUB else "repeater"
    at(bench, WAKE + 2 * SECOND_US, lambda: bench.runner.restart("home-1", parent, "test"))


def child_restarts(bench: HomeBench) -> None:
    at(bench, WAKE + 3 * SECOND_US, lambda: bench.runner.restart("home-1", "gsme", "test"))


TROUBLES = [
    poll_lost,
    one_poll_ack_lost,
    every_poll_ack_lost,
    frame_acks_lost,
    every_third_frame_to_it_lost,
    parent_restarts,
    child_restarts,
]


@BELOW
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: one.__name__)
def test_an_instruction_for_a_meter_in_trouble_is_executed_once_and_answered_once(
    trouble: Trouble, has_repeater: bool
) -> None:
    bench = bench_of(Options(is_encoded=True, has_repeater=has_repeater))
    waiting = bench.instruct(GSME, NoOp(1))
    bench.run_to(WAKE - SECOND_US)
    trouble(bench)

    bench.run_to(2 * WAKE + MINUTE_US)

    assert bench.answers() == [waiting]
    judged = [one for one in bench.events if isinstance(one, InstructionJudged)]
    assert sum(one.executed for one in judged) == 1
    # Nothing is left over that would trouble the next one.
    bench.fate = lambda _: AS_SENT
    following = bench.instruct(GSME, NoOp(2))
    bench.run_to(4 * WAKE + MINUTE_US)
    assert bench.answers() == [waiting, following]


def test_the_ack_of_a_poll_that_is_lost_is_asked_for_again_at_once() -> None:
    bench = bench_of(Options(is_encoded=True))
    bench.run_to(WAKE - SECOND_US)
    one_poll_ack_lost(bench)

    bench.run_to(WAKE + SECOND_US)

    polls = [e for e in bench.events if isinstance(e, FrameSent) and e.frame_kind == "poll"]
    acks = [
        e.fate
        for e in bench.events
        if isinstance(e, FrameSent) and (e.frame_kind, e.receiver) == ("ack", "gsme")
    ]
    assert len(polls) == 2
    assert acks[:2] == ["lost", "delivered"]
    assert not bench.gsme.is_listening, "nothing waits, and it has heard so"


def with_ppmid() -> tuple[HomeBench, Ppmid]:
    bench = bench_of(Options(is_encoded=True, ppmid_polls=HABITS, balance_pence=500))
    bench.run_to(MINUTE_US)
    return bench, bench.of(Ppmid, "ppmid")


def enter(bench: HomeBench, ppmid: Ppmid) -> None:
    """Type a code, and wait until the hub holds the answer for the display."""
    code = bench.utrn(ESME, NativeCode(NativeType.VEND_ADD, 1, 1000))
    bench.runner.emit("home-1", "ppmid", ppmid.enter_code(code, bench.runner.now))
    while not bench.home.held.has_any(HUB, PPMID, bench.runner.now):
        bench.runner.step()


def answers_sent(bench: HomeBench) -> list[str]:
    """What became of each try to hand the display a frame of the hub's."""
    return [
        e.fate
        for e in bench.events
        if isinstance(e, FrameSent)
        and (e.sender, e.receiver) == ("hub", "ppmid")
        and e.frame_kind != "ack"
    ]


def test_a_display_that_does_not_hear_that_something_waits_asks_again() -> None:
    bench, ppmid = with_ppmid()
    enter(bench, ppmid)
    bench.home.han.lose_poll_acks(PPMID, TRIES_MAX)

    bench.run_to(bench.runner.now + 3 * SECOND_US)

    assert ppmid.last_top_up is not None
    assert ppmid.last_top_up.result is TopUpResult.ACCEPTED
    assert bench.home.held.dropped == {}
    assert answers_sent(bench) == ["delivered"]


def test_a_frame_that_its_child_does_not_acknowledge_keeps_its_turn_and_its_time() -> None:
    bench, ppmid = with_ppmid()
    enter(bench, ppmid)
    until, held = bench.home.held.release(HUB, PPMID)
    bench.home.held.hold(held, bench.runner.now)

    bench.home.held.put_back(held._replace(frame_kind="first"), until)

    assert bench.home.held.release(HUB, PPMID)[1].frame_kind == "first"
    bench.home.held.put_back(held, until)
    assert bench.home.held.has_any(HUB, PPMID, Instant(until - 1))
    bench.home.held.disown(HUB, PPMID)
    assert not bench.home.held.has_any(HUB, PPMID, Instant(until - 1))
    assert bench.home.held.dropped == {"no-child": 2}
