"""A whole home, end to end: WAN, mirror, tunnel, meter and back, on both kinds of stack."""

import pytest
from tests.emulator.home_bench import (
    ESME,
    FIRST_WAKE_US,
    GSME,
    HUB,
    KEYS,
    SMSO,
    WAN_LATENCY_US,
    HomeBench,
    Options,
    home_bench,
)
from tests.emulator.meter_bench import K1, S1SP

from hanbench.emulator.device import Packet, Transmission
from hanbench.emulator.displays.ppmid import Ppmid, Waiting
from hanbench.emulator.displays.third_party import ThirdPartyDisplay
from hanbench.emulator.events import (
    AlertRaised,
    FrameSent,
    InstructionJudged,
    LogWritten,
    MirrorChanged,
    PacketPassed,
    WanPassed,
)
from hanbench.emulator.fates import AS_SENT, LOST, Delivery, Leg, Moment, Phase
from hanbench.emulator.fuel import Fuel
from hanbench.emulator.instant import HOUR_US, MINUTE_US, SECOND_US, Instant
from hanbench.emulator.model import Memory, OfferOrder
from hanbench.emulator.repeater import Repeater
from hanbench.protocol import hub_command
from hanbench.protocol.answer import Outcome
from hanbench.protocol.hub_command import (
    BadInstallCode,
    Buffered,
    CancelBuffered,
    Cancelled,
    ClearBuffered,
    ListBuffered,
    LogDevice,
    Logged,
    NotFound,
    TooLate,
)
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import AddCreditUtrn, NoOp, ReadRegister, Register
from hanbench.protocol.keys import KeyUsage
from hanbench.protocol.utrn import NativeCode, NativeType
from hanbench.protocol.wan import EnvelopeKind
from hanbench.protocol.zigbee.clusters.cluster import ClusterId

GOOD_CODE = "83FED3407A939723A5C639B26916D505C3B5"
"""The published example (han.md section 4)."""
BOTH = pytest.mark.parametrize("is_encoded", [False, True], ids=["plain", "zigbee"])


def mirror_changes(bench: HomeBench) -> list[tuple[int, str]]:
    return [(e.message_id, e.change) for e in bench.events if isinstance(e, MirrorChanged)]


def executed(bench: HomeBench) -> list[int]:
    return [e.message_id for e in bench.events if isinstance(e, InstructionJudged) and e.executed]


@BOTH
def test_an_instruction_waits_for_the_gas_meter_and_its_answer_comes_back(
    is_encoded: bool,
) -> None:
    bench = home_bench(Options(is_encoded=is_encoded))
    sent = bench.instruct(GSME, NoOp(1))
    bench.run_to(FIRST_WAKE_US - 1)
    assert bench.came_up == []
    bench.run_to(FIRST_WAKE_US + MINUTE_US)
    answered = bench.answered(sent, NoOp(1))
    assert answered.message.outcome is Outcome.ACCEPTED
    answered.verify_under(K1)
    assert mirror_changes(bench) == [(sent, "stored"), (sent, "fetched")]
    assert executed(bench) == [sent]


@BOTH
def test_an_instruction_for_the_electricity_meter_goes_through_at_once(is_encoded: bool) -> None:
    bench = home_bench(Options(is_encoded=is_encoded))
    sent = bench.instruct(ESME, NoOp(1))
    bench.run_to(2 * WAN_LATENCY_US + SECOND_US)
    assert bench.answered(sent, NoOp(1)).message.outcome is Outcome.ACCEPTED
    assert mirror_changes(bench) == []


@BOTH
def test_two_instructions_for_the_electricity_meter_arrive_in_order(is_encoded: bool) -> None:
    bench = home_bench(Options(is_encoded=is_encoded))
    first, second = bench.instruct(ESME, NoOp(1)), bench.instruct(ESME, NoOp(2))
    bench.run_to(10 * SECOND_US)
    assert bench.answers() == [first, second]
    assert executed(bench) == [first, second]


@BOTH
def test_an_envelope_of_many_segments_arrives_whole_at_either_meter(is_encoded: bool) -> None:
    bench = home_bench(Options(is_encoded=is_encoded))
    ordered = AddCreditUtrn(1, "1" * 60)
    sent = [bench.instruct(meter, ordered) for meter in (ESME, GSME)]
    bench.run_to(FIRST_WAKE_US + MINUTE_US)
    assert bench.answers() == sent
    assert bench.answered(sent[1], ordered).message.outcome is Outcome.REFUSED


