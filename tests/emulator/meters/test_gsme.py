import pytest
from tests.emulator.meter_bench import (
    GSME,
    HUB,
    K1,
    Answered,
    Bench,
    gsme,
    packets_of,
    polls_of,
    reassembled,
    run,
)

from hanbench.emulator.device import Output, Poll
from hanbench.emulator.events import AlertRaised
from hanbench.emulator.fates import Commit
from hanbench.emulator.instant import HOUR_US, MINUTE_US, SECOND_US, Instant
from hanbench.emulator.meters.gsme import Gsme
from hanbench.emulator.meters.prepayment import SupplyState
from hanbench.emulator.node.endpoints import MIRROR_ENDPOINT
from hanbench.protocol import tunnel_segments
from hanbench.protocol.answer import Outcome
from hanbench.protocol.instruction import NoOp, ReadRegister, Register
from hanbench.protocol.utrn import NativeCode, NativeType
from hanbench.protocol.zigbee.clusters.cluster import ClusterId

WAKE = 30 * MINUTE_US


def meter_of(bench: Bench) -> Gsme:
    assert isinstance(bench.meter, Gsme)
    return bench.meter


def awake() -> Bench:
    bench = gsme()
    bench.meter.wake(Instant(WAKE))
    return bench


def test_the_meter_sleeps_until_its_first_wake() -> None:
    bench = gsme(jitter_us=7)

    assert not bench.meter.is_listening
    assert bench.meter.deadline == WAKE + 7
    assert bench.tunnel(bench.envelope(NoOp(1)), SECOND_US) == []
    assert bench.meter.truth.last_counter == 0


def test_a_wake_is_one_poll_when_nothing_is_pending() -> None:
    bench = gsme()

    outputs = run(bench.meter, 4 * WAKE)

    assert outputs == [(n * WAKE, Poll(GSME, HUB)) for n in range(1, 5)]
    assert not bench.meter.is_listening


def test_jitter_makes_a_wake_late_and_does_not_add_up() -> None:
    bench = gsme(jitter_us=1000)

    outputs = run(bench.meter, 4 * WAKE)

    assert [at for at, _ in outputs] == [n * WAKE + n * 1000 for n in range(1, 4)]


def test_with_something_pending_it_listens_and_polls_fast() -> None:
    bench = awake()
    meter_of(bench).poll_answered(True, Instant(WAKE))

    again = bench.meter.deadline

    assert bench.meter.is_listening
    assert again == WAKE + 2 * SECOND_US
    assert polls_of(bench.meter.wake(Instant(again))) == [Poll(GSME, HUB)]


def test_it_answers_an_instruction_and_sleeps_twenty_seconds_after_the_last_message() -> None:
    bench = awake()
    meter_of(bench).poll_answered(True, Instant(WAKE))

    answered = bench.ask(NoOp(1), WAKE + SECOND_US)
    outputs = run(bench.meter, WAKE + 5 * MINUTE_US)

    assert answered.message.outcome is Outcome.ACCEPTED
    answered.verify_under(K1)
    polled = [at for at, output in outputs if isinstance(output, Poll)]
    assert polled == [WAKE + n * 2 * SECOND_US for n in range(1, 11)]
    assert not bench.meter.is_listening
    assert bench.meter.deadline == 2 * WAKE


def test_nothing_pending_does_not_end_an_exchange() -> None:
    bench = awake()
    bench.ask(NoOp(1), WAKE + SECOND_US)

    meter_of(bench).poll_answered(False, Instant(WAKE + 2 * SECOND_US))

    assert bench.meter.is_listening


def test_a_poll_that_nobody_answers_is_repeated_until_the_time_awake_is_over() -> None:
    bench = gsme()

    polls: list[int] = []
    while bench.meter.deadline is not None and bench.meter.deadline < WAKE + MINUTE_US:
        now = bench.meter.deadline
        polls += [now] * len(polls_of(bench.meter.wake(now)))

    assert polls == [WAKE + n * 2 * SECOND_US for n in range(10)]
    assert not bench.meter.is_listening


