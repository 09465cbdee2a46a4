"""Whether the claimed outcome of an Installation is true (domain.md 10.8, joint outcomes)."""

from hanbench.emulator.events import PartyCalled
from hanbench.harness.engine.port import EndState, KeyBelief
from hanbench.harness.events import Believed, FaultFired
from hanbench.harness.judging.oracle import (
    MeterEnd,
    RunEnd,
    Truth,
    is_lost_since_its_last_word,
    rotations_sent,
)
from hanbench.harness.verdict import Finding

_OUTCOME_CLAUSE = {EndState.ROLLED_BACK_LIMITED: "seed0/sua-rollback"}
"""A limited roll-back has a clause of its own: when a Device may lack functionality."""


def judge_outcome(end: RunEnd) -> list[Finding]:
    """Hold the claimed outcome against the truth."""
    if end.claimed is None:
        return [
            Finding(
                name="no-outcome",
                clause="property/P10",
                detail="the run ended and the engine had claimed no outcome",
                truth=_truths(end),
            )
        ]
    return [
        Finding(
            name="outcome-contradicts-truth",
            detail=f"{end.claimed} was claimed, but {why}",
            expected=end.claimed,
            truth=_truths(end),
            device=device,
            clause=_OUTCOME_CLAUSE.get(end.claimed, "domain/10.8-joint-outcome"),
        )
        for device, why in _contradictions(end, end.claimed)
    ]


def is_lost_unheard(meter: MeterEnd, end: RunEnd) -> bool:
    """Whether it held the old key when it was last heard from, and has lost it since.

    No device has committed a new key, and nobody can know of the loss: intact is a true word.
    """
    last = end.last_belief(meter.name)
    return last is not None and last.key == KeyBelief.OLD and is_lost_since_its_last_word(last, end)


def _contradictions(end: RunEnd, claimed: EndState) -> list[tuple[str, str]]:
    match claimed:
        case EndState.COMMISSIONED:
            return [(m.name, _not_ours(m)) for m in end.meters if not _is_commissioned(m)]
        case EndState.ELECTRICITY_ONLY:
            return _electricity_only_without_reason(end)
        case EndState.ROLLED_BACK_INTACT | EndState.EXCLUDED | EndState.NOT_STARTED:
            moved = [
                m for m in end.meters if m.truth is not Truth.OLD and not is_lost_unheard(m, end)
            ]
            return [(m.name, f"{m.name} holds {m.truth}") for m in moved] + _intact_in_doubt(end)
        case EndState.ROLLED_BACK_LIMITED:
            return _limited_without_reason(end)
        case EndState.UNRESOLVED:
            return _unresolved_without_reason(end)


def _is_commissioned(meter: MeterEnd) -> bool:
    return meter.truth is Truth.NEW and meter.is_held_by_dco and meter.is_commissioned


def _not_ours(meter: MeterEnd) -> str:
    if meter.truth is Truth.NEW and meter.is_held_by_dco:
        return f"the inventory does not have {meter.name} as Commissioned"
    if meter.truth is Truth.NEW:
        return f"the DCO has not confirmed the key that {meter.name} holds"
    return f"{meter.name} holds {meter.truth}"


def _intact_in_doubt(end: RunEnd) -> list[tuple[str, str]]:
    """An unresolved rotation makes a rollback limited: intact is more than the engine can know."""
    doubted = [meter.name for meter in end.meters if _is_doubted(meter, end)]
    return [(name, f"{name}'s rotation is unresolved") for name in doubted]


def _electricity_only_without_reason(end: RunEnd) -> list[tuple[str, str]]:
    """Electricity only is for a home whose electricity is commissioned, and whose gas is not."""
    wrong = [
        (m.name, _not_ours(m)) for m in end.meters if m.type == "ESME" and not _is_commissioned(m)
    ]
    gas = [meter for meter in end.meters if meter.type == "GSME"]
    if not gas:
        return [*wrong, ("", "the home has no gas meter that could be left out")]
    return wrong + [(m.name, f"{m.name} is commissioned, too") for m in gas if _is_commissioned(m)]


def _limited_without_reason(end: RunEnd) -> list[tuple[str, str]]:
    """Limited rollback exactly when the GSME's rotation is unresolved, and no meter moved.

    A GSME that was proved to have moved stays with the DCC, whatever became of its key since.
    """
    wrong = [
        (m.name, f"{m.name} holds the new key")
        for m in end.meters
        if m.type == "ESME" and m.truth is Truth.NEW
    ]
    for meter in end.meters:
        last = end.last_belief(meter.name)
        if meter.type == "ESME" and meter.truth is Truth.OLD and _is_doubted(meter, end):
            wrong.append(
                (meter.name, f"{meter.name}'s rotation is unresolved, and limited is of gas")
            )
        if meter.type == "GSME" and (last is None or last.key != KeyBelief.UNKNOWN):
            wrong.append((meter.name, f"{meter.name}'s rotation is not unresolved"))
        elif meter.type == "GSME" and _was_proved(meter, end):
            wrong.append((meter.name, f"{meter.name} was known to have moved"))
    return wrong


def _unresolved_without_reason(end: RunEnd) -> list[tuple[str, str]]:
    """Unresolved is for what the table of 10.8 has no other word for."""
    if all(_is_commissioned(meter) for meter in end.meters):
        return [("", "every meter holds a key that the DCO has confirmed")]
    if _is_known_to_be_old(end) and not _was_refused(end):
        return [("", "every meter is known to hold its old key: that is a roll-back, SUA intact")]
    doubted = [
        meter.name
        for meter in end.meters
        if meter.type == "GSME" and _is_doubted(meter, end) and not _was_proved(meter, end)
    ]
    electricity = [meter for meter in end.meters if meter.type == "ESME"]
    is_kept = all(
        meter.truth is Truth.OLD and _says(meter, end) == KeyBelief.OLD for meter in electricity
    )
    if not doubted or not electricity or not is_kept or _was_refused(end):
        return []
    why = f"only {doubted[0]}'s rotation is unresolved, and electricity holds its old key"
    return [(doubted[0], f"{why}: that is a limited roll-back")]


def _is_doubted(meter: MeterEnd, end: RunEnd) -> bool:
    sent = rotations_sent(meter.name, end.events)
    return bool(sent) and _says(meter, end) == KeyBelief.UNKNOWN


def _is_known_to_be_old(end: RunEnd) -> bool:
    """Whether a rotation was tried, and the engine is sure, and right, that none took."""
    return any(rotations_sent(meter.name, end.events) for meter in end.meters) and all(
        meter.truth is Truth.OLD and _says(meter, end) == KeyBelief.OLD for meter in end.meters
    )


def _was_proved(meter: MeterEnd, end: RunEnd) -> bool:
    """Whether the engine ever knew that it holds the new key: it may have lost it since."""
    return any(
        isinstance(event, Believed)
        and event.device == meter.name
        and event.key == KeyBelief.NEW
        and event.truth == Truth.NEW
        for event in end.events
    )


def _says(meter: MeterEnd, end: RunEnd) -> str:
    last = end.last_belief(meter.name)
    return "" if last is None else last.key


def _was_refused(end: RunEnd) -> bool:
    """Whether a party failed the engine, or did not answer it: then it may not get any further."""
    return any(
        (isinstance(event, PartyCalled) and event.is_error)
        or (isinstance(event, FaultFired) and "/party/" in event.point)
        for event in end.events
    )


def _truths(end: RunEnd) -> str:
    return ", ".join(f"{meter.name} {meter.truth}" for meter in end.meters)