@BOTH
def test_the_gas_meter_fetches_several_messages_in_one_wake(is_encoded: bool) -> None:
    bench = home_bench(Options(is_encoded=is_encoded))
    sent = [bench.instruct(GSME, NoOp(n)) for n in range(3)]
    bench.run_to(FIRST_WAKE_US + 2 * MINUTE_US)
    assert executed(bench) == sent
    assert not bench.gsme.is_listening, "it went to sleep again"


def test_a_lifo_mirror_offers_the_last_instruction_first() -> None:
    bench = home_bench(Options(order=OfferOrder.LIFO))
    sent = [bench.instruct(GSME, ReadRegister(n, Register.GAS_VOLUME_DM3)) for n in range(3)]
    bench.run_to(FIRST_WAKE_US + 2 * MINUTE_US)
    assert bench.answers() == sent[::-1]


@BOTH
def test_with_a_repeater_between_them_everything_is_relayed(is_encoded: bool) -> None:
    bench = home_bench(Options(is_encoded=is_encoded, has_repeater=True))
    sent = bench.instruct(GSME, NoOp(1))
    bench.run_to(FIRST_WAKE_US + MINUTE_US)
    assert bench.answered(sent, NoOp(1)).message.outcome is Outcome.ACCEPTED
    assert bench.of(Repeater, "repeater").frames_relayed >= 4


@BOTH
def test_a_segment_lost_behind_the_repeater_comes_with_the_next_poll(is_encoded: bool) -> None:
    bench = home_bench(Options(is_encoded=is_encoded, has_repeater=True))
    lost: list[Moment] = []

    def lose_one(moment: Moment) -> tuple[Delivery, ...]:
        if moment.phase is Phase.HAN and moment.sender == "repeater" and not lost:
            lost.append(moment)
            return LOST
        return AS_SENT

    bench.fate = lose_one
    sent = bench.instruct(GSME, NoOp(1))
    bench.run_to(FIRST_WAKE_US + MINUTE_US)
    assert len(lost) == 1
    assert bench.answers() == [sent]


@BOTH
def test_a_lost_segment_is_handed_out_again_at_the_next_poll(is_encoded: bool) -> None:
    bench = home_bench(Options(is_encoded=is_encoded))
    lost: list[Moment] = []

    def lose_two(moment: Moment) -> tuple[Delivery, ...]:
        if moment.phase is Phase.HAN and moment.sender == "hub" and len(lost) < 2:
            lost.append(moment)
            return LOST
        return AS_SENT

    bench.fate = lose_two
    sent = bench.instruct(GSME, NoOp(1))
    bench.run_to(FIRST_WAKE_US + MINUTE_US)
    assert [moment.cause and moment.cause.leg for moment in lost] == [Leg.REQUEST] * 2
    assert bench.answers() == [sent]
    assert executed(bench) == [sent]


def test_a_frame_for_the_sleeping_meter_is_held_and_released_by_its_next_poll() -> None:
    bench = home_bench()
    bench.run_to(FIRST_WAKE_US - SECOND_US)
    packet = Packet(source=HUB, target=GSME, cluster=ClusterId.TIME, payload=b"\x18\x01\x01")
    frame = Transmission(sender=HUB, receiver=GSME, frame=b"", frame_kind="unasked", packet=packet)
    bench.runner.emit("home-1", "hub", [frame])
    bench.run_to(FIRST_WAKE_US - 1)
    passed = [e for e in bench.events if isinstance(e, PacketPassed)]
    assert passed == []
    bench.run_to(FIRST_WAKE_US + SECOND_US)
    passed = [e for e in bench.events if isinstance(e, PacketPassed)]
    assert [(e.frame_kind, e.receiver) for e in passed] == [("unasked", "gsme")]
    assert passed[0].at >= FIRST_WAKE_US


