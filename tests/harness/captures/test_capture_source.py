"""What a capture is given: the frames in order, and the keys of every link."""

import itertools
from dataclasses import replace

import pytest
from tests.suite_cases import case_of, changed, driven

from hanbench.emulator.events import FrameSent
from hanbench.harness.captures.source import capture_of
from hanbench.harness.captures.writing import CaptureRun
from hanbench.harness.files.scenario_faults import DropFault
from hanbench.harness.homes.home import pan_of
from hanbench.harness.world import World
from hanbench.protocol.keys import Key, KeyUsage

CASE = case_of("rotation-response-lost")


@pytest.fixture(scope="module")
def world() -> World:
    return driven(CASE)[0]


def captured(world: World) -> CaptureRun:
    capture = capture_of(world)
    assert capture is not None
    return capture


def test_every_frame_is_there_in_the_order_of_time(world: World) -> None:
    capture = captured(world)
    sent = [event for event in world.trace.events if isinstance(event, FrameSent)]

    instants = [frame.at_us for frame in capture.frames]
    assert len(capture.frames) == len(sent)
    assert instants == sorted(instants)
    assert {frame.frame for frame in capture.frames} == {event.frame for event in sent}


def test_a_frame_says_who_sent_it_to_whom_and_what_became_of_it() -> None:
    point = "home-1/gsme/rotate-sua-key#1/try#1/reply/han#1"
    lost = DropFault.model_validate({"at": point, "does": "drop"})
    comments = [
        frame.comment for frame in captured(driven(changed(CASE, faults=(lost,)))[0]).frames
    ]

    assert "gsme to hub: tunnel" in comments
    # The chip repeats a frame that is not acknowledged three times (macMaxFrameRetries).
    assert comments.count("gsme to hub: tunnel [lost]") == 1 + 3


def test_the_capture_is_named_for_its_case_and_has_its_pan_and_its_epoch(world: World) -> None:
    capture = captured(world)

    assert capture.name == "home-1 secure/rotation-response-lost"
    assert capture.pan == pan_of(CASE)
    assert capture.epoch_unix_ns == 1_614_589_200 * 10**9


def test_the_hub_has_a_key_with_each_device_and_the_meters_with_each_display(world: World) -> None:
    links = {frozenset((link.device, link.trust_centre)) for link in captured(world).link_keys}
    hub = world.home.hub.eui64
    others = [device.eui64 for device in world.home.all if device.eui64 != hub]
    displays = [display.eui64 for display in world.home.displays.values()]
    meters = [meter.eui64 for meter in world.home.meters.values()]

    assert {frozenset((hub, other)) for other in others} <= links
    assert {frozenset(pair) for pair in itertools.product(meters, displays)} <= links


def test_test_keys_are_marked_and_a_users_own_are_not(world: World) -> None:
    assert captured(world).network_key.is_test_material
    own = {
        (entry.eui64, usage): Key(usage, bytes([number, *usage.value.encode()[:1], *range(14)]))
        for number, entry in enumerate(CASE.installation.devices.values())
        for usage in KeyUsage
    }

    capture = captured(driven(replace(CASE, home=replace(CASE.home, keys=own)))[0])

    assert not capture.network_key.is_test_material
    assert not any(link.key.is_test_material for link in capture.link_keys)


def test_with_traffic_off_the_wan_alone_is_captured() -> None:
    capture = captured(driven(changed(CASE, traffic="off"))[0])

    assert list(capture.frames) == []
    assert "down gsme: rotate-sua-key" in [one.comment for one in capture.envelopes]


def test_an_envelope_that_was_lost_says_so() -> None:
    comments = [one.comment for one in captured(driven(CASE)[0]).envelopes]

    assert "up gsme: answer ACCEPTED [lost]" in comments
