"""The runner: one pending wake a device, named stop reasons, virtual and asynchronous driving."""

import asyncio
import time

import pytest
from tests.emulator.home_bench import (
    ESME,
    FIRST_WAKE_US,
    GSME,
    KEYS,
    HomeBench,
    Options,
    home_bench,
)
from typing_extensions import override

from hanbench.emulator.agenda import Agenda
from hanbench.emulator.device import Device, Output, Transmission
from hanbench.emulator.home import Home
from hanbench.emulator.instant import HOUR_US, MINUTE_US, SECOND_US, Instant, after
from hanbench.emulator.runner import Runner, StopReason
from hanbench.protocol import wan
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import NoOp
from hanbench.protocol.keys import KeyUsage
from hanbench.protocol.wan import Envelope

STRANGER = Eui64(0x0099)


class Metronome(Device):
    """Wakes at a fixed interval, and counts."""

    def __init__(self, interval_us: int) -> None:
        super().__init__("metronome", STRANGER)
        self.interval_us = interval_us
        self.woken: list[Instant] = []
        self.deadline = Instant(interval_us)

    @override
    def receive(self, transmission: Transmission, now: Instant) -> list[Output]:
        return []

    @override
    def wake(self, now: Instant) -> list[Output]:
        self.woken.append(now)
        self.deadline = after(now, self.interval_us)
        return []

    @override
    def restart(self, now: Instant, because: str) -> list[Output]:
        self.deadline = after(now, self.interval_us)
        return []


def with_metronome(interval_us: int) -> tuple[Runner, Metronome]:
    home = home_bench().home
    metronome = Metronome(interval_us)
    quiet = Home("home-1", [home.hub, metronome], home.hub, home.han, home.wan)
    return Runner([quiet], lambda *_: None), metronome


class SteppingClock:
    """A clock that jumps to where it is asked to sleep, after some early wake-ups."""

    def __init__(self, early: int = 0) -> None:
        self.at = Instant(0)
        self.early = early
        self.slept: list[Instant] = []

    def now(self) -> Instant:
        return self.at

    async def sleep_until(self, instant: Instant) -> None:
        await asyncio.sleep(0)
        self.slept.append(instant)
        if self.early:
            self.early -= 1
        else:
            self.at = instant


def test_a_device_is_woken_at_its_deadlines_and_time_ends_at_the_ceiling() -> None:
    runner, metronome = with_metronome(10)
    assert runner.run_until(Instant(35)) is StopReason.INSTANT_CEILING
    assert metronome.woken == [10, 20, 30]
    assert runner.now == 35


def test_a_restart_moves_the_one_pending_wake() -> None:
    runner, metronome = with_metronome(10)
    runner.run_until(Instant(15))
    runner.restart("home-1", "metronome", "power cut")
    runner.run_until(Instant(30))
    assert metronome.woken == [10, 25]


def test_a_device_without_a_deadline_is_left_alone_and_nothing_pending_is_named() -> None:
    runner, metronome = with_metronome(10)
    metronome.deadline = None
    runner.emit("home-1", "metronome", [])
    assert runner.run_until(Instant(100)) is StopReason.NOTHING_PENDING
    assert metronome.woken == []


def test_a_device_that_never_lets_time_pass_ends_at_the_event_limit() -> None:
    runner, metronome = with_metronome(0)
    assert runner.run_until(Instant(100), events_max=25) is StopReason.EVENT_LIMIT
    assert len(metronome.woken) == 25
    assert runner.run_until(Instant(100), events_max=5) is StopReason.EVENT_LIMIT
    assert len(metronome.woken) == 30


def test_a_stop_ends_the_run_after_what_is_happening_and_it_can_go_on() -> None:
    runner, metronome = with_metronome(10)
    runner.agenda.at(Instant(20), lambda _: runner.stop())
    assert runner.run_until(Instant(100)) is StopReason.STOPPED
    assert runner.run_until(Instant(30)) is StopReason.INSTANT_CEILING
    assert metronome.woken == [10, 20, 30]


@pytest.mark.parametrize("early", [0, 1, 3])
def test_the_asynchronous_runner_does_the_same_even_when_it_is_woken_early(early: int) -> None:
    runner, metronome = with_metronome(10)
    clock = SteppingClock(early)
    reason = asyncio.run(runner.run(clock, Instant(35)))
    assert reason is StopReason.INSTANT_CEILING
    assert metronome.woken == [10, 20, 30]
    assert (clock.at, runner.now) == (35, 35)


def test_the_asynchronous_runner_names_its_other_ends_too() -> None:
    runner, metronome = with_metronome(0)
    assert asyncio.run(runner.run(SteppingClock(), Instant(9), 25)) is StopReason.EVENT_LIMIT
    metronome.deadline = None
    runner.emit("home-1", "metronome", [])
    reason = asyncio.run(runner.run(SteppingClock(), Instant(9)))
    assert reason is StopReason.NOTHING_PENDING


def test_both_ways_of_running_give_the_same_events() -> None:
    def played(bench: HomeBench) -> HomeBench:
        bench.instruct(GSME, NoOp(1))
        bench.instruct(ESME, NoOp(2))
        return bench

    until = Instant(FIRST_WAKE_US + MINUTE_US)
    options = Options(report_interval_us=10 * MINUTE_US)
    one, other = played(home_bench(options)), played(home_bench(options))
    one.runner.run_until(until)
    asyncio.run(other.runner.run(SteppingClock(), until))
    assert one.events == other.events
    assert one.came_up == other.came_up


def test_two_homes_run_side_by_side_and_do_not_hear_each_other() -> None:
    first, second = home_bench(), home_bench()
    other = Home("home-2", second.home.devices, second.home.hub, second.home.han, second.home.wan)
    came_up: list[str] = []
    runner = Runner([first.home, other], lambda home, *_: came_up.append(home))
    second.runner = runner
    envelope = second.envelope(ESME, NoOp(1))
    runner.send_down("home-2", _sealed(envelope), None)
    runner.run_until(Instant(MINUTE_US))
    assert came_up == ["home-2"]
    assert runner.home("home-2") is other
    assert first.events == []


def test_an_agenda_of_the_callers_own_is_used() -> None:
    home = home_bench().home
    agenda = Agenda()
    runner = Runner([home], lambda *_: None, agenda)
    assert runner.agenda is agenda
    assert agenda.next_instant() is not None


def test_an_event_costs_little() -> None:
    runner, metronome = with_metronome(SECOND_US)
    began = time.perf_counter()
    runner.run_until(Instant(5 * HOUR_US))
    spent_us = (time.perf_counter() - began) * 1e6
    # 10 us is the aim; the bound leaves room for a busy machine.
    assert spent_us / len(metronome.woken) < 100


def _sealed(envelope: Envelope) -> bytes:
    key = KEYS.key(envelope.target, KeyUsage.TRANSPORT, envelope.originator)
    return wan.encode(envelope, key)
