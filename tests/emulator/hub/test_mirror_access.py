"""What a hub tells a gas meter that has reported: notification flags for what waits."""

import pytest
from tests.emulator.home_bench import FIRST_WAKE_US, GSME, HomeBench, Options, home_bench

from hanbench.emulator.displays.ppmid import Ppmid
from hanbench.emulator.events import PacketPassed
from hanbench.emulator.fuel import Fuel
from hanbench.emulator.hub.gas_mirror import Content, GasMirror, Held, MirrorParameters
from hanbench.emulator.hub.mirror_access import notification
from hanbench.emulator.instant import HOUR_US, MINUTE_US, SECOND_US, Instant
from hanbench.emulator.model import Memory, OfferOrder
from hanbench.protocol.instruction import NoOp
from hanbench.protocol.zigbee import zcl
from hanbench.protocol.zigbee.clusters import metering
from hanbench.protocol.zigbee.clusters.metering import FunctionalFlag, MirrorReportAttributeResponse

WAKE = FIRST_WAKE_US
ENVELOPE = FunctionalFlag.STAY_AWAKE_REQUEST_WAN | FunctionalFlag.TUNNEL_MESSAGE_PENDING


def mirror_with(*waiting: tuple[Content, int]) -> GasMirror:
    parameters = MirrorParameters(
        order=OfferOrder.FIFO, expiry_us=HOUR_US, capacity=4, memory=Memory.KEPT
    )
    mirror = GasMirror("gsme", parameters, "home-1", lambda _: None)
    for content, available_from in waiting:
        held = Held(
            message_id=1,
            octets=b"",
            stored_at=Instant(0),
            available_from=Instant(available_from),
            content=content,
        )
        mirror.store(held, Instant(0))
    return mirror


@pytest.mark.parametrize(
    ("waiting", "flags"),
    [
        ([], FunctionalFlag(0)),
        ([(Content.ENVELOPE, 0)], ENVELOPE),
        ([(Content.ZCL, 0)], FunctionalFlag.STAY_AWAKE_REQUEST_HAN),
        (
            [(Content.ZCL, 0), (Content.ENVELOPE, 0)],
            ENVELOPE | FunctionalFlag.STAY_AWAKE_REQUEST_HAN,
        ),
        ([(Content.ENVELOPE, 2)], FunctionalFlag(0)),
    ],
)
def test_the_flags_say_what_waits_and_can_be_had_now(
    waiting: list[tuple[Content, int]], flags: FunctionalFlag
) -> None:
    told = notification(mirror_with(*waiting), Instant(1))
    assert told == MirrorReportAttributeResponse(1, (int(flags),))


def test_a_hub_without_a_mirror_has_nothing_for_anybody() -> None:
    assert notification(None, Instant(0)).flags == (0,)


def flags_told(bench: HomeBench) -> list[tuple[int, ...]]:
    found = []
    for event in bench.events:
        if isinstance(event, PacketPassed) and event.frame_kind == "notification":
            told = metering.COMMANDS.decode(zcl.decode(event.payload))
            assert isinstance(told, MirrorReportAttributeResponse)
            found.append(told.flags)
    return found


def test_each_report_of_the_reading_is_answered_once_and_the_meter_sleeps() -> None:
    bench = home_bench(Options(report_interval_us=10 * MINUTE_US, balance_pence=500))
    bench.run_to(WAKE + 5 * SECOND_US)
    assert flags_told(bench) == [(0,)], "the credit that is reported beside it gets none of its own"
    assert not bench.gsme.is_listening


def test_the_flags_of_a_top_up_that_waits_ask_the_meter_to_stay_for_the_home() -> None:
    bench = home_bench(Options(report_interval_us=10 * MINUTE_US, has_repeater=True))
    ppmid = bench.of(Ppmid, "ppmid")
    typed = ppmid.enter_code("1" * 20, bench.runner.now, Fuel.GAS)
    bench.runner.emit("home-1", "ppmid", typed)
    bench.instruct(GSME, NoOp(1))
    bench.run_to(WAKE + MINUTE_US)
    both = ENVELOPE | FunctionalFlag.STAY_AWAKE_REQUEST_HAN
    assert flags_told(bench)[0] == (int(both),)
    assert ppmid.last_top_up is not None, "the answer has come to the display"
