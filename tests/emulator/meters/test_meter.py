"""What an ESME and a GSME share, tried on whichever is easier to drive: mostly the ESME."""

import pytest
from tests.emulator.meter_bench import (
    EPOCH_UNIX_S,
    ESME,
    GSME,
    K1,
    K2,
    KEYS,
    POLICY,
    S1SP,
    STRANGER,
    Answered,
    Bench,
    esme,
    gsme,
    packets_of,
    reassembled,
)

from hanbench.emulator.events import AlertRaised, InstructionJudged, LogWritten, Restarted
from hanbench.emulator.fates import (
    AS_SENT,
    LOST,
    Commit,
    Delivery,
    Leg,
    Moment,
    Phase,
)
from hanbench.emulator.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Instant
from hanbench.emulator.meters.logs import Log
from hanbench.emulator.meters.prepayment import OffReason, SupplyState
from hanbench.protocol import answer as answers
from hanbench.protocol import tunnel_segments, wan
from hanbench.protocol.answer import Outcome, UtrnResult
from hanbench.protocol.errors import SecurityError
from hanbench.protocol.instruction import (
    AddCreditUtrn,
    ArmSupply,
    DisableSupply,
    EnableSupply,
    Instruction,
    LogName,
    NoOp,
    PaymentMode,
    ReadLog,
    ReadRegister,
    ReadSuaStatus,
    Register,
    RotateSuaKey,
    SetClock,
    SetPaymentMode,
    SetTariff,
)
from hanbench.protocol.keys import KeyUsage
from hanbench.protocol.sua import HAN_SUA_M1
from hanbench.protocol.sua_rotation import wrap_successor
from hanbench.protocol.utrn import NativeCode, NativeType, SupplyConnection
from hanbench.protocol.wan import Envelope, EnvelopeKind
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.clusters import tunnelling
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.tunnelling import TransferErrorToClient, TransferStatus
from hanbench.protocol.zigbee.zcl import Direction, ZclStatus
from hanbench.protocol.zigbee.zcl_general import DefaultResponse


def rotate(bench: Bench, version: int = 2) -> RotateSuaKey:
    master = KEYS.key(bench.eui64, KeyUsage.MASTER)
    return wrap_successor(HAN_SUA_M1, master, K2, bench.eui64, version).rotate(7)


def security_codes(bench: Bench) -> list[str]:
    return [entry.code for entry in bench.meter.logs.entries(Log.SECURITY)]


def test_an_answer_goes_to_the_head_end_that_asked_under_the_same_message_id() -> None:
    bench = esme()

    answered = bench.ask(NoOp(1), now=SECOND_US)

    assert answered.message.outcome is Outcome.ACCEPTED
    assert answered.envelope.kind is EnvelopeKind.ANSWER
    assert (answered.envelope.originator, answered.envelope.target) == (ESME, S1SP)
    assert answered.envelope.message_id == 1
    answered.verify_under(K1)


def test_an_envelope_with_a_wrong_transport_mac_is_dropped_and_logged() -> None:
    bench = esme()
    foreign = KEYS.key(ESME, KeyUsage.TRANSPORT, STRANGER)

    outputs = bench.tunnel(bench.envelope(NoOp(1), transport=foreign), SECOND_US)

    assert outputs == []
    assert security_codes(bench) == ["8F3E"]
    assert bench.meter.truth.last_counter == 0


def test_what_is_no_envelope_is_dropped_and_logged() -> None:
    bench = esme()

    assert bench.tunnel(b"nothing of the kind", SECOND_US) == []
    assert security_codes(bench) == ["8F1E"]


def test_an_envelope_of_another_kind_is_dropped_with_an_alert() -> None:
    bench = esme()
    answer = Envelope(
        kind=EnvelopeKind.ANSWER,
        originator=S1SP,
        target=ESME,
        message_id=1,
        originator_counter=1,
        payload=b"",
    )

    outputs = bench.tunnel(wan.encode(answer, KEYS.key(ESME, KeyUsage.TRANSPORT, S1SP)), 1)

    assert outputs == []
    assert any(isinstance(it, AlertRaised) and it.code == "8F60" for it in bench.events)


