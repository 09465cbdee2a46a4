"""What may be known of a meter's key: a set of candidates, never a word (domain.md 10.8).

The set follows *the key that MACed an answer*, never an outcome code: a duplicate rotation after
the commit is refused, and that very refusal proves the new key. A time-out adds nothing and takes
nothing away. The old key is proved only by a fence: an accepted no-op under the old key with a
counter above every rotation's, after which each copy of those is a replay wherever it still sits.
"""

from dataclasses import dataclass, replace

from hanbench.harness.engine.port import Candidate, KeyBelief


@dataclass(frozen=True, slots=True)
class KeyName:
    """A key named without being told: its version and check value (hex)."""

    version: int
    check_value: str


@dataclass(frozen=True, slots=True)
class Belief:
    """The candidates for one meter, and the rotations that may still commit."""

    old: KeyName
    new: KeyName | None = None
    is_new_proved: bool = False
    open_counters: tuple[int, ...] = ()
    """Counters of the rotations under the old key that no fence has killed yet."""

    @property
    def candidates(self) -> tuple[KeyName, ...]:
        """The keys that the meter may hold now."""
        if self.is_new_proved and self.new is not None:
            return (self.new,)
        if self.open_counters and self.new is not None:
            return (self.old, self.new)
        return (self.old,)

    @property
    def summary(self) -> KeyBelief:
        """OLD, NEW or UNKNOWN."""
        if self.is_new_proved:
            return KeyBelief.NEW
        return KeyBelief.UNKNOWN if self.open_counters else KeyBelief.OLD

    @property
    def on_the_wire(self) -> tuple[Candidate, ...]:
        """The candidates as the port carries them."""
        return tuple(
            Candidate(version=key.version, check_value=key.check_value) for key in self.candidates
        )

    def rotation_sent(self, new: KeyName, counter: int) -> "Belief":
        """From here on the meter may hold the new key, now or later."""
        return replace(self, new=new, open_counters=(*self.open_counters, counter))

    def answered_under(self, key: KeyName) -> "Belief":
        """Take in an answer MACed under `key`: the new key stays, the old may still go."""
        if self.new is not None and key == self.new:
            return replace(self, is_new_proved=True, open_counters=())
        return self

    def fenced(self, counter: int) -> "Belief":
        """Take in an accepted no-op under the old key: rotations at or below it are dead."""
        alive = tuple(one for one in self.open_counters if one > counter)
        return replace(self, open_counters=alive)

    def staged_key_dropped(self) -> "Belief":
        """Take in an accepted ABORT: no confirmation of the staged key can commit any more."""
        return replace(self, open_counters=())