@BOTH
def test_duplicated_segments_are_executed_once(is_encoded: bool) -> None:
    bench = home_bench(Options(is_encoded=is_encoded))
    bench.fate = lambda moment: (Delivery(), Delivery()) if moment.phase is Phase.HAN else AS_SENT
    sent = bench.instruct(GSME, NoOp(1))
    bench.run_to(FIRST_WAKE_US + MINUTE_US)
    assert executed(bench) == [sent]
    assert bench.answers() == [sent]


@BOTH
def test_an_unreachable_electricity_meter_is_tried_again_once_and_then_given_up(
    is_encoded: bool,
) -> None:
    bench = home_bench(Options(is_encoded=is_encoded))
    bench.runner.partition("home-1", "esme", Instant(WAN_LATENCY_US + 4 * SECOND_US))
    first = bench.instruct(ESME, NoOp(1))
    bench.run_to(20 * SECOND_US)
    assert bench.answers() == [first]
    bench.runner.partition("home-1", "esme", None)
    second = bench.instruct(ESME, NoOp(2))
    bench.run_to(2 * MINUTE_US)
    texts = [e.text for e in bench.events if isinstance(e, LogWritten) and e.device == "hub"]
    assert texts == [f"esme did not take message {second}"]
    assert bench.answers() == [first]


def test_after_giving_up_the_hub_goes_on_with_the_next_message() -> None:
    bench = home_bench()
    bench.runner.partition("home-1", "esme", Instant(WAN_LATENCY_US + 6 * SECOND_US))
    bench.instruct(ESME, NoOp(1))
    second = bench.instruct(ESME, NoOp(2))
    bench.run_to(MINUTE_US)
    assert bench.answers() == [second]


# Cancelling, listing and expiry


def test_an_instruction_is_cancelled_before_the_fetch() -> None:
    bench = home_bench()
    sent = bench.instruct(GSME, NoOp(1))
    bench.run_to(MINUTE_US)
    asked = bench.command(CancelBuffered(GSME, sent))
    bench.run_to(FIRST_WAKE_US + MINUTE_US)
    assert bench.hub_answer(asked) == Cancelled(1)
    assert executed(bench) == []


def test_a_cancellation_after_the_fetch_is_too_late() -> None:
    bench = home_bench()
    sent = bench.instruct(GSME, NoOp(1))
    bench.run_to(FIRST_WAKE_US + MINUTE_US)
    asked = bench.command(CancelBuffered(GSME, sent))
    bench.run_to(FIRST_WAKE_US + 2 * MINUTE_US)
    assert bench.hub_answer(asked) == TooLate()
    assert executed(bench) == [sent]


def test_a_cancellation_in_the_middle_of_the_fetch_is_too_late() -> None:
    bench = home_bench()
    sent = bench.instruct(GSME, NoOp(1))
    bench.run_to(FIRST_WAKE_US - WAN_LATENCY_US + 500_000)
    asked = bench.command(CancelBuffered(GSME, sent))
    bench.run_to(FIRST_WAKE_US + MINUTE_US)
    assert bench.hub_answer(asked) == TooLate()
    assert executed(bench) == [sent]


def test_what_the_hub_never_had_is_not_found() -> None:
    bench = home_bench()
    for_gas, for_electricity = (bench.command(CancelBuffered(it, 99)) for it in (GSME, ESME))
    bench.run_to(MINUTE_US)
    assert bench.hub_answer(for_gas) == NotFound()
    assert bench.hub_answer(for_electricity) == NotFound()


def test_the_mirror_can_be_listed_and_cleared() -> None:
    bench = home_bench(Options(order=OfferOrder.LIFO))
    first, second = bench.instruct(GSME, NoOp(1)), bench.instruct(GSME, NoOp(2))
    listed = bench.command(ListBuffered(GSME))
    cleared = bench.command(ClearBuffered())
    listed_again = bench.command(ListBuffered(GSME))
    bench.run_to(MINUTE_US)
    assert bench.hub_answer(listed) == Buffered((second, first))
    assert bench.hub_answer(cleared) == Cancelled(2)
    assert bench.hub_answer(listed_again) == Buffered(())


def test_what_the_gas_meter_never_fetched_expires_with_an_alert_to_its_head_end() -> None:
    bench = home_bench(Options(expiry_us=10 * MINUTE_US))
    bench.instruct(GSME, NoOp(1))
    bench.run_to(FIRST_WAKE_US + MINUTE_US)
    assert executed(bench) == []
    (alert,) = bench.up(EnvelopeKind.ALERT)
    assert alert.target == S1SP
    assert hub_command.decode_alert(alert.payload).code == 0x819D


