"""Finding out what a meter holds after an answer failed to come.

A time-out proves nothing, least of all for a meter that may fetch the rotation at its next wake.
So: have the hub forget what it buffers (its word is no proof either), ask the meter for its status
(free, MACed, costs no budget), and only where it answers under the old key send the fence. Probes
are bounded; past the bound the belief stays what it is, a set of two.
"""

import asyncio

from hanbench.harness.engine.port import AuthorisedMeter, KeyBelief
from hanbench.harness.engine.reference.exchange import Reading, Sent
from hanbench.harness.engine.reference.work import Work
from hanbench.protocol.instruction import NoOp, ReadSuaStatus

PAUSES_S = (0, 600, 3_600, 4 * 3_600, 8 * 3_600, 12 * 3_600)
"""Between probes: past the day that a hub keeps an Instruction, so that none is left in it."""
LOCK_OUT_MARGIN_S = 60


async def probe(work: Work, meter: AuthorisedMeter) -> Reading | None:
    """Ask for the SUA status once, and learn from whatever comes; None if nothing did."""
    reading = await work.line.ask(meter, ReadSuaStatus(request_id=work.line.next_request_id()))
    if reading is not None and work.memory_of(meter).belief is not None:
        await work.learn(meter, None, reading)
    return reading


async def resolve(work: Work, meter: AuthorisedMeter) -> KeyBelief:
    """Probe until the belief is certain or the probes are spent, and return its summary."""
    for pause_s in PAUSES_S:
        await asyncio.sleep(pause_s)
        await work.learn_from_late_answers()
        if work.belief_of(meter).summary is not KeyBelief.UNKNOWN:
            break
        await work.line.cancel_buffered(meter)
        reading = await probe(work, meter)
        if reading is not None and reading.key == work.belief_of(meter).old:
            await fence(work, meter)
        if work.belief_of(meter).summary is not KeyBelief.UNKNOWN:
            break
    work.state_belief(meter, _why(work.belief_of(meter).summary))
    return work.belief_of(meter).summary


async def fence(work: Work, meter: AuthorisedMeter) -> Reading | None:
    """Spend one code of the old key on a no-op, so that every earlier rotation is a replay."""
    belief = work.belief_of(meter)
    sent_as: list[Sent] = []

    async def remember_sent(sent: Sent, message_id: int) -> None:  # noqa: ARG001
        sent_as.append(sent)

    reading = await work.line.ask(
        meter,
        NoOp(request_id=work.line.next_request_id()),
        under_version=belief.old.version,
        before_send=remember_sent,
    )
    if reading is not None:
        await work.learn(meter, sent_as[0], reading)
        if reading.outcome == "locked-out":
            await asyncio.sleep(meter.lock_out_us / 1e6 + LOCK_OUT_MARGIN_S)
    return reading


def _why(summary: KeyBelief) -> str:
    match summary:
        case KeyBelief.NEW:
            return "an answer under the new key came"
        case KeyBelief.OLD:
            return "every rotation that was sent is fenced off or was never sent"
        case KeyBelief.UNKNOWN:
            return f"{len(PAUSES_S)} probes brought no proof of either key"
