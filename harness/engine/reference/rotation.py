"""Rotation of one meter's SUA key: single-shot, and the two-phase profile (domain.md 10.3)."""

import asyncio

from hanbench.harness.engine.adapter import PartyRefused
from hanbench.harness.engine.port import AuthorisedMeter, KeyBelief, RotationProfile
from hanbench.harness.engine.reference.exchange import Reading, Sent
from hanbench.harness.engine.reference.journal import Successor
from hanbench.harness.engine.reference.resolve import LOCK_OUT_MARGIN_S, probe, resolve
from hanbench.harness.engine.reference.two_phase import (
    NEEDS_ANOTHER_VERSION,
    prepare_and_prove,
    resolve_confirmation,
)
from hanbench.harness.engine.reference.work import Work
from hanbench.protocol.instruction import ConfirmRotation, NoOp, RotateSuaKey

CHECK_TRIES = 4
TRIES = 3
"""Rotations of one meter before the engine gives it up: each costs a code and a wake."""


async def rotate(work: Work, meter: AuthorisedMeter) -> KeyBelief:
    """Move a meter to a new key; return OLD, NEW or UNKNOWN, whichever is proved."""
    if work.belief_of(meter).summary is KeyBelief.UNKNOWN:
        await _resolve(work, meter)  # a rotation of an earlier life of the engine
    for _ in range(TRIES):
        if work.belief_of(meter).summary is not KeyBelief.OLD:
            break
        if work.is_asked_to_stop:
            break
        await _one_try(work, meter)
    return work.belief_of(meter).summary


async def _one_try(work: Work, meter: AuthorisedMeter) -> None:
    successor = await _successor(work, meter)
    if _is_two_phase(work):
        if not await prepare_and_prove(work, meter, successor):
            return
        reading = await _send(work, meter, successor, confirm=True)
    else:
        reading = await _send(work, meter, successor, confirm=False)
    if reading is not None:
        await work.learn(meter, None, reading)
        await _sit_out(work, meter, reading)
    if work.belief_of(meter).summary is KeyBelief.UNKNOWN:
        await _resolve(work, meter)


async def _successor(work: Work, meter: AuthorisedMeter) -> Successor:
    """Have the DCO escrow the new key, and journal its name before anything is sent.

    A retry sends the same key again: two keys under way would be two ways to be wrong.
    """
    known = work.memory_of(meter).successor
    if known is not None:
        return known
    escrowed = await work.party("DCO", "escrow_successor", device=meter.name)
    await work.note(
        "successor",
        device=meter.name,
        version=escrowed["version"],
        check_value=escrowed["check_value"],
        wrapped=escrowed["wrapped"],
    )
    successor = work.memory_of(meter).successor
    assert successor is not None, "just noted"
    return successor


async def _send(
    work: Work, meter: AuthorisedMeter, successor: Successor, *, confirm: bool
) -> Reading | None:
    """Send the Instruction that commits the key, journalled first: it cannot be taken back."""

    async def journal_first(sent: Sent, message_id: int) -> None:
        await work.note(
            "sending-rotation", device=meter.name, message_id=message_id, counter=sent.counter
        )
        work.state_belief(meter, "a rotation is under way")

    request_id = work.line.next_request_id()
    if confirm:
        instruction: ConfirmRotation | RotateSuaKey = ConfirmRotation(
            request_id=request_id, version=successor.key.version
        )
        version = successor.key.version
    else:
        instruction = RotateSuaKey(
            request_id=request_id,
            version=successor.key.version,
            wrapped_key=bytes.fromhex(successor.wrapped),
            check_value=bytes.fromhex(successor.key.check_value),
        )
        version = work.belief_of(meter).old.version
    return await work.line.ask(meter, instruction, under_version=version, before_send=journal_first)


async def _resolve(work: Work, meter: AuthorisedMeter) -> None:
    if _is_two_phase(work):
        await resolve_confirmation(work, meter)
    else:
        await resolve(work, meter)


async def _sit_out(work: Work, meter: AuthorisedMeter, reading: Reading) -> None:
    """Wait out a lock that somebody's wrong codes brought: trying on would only prolong it."""
    if reading.outcome == "locked-out":
        await asyncio.sleep(meter.lock_out_us / 1e6 + LOCK_OUT_MARGIN_S)
    if reading.outcome in NEEDS_ANOTHER_VERSION:
        work.memory_of(meter).successor = None


async def confirm_active(work: Work, meter: AuthorisedMeter) -> None:
    """Have the DCO take the new key as the meter's; it checks the proof by itself."""
    proved = work.belief_of(meter).proved
    assert proved is not None, "asked for a meter that moved"
    try:
        await work.party("DCO", "confirm_active", device=meter.name, version=proved.version)
    except PartyRefused:
        # It lost the proof (NOT_PROVEN): the commissioning check brings a fresh one.
        return


async def check_new_key(work: Work, meter: AuthorisedMeter) -> bool:
    """Have the meter execute a no-op under the new key, right away while it is awake."""
    if work.memory_of(meter).is_checked:
        return True
    new = work.belief_of(meter).proved
    assert new is not None, "only meters that moved are asked"
    for _ in range(CHECK_TRIES):
        reading = await work.line.ask(
            meter, NoOp(request_id=work.line.next_request_id()), under_version=new.version
        )
        if reading is not None and reading.outcome == "accepted" and reading.key == new:
            await confirm_active(work, meter)
            await work.note("checked", device=meter.name)
            return True
        await work.line.cancel_buffered(meter)
        await probe(work, meter)  # brings the DCO's counter up to the meter's
    return False


def _is_two_phase(work: Work) -> bool:
    return work.authorisation.rotation_profile is RotationProfile.TWO_PHASE