def test_an_envelope_delayed_inside_the_mirror_is_fetched_a_wake_later() -> None:
    bench = home_bench()
    bench.fate = lambda moment: (
        (Delivery(delay_us=40 * MINUTE_US),) if moment.phase is Phase.MIRROR else AS_SENT
    )
    sent = bench.instruct(GSME, NoOp(1))
    bench.run_to(FIRST_WAKE_US + MINUTE_US)
    assert executed(bench) == []
    bench.run_to(2 * FIRST_WAKE_US + MINUTE_US)
    assert executed(bench) == [sent]


def test_the_mirror_can_lose_duplicate_and_damage_what_it_takes() -> None:
    fates = iter([LOST, (Delivery(), Delivery()), (Delivery(corrupt=True),)])
    bench = home_bench()
    bench.fate = lambda moment: next(fates) if moment.phase is Phase.MIRROR else AS_SENT
    lost, doubled, damaged = (bench.instruct(GSME, NoOp(n)) for n in range(3))
    bench.run_to(FIRST_WAKE_US + 2 * MINUTE_US)
    assert executed(bench) == [doubled]
    assert (lost, "lost") in mirror_changes(bench)
    assert [one for one in mirror_changes(bench) if one == (doubled, "fetched")] == [
        (doubled, "fetched")
    ] * 2
    assert damaged not in bench.answers()


# Restarts and partitions


def test_a_kept_mirror_survives_a_restart_of_the_hub_and_a_volatile_one_does_not() -> None:
    for memory, survivors in ((Memory.KEPT, 1), (Memory.LOST, 0)):
        bench = home_bench(Options(memory=memory))
        bench.instruct(GSME, NoOp(1))
        bench.run_to(MINUTE_US)
        bench.runner.restart("home-1", "hub", "power cut")
        bench.run_to(FIRST_WAKE_US + MINUTE_US)
        assert len(executed(bench)) == survivors


@BOTH
def test_a_hub_that_restarts_in_the_middle_of_a_fetch_begins_it_again(is_encoded: bool) -> None:
    bench = home_bench(Options(is_encoded=is_encoded))
    sent = bench.instruct(GSME, NoOp(1))
    bench.run_to(FIRST_WAKE_US + SECOND_US)
    bench.runner.restart("home-1", "hub", "power cut")
    bench.run_to(FIRST_WAKE_US + MINUTE_US)
    assert executed(bench) == [sent]
    assert bench.answers() == [sent]


def test_while_the_wan_is_cut_nothing_passes_and_the_meter_has_still_executed() -> None:
    bench = home_bench()
    sent = bench.instruct(GSME, NoOp(1))
    bench.run_to(MINUTE_US)
    bench.runner.partition("home-1", "wan", Instant(FIRST_WAKE_US + MINUTE_US))
    bench.run_to(FIRST_WAKE_US + 2 * MINUTE_US)
    assert executed(bench) == [sent]
    assert bench.answers() == []
    passed = [e for e in bench.events if isinstance(e, WanPassed)]
    assert (passed[-1].summary, passed[-1].copies) == ("answer ACCEPTED", 0)


def test_a_gas_meter_that_is_cut_off_gets_its_instruction_at_a_later_wake() -> None:
    bench = home_bench()
    bench.runner.partition("home-1", "gsme", Instant(FIRST_WAKE_US + MINUTE_US))
    sent = bench.instruct(GSME, NoOp(1))
    bench.run_to(FIRST_WAKE_US + 2 * MINUTE_US)
    assert executed(bench) == []
    bench.run_to(2 * FIRST_WAKE_US + MINUTE_US)
    assert executed(bench) == [sent]


# Who may speak


def test_an_envelope_with_a_wrong_transport_mac_is_dropped_with_an_alert() -> None:
    bench = home_bench()
    wrong = KEYS.key(ESME, KeyUsage.TRANSPORT, S1SP)
    bench.send(bench.envelope(GSME, NoOp(1)), wrong)
    bench.run_to(FIRST_WAKE_US + MINUTE_US)
    assert executed(bench) == []
    assert mirror_changes(bench) == []
    (alert,) = bench.up(EnvelopeKind.ALERT)
    assert alert.target == SMSO
    assert hub_command.decode_alert(alert.payload).code == 0x8F3D


