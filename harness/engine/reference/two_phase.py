"""The two-phase profile: PREPARE, PROVE, CONFIRM or ABORT (domain.md 10.3, profile B).

Only CONFIRM can move the meter, so until it is sent the belief is OLD and any loss is undone by
asking again. After it, ABORT under the old key is the fence: once accepted, no copy of the
confirmation finds a staged key.
"""

import asyncio

from hanbench.harness.engine.port import AuthorisedMeter, KeyBelief
from hanbench.harness.engine.reference.exchange import Reading
from hanbench.harness.engine.reference.journal import Successor
from hanbench.harness.engine.reference.resolve import LOCK_OUT_MARGIN_S, PAUSES_S, probe
from hanbench.harness.engine.reference.work import Work
from hanbench.protocol.instruction import AbortRotation, PrepareRotation, ProveRotation

STEP_TRIES = 4
NEEDS_ANOTHER_VERSION = frozenset({"stale-version", "bad-key-wrap"})
"""A meter takes each version once: after an ABORT the next successor has a higher one."""


async def prepare_and_prove(work: Work, meter: AuthorisedMeter, successor: Successor) -> bool:
    """Stage the new key and have the meter prove that it holds it; False if it did not."""
    for _ in range(STEP_TRIES):
        prepared = await _prepare(work, meter, successor)
        if prepared is None:
            await work.line.cancel_buffered(meter)
            continue
        if prepared.outcome == "locked-out":
            await asyncio.sleep(meter.lock_out_us / 1e6 + LOCK_OUT_MARGIN_S)
            continue
        if prepared.outcome in NEEDS_ANOTHER_VERSION:
            work.memory_of(meter).successor = None
            return False
        proved = await _prove(work, meter, successor)
        if proved is not None and proved.proves_version == successor.key.version:
            await work.note("staged", device=meter.name, version=successor.key.version)
            return True
    return False


async def resolve_confirmation(work: Work, meter: AuthorisedMeter) -> KeyBelief:
    """Find out whether the CONFIRM was executed, and see to it that no copy still can be."""
    for pause_s in PAUSES_S:
        await asyncio.sleep(pause_s)
        await work.learn_from_late_answers()
        if work.belief_of(meter).summary is not KeyBelief.UNKNOWN:
            break
        await work.line.cancel_buffered(meter)
        reading = await probe(work, meter)
        if reading is not None and reading.key == work.belief_of(meter).old:
            await _abort(work, meter)
        if work.belief_of(meter).summary is not KeyBelief.UNKNOWN:
            break
    work.state_belief(meter, f"after the probes: {work.belief_of(meter).summary}")
    return work.belief_of(meter).summary


async def _prepare(work: Work, meter: AuthorisedMeter, successor: Successor) -> Reading | None:
    instruction = PrepareRotation(
        request_id=work.line.next_request_id(),
        version=successor.key.version,
        wrapped_key=bytes.fromhex(successor.wrapped),
        check_value=bytes.fromhex(successor.key.check_value),
    )
    version = work.belief_of(meter).old.version
    return await work.line.ask(meter, instruction, under_version=version)


async def _prove(work: Work, meter: AuthorisedMeter, successor: Successor) -> Reading | None:
    drawn = await work.party("DCO", "draw_nonce", device=meter.name)
    instruction = ProveRotation(
        request_id=work.line.next_request_id(),
        version=successor.key.version,
        nonce=bytes.fromhex(str(drawn["nonce"])),
    )
    return await work.line.ask(meter, instruction, under_version=successor.key.version)


async def _abort(work: Work, meter: AuthorisedMeter) -> None:
    belief = work.belief_of(meter)
    assert belief.news, "a confirmation was sent"
    instruction = AbortRotation(
        request_id=work.line.next_request_id(), version=belief.news[-1].version
    )

    reading = await work.line.ask(meter, instruction, under_version=belief.old.version)
    if reading is None:
        return
    await work.learn(meter, None, reading)
    is_dropped = reading.outcome in {"accepted", "nothing-staged"} and reading.key == belief.old
    if is_dropped and work.belief_of(meter).proved is None:
        await work.note("answered", device=meter.name, proof="abort")