def test_a_command_for_another_meter_is_refused_as_not_for_this_device() -> None:
    bench = esme()
    octets = bench.envelope(NoOp(1))
    asked = wan.decode(octets)
    elsewhere = Envelope(
        kind=asked.kind,
        originator=S1SP,
        target=GSME,
        message_id=1,
        originator_counter=1,
        payload=asked.payload,
    )

    outputs = bench.tunnel(wan.encode(elsewhere, KEYS.key(ESME, KeyUsage.TRANSPORT, S1SP)), 1)

    [sent] = reassembled(outputs)
    assert Answered.read(sent, ESME, b"").message.outcome is Outcome.NOT_FOR_THIS_DEVICE


def test_only_the_hub_may_use_the_tunnel() -> None:
    bench = esme()
    bench.sender = type(bench.sender)(GSME, POLICY)

    outputs = bench.tunnel(bench.envelope(NoOp(1)), SECOND_US)

    told = [
        tunnelling.COMMANDS.decode(zcl.decode(packet.payload))
        for packet in packets_of(outputs, ClusterId.TUNNELLING)
    ]
    assert set(told) == {TransferErrorToClient(1, TransferStatus.WRONG_DEVICE)}


def test_a_frame_without_the_link_key_is_not_served() -> None:
    bench = esme()
    unsecured = bench.transfer(bytes(40))._replace(is_secured=False)

    [refusal] = packets_of(bench.deliver(unsecured, 2), ClusterId.TUNNELLING)
    assert not refusal.is_secured
    said = zcl_general.decode(zcl.decode(refusal.payload))
    assert isinstance(said, DefaultResponse)
    assert said.status is ZclStatus.FAILURE
    assert security_codes(bench) == ["8F3E"]


def test_a_refusal_and_noise_without_the_link_key_are_not_answered() -> None:
    bench = esme()
    refusal = zcl_general.encode(
        DefaultResponse(0, ZclStatus.FAILURE), Direction.SERVER_TO_CLIENT, sequence=1
    )
    for payload in (zcl.encode(refusal), b"\xff"):
        unsecured = bench.transfer(bytes(40))._replace(is_secured=False, payload=payload)

        assert bench.deliver(unsecured, 2) == []


def test_a_segment_that_is_garbled_is_logged_and_the_next_envelope_gets_through() -> None:
    bench = esme()

    assert bench.deliver(bench.transfer(b"\x00"), 1) == []
    assert security_codes(bench) == ["8F1E"]
    assert bench.ask(NoOp(1), 2).message.outcome is Outcome.ACCEPTED


def test_a_rotation_answers_under_the_new_key_and_the_old_one_is_refused() -> None:
    bench = gsme_awake()

    rotated = bench.ask(rotate(bench), 30 * MINUTE_US)
    bench.counter = 0
    old = bench.ask(NoOp(2), 30 * MINUTE_US + 1)

    rotated.verify_under(K2)
    assert rotated.message.outcome is Outcome.ACCEPTED
    assert bench.meter.truth.current_version == 2
    assert old.message.outcome is Outcome.WRONG_KEY_VERSION
    with pytest.raises(SecurityError):
        old.verify_under(K1)


def gsme_awake() -> Bench:
    bench = gsme()
    bench.meter.wake(Instant(30 * MINUTE_US))
    return bench


def answered_as(deliveries: tuple[Delivery, ...]) -> Bench:
    def carry(moment: Moment) -> tuple[Delivery, ...]:
        is_answer = moment.phase is Phase.BEFORE_SEND
        assert not is_answer or (moment.cause is not None and moment.cause.leg is Leg.REPLY)
        return deliveries if is_answer else AS_SENT

    return esme(carry=carry)


