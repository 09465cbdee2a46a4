"""A PPMID on batteries: its reports wait at its parent, its keys are answered."""

from collections.abc import Iterator

import pytest
from tests.emulator.home_bench import (
    ESME,
    FIRST_WAKE_US,
    HUB,
    HomeBench,
    Options,
    home_bench,
)

from hanbench.emulator.displays.poller import PollHabits
from hanbench.emulator.displays.ppmid import Ppmid, Waiting
from hanbench.emulator.events import FrameSent
from hanbench.emulator.fuel import Fuel
from hanbench.emulator.instant import MINUTE_US, SECOND_US
from hanbench.protocol import ieee802154
from hanbench.protocol.utrn import NativeCode, NativeType
from hanbench.protocol.zigbee.clusters.prepayment import TopUpResult

BOTH = pytest.mark.parametrize("is_encoded", [False, True], ids=["plain", "encoded"])
HABITS = PollHabits(
    interval_us=5 * SECOND_US, fast_interval_us=SECOND_US // 2, fast_for_us=10 * SECOND_US
)
SLOW = PollHabits(
    interval_us=10 * SECOND_US, fast_interval_us=SECOND_US // 2, fast_for_us=10 * SECOND_US
)


def asleep(
    *,
    is_encoded: bool = True,
    habits: PollHabits = HABITS,
    reports_us: int | None = None,
) -> HomeBench:
    return home_bench(
        Options(
            is_encoded=is_encoded,
            ppmid_polls=habits,
            balance_pence=500,
            report_interval_us=reports_us,
        )
    )


def ppmid_of(bench: HomeBench) -> Ppmid:
    return bench.of(Ppmid, "ppmid")


def enter(bench: HomeBench, digits: str, fuel: Fuel = Fuel.ELECTRICITY) -> None:
    outputs = ppmid_of(bench).enter_code(digits, bench.runner.now, fuel)
    bench.runner.emit("home-1", "ppmid", outputs)


def frames_for_ppmid(bench: HomeBench) -> Iterator[tuple[bool, str]]:
    """Each frame that the PPMID was sent, with the pending bit that came just before it."""
    pending = False
    for event in bench.events:
        if not isinstance(event, FrameSent) or event.receiver != "ppmid":
            continue
        if event.frame_kind == "ack":
            pending = ieee802154.decode(event.frame).frame_pending
        else:
            yield pending, event.sender
            pending = False


@BOTH
def test_a_code_typed_on_it_is_answered_within_a_few_fast_polls(is_encoded: bool) -> None:
    bench = asleep(is_encoded=is_encoded)
    bench.run_to(MINUTE_US)
    code = bench.utrn(ESME, NativeCode(NativeType.VEND_ADD, 1, 1000))
    enter(bench, code)
    bench.run_to(MINUTE_US + 2 * SECOND_US)
    shown = ppmid_of(bench).last_top_up
    assert shown is not None
    assert (shown.result, shown.value_pence) == (TopUpResult.ACCEPTED, 1000)


@BOTH
def test_reports_wait_for_its_polls_and_are_all_fetched(is_encoded: bool) -> None:
    bench = asleep(is_encoded=is_encoded, reports_us=10 * SECOND_US)
    bench.run_to(5 * MINUTE_US)
    assert ppmid_of(bench).last_served_at is not None
    assert bench.home.held.dropped == {}
    assert (ppmid_of(bench).last_served_at or 0) > 5 * MINUTE_US - 20 * SECOND_US


def test_it_hears_its_parent_alone_and_only_what_it_was_promised() -> None:
    bench = asleep(reports_us=10 * SECOND_US)
    bench.run_to(2 * MINUTE_US)
    heard = list(frames_for_ppmid(bench))
    assert len(heard) >= 10
    assert set(heard) == {(True, "hub")}, "the ESME's reports come through the hub, who holds them"


def test_one_that_polls_too_seldom_loses_reports_at_its_parent() -> None:
    bench = asleep(habits=SLOW, reports_us=3 * SECOND_US)
    bench.run_to(2 * MINUTE_US)
    assert bench.home.held.dropped["too-old"] >= 1
    assert ppmid_of(bench).last_served_at is not None, "those that are young enough are fetched"


def test_a_parent_that_restarts_loses_the_answer_and_the_screen_goes_on_waiting() -> None:
    bench = asleep()
    bench.run_to(MINUTE_US)
    enter(bench, bench.utrn(ESME, NativeCode(NativeType.VEND_ADD, 1, 1000)))
    while not bench.home.held.has_any(HUB, ppmid_of(bench).eui64, bench.runner.now):
        bench.runner.step()
    bench.runner.restart("home-1", "hub", "watchdog")
    bench.run_to(2 * MINUTE_US)
    assert ppmid_of(bench).last_top_up is None
    assert ppmid_of(bench).top_up[Fuel.ELECTRICITY] is Waiting.SENT


@BOTH
def test_a_gas_top_up_is_answered_after_the_meter_woke_though_both_sleep(is_encoded: bool) -> None:
    bench = asleep(is_encoded=is_encoded)
    bench.run_to(MINUTE_US)
    enter(bench, "1" * 20, Fuel.GAS)
    bench.run_to(FIRST_WAKE_US - 1)
    assert ppmid_of(bench).top_up[Fuel.GAS] is Waiting.MIRRORED
    bench.run_to(FIRST_WAKE_US + MINUTE_US)
    assert ppmid_of(bench).top_up[Fuel.GAS] is Waiting.REFUSED


def test_polls_that_nobody_hears_fetch_nothing_and_later_ones_do() -> None:
    bench = asleep(reports_us=10 * SECOND_US)
    bench.home.han.move(HUB, ppmid_of(bench).eui64, hears=False)
    bench.run_to(MINUTE_US)
    assert ppmid_of(bench).last_served_at is None
    bench.home.han.move(HUB, ppmid_of(bench).eui64, hears=True)
    bench.run_to(2 * MINUTE_US)
    assert ppmid_of(bench).last_served_at is not None


def test_a_restart_of_the_display_loses_nothing_that_its_parent_holds() -> None:
    bench = asleep()
    bench.run_to(MINUTE_US)
    enter(bench, bench.utrn(ESME, NativeCode(NativeType.VEND_ADD, 1, 1000)))
    while not bench.home.held.has_any(HUB, ppmid_of(bench).eui64, bench.runner.now):
        bench.runner.step()
    bench.runner.restart("home-1", "ppmid", "batteries")
    bench.run_to(MINUTE_US + 5 * SECOND_US)
    assert ppmid_of(bench).last_top_up is not None


def test_a_parent_takes_no_sleeping_child_for_awake() -> None:
    bench = asleep(is_encoded=False)
    bench.run_to(MINUTE_US)
    assert not bench.home.is_listening(ppmid_of(bench).eui64), "a broadcast would pass it by"
    assert bench.home.waits_for_poll(ppmid_of(bench).eui64)
    assert not bench.home.waits_for_poll(ESME)
