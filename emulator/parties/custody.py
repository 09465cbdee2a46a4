"""What the DCO holds of one meter: candidate keys, issued codes, nonces.

Source: modelled [M] (domain.md 10.2, 10.8). Belief is a set of (version, key check value)
candidates; which one the meter holds shows only in the key that MACed an answer. The counter rules:

- a code is issued under the next counter of the named key, and every call spends one;
- a verified answer whose last counter is ahead moves the counter there (the SMSO's was stale);
- a verified OUT_OF_WINDOW moves it back to the meter's, since nothing else can ever be accepted.

The codes issued above the meter's counter stay open: the meter may still accept one that it is yet
to see. An engine that believes OLD while a ROTATE is open is confidently wrong.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

from hanbench.emulator.instant import Instant
from hanbench.protocol.answer import AnswerMessage, Outcome
from hanbench.protocol.keys import Key
from hanbench.protocol.sua_rotation import Successor

Origin = Literal["handed-over", "escrowed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKey:
    """One key that the meter may hold."""

    version: int
    key: Key
    check_value: bytes
    origin: Origin
    successor: Successor | None = None
    """As the meter is sent it; None for a handed-over key."""
    counter: int = 0
    """The last counter that was issued, or that the meter has shown."""
    shown_counter: int = 0
    """The last counter of the meter, by its own verified answers."""
    answered: bool = False


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """One code that left the DCO."""

    version: int
    counter: int
    digest: bytes
    words: str
    """The type of the Instruction."""


@dataclass(slots=True)
class Custody:
    """All that the DCO holds of one meter."""

    held: dict[int, HeldKey] = field(default_factory=dict)
    master_key: Key | None = None
    highest_version: int = 0
    """Outlives a discard: a version is never given out twice."""
    active_version: int | None = None
    issued: list[IssuedCode] = field(default_factory=list)
    nonces: list[bytes] = field(default_factory=list)
    nonces_drawn: int = 0
    utrn_period_started_at: Instant | None = None

    def in_order(self) -> list[HeldKey]:
        """Return the candidate keys, the lowest version first."""
        return [self.held[version] for version in sorted(self.held)]

    def hold(self, key: HeldKey) -> None:
        """Take a key into custody."""
        known = self.held.get(key.version)
        if known is not None and known.key == key.key:
            # Handed over again: what was issued in the meantime stays spent.
            key = replace(known, counter=max(known.counter, key.counter))
        self.held[key.version] = key
        self.highest_version = max(self.highest_version, key.version)

    def spend(self, version: int, digest: bytes, words: str) -> int:
        """Return the next counter of a key, and remember what its code is for."""
        counter = self.held[version].counter + 1
        self.held[version] = replace(self.held[version], counter=counter)
        self.issued.append(IssuedCode(version, counter, digest, words))
        return counter

    def take_answer(self, answer: AnswerMessage) -> bool:
        """Take a verified answer; return whether the counter of its key was moved by it."""
        held = self.held[answer.key_version]
        shown = max(held.shown_counter, answer.last_counter)
        counter = max(held.counter, shown)
        if answer.outcome is Outcome.OUT_OF_WINDOW and answer.last_counter == shown:
            counter = shown
        self.held[held.version] = replace(held, counter=counter, shown_counter=shown, answered=True)
        return counter != held.counter

    def mark_proved(self, version: int) -> None:
        """Take the proof of a commit for an answer under that key."""
        self.held[version] = replace(self.held[version], answered=True)

    def latest_answered(self) -> HeldKey | None:
        """Return the highest key under which the meter has answered: versions never go down."""
        answered = [key for key in self.in_order() if key.answered]
        return answered[-1] if answered else None

    def open_codes(self) -> list[IssuedCode]:
        """Return the issued codes that the meter may still accept."""
        latest = self.latest_answered()
        if latest is None:
            return list(self.issued)
        floor = (latest.version, latest.shown_counter)
        return [code for code in self.issued if (code.version, code.counter) > floor]

    def discard(self, *, with_escrow: bool = False) -> tuple[int, ...]:
        """Drop what a failed file set had brought, and return the versions dropped.

        The list of issued codes stays: a meter may still accept one, whatever the DCO forgets. To
        take the escrowed keys too is a mistake that a DCO can be made to make.
        """
        dropped = tuple(
            key.version for key in self.in_order() if with_escrow or key.origin == "handed-over"
        )
        for version in dropped:
            del self.held[version]
        if self.active_version in dropped:
            self.active_version = None
        self.master_key = None
        self.nonces.clear()
        return dropped