def test_an_answer_dropped_before_it_is_sent_never_is_and_the_instruction_took_effect() -> None:
    bench = answered_as(LOST)

    assert bench.tunnel(bench.envelope(DisableSupply(1)), 1) == []
    assert bench.meter.metering.supply is SupplyState.DISABLED


def test_an_answer_held_back_is_sent_when_its_time_has_come() -> None:
    bench = answered_as((Delivery(delay_us=90 * SECOND_US),))

    at_once = bench.tunnel(bench.envelope(NoOp(1)), SECOND_US)

    assert at_once == []
    assert bench.meter.deadline == 91 * SECOND_US
    assert len(reassembled(bench.meter.wake(Instant(91 * SECOND_US)))) == 1
    assert bench.meter.deadline is None


def test_an_answer_damaged_before_it_is_sent_does_not_verify() -> None:
    bench = answered_as((Delivery(corrupt=True),))

    [sent] = reassembled(bench.tunnel(bench.envelope(NoOp(1)), 1))

    with pytest.raises(SecurityError):
        wan.verify(sent, KEYS.key(ESME, KeyUsage.TRANSPORT, S1SP))


def cut_at(phase: Phase, verdict: Commit) -> Bench:
    def commit(moment: Moment) -> Commit:
        return verdict if moment.phase is phase else Commit.DONE

    return esme(commit=commit)


def test_a_power_cut_at_the_key_commit_silences_the_meter_until_it_has_booted() -> None:
    bench = cut_at(Phase.COMMIT_KEY, Commit.CUT_AFTER)

    assert bench.tunnel(bench.envelope(rotate(bench)), SECOND_US) == []
    assert not bench.meter.is_listening
    assert bench.tunnel(bench.envelope(ReadSuaStatus(2)), 2 * SECOND_US) == []
    bench.meter.wake(Instant(21 * SECOND_US))

    assert bench.meter.is_listening
    assert bench.meter.truth.current_version == 2
    assert [it.device for it in bench.events if isinstance(it, Restarted)] == ["esme"]
    assert "8F35" in [entry.code for entry in bench.meter.logs.entries(Log.EVENT)]
    bench.counter = 0
    assert bench.ask(NoOp(3), 22 * SECOND_US, key=K2, version=2).message.outcome is Outcome.ACCEPTED


def test_a_code_burnt_by_a_power_cut_is_refused_afterwards() -> None:
    verdicts = [Commit.CUT_AFTER]
    bench = esme(commit=lambda _: verdicts.pop() if verdicts else Commit.DONE)
    octets = bench.envelope(DisableSupply(1))

    bench.tunnel(octets, SECOND_US)
    bench.meter.wake(Instant(21 * SECOND_US))
    [sent] = reassembled(bench.tunnel(octets, 22 * SECOND_US))

    assert Answered.read(sent, ESME, b"").message.outcome is Outcome.REPLAYED
    assert bench.meter.metering.supply is SupplyState.ENABLED


def test_a_torn_meter_is_stranded_and_still_meters_reads_and_takes_codes() -> None:
    bench = cut_at(Phase.COMMIT_KEY, Commit.CUT_TORN)

    bench.tunnel(bench.envelope(rotate(bench)), SECOND_US)
    bench.meter.wake(Instant(21 * SECOND_US))

    assert bench.meter.truth.is_torn
    assert bench.meter.truth.current_version is None
    refused = bench.ask(NoOp(2), HOUR_US)
    assert (refused.message.outcome, refused.message.mac) == (Outcome.NO_KEY, b"")
    read = bench.ask(ReadRegister(3, Register.IMPORT_WH), DAY_US)
    # A day's 7400 Wh but for the 20 s of the boot: 1.7 Wh, of which a whole one is missing.
    assert answers.decode_reading(read.message.payload).value == 7399
    code = bench.utrn(NativeCode(NativeType.VEND_ADD, 1, 1000))
    assert bench.meter.enter_code(code, "keypad", Instant(DAY_US)).result is UtrnResult.ACCEPTED


