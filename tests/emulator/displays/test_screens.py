"""The screens of displays: what they show, how they keep to their size, and the keys of a PPMID."""

import pytest
from tests.emulator.home_bench import CAD, ESME, HUB, IHD, PPMID, neighbourhood_of
from tests.emulator.meter_bench import POLICY

from hanbench.emulator.device import Device, Output, Packet, Transmission
from hanbench.emulator.displays.cad import Cad, Published
from hanbench.emulator.displays.display import DisplaySetup
from hanbench.emulator.displays.ihd import Ihd
from hanbench.emulator.displays.ppmid import Ppmid, Waiting
from hanbench.emulator.displays.screen import HEIGHT, WIDTH
from hanbench.emulator.fuel import Fuel
from hanbench.emulator.instant import HOUR_US, MINUTE_US, SECOND_US, START, Instant
from hanbench.emulator.node.endpoints import MIRROR_ENDPOINT
from hanbench.emulator.node.stack import PlainStack
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.attributes import AttributeValue, DataType
from hanbench.protocol.zigbee.clusters import catalogue, messaging, metering, prepayment, price
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.metering_attributes import AttributeId as Meter
from hanbench.protocol.zigbee.clusters.prepayment import OriginatingDevice, TopUpResult
from hanbench.protocol.zigbee.clusters.prepayment_attributes import AttributeId as Credit
from hanbench.protocol.zigbee.zcl import Direction, ZclStatus
from hanbench.protocol.zigbee.zcl_general import Attribute, DefaultResponse, ReportAttributes

NOON_S = 1_600_000_000 // 86_400 * 86_400 + 43_200
DAY_US = 24 * HOUR_US


def setup(me: Eui64, **changes: object) -> DisplaySetup:
    given = {
        "stack": PlainStack(me, neighbourhood_of(has_repeater=True, sleepers=())),
        "hub": HUB,
        "policy": POLICY,
        "esme": ESME,
        "utc_s": lambda now: NOON_S + now // SECOND_US,
        **changes,
    }
    return DisplaySetup(**given)  # type: ignore[arg-type]


def give(device: Device, packet: Packet, now: int) -> list[Output]:
    return device.receive(
        Transmission(
            sender=packet.source,
            receiver=device.eui64,
            frame=b"",
            frame_kind=packet.frame_kind,
            packet=packet,
            cause=None,
        ),
        Instant(now),
    )


def report(
    device: Device,
    *values: tuple[int, int],
    fuel: Fuel = Fuel.ELECTRICITY,
    cluster: int = ClusterId.METERING,
    now: int = 0,
) -> None:
    is_gas = fuel is Fuel.GAS
    told = ReportAttributes(
        tuple(Attribute(number, AttributeValue(DataType.INT32, value)) for number, value in values)
    )
    packet = ZclSender(HUB if is_gas else ESME, POLICY).general(
        device.eui64,
        cluster,
        told,
        direction=Direction.SERVER_TO_CLIENT,
        kind="report",
        endpoints=(MIRROR_ENDPOINT if is_gas else 1, 1),
    )
    give(device, packet, now)


def tell(
    device: Device,
    cluster: int,
    command: catalogue.ClusterCommand,
    *,
    source: Eui64 = HUB,
    endpoint: int = 1,
) -> None:
    packet = ZclSender(source, POLICY).command(
        device.eui64, cluster, command, kind="test", endpoints=(endpoint, 1)
    )
    give(device, packet, 0)


def priced(tenth_pence: int, digits: int = 3) -> price.PublishPrice:
    return price.PublishPrice(
        provider_id=0,
        rate_label=b"",
        issuer_event_id=1,
        current_utc=0,
        unit_of_measure=0,
        digit_and_tier=digits << 4 | 1,
        tiers_and_register=0x11,
        start_utc=0,
        price=tenth_pence,
    )


