"""What a meter remembers of UTRNs: the sequences it has used, and the lock of its keypad.

Sources: a cache of 100 used counters (GBCS 14.1 and 14.3.6, as Silicon Labs' public
`prepayment-topup.c` has it); the words of the outcomes and the lock after five invalid codes in a
row (Secure Liberty 100 manual, BGX501-767-R02). The floor is modelled [M, domain.md 10.8]: once the
cache is full its lowest sequence makes room and becomes the floor, and whatever is not above the
floor counts as used. Paper codes are typed out of order, so there is a cache and no counter.

Both states are frozen and kept in the meter's NVM: a power cut must revive no spent code, nor open
a locked keypad.
"""

from dataclasses import dataclass, replace

from hanbench.emulator.instant import Instant, after
from hanbench.protocol.answer import UtrnResult

CACHE_ENTRIES = 100
NO_FLOOR = -1


GUESSES = (UtrnResult.INVALID, UtrnResult.INCORRECT)
"""The outcomes that count towards the keypad lock."""


@dataclass(frozen=True, slots=True)
class UtrnCache:
    """The used sequences, ascending, and the highest one that was ever evicted."""

    used: tuple[int, ...] = ()
    floor: int = NO_FLOOR


def is_used(cache: UtrnCache, sequence: int) -> bool:
    """Say whether a code of this sequence must be refused as a duplicate."""
    return sequence <= cache.floor or sequence in cache.used


def spend(cache: UtrnCache, sequence: int) -> UtrnCache:
    """Return the cache with one more used sequence, which must not be used already."""
    assert not is_used(cache, sequence)
    used = tuple(sorted((*cache.used, sequence)))
    if len(used) <= CACHE_ENTRIES:
        return replace(cache, used=used)
    # The lowest goes, not the oldest: evicting a high one would bury every unspent code below it.
    return UtrnCache(used[1:], floor=used[0])


@dataclass(frozen=True, slots=True)
class KeypadLock:
    """Wrong codes in a row, and until when the keypad takes none."""

    wrong_in_a_row: int = 0
    locked_until: Instant | None = None


def is_locked(lock: KeypadLock, now: Instant) -> bool:
    """Say whether codes typed now are refused unseen."""
    return lock.locked_until is not None and now < lock.locked_until


def count_result(
    lock: KeypadLock, result: UtrnResult, now: Instant, *, limit: int, lock_us: int
) -> KeypadLock:
    """Return the lock after one code that was typed: only an accepted code clears the count."""
    if result is UtrnResult.ACCEPTED:
        return KeypadLock()
    if result not in GUESSES:
        return lock
    if lock.wrong_in_a_row + 1 < limit:
        return replace(lock, wrong_in_a_row=lock.wrong_in_a_row + 1)
    return KeypadLock(0, after(now, lock_us))
