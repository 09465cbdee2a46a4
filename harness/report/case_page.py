"""What the report shows of one case, worked out before the template sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hanbench.emulator.events import Event
from hanbench.emulator.instant import START, Instant
from hanbench.harness.events import Believed, FaceShown, FaultFired
from hanbench.harness.judging.clauses import Clause
from hanbench.harness.report.answer import needs_attention, sentence
from hanbench.harness.report.causes import Causes, causes_of
from hanbench.harness.report.frames import FramesShown
from hanbench.harness.report.places import Place
from hanbench.harness.report.rows import Row, is_wrong
from hanbench.harness.report.sequence import draw_sequence
from hanbench.harness.report.spoken import clock, fault_words, spoken
from hanbench.harness.report.telling import rows_of
from hanbench.harness.report.timeline import draw_timeline
from hanbench.harness.verdict import CaseResult, CaseRun

FACES_MAX = 24
"""Screens that a case shows: the last ones, if it has more."""
_MOMENTS = ("fault", "crash", "finding", "wrong", "cut")
_SAID = {"crash": "engine", "claim": "engine"}


@dataclass(frozen=True, slots=True)
class Mark:
    """A number in the pictures, and what it stands for."""

    number: int
    kind: str
    clock: str
    text: str

    @property
    def name(self) -> str:
        """What kind of thing it is, or who did it."""
        return _SAID.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class BeliefPage:
    """One change of the engine's mind, and why."""

    clock: str
    device: str
    key: str
    truth: str
    evidence: str
    is_wrong: bool


@dataclass(frozen=True, slots=True)
class FaultPage:
    """One fault of the scenario."""

    text: str
    fired: str
    """`fired`, `did not fire`, or `not known` where there is no trace."""


@dataclass(frozen=True, slots=True)
class FacePage:
    """What a display showed at an instant."""

    clock: str
    device: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """One case as the page shows it."""

    place: Place
    result: CaseResult
    needs_attention: bool
    sentence: str
    causes: tuple[tuple[str, Causes], ...]
    """What usually causes its findings; empty for a case that is as it should be."""
    broken: tuple[tuple[str, Clause | None], ...]
    """The clauses that its findings name."""
    clauses: tuple[tuple[str, Clause | None], ...]
    """Those that its scenario names besides."""
    virtual: str
    frames: int
    faults: tuple[FaultPage, ...]
    marks: tuple[Mark, ...]
    beliefs: tuple[BeliefPage, ...]
    faces: tuple[FacePage, ...]
    """What the displays showed; of many only the last."""
    timeline: str
    """Inline SVG; empty where nothing was recorded."""
    sequence: str
    """Inline SVG; empty where it is left out."""
    frames_near: FramesShown | None
    """The frames near what counts; None where there is no capture, or it was not looked into."""
    run_again: str
    replay: str
    """Empty for a case that is as expected: it has no replay file."""


def build_case(
    run: CaseRun,
    *,
    place: Place,
    clauses: Mapping[str, Clause],
    run_again: str,
    replay: str,
    is_drawn: bool,
    frames_near: FramesShown | None = None,
) -> CasePage:
    """Work out one case; the long diagram only if `is_drawn`."""
    result = run.result
    rows = rows_of(run.trace, result.findings)
    marks = [row for row in rows if row.number]
    meters = [end.device for end in result.devices]
    found = (*result.findings, *result.party_faults)
    broken = [one.clause for one in found if one.clause]
    besides = [name for name in result.clauses if name not in broken]
    return CasePage(
        place=place,
        result=result,
        needs_attention=needs_attention(result),
        sentence=sentence(result),
        causes=causes_of(one.name for one in result.findings) if place.is_own else (),
        broken=tuple((name, clauses.get(name)) for name in dict.fromkeys(broken)),
        clauses=tuple((name, clauses.get(name)) for name in besides),
        virtual=spoken(result.virtual_us),
        frames=sum(result.frames_by_kind.values()),
        faults=_faults(run),
        marks=tuple(Mark(row.number, row.kind, clock(row.at), _text(row)) for row in marks),
        beliefs=_beliefs(run.trace),
        faces=_faces(run.trace, is_drawn=is_drawn),
        timeline=_timeline(run, meters, marks) if run.trace and meters else "",
        sequence=draw_sequence(rows, meters, f"What happened in {result.case}")
        if is_drawn and rows
        else "",
        frames_near=frames_near,
        run_again=run_again,
        replay=replay,
    )


def moments_of(run: CaseRun) -> list[Instant]:
    """Return when something struck, was found, or was wrongly believed."""
    rows = rows_of(run.trace, run.result.findings)
    return [row.at for row in rows if row.kind in _MOMENTS]


def _text(row: Row) -> str:
    return row.text if row.count == 1 else f"{row.text} ({row.count} times)"


def _timeline(run: CaseRun, meters: Sequence[str], marks: Sequence[Row]) -> str:
    ends = max(event.at for event in run.trace)
    placed = [mark for mark in marks if START <= mark.at <= ends]
    # A little longer than it ran, so that what was said last can be read.
    return draw_timeline(run.trace, meters, placed, Instant(ends + 1))


def _faces(trace: Sequence[Event], *, is_drawn: bool) -> tuple[FacePage, ...]:
    """Return the screens in the order of time; where little is drawn, each display's last."""
    shown = [event for event in trace if isinstance(event, FaceShown)]
    if not is_drawn:
        shown = list({event.device: event for event in shown}.values())
    return tuple(
        FacePage(clock(event.at), event.device, event.lines) for event in shown[-FACES_MAX:]
    )


def _faults(run: CaseRun) -> tuple[FaultPage, ...]:
    fired = {event.fault for event in run.trace if isinstance(event, FaultFired)}
    return tuple(
        FaultPage(
            fault_words(fault),
            "not known" if not run.trace else "fired" if fault in fired else "did not fire",
        )
        for fault in run.result.faults
    )


def _beliefs(trace: Sequence[Event]) -> tuple[BeliefPage, ...]:
    """Return the beliefs, without those that repeat the one before."""
    said: dict[str, tuple[str, bool]] = {}
    pages = []
    for event in trace:
        if not isinstance(event, Believed):
            continue
        belief = (event.key, is_wrong(event))
        if said.get(event.device) != belief:
            shown = (clock(event.at), event.device, event.key, event.truth, event.evidence)
            pages.append(BeliefPage(*shown, is_wrong(event)))
        said[event.device] = belief
    return tuple(pages)