def text(words: str, number: int = 1) -> messaging.DisplayMessage:
    return messaging.DisplayMessage(
        message_id=number, control=0, start_utc=0, duration_minutes=0xFFFF, text=words
    )


def ihd() -> Ihd:
    return Ihd("ihd", IHD, setup=setup(IHD))


def ppmid(**changes: object) -> Ppmid:
    return Ppmid("ppmid", PPMID, setup=setup(PPMID, **changes))


def test_a_screen_shows_use_cost_credit_supply_and_text_of_both_fuels() -> None:
    display = ihd()
    for now, reading in ((0, 12_000), (HOUR_US, 12_345)):
        report(display, (0, reading), (Meter.INSTANTANEOUS_DEMAND, 308), now=now)
        report(display, (0, 7_000), (Meter.SUPPLY_STATUS, 1), fuel=Fuel.GAS, now=now)
    report(
        display,
        (Credit.CREDIT_REMAINING, 1234),
        (Credit.EMERGENCY_CREDIT_REMAINING, 500),
        cluster=ClusterId.PREPAYMENT,
        now=HOUR_US,
    )
    tell(display, ClusterId.PRICE, priced(270), source=ESME)
    tell(display, ClusterId.MESSAGING, text("Prices rise"))

    shown = display.screen(Instant(HOUR_US + 5 * MINUTE_US))

    assert [line.rstrip() for line in shown] == [
        "13:05 UTC                  HAN *",
        "electricity          12.345 kWh",
        " now 308 W   today 0.345 kWh",
        " 27.0p",
        "gas                   7.000 m3",
        "             today 0.000 m3",
        "elec £12.34 EC £5.00",
        "gas READY",
        "> Prices rise",
        "",
    ]


def test_every_screen_has_the_same_size_and_an_idle_one_says_that_it_waits() -> None:
    display = ppmid()
    blank = display.screen(START)
    report(display, (0, 1))
    tell(display, ClusterId.MESSAGING, text("x" * 60))
    full = display.screen(START)

    for screen in (blank, full):
        assert len(screen) == HEIGHT
        assert {len(line) for line in screen} == {WIDTH}
    assert blank[1].rstrip() == "waiting for meter"
    assert blank[0].endswith("HAN -")


def test_where_there_is_too_much_costs_give_way_first_and_then_the_use_of_today() -> None:
    display = ppmid(prices={Fuel.ELECTRICITY: 270, Fuel.GAS: 81})
    report(display, (0, 1000), (Meter.SUPPLY_STATUS, 2))
    report(display, (0, 2000), (Meter.SUPPLY_STATUS, 2), fuel=Fuel.GAS)
    for fuel in Fuel:
        display.enter_code("x", START, fuel)
    tell(display, ClusterId.MESSAGING, text("newest"))

    shown = [line.rstrip() for line in display.screen(START)]

    assert shown[1:] == [
        "electricity           1.000 kWh",
        "             today 0.000 kWh",
        "gas                   2.000 m3",
        "             today 0.000 m3",
        "elec ON",
        "gas ON",
        "elec top-up: incorrect",
        "gas top-up: incorrect",
        "> newest",
    ]
    display.confirm_message(START)
    assert display.screen(START)[3].rstrip() == " 27.0p today £0.00 week £0.00"
    for key in "12":
        display.press(key, START)
    tell(display, ClusterId.MESSAGING, text("again"))
    crowded = [line.rstrip() for line in display.screen(START)]
    assert crowded[3:5] == ["gas                   2.000 m3", "elec ON"], "and then use today"


def test_a_display_counts_each_day_anew_and_its_light_goes_out_when_nothing_comes() -> None:
    display = ihd()
    report(display, (0, 1000))
    report(display, (0, 1500), now=6 * HOUR_US)
    report(display, (0, 2000), now=DAY_US)
    report(display, (0, 2100), now=DAY_US + HOUR_US)

    assert "today 0.100 kWh" in display.screen(Instant(DAY_US + HOUR_US))[2]
    assert display.screen(Instant(DAY_US + HOUR_US))[0].endswith("HAN *")
    assert display.screen(Instant(DAY_US + 3 * HOUR_US))[0].endswith("HAN -")


