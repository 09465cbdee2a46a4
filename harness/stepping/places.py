"""Where in a run: an event by its number, an instant, a fault point, the start, the end.

A place that the run never comes to is answered with the names that are nearest, since a point is
long and its counts are easily mistaken.
"""

import difflib
from bisect import bisect_left
from dataclasses import dataclass

from hanbench.emulator.instant import format_instant
from hanbench.harness.errors import ScenarioError
from hanbench.harness.faults.point_grammar import parse_point
from hanbench.harness.stepping.moments import EXPECTED, is_moment, parse_moment
from hanbench.harness.stepping.recording import OUTCOME, Passed, Recording

START, END = "start", "end"
_NEAR = 3


class NeverComes(Exception):
    """The place is well formed, and this run does not come to it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a run comes to."""

    position: int
    passed: Passed | None = None
    """The point, where it was named by one."""


def find_place(recording: Recording, text: str) -> Place:
    """Return where a place is.

    Raises:
        ScenarioError: the text is no place at all.
        NeverComes: the run does not come to it.
    """
    if text in (START, END):
        return Place(0 if text == START else recording.last)
    if text.lstrip("#").isdigit():
        return Place(_event(recording, int(text.lstrip("#"))))
    if is_moment(text):
        return Place(_moment(recording, text))
    passed = find_point(recording, text)
    # The point stands before what comes of it: the next event is the first that can show it.
    return Place(min(passed.position, recording.last), passed)


def find_point(recording: Recording, text: str) -> Passed:
    """Return the first passing of a point; its Installation may be left out.

    Raises:
        ScenarioError: the text is no point.
        NeverComes: the run does not pass it; the message names the nearest.
    """
    installation = recording.case.installation.name
    wanted = (text, f"{installation}/{text}")
    found = next((one for one in recording.points if one.name in wanted), None)
    if found is not None:
        return found
    _check_point(text, installation)
    near = nearest(text, list(dict.fromkeys(one.name for one in recording.points)))
    says = f"the run does not pass {text}"
    if near:
        says += "\n  the nearest that it passes: " + "\n    ".join(["", *near])
    raise NeverComes(says)


def nearest(text: str, known: list[str]) -> list[str]:
    """Return the names that are most like one, those that hold it first."""
    holding = [name for name in known if text in name]
    like = difflib.get_close_matches(text, known, n=_NEAR, cutoff=0.5)
    return list(dict.fromkeys([*holding[:_NEAR], *like]))[:_NEAR]


def _check_point(text: str, installation: str) -> None:
    if text == OUTCOME:
        return
    try:
        parse_point(text if text.startswith(f"{installation}/") else f"{installation}/{text}")
    except ValueError as error:
        says = f"{text!r} is no place in a run: {error}"
        raise ScenarioError(
            f"{says}; or an event number, start, end, or a time ({EXPECTED})"
        ) from None


def _event(recording: Recording, number: int) -> int:
    if number > recording.last:
        raise NeverComes(f"the run has {recording.last} events; there is no number {number}")
    return number


def _moment(recording: Recording, text: str) -> int:
    """Return the first position at or after an instant."""
    at = parse_moment(text)
    position = bisect_left(range(1, recording.last + 1), at, key=recording.latest) + 1
    if position > recording.last:
        ends = format_instant(recording.latest(recording.last))
        raise NeverComes(f"nothing happens at or after {text}: the last event is at {ends}")
    return position
