"""Damage that no MAC shows: the SUA code finds it in an Instruction, the DCO in an answer."""

import json

import pytest
from pydantic import ValidationError
from tests.suite_cases import case_of

from hanbench.emulator.events import EnvelopeDropped, InstructionJudged, PartyCalled
from hanbench.harness.engines import load_engine
from hanbench.harness.explore.trial import explored
from hanbench.harness.files.scenario_faults import CorruptPastMacFault
from hanbench.harness.running.run_case import run_world
from hanbench.harness.verdict import CaseResult, Verdict
from hanbench.harness.world import World
from hanbench.protocol.sua import HAN_SUA_M1

TRY = "home-1/gsme/rotate-sua-key#1/try#1"
NO_OP = "home-1/gsme/no-op#1/try#1"


def run(point: str) -> tuple[World, CaseResult]:
    entry = CorruptPastMacFault(does="corrupt-past-mac", at=point)
    case = explored(case_of("clean-two-fuel", "no-traffic")).with_fault("damaged", entry)
    world, result = run_world(case, load_engine("reference"), HAN_SUA_M1)
    assert result.verdict is Verdict.PASS, result.findings
    assert not [event for event in world.trace.events if isinstance(event, EnvelopeDropped)]
    return world, result


def test_a_damaged_instruction_passes_each_mac_and_is_refused_for_its_code():
    world, _ = run(f"{TRY}/request/wan")

    judged = [it for it in world.trace.events if isinstance(it, InstructionJudged)]
    of_gas = [it for it in judged if it.device == "gsme" and "rotate" in it.instruction]
    assert not of_gas[0].executed
    assert any(it.executed for it in of_gas[1:]), "the engine tries again"


@pytest.mark.parametrize("stem", [TRY, NO_OP])
def test_a_damaged_answer_arrives_and_is_believed_by_nobody(stem):
    world, _ = run(f"{stem}/reply/before-send")

    calls = [it for it in world.trace.events if isinstance(it, PartyCalled)]
    read = [json.loads(it.result) for it in calls if it.operation == "read_answer"]
    unproved = [said for said in read if said["open_codes"]]
    assert [said["proves_version"] for said in unproved] == [None], "its code counts as open still"


@pytest.mark.parametrize("point", ["request/han#1", "request/mirror", "reply/wan"])
def test_it_is_laid_where_an_envelope_is_sealed_and_nowhere_else(point):
    with pytest.raises(ValidationError, match="an envelope is sealed as it is sent"):
        CorruptPastMacFault(does="corrupt-past-mac", at=f"{TRY}/{point}")
