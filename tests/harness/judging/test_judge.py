"""From a world that has run to its verdict: findings first, doubts next, and what was expected."""

import pytest
from tests.suite_cases import case_of, changed, driven, names

from hanbench.harness.engine.adapter import AsyncEngine, Port
from hanbench.harness.engine.port import EndState, EngineEvent, Turn
from hanbench.harness.files.scenario import Expect
from hanbench.harness.files.scenario_faults import DropFault
from hanbench.harness.files.scenario_steps import Check
from hanbench.harness.judging.judge import judge
from hanbench.harness.running.case import Case
from hanbench.harness.verdict import ANY, CaseResult, Finding, Verdict

CLEAN = case_of("clean-two-fuel")
NEVER = DropFault.model_validate(
    {"at": "home-1/gsme/abort-rotation#1/try#1/request/wan", "does": "drop"}
)
NEVER_TAKEN = Check.model_validate({"after": NEVER.at, "do": "check", "device": "gsme"})


class Nonsense:
    """An engine that says nonsense."""

    def turn(self, event: EngineEvent, now_us: int) -> Turn:
        del event, now_us
        return "nonsense"  # type: ignore[return-value]


async def gives_up(port: Port) -> None:
    port.outcome(port.authorisation.installation, EndState.ROLLED_BACK_INTACT, "no reason")


def judged(case: Case, stopped_because: str = "") -> CaseResult:
    world, steps, stopped = driven(case)
    return judge(world, steps, stopped_because or stopped, 0.5)


def expecting(end_state: str = "commissioned", case: Case = CLEAN, **more: object) -> Case:
    return changed(case, expect=Expect.model_validate({"end_state": end_state, **more}))


def finding(result: CaseResult, name: str) -> Finding:
    return next(found for found in result.findings if found.name == name)


def test_a_clean_run_passes_and_says_what_it_rests_on() -> None:
    result = judged(CLEAN)

    assert result.verdict is Verdict.PASS
    assert result.is_as_expected
    assert result.findings == ()
    assert (result.claimed, result.expected, result.stranded_by) == (
        "commissioned",
        "commissioned",
        "",
    )
    assert [(end.device, end.truth, end.belief) for end in result.devices] == [
        ("esme", "NEW", "NEW"),
        ("gsme", "NEW", "NEW"),
    ]
    assert result.assumptions
    assert result.wall_s == 0.5
    assert list(result.frames_by_kind) == sorted(result.frames_by_kind)


def test_another_end_state_than_expected_is_a_finding_with_the_truth_beside_it() -> None:
    result = judged(expecting("rolled-back-sua-intact"))

    found = finding(result, "end-state")
    assert result.verdict is Verdict.FAIL
    assert not result.is_as_expected
    assert "commissioned" in found.detail
    assert found.truth == "esme NEW, gsme NEW"


@pytest.mark.parametrize(
    ("wanted", "detail"),
    [
        ({"truth": "OLD"}, "gsme: truth is NEW, not OLD"),
        ({"belief": "UNKNOWN"}, "gsme: belief is NEW, not UNKNOWN"),
        ({"supply_state": "disabled"}, "gsme: supply_state is enabled, not disabled"),
    ],
)
def test_an_expectation_that_is_not_met_is_a_finding(wanted: dict[str, str], detail: str) -> None:
    result = judged(expecting(devices={"gsme": wanted}))

    assert [found.detail for found in result.findings] == [detail]
    assert finding(result, "expectation").device == "gsme"


def test_a_belief_that_was_never_stated_is_said_to_be_so() -> None:
    world, steps, _ = driven(
        expecting("rolled-back-sua-intact", devices={"gsme": {"belief": "OLD"}}),
        lambda: AsyncEngine(gives_up),
    )

    result = judge(world, steps, "", 0.0)

    assert finding(result, "expectation").detail == "gsme: belief is not stated, not OLD"


def test_a_fault_that_never_struck_makes_a_run_inconclusive() -> None:
    case = changed(CLEAN, faults=(NEVER,))

    result = judged(case)

    assert result.verdict is Verdict.INCONCLUSIVE
    assert names(result) == {"fault-never-fired"}
    assert not result.is_as_expected
    assert (len(result.faults), result.faults_fired) == (1, 0)


def test_a_scenario_may_let_a_fault_not_strike() -> None:
    case = expecting(all_faults_fire=False, case=changed(CLEAN, faults=(NEVER,)))

    assert judged(case).verdict is Verdict.PASS


def test_an_engine_that_converges_later_than_it_may_after_the_last_fault_is_found() -> None:
    """A lost answer costs the gas meter's probes hours: enough of them allowed, and it is right."""
    lost = DropFault.model_validate(
        {"at": "home-1/gsme/rotate-sua-key#1/try#1/reply/wan", "does": "drop"}
    )
    case = changed(CLEAN, faults=(lost,), steps=())

    in_time = judged(expecting(ANY, case=case, within="3d"))
    too_late = judged(expecting(ANY, case=case, within="1min"))
    unfaulted = judged(expecting(ANY, case=changed(CLEAN, steps=()), within="1min"))

    assert in_time.verdict is Verdict.PASS
    assert names(too_late) == {"late-to-converge"}
    late = finding(too_late, "late-to-converge")
    assert "more than 1min after the last fault" in late.detail
    assert late.expected.removeprefix("by ") < late.truth
    assert unfaulted.verdict is Verdict.PASS


