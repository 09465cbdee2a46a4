"""The adversaries of domain.md 10.6: what each sends, and what is told of it."""

import dataclasses

import pytest
from tests.suite_cases import case_of, changed, driven, names, run

from hanbench.emulator.events import InstructionJudged
from hanbench.harness.parties.adversaries import FIRST_ID
from hanbench.harness.running.case import Case
from hanbench.harness.steps.adversary_steps import Adversary, Attack
from hanbench.protocol import utrn
from hanbench.protocol.errors import SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import KeyUsage, derive_test_key
from hanbench.protocol.utrn import NativeCode, NativeType

SMSO_IDS = 1 << 31


def attacked(case: Case, by: Adversary, **more: object) -> Case:
    step = Attack.model_validate(
        {"do": "attack", "after": "outcome", "delay": "1h", "device": "esme", "by": by, **more}
    )
    return changed(case, steps=(step,))


def outcomes(case: Case) -> list[str]:
    """What meters made of what the adversary sent."""
    world, _, _ = driven(case)
    return [
        event.outcome
        for event in world.trace.events
        if isinstance(event, InstructionJudged)
        and (FIRST_ID <= event.message_id < FIRST_ID + 10_000 or event.message_id > SMSO_IDS)
    ]


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (Adversary.OLD_KEY, ["wrong-key-version"]),
        (Adversary.MASTER_KEY, ["wrong-key-version", "bad-code"]),
        (Adversary.TRANSCRIPT, ["accepted"]),
        (
            Adversary.CHANGED_SCOPE,
            ["bad-code", "bad-code", "bad-code", "wrong-key-version", "bad-code", "bad-code"],
        ),
        (Adversary.OTHER_KEYS, ["bad-code"] * 3),
        (Adversary.UNKNOWN_VERSION, ["wrong-key-version"]),
    ],
)
def test_each_adversary_gets_as_far_as_the_model_says(by: Adversary, expected: list[str]) -> None:
    case = attacked(case_of("clean-two-fuel"), by, expect="refused")

    assert sorted(outcomes(case)) == sorted(expected)


def test_an_attack_that_gets_through_is_a_step_that_came_out_otherwise() -> None:
    result = run(attacked(case_of("clean-two-fuel"), Adversary.TRANSCRIPT))

    assert names(result) == {"commanded-by-another", "step"}
    assert not result.is_as_expected


def test_an_attack_that_never_arrives_is_not_refused() -> None:
    case = attacked(case_of("rotation-response-lost-comms-gone"), Adversary.OLD_KEY, device="gsme")

    world, steps, _ = driven(case)

    assert [found for _, _, found in steps.unmet()] == ["not all arrived"]
    assert world.session.has_claimed


def test_without_the_rotation_on_the_wan_the_transcript_holds_no_key() -> None:
    early = Attack.model_validate(
        {
            "do": "attack",
            "at": "1s",
            "device": "esme",
            "by": Adversary.TRANSCRIPT,
            "expect": "nothing-to-send",
        }
    )

    assert run(changed(case_of("clean-two-fuel"), steps=(early,))).is_as_expected


def test_the_break_that_is_expected_must_be_the_only_one() -> None:
    case = case_of("old-holder-with-the-transcript")
    expect = case.scenario.expect

    assert run(case).is_as_expected
    other = expect.model_copy(update={"verdict": "violated: P6"})
    assert not run(changed(case, expect=other)).is_as_expected
    nothing = dataclasses.replace(changed(case, steps=()))
    assert not run(nothing).is_as_expected


@pytest.mark.parametrize("usage", [one for one in KeyUsage if one is not KeyUsage.VEND])
def test_no_other_key_makes_a_utrn(usage: KeyUsage) -> None:
    key, code = derive_test_key("seed", usage), NativeCode(NativeType.VEND_ADD, 1, 1000)

    with pytest.raises(SecurityError):
        utrn.issue_entry(key, Eui64(0x00DB1234567890A1), (code,))
