"""Holds the times without a way to top up against those that a scenario states.

It excuses nothing: a customer who was cut off is a finding all the same, and such a scenario
expects `violated: customer-cut-off`. This finds the time that was another, or another's doing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from hanbench.emulator.durations import format_duration
from hanbench.emulator.instant import Instant, format_instant
from hanbench.harness.files.cut_off_expectation import ExpectedCutOff
from hanbench.harness.judging.top_up_watch import CLAUSE, Span
from hanbench.harness.verdict import Finding
from hanbench.harness.world import World


@dataclass(frozen=True, slots=True)
class _Found:
    """A time that was found, and in which home."""

    home: str
    span: Span


def judge_cut_offs(world: World) -> Iterator[Finding]:
    """Find what was expected and did not come, and what came and was not expected."""
    wanted = world.case.scenario.expect.cut_off
    if not wanted:
        return
    found = [
        _Found(one.installation, span)
        for one in (world, *world.companions)
        for span in one.top_ups.spans
    ]
    for expected in wanted:
        fitting = next((one for one in found if _fits(expected, one, world.installation)), None)
        if fitting is None:
            yield _finding(f"no such time for {expected.device}", _words(expected), found)
        else:
            found.remove(fitting)
    for left in found:
        yield _finding(f"a time for {left.span.device} that is not expected", "none such", [left])


def _fits(expected: ExpectedCutOff, found: _Found, own: str) -> bool:
    span = found.span
    return (
        (expected.installation or own, expected.device, expected.by)
        == (found.home, span.device, span.by)
        and expected.because in ", then ".join(span.whys)
        and _is_near(expected, expected.since_us, span.since)
        and _is_near(expected, expected.until_us, span.until)
        and not (expected.lasts and span.until is not None)
    )


def _is_near(expected: ExpectedCutOff, stated_us: int | None, found: Instant | None) -> bool:
    if stated_us is None:
        return True
    return found is not None and abs(found - stated_us) <= expected.within_us


def _words(expected: ExpectedCutOff) -> str:
    since = "" if expected.since_us is None else f" from {format_duration(expected.since_us)}"
    until = "" if expected.until_us is None else f" until {format_duration(expected.until_us)}"
    lasting = " to the end of the run" if expected.lasts else ""
    because = f": {expected.because}" if expected.because else ""
    return f"{expected.device}{since}{until}{lasting} by {expected.by}{because}"


def _finding(what: str, expected: str, found: list[_Found]) -> Finding:
    told = "; ".join(_told(one) for one in found) or "none"
    return Finding(
        name="cut-off-otherwise",
        clause=CLAUSE,
        detail=f"{what}; found: {told}",
        expected=expected,
        truth=told,
    )


def _told(found: _Found) -> str:
    span = found.span
    end = "the end" if span.until is None else format_instant(span.until)
    whys = ", then ".join(span.whys)
    return f"{found.home}/{span.device} {format_instant(span.since)} to {end} by {span.by}: {whys}"
