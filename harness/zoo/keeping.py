"""Runs the specimens: each against the case that is known to catch it, or against all cases."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeVar

from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.file_problems import did_you_mean
from hanbench.harness.files.loader import Library
from hanbench.harness.files.scenario_faults import CrashFault
from hanbench.harness.running.case import Case, RunOptions, expand
from hanbench.harness.running.case_work import run_one, sweep_one
from hanbench.harness.running.pool import Broken, Done, Workers, run_here
from hanbench.harness.running.suites import select
from hanbench.harness.zoo.catalogue import specimens
from hanbench.harness.zoo.sightings import Tried, Visit, is_known, smallest, tried
from hanbench.harness.zoo.specimen import FaultyEngine, Specimen

CLEAN = "secure/clean-two-fuel"
SUITES = ("secure", "rules")
AT_ONCE = 8
"""Cases of a specimen between two looks at whether it is caught."""
COMPANIONS_MAX = 100
"""The day of a thousand homes would take longer than all the rest, and no mistake needs so many."""

T = TypeVar("T")


class Against(Enum):
    """What each specimen is run against, in words for whoever reads the score."""

    KNOWN = "the known case of each"
    UNTIL_CAUGHT = "secure and rules, until a case catches it; the known case comes last"
    ALL = "every case of secure and rules"


Ended = Callable[[Specimen, Tried], None]


@dataclass(frozen=True, slots=True)
class Round:
    """A specimen and the cases that it is tried in."""

    specimen: Specimen
    cases: tuple[Case, ...]


def chosen(names: Sequence[str]) -> tuple[Specimen, ...]:
    """Return the specimens of these names; all without any.

    Raises:
        ScenarioError: there is none of that name.
    """
    known = {one.name: one for one in specimens()}
    for name in names:
        if name not in known:
            raise ScenarioError(
                f"no specimen {name!r} in the zoo; {did_you_mean(name, tuple(known))}"
            )
    return tuple(known[name] for name in names) if names else tuple(known.values())


class Shelf:
    """The cases of the shipped suites, by name."""

    def __init__(self) -> None:
        loaded = select(SUITES, Library())
        cases = (case for one in loaded for case in expand(one, RunOptions()))
        self._cases = {case.name: case for case in cases}

    def known(self, specimen: Specimen) -> tuple[Case, ...]:
        """Return the clean case, and the one that is known to catch this specimen."""
        names = dict.fromkeys((CLEAN, specimen.known.case))
        return tuple(housing(specimen, self._named(name)) for name in names)

    def all(self, specimen: Specimen) -> tuple[Case, ...]:
        """Return every case; those with a sweep still stand for many."""
        cases = [one for one in self._cases.values() if len(one.companions) < COMPANIONS_MAX]
        return tuple(housing(specimen, case) for case in cases)

    def _named(self, name: str) -> Case:
        if name in self._cases:
            return self._cases[name]
        # One case of a sweep: `NAME[journal#11/before]`, made without running the sweep.
        base, _, part = name.removesuffix("]").partition("[")
        point, _, when = part.partition("/")
        case = self._cases[base]
        at = f"{case.installation.name}/engine/{point}"
        return case.with_fault(
            part, CrashFault.model_validate({"does": "crash", "at": at, "when": when})
        )


def housing(specimen: Specimen, case: Case) -> Case:
    """Return the case with the specimen in it."""
    if isinstance(specimen, FaultyEngine):
        return replace(case, engine=specimen.spec)
    return replace(case, parts=specimen.spec)


def rounds_of(
    chosen_ones: Sequence[Specimen], shelf: Shelf, workers: Workers | None, *, whole: bool
) -> tuple[Round, ...]:
    """Return what is to be run: the known cases, or all, with sweeps put apart."""
    if not whole:
        return tuple(Round(one, shelf.known(one)) for one in chosen_ones)
    plain = [(one, case) for one in chosen_ones for case in shelf.all(one)]
    swept = [(one, case) for one, case in plain if case.sweep_kind]
    expanded: dict[tuple[str, str], tuple[Case, ...]] = {}
    for place, answer in _run(sweep_one, [case for _, case in swept], workers):
        one, case = swept[place]
        # An engine that does not live to the end of a clean run has no writes to be killed at.
        expanded[one.name, case.name] = answer.value if isinstance(answer, Done) else ()
    return tuple(
        Round(
            one,
            tuple(
                each
                for owner, case in plain
                if owner is one
                for each in (expanded[one.name, case.name] if case.sweep_kind else (case,))
            ),
        )
        for one in chosen_ones
    )


def visit(rounds: Sequence[Round], workers: Workers | None, ended: Ended) -> tuple[Visit, ...]:
    """Run all rounds, the cases of all specimens mixed over the workers."""
    jobs = [(one, case) for one in rounds for case in one.cases]
    seen: dict[str, list[Tried]] = {one.specimen.name: [] for one in rounds}
    for place, answer in _run(try_one, [case for _, case in jobs], workers):
        one, case = jobs[place]
        said = answer.value if isinstance(answer, Done) else _unfinished(case, answer)
        seen[one.specimen.name].append(said)
        ended(one.specimen, said)
    return tuple(_visit(one.specimen, seen[one.specimen.name]) for one in rounds)


def visit_until_caught(
    ones: Sequence[Specimen], shelf: Shelf, workers: Workers | None, ended: Ended
) -> tuple[Visit, ...]:
    """Run each specimen against the suites, a few cases at a time, until one of them catches it.

    Every case of the clean migration comes first, and does not end it. The case that is known to
    catch a specimen comes last: so it is seen whether another would have.
    """
    seen: dict[str, list[Tried]] = {one.name: [] for one in ones}
    stages = {one.name: _stages(one, shelf) for one in ones}
    left = list(ones)
    while left:
        rounds = [Round(one, next(stages[one.name], ())) for one in left]
        rounds = [Round(one.specimen, _put_apart(one.cases, workers)) for one in rounds]
        jobs = [(one, case) for one in rounds for case in one.cases]
        for place, answer in _run(try_one, [case for _, case in jobs], workers):
            one, case = jobs[place]
            said = answer.value if isinstance(answer, Done) else _unfinished(case, answer)
            seen[one.specimen.name].append(said)
            ended(one.specimen, said)
        left = [
            one.specimen
            for one in rounds
            if one.cases and not any(case.sightings for case in seen[one.specimen.name])
        ]
    return tuple(_visit(one, seen[one.name]) for one in ones)


def _stages(specimen: Specimen, shelf: Shelf) -> Iterator[tuple[Case, ...]]:
    """Yield the cases to try, a few at a time: clean ones, others, sweeps, the known one."""
    known = shelf.known(specimen)[-1]
    cases = [case for case in shelf.all(specimen) if case.name != known.name]
    clean = [case for case in cases if case.scenario_name == CLEAN]
    yield tuple(clean)
    others = [case for case in cases if case.scenario_name != CLEAN and not case.sweep_kind]
    for start in range(0, len(others), AT_ONCE):
        yield tuple(others[start : start + AT_ONCE])
    for case in cases:
        if case.sweep_kind:
            yield (case,)
    yield (known,)


def _put_apart(cases: tuple[Case, ...], workers: Workers | None) -> tuple[Case, ...]:
    """Return the cases with those of a sweep in its place."""
    swept = [case for case in cases if case.sweep_kind]
    if not swept:
        return cases
    answers = dict(_run(sweep_one, swept, workers))
    apart: list[Case] = [case for case in cases if not case.sweep_kind]
    for place in range(len(swept)):
        answer = answers[place]
        apart += answer.value if isinstance(answer, Done) else ()
    return tuple(apart) or cases


def try_one(case: Case) -> Tried:
    """Run a case that has a specimen in it; what a worker sends back is small."""
    return tried(case, run_one(case).result)


def _run(
    work: Callable[[Case], T], cases: Sequence[Case], workers: Workers | None
) -> Iterator[tuple[int, Done[T] | Broken]]:
    return run_here(work, cases) if workers is None else workers.run(work, cases)


def _unfinished(case: Case, broken: Broken) -> Tried:
    says = f"{broken.reason}: {broken.detail.strip().splitlines()[-1]}"
    return Tried(case=case.name, faults=0, is_as_expected=False, sightings=(), broke=says)


def _visit(specimen: Specimen, cases: Sequence[Tried]) -> Visit:
    known = specimen.known
    sightings = [one for case in cases for one in case.sightings]
    return Visit(
        name=specimen.name,
        kind="engine" if isinstance(specimen, FaultyEngine) else "device",
        spec=specimen.spec,
        mistake=specimen.mistake,
        known_case=known.case,
        known_finding=known.finding,
        known_clause=known.clause,
        tried=len(cases),
        caught_in=sum(bool(case.sightings) for case in cases),
        is_clean_passed=all(
            case.is_as_expected for case in cases if case.case.partition("[")[0] == CLEAN
        ),
        minimal=smallest(sightings, known),
        is_as_known=any(is_known(one, known) for one in sightings),
        is_known_tried=any(case.case == known.case for case in cases),
        broke=tuple(sorted(f"{case.case}: {case.broke}" for case in cases if case.broke)),
    )
