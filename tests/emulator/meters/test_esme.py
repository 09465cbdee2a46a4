import dataclasses

import pytest
from tests.emulator.meter_bench import (
    DISPLAY,
    EPOCH_UNIX_S,
    ESME,
    HUB,
    Bench,
    esme,
    packets_of,
    run,
)

from hanbench.emulator.device import Output, Packet, Transmission
from hanbench.emulator.events import AlertRaised, SupplyChanged
from hanbench.emulator.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Instant
from hanbench.emulator.meters.esme import Esme
from hanbench.emulator.meters.prepayment import EmergencyCredit, SupplyState
from hanbench.protocol.answer import UtrnResult
from hanbench.protocol.utrn import NativeCode, NativeType
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.attributes import ZIGBEE_EPOCH_UNIX_S, AttributeValue, DataType
from hanbench.protocol.zigbee.clusters import basic, prepayment
from hanbench.protocol.zigbee.clusters import time as time_cluster
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.metering_attributes import AttributeId as Meter
from hanbench.protocol.zigbee.clusters.prepayment import (
    ConsumerTopUp,
    ConsumerTopUpResponse,
    OriginatingDevice,
    SelectEmergencyCredit,
    TopUpResult,
)
from hanbench.protocol.zigbee.clusters.prepayment_attributes import AttributeId as Credit
from hanbench.protocol.zigbee.clusters.prepayment_attributes import CreditStatus
from hanbench.protocol.zigbee.zcl import Direction, FrameType, ZclFrame, ZclStatus
from hanbench.protocol.zigbee.zcl_general import (
    Attribute,
    DefaultResponse,
    DiscoverAttributes,
    DiscoverAttributesResponse,
    DiscoveredAttribute,
    ReadAttributes,
    ReadAttributesResponse,
    ReportAttributes,
    WriteAttributes,
    WriteAttributesResponse,
    WriteFailure,
)


def asked(bench: Bench, cluster: int, frame: ZclFrame, now: int = SECOND_US) -> ZclFrame | None:
    """Send a frame from the display, and return the answer to it."""
    packet = Packet(source=DISPLAY, target=ESME, cluster=cluster, payload=zcl.encode(frame))
    answers = packets_of(bench.deliver(packet, now), cluster)
    assert all(answer.target == DISPLAY for answer in answers)
    return zcl.decode(answers[0].payload) if answers else None


def read(bench: Bench, cluster: int, *ids: int, now: int = SECOND_US) -> dict[int, object]:
    request = zcl_general.encode(ReadAttributes(ids), Direction.CLIENT_TO_SERVER, sequence=9)
    answer = asked(bench, cluster, request, now)
    assert answer is not None
    assert answer.sequence == 9
    response = zcl_general.decode(answer)
    assert isinstance(response, ReadAttributesResponse)
    return {it.id: it.typed.value if it.typed else it.status for it in response.results}


def status_of(answer: ZclFrame | None) -> ZclStatus:
    assert answer is not None
    response = zcl_general.decode(answer)
    assert isinstance(response, DefaultResponse)
    return response.status


def reports(outputs: list[tuple[int, Output]], cluster: int) -> list[tuple[int, dict[int, object]]]:
    found: list[tuple[int, dict[int, object]]] = []
    for at, output in outputs:
        for packet in packets_of([output], cluster):
            command = zcl_general.decode(zcl.decode(packet.payload))
            assert isinstance(command, ReportAttributes)
            found.append((at, {it.id: it.typed.value for it in command.attributes}))
    return found


def test_the_meter_reports_its_reading_to_its_displays_each_interval() -> None:
    bench = esme(report_interval_us=HOUR_US)

    sent = run(bench.meter, 24 * HOUR_US)

    found = reports(sent, ClusterId.METERING)
    assert [at for at, _ in found] == [hour * HOUR_US for hour in range(1, 25)]
    assert found[-1][1] == {
        Meter.CURRENT_SUMMATION_DELIVERED: 7400,
        Meter.INSTANTANEOUS_DEMAND: 308,
        Meter.STATUS: 0,
        Meter.SUPPLY_STATUS: 2,
    }
    assert all(isinstance(it, Transmission) and it.receiver == DISPLAY for _, it in sent)
    assert reports(sent, ClusterId.PREPAYMENT) == []


def test_a_prepayment_meter_reports_the_credit_too() -> None:
    bench = esme(report_interval_us=HOUR_US, balance_pence=1000)

    sent = run(bench.meter, HOUR_US)

    [(_, credit)] = reports(sent, ClusterId.PREPAYMENT)
    assert credit[Credit.CREDIT_REMAINING] == 1000 - 8


def test_a_credit_meter_without_reports_has_nothing_to_wake_for() -> None:
    assert esme().meter.deadline is None


