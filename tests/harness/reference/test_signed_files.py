"""The signed files of a normal run: written, carried, read and validated by both ends."""

import json

import pytest
from tests.suite_cases import case_of, changed, driven

from hanbench.emulator.events import PartyCalled
from hanbench.harness.engine.reference import commissioning as by_file
from hanbench.harness.engine.reference.file_sets import problem_of
from hanbench.harness.events import OutcomeClaimed
from hanbench.harness.parties.migration_signers import (
    commissioning_party_keys,
    s1sp_keys,
    trusted_signers,
)
from hanbench.protocol.migration import commissioning, common_file, file_sets, signature

FILES = {
    ("COMMISSIONING_PARTY", "submit_common_file"): (
        common_file.decode,
        common_file.encode,
        trusted_signers,
    ),
    ("S1SP", "process_signed_file_set"): (
        file_sets.decode_s1sp,
        file_sets.encode_s1sp,
        trusted_signers,
    ),
    ("DCO", "process_signed_file_set"): (
        file_sets.decode_dco,
        file_sets.encode_dco,
        trusted_signers,
    ),
    ("COMMISSIONING_PARTY", "commission_by_file"): (
        commissioning.decode_commissioning,
        commissioning.encode_commissioning,
        s1sp_keys,
    ),
}


def calls(world):
    return [one for one in world.trace.events if isinstance(one, PartyCalled)]


def claim(world):
    claimed = [one for one in world.trace.events if isinstance(one, OutcomeClaimed)]
    return claimed[-1].end_state, claimed[-1].detail


def verified(held, decode, encode, trusted):
    message = decode(bytes.fromhex(held["file"]))
    made = signature.decode(bytes.fromhex(held["signature"]))
    signature.verify(encode(message), made, trusted(), file="file")
    return message


def test_every_file_of_a_run_is_signed_once_and_belongs_to_the_common_file():
    world, _, _ = driven(case_of("clean-two-fuel"))
    sent = [one for one in calls(world) if (one.party, one.operation) in FILES]

    read = {
        (one.party, one.operation): verified(
            json.loads(one.arguments), *FILES[one.party, one.operation]
        )
        for one in sent
    }

    assert len(sent) == len(read) == len(FILES)
    mcf = read["COMMISSIONING_PARTY", "submit_common_file"]
    assert mcf.authorisation == world.organisations.mcc.authorisations_of("home-1")[0]
    others = [one for one in read.values() if one is not mcf]
    assert {one.common_file for one in others} == {mcf.name}
    (told,) = [one for one in calls(world) if one.operation == "commission_by_file"]
    outcomes = verified(
        json.loads(told.result),
        commissioning.decode_outcomes,
        commissioning.encode_outcomes,
        commissioning_party_keys,
    )
    assert [one.outcome for one in outcomes.installations] == ["commissioned"]
    assert claim(world)[0] == "commissioned"


def test_the_same_case_signs_the_same_octets_again():
    first, second = (driven(case_of("clean-two-fuel"))[0].trace.trace_hash for _ in range(2))

    assert first == second


def test_a_failed_check_in_a_file_set_ends_the_migration_before_any_key_moves():
    parties = case_of("clean-two-fuel").scenario.parties
    dco = parties.dco.model_copy(update={"file_set_fails": ("home-1",)})
    case = changed(
        case_of("clean-two-fuel"), parties=parties.model_copy(update={"dco": dco}), faults=()
    )

    world, _, _ = driven(case)

    end_state, detail = claim(world)
    assert end_state == "rolled-back-sua-intact"
    assert "the DCO's file set failed: conditions-16.5" in detail
    assert "escrow_successor" not in [one.operation for one in calls(world)]


@pytest.mark.parametrize(
    ("result", "says"),
    [
        ({}, "nothing is said of home-1"),
        ({"installations": []}, "nothing is said of home-1"),
        ({"installations": [{"installation": "home-2", "passed": True}]}, "nothing is said"),
        (
            {
                "installations": [
                    {
                        "installation": "home-1",
                        "passed": False,
                        "failed_check": "records",
                        "detail": "gsme: unknown",
                    }
                ]
            },
            "records: gsme: unknown",
        ),
        ({"installations": [{"installation": "home-1", "passed": True}]}, ""),
    ],
)
def test_what_is_not_said_to_have_passed_has_not(result, says):
    assert problem_of(result, "home-1").startswith(says)
    assert bool(problem_of(result, "home-1")) is bool(says)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda told: {**told, "signature": "00"}, "the outcomes are not in order"),
        (
            lambda told: {
                **told,
                "file": bytes.fromhex(told["file"]).replace(b"gsme", b"gas1").hex(),
            },
            "the outcomes are not in order",
        ),
        (lambda told: {**told, "file": "3c"}, "the outcomes are not in order"),
    ],
)
def test_outcomes_that_are_not_in_order_are_no_commissioning(monkeypatch, spoil, says):
    world, _, _ = driven_with(monkeypatch, spoil)

    assert claim(world)[0] == "unresolved"
    assert says in claim(world)[1]


def driven_with(monkeypatch, spoil):
    """Run a clean case in which the outcomes reach the engine spoilt."""
    honest = by_file._read

    def read(octets, made):
        told = spoil({"file": octets.hex(), "signature": made.hex()})
        return honest(bytes.fromhex(told["file"]), bytes.fromhex(told["signature"]))

    monkeypatch.setattr(by_file, "_read", read)
    return driven(case_of("clean-two-fuel"))
