"""Configuration of Dormant Meters: the given steps alone, in their order, sent to the meter."""

import pytest

from hanbench.emulator.instant import Instant
from hanbench.protocol import answer as answers
from hanbench.protocol import instruction as instructions
from hanbench.protocol import wan
from hanbench.protocol.answer import AnswerMessage, Outcome
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import PaymentMode, SetPaymentMode, SetTariff

DORMANT = {"installation": "home-2", "device": "esme"}
ACTIVE = {"installation": "home-1", "device": "esme"}
RATE = {"setting": "unit-rate-tenth-pence", "value": 281}
MODE = {"setting": "payment-mode", "value": 0}
ESME_2 = Eui64(0x00DB1234567890B0)


@pytest.fixture
def held():
    """What home-2's meter holds: a test changes it as the meter would."""
    return {"payment-mode": 1, "standing-charge-tenth-pence": 4100, "unit-rate-tenth-pence": 270}


@pytest.fixture
def bench(make_bench, held):
    return make_bench(held={("home-2", "esme"): held})


def configure(bench, step, about=DORMANT):
    return bench.succeed(bench.smso, "configure", **about, **step)


def refused(bench, step, about=DORMANT):
    return bench.refuse(bench.smso, "configure", **about, **step)


def steps(bench):
    return bench.succeed(bench.installing_supplier, "configuration_sequence", **DORMANT)["steps"]


def sent(bench):
    """Return the Instructions that have gone out, and their counters."""
    envelopes = [wan.decode(octets) for octets in bench.smso.take_outgoing()]
    assert all(one.target == ESME_2 for one in envelopes)
    commands = [instructions.decode_command(one.payload) for one in envelopes]
    return [(instructions.decode(one.instruction), one.authorisation.counter) for one in commands]


def test_a_meter_that_does_not_fit_is_said_so_and_what_of_it(bench, held):
    def listed():
        devices = bench.succeed(bench.smso, "devices", installation="home-2")["devices"]
        return {one["device"]: one["is_configured"] for one in devices}

    told = bench.succeed(bench.smso, "configuration", **DORMANT)
    assert RATE | {"value": 270} in told["settings"]
    assert told["differs"] == ["payment-mode", "unit-rate-tenth-pence"]
    assert listed() == {"hub": True, "esme": False}

    held.update({"payment-mode": 0, "unit-rate-tenth-pence": 281})

    assert bench.succeed(bench.smso, "configuration", **DORMANT)["differs"] == []
    assert listed() == {"hub": True, "esme": True}


def test_the_sequence_begins_with_what_the_meter_does_not_hold_yet(bench, held):
    assert steps(bench) == [RATE, MODE]

    held["unit-rate-tenth-pence"] = 281

    assert steps(bench) == [MODE]
    held["payment-mode"] = 0
    assert steps(bench) == []


def test_a_step_is_an_instruction_under_the_old_key_and_keeps_what_it_does_not_set(bench, held):
    assert configure(bench, RATE) == RATE
    held["unit-rate-tenth-pence"] = 281
    configure(bench, MODE)

    (tariff, first), (mode, second) = sent(bench)
    assert isinstance(tariff, SetTariff)
    assert (tariff.standing_charge_tenth_pence, tariff.unit_rate_tenth_pence) == (4100, 281)
    assert isinstance(mode, SetPaymentMode)
    assert mode.mode is PaymentMode.CREDIT
    assert second == first + 1
    assert sent(bench) == [], "it goes out once"


def test_no_step_is_left_out_made_up_or_taken_before_the_one_in_front_of_it(bench, held):
    assert refused(bench, MODE) == "UNKNOWN_STEP"
    assert refused(bench, RATE | {"value": 282}) == "UNKNOWN_STEP"
    configure(bench, RATE)
    # The meter has not taken it yet: it is still the next.
    assert refused(bench, MODE) == "UNKNOWN_STEP"
    held.update({"payment-mode": 0, "unit-rate-tenth-pence": 281})
    assert refused(bench, MODE) == "UNKNOWN_STEP"


def test_an_active_meter_is_its_suppliers(bench):
    assert refused(bench, RATE, ACTIVE) == "NOT_DORMANT"
    told = bench.refuse(bench.installing_supplier, "configuration_sequence", **ACTIVE)
    assert told == "NOT_DORMANT"
    assert sent(bench) == []


def test_nothing_is_configured_once_the_installation_is_being_migrated(bench):
    bench.succeed(bench.smso, "start_migration", Instant(0), installation="home-2")

    assert refused(bench, RATE) == "MIGRATING"


def test_a_failed_step_sends_nothing_and_can_be_tried_again(make_bench):
    bench = make_bench(failing_configurations={"esme": (1,)})

    assert refused(bench, RATE) == "CONFIGURATION_FAILED"
    assert sent(bench) == []
    configure(bench, RATE)


def test_what_no_sequence_leads_to_is_said_so(make_bench):
    bench = make_bench(held={("home-3", "esme"): {"payment-mode": 0}})
    about = {"installation": "home-3", "device": "esme"}
    told = bench.succeed(bench.installing_supplier, "configuration_sequence", **about)
    assert told["steps"] == []

    gas = {"installation": "home-1", "device": "gsme"}
    assert bench.succeed(bench.smso, "configuration", **gas)["differs"] == []


def test_the_counter_that_is_handed_over_is_the_last_that_the_meter_told_of(bench):
    before = bench.hand_over("home-2", "esme")["last_counter"]
    answer = AnswerMessage(Outcome.ACCEPTED, 1, before + 3, b"", b"")

    bench.smso.hear("home-2", "esme", answers.encode(answer))
    assert bench.hand_over("home-2", "esme")["last_counter"] == before + 3
    bench.smso.hear("home-2", "esme", b"no answer")
    of_another_key = AnswerMessage(Outcome.ACCEPTED, 2, 99, b"", b"")
    bench.smso.hear("home-2", "esme", answers.encode(of_another_key))

    assert bench.hand_over("home-2", "esme")["last_counter"] == before + 3


@pytest.mark.parametrize("step", [RATE | {"setting": "clock"}, RATE | {"value": 65_536}])
def test_only_what_can_be_set_is_taken(bench, step):
    assert refused(bench, step) == "BAD_REQUEST"
