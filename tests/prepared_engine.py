"""Brings a migration to where a meter can be asked and rotated, for tests of what comes then."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tests.suite_cases import driven

from hanbench.emulator.events import Event
from hanbench.harness.engine.adapter import AsyncEngine, Port
from hanbench.harness.engine.port import AuthorisedMeter, EndState
from hanbench.harness.engine.reference.exchange import Line
from hanbench.harness.engine.reference.journal import recall
from hanbench.harness.engine.reference.work import Work
from hanbench.harness.running.case import Case
from hanbench.harness.world import World

E = TypeVar("E", bound=Event)
Play = Callable[[Work], Awaitable[None]]


async def prepared(port: Port) -> Work:
    """Hand over and process the files, so that the DCO and the S1SP serve the engine."""
    authorisation = port.authorisation
    work = Work(port, authorisation, recall(authorisation, ()), Line(port, authorisation, 1))
    devices = [meter.name for meter in authorisation.meters]
    await work.party("SMSO", "communications_check")
    await work.party("SMSO", "start_migration")
    for device in devices:
        file = await work.party("SMSO", "hand_over", device=device)
        held = await work.party("DCO", "accept_hand_over", device=device, file=file["file"])
        name = {"version": held["version"], "check_value": held["check_value"]}
        await work.note("handed-over", device=device, escrowed=[], **name)
    taken = await work.party("COMMISSIONING_PARTY", "submit_common_file", devices=devices)
    await work.party("COMMISSIONING_PARTY", "check")
    await work.note("common-file", name=taken["common_file"], displays=[])
    await work.party("S1SP", "process_file_set", devices=devices)
    await work.party("DCO", "process_file_set", devices=devices)
    return work


def played(case: Case, play: Play) -> World:
    """Return the world after an engine was prepared, did this, and left the end unresolved."""

    async def migrate(port: Port) -> None:
        await play(await prepared(port))
        port.outcome(port.authorisation.installation, EndState.UNRESOLVED)

    world, _, _ = driven(case, lambda: AsyncEngine(migrate))
    assert world.session.broke is None, str(world.session.broke)
    return world


def meters(work: Work) -> tuple[AuthorisedMeter, AuthorisedMeter]:
    """Return the electricity meter and the gas meter."""
    return work.meter("esme"), work.meter("gsme")


def of_kind(world: World, kind: type[E]) -> list[E]:
    """Return the events of a kind, in order."""
    return [event for event in world.trace.events if isinstance(event, kind)]
