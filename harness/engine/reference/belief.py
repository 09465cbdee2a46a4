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


EARLIER_ATTEMPT = 0
"""Stands for the rotations of an earlier attempt, whose counters are below any of this one."""


@dataclass(frozen=True, slots=True)
class Belief:
    """The candidates for one meter, and the rotations that may still commit."""

    old: KeyName
    news: tuple[KeyName, ...] = ()
    """Keys that were sent to the meter, or may have been in an earlier attempt."""
    proved: KeyName | None = None
    """The new key that an answer was MACed under; it never goes back."""
    open_counters: tuple[int, ...] = ()
    """Counters of the rotations under the old key that no fence has killed yet."""

    @property
    def candidates(self) -> tuple[KeyName, ...]:
        """The keys that the meter may hold now."""
        if self.proved is not None:
            return (self.proved,)
        return (self.old, *self.news) if self.open_counters else (self.old,)

    @property
    def summary(self) -> KeyBelief:
        """OLD, NEW or UNKNOWN."""
        if self.proved is not None:
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
        news = self.news if new in self.news else (*self.news, new)
        return replace(self, news=news, open_counters=(*self.open_counters, counter))

    def answered_under(self, key: KeyName) -> "Belief":
        """Take in an answer MACed under `key`: the new key stays, the old may still go."""
        if key in self.news:
            return replace(self, proved=key, open_counters=())
        return self

    def fenced(self, counter: int) -> "Belief":
        """Take in an accepted no-op under the old key: rotations at or below it are dead."""
        alive = tuple(one for one in self.open_counters if one > counter)
        return replace(self, open_counters=alive)

    def staged_key_dropped(self) -> "Belief":
        """Take in an accepted ABORT: no confirmation of the staged key can commit any more."""
        return replace(self, open_counters=())


def handed_over(old: KeyName, escrowed: tuple[KeyName, ...]) -> Belief:
    """Begin an attempt: keys that the DCO escrowed before may have reached the meter since."""
    return Belief(old, news=escrowed, open_counters=(EARLIER_ATTEMPT,) if escrowed else ())
