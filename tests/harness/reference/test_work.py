"""What every part of the engine works with: noted before it is known, learnt only from proof."""

import asyncio
import json
from dataclasses import replace

from tests.prepared_engine import meters, of_kind, played
from tests.suite_cases import case_of, changed

from hanbench.emulator.instant import MINUTE_US
from hanbench.harness.engine.port import KeyBelief
from hanbench.harness.engine.reference.belief import KeyName
from hanbench.harness.engine.reference.exchange import Reading, Sent
from hanbench.harness.engine.reference.work import Work
from hanbench.harness.events import Believed, Journalled
from hanbench.harness.files.scenario_steps import RequestRollback
from hanbench.protocol import instruction as instructions
from hanbench.protocol.instruction import NoOp, ReadSuaStatus

CLEAN = case_of("clean-two-fuel")
NEW = KeyName(2, "bbbbbb")
FENCE = Sent("gsme", instructions.encode(NoOp(request_id=1)), 9)
STATUS = Sent("gsme", instructions.encode(ReadSuaStatus(request_id=1)), None)
STOP = RequestRollback.model_validate({"at": "30s", "do": "request-rollback"})


def learnt(
    key: str, *, sent: Sent | None = FENCE, outcome: str = "accepted", counter: int = 5
) -> tuple[KeyBelief, list[str], list[str]]:
    """Return the summary, the proofs that were noted, and the beliefs that were stated."""
    summaries: list[KeyBelief] = []

    async def play(work: Work) -> None:
        gsme = work.meter("gsme")
        memory = work.memory_of(gsme)
        memory.belief = work.belief_of(gsme).rotation_sent(NEW, counter)
        names = {"old": memory.belief.old, "new": NEW, "strange": KeyName(7, "ff"), "none": None}
        await work.learn(gsme, sent, Reading(outcome, names[key], 0))
        summaries.append(work.belief_of(gsme).summary)

    world = played(CLEAN, play)
    entries = [json.loads(event.entry) for event in of_kind(world, Journalled)]
    proofs = [entry["proof"] for entry in entries if entry["step"] == "answered"]
    return summaries[0], proofs, [event.key for event in of_kind(world, Believed)]


def test_an_answer_under_the_new_key_is_proof_whatever_it_says() -> None:
    for outcome in ("accepted", "replayed", "wrong-key-version"):
        assert learnt("new", outcome=outcome) == (KeyBelief.NEW, ["new-key"], ["NEW"])


def test_an_accepted_no_op_under_the_old_key_above_the_rotation_is_a_fence() -> None:
    assert learnt("old") == (KeyBelief.OLD, ["fence"], ["OLD"])


def test_a_fence_below_the_rotation_leaves_the_doubt() -> None:
    assert learnt("old", counter=10)[0] is KeyBelief.UNKNOWN


def test_what_is_no_fence_under_the_old_key_proves_nothing() -> None:
    nothing = (KeyBelief.UNKNOWN, [], [])

    assert learnt("old", sent=STATUS) == nothing
    assert learnt("old", sent=None) == nothing
    assert learnt("old", sent=replace(FENCE, counter=None)) == nothing
    assert learnt("old", outcome="replayed") == nothing


def test_an_answer_under_no_key_or_a_strange_one_proves_nothing() -> None:
    assert learnt("none") == (KeyBelief.UNKNOWN, [], [])
    assert learnt("strange") == (KeyBelief.UNKNOWN, [], [])


def test_a_note_is_durable_before_it_is_known() -> None:
    async def play(work: Work) -> None:
        noting = asyncio.create_task(work.note("migration-started"))
        await asyncio.sleep(0)
        assert not work.memory.is_started
        await noting
        assert work.memory.is_started

    world = played(CLEAN, play)

    assert json.loads(of_kind(world, Journalled)[-1].entry) == {"step": "migration-started"}


def test_a_stop_is_heeded_only_while_no_meter_can_have_moved() -> None:
    heeded: list[bool] = []

    async def play(work: Work) -> None:
        esme, _ = meters(work)
        heeded.append(work.is_asked_to_stop)
        await work.port.sleep_until(MINUTE_US)
        heeded.append(work.is_asked_to_stop)
        memory = work.memory_of(esme)
        memory.belief = work.belief_of(esme).rotation_sent(NEW, 5)
        heeded.append(work.is_asked_to_stop)
        memory.belief = memory.belief.fenced(5)
        heeded.append(work.is_asked_to_stop)

    played(changed(CLEAN, steps=(STOP,)), play)

    assert heeded == [False, True, False, True]


def test_a_stated_belief_names_its_candidates_and_no_key() -> None:
    async def play(work: Work) -> None:
        esme, _ = meters(work)
        work.memory_of(esme).belief = work.belief_of(esme).rotation_sent(NEW, 5)
        work.state_belief(esme, "for a test")

    (stated,) = of_kind(played(CLEAN, play), Believed)

    assert (stated.key, stated.evidence) == ("UNKNOWN", "for a test")
    assert [name.partition(":")[0] for name in stated.candidates] == ["1", "2"]
