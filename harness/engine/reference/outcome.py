"""The joint outcome: from what is proved of each meter to what may be claimed (domain.md 10.8).

No key is ever handed back: a meter that holds the new key stays with the DCC, and where the other
one cannot follow, the claim is `unresolved` or electricity only, never a roll-back.
"""

from hanbench.harness.engine.adapter import PartyRefused
from hanbench.harness.engine.port import AuthorisedMeter, EndState, KeyBelief
from hanbench.harness.engine.reference.commissioning import commissioned_by_file
from hanbench.harness.engine.reference.entry import ANOTHER, EXCLUDED, MIGRATED, NOT_STARTED
from hanbench.harness.engine.reference.parties import PartyGoneError
from hanbench.harness.engine.reference.rotation import check_new_key
from hanbench.harness.engine.reference.work import Work

ROLLED_BACK = frozenset({EndState.ROLLED_BACK_INTACT, EndState.ROLLED_BACK_LIMITED})


async def conclude(work: Work) -> None:
    """Bring the Installation to its end state, tell the supplier, and claim it."""
    outcome = work.memory.outcome
    if outcome is None:
        if work.memory.refusal == ANOTHER:
            await _stand_down(work)
            return
        try:
            end_state, detail = await _end_state(work)
        except PartyGoneError as gone:
            end_state, detail = EndState.UNRESOLVED, str(gone)
        await _tell(work, end_state, detail)
        for meter in work.authorisation.meters:
            if work.memory_of(meter).belief is not None:
                work.state_belief(meter, f"at the end: {end_state}")
        await work.note("outcome", end_state=end_state.value, detail=detail)
    else:
        end_state, detail = EndState(outcome["end_state"]), str(outcome["detail"])
    work.port.outcome(work.authorisation.installation, end_state, detail)


async def _stand_down(work: Work) -> None:
    """Leave the Installation to the engine that is at work on it, and touch nothing of it."""
    await work.note("outcome", end_state=EndState.UNRESOLVED.value, detail=ANOTHER)
    work.port.outcome(work.authorisation.installation, EndState.UNRESOLVED, ANOTHER)


async def _end_state(work: Work) -> tuple[EndState, str]:
    summaries = {meter.name: _summary(work, meter) for meter in work.authorisation.meters}
    why = work.memory.refusal or ("a stop was requested" if work.is_asked_to_stop else "")
    moved = [meter for meter in work.authorisation.meters if summaries[meter.name] is KeyBelief.NEW]
    if moved:
        return await _go_forward(work, moved, why)
    esme_is_unknown = any(
        summaries[meter.name] is KeyBelief.UNKNOWN
        for meter in work.authorisation.meters
        if meter.type == "ESME"
    )
    if esme_is_unknown:
        # Named only for the GSME in SEED0; an ESME in doubt is nobody's to command.
        return EndState.UNRESOLVED, why or "the electricity meter's key is not known"
    unknown = [name for name, summary in summaries.items() if summary is KeyBelief.UNKNOWN]
    return await _roll_back(work, unknown, why)


def _summary(work: Work, meter: AuthorisedMeter) -> KeyBelief:
    belief = work.memory_of(meter).belief
    summary = KeyBelief.OLD if belief is None else belief.summary
    if summary is KeyBelief.OLD and work.is_contradicted(meter):
        return KeyBelief.UNKNOWN
    return summary


async def _go_forward(work: Work, moved: list[AuthorisedMeter], why: str) -> tuple[EndState, str]:
    if not any(meter.type == "ESME" for meter in moved):
        return EndState.UNRESOLVED, why or "gas moved, electricity could not follow"
    answering = [meter for meter in moved if await check_new_key(work, meter)]
    silent = [meter.name for meter in moved if meter not in answering]
    if silent:
        return EndState.UNRESOLVED, f"{', '.join(silent)} moved but does not answer"
    devices = [*(meter.name for meter in moved), *work.memory.displays]
    try:
        refused = await commissioned_by_file(work, devices)
    except (PartyRefused, PartyGoneError) as error:
        return EndState.UNRESOLVED, f"commissioning failed: {error}"
    if refused:
        return EndState.UNRESOLVED, f"commissioning failed: {refused}"
    if len(moved) == len(work.authorisation.meters):
        return EndState.COMMISSIONED, "every meter answers under the DCO's key"
    return EndState.ELECTRICITY_ONLY, why or "the gas meter did not follow (as GT01)"


async def _roll_back(work: Work, unknown: list[str], why: str) -> tuple[EndState, str]:
    if work.memory.is_started:
        try:
            await work.party("SMSO", "roll_back")
        except (PartyRefused, PartyGoneError) as error:
            return EndState.UNRESOLVED, f"the SMSO did not take the Installation back: {error}"
    if unknown:
        return EndState.ROLLED_BACK_LIMITED, f"the key of {', '.join(unknown)} is not known"
    if why.startswith(MIGRATED):
        return EndState.COMMISSIONED, why
    if why.startswith(EXCLUDED):
        return EndState.EXCLUDED, why.removeprefix(EXCLUDED)
    if why.startswith(NOT_STARTED):
        return EndState.NOT_STARTED, why.removeprefix(NOT_STARTED)
    return EndState.ROLLED_BACK_INTACT, why or "the rotation did not take"


async def _tell(work: Work, end_state: EndState, detail: str) -> None:
    """Tell the supplier the outcome, and whose the next step is (SEED0, rollback)."""
    follow_up = _follow_up(work) if end_state in ROLLED_BACK else ""
    said = "; ".join(part for part in (detail, follow_up) if part)
    try:
        await work.party("SUPPLIER", "notify", outcome=end_state.value, detail=said)
    except (PartyRefused, PartyGoneError):
        return  # the outcome stands whether or not the supplier could be told


def _follow_up(work: Work) -> str:
    modes = {meter.name: meter.mode for meter in work.authorisation.meters}
    dormant = [name for name, mode in modes.items() if mode == "dormant"]
    active = [name for name, mode in modes.items() if mode == "active"]
    parts = []
    if dormant:
        parts.append(f"the DCC retries {', '.join(dormant)} (Dormant)")
    if active:
        parts.append(
            f"the supplier arranges {', '.join(active)} with Secure and may resubmit (Active)"
        )
    return "; ".join(parts)
