"""Calls to parties that are not there now, but will be: bounded patience, then a named give-up."""

import asyncio

from hanbench.harness.engine.adapter import PartyRefused, Port
from hanbench.harness.engine.port import Json

ANSWER_WITHIN_S = 300
PAUSE_S = 1_800
TRIES = 16
"""Eight hours of half-hour pauses: longer than an outage that operations would ride out by hand."""
PASSING = frozenset({"UNAVAILABLE"})


class PartyGoneError(Exception):
    """A party stayed away longer than the engine is willing to wait."""


async def call(port: Port, party: str, operation: str, arguments: Json) -> Json:
    """Call an operation, waiting out outages.

    Raises:
        PartyRefused: the party answered with an error that waiting does not cure.
        PartyGoneError: it did not answer in any of the tries.
    """
    for attempt in range(TRIES):
        if attempt:
            await asyncio.sleep(PAUSE_S)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await port.party(party, operation, **arguments)
        except TimeoutError:
            continue
        except PartyRefused as refusal:
            if refusal.code not in PASSING:
                raise
    raise PartyGoneError(f"{party} did not answer {operation} in {TRIES} tries")
