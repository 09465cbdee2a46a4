"""What the scenarios of the mesh show in their frames, beyond what their files expect."""

from hanbench.emulator.events import Event, FrameSent, HanChanged
from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.harness.case import expand
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.loader import Library, fixtures_folder
from hanbench.harness.run_case import run_with
from hanbench.protocol.sua import HAN_SUA_M1


def trace_of(name: str) -> list[Event]:
    path = fixtures_folder("scenarios") / "han" / f"{name}.yaml"
    case = expand(Library().scenario(path, name=f"han/{name}"))[0]
    return list(run_with(case, lambda: AsyncEngine(migrate), HAN_SUA_M1).trace)


def frames(trace: list[Event], kind: str, sender: str = "") -> list[FrameSent]:
    return [
        event
        for event in trace
        if isinstance(event, FrameSent)
        and event.frame_kind == kind
        and sender in ("", event.sender)
    ]


def repaired_at(trace: list[Event]) -> list[Instant]:
    return [
        event.at
        for event in trace
        if isinstance(event, HanChanged) and event.change == "route-repaired"
    ]


def test_nobody_repeats_the_request_that_nobody_heard_and_the_next_comes_at_once() -> None:
    trace = trace_of("first-route-request-lost")

    lost, heard = [one.at for one in frames(trace, "route-request", "esme")]
    others = [one.at for one in frames(trace, "route-request") if one.sender != "esme"]

    assert min(others) > heard
    assert heard - lost < SECOND_US // 2
    assert repaired_at(trace)[0] - lost < SECOND_US


def test_a_dead_repeater_is_gone_around_within_a_second() -> None:
    trace = trace_of("repeater-dies")

    died = 180 * SECOND_US

    assert SECOND_US > repaired_at(trace)[0] - died > 0
    assert len(repaired_at(trace)) <= 4, "the story tells of few"


def test_parted_nodes_seek_each_other_at_a_bounded_rate() -> None:
    trace = trace_of("mesh-parts-and-heals")

    parted_s = (20 - 3) * 60
    sought = len(frames(trace, "route-request"))

    assert sought < 2 * parted_s, "one search in 10 s, a few requests each"
    assert min(repaired_at(trace)) > 20 * 60 * SECOND_US
