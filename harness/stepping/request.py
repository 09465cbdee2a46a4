"""What `hanbench replay` does with --step, --until and --break-on, and `hanbench device`."""

import json
import sys
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace

import click
from rich.console import Console
from rich.markup import escape

from hanbench.emulator.instant import Instant, format_instant
from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.file_problems import did_you_mean
from hanbench.harness.inspection.reading import States
from hanbench.harness.inspection.show import chosen_sections, show_state
from hanbench.harness.inspection.state import DeviceState, Section, Value, when
from hanbench.harness.running.case import Case
from hanbench.harness.running.results import EXIT_OK, EXIT_UNEXPECTED
from hanbench.harness.running.terminal import make_console
from hanbench.harness.stepping.breaks import matches, parse_break
from hanbench.harness.stepping.keyboard import terminal_keys, walk_by_keys
from hanbench.harness.stepping.moments import is_moment, parse_moment
from hanbench.harness.stepping.places import END, NeverComes, Place, find_place
from hanbench.harness.stepping.recording import KEPT, Recording
from hanbench.harness.stepping.show import beliefs_at
from hanbench.harness.stepping.walk import Walk

KEPT_FOR_ONE = 4
"""States enough for one place and the one before: nobody walks on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRequest:
    """The options of `hanbench replay` that look into a run."""

    case: Case
    is_stepping: bool = False
    commands: str = ""
    """Commands to be obeyed instead of those of the keyboard or of a pipe, parted by `;`."""
    until: str = ""
    break_on: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRequest:
    """The options of `hanbench device`."""

    case: Case
    name: str
    at: str = ""
    sections: tuple[str, ...] = ()
    as_json: bool = False


def step(request: StepRequest, console: Console | None = None) -> int:
    """Go to the place that is asked for, and walk on from there if that is wanted.

    Raises:
        ScenarioError: a place or an expression is wrong.
    """
    shown = console or make_console()
    recording = Recording(request.case, KEPT if request.is_stepping else KEPT_FOR_ONE)
    walk = Walk(recording, shown, break_on=request.break_on)
    shown.print(_title(recording), soft_wrap=True)
    try:
        position = _wanted(request, walk)
    except NeverComes as never:
        shown.print(f"[yellow]{escape(str(never))}[/]", soft_wrap=True)
        if not request.is_stepping:
            return EXIT_UNEXPECTED
        walk.code, position = EXIT_UNEXPECTED, 0
    walk.go_to(position)
    if not request.is_stepping:
        return EXIT_OK
    if request.commands:
        walk_by_lines(walk, request.commands.split(";"))
        return walk.code
    if sys.stdin.isatty():
        with terminal_keys() as getchar:
            walk_by_keys(walk, getchar)
        return EXIT_OK
    walk_by_lines(walk, sys.stdin)
    return walk.code


def walk_by_lines(walk: Walk, lines: Iterable[str]) -> None:
    """Obey commands from a pipe or a file; each is shown before what comes of it."""
    for line in lines:
        command = line.strip()
        walk.console.print(f"\n[bold]> {escape(command)}[/]", soft_wrap=True)
        walk.take(command)
        if walk.is_over:
            return


def show_device(request: DeviceRequest, console: Console | None = None) -> int:
    """Print the state of a device at an instant.

    Raises:
        ScenarioError: there is no such device, section or place.
    """
    shown = console or make_console()
    recording = Recording(request.case, kept=0)
    key = _device_key(recording, request.name)
    try:
        position, states, at = _states(recording, request.at)
    except NeverComes as never:
        click.echo(f"hanbench: {never}", err=True)
        return EXIT_UNEXPECTED
    state = _with_belief(recording, states[key], position)
    if request.as_json:
        click.echo(_as_json(recording, state, at, request.sections))
        return EXIT_OK
    where = "at the end of the run" if request.at in ("", END) else f"at {format_instant(at)}"
    if not show_state(shown, state, f"{where} of {recording.case.name}", request.sections):
        raise _no_section(state, request.sections)
    return EXIT_OK


def _title(recording: Recording) -> str:
    result = recording.result
    points = len({one.name for one in recording.points})
    return (
        f"[bold]{escape(recording.case.name)}[/]  {recording.last} events, {points} fault points, "
        f"{format_instant(recording.latest(recording.last))}; {result.verdict.value}, "
        f"claimed {escape(result.claimed or 'nothing')}"
    )


def _wanted(request: StepRequest, walk: Walk) -> int:
    """Return the first position that is asked for: of --until or --break-on, what comes first."""
    recording = walk.recording
    found: list[int] = []
    never: list[str] = []
    if request.break_on:
        holds = parse_break(request.break_on, recording, walk.frames)
        place = next(matches(holds, recording, 0), None)
        if place is None:
            never.append(f"{request.break_on} never holds in this run")
        else:
            found.append(place)
    if request.until:
        try:
            found.append(find_place(recording, request.until).position)
        except NeverComes as error:
            never.append(str(error))
    if never and not found:
        raise NeverComes("\n".join(never))
    # Somebody who steps and asks to break on something goes there with `continue`.
    return min(found) if found and (request.until or not request.is_stepping) else 0


def _states(recording: Recording, at: str) -> tuple[int, States, Instant]:
    if at in ("", END):
        return recording.last, recording.last_states, recording.latest(recording.last)
    if is_moment(at):
        instant = parse_moment(at)
        if instant > recording.world.now:
            ends = format_instant(recording.world.now)
            raise NeverComes(f"the run ends at {ends}, before {at}")
        position = bisect_right(range(1, recording.last + 1), instant, key=recording.latest)
        return position, recording.states_at_time(instant), instant
    place: Place = find_place(recording, at)
    if place.passed is not None:
        states = recording.states_at_point(place.passed)
        return place.position - 1, states, place.passed.at
    return place.position, recording.states(place.position), recording.latest(place.position)


def _device_key(recording: Recording, name: str) -> tuple[str, str]:
    known = {f"{installation}/{device}": (installation, device)
             for installation, device in recording.last_states}  # fmt: skip
    if name in known:
        return known[name]
    for key in recording.last_states:
        if key[1] == name:
            return key
    names = tuple(dict.fromkeys(device for _, device in recording.last_states))
    raise ScenarioError(f"no device {name!r} in {recording.case.name}; {did_you_mean(name, names)}")


def _with_belief(recording: Recording, state: DeviceState, position: int) -> DeviceState:
    """Put what the engine has said of a meter beside what is true of it."""
    if state.kind not in ("ESME", "GSME"):
        return state
    said = beliefs_at(recording, position).get((state.installation, state.name))
    values: dict[str, Value] = {"engine": None}
    if said is not None:
        values = {
            "engine": said.key,
            "candidates": list(said.candidates),
            "because": said.evidence,
            "said at": when(said.at),
        }
    return replace(state, sections=(Section("belief", values), *state.sections))


def _as_json(
    recording: Recording, state: DeviceState, at: Instant, sections: tuple[str, ...]
) -> str:
    chosen = chosen_sections(state, sections)
    if not chosen:
        raise _no_section(state, sections)
    told = {
        "run": recording.case.name,
        "at_us": at,
        "installation": state.installation,
        "device": state.name,
        "type": state.kind,
        "eui64": state.eui64,
        "model": state.model,
        "sections": {one.title: dict(one.values) for one in chosen},
    }
    return json.dumps(told, indent=1)


def _no_section(state: DeviceState, sections: tuple[str, ...]) -> ScenarioError:
    titles = tuple(one.title for one in state.sections)
    says = did_you_mean(" ".join(sections), titles)
    return ScenarioError(f"{state.name} has no section {' '.join(sections)!r}; {says}")
