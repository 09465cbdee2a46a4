"""The reference migration engine: straight-line, journalled, honest about what it does not know.

Order of work [M, domain.md 10.5]: communications check, start (the account moves to the DCC and web
vending ends), hand-over of keys to the DCO, Migration Common File, Required File Sets, device
test, rotation, commissioning. No public text says whether the Migration Common File comes before
the start or after it (10.8), so there is a second engine that files first. Every stage asks the
memory first, so a recovered engine goes on where it was; every stage may end the migration, and
then the joint outcome is drawn from what is proved of each meter (10.8).
"""

import asyncio
from collections.abc import Awaitable, Callable

from hanbench.harness.engine.adapter import PartyRefused, Port
from hanbench.harness.engine.port import AuthorisedMeter, Json, KeyBelief
from hanbench.harness.engine.reference.common_file import signed_common_file
from hanbench.harness.engine.reference.entry import (
    ANOTHER,
    EXCLUDED,
    displays_to_migrate,
    migrated_by_another,
    objection,
)
from hanbench.harness.engine.reference.exchange import Line
from hanbench.harness.engine.reference.file_sets import (
    problem_of,
    signed_dco_set,
    signed_s1sp_set,
)
from hanbench.harness.engine.reference.journal import recall
from hanbench.harness.engine.reference.outcome import conclude
from hanbench.harness.engine.reference.parties import (
    PAUSE_S,
    TRIES,
    PartyAwayError,
    PartyGoneError,
    away_for_good,
    once,
)
from hanbench.harness.engine.reference.resolve import probe
from hanbench.harness.engine.reference.rotation import check_new_key, rotate
from hanbench.harness.engine.reference.work import Work

TEST_TRIES = 3
Stage = Callable[[Work], Awaitable[None]]


async def migrate(port: Port) -> None:
    """Migrate one Installation, or go on migrating it from the journal of an earlier life."""
    await _migrate(port, (_start, _hand_over, _file, _test, _rotate_all))


async def migrate_filing_first(port: Port) -> None:
    """Migrate one Installation, its Migration Common File submitted before the start."""
    await _migrate(port, (_look, _submit, _start, _hand_over, _file, _test, _rotate_all))


async def _migrate(port: Port, stages: tuple[Stage, ...]) -> None:
    authorisation = port.authorisation
    memory = recall(authorisation, port.recovered or ())
    strange = [name for name, meter in memory.meters.items() if meter.is_strange]
    line = Line(port, authorisation, memory.lives + 1, strange)
    work = Work(port, authorisation, memory, line)
    request = memory.request or f"attempt {authorisation.attempt}, begun at {port.now_us} us"
    await work.note("life", life=memory.lives + 1, request=request)
    if port.recovered is not None:
        _state_what_is_recalled(work)
    if memory.outcome is None:
        try:
            await _work_through(work, stages)
        except PartyGoneError as gone:
            await _refuse(work, str(gone))
        except PartyRefused as refusal:
            await _refuse(work, f"{refusal.code}: {refusal.detail}")
    await conclude(work)


def _state_what_is_recalled(work: Work) -> None:
    """After a restart, say what the journal says: an engine owns up to what it may have done."""
    for meter in work.authorisation.meters:
        if work.memory_of(meter).belief is not None:
            work.state_belief(meter, "recalled from the journal")


async def _work_through(work: Work, stages: tuple[Stage, ...]) -> None:
    for stage in stages:
        if work.memory.refusal or work.is_asked_to_stop:
            return
        await stage(work)


async def _look(work: Work) -> None:
    """Find out whether it may be started at all before its file goes out."""
    if work.memory.is_started or work.memory.is_filed:
        return
    why = await objection(work)
    if why:
        await _refuse(work, why)


async def _start(work: Work) -> None:
    """Start the migration, which may take several tries: what bars a start is asked before each.

    A try that was not answered may have been a start. Then a stop comes too late for it, and only
    what somebody else has migrated meanwhile is left alone.
    """
    if work.memory.is_started:
        return
    may_have_started = False
    for number in range(TRIES):
        if number:
            await asyncio.sleep(PAUSE_S)
        why = await (migrated_by_another if may_have_started else objection)(work)
        if why:
            await _refuse(work, why)
            return
        try:
            started = await once(work.port, "SMSO", "start_migration", _request(work))
        except PartyAwayError as away:
            may_have_started = may_have_started or away.is_silent
            continue
        if started["by_another"]:
            await _refuse(work, ANOTHER)
        else:
            await work.note("migration-started")
        return
    raise away_for_good("SMSO", "start_migration")


def _request(work: Work) -> Json:
    return {"installation": work.authorisation.installation, "request": work.memory.request}