def test_an_answer_to_a_poll_that_comes_too_late_wakes_nobody() -> None:
    bench = gsme()

    meter_of(bench).poll_answered(True, Instant(SECOND_US))

    assert not bench.meter.is_listening


def test_half_an_envelope_waits_for_the_next_wake() -> None:
    bench = awake()
    parts = [bench.transfer(part) for part in tunnel_segments.segment(bench.envelope(NoOp(1)))]
    bench.deliver(parts[0], WAKE)
    run(bench.meter, WAKE + MINUTE_US)
    bench.meter.wake(Instant(2 * WAKE))

    outputs: list[Output] = []
    for part in parts[1:]:
        outputs += bench.deliver(part, 2 * WAKE)

    assert len(reassembled(outputs)) == 1


@pytest.mark.parametrize(("interval_us", "count"), [(None, 0), (WAKE, 4), (HOUR_US, 2)])
def test_it_reports_to_the_mirror_on_a_wake_once_an_interval(
    interval_us: int | None, count: int
) -> None:
    bench = gsme(report_interval_us=interval_us)

    outputs = [output for _, output in run(bench.meter, 4 * WAKE)]

    reported = packets_of(outputs, ClusterId.METERING)
    assert len(reported) == count
    assert all((it.target, it.target_endpoint) == (HUB, MIRROR_ENDPOINT) for it in reported)


def test_a_power_cut_is_noted_as_a_power_loss_and_it_looks_for_its_parent_after_booting() -> None:
    verdicts = [Commit.CUT_BEFORE]
    bench = gsme(commit=lambda _: verdicts.pop() if verdicts else Commit.DONE)
    bench.meter.wake(Instant(WAKE))

    outputs = bench.tunnel(bench.envelope(NoOp(1)), WAKE + SECOND_US)

    booted = WAKE + 21 * SECOND_US
    assert outputs == []
    assert bench.meter.deadline == booted
    assert polls_of(bench.meter.wake(Instant(booted))) == [Poll(GSME, HUB)]
    assert bench.meter.deadline == booted + 2 * SECOND_US
    assert "8F1D" in [it.code for it in bench.events if isinstance(it, AlertRaised)]


def test_a_read_needs_no_key_and_comes_back_in_cubic_decimetres() -> None:
    bench = awake()

    [sent] = reassembled(
        bench.tunnel(bench.envelope(ReadRegister(1, Register.GAS_VOLUME_DM3)), WAKE)
    )

    assert Answered.read(sent, GSME, b"").message.outcome is Outcome.ACCEPTED


def test_gas_runs_out_while_the_meter_sleeps_and_a_keypad_code_makes_it_ready() -> None:
    bench = gsme(balance_pence=10)

    run(bench.meter, 24 * HOUR_US)
    off = bench.meter.metering.supply
    code = bench.utrn(NativeCode(NativeType.VEND_ADD, 1, 1000))
    bench.meter.enter_code(code, "keypad", Instant(24 * HOUR_US))

    assert off is SupplyState.DISABLED
    assert bench.meter.metering.supply is SupplyState.ARMED


def test_the_same_instants_give_the_same_events() -> None:
    def story() -> list[object]:
        bench = gsme(balance_pence=100, report_interval_us=HOUR_US, jitter_us=11)
        return [*run(bench.meter, 48 * HOUR_US), *bench.events]

    assert story() == story()


def test_a_gas_meter_whose_radio_part_restarts_goes_on_counting() -> None:
    bench = gsme(daily=24_000)
    run(bench.meter, HOUR_US)
    bench.meter.restart(Instant(HOUR_US), "power cut at a commit")
    run(bench.meter, 2 * HOUR_US)
    assert bench.meter.metering.register(Instant(2 * HOUR_US)) == 2000


def test_a_gas_meter_whose_battery_has_ended_counts_until_then() -> None:
    bench = gsme(daily=24_000)
    bench.meter.go_dark(Instant(HOUR_US))
    assert bench.meter.metering.register(Instant(9 * HOUR_US)) == 1000
    bench.meter.restart(Instant(10 * HOUR_US), "a new battery")
    run(bench.meter, 11 * HOUR_US)
    assert 1990 <= bench.meter.metering.register(Instant(11 * HOUR_US)) <= 2000
