"""Measures what the project promises to reach, beside a calibration loop of the same run.

    python tools/bench.py [NAME ...] [--suite] [--whole] [--out FILE]

A NAME is a group of figures, as `--help` lists them; without one all are measured. Of the pairs of
the rotation a sample is run, and the time of all is reckoned from it; with `--whole` all are run.

Every figure is the median of several runs on one core; the last column divides it by what the
calibration loop took, so that two machines, or two hours on a noisy one, can be compared. What one
process does is measured in its CPU time, which others on the machine disturb less than the wall's;
an engine elsewhere, an exploration and a suite, where several work, in wall time. The result is
kept in a JSON file (format version 1).
"""

import argparse
import dataclasses
import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import bench_explore
import bench_han
import bench_homes
import bench_pytest
import bench_report
import bench_wire
from rich.console import Console
from rich.table import Table

from hanbench.emulator.instant import HOUR_US, Instant
from hanbench.harness.engines import load_engine
from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.running.case import Case, expand
from hanbench.harness.running.run_case import rare_collections, run_case
from hanbench.harness.schemes import load_scheme
from hanbench.harness.world import World
from hanbench.protocol.zigbee.certificates import Suite

UTRN_PERIOD = Instant(336 * HOUR_US)
LOOP = 2_000_000
FRAMES = bench_han.FRAMES


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number and its goal."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    is_rate: bool = False
    """Whether more is better."""

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is reached; None without one."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.is_rate else self.value <= self.goal


def main() -> int:
    """Measure, print and keep; return 0 whether or not the goals are met: this is no test."""
    parser = argparse.ArgumentParser(description="Measure the speeds that hanbench promises.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(GROUPS))
    parser.add_argument("--suite", action="store_true", help="time the whole secure suite too")
    parser.add_argument(
        "--whole", action="store_true", help="run all pairs of the rotation, not a sample of them"
    )
    parser.add_argument("--out", type=Path, default=Path("bench.json"))
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in GROUPS]
    if unknown:
        parser.error(f"{unknown[0]!r} is none of {', '.join(GROUPS)}")
    groups = GROUPS | {"explore": partial(exploring, whole=arguments.whole)}
    calibration_s = calibrate()
    figures = [figure for name in arguments.names or groups for figure in groups[name]()]
    if arguments.suite:
        figures += suite()
    calibration_s = (calibration_s + calibrate()) / 2
    show(figures, calibration_s)
    keep(arguments.out, figures, calibration_s)
    return 0


def calibrate() -> float:
    """Time a plain loop of two million additions: the machine's speed at this hour."""

    def loop() -> int:
        total = 0
        for number in range(LOOP):
            total += number
        return total

    return seconds(loop, runs=5)


def migrations() -> list[Figure]:
    """Clean two-fuel migrations a second: world built, run, judged."""
    figures = []
    for traffic, variant, goal, runs in (
        ("instruction", "", 20.0, 20),
        ("full", "full-traffic", 2.0, 5),
    ):
        case = case_of("clean-two-fuel", variant)
        sent = sum(run_case(case).result.frames_by_kind.values())
        took_s = seconds(lambda case=case: run_case(case), runs=runs)  # type: ignore[misc]
        figures.append(
            Figure(
                f"clean migration, traffic {traffic}", 1 / took_s, "a second", goal, is_rate=True
            )
        )
        figures.append(Figure(f"  its frames ({sent})", sent / took_s, "a second"))
    return figures


def attached() -> list[Figure]:
    """The same migration with the engine in another process."""
    goals = {"exec": 0.5, "http": 1 / 3}
    figures = []
    for one in bench_wire.attached(case_of("clean-two-fuel", "")):
        if one.where in goals:
            name = f"clean migration, engine by {one.where}"
            figures += [
                Figure(name, one.rate, "a second", is_rate=True),
                Figure(
                    "  of the speed in process",
                    one.of_in_process,
                    "times",
                    goals[one.where],
                    is_rate=True,
                ),
            ]
    return figures


def by_pytest() -> list[Figure]:
    """What the pytest plugin adds to a test, beside the same migration by the API."""
    added = bench_pytest.added()
    by_api_s = added["a test by the API"]
    return [
        Figure("the pytest plugin adds to a test", added["a test"] * 1e6, "us", 5_000.0),
        Figure("  so many times what the test takes", added["a test"] / by_api_s, "times"),
        Figure("  to a test that does not use it", added["an empty test"] * 1e6, "us", 5_000.0),
    ]


