"""What a meter answers to commands of its HAN: price, logs, top-ups, closing an armed supply."""

from tests.emulator.meter_bench import (
    DISPLAY,
    EPOCH_UNIX_S,
    ESME,
    GSME,
    Bench,
    esme,
    gsme,
    packets_of,
)

from hanbench.emulator.device import Packet
from hanbench.emulator.instant import DAY_US, HOUR_US, SECOND_US, Instant
from hanbench.emulator.meters.commands import MeterCommands
from hanbench.emulator.meters.prepayment import OffReason, SupplyState
from hanbench.emulator.meters.utrn_entry import KEYPAD
from hanbench.protocol.utrn import NativeCode, NativeType
from hanbench.protocol.zigbee import zcl
from hanbench.protocol.zigbee.clusters import catalogue, events, metering, prepayment, price
from hanbench.protocol.zigbee.clusters import time as time_cluster
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.prepayment import OriginatingDevice, TopUpResult
from hanbench.protocol.zigbee.zcl import ZclStatus
from hanbench.protocol.zigbee.zcl_general import DefaultResponse

EPOCH_UTC = time_cluster.from_unix(EPOCH_UNIX_S)
ALL_OF_LOG = events.GetEventLog(
    control_and_log=events.LogId.ALL,
    event_id=0,
    start_utc=0,
    end_utc=0xFFFF_FFFE,
    count_max=0,
    offset=0,
)


def answer_to(
    bench: Bench, cluster: int, command: catalogue.ClusterCommand, now: int = SECOND_US
) -> catalogue.Command:
    """Send a command as a display would; return the answer, which must be there and secured."""
    frame = catalogue.COMMAND_SETS[cluster].encode(
        command, sequence=5, disable_default_response=False
    )
    packet = Packet(source=DISPLAY, target=ESME, cluster=cluster, payload=zcl.encode(frame))
    [answer] = packets_of(bench.deliver(packet, now), cluster)
    assert answer.is_secured
    read = zcl.decode(answer.payload)
    assert read.sequence == 5
    return catalogue.decode(cluster, read)


def status_of(command: catalogue.Command) -> ZclStatus:
    assert isinstance(command, DefaultResponse)
    return command.status


def test_the_price_in_force_is_published_in_tenths_of_a_penny() -> None:
    bench = esme()

    published = answer_to(bench, ClusterId.PRICE, price.GetCurrentPrice(options=1), HOUR_US)

    assert isinstance(published, price.PublishPrice)
    assert (published.price, published.trailing_digits) == (270, 3)
    assert published.currency == price.CURRENCY_GBP
    assert (published.start_utc, published.current_utc) == (EPOCH_UTC, EPOCH_UTC + 3600)


def test_a_new_tariff_is_the_price_from_when_it_was_set() -> None:
    bench = esme()
    bench.meter.metering.set_tariff(4000, 315, Instant(DAY_US))

    published = answer_to(
        bench, ClusterId.PRICE, price.GetScheduledPrices(start_utc=0, count_max=0), DAY_US + HOUR_US
    )

    assert isinstance(published, price.PublishPrice)
    assert published.price == 315
    assert published.start_utc == EPOCH_UTC + 86_400
    assert published.issuer_event_id > EPOCH_UTC


def test_the_top_up_log_tells_the_newest_first_and_hides_the_codes() -> None:
    bench = esme(balance_pence=500)
    codes = [bench.utrn(NativeCode(NativeType.VEND_ADD, n, 100 * n)) for n in (1, 2, 3)]
    for number, digits in enumerate(codes):
        bench.meter.enter_code(digits, KEYPAD, Instant(number * HOUR_US))

    logged = answer_to(
        bench,
        ClusterId.PREPAYMENT,
        prepayment.GetTopUpLog(latest_utc=0xFFFF_FFFE, count=0),
        4 * HOUR_US,
    )

    assert isinstance(logged, prepayment.PublishTopUpLog)
    assert [(one.amount, one.entered_utc) for one in logged.top_ups] == [
        (300, EPOCH_UTC + 7200),
        (200, EPOCH_UTC + 3600),
    ]
    assert [one.code.decode() for one in logged.top_ups] == [codes[2][-4:], codes[1][-4:]]


def test_without_a_top_up_so_far_there_is_none_to_be_found() -> None:
    asked = prepayment.GetTopUpLog(latest_utc=0xFFFF_FFFE, count=0)

    assert status_of(answer_to(esme(), ClusterId.PREPAYMENT, asked)) is ZclStatus.NOT_FOUND