def test_a_router_says_so_in_its_rounds() -> None:
    bench = esme()
    setup = dataclasses.replace(bench.meter.core.setup, link_status_interval_us=15 * SECOND_US)

    meter = Esme("esme", ESME, setup)

    assert meter.deadline == 15 * SECOND_US
    assert meter.wake(Instant(15 * SECOND_US)) == []  # a plain stack has no link status
    assert meter.deadline == 30 * SECOND_US


def test_attributes_are_read_with_their_status() -> None:
    values = read(
        esme(),
        ClusterId.METERING,
        Meter.CURRENT_SUMMATION_DELIVERED,
        Meter.DIVISOR,
        0x0FFF,
        now=DAY_US,
    )

    assert values == {
        Meter.CURRENT_SUMMATION_DELIVERED: 7400,
        Meter.DIVISOR: 1000,
        0x0FFF: ZclStatus.UNSUPPORTED_ATTRIBUTE,
    }


def test_a_read_of_more_than_one_frame_holds_is_answered_in_part() -> None:
    wanted = tuple(Meter)[:20]

    values = read(esme(), ClusterId.METERING, *wanted)

    assert 0 < len(values) < len(wanted)
    assert list(values) == list(wanted[: len(values)])


def test_the_time_and_the_make_of_the_meter_can_be_read() -> None:
    bench = esme()

    time_read = read(bench, ClusterId.TIME, time_cluster.AttributeId.TIME, now=60 * SECOND_US)
    make = read(
        bench,
        ClusterId.BASIC,
        basic.AttributeId.MODEL_IDENTIFIER,
        basic.AttributeId.POWER_SOURCE,
    )

    assert list(time_read.values()) == [EPOCH_UNIX_S + 60 - ZIGBEE_EPOCH_UNIX_S]
    assert list(make.values()) == ["liberty-100", 1]


def test_an_unknown_cluster_has_no_attributes() -> None:
    assert read(esme(), ClusterId.CALENDAR, 0) == {0: ZclStatus.UNSUPPORTED_ATTRIBUTE}


def test_what_is_not_served_gets_a_default_response() -> None:
    bench = esme()
    snapshot = prepayment.COMMANDS.encode(
        prepayment.GetPrepaySnapshot(earliest_utc=0, latest_utc=1, offset=0, cause=0), sequence=1
    )
    unknown = ZclFrame(
        frame_type=FrameType.CLUSTER,
        direction=Direction.CLIENT_TO_SERVER,
        sequence=1,
        command_id=0x77,
    )
    wanted = [
        (ClusterId.PREPAYMENT, snapshot),
        (ClusterId.METERING, unknown),
        (ClusterId.CALENDAR, unknown),
    ]

    for cluster, frame in wanted:
        assert status_of(asked(bench, cluster, frame)) is ZclStatus.UNSUPPORTED_CLUSTER_COMMAND


def test_an_attribute_is_not_for_the_han_to_write() -> None:
    write = zcl_general.encode(
        WriteAttributes(
            (
                Attribute(0, AttributeValue(DataType.UINT8, 1)),
                Attribute(0x0FFF, AttributeValue(DataType.UINT8, 1)),
            )
        ),
        Direction.CLIENT_TO_SERVER,
        sequence=1,
    )

    answer = asked(esme(), ClusterId.METERING, write)

    assert answer is not None
    assert zcl_general.decode(answer) == WriteAttributesResponse(
        (
            WriteFailure(ZclStatus.READ_ONLY, 0),
            WriteFailure(ZclStatus.UNSUPPORTED_ATTRIBUTE, 0x0FFF),
        )
    )


def test_the_attributes_of_a_cluster_can_be_discovered() -> None:
    discover = zcl_general.encode(DiscoverAttributes(0, 2), Direction.CLIENT_TO_SERVER, sequence=1)

    answer = asked(esme(), ClusterId.TIME, discover)

    assert answer is not None
    assert zcl_general.decode(answer) == DiscoverAttributesResponse(
        is_complete=True,
        attributes=(DiscoveredAttribute(0, DataType.UTC), DiscoveredAttribute(1, DataType.MAP8)),
    )


def test_a_malformed_command_is_called_so_and_a_response_is_not_answered() -> None:
    bench = esme()
    cut_short = ZclFrame(
        frame_type=FrameType.CLUSTER,
        direction=Direction.CLIENT_TO_SERVER,
        sequence=1,
        command_id=4,
        payload=b"\x02",
    )
    response = zcl_general.encode(
        DefaultResponse(0, ZclStatus.SUCCESS), Direction.CLIENT_TO_SERVER, sequence=1
    )

    assert status_of(asked(bench, ClusterId.PREPAYMENT, cut_short)) is ZclStatus.MALFORMED_COMMAND
    assert asked(bench, ClusterId.METERING, response) is None
    assert asked(bench, ClusterId.METERING, response._replace(direction=Direction(1))) is None
    garbage = Packet(source=DISPLAY, target=ESME, cluster=ClusterId.METERING, payload=b"\xff")
    assert bench.deliver(garbage, 1) == []


