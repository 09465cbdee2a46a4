"""Loads cases of the shipped suite, and runs them with an engine that a test has broken."""

from hanbench.harness.case import Case, expand
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.loader import Library, fixtures_folder
from hanbench.harness.run_case import run_with
from hanbench.harness.sweep import expand_sweep
from hanbench.harness.verdict import CaseResult
from hanbench.protocol.sua import HAN_SUA_M1

_LIBRARY = Library()


def case_of(scenario: str, variant: str = "") -> Case:
    """Return one case of the suite `secure`."""
    path = fixtures_folder("scenarios") / "secure" / f"{scenario}.yaml"
    loaded = _LIBRARY.scenario(path, name=f"secure/{scenario}")
    return next(case for case in expand(loaded) if case.variant == variant)


def swept(scenario: str, variant: str = "") -> tuple[Case, ...]:
    """Return the cases that a sweep stands for."""
    return expand_sweep(case_of(scenario, variant))


def run(case: Case) -> CaseResult:
    """Run a case with the reference engine as it is now, broken or not."""
    return run_with(case, lambda: AsyncEngine(migrate), HAN_SUA_M1).result


def names(result: CaseResult) -> set[str]:
    """Return the names of the findings."""
    return {finding.name for finding in result.findings}