def test_each_refusal_of_a_code_has_a_result_of_its_own() -> None:
    bench = esme(balance_pence=500)
    good = bench.utrn(NativeCode(NativeType.VEND_ADD, 1, 1000))
    entered = [
        good,
        good,
        bench.utrn(NativeCode(NativeType.VEND_ADD, 2, 60_000)),
        f"{int(bench.utrn(NativeCode(NativeType.VEND_ADD, 3, 100))) ^ 1:020}",
    ]

    answers = [
        answer_to(
            bench,
            ClusterId.PREPAYMENT,
            prepayment.ConsumerTopUp(OriginatingDevice.IN_HOME_DISPLAY, digits.encode()),
        )
        for digits in entered
    ]

    results = [one.result for one in answers if isinstance(one, prepayment.ConsumerTopUpResponse)]
    assert results == [
        TopUpResult.ACCEPTED,
        TopUpResult.REJECTED_DUPLICATE,
        TopUpResult.REJECTED_MAX_CREDIT_REACHED,
        TopUpResult.REJECTED_ERROR,
    ]


def test_the_logs_are_read_page_by_page_newest_first() -> None:
    bench = esme()
    for hour in range(6):
        bench.meter.logs.note("8F3E", Instant(hour * HOUR_US), "test")

    first = answer_to(bench, ClusterId.EVENTS, ALL_OF_LOG, DAY_US)
    rest = answer_to(
        bench,
        ClusterId.EVENTS,
        events.GetEventLog(
            control_and_log=events.LogId.SECURITY_EVENT,
            event_id=0x8F3E,
            start_utc=0,
            end_utc=0xFFFF_FFFE,
            count_max=0,
            offset=4,
        ),
        DAY_US,
    )

    assert isinstance(first, events.PublishEventLog)
    assert isinstance(rest, events.PublishEventLog)
    assert (first.matching_total, len(first.events), len(rest.events)) == (6, 4, 2)
    assert [one.event_utc - EPOCH_UTC for one in first.events] == [18000, 14400, 10800, 7200]
    assert {one.event_id for one in first.events + rest.events} == {0x8F3E}


def test_an_empty_log_is_not_found_and_an_unknown_one_is_refused() -> None:
    unknown = events.GetEventLog(
        control_and_log=0x0E, event_id=0, start_utc=0, end_utc=1, count_max=0, offset=0
    )

    assert status_of(answer_to(esme(), ClusterId.EVENTS, ALL_OF_LOG)) is ZclStatus.NOT_FOUND
    assert status_of(answer_to(esme(), ClusterId.EVENTS, unknown)) is ZclStatus.INVALID_FIELD


def test_a_display_cannot_empty_a_log() -> None:
    bench = esme()
    bench.meter.logs.note("8F3E", Instant(0), "test")

    cleared = answer_to(bench, ClusterId.EVENTS, events.ClearEventLog(events.LogId.SECURITY_EVENT))

    assert cleared == events.ClearEventLogResponse(0)
    assert isinstance(answer_to(bench, ClusterId.EVENTS, ALL_OF_LOG), events.PublishEventLog)


def test_a_display_closes_an_armed_supply_and_no_other() -> None:
    bench = esme(balance_pence=500)
    close = metering.LocalChangeSupply(metering.SupplyStatus.ON)

    while_on = answer_to(bench, ClusterId.METERING, close)
    bench.meter.metering.disable_supply(OffReason.INSTRUCTED, Instant(2 * SECOND_US))
    while_off = answer_to(bench, ClusterId.METERING, close, 2 * SECOND_US)
    bench.meter.metering.arm_supply("test", Instant(3 * SECOND_US))
    while_armed = answer_to(bench, ClusterId.METERING, close, 4 * SECOND_US)

    assert [status_of(one) for one in (while_on, while_off, while_armed)] == [
        ZclStatus.FAILURE,
        ZclStatus.FAILURE,
        ZclStatus.SUCCESS,
    ]
    assert bench.meter.metering.supply is SupplyState.ENABLED


def test_a_display_opens_no_switch() -> None:
    bench = esme()
    for proposed in (metering.SupplyStatus.OFF, metering.SupplyStatus.ARMED):
        answer = answer_to(bench, ClusterId.METERING, metering.LocalChangeSupply(proposed))
        assert status_of(answer) is ZclStatus.NOT_AUTHORISED
    assert bench.meter.metering.supply is SupplyState.ENABLED


def test_gas_is_priced_by_the_cubic_metre_and_never_opened_from_afar() -> None:
    bench = gsme()
    assert bench.eui64 == GSME
    core = bench.meter.core
    commands = MeterCommands(
        metering=core.metering, utc_s=core.clock.utc_s, enter_code=core.entry.enter
    )

    assert commands.price(Instant(0)).unit_of_measure == 1
    refused = commands.take(metering.LocalChangeSupply(metering.SupplyStatus.ON), Instant(0))
    assert refused is ZclStatus.NOT_AUTHORISED


def test_a_display_that_asks_to_be_spared_successes_is_not_told_of_one() -> None:
    bench = esme(balance_pence=500)
    bench.meter.metering.disable_supply(OffReason.INSTRUCTED, Instant(0))
    bench.meter.metering.arm_supply("test", Instant(0))
    frame = metering.COMMANDS.encode(
        metering.LocalChangeSupply(metering.SupplyStatus.ON), sequence=1
    )
    packet = Packet(
        source=DISPLAY, target=ESME, cluster=ClusterId.METERING, payload=zcl.encode(frame)
    )

    assert bench.deliver(packet, SECOND_US) == []
