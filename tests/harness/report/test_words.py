"""What the report says: the answer, durations, faults, commands, assumptions."""

import dataclasses

import pytest
from tests.harness.report.made_runs import (
    confidently_wrong,
    made_meta,
    made_runs,
    resolved_by_a_probe,
    stranded,
    undecided,
)

from hanbench.emulator.instant import DAY_US, HOUR_US, MINUTE_US
from hanbench.harness.files.loader import Library
from hanbench.harness.report.again import case_filter, run_command, shipped_scenarios
from hanbench.harness.report.answer import Answer, answer, by_urgency, harms, sentence
from hanbench.harness.report.assumed import GENERAL, Assumption, group_assumptions
from hanbench.harness.report.gate_view import gate_view
from hanbench.harness.report.spoken import clock, fault_words, plural, spoken
from hanbench.harness.running.case import expand
from hanbench.harness.running.name_filter import parse_filter
from hanbench.harness.running.results import EXIT_OK, exit_code
from hanbench.harness.running.run_meta import RunMeta
from hanbench.harness.running.suites import suite_files
from hanbench.harness.verdict import CaseResult, Verdict

GOOD = resolved_by_a_probe().result
WRONG = confidently_wrong().result
UNDECIDED = undecided().result


def judged(verdict: Verdict, expected: Verdict = Verdict.PASS) -> CaseResult:
    return dataclasses.replace(GOOD, verdict=verdict, expected_verdict=expected, findings=())


def answered(results: list[CaseResult], meta: RunMeta) -> Answer:
    return answer(results, meta, gate_view(results, meta))


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("expected", [Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE])
def test_the_answer_is_yes_only_where_the_exit_code_is_zero(
    verdict: Verdict, expected: Verdict
) -> None:
    results = [GOOD, judged(verdict, expected)]

    is_yes = answered(results, made_meta()).word == "Yes"

    assert is_yes == (exit_code(results) == EXIT_OK)


def test_the_answer_counts_what_failed_and_what_could_not_be_judged() -> None:
    said = answered([run.result for run in made_runs()], made_meta())

    assert said.word == "No"
    assert said.reason == "1 of 5 cases did not come out as expected, and 2 could not be judged."
    assert answered([GOOD, UNDECIDED], made_meta()).word == "Not known"
    assert answered([GOOD], made_meta()).reason == "The one case came out as expected."
    assert answered([], made_meta()).word == "Not known"


def test_a_failure_is_a_no_even_when_the_run_was_ended_early() -> None:
    assert answered([WRONG], made_meta(is_partial=True)).word == "No"
    assert answered([GOOD], made_meta(is_partial=True)).word == "Not known"


def test_nothing_applicable_is_no_yes() -> None:
    skipped = judged(Verdict.NOT_APPLICABLE, Verdict.NOT_APPLICABLE)

    assert answered([skipped], made_meta()).word == "Not known"


def test_what_did_not_apply_is_not_counted_as_if_it_had_run() -> None:
    skipped = judged(Verdict.NOT_APPLICABLE, Verdict.NOT_APPLICABLE)

    said = answered([GOOD, GOOD, skipped], made_meta())

    assert said.word == "Yes"
    assert said.reason == ("All 2 cases came out as expected; 1 more did not apply to this engine.")


def test_failures_come_before_what_could_not_be_judged() -> None:
    odd = judged(Verdict.PASS, Verdict.FAIL)

    assert by_urgency([GOOD, odd, UNDECIDED, WRONG]) == [WRONG, UNDECIDED, odd]


def test_each_case_has_one_sentence() -> None:
    assert sentence(GOOD) == GOOD.title
    assert sentence(judged(Verdict.PASS, Verdict.FAIL)) == "the verdict fail was expected"
    assert sentence(WRONG).endswith("(and 1 more finding)")


def test_harm_by_the_engine_is_told_from_harm_by_the_device() -> None:
    found = {harm.name: harm for harm in harms([GOOD, WRONG, stranded().result])}

    assert found["confidently wrong"].cases == (WRONG,)
    assert found["stranded by the engine"].cases == ()
    assert len(found["stranded by the device"].cases) == 1
    assert [name for name, harm in found.items() if not harm.is_engines] == [
        "stranded by the device"
    ]


def test_durations_and_instants_are_said_as_people_say_them() -> None:
    assert spoken(4_200_000) == "4.2 s"
    assert spoken(31 * MINUTE_US) == "31 min"
    assert spoken(100 * MINUTE_US) == "1 h 40 min"
    assert spoken(2 * HOUR_US) == "2 h"
    assert spoken(51 * HOUR_US) == "2 d 3 h"
    assert clock(30 * MINUTE_US + 13_999_999) == "00:30:13"
    assert clock(2 * DAY_US + HOUR_US) == "2 d 01:00:00"
    assert plural(1, "case") == "1 case"
    assert plural(1000, "case") == "1,000 cases"


def test_a_window_of_a_fault_is_said_in_clock_times() -> None:
    said = fault_words("unavailable DCO at from 300000000 us until 18000000000 us")
    open_ended = fault_words("partition gsme at from 0 us until None us")

    assert said == "unavailable DCO from 00:05:00 until 05:00:00"
    assert open_ended == "partition gsme from 00:00:00 to the end"


def test_the_command_chooses_its_case_and_no_other() -> None:
    library = Library()
    for file in suite_files("secure"):
        names = [case.name for case in expand(library.scenario(file.path, name=file.name))]
        names += [f"{file.name}[two-phase, journal#1/after]", f"{file.name}[journal#11/after]"]
        for name in names:
            variant = name.partition("[")[2].removesuffix("]")
            result = dataclasses.replace(GOOD, case=name, variant=variant)

            matches = parse_filter(case_filter(result))

            assert [other for other in names if matches(other)] == [name]


def test_a_shipped_scenario_is_run_by_name_and_an_own_one_by_its_file() -> None:
    shipped = dataclasses.replace(
        GOOD, case="secure/clean-two-fuel[two-phase]", variant="two-phase"
    )
    names = shipped_scenarios()

    ours = run_command(shipped, made_meta(), names)
    theirs = run_command(GOOD, made_meta(), names)

    assert ours == (
        "hanbench run secure/clean-two-fuel --seed 7 -k '[two-phase]' --engine mine:Engine"
    )
    assert theirs.startswith("hanbench run own/answer-lost.yaml --seed 7 -k 'not ['")


def test_assumptions_are_put_together_by_model_with_the_cases_that_rest_on_them() -> None:
    groups = dict(group_assumptions([run.result for run in made_runs()]))

    assert list(groups) == [GENERAL, "liberty-100", "secure-gsme-synthetic"]
    assert groups["liberty-100"] == (
        Assumption("sua.lock_out", "15min", "modelled: longer than a mistake", 5),
    )
    assert [(one.value, one.cases) for one in groups["secure-gsme-synthetic"]] == [
        ("atomic", 4),
        ("torn", 1),
    ]