def test_half_an_envelope_is_forgotten_in_a_power_cut() -> None:
    bench = esme()
    parts = tunnel_segments.segment(bench.envelope(NoOp(1)))
    bench.deliver(bench.transfer(parts[0]), 1)
    bench.meter.restart(Instant(2), "mains")
    bench.meter.wake(Instant(2 + 20 * SECOND_US))

    late = [bench.deliver(bench.transfer(part), 30 * SECOND_US) for part in parts[1:]]

    assert all(outputs == [] for outputs in late)


@pytest.mark.parametrize(
    ("register", "value"),
    [
        (Register.IMPORT_WH, 7400),
        (Register.EXPORT_WH, 0),
        (Register.ACTIVE_POWER_W, 308),
        (Register.METER_BALANCE_PENCE, 0),
        (Register.UNIT_RATE_TENTH_PENCE, 270),
        (Register.STANDING_CHARGE_TENTH_PENCE, 0),
        (Register.EMERGENCY_CREDIT_PENCE, 0),
        (Register.ACCUMULATED_DEBT_PENCE, 0),
        (Register.CLOCK_UTC_S, EPOCH_UNIX_S + 86_400),
        (Register.SUPPLY_STATE, 2),
        (Register.PAYMENT_MODE, 0),
    ],
)
def test_a_register_is_read_without_a_code(register: Register, value: int) -> None:
    answered = esme().ask(ReadRegister(1, register), DAY_US)

    assert answered.message.outcome is Outcome.ACCEPTED
    assert answers.decode_reading(answered.message.payload).value == value


def test_a_register_of_the_other_fuel_is_refused() -> None:
    gas = esme().ask(ReadRegister(1, Register.GAS_VOLUME_DM3), 1)

    assert gas.message.outcome is Outcome.REFUSED


def test_a_log_is_read_newest_first_and_by_pages() -> None:
    bench = esme()
    for at in range(15):
        bench.meter.logs.write(Log.EVENT, "8145", f"entry {at}", Instant(at * SECOND_US))

    answered = bench.ask(ReadLog(1, LogName.EVENT, 2, 255), HOUR_US)

    page = answers.decode_log_page(answered.message.payload)
    assert page.total == 15
    assert [line.text for line in page.lines] == [f"entry {at}" for at in range(12, 2, -1)]
    assert page.lines[0].code == 0x8145
    assert page.lines[0].utc_s == EPOCH_UNIX_S + 12


def test_the_clock_is_set_and_the_jump_is_logged() -> None:
    bench = esme()

    bench.ask(SetClock(1, EPOCH_UNIX_S + 3600), 0)
    read = bench.ask(ReadRegister(2, Register.CLOCK_UTC_S), SECOND_US)

    assert answers.decode_reading(read.message.payload).value == EPOCH_UNIX_S + 3601
    assert [entry.code for entry in bench.meter.logs.entries(Log.EVENT)] == ["8145"]


def test_a_tariff_counts_from_when_it_is_set() -> None:
    bench = esme(balance_pence=1000)

    # 7400 Wh a day at 27.0 p, and then at 10.0 p with 50.0 p a day.
    bench.ask(SetTariff(1, 500, 100), DAY_US)
    read = bench.ask(ReadRegister(2, Register.METER_BALANCE_PENCE), 2 * DAY_US)

    # 199.8 p, then 74.0 p and 50.0 p: what is owed below a penny is carried over.
    assert answers.decode_reading(read.message.payload).value == 1000 - 323


def test_the_payment_mode_is_changed() -> None:
    bench = esme()

    bench.ask(SetPaymentMode(1, PaymentMode.PREPAYMENT), 1)

    assert bench.meter.metering.account.mode is PaymentMode.PREPAYMENT


