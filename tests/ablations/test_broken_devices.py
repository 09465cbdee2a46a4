"""One safeguard of a device off: the oracle names what the device did."""

import dataclasses

from tests.suite_cases import case_of, names, run

from hanbench.harness.faults.plan import Fault, FaultKind
from hanbench.harness.running.case import Case
from hanbench.harness.verdict import Verdict

POINT = "home-1/gsme/no-op#1/try#1/execute/persist-counter"


def _executing_first(case: Case, **parameters: object) -> Case:
    """The defect: execute, then persist the counter; and no cache that would hide it."""
    gsme = {"sua.persist_first": False, "sua.result_cache_entries": 0, **parameters}
    scenario = case.scenario.model_copy(update={"parameters": {"gsme": gsme}})
    return dataclasses.replace(case, scenario=scenario)


def _cut_and_duplicate(case: Case) -> Case:
    request = "home-1/gsme/no-op#1/try#1/request/wan"
    faults = (
        Fault(does=FaultKind.POWER_CUT, at=POINT, when="before"),
        Fault(does=FaultKind.DUPLICATE, at=request, by_us=5 * 60_000_000),
    )
    return dataclasses.replace(case, faults=faults)


def test_executing_before_persisting_runs_an_instruction_twice() -> None:
    result = run(_cut_and_duplicate(_executing_first(case_of("clean-two-fuel"))))

    assert result.verdict is Verdict.FAIL
    assert "executed-twice" in names(result)


def test_persisting_first_runs_it_at_most_once_in_the_same_storm() -> None:
    result = run(_cut_and_duplicate(case_of("clean-two-fuel")))

    assert "executed-twice" not in names(result)
