"""Steps about a meter: an Instruction by both parties, a look into its logs, a code typed late."""

import pytest
from tests.suite_cases import case_of, changed, driven

from hanbench.harness.files.scenario_meter import CheckLog, Instruct, TypeVended
from hanbench.harness.files.scenario_steps import Vend

HOUR_US = 3_600_000_000
CLEAN = case_of("clean-two-fuel")


def results(*steps):
    _, plan, _ = driven(changed(CLEAN, steps=steps))
    return [plan.outcome(entry) for entry in plan.taken]


def after(hours, kind, **values):
    return kind.model_validate({"after": "outcome", "delay": f"{hours}h", **values})


def test_an_instruction_of_both_parties_is_executed_and_a_free_one_wants_no_code():
    assert results(
        after(1, Instruct, do="instruct", device="esme", what="no-op"),
        after(2, Instruct, do="instruct", device="gsme", what="read-sua-status"),
    ) == ["executed", "executed"]


def test_before_the_hand_over_nobody_can_make_one():
    early = Instruct.model_validate(
        {"at": "1us", "do": "instruct", "device": "esme", "what": "no-op"}
    )

    assert results(early) == ["never arrived"]


def test_a_code_that_nobody_vended_is_told_and_one_that_was_is_typed():
    assert results(
        after(
            1, Vend, do="vend", device="esme", pence=500, route="dcc", code="kept", expect="sold"
        ),
        after(2, TypeVended, do="type-vended", device="esme", code="kept"),
        after(3, TypeVended, do="type-vended", device="esme", code="other"),
    ) == ["sold", "accepted", "no code other has been vended"]


def test_a_look_into_a_log_sees_what_has_been_noted_and_nothing_else():
    assert results(
        after(1, CheckLog, do="check-log", device="gsme", code="8F70"),
        after(1, CheckLog, do="check-log", device="gsme", code="8F51"),
    ) == ["noted", "not-noted"]


def test_a_code_of_no_device_is_refused_in_the_file():
    with pytest.raises(ValueError, match="'FFFF' is no alert or event code"):
        after(1, CheckLog, do="check-log", device="gsme", code="FFFF")