def test_an_electricity_supply_is_disabled_armed_and_enabled_from_afar() -> None:
    bench = esme()

    states = []
    steps: list[Instruction] = [DisableSupply(1), ArmSupply(2), EnableSupply(3)]
    for at, ordered in enumerate(steps, start=1):
        bench.ask(ordered, at * SECOND_US)
        states.append(bench.meter.metering.supply)

    assert states == [SupplyState.DISABLED, SupplyState.ARMED, SupplyState.ENABLED]


def test_gas_is_never_opened_remotely() -> None:
    bench = gsme_awake()
    now = 30 * MINUTE_US

    bench.ask(DisableSupply(1), now)
    answered = bench.ask(EnableSupply(2), now)

    assert answered.message.outcome is Outcome.REFUSED
    assert bench.meter.metering.supply is SupplyState.DISABLED
    assert bench.meter.metering.account.off_reason is OffReason.INSTRUCTED


def test_an_armed_gas_supply_is_opened_by_a_and_then_b_at_the_meter() -> None:
    bench = gsme_awake()
    now = 30 * MINUTE_US
    bench.ask(DisableSupply(1), now)
    bench.ask(ArmSupply(2), now)

    bench.meter.press_b(Instant(now + 1))
    without_a = bench.meter.metering.supply
    bench.meter.press_a(Instant(now + 2))
    bench.meter.press_b(Instant(now + 2 + 30 * SECOND_US))

    assert without_a is SupplyState.ARMED
    assert bench.meter.metering.supply is SupplyState.ENABLED


def test_no_supply_is_armed_or_enabled_without_credit() -> None:
    bench = esme(balance_pence=0)
    bench.ask(DisableSupply(1), 1)

    assert bench.ask(ArmSupply(2), 2).message.outcome is Outcome.REFUSED
    assert bench.ask(EnableSupply(3), 3).message.outcome is Outcome.REFUSED


def test_a_guarded_instruction_without_a_code_changes_nothing() -> None:
    bench = esme()

    outputs = bench.tunnel(bench.envelope(DisableSupply(1), is_coded=False), 1)

    [sent] = reassembled(outputs)
    assert Answered.read(sent, ESME, b"").message.outcome is Outcome.UNAUTHORISED
    assert bench.meter.metering.supply is SupplyState.ENABLED


def test_credit_comes_by_utrn_over_the_wan_without_a_sua_code() -> None:
    bench = esme(balance_pence=500)
    digits = bench.utrn(NativeCode(NativeType.VEND_ADD, 2, 1000))

    added = bench.ask(AddCreditUtrn(1, digits), 1)
    again = bench.ask(AddCreditUtrn(2, digits), 2)

    assert added.message.outcome is Outcome.ACCEPTED
    assert answers.decode_utrn(added.message.payload).balance_pence == 1500
    assert again.message.outcome is Outcome.REFUSED
    assert answers.decode_utrn(again.message.payload).result is UtrnResult.DUPLICATE
    assert bench.counter == 0


def test_every_judgement_is_recorded_with_its_message_id() -> None:
    bench = esme()
    bench.ask(NoOp(1), 1)
    bench.ask(ReadSuaStatus(2), 2)

    judged = [it for it in bench.events if isinstance(it, InstructionJudged)]

    assert [(it.instruction, it.message_id) for it in judged] == [
        ("no-op", 1),
        ("read-sua-status", 2),
    ]


def enter(bench: Bench, digits: str, now: int = 1, origin: str = "keypad") -> UtrnResult:
    return bench.meter.enter_code(digits, origin, Instant(now)).result


def vend(sequence: int, pence: int = 1000) -> NativeCode:
    return NativeCode(NativeType.VEND_ADD, sequence, pence)


