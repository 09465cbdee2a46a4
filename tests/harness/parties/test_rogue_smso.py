"""An SMSO that goes on commanding: its own fault, told as such, and not obeyed after a commit."""

import dataclasses

from tests.suite_cases import case_of

from hanbench.emulator.events import InstructionJudged
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.events import StepTaken
from hanbench.harness.files.scenario_steps import Check
from hanbench.harness.running.run_case import run_with
from hanbench.protocol.sua import HAN_SUA_M1

OF_THE_SMSO = 1 << 31
"""Message ids of the SMSO begin here."""


def test_its_commands_run_before_the_commit_and_are_refused_after_it() -> None:
    case = case_of("smso-goes-on-commanding")
    # A look at the meter half a day later keeps the run going until the next jobs have come.
    later = Check.model_validate(
        {"do": "check", "device": "gsme", "after": "outcome", "delay": "13h", "failures": 0}
    )
    long = dataclasses.replace(case, scenario=case.scenario.model_copy(update={"steps": (later,)}))

    run = run_with(long, lambda: AsyncEngine(migrate), HAN_SUA_M1)

    judged = [
        event.outcome
        for event in run.trace
        if isinstance(event, InstructionJudged)
        and event.device == "gsme"
        and event.message_id > OF_THE_SMSO
    ]
    assert run.result.is_as_expected
    assert judged[0] == "accepted"
    assert set(judged[1:]) == {"wrong-key-version"}
    told = [event for event in run.trace if isinstance(event, StepTaken)]
    assert any("party fault: the SMSO commands gsme" in event.step for event in told)