def test_a_top_up_by_a_display_is_answered_with_its_result() -> None:
    bench = esme(balance_pence=500)
    digits = bench.utrn(NativeCode(NativeType.VEND_ADD, 1, 1000))
    top_up = prepayment.COMMANDS.encode(
        ConsumerTopUp(OriginatingDevice.IN_HOME_DISPLAY, digits.encode()), sequence=5
    )

    results = []
    for _ in range(2):
        answer = asked(bench, ClusterId.PREPAYMENT, top_up)
        assert answer is not None
        response = prepayment.COMMANDS.decode(answer)
        assert isinstance(response, ConsumerTopUpResponse)
        results.append((response.result, response.value, response.credit_remaining))

    assert results == [
        (TopUpResult.ACCEPTED, 1000, 1500),
        (TopUpResult.REJECTED_DUPLICATE, 0, 1500),
    ]


def test_emergency_credit_is_selected_from_a_display_when_it_is_on_offer() -> None:
    bench = esme(balance_pence=101)
    select = prepayment.COMMANDS.encode(
        SelectEmergencyCredit(0, OriginatingDevice.IN_HOME_DISPLAY),
        sequence=5,
        disable_default_response=False,
    )

    early = status_of(asked(bench, ClusterId.PREPAYMENT, select))
    later = status_of(asked(bench, ClusterId.PREPAYMENT, select, now=HOUR_US))

    assert (early, later) == (ZclStatus.FAILURE, ZclStatus.SUCCESS)
    assert bench.meter.metering.account.emergency is EmergencyCredit.ACTIVE
    status = read(bench, ClusterId.PREPAYMENT, Credit.CREDIT_STATUS, now=HOUR_US)
    assert status[Credit.CREDIT_STATUS] == (
        CreditStatus.LOW_CREDIT
        | CreditStatus.EMERGENCY_CREDIT_ENABLED
        | CreditStatus.EMERGENCY_CREDIT_SELECTED
        | CreditStatus.EMERGENCY_CREDIT_IN_USE
    )


def test_credit_runs_out_by_itself_and_the_register_stands_still_then() -> None:
    bench = esme(balance_pence=50)

    run(bench.meter, DAY_US)
    stopped = bench.meter.metering.register(Instant(DAY_US))
    run(bench.meter, 2 * DAY_US)

    assert bench.meter.metering.supply is SupplyState.DISABLED
    # 50 p buy 1852 Wh at 27.0 p; what is used until the next settlement is not noticed at once.
    assert 1852 <= stopped < 1852 + 2 * 155
    assert bench.meter.metering.register(Instant(2 * DAY_US)) == stopped
    [change] = [it for it in bench.events if isinstance(it, SupplyChanged)]
    assert (change.supply_state, change.because) == ("disabled", "use")
    codes = [it.code for it in bench.events if isinstance(it, AlertRaised)]
    assert codes == ["8119", "8F0F"]


def test_a_top_up_arms_the_supply_and_the_buttons_close_it() -> None:
    bench = esme(balance_pence=50)
    run(bench.meter, DAY_US)

    code = bench.utrn(NativeCode(NativeType.VEND_ADD, 1, 1000))
    bench.meter.enter_code(code, "keypad", Instant(DAY_US))
    armed = bench.meter.metering.supply
    bench.meter.press_a(Instant(DAY_US + SECOND_US))
    bench.meter.press_b(Instant(DAY_US + 2 * SECOND_US))

    assert armed is SupplyState.ARMED
    assert bench.meter.metering.supply is SupplyState.ENABLED


def test_a_pressed_a_is_forgotten_in_a_power_cut() -> None:
    bench = esme(balance_pence=50, overrides={"meter.boot_time": "5s"})
    run(bench.meter, DAY_US)
    code = bench.utrn(NativeCode(NativeType.VEND_ADD, 1, 1000))
    bench.meter.enter_code(code, "keypad", Instant(DAY_US))

    bench.meter.press_a(Instant(DAY_US))
    bench.meter.restart(Instant(DAY_US + SECOND_US), "mains")
    bench.meter.press_a(Instant(DAY_US + 2 * SECOND_US))
    bench.meter.press_b(Instant(DAY_US + 3 * SECOND_US))
    bench.meter.wake(Instant(DAY_US + 6 * SECOND_US))
    bench.meter.press_b(Instant(DAY_US + 7 * SECOND_US))

    assert bench.meter.metering.supply is SupplyState.ARMED


