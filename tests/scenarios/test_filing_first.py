"""The Migration Common File before the start, or after it: two readings, and both are run (10.8).

The reference engine starts first; a second one files first. Both must keep every rule.
"""

from collections.abc import Iterator

import pytest
from tests.suite_cases import changed

from hanbench.emulator.events import PartyCalled
from hanbench.harness.engine.reference import files_first, reference_engine
from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.files.scenario_process import StopRequest
from hanbench.harness.parties.migration_reports import attempts_of
from hanbench.harness.running.case import Case, expand
from hanbench.harness.running.run_case import CaseRun, run_with
from hanbench.protocol.sua import HAN_SUA_M1

ASKED_TOO_SOON = {"secure/rollback-asked-after-commit[before-any-rotation]"}
"""Its step comes at one second, when this engine holds no key yet and believes nothing."""
QUICK = (
    "secure/clean-two-fuel",
    "rules/a-day-of-mixed-suppliers",
    "rules/cancelled-before-and-after-the-file",
    "rules/checks-fail",
    "rules/file-set-fails-at-dco",
    "rules/file-set-fails-at-s1sp",
    "rules/last-joined-dormant",
    "rules/network-certificates-late",
    "rules/stop-in-a-two-supplier-home",
    "rules/stop-on-the-day",
    "rules/web-vend-ends-with-the-start",
)
LIBRARY = Library()


def cases_of(name: str) -> Iterator[Case]:
    path = fixtures_folder("scenarios") / f"{name}.yaml"
    yield from expand(LIBRARY.scenario(path, name=name))


def every_name() -> Iterator[str]:
    for suite in ("secure", "rules"):
        for path in sorted((fixtures_folder("scenarios") / suite).glob("*.yaml")):
            if path.stem != "day-of-a-thousand":
                yield f"{suite}/{path.stem}"


def filed_first(case: Case) -> CaseRun:
    return run_with(case, files_first, HAN_SUA_M1)


def instants(run: CaseRun, operation: str) -> list[int]:
    calls = (event for event in run.trace if isinstance(event, PartyCalled))
    return [event.at for event in calls if event.operation == operation and not event.is_error]


def test_one_files_before_the_start_and_the_other_after_it() -> None:
    (case,) = (one for one in cases_of("secure/clean-two-fuel") if not one.variant)

    before, after = filed_first(case), run_with(case, reference_engine, HAN_SUA_M1)

    assert instants(before, "submit_common_file") < instants(before, "start_migration")
    assert instants(after, "submit_common_file") > instants(after, "start_migration")


@pytest.mark.parametrize("name", QUICK)
def test_an_engine_that_files_first_keeps_the_rules_as_well(name: str) -> None:
    for case in cases_of(name):
        result = filed_first(case).result

        assert result.verdict is result.expected_verdict, (case.name, result.findings)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(every_name()) - set(QUICK)))
def test_no_scenario_of_a_suite_rests_on_the_order(name: str) -> None:
    for case in cases_of(name):
        result = filed_first(case).result

        as_expected = result.verdict is result.expected_verdict
        assert as_expected is (case.name not in ASKED_TOO_SOON), (case.name, result.findings)


def test_a_stop_between_the_file_and_the_start_still_prevents_the_start() -> None:
    (case,) = (one for one in cases_of("secure/clean-two-fuel") if not one.variant)
    stop = StopRequest.model_validate({"at": "700ms", "do": "request-stop", "of": "home-1"})

    run = filed_first(changed(case, steps=(stop,)))

    (attempt,) = attempts_of(case.name, run.trace, run.result.epoch)
    assert run.result.claimed == "not-started"
    assert len(instants(run, "submit_common_file")) == 1
    assert instants(run, "start_migration") == []
    assert attempt.submitted_at is not None
    assert attempt.started_at is None
    assert {finding.name for finding in run.result.findings} <= {"end-state", "expectation"}
