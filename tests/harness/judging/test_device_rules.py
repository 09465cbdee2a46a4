"""Dishonest answers and a mirror that breaks its word are found; damage and late copies are not."""

import dataclasses

from tests.suite_cases import case_of, changed, names, run

from hanbench.harness.files.scenario_faults import CorruptFault, DuplicateFault
from hanbench.harness.running.case import Case
from hanbench.harness.verdict import Verdict

REPLY = "home-1/gsme/rotate-sua-key#1/try#1/reply/before-send"
REQUEST = "home-1/gsme/rotate-sua-key#1/try#1/request/wan"


def made_of(case: Case, mistake: str) -> Case:
    return dataclasses.replace(case, parts=f"hanbench.harness.zoo.{mistake}")


def test_an_answer_that_was_damaged_before_it_was_sent_is_nobodys_word() -> None:
    corrupt = CorruptFault(does="corrupt", at=REPLY)

    result = run(changed(case_of("clean-two-fuel"), faults=(corrupt,)))

    assert result.faults_fired == 1
    assert result.verdict is Verdict.PASS, [finding.detail for finding in result.findings]


def test_a_second_copy_that_is_answered_after_the_commit_is_no_lie() -> None:
    late = DuplicateFault.model_validate({"does": "duplicate", "at": REQUEST, "by": "10min"})
    without_cache = {"gsme": {"sua.result_cache_entries": 0}}

    result = run(changed(case_of("clean-two-fuel"), faults=(late,), parameters=without_cache))

    assert result.verdict is Verdict.PASS, [finding.detail for finding in result.findings]


def test_an_answer_under_the_key_that_was_replaced_is_named() -> None:
    case = made_of(case_of("clean-two-fuel"), "meters:answers_under_the_old_key_after_the_commit")

    assert "answered-under-lost-key" in names(run(case))


def test_a_counter_that_is_told_too_low_is_named() -> None:
    case = made_of(case_of("clean-two-fuel"), "meters:answers_an_old_counter")

    assert "stale-answer" in names(run(case))


def test_a_mirror_that_revives_what_it_cancelled_is_named_once_for_each_delivery() -> None:
    case = made_of(
        case_of("rotation-fetched-late", "cancelled-in-time"), "hubs:cancels_in_words_alone"
    )

    found = [one for one in run(case).findings if one.name == "delivered-after-cancel"]

    assert found
    assert {one.clause for one in found} == {"domain/10.8-mirror"}
    assert "had said" in found[0].detail


def test_what_the_hub_hands_to_another_meter_is_named_and_damage_is_not() -> None:
    case = made_of(case_of("clean-two-fuel"), "hubs:delivers_to_the_wrong_meter")
    damaged = CorruptFault(does="corrupt", at=REQUEST)

    found = [one for one in run(case).findings if one.name == "delivered-to-another"]

    assert [(one.device, one.clause) for one in found[:1]] == [("esme", "domain/10.8-mirror")]
    assert "sent to gsme" in found[0].detail
    assert run(changed(case_of("clean-two-fuel"), faults=(damaged,))).findings == ()