def days() -> list[Figure]:
    """A migration day of a thousand Installations, and all rule scenarios on one core."""
    cases = [
        case
        for path in sorted((fixtures_folder("scenarios") / "rules").glob("*.yaml"))
        for case in expand(Library().scenario(path, name=f"rules/{path.stem}"))
    ]
    took = {case.name: seconds(lambda case=case: run_case(case), runs=1) for case in cases}  # type: ignore[misc]
    return [
        Figure("a day of 1,000 Installations", took["rules/day-of-a-thousand"], "s", 60.0),
        Figure(f"all rule scenarios ({len(cases)} cases)", sum(took.values()), "s", 30.0),
    ]


def exploring(*, whole: bool = False) -> list[Figure]:
    """All single faults, the pairs of the rotation and a shrinking, each on two cores."""
    cases, took_s = bench_explore.singles()
    pairs = bench_explore.rotation_pairs(whole=whole)
    shrunk_s, runs, faults = bench_explore.shrinking()
    how = "measured" if pairs.is_whole else "reckoned from that sample"
    return [
        Figure(f"all single faults of clean-two-fuel ({cases} cases)", took_s, "s", 60.0),
        Figure("pairs of the rotation, traffic off, without equal ones", pairs.pairs, "cases"),
        Figure("  that an equal one stands for", pairs.pruned, "cases"),
        Figure("  that were run here", pairs.run, "cases"),
        Figure("  their rate", pairs.rate, "a second", is_rate=True),
        Figure(f"  all and {pairs.singles} single faults, {how}", pairs.whole_s, "s", 600.0),
        Figure("  that failed of those run", pairs.failed, "cases", 0.0),
        Figure(f"shrinking three faults to {faults} ({runs} runs)", shrunk_s, "s", 30.0),
    ]


def idle_homes() -> list[Figure]:
    """336 hours of UTRN Period of a home in which nothing is migrated."""
    figures = []
    for traffic, goal_s in (("off", 0.1), ("instruction", 1.0)):
        case = case_of("clean-two-fuel", "")
        scenario = case.scenario.model_copy(update={"traffic": traffic})
        idle = dataclasses.replace(case, scenario=scenario)
        worlds = [world(idle) for _ in range(5)]
        took = [
            seconds(lambda home=home: home.runner.run_until(UTRN_PERIOD), runs=1)  # type: ignore[misc]
            for home in worlds
        ]
        figures.append(
            Figure(f"336 h idle, traffic {traffic}", statistics.median(took), "s", goal_s)
        )
    return figures


def frames() -> list[Figure]:
    """Encode, and decode with decryption, of a secured report: all layers, no frame twice."""
    sent, encode, decode = bench_han.report_frames(world(case_of("clean-two-fuel", "full-traffic")))
    encode_us = seconds(encode, runs=9) / FRAMES * 1e6
    decode_us = seconds(decode, runs=9) / FRAMES * 1e6
    scapy_us = seconds(lambda: bench_han.dissect_by_scapy(sent), runs=3) / FRAMES * 1e6
    octets = len(sent[0])
    return [
        Figure(f"decode and decrypt a report ({octets} octets)", decode_us, "us", 60.0),
        Figure("  scapy takes it apart, decrypting nothing", scapy_us, "us"),
        Figure("  so many times as long", scapy_us / decode_us, "times", 6.0, is_rate=True),
        Figure("encode and encrypt a report", encode_us, "us"),
    ]


def decoding() -> list[Figure]:
    """`hanbench decode` on a capture: each packet explained field by field, as a tree and brief."""
    with tempfile.TemporaryDirectory() as folder:
        capture, packets = bench_han.capture_file(
            case_of("clean-two-fuel", ""), Path(folder) / "han.pcapng"
        )
        figures = []
        for name, brief in (("decode", False), ("decode --brief", True)):
            work = partial(bench_han.decode_file, capture, is_brief=brief)
            took_us = seconds(work, runs=3) / packets * 1e6
            figures.append(Figure(f"{name}, a packet ({packets})", took_us, "us"))
        return figures


def joins() -> list[Figure]:
    """Key establishment and whole joins, the CPU of both sides."""
    figures = []
    for suite, goal_s in ((Suite.SUITE_1, 0.15), (Suite.SUITE_2, 0.5)):
        exchange = seconds(lambda suite=suite: bench_han.key_establishment(suite), runs=5)  # type: ignore[misc]
        whole = statistics.median(bench_han.join(suite) for _ in range(5))
        name = f"suite {suite.value}"
        figures.append(Figure(f"a whole join, CBKE {name}, both sides", whole, "s", goal_s))
        figures.append(Figure(f"  its key establishment, {name}", exchange, "s"))
    return figures


