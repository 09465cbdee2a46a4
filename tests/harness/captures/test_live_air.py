"""The air of a case is heard while the case runs, in the order of its time, and changes nothing."""

import select
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.suite_cases import case_of, changed, world_of

from hanbench.emulator.events import FrameSent, PanMoved
from hanbench.emulator.instant import MINUTE_US, SECOND_US, Instant
from hanbench.harness.captures.live_air import (
    LiveAir,
    LiveShow,
    Place,
    places_as_csv,
    places_of,
)
from hanbench.harness.captures.pcapng import interface, packet, section_header
from hanbench.harness.captures.source import capture_of
from hanbench.harness.captures.writing import frames_of, write_capture
from hanbench.harness.fence import fence
from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.homes.home import pan_of
from hanbench.harness.running.case import Case, RunOptions, expand
from hanbench.harness.running.case_work import run_one, run_one_live
from hanbench.harness.running.run_case import drive
from hanbench.harness.steps.taking import StepPlan
from hanbench.harness.verdict import CaseRun
from hanbench.protocol import zep
from hanbench.protocol.identifiers import PanId

CASE = changed(
    case_of("clean-two-fuel", "full-traffic"), migrates=False, lasts_us=MINUTE_US, steps=()
)
PAN = PanId(0x4242)
PLACES = {CASE.name: Place(1, PAN)}


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.bind(("127.0.0.1", 0))
        heard.setblocking(False)
        yield heard


def show(listener: socket.socket) -> LiveShow:
    return LiveShow(listener.getsockname(), with_keys=False, places=PLACES)


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
        air = LiveAir(world, sender, PLACES)
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
    places = places_of([CASE])
    keyed = LiveShow(listener.getsockname(), places=places)

    with keyed.sender() as sender:
        LiveAir(world, sender, places).end()

    run = capture_of(world_of(CASE))
    assert run is None, "there is no frame yet"
    assert len(heard(listener)) > 3
    assert not [event for event in world.trace.events if isinstance(event, FrameSent)]


# Homes that move, and several in one case


def shipped(suite: str, scenario: str) -> Case:
    path = fixtures_folder("scenarios") / suite / f"{scenario}.yaml"
    loaded = Library().scenario(path, name=f"{suite}/{scenario}")
    return expand(loaded, RunOptions(traffic="instruction"))[0]


def played(listener: socket.socket, *cases: Case) -> tuple[list[zep.ZepPacket], list[CaseRun]]:
    """Run cases while somebody listens; return what was heard, and the runs."""
    keyed = LiveShow(listener.getsockname(), places=places_of(cases))
    packets, runs = [], []
    for case in cases:
        stop, found = threading.Event(), list[zep.ZepPacket]()

        def listen(stop: threading.Event = stop, found: list[zep.ZepPacket] = found) -> None:
            while not stop.is_set() or select.select([listener], [], [], 0)[0]:
                if select.select([listener], [], [], 0.01)[0]:
                    found.append(zep.decode(listener.recv(2048)))

        thread = threading.Thread(target=listen)
        thread.start()
        runs.append(run_one_live(case, keyed))
        stop.set()
        thread.join()
        packets += found
    return packets, runs


def as_capture(path: Path, packets: list[zep.ZepPacket]) -> Path:
    """Write down what the listener heard, as it stands."""
    blocks = [packet(0, at, one.frame) for at, one in enumerate(packets)]
    path.write_bytes(b"".join([section_header(), interface("heard"), *blocks]))
    return path


GATE = "zbee_sec.encrypted_payload || _ws.malformed || wpan.fcs.bad"


def test_a_home_that_moves_keeps_its_sniffer_and_moves_to_nobodys_pan(
    listener: socket.socket, tmp_path: Path, tshark: Callable[..., list[str]]
) -> None:
    case = shipped("han", "pan-conflict")
    (moved_to,) = [one.pan for one in run_one(case).trace if isinstance(one, PanMoved)]
    another = replace(CASE, name="another")
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    places = {case.name: Place(1, pan_of(case)), another.name: Place(2, PanId(moved_to))}
    world = world_of(case)

    with LiveShow(listener.getsockname(), places=places).sender() as sender:
        air = LiveAir(world, sender, places)
        plan = StepPlan(world)
        with fence(), world.session.watch.armed():
            drive(world, plan)
        air.end()
    packets = heard(listener)

    assert {one.device for one in packets} == {1}
    path = as_capture(tmp_path / "heard.pcapng", packets)
    assert tshark(path, "-Y", GATE) == []
    fields = ("-T", "fields", "-e", "wpan.dst_pan")
    pans = dict.fromkeys(tshark(path, "-Y", "zbee_nwk && zbee_nwk.src == 0", *fields))
    assert [int(pan, 0) for pan in pans] == [pan_of(case), moved_to % 0xFFFE + 1]


def test_each_home_of_a_case_is_heard_as_a_sniffer_of_its_own_and_stands_in_the_capture(
    listener: socket.socket, tmp_path: Path, tshark: Callable[..., list[str]]
) -> None:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    case = shipped("rules", "stop-in-a-two-supplier-home")
    assert case.companions
    homes = (case, *case.companions)

    packets, (ran,) = played(listener, case)

    assert {one.device for one in packets} == set(range(1, 1 + len(homes)))
    times = [one.at_ns for one in packets if one.at_ns > packets[0].at_ns]
    assert times == sorted(times), "one order for all homes"
    assert ran.capture is not None
    captured = [one.name.split()[0] for one in (ran.capture, *ran.others)]
    # A home that was never started was never on the air: it is heard by its key preamble alone.
    on_air = {n for n, home in enumerate(homes, 1) if home.installation.name in captured}
    assert captured == [homes[n - 1].installation.name for n in sorted(on_air)]
    assert len(captured) > 1
    path = as_capture(tmp_path / "heard.pcapng", packets)
    assert tshark(path, "-Y", GATE) == []
    written = tmp_path / "han.pcapng"
    write_capture(written, [ran.capture, *ran.others])
    assert tshark(written, "-Y", GATE) == []
    count = len(tshark(written, "-Y", "wpan", "-T", "fields", "-e", "frame.number"))
    assert count == len([one for one in packets if one.device in on_air])


def test_the_table_of_homes_has_what_a_filter_needs() -> None:
    case = shipped("rules", "stop-in-a-two-supplier-home")

    rows = places_as_csv([CASE, case], places_of([CASE, case])).splitlines()

    assert rows[0] == "zep.device_id,wpan.dst_pan,home,case"
    assert rows[1] == f"1,{pan_of(CASE):#06x},home-1,{CASE.name}"
    assert len(rows) == 3 + len(case.companions)
    assert len({row.split(",")[1] for row in rows}) == len(rows)
