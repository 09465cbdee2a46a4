"""What a gas meter makes of the hub's word about its mirror."""

import pytest
from tests.emulator.meter_bench import GSME, HUB, POLICY, Bench, gsme, packets_of

from hanbench.emulator.device import Output, Packet, Poll
from hanbench.emulator.instant import MINUTE_US, SECOND_US, Instant
from hanbench.emulator.meters.gsme import Gsme
from hanbench.emulator.meters.mirror_client import NO_MIRROR, OwnMirror
from hanbench.emulator.node.endpoints import MIRROR_ENDPOINT
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import zcl
from hanbench.protocol.zigbee.clusters import metering
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.metering import (
    MirrorRemoved,
    MirrorReportAttributeResponse,
    RequestMirror,
    RequestMirrorResponse,
    TakeSnapshot,
)

WAKE = 30 * MINUTE_US


def from_hub(command: metering.Command, source: Eui64 = HUB) -> Packet:
    return ZclSender(source, POLICY).command(GSME, ClusterId.METERING, command, kind="mirror")


def mirror(endpoint: int | None = None) -> OwnMirror:
    return OwnMirror(HUB, ZclSender(GSME, POLICY), endpoint)


def commands(outputs: list[Output]) -> list[metering.Command]:
    found = []
    for packet in packets_of(outputs, ClusterId.METERING):
        frame = zcl.decode(packet.payload)
        if frame.frame_type is zcl.FrameType.CLUSTER:
            found.append(metering.COMMANDS.decode(frame))
    return found


def without_a_mirror() -> tuple[Bench, Gsme]:
    bench = gsme(report_interval_us=60 * MINUTE_US)
    meter = bench.meter
    assert isinstance(meter, Gsme)
    meter._mirror.endpoint = None
    return bench, meter


def test_the_hubs_word_gives_and_takes_the_endpoint() -> None:
    own = mirror()

    assert own.heard(from_hub(RequestMirrorResponse(9))) == RequestMirrorResponse(9)
    assert own.endpoint == 9
    own.heard(from_hub(RequestMirrorResponse(NO_MIRROR)))
    assert own.endpoint is None
    own.heard(from_hub(RequestMirrorResponse(9)))
    own.heard(from_hub(MirrorRemoved(9)))
    assert own.endpoint is None


@pytest.mark.parametrize(
    "packet",
    [
        from_hub(RequestMirrorResponse(9), source=Eui64(0xBAD)),
        from_hub(RequestMirrorResponse(9))._replace(is_secured=False),
        from_hub(RequestMirrorResponse(9))._replace(payload=b"\x01\x02"),
        from_hub(RequestMirrorResponse(9))._replace(cluster=ClusterId.PRICE),
        from_hub(TakeSnapshot(0)),
    ],
    ids=["stranger", "unsecured", "malformed", "cluster", "something-else"],
)
def test_what_is_not_the_hubs_word_about_it_changes_nothing(packet: Packet) -> None:
    own = mirror()

    assert own.heard(packet) is None
    assert own.endpoint is None


def test_there_is_nothing_to_give_back_without_one() -> None:
    assert mirror().remove() is None
    given_back = mirror(9).remove()
    assert given_back is not None
    assert given_back.wants_ack


def test_a_meter_without_a_mirror_asks_at_each_wake_and_reports_to_nobody() -> None:
    bench, meter = without_a_mirror()

    first = meter.wake(Instant(WAKE))
    bench.deliver(from_hub(RequestMirrorResponse(NO_MIRROR)), WAKE + SECOND_US)
    second = meter.wake(Instant(2 * WAKE))

    for outputs in (first, second):
        assert commands(outputs) == [RequestMirror()]
        assert any(isinstance(one, Poll) for one in outputs)
        assert len(packets_of(outputs, ClusterId.METERING)) == 1


def test_a_meter_that_is_told_that_there_is_none_goes_back_to_sleep() -> None:
    bench, meter = without_a_mirror()
    meter.wake(Instant(WAKE))
    bench.deliver(from_hub(RequestMirrorResponse(NO_MIRROR)), WAKE + SECOND_US)

    meter.poll_answered(False, Instant(WAKE + SECOND_US))

    assert not meter.is_listening


def test_a_meter_that_is_given_one_brings_it_up_to_date_at_once() -> None:
    bench, meter = without_a_mirror()
    meter.wake(Instant(WAKE))

    outputs = bench.deliver(from_hub(RequestMirrorResponse(MIRROR_ENDPOINT)), WAKE + SECOND_US)

    (report,) = packets_of(outputs, ClusterId.METERING)
    assert report.target_endpoint == MIRROR_ENDPOINT
    assert commands(outputs) == []


def test_flags_still_mean_what_they_meant() -> None:
    own = mirror(9)
    flags = MirrorReportAttributeResponse(1, (0x20,))

    assert own.heard(from_hub(flags)) == flags
    assert own.endpoint == 9


def test_a_mirror_taken_from_a_meter_without_a_node_is_asked_for_again() -> None:
    bench = gsme(report_interval_us=60 * MINUTE_US)
    meter = bench.meter
    meter.wake(Instant(WAKE))
    bench.deliver(from_hub(MirrorRemoved(MIRROR_ENDPOINT)), WAKE + SECOND_US)

    assert commands(meter.wake(Instant(2 * WAKE))) == [RequestMirror()]
