"""Calls to parties that are not there now, but will be: bounded patience, then a named give-up."""

import asyncio
from contextlib import suppress

from hanbench.harness.engine.adapter import PartyRefused, Port
from hanbench.harness.engine.port import Json

ANSWER_WITHIN_S = 300
PAUSE_S = 1_800
TRIES = 16
"""Eight hours of half-hour pauses: longer than an outage that operations would ride out by hand."""
PASSING = frozenset({"UNAVAILABLE"})


class PartyGoneError(Exception):
    """A party stayed away longer than the engine is willing to wait."""


class PartyAwayError(Exception):
    """A party did not do what it was asked now, and may do it later."""

    def __init__(self, *, is_silent: bool) -> None:
        super().__init__()
        self.is_silent = is_silent
        """Whether it said nothing at all: then it may have done it all the same."""


async def once(port: Port, party: str, operation: str, arguments: Json) -> Json:
    """Call an operation a single time.

    Raises:
        PartyRefused: the party answered with an error that waiting does not cure.
        PartyAwayError: it answered with one that waiting may cure, or not at all.
    """
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await port.party(party, operation, **arguments)
    except TimeoutError as silence:
        raise PartyAwayError(is_silent=True) from silence
    except PartyRefused as refusal:
        if refusal.code not in PASSING:
            raise
        raise PartyAwayError(is_silent=False) from refusal


async def call(port: Port, party: str, operation: str, arguments: Json) -> Json:
    """Call an operation, waiting out outages.

    Raises:
        PartyRefused: the party answered with an error that waiting does not cure.
        PartyGoneError: it did not answer in any of the tries.
    """
    for attempt in range(TRIES):
        if attempt:
            await asyncio.sleep(PAUSE_S)
        with suppress(PartyAwayError):
            return await once(port, party, operation, arguments)
    raise away_for_good(party, operation)


def away_for_good(party: str, operation: str) -> PartyGoneError:
    """Say that a party stayed away in all tries."""
    return PartyGoneError(f"{party} did not answer {operation} in {TRIES} tries")