def test_a_text_is_cancelled_by_its_number_or_with_all_others_and_replaced_by_the_next() -> None:
    display = ihd()

    def shows(words: str) -> bool:
        return any(f"> {words}" in line for line in display.screen(START))

    tell(display, ClusterId.MESSAGING, text("one", 1))
    tell(display, ClusterId.MESSAGING, messaging.CancelMessage(2, 0))
    assert shows("one")
    tell(display, ClusterId.MESSAGING, text("two", 2))
    assert shows("two")
    assert not shows("one")
    tell(display, ClusterId.MESSAGING, messaging.CancelMessage(2, 0))
    assert not shows("two")
    tell(display, ClusterId.MESSAGING, text("three", 3))
    tell(display, ClusterId.MESSAGING, messaging.CancelAllMessages(0))
    assert not shows("three")


def test_a_text_from_anyone_but_the_hub_and_malformed_ones_are_not_shown() -> None:
    display = ihd()
    tell(display, ClusterId.MESSAGING, text("from the meter"), source=ESME)
    tell(display, ClusterId.MESSAGING, messaging.GetLastMessage())
    for cluster, source in ((ClusterId.MESSAGING, HUB), (ClusterId.PRICE, ESME)):
        noise = Packet(source=source, target=IHD, cluster=cluster, payload=b"\x09\x01\x00\x01")
        (said,) = give(display, noise, 0)
        assert isinstance(said, Transmission)
        assert said.packet is not None
        answer = zcl_general.decode(zcl.decode(said.packet.payload))
        assert answer == DefaultResponse(0x00, ZclStatus.MALFORMED_COMMAND)

    assert display.notices.message is None
    assert display.notices.prices == {}


@pytest.mark.parametrize(("told", "digits"), [(270, 3), (27, 2), (27_000, 5)])
def test_a_price_is_read_by_its_trailing_digits(told: int, digits: int) -> None:
    display = ihd()
    tell(display, ClusterId.PRICE, priced(told, digits), endpoint=MIRROR_ENDPOINT)
    tell(display, ClusterId.PRICE, price.GetCurrentPrice(0), source=ESME)

    assert display.notices.prices == {Fuel.GAS: 270}


def test_what_was_shown_is_forgotten_in_a_power_cut() -> None:
    display = ppmid()
    display.press("1", START)
    tell(display, ClusterId.MESSAGING, text("one"))
    display.restart(Instant(1), "power cut")

    assert [line.strip() for line in display.screen(Instant(1))[1:3]] == ["waiting for meter", ""]


# The PPMID's keys


def test_a_code_is_typed_key_by_key_and_sent_with_enter() -> None:
    display = ppmid()
    for key in ("1", "2", "x", "<", *"3" * 19):
        assert display.press(key, START) == []
    assert any(f"code 1{'3' * 19}" in line for line in display.screen(START))

    [sent] = display.press("ENTER", START)

    assert isinstance(sent, Transmission)
    assert sent.packet is not None
    top_up = prepayment.COMMANDS.decode(zcl.decode(sent.packet.payload))
    assert isinstance(top_up, prepayment.ConsumerTopUp)
    assert top_up.code == b"1" + b"3" * 19
    assert display.typed == ""