def test_five_wrong_codes_lock_keypad_and_display_but_not_the_wan() -> None:
    bench = esme(balance_pence=500)
    good = bench.utrn(vend(1))
    wrong = str(int(good) + 1).zfill(20)

    results = [enter(bench, wrong) for _ in range(5)]

    assert results == [UtrnResult.INCORRECT] * 5
    assert enter(bench, good) is UtrnResult.KEY_LOCKED
    assert enter(bench, good, origin="ppmid") is UtrnResult.KEY_LOCKED
    assert enter(bench, good, origin="wan") is UtrnResult.ACCEPTED
    assert enter(bench, bench.utrn(vend(3)), now=16 * MINUTE_US) is UtrnResult.ACCEPTED
    codes = [entry.code for entry in bench.meter.logs.entries(Log.EVENT)]
    assert codes.count("81C4") == 1
    assert codes.count("81C5") == 2


def test_a_gbcs_code_typed_into_a_meter_changes_no_balance() -> None:
    bench = esme(balance_pence=500)

    result = enter(bench, "73943333457189043313")

    assert result in (UtrnResult.INVALID, UtrnResult.INCORRECT)
    assert bench.meter.metering.balance_pence == 500


def test_a_code_for_another_meter_is_refused() -> None:
    bench, other = esme(balance_pence=500), gsme(balance_pence=500)

    assert enter(bench, other.utrn(vend(1))) is UtrnResult.INCORRECT


def test_half_a_code_is_incomplete() -> None:
    assert enter(esme(), "12345") is UtrnResult.INCOMPLETE


def test_more_than_one_top_up_or_one_balance_may_hold_is_account_high() -> None:
    bench = esme(balance_pence=2_147_000)

    assert enter(bench, bench.utrn(vend(1, 25_001))) is UtrnResult.ACCOUNT_HIGH
    assert enter(bench, bench.utrn(vend(3, 1000))) is UtrnResult.ACCOUNT_HIGH
    assert enter(bench, bench.utrn(vend(3, 400))) is UtrnResult.ACCEPTED


def test_a_deduction_below_the_threshold_is_account_low() -> None:
    bench = esme(balance_pence=500)

    low = enter(bench, bench.utrn(NativeCode(NativeType.VEND_DEDUCT, 1, 501)))
    right = enter(bench, bench.utrn(NativeCode(NativeType.VEND_DEDUCT, 1, 300)))

    assert (low, right) == (UtrnResult.ACCOUNT_LOW, UtrnResult.ACCEPTED)
    assert bench.meter.metering.balance_pence == 200


def test_a_balance_above_65535_pence_is_set_by_two_codes() -> None:
    bench = esme(balance_pence=500)
    digits = bench.utrn(
        NativeCode(NativeType.VEND_SET, 1, 1), NativeCode(NativeType.VEND_SET, 3, 34_464)
    )

    assert enter(bench, digits) is UtrnResult.ACCEPTED
    assert bench.meter.metering.balance_pence == 100_000


def test_two_codes_of_one_sequence_are_a_duplicate() -> None:
    bench = esme(balance_pence=500)
    digits = bench.utrn(
        NativeCode(NativeType.VEND_SET, 1, 0), NativeCode(NativeType.VEND_SET, 1, 9)
    )

    assert enter(bench, digits) is UtrnResult.DUPLICATE
    assert bench.meter.metering.balance_pence == 500


def test_a_vend_and_tariff_entry_adds_credit_and_sets_the_rates() -> None:
    bench = esme(balance_pence=500)
    kind = NativeType.VEND_AND_TARIFF
    two = bench.utrn(NativeCode(kind, 1, 1000), NativeCode(kind, 3, 301))
    three = bench.utrn(
        NativeCode(kind, 5, 1000), NativeCode(kind, 7, 305), NativeCode(kind, 9, 533)
    )

    assert enter(bench, two) is enter(bench, three) is UtrnResult.ACCEPTED
    account = bench.meter.metering.account
    assert account.balance_pence == 2500
    assert (account.price_tenth_pence, account.standing_tenth_pence_a_day) == (305, 533)


