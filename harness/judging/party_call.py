"""One call of a party as the rules look at it: who asked what, what was answered, what is true."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from hanbench.emulator.instant import Instant
from hanbench.emulator.meters.esme import Esme
from hanbench.emulator.meters.gsme import Gsme
from hanbench.emulator.parties.operation import Json, PartyError
from hanbench.harness.parties.organisations import Organisations
from hanbench.harness.running.case import Case

Fault = tuple[str, str, str, str]
"""Clause, the party, the device or "", and what is wrong in words."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of earlier calls, and what the meters truly hold."""

    meters: dict[str, Mapping[str, Esme | Gsme]] = field(default_factory=dict)
    """By Installation."""
    handed_over: dict[tuple[str, str], bool] = field(default_factory=dict)
    escrowed: dict[tuple[str, str], dict[int, str]] = field(default_factory=dict)
    """By Installation and meter, the check value of each version that the DCO drew."""
    lost_n55: dict[tuple[str, str], int] = field(default_factory=dict)
    """By Installation and meter, how many N55 alerts have not come."""
    requested: dict[tuple[str, str], list[Instant]] = field(default_factory=dict)
    """By Installation and meter, when each service request 2.2 was acknowledged."""
    file_sets: dict[tuple[str, str], list[bool]] = field(default_factory=dict)
    """By party and Installation, whether each Required File Set of it was passed."""
    executed: dict[str, bool] = field(default_factory=dict)
    """The Signed Pre-Commands that were taken."""
    decided: dict[str, list[Instant]] = field(default_factory=dict)
    """By Installation, when the DCC decided each matter about it."""
    cos_counters: dict[tuple[str, str], int] = field(default_factory=dict)
    """By Installation and meter, the highest counter of CoS credentials that were taken."""
    entries: list[Instant] = field(default_factory=list)
    """When each EPCL entry became effective."""
    notified: dict[tuple[str, str], str] = field(default_factory=dict)
    """By Installation and device, the supplier that it was handed over to by 6.21."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of a party, and its answer."""

    case: Case
    parties: Organisations
    seen: Seen
    caller: str
    """`engine`, or "" for a step of the scenario."""
    arguments: Json
    answer: Json | PartyError
    now: Instant

    @property
    def home(self) -> str:
        """The Installation."""
        return self.case.installation.name

    @property
    def device(self) -> str:
        """The device, or ""."""
        return str(self.arguments.get("device", ""))

    @property
    def result(self) -> Json | None:
        """What was answered; None: it was refused."""
        return None if isinstance(self.answer, PartyError) else self.answer

    @property
    def refusal(self) -> str:
        """The error code; "": it was not refused."""
        return self.answer.code if isinstance(self.answer, PartyError) else ""


Rule = Callable[[Asked], Iterator[Fault]]