def test_a_step_that_was_never_taken_makes_a_run_inconclusive() -> None:
    result = judged(changed(CLEAN, steps=(NEVER_TAKEN,)))

    assert result.verdict is Verdict.INCONCLUSIVE
    assert names(result) == {"step-never-taken"}


def test_a_scenario_may_let_steps_and_what_parties_do_wrong_not_come_true() -> None:
    case = changed(CLEAN, steps=(NEVER_TAKEN,))
    wrong = ("tmad/4.23A by MCC",)

    stated = judged(expecting(ANY, case=case, party_faults=wrong))
    let = judged(expecting(ANY, case=case, party_faults=wrong, all_comes_true=False))

    assert names(stated) == {"step-never-taken", "party-fault-not-found"}
    assert let.verdict is Verdict.PASS


def test_a_limit_makes_a_run_inconclusive() -> None:
    result = judged(CLEAN, "more than 7 events")

    assert result.verdict is Verdict.INCONCLUSIVE
    assert finding(result, "limit").detail == "more than 7 events"


def test_a_finding_outweighs_a_doubt() -> None:
    result = judged(expecting("excluded"), "more than 7 events")

    assert result.verdict is Verdict.FAIL
    assert names(result) == {"end-state", "limit"}


def test_a_step_that_came_out_otherwise_is_a_finding() -> None:
    step = Check.model_validate(
        {"after": "outcome", "delay": "1h", "do": "check", "device": "gsme", "failures": 3}
    )

    found = finding(judged(changed(CLEAN, steps=(step,))), "step")

    assert (found.expected, found.truth) == ("failures 3", "failures 0")


def test_an_engine_that_broke_is_the_one_finding() -> None:
    world, steps, _ = driven(expecting("excluded"), Nonsense)

    result = judge(world, steps, "", 0.0)

    assert result.verdict is Verdict.FAIL
    assert names(result) == {"engine-broke"}
    assert result.claimed == ""


@pytest.mark.parametrize(
    ("violated", "verdict", "is_as_expected"),
    [
        ("customer-cut-off", Verdict.FAIL, True),
        ("domain/10.8-top-up", Verdict.FAIL, True),
        ("executed-twice", Verdict.FAIL, False),
    ],
)
def test_an_expected_break_is_as_expected_only_if_that_very_thing_broke(
    violated: str, verdict: Verdict, *, is_as_expected: bool
) -> None:
    case = case_of("no-arrangement-cuts-the-customer-off")
    end_state = case.scenario.expect.end_state

    result = judged(expecting(end_state, case, verdict=f"violated: {violated}"))

    assert result.verdict is verdict
    assert result.is_as_expected is is_as_expected


def test_a_break_that_is_expected_and_does_not_come_is_not_as_expected() -> None:
    result = judged(expecting(verdict="violated: executed-twice"))

    assert result.verdict is Verdict.PASS
    assert not result.is_as_expected


def test_a_stranded_meter_is_a_finding_unless_the_scenario_is_about_one() -> None:
    torn = case_of("power-cut-torn-commit")
    claimed = judged(torn).claimed

    expected = judged(torn)
    unexpected = judged(expecting(claimed, torn))

    assert expected.is_as_expected
    assert expected.stranded_by == unexpected.stranded_by == "device"
    assert [found.device for found in unexpected.findings if found.name == "stranded"] == ["gsme"]


def test_a_scenario_about_a_stranded_meter_fails_where_none_is() -> None:
    assert "end-state" in names(judged(expecting("stranded")))


def test_a_report_that_holds_another_number_than_is_stated_is_a_finding() -> None:
    right = judged(expecting("commissioned", reports={"S1MIG-001": 1, "S1MIG-010": 0}))
    wrong = judged(expecting("commissioned", reports={"S1MIG-001": 1, "S1MIG-010": 1}))

    assert right.is_as_expected
    found = finding(wrong, "report-otherwise")
    assert found.detail == "0 attempts stand in S1MIG-010, not 1"
    assert found.clause == "seed0/s1mig-counting"


def test_a_device_in_another_state_breaks_the_clause_that_stands_beside_it() -> None:
    devices = {"gsme": {"truth": "OLD", "clause": "property/P9"}, "esme": {"truth": "OLD"}}

    result = judged(expecting("commissioned", devices=devices, clause="var/gt01"))

    clauses = {one.device: one.clause for one in result.findings if one.name == "expectation"}
    assert clauses == {"gsme": "property/P9", "esme": "var/gt01"}
