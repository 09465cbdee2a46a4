"""What the scenarios of the mesh show in their frames, beyond what their files expect."""

from hanbench.emulator.events import Event, FrameSent, HanChanged
from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.harness.pytest_plugin.bench_view import Bench


def trace_of(bench: Bench, name: str) -> list[Event]:
    bench.load(f"han/{name}").run()
    return list(bench.trace)


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


def test_nobody_repeats_the_request_that_nobody_heard_and_the_next_comes_at_once(
    bench: Bench,
) -> None:
    trace = trace_of(bench, "first-route-request-lost")

    lost, heard = [one.at for one in frames(trace, "route-request", "esme")]
    others = [one.at for one in frames(trace, "route-request") if one.sender != "esme"]

    assert min(others) > heard
    assert heard - lost < SECOND_US // 2
    assert repaired_at(trace)[0] - lost < SECOND_US


def test_a_dead_repeater_is_gone_around_within_a_second(bench: Bench) -> None:
    trace = trace_of(bench, "repeater-dies")

    died = 180 * SECOND_US

    assert SECOND_US > repaired_at(trace)[0] - died > 0
    assert len(repaired_at(trace)) <= 4, "the story tells of few"


def test_parted_nodes_seek_each_other_at_a_bounded_rate(bench: Bench) -> None:
    trace = trace_of(bench, "mesh-parts-and-heals")

    parted_s = (20 - 3) * 60
    sought = len(frames(trace, "route-request"))

    assert sought < 2 * parted_s, "one search in 10 s, a few requests each"
    assert min(repaired_at(trace)) > 20 * 60 * SECOND_US
