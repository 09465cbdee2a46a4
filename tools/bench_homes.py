"""A hundred homes on one core: against real time, and what their frames cost beside one home's.

The two costs are of the very same frames. In one process each home runs by itself, one after the
other; in another all homes run in turn. The processes alternate every few hundredths of a second,
one asleep while the other works, so that a machine that grows slower does so for both. Neither was
so before: the one home had run for ten times as long, whose frames are of other kinds (a frame of
the first 20 s takes a third more instructions), and was measured seconds before the hundred, in
which a shared machine's speed changes by a half.
"""

import dataclasses
import gc
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection

from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.harness.engines import load_engine
from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.running.case import expand
from hanbench.harness.running.run_case import rare_collections
from hanbench.harness.schemes import load_scheme
from hanbench.harness.world import World

HOMES = 100
SLICE_S = 10
"""Virtual time that a home runs before the next does: its devices stay in the processor's cache,
as in a live bench that lets every home catch up in turn."""
VIRTUAL_S = 120
ENDS = range(SLICE_S, VIRTUAL_S + 1, SLICE_S)

Turns = Iterator[Callable[[], int]]


@dataclass(frozen=True, slots=True)
class Homes:
    """CPU seconds of the same frames of many homes."""

    together_s: float
    alone_s: float
    frames: int


def compare(number: int = HOMES) -> Homes:
    """Run so many homes of ten devices with full traffic, each alone and all in turn."""
    context = multiprocessing.get_context("spawn")
    workers = []
    for turns in (_alone, _together):
        mine, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, turns, number), daemon=True)
        process.start()
        workers.append((mine, process))
    took_s, frames = [0.0, 0.0], [0, 0]
    for _ in range(number):
        for place, (connection, _) in enumerate(workers):
            connection.send("your turn")
            turn_s, sent = connection.recv()
            took_s[place] += turn_s
            frames[place] += sent
    for _, process in workers:
        process.join()
    assert frames[0] == frames[1], "homes send the same whether or not others run beside them"
    return Homes(alone_s=took_s[0], together_s=took_s[1], frames=frames[0])


def _work(connection: Connection, turns: Callable[[int], Turns], number: int) -> None:
    """Take a turn when told to, and tell the CPU seconds that it took and the frames it sent."""
    if hasattr(os, "sched_setaffinity"):
        # Only one works at a time, so both can have the same processor: two of a shared machine may
        # differ by a fifth for minutes, which would stand in the ratio.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for turn in _alone(1):
        turn()  # what is compiled and read once is no part of a frame's cost
    gc.collect()
    with rare_collections():
        for turn in turns(number):
            connection.recv()
            began_s = time.process_time()
            sent = turn()
            connection.send((time.process_time() - began_s, sent))


def _alone(number: int) -> Turns:
    """One home after the other, each from its start to its end."""
    for world in make_homes(number):
        yield partial(_run, [(world, end_s) for end_s in ENDS])


def _together(number: int) -> Turns:
    """A slice of each home, and then the next: in as many turns as there are homes."""
    worlds = list(make_homes(number))
    slices = [(world, end_s) for end_s in ENDS for world in worlds]
    for begin in range(0, len(slices), len(ENDS)):
        yield partial(_run, slices[begin : begin + len(ENDS)])


def _run(slices: list[tuple[World, int]]) -> int:
    """Run homes up to these seconds; return how many frames they sent by that."""
    sent = 0
    for world, end_s in slices:
        before = sum(world.trace.frames_by_kind.values())
        world.runner.run_until(Instant(end_s * SECOND_US))
        sent += sum(world.trace.frames_by_kind.values()) - before
    return sent


def make_homes(number: int) -> Iterator[World]:
    """Build homes of ten devices that differ in name and seed."""
    path = fixtures_folder("scenarios") / "secure" / "clean-two-fuel.yaml"
    library = Library()
    loaded = library.scenario(path, name="secure/clean-two-fuel")
    case = next(one for one in expand(loaded) if one.variant == "full-traffic")
    home = library.home(fixtures_folder("installations") / "ten-devices.yaml")
    for index in range(number):
        name = f"home-{index + 1}"
        renamed = home.installation.model_copy(update={"name": name})
        own = dataclasses.replace(
            case,
            name=f"bench/{name}",
            home=dataclasses.replace(home, installation=renamed),
            scenario=case.scenario.model_copy(update={"seed": index + 1}),
        )
        yield World(own, load_scheme(case.scheme), load_engine(case.engine))