def test_alerts_go_to_the_head_end_that_was_put_in_charge() -> None:
    bench = home_bench()
    bench.hub.put_in_charge(S1SP)
    assert bench.hub.head_end_in_charge == S1SP
    bench.send(bench.envelope(GSME, NoOp(1)), KEYS.key(ESME, KeyUsage.TRANSPORT, S1SP))
    bench.run_to(MINUTE_US)
    assert [alert.target for alert in bench.up(EnvelopeKind.ALERT)] == [S1SP]


def test_an_originator_that_is_no_head_end_of_the_home_is_refused() -> None:
    bench = home_bench()
    bench.send(bench.envelope(ESME, NoOp(1), head_end=Eui64(0xBAD)))
    bench.run_to(MINUTE_US)
    assert executed(bench) == []
    assert [e.code for e in bench.events if isinstance(e, AlertRaised)] == ["8F3D"]


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        (Eui64(0x00DB_0003), EnvelopeKind.INSTRUCTION),
        (GSME, EnvelopeKind.ANSWER),
        (HUB, EnvelopeKind.INSTRUCTION),
    ],
)
def test_what_nobody_in_the_home_takes_is_logged(target: Eui64, kind: EnvelopeKind) -> None:
    bench = home_bench()
    envelope = bench.envelope(target, NoOp(1))
    other = type(envelope)(
        kind=kind,
        originator=S1SP,
        target=target,
        message_id=1,
        originator_counter=1,
        payload=envelope.payload,
    )
    bench.send(other)
    bench.run_to(MINUTE_US)
    assert [e.code for e in bench.events if isinstance(e, LogWritten)] == ["8F3E"]


@pytest.mark.parametrize(
    ("code", "field"),
    [
        ("83FED3407A939723A5C639B26916D505C3B6", "install-code.crc"),
        ("83FED3407A93C3B5C3", "install-code.length"),
        ("", "install-code.length"),
    ],
    ids=["crc", "length", "empty"],
)
def test_an_install_code_that_is_none_is_refused_by_name_and_logs_nobody(
    code: str, field: str
) -> None:
    bench = home_bench()
    known = bench.hub.membership.log.entries
    stranger = Eui64(0xB1)

    asked, good = (
        bench.command(LogDevice(device=eui64, window_s=180, install_code=bytes.fromhex(given)))
        for eui64, given in ((stranger, code), (Eui64(0xB2), GOOD_CODE))
    )
    bench.run_to(MINUTE_US)

    assert bench.hub_answer(asked) == BadInstallCode(field)
    assert bench.hub_answer(good) == Logged(1)
    assert stranger not in bench.hub.membership.log
    assert len(bench.hub.membership.log.entries) == len(known) + 1


def test_noise_on_the_wan_and_a_malformed_hub_command_are_logged() -> None:
    bench = home_bench()
    bench.runner.send_down("home-1", b"noise", None)
    malformed = bench.envelope(HUB, NoOp(1))
    bench.send(
        type(malformed)(
            kind=EnvelopeKind.HUB_COMMAND,
            originator=S1SP,
            target=HUB,
            message_id=1,
            originator_counter=1,
            payload=b"\xff",
        )
    )
    bench.run_to(MINUTE_US)
    assert [e.code for e in bench.events if isinstance(e, LogWritten)] == ["8F1E", "8F1E"]
    assert bench.came_up == []


# Displays


@BOTH
def test_displays_live_on_reports_and_mirrored_gas(is_encoded: bool) -> None:
    bench = home_bench(
        Options(is_encoded=is_encoded, report_interval_us=10 * MINUTE_US, balance_pence=500)
    )
    bench.run_to(HOUR_US + MINUTE_US)
    display = bench.of(ThirdPartyDisplay, "display")
    assert display.reports_received > 6
    assert display.last_served_at is not None
    gas, electricity = display.reading(Fuel.GAS), display.reading(Fuel.ELECTRICITY)
    assert gas is not None
    assert electricity is not None
    assert gas.register == 200, "an hour of 4.8 m3 a day"
    assert electricity.register == 200
    assert gas.credit_pence is not None
    assert display.face()[0].startswith("electricity  0.2")


