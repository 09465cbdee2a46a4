"""A hundred homes on one core: against real time, and what their frames cost beside one home's.

The two costs are of the very same frames. In one process each home runs by itself from its start to
its end; in another all homes run in turn. A third does as the first does: what those two differ by
is noise, and says what a difference between the first two means. All homes are built before
anything is timed. The processes alternate every few hundredths of a second, two asleep while one
works, so that a machine that grows slower does so for all.
"""

import dataclasses
import gc
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
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
SLICE_S = 120
"""Virtual time that a home runs before the next does. Homes do not share a HAN, so any slice gives
the same frames; the shorter it is, the more often a home's devices must come back into the
processor's cache: in turns of `SHORT_SLICE_S` a frame costs some 6 % more, in turns of two
minutes nothing that stands out of the noise, though both make the same calls to the last one."""
SHORT_SLICE_S = 10
VIRTUAL_S = 240
ROUNDS = 3

Turns = Iterator[Callable[[], int]]


@dataclass(frozen=True, slots=True)
class Homes:
    """CPU seconds of the same frames of many homes, in one round."""

    together_s: float
    alone_s: float
    alone_again_s: float
    frames: int

    @property
    def ratio(self) -> float:
        """What a frame costs in turn with other homes, against the same frame without them."""
        return 2 * self.together_s / (self.alone_s + self.alone_again_s)

    @property
    def noise(self) -> float:
        """By how much two runs of the very same thing differ, as a part of one."""
        return abs(self.alone_again_s / self.alone_s - 1)


def compare(number: int = HOMES, slice_s: int = SLICE_S, rounds: int = ROUNDS) -> list[Homes]:
    """Run so many homes of ten devices with full traffic, each alone and all in turn."""
    return [_round(number, slice_s) for _ in range(rounds)]


def _round(number: int, slice_s: int) -> Homes:
    context = multiprocessing.get_context("spawn")
    workers = []
    for turns in (_alone, partial(_together, slice_s=slice_s), _alone):
        mine, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, turns, number), daemon=True)
        process.start()
        workers.append((mine, process))
    took_s, frames = [0.0] * len(workers), [0] * len(workers)
    for turn in range(number):
        for step in range(len(workers)):
            place = (turn + step) % len(workers)  # nobody always comes after the same one
            connection = workers[place][0]
            connection.send("your turn")
            turn_s, sent = connection.recv()
            took_s[place] += turn_s
            frames[place] += sent
    for _, process in workers:
        process.join()
    assert len(set(frames)) == 1, "homes send the same whether or not others run beside them"
    return Homes(took_s[1], took_s[0], took_s[2], frames[0])


def _work(connection: Connection, turns: Callable[[list[World]], Turns], number: int) -> None:
    """Take a turn when told to, and tell the CPU seconds that it took and the frames it sent."""
    if hasattr(os, "sched_setaffinity"):
        # Only one works at a time, so both can have the same processor: two of a shared machine may
        # differ by a fifth for minutes, which would stand in the ratio.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for turn in _alone(make_homes(1)):
        turn()  # what is compiled and read once is no part of a frame's cost
    worlds = list(make_homes(number))
    gc.collect()
    with rare_collections():
        for turn in turns(worlds):
            connection.recv()
            began_s = time.process_time()
            sent = turn()
            connection.send((time.process_time() - began_s, sent))


def _alone(worlds: Iterable[World]) -> Turns:
    """One home after the other, each from its start to its end."""
    for world in worlds:
        yield partial(_run, [(world, VIRTUAL_S)])


def _together(worlds: Sequence[World], slice_s: int) -> Turns:
    """A slice of each home, and then the next: in as many turns as there are homes."""
    ends = range(slice_s, VIRTUAL_S + 1, slice_s)
    slices = [(world, end_s) for end_s in ends for world in worlds]
    for begin in range(0, len(slices), len(ends)):
        yield partial(_run, slices[begin : begin + len(ends)])


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
