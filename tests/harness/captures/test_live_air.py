"""The air of a case is heard while the case runs, in the order of its time, and changes nothing."""

import socket
from collections.abc import Iterator

import pytest
from tests.suite_cases import case_of, changed, world_of

from hanbench.emulator.events import FrameSent
from hanbench.emulator.instant import MINUTE_US, SECOND_US, Instant
from hanbench.harness.captures.live_air import LiveAir, LiveShow
from hanbench.harness.captures.source import capture_of
from hanbench.harness.captures.writing import frames_of
from hanbench.harness.homes.home import pan_of
from hanbench.harness.running.case_work import run_one, run_one_live
from hanbench.protocol import zep
from hanbench.protocol.identifiers import PanId

CASE = changed(
    case_of("clean-two-fuel", "full-traffic"), migrates=False, lasts_us=MINUTE_US, steps=()
)
PAN = PanId(0x4242)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.bind(("127.0.0.1", 0))
        heard.setblocking(False)
        yield heard


def show(listener: socket.socket) -> LiveShow:
    return LiveShow(listener.getsockname(), with_keys=False, pans={CASE.name: PAN})


def heard(listener: socket.socket) -> list[zep.ZepPacket]:
    """Everything that has come so far."""
    found = []
    while True:
        try:
            found.append(zep.decode(listener.recv(2048)))
        except BlockingIOError:
            return found


def test_frames_are_heard_while_their_case_runs_and_in_order(listener: socket.socket) -> None:
    world = world_of(CASE)
    epoch_ns = int(CASE.scenario.epoch.timestamp()) * 1_000_000_000

    with show(listener).sender() as sender:
        air = LiveAir(world, sender, PAN)
        world.runner.run_until(Instant(12 * SECOND_US))
        early = heard(listener)
        world.runner.run_until(Instant(25 * SECOND_US))
        later = heard(listener)
        air.end()
        last = heard(listener)

    times = [(one.at_ns - epoch_ns) // 1000 for one in (*early, *later, *last)]
    assert times == sorted(times)
    assert early, "before the case has ended"
    assert all(at <= 12 * SECOND_US for at in times[: len(early)])
    assert later
    run = capture_of(world)
    assert run is not None
    written = [one.frame for one in frames_of(run, {run.pan: PAN}, with_keys=False)]
    assert [one.frame for one in (*early, *later, *last)] == written


def test_who_watches_changes_nothing_of_the_run(listener: socket.socket) -> None:
    watched = run_one_live(CASE, show(listener)).result
    alone = run_one(CASE).result

    assert watched.trace_hash == alone.trace_hash
    assert len(heard(listener)) > 20


def test_the_key_preamble_comes_before_the_first_frame(listener: socket.socket) -> None:
    world = world_of(CASE)
    keyed = LiveShow(listener.getsockname(), pans={CASE.name: pan_of(CASE)})

    with keyed.sender() as sender:
        LiveAir(world, sender, pan_of(CASE)).end()

    run = capture_of(world_of(CASE))
    assert run is None, "there is no frame yet"
    assert len(heard(listener)) > 3
    assert not [event for event in world.trace.events if isinstance(event, FrameSent)]
