"""`results.json`: the results of a run, format version 1, and what they mean for the exit code."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from hanbench.harness.errors import ScenarioError
from hanbench.harness.running.case import Case
from hanbench.harness.running.run_meta import RunMeta
from hanbench.harness.verdict import CaseResult, CaseRun, Finding, Verdict

EXIT_OK = 0
EXIT_UNEXPECTED = 1
EXIT_USAGE = 2
EXIT_INCONCLUSIVE = 3
EXIT_HARNESS_ERROR = 3
EXIT_INTERRUPTED = 130

CASE_RESULT: TypeAdapter[CaseResult] = TypeAdapter(CaseResult)


class Results(BaseModel):
    """The file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    results: Literal[1] = 1
    run: RunMeta
    trace_hash: str
    story_hash: str
    counts: dict[str, int]
    """Cases by verdict, with `as-expected` and `not-as-expected`."""
    cases: tuple[CaseResult, ...]


def make_results(meta: RunMeta, cases: Sequence[CaseResult]) -> Results:
    """Put the results of a run together, by name."""
    named = tuple(sorted(cases, key=lambda result: result.case))
    trace_hash, story_hash = run_hashes(named)
    return Results(
        run=meta,
        trace_hash=trace_hash,
        story_hash=story_hash,
        counts=count(named),
        cases=named,
    )


def read_results(path: Path) -> Results:
    """Read a results file.

    Raises:
        ScenarioError: it cannot be read, or is not a results file of this version.
    """
    try:
        return Results.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ScenarioError(f"{path}: not a results file: {where}: {first['msg']}") from None


def run_hashes(cases: Sequence[CaseResult]) -> tuple[str, str]:
    """Return the trace hash and the story hash of a run: over its cases' hashes, by name."""
    trace, story = hashlib.sha256(), hashlib.sha256()
    for result in sorted(cases, key=lambda one: one.case):
        trace.update(f"{result.case} {result.trace_hash}\n".encode())
        story.update(f"{result.case} {result.story_hash}\n".encode())
    return trace.hexdigest(), story.hexdigest()


def count(cases: Sequence[CaseResult]) -> dict[str, int]:
    """Count the cases by verdict, and those that are as expected."""
    verdicts = Counter(result.verdict.value for result in cases)
    expected = sum(result.is_as_expected for result in cases)
    return {
        **{verdict.value: verdicts[verdict.value] for verdict in Verdict},
        "as-expected": expected,
        "not-as-expected": len(cases) - expected,
    }


def exit_code(cases: Sequence[CaseResult]) -> int:
    """Return the exit code: the first that applies of 2, 3, 1, 3, 0."""
    if not cases:
        return EXIT_USAGE
    if any(result.verdict is Verdict.HARNESS_ERROR for result in cases):
        return EXIT_HARNESS_ERROR
    # What is inconclusive is neither as expected nor against it, and never counts as a pass.
    decided = [result for result in cases if result.verdict is not Verdict.INCONCLUSIVE]
    if not all(result.is_as_expected for result in decided):
        return EXIT_UNEXPECTED
    if all(result.verdict is Verdict.NOT_APPLICABLE for result in decided):
        return EXIT_INCONCLUSIVE  # nothing ran, which proves nothing
    return EXIT_OK if len(decided) == len(cases) else EXIT_INCONCLUSIVE


def unfinished(case: Case, verdict: Verdict, finding: Finding, wall_s: float) -> CaseRun:
    """Make the result of a case that gave none, since its worker was killed or did not end."""
    scenario = case.scenario
    result = CaseResult(
        case=case.name,
        title=scenario.title,
        scenario_file=case.scenario_file,
        variant=case.variant,
        verdict=verdict,
        expected_verdict=(verdict if verdict is Verdict.NOT_APPLICABLE else expected_verdict(case)),
        findings=(finding,),
        clauses=scenario.clauses,
        if_it_went_wrong=scenario.if_it_went_wrong,
        seed=case.seed,
        traffic=scenario.traffic,
        profile=scenario.profile,
        claimed="",
        expected=scenario.expect.end_state or "",
        stranded_by="",
        devices=(),
        faults=tuple(str(fault) for fault in case.all_faults),
        faults_fired=0,
        trace_hash="",
        story_hash="",
        virtual_us=0,
        wall_s=wall_s,
        events=0,
        frames_by_kind={},
    )
    return CaseRun(result=result, trace=())


def expected_verdict(case: Case) -> Verdict:
    """Return the verdict that a case asks for; one that expects a finding expects to fail."""
    expect = case.scenario.expect
    return Verdict.FAIL if expect.violated else Verdict(expect.verdict)
