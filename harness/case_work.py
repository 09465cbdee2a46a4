"""What a worker process does with a case. Imports wait until then: the parent needs none of it."""

from hanbench.harness.case import Case
from hanbench.harness.verdict import CaseRun


def run_one(case: Case) -> CaseRun:
    """Run a case and judge it."""
    from hanbench.harness.run_case import run_case  # noqa: PLC0415

    return run_case(case)


def sweep_one(case: Case) -> tuple[Case, ...]:
    """Return the cases that a case with a sweep stands for; this runs it once, unfaulted."""
    from hanbench.harness.sweep import expand_sweep  # noqa: PLC0415

    return expand_sweep(case)
