"""What a device remembers about its SUA key, and the pure steps between such memories.

Source: modelled [M] (domain.md 10.2, 10.3, 10.8). Versions, keys and counters are one value in one
NVM slot, so a key and the counter that belongs to it change together or not at all (P12: reset a
counter without its key, and every spent code is good again). The lock-out has a slot of its own.
"""

from dataclasses import dataclass, replace

from hanbench.emulator.instant import MINUTE_US, SECOND_US, Instant, after
from hanbench.protocol.keys import Key

_START = Instant(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuaParameters:
    """What a device model fixes about its SUA checks [M]."""

    failure_limit: int = 5
    """Wrong codes in a row that lock it (the keypad's rule, Liberty 100 manual)."""
    lock_out_us: int = 15 * MINUTE_US
    """Longer than the wake interval, or it does not matter: 60 min in a GSME."""
    window: int = 10
    """How far above the last counter the next may be."""
    result_cache_entries: int = 4
    """How many results a repeated Command can be answered from; volatile; 0: none."""
    persist_first: bool = True
    """False is an injectable defect: execute, then persist the counter (at least once)."""
    nvm_is_torn: bool = False
    """Whether a power cut at a key commit leaves no key (profile `nvm: torn`)."""
    group: str = "DA"


@dataclass(frozen=True, slots=True)
class KeySlot:
    """A key with its version and the last counter spent under it."""

    version: int
    key: Key
    last_counter: int = 0


@dataclass(frozen=True, slots=True)
class SuaKeys:
    """All that a key commit changes, as one value."""

    current: KeySlot
    staged: KeySlot | None
    max_version: int
    """Never falls, whatever is aborted: a (version, counter) pair has one life (P2, P6)."""

    def held(self, version: int) -> KeySlot | None:
        """Return the slot of that version, if the device holds it."""
        return next(
            (it for it in (self.current, self.staged) if it and it.version == version), None
        )

    def has_staged(self, version: int) -> bool:
        """Whether the staged key is the one of that version."""
        return self.staged is not None and self.staged.version == version

    def spent(self, version: int, counter: int) -> "SuaKeys":
        """Return the memory after a counter has been spent under a version it holds."""
        if version == self.current.version:
            return replace(self, current=replace(self.current, last_counter=counter))
        if self.staged is not None and self.staged.version == version:
            return replace(self, staged=replace(self.staged, last_counter=counter))
        return self

    def rotated(self, version: int, key: Key) -> "SuaKeys":
        """Return the memory after a single-shot rotation: a new key, and its own counters."""
        return SuaKeys(KeySlot(version, key), staged=None, max_version=version)

    def prepared(self, version: int, key: Key) -> "SuaKeys":
        """Return the memory with a key staged, in place of any other that was."""
        return SuaKeys(self.current, KeySlot(version, key), max_version=version)

    def confirmed(self) -> "SuaKeys":
        """Return the memory with the staged key current.

        Its counter goes with it. It did start from 0 (when it was staged); to start it again now
        would be a reset without a key change, and the spent PROVE and CONFIRM codes would revive.
        """
        assert self.staged is not None
        return SuaKeys(self.staged, staged=None, max_version=self.max_version)

    def aborted(self) -> "SuaKeys":
        """Return the memory without the staged key, whose version stays used up."""
        return replace(self, staged=None)


@dataclass(frozen=True, slots=True)
class LockOut:
    """Wrong codes in a row, and until when the device listens to no code.

    It survives a restart; the clock that it is measured by is battery-backed [M].
    """

    failures: int = 0
    locked_until: Instant = _START

    def is_locked(self, now: Instant) -> bool:
        """Whether no code is evaluated now."""
        return now < self.locked_until

    def remaining_s(self, now: Instant) -> int:
        """Return the seconds until it ends, rounded up."""
        return -(-max(0, self.locked_until - now) // SECOND_US)

    def clock_jumped(self, by_us: int) -> "LockOut":
        """Return the lock as a clock sees it that went ahead by `by_us`."""
        if self.locked_until == _START:
            return self  # it was never locked, and has no end that could move
        return LockOut(self.failures, after(self.locked_until, -by_us))

    def failed(self, parameters: SuaParameters, now: Instant) -> "LockOut":
        """Return the count after one more wrong code, locked if that was the last allowed."""
        # A lock that has run out gives the full number of tries again (P1 reckons with that).
        has_expired = self.failures >= parameters.failure_limit
        failures = 1 if has_expired else self.failures + 1
        if failures < parameters.failure_limit:
            return LockOut(failures)
        return LockOut(failures, after(now, parameters.lock_out_us))