async def _hand_over(work: Work) -> None:
    """Have the SMSO give the DCO what it needs; the file is sealed, the engine only carries it."""
    for meter in work.authorisation.meters:
        if work.memory_of(meter).belief is not None:
            continue
        try:
            file = await work.party("SMSO", "hand_over", device=meter.name)
            held = await work.party("DCO", "accept_hand_over", device=meter.name, file=file["file"])
            work.memory.sealed[meter.name] = str(file["file"])
        except PartyRefused as refusal:
            missing = refusal.code == "MISSING_MASTER_KEY"
            await _refuse(work, f"{'excluded: ' if missing else ''}{meter.name}: {refusal.code}")
            return
        await work.note(
            "handed-over",
            device=meter.name,
            version=held["version"],
            check_value=held["check_value"],
            escrowed=await _escrowed_before(work, meter),
        )


async def _escrowed_before(work: Work, meter: AuthorisedMeter) -> list[tuple[int, str]]:
    """List the keys of an earlier attempt that the meter may hold by now."""
    if work.authorisation.attempt == 1:
        return []
    held = await work.party("DCO", "candidates", device=meter.name)
    return [
        (int(one["version"]), str(one["check_value"]))
        for one in held["candidates"]
        if one["origin"] == "escrowed"
    ]


async def _file(work: Work) -> None:
    if work.memory.is_filed and work.memory.is_processed:
        return
    displays = await displays_to_migrate(work)
    if not work.memory.is_filed:
        await _submit_common_file(work, displays)
    if work.memory.is_filed and not work.memory.is_processed:
        await _process_file_sets(work, displays)


async def _submit(work: Work) -> None:
    if not work.memory.is_filed:
        await _submit_common_file(work, await displays_to_migrate(work))


async def _submit_common_file(work: Work, displays: list[Json]) -> None:
    file = signed_common_file(work.authorisation, displays)
    taken = await work.party("COMMISSIONING_PARTY", "submit_common_file", **file)
    checked = await work.party("COMMISSIONING_PARTY", "check")
    if not checked["passed"]:
        await _refuse(work, "the Commissioning Party's checks did not pass")
        return
    names = [one["device"] for one in displays]
    await work.note("common-file", name=taken["common_file"], displays=names)


async def _process_file_sets(work: Work, displays: list[Json]) -> None:
    """Have S1SP and DCO process their signed file sets; the first that fails ends the migration."""
    for meter in work.authorisation.meters:
        if meter.name not in work.memory.sealed:
            again = await work.party("SMSO", "hand_over", device=meter.name)
            work.memory.sealed[meter.name] = str(again["file"])
    sets = (
        ("S1SP", signed_s1sp_set(work.authorisation, displays)),
        ("DCO", signed_dco_set(work.authorisation, work.memory.sealed)),
    )
    for party, file_set in sets:
        processed = await work.party(party, "process_signed_file_set", **file_set)
        problem = problem_of(processed, work.authorisation.installation)
        if problem:
            await _refuse(work, f"the {party}'s file set failed: {problem}")
            return
    await work.note("file-sets")


async def _test(work: Work) -> None:
    """Ask every meter for its status before any key moves: wrong keys and silence show here.

    The first to be rotated is asked last: a sleeping meter is then still awake for its rotation.
    """
    for name in reversed(work.authorisation.rotation_order):
        meter = work.meter(name)
        memory = work.memory_of(meter)
        if memory.is_tested or memory.is_unreachable or memory.successor is not None:
            continue
        await _test_one(work, meter)
        if work.memory.refusal:
            return


async def _test_one(work: Work, meter: AuthorisedMeter) -> None:
    answered = False
    for _ in range(TEST_TRIES):
        reading = await probe(work, meter)
        if reading is not None and reading.key is not None:
            await work.note("tested", device=meter.name)
            work.state_belief(meter, "it answers under a key that the DCO holds")
            return
        answered = answered or reading is not None
        await work.line.cancel_buffered(meter)
    if answered:
        await _refuse(work, f"{meter.name} answers under none of the keys that were handed over")
    elif meter.type == "GSME":
        await work.note("unreachable", device=meter.name)
    elif not await work.line.is_hub_there(meter):
        await _refuse(work, f"{EXCLUDED}no WAN: neither {meter.name} nor the hub answers")
    else:
        await _refuse(work, f"{meter.name} does not answer")


async def _rotate_all(work: Work) -> None:
    """Rotate in the authorised order; a meter that did not move ends it for those behind it."""
    for name in work.authorisation.rotation_order:
        meter = work.meter(name)
        if work.memory_of(meter).is_unreachable:
            continue
        if work.belief_of(meter).summary is not KeyBelief.NEW:
            await rotate(work, meter)
        if work.belief_of(meter).summary is not KeyBelief.NEW:
            return
        await check_new_key(work, meter)


async def _refuse(work: Work, why: str) -> None:
    if not work.memory.refusal:
        await work.note("refused", why=why)