def test_a_supply_code_turns_off_and_makes_ready() -> None:
    bench = esme(balance_pence=500)
    kind = NativeType.SUPPLY_CONNECTION

    off = enter(bench, bench.utrn(NativeCode(kind, 1, SupplyConnection.OFF)))
    was = bench.meter.metering.supply
    ready = enter(bench, bench.utrn(NativeCode(kind, 3, SupplyConnection.READY)))
    other = enter(bench, bench.utrn(NativeCode(kind, 5, 2)))

    assert (off, was) == (UtrnResult.ACCEPTED, SupplyState.DISABLED)
    assert (ready, bench.meter.metering.supply) == (UtrnResult.ACCEPTED, SupplyState.ARMED)
    assert other is UtrnResult.INVALID


def test_a_ready_code_without_credit_is_account_low_and_stays_unspent() -> None:
    bench = esme(balance_pence=0)
    ready = bench.utrn(NativeCode(NativeType.SUPPLY_CONNECTION, 1, SupplyConnection.READY))

    assert enter(bench, ready) is UtrnResult.ACCOUNT_LOW
    assert enter(bench, bench.utrn(vend(3))) is UtrnResult.ACCEPTED
    assert enter(bench, ready) is UtrnResult.ACCEPTED


def test_an_engineering_code_is_taken_and_changes_no_credit() -> None:
    bench = esme(balance_pence=500)

    assert enter(bench, bench.utrn(NativeCode(NativeType.ENGINEERING, 1, 4))) is UtrnResult.ACCEPTED
    assert bench.meter.metering.balance_pence == 500


def test_every_entry_is_in_the_utrn_log_with_its_tail_only() -> None:
    bench = esme(balance_pence=500)
    digits = bench.utrn(vend(1))

    enter(bench, digits)
    enter(bench, digits, origin="ppmid")

    texts = [entry.text for entry in bench.meter.logs.entries(Log.UTRN)]
    assert texts == [
        f"accepted, by keypad, ...{digits[-4:]}",
        f"duplicate, by ppmid, ...{digits[-4:]}",
    ]
    assert not any(digits in it.text for it in bench.events if isinstance(it, LogWritten))


def test_credit_added_by_hand_is_alerted_and_credit_by_wan_is_not() -> None:
    bench = esme(balance_pence=500)

    enter(bench, bench.utrn(vend(1)), origin="wan")
    by_wan = [it.code for it in bench.events if isinstance(it, AlertRaised)]
    enter(bench, bench.utrn(vend(3)))

    assert "810E" not in by_wan
    assert "810E" in [it.code for it in bench.events if isinstance(it, AlertRaised)]


def test_a_spent_code_stays_spent_over_a_power_cut_and_a_locked_keypad_locked() -> None:
    bench = esme(balance_pence=500)
    digits = bench.utrn(vend(1))
    enter(bench, digits)
    for _ in range(5):
        enter(bench, digits[:-1] + str((int(digits[-1]) + 1) % 10))

    bench.meter.restart(Instant(2), "mains")
    dead = enter(bench, digits, now=3)
    bench.meter.wake(Instant(2 + 20 * SECOND_US))

    assert dead is UtrnResult.INCOMPLETE
    assert enter(bench, digits, now=30 * SECOND_US) is UtrnResult.KEY_LOCKED
    assert enter(bench, digits, now=HOUR_US) is UtrnResult.DUPLICATE


def test_answers_travel_in_frames_that_name_their_cause() -> None:
    bench = esme()

    sent = packets_of(bench.tunnel(bench.envelope(NoOp(1)), 1), ClusterId.TUNNELLING)

    causes = [(it.cause.device, it.cause.message_id, it.cause.leg) for it in sent if it.cause]
    assert causes == [("esme", 1, Leg.REPLY)] * len(sent)
