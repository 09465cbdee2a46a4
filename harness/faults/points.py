"""Names of fault points, by cause: `home-1/gsme/rotate-sua-key#1/try#2/reply/wan`.

An Instruction is counted by its role (its type in words) for its device, a try by how often that
same Instruction was sent. So a name still resolves when a report, a log write or a probe of another
kind is added elsewhere. HAN frames of a leg carry their place in it: `.../reply/han#2`.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from hanbench.emulator.fates import Cause, Moment, Phase
from hanbench.emulator.instant import Instant

_STEP = ("step", "kind", "type")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def _word(value: object) -> str:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""


@dataclass(frozen=True, slots=True)
class _Journey:
    role: str
    attempt: int


class PointNames:
    """Gives each moment of one Installation its name; told of every envelope that is sent down."""

    def __init__(self, installation: str) -> None:
        self._installation = installation
        self._roles: dict[tuple[str, bytes], str] = {}
        self._role_counts: Counter[tuple[str, str]] = Counter()
        self._tries: Counter[tuple[str, bytes]] = Counter()
        self._journeys: dict[tuple[str, int], _Journey] = {}
        self._frames: Counter[str] = Counter()
        self._calls: Counter[str] = Counter()

    def sent(self, device: str, message_id: int, role: str, digest: bytes) -> str:
        """Note that an Instruction is sent, and return the name of this try.

        `digest` tells one Instruction from the next of the same role; a repeated one is a new try.
        """
        key = (device, digest)
        if key not in self._roles:
            self._role_counts[device, role] += 1
            self._roles[key] = f"{role}#{self._role_counts[device, role]}"
        self._tries[key] += 1
        journey = _Journey(self._roles[key], self._tries[key])
        self._journeys[device, message_id] = journey
        return f"{self._installation}/{device}/{journey.role}/try#{journey.attempt}"

    def of(self, moment: Moment) -> str | None:
        """Return the name of this moment; None for steady traffic, which has windows instead."""
        if moment.cause is None:
            return self._of_membership(moment)
        stem = self._stem(moment.cause)
        point = f"{stem}/{moment.cause.leg.value}/{moment.phase.value}"
        if moment.phase is Phase.HAN:
            self._frames[point] += 1
            return f"{point}#{self._frames[point]}"
        return point

    def _of_membership(self, moment: Moment) -> str | None:
        """Name the commit by which a device leaves, or puts one out: `home-1/ppmid/han/left#1`."""
        if moment.phase is not Phase.COMMIT_MEMBERSHIP:
            return None
        point = f"{self._installation}/{moment.sender}/han/{moment.kind}"
        self._calls[point] += 1
        return f"{point}#{self._calls[point]}"

    def party_call(self, party: str, operation: str, device: str) -> str:
        """Name the next call of an operation: `home-1/party/DCO/authorise/gsme#2`."""
        where = f"/{device}" if device else ""
        point = f"{self._installation}/party/{party}/{operation}{where}"
        self._calls[point] += 1
        return f"{point}#{self._calls[point]}"

    def journal_write(self, number: int, entry: Mapping[str, object]) -> tuple[str, ...]:
        """Name a journal write of the engine: `home-1/engine/journal/successor/gsme#1`.

        By what it writes, if the entry says that in a field `step`, `kind` or `type`: then one more
        write elsewhere moves no name. The last name goes by the number of the write, and is there
        for entries that say nothing: `home-1/engine/journal#3`.
        """
        numbered = f"{self._installation}/engine/journal#{number}"
        step = next((word for key in _STEP if (word := _word(entry.get(key)))), "")
        if not step:
            return (numbered,)
        device = _word(entry.get("device"))
        point = f"{self._installation}/engine/journal/{step}{f'/{device}' if device else ''}"
        self._calls[point] += 1
        return (f"{point}#{self._calls[point]}", numbered)

    def _stem(self, cause: Cause) -> str:
        journey = self._journeys.get((cause.device, cause.message_id))
        if journey is None:
            # Nobody told us of it: an envelope that the bench did not see being sent.
            return f"{self._installation}/{cause.device}/unannounced#{cause.message_id}/try#1"
        return f"{self._installation}/{cause.device}/{journey.role}/try#{journey.attempt}"


class PointSeen(NamedTuple):
    """A fault point that a run passed, in order: what exploration enumerates.

    A tuple, since a day passes a hundred thousand.
    """

    name: str
    at: Instant
    state: str = ""
    """What the world was like then, where a campaign asks for it."""