def many_homes() -> list[Figure]:
    """Homes of ten devices with full traffic on one core, against real time, and against one."""
    rounds = bench_homes.compare()
    speed = statistics.median(bench_homes.VIRTUAL_S / homes.together_s for homes in rounds)
    frame_us = statistics.median(homes.together_s / homes.frames * 1e6 for homes in rounds)
    ratio = statistics.median(homes.ratio for homes in rounds)
    # No higher than alone, as far as the measure can tell: by this much the same thing differs.
    noise = max(homes.noise for homes in rounds)
    (often,) = bench_homes.compare(slice_s=bench_homes.SHORT_SLICE_S, rounds=1)
    own = "  against the same frames of each home alone"
    return [
        Figure(
            f"{bench_homes.HOMES} homes, traffic full", speed, "x real time", 10.0, is_rate=True
        ),
        Figure(f"  a frame of theirs ({rounds[0].frames})", frame_us, "us"),
        Figure(f"{own}, in turns of {bench_homes.SLICE_S} s", ratio, "times", 1 + noise),
        Figure("  (two runs of homes alone, against each other)", 1 + noise, "times"),
        Figure(f"{own}, in turns of {bench_homes.SHORT_SLICE_S} s", often.ratio, "times"),
    ]


def reporting() -> list[Figure]:
    """The report of a thousand cases: written, and opened in Debian's Chromium."""
    with tempfile.TemporaryDirectory() as folder:
        report = bench_report.written(Path(folder))
    name = f"report of {report.cases:,} cases ({report.real} real, {report.failed} fail)"
    figures = [Figure(f"{name}, written", report.write_s, "s", 10.0)]
    if report.open_s is not None and report.slowest_s is not None:
        figures.append(Figure("  opened, until its load event", report.open_s, "s", 2.0))
        figures.append(Figure(f"  the slowest page of it, {report.slowest}", report.slowest_s, "s"))
    return figures


def suite() -> list[Figure]:
    """The whole secure suite by the command line, both cores, report and capture written."""
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(sys.executable).parent / "hanbench")
        command = [program, "run", "secure", "--jobs", "2"]
        began_s = time.perf_counter()
        subprocess.run([*command, "--out", f"{folder}/run"], check=True, capture_output=True)
        return [Figure("the secure suite, two jobs", time.perf_counter() - began_s, "s", 30.0)]


def case_of(scenario: str, variant: str) -> Case:
    """Load one case of the secure suite."""
    path = fixtures_folder("scenarios") / "secure" / f"{scenario}.yaml"
    loaded = Library().scenario(path, name=f"secure/{scenario}")
    return next(case for case in expand(loaded) if case.variant == variant)


def world(case: Case) -> World:
    """Build the world of a case without starting its engine."""
    return World(case, load_scheme(case.scheme), load_engine(case.engine))


def seconds(work: Callable[[], object], *, runs: int) -> float:
    """Return the median CPU time of the work; where several runs count, one goes before them."""
    if runs > 1:
        work()
    took = []
    for _ in range(runs):
        gc.collect()
        with rare_collections():
            began_s = time.process_time()
            work()
            took.append(time.process_time() - began_s)
    return statistics.median(took)


def show(figures: list[Figure], calibration_s: float) -> None:
    """Print the table."""
    table = Table(title=f"calibration loop: {calibration_s * 1e3:.0f} ms", title_justify="left")
    for heading in ("what", "measured", "goal", "in calibration loops"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for figure in figures:
        goal = "" if figure.goal is None else f"{figure.goal:g} {figure.unit}"
        verdict = {None: "", True: " ok", False: " missed"}[figure.is_met]
        measured = f"{figure.value:,.3g} {figure.unit}"
        table.add_row(figure.name, measured, goal + verdict, f"{ratio(figure, calibration_s):.3g}")
    Console().print(table)


def ratio(figure: Figure, calibration_s: float) -> float:
    """Return a duration in calibration loops, or a rate by the loop."""
    if figure.unit in ("a second", "x real time"):
        return figure.value * calibration_s
    if figure.unit in ("times", "cases"):
        return figure.value  # it is no time
    return figure.value * {"s": 1, "us": 1e-6, "min": 60}[figure.unit] / calibration_s


def keep(path: Path, figures: list[Figure], calibration_s: float) -> None:
    """Write the figures as JSON."""
    rows = [
        {
            **dataclasses.asdict(figure),
            "is_met": figure.is_met,
            "in_calibration_loops": ratio(figure, calibration_s),
        }
        for figure in figures
    ]
    kept = {"bench": 1, "calibration_s": calibration_s, "loop": LOOP, "figures": rows}
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


GROUPS: dict[str, Callable[[], list[Figure]]] = {
    "migrations": migrations,
    "attached": attached,
    "pytest": by_pytest,
    "idle": idle_homes,
    "frames": frames,
    "decode": decoding,
    "joins": joins,
    "homes": many_homes,
    "days": days,
    "explore": exploring,
    "report": reporting,
}

if __name__ == "__main__":
    sys.exit(main())