@BOTH
def test_a_code_typed_at_the_ppmid_reaches_the_electricity_meter(is_encoded: bool) -> None:
    bench = home_bench(Options(is_encoded=is_encoded, balance_pence=500))
    ppmid = bench.of(Ppmid, "ppmid")
    digits = bench.utrn(ESME, NativeCode(NativeType.VEND_ADD, 1, 1000))
    bench.runner.emit("home-1", "ppmid", ppmid.enter_code(digits, bench.runner.now))
    assert ppmid.top_up[Fuel.ELECTRICITY] is Waiting.SENT
    bench.run_to(SECOND_US)
    assert ppmid.top_up[Fuel.ELECTRICITY] is Waiting.ACCEPTED
    assert ppmid.last_top_up is not None
    assert ppmid.last_top_up.value_pence == 1000
    assert ppmid.face()[-1] == "electricity: accepted £10.00, credit £15.00"


@BOTH
def test_a_code_for_the_gas_meter_waits_in_the_mirror_and_its_result_comes_to_the_ppmid(
    is_encoded: bool,
) -> None:
    bench = home_bench(Options(is_encoded=is_encoded, balance_pence=500))
    ppmid = bench.of(Ppmid, "ppmid")
    digits = bench.utrn(GSME, NativeCode(NativeType.VEND_ADD, 1, 1000))
    bench.runner.emit("home-1", "ppmid", ppmid.enter_code(digits, bench.runner.now, Fuel.GAS))
    bench.run_to(MINUTE_US)
    assert ppmid.top_up[Fuel.GAS] is Waiting.MIRRORED
    cleared = bench.command(ClearBuffered())
    bench.run_to(FIRST_WAKE_US + MINUTE_US)
    assert bench.hub_answer(cleared) == NotFound(), "a top-up is not the head-end's to cancel"
    assert ppmid.top_up[Fuel.GAS] is Waiting.ACCEPTED
    assert ppmid.last_top_up is not None
    assert ppmid.last_top_up.value_pence == 1000


@BOTH
def test_the_same_code_typed_twice_is_refused_the_second_time(is_encoded: bool) -> None:
    bench = home_bench(Options(is_encoded=is_encoded, balance_pence=500))
    ppmid = bench.of(Ppmid, "ppmid")
    digits = bench.utrn(ESME, NativeCode(NativeType.VEND_ADD, 1, 1000))
    for second in (1, 2):
        bench.runner.emit("home-1", "ppmid", ppmid.enter_code(digits, bench.runner.now))
        bench.run_to(second * SECOND_US)
    assert ppmid.top_up[Fuel.ELECTRICITY] is Waiting.REFUSED
    assert "duplicate" in ppmid.face()[-1]


@pytest.mark.parametrize("fuel", list(Fuel))
def test_emergency_credit_is_taken_from_the_ppmid(fuel: Fuel) -> None:
    bench = home_bench(Options(balance_pence=50))
    ppmid = bench.of(Ppmid, "ppmid")
    bench.runner.emit("home-1", "ppmid", ppmid.select_emergency_credit(bench.runner.now, fuel))
    bench.run_to(FIRST_WAKE_US + MINUTE_US)
    assert ppmid.emergency[fuel] is Waiting.ACCEPTED


def test_with_full_traffic_every_router_sends_link_status() -> None:
    bench = home_bench(Options(is_encoded=True, link_status_interval_us=15 * SECOND_US))
    bench.run_to(MINUTE_US)
    senders = [
        e.sender for e in bench.events if isinstance(e, FrameSent) and e.frame_kind == "link-status"
    ]
    assert sorted(set(senders)) == ["hub", "repeater"]
    assert senders.count("hub") == 4


@BOTH
def test_two_runs_of_one_home_are_alike(is_encoded: bool) -> None:
    def story() -> list[object]:
        bench = home_bench(Options(is_encoded=is_encoded, report_interval_us=10 * MINUTE_US))
        bench.instruct(GSME, NoOp(1))
        bench.run_to(HOUR_US)
        return [*bench.events]

    assert story() == story()