def test_a_load_above_the_limit_for_the_monitored_time_arms_the_supply() -> None:
    bench = esme(overrides={"load_limit.limit_w": 300})

    run(bench.meter, 60 * SECOND_US)

    assert bench.meter.metering.supply is SupplyState.ARMED
    assert [it.code for it in bench.events if isinstance(it, AlertRaised)] == ["8F01", "8F33"]


@pytest.mark.parametrize("limit_w", [0, 309])
def test_a_load_below_the_limit_trips_nothing(limit_w: int) -> None:
    bench = esme(overrides={"load_limit.limit_w": limit_w})

    run(bench.meter, HOUR_US)

    assert bench.meter.metering.supply is SupplyState.ENABLED


def test_a_meter_without_power_is_silent_and_takes_up_its_rounds_after_booting() -> None:
    bench = esme(report_interval_us=10 * MINUTE_US)
    bench.meter.restart(Instant(5 * MINUTE_US), "mains")

    assert bench.meter.wake(Instant(5 * MINUTE_US + SECOND_US)) == []
    sent = run(bench.meter, 16 * MINUTE_US)

    assert [at for at, _ in sent] == [15 * MINUTE_US + 20 * SECOND_US]


def test_nothing_is_registered_or_charged_for_use_while_the_meter_is_dark() -> None:
    bench = esme(daily=24_000, balance_pence=100_000, overrides={"meter.boot_time": "20s"})
    meter = bench.meter
    run(meter, HOUR_US)
    meter.go_dark(Instant(HOUR_US))
    before = meter.metering.register(Instant(HOUR_US)), meter.metering.balance_pence
    assert before[0] == 1000
    assert meter.metering.register(Instant(3 * HOUR_US)) == 1000
    assert meter.metering.demand(Instant(3 * HOUR_US)) == 0
    meter.restart(Instant(3 * HOUR_US), "power")
    booted_at = 3 * HOUR_US + 20 * SECOND_US
    run(meter, booted_at)
    assert (meter.metering.register(Instant(booted_at)), meter.metering.balance_pence) == before
    assert meter.metering.register(Instant(booted_at + HOUR_US)) == 2000


def test_a_moment_without_power_costs_the_register_the_time_of_the_boot_alone() -> None:
    bench = esme(daily=86_400, overrides={"meter.boot_time": "20s"})
    bench.meter.restart(Instant(100 * SECOND_US), "power lost and back")
    run(bench.meter, 120 * SECOND_US)
    assert bench.meter.metering.register(Instant(120 * SECOND_US)) == 100
    assert bench.meter.metering.register(Instant(130 * SECOND_US)) == 110


def test_the_standing_charge_of_an_outage_is_due_when_it_is_over() -> None:
    bench = esme(balance_pence=100_000, daily=0)
    bench.meter.metering.set_tariff(240, 0, Instant(0))
    bench.meter.go_dark(Instant(0))
    bench.meter.restart(Instant(DAY_US), "power")
    run(bench.meter, DAY_US + MINUTE_US)
    assert bench.meter.metering.balance_pence == 100_000 - 24


def test_no_load_limit_trips_or_ends_in_the_dark() -> None:
    limit = {"load_limit.limit_w": 500, "load_limit.restore_after": "30min"}
    bench = esme(daily=24_000, overrides=limit)
    run(bench.meter, 10 * MINUTE_US)
    assert bench.meter.metering.supply is SupplyState.ARMED
    bench.meter.go_dark(Instant(11 * MINUTE_US))
    bench.meter.restart(Instant(2 * HOUR_US), "power")
    assert bench.meter.metering.supply is SupplyState.ARMED
    run(bench.meter, 2 * HOUR_US + MINUTE_US)
    assert bench.meter.metering.supply is SupplyState.ENABLED


def test_a_meter_whose_power_was_taken_away_takes_no_code_and_no_button() -> None:
    bench = esme(balance_pence=0)
    meter = bench.meter
    code = bench.utrn(NativeCode(NativeType.VEND_ADD, 2, 1000))
    meter.go_dark(Instant(0))
    assert meter.enter_code(code, "keypad", Instant(1)).result is UtrnResult.INCOMPLETE
    assert meter.metering.balance_pence == 0
    assert meter.deadline is None
    meter.restart(Instant(MINUTE_US), "power")
    run(meter, 2 * MINUTE_US)
    assert meter.enter_code(code, "keypad", Instant(2 * MINUTE_US)).result is UtrnResult.ACCEPTED


def test_a_packet_for_another_device_is_not_ours() -> None:
    bench = esme()
    foreign = Packet(source=DISPLAY, target=HUB, cluster=ClusterId.METERING, payload=b"")

    assert bench.deliver(foreign, 1) == []
