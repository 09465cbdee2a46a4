"""Engines that depend on what a run must not depend on, each in one way that happens."""

from importlib import import_module

from hanbench.harness.engine.adapter import Port

migrate = import_module("hanbench.harness.engine.reference.migrate").migrate
WORDS = ("keys", "meters", "files", "displays", "codes", "parties", "hubs", "stops")
_runs: list[str] = []


async def goes_by_a_set(port: Port) -> None:
    """It notes its plan in the order of a set of text: the hash seed decides it."""
    for word in set(WORDS):
        await port.journal({"step": "planned", "what": word})
    await migrate(port)


async def goes_by_an_address(port: Port) -> None:
    """It names its plan by where it lies in memory."""
    await port.journal({"step": "planned", "what": str(id(object()))})
    await migrate(port)


async def remembers_the_case_before(port: Port) -> None:
    """It counts the migrations of its process, so the order of the cases shows."""
    _runs.append(port.authorisation.rotation_profile.value)
    await port.journal({"step": "planned", "what": " ".join(_runs)})
    await migrate(port)