@pytest.mark.parametrize(
    ("digits", "result", "word"),
    [
        (20, TopUpResult.ACCEPTED, "Accepted"),
        (20, TopUpResult.REJECTED_DUPLICATE, "Duplicate"),
        (20, TopUpResult.REJECTED_INVALID, "Invalid"),
        (20, TopUpResult.REJECTED_ERROR, "Incorrect"),
        (19, TopUpResult.REJECTED_ERROR, "Incomplete"),
        (20, TopUpResult.REJECTED_MAX_CREDIT_REACHED, "Account High"),
        (20, TopUpResult.REJECTED_TOO_LARGE, "Account Low"),
        (20, TopUpResult.REJECTED_KEYPAD_LOCKED, "Key Locked"),
    ],
)
def test_what_became_of_a_code_is_said_in_the_words_of_the_meter(
    digits: int, result: TopUpResult, word: str
) -> None:
    display = ppmid()
    display.enter_code("1" * digits, START)
    answer = prepayment.ConsumerTopUpResponse(result, 0, OriginatingDevice.IN_HOME_DISPLAY, 1000)
    tell(display, ClusterId.PREPAYMENT, answer, source=ESME)

    assert any(line.strip() == f"elec top-up: {word}" for line in display.screen(START))


@pytest.mark.parametrize(
    ("status", "becomes"),
    [(ZclStatus.SUCCESS, Waiting.ACCEPTED), (ZclStatus.FAILURE, Waiting.REFUSED)],
)
def test_a_then_b_asks_the_meter_to_close_its_supply(status: ZclStatus, becomes: Waiting) -> None:
    display = ppmid()
    display.press_a(START)
    [sent] = display.press_b(Instant(30 * SECOND_US))
    assert isinstance(sent, Transmission)
    assert sent.packet is not None
    asked = metering.COMMANDS.decode(zcl.decode(sent.packet.payload))
    answer = ZclSender(ESME, POLICY).general(
        PPMID,
        ClusterId.METERING,
        DefaultResponse(0x0C, status),
        direction=Direction.SERVER_TO_CLIENT,
        kind="response",
    )
    give(display, answer, 31 * SECOND_US)

    assert asked == metering.LocalChangeSupply(metering.SupplyStatus.ON)
    assert display.rearming is becomes
    assert any(f"A then B: {becomes.value}" in line for line in display.screen(START))


def test_b_without_a_or_too_late_or_without_a_meter_asks_nothing() -> None:
    late, alone, nowhere = ppmid(), ppmid(), ppmid(esme=None)
    late.press_a(START)
    nowhere.press_a(START)

    assert late.press_b(Instant(30 * SECOND_US + 1)) == []
    assert alone.press_b(START) == []
    assert nowhere.press_b(START) == []
    report(alone, (0, 1))
    assert alone.rearming is None


def test_a_text_is_confirmed_once_to_the_hub() -> None:
    display = ppmid()
    assert display.confirm_message(START) == []
    tell(display, ClusterId.MESSAGING, text("one", 7))

    [sent] = display.confirm_message(Instant(SECOND_US))

    assert isinstance(sent, Transmission)
    assert sent.packet is not None
    assert sent.receiver == HUB
    said = messaging.COMMANDS.decode(zcl.decode(sent.packet.payload))
    assert isinstance(said, messaging.MessageConfirmation)
    assert said.message_id == 7
    assert display.confirm_message(Instant(2 * SECOND_US)) == []


# The CAD


def test_a_cad_publishes_each_reading_as_it_comes_and_nothing_else() -> None:
    cad = Cad("cad", CAD, setup=setup(CAD))
    heard: list[Published] = []
    cad.on_reading = heard.append
    report(cad, (0, 1000), now=10)
    report(cad, (0, 2000), now=20)
    tell(cad, ClusterId.MESSAGING, text("not a reading"))
    refused = ZclSender(ESME, POLICY).general(
        CAD,
        ClusterId.METERING,
        DefaultResponse(0, ZclStatus.FAILURE),
        direction=Direction.SERVER_TO_CLIENT,
        kind="response",
    )
    give(cad, refused, 30)

    assert [(one.at, one.fuel, one.reading.register) for one in heard] == [
        (10, Fuel.ELECTRICITY, 1000),
        (20, Fuel.ELECTRICITY, 2000),
    ]
    assert list(cad.published) == heard
