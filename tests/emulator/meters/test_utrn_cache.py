from hypothesis import given
from hypothesis import strategies as st

from hanbench.emulator.instant import MINUTE_US, Instant
from hanbench.emulator.meters.utrn_cache import (
    CACHE_ENTRIES,
    KeypadLock,
    UtrnCache,
    count_result,
    is_locked,
    is_used,
    spend,
)
from hanbench.protocol.answer import UtrnResult


def spent(*sequences: int) -> UtrnCache:
    cache = UtrnCache()
    for sequence in sequences:
        cache = spend(cache, sequence)
    return cache


def test_a_spent_code_is_refused_again() -> None:
    assert is_used(spent(7), 7)


def test_paper_codes_may_be_typed_out_of_order() -> None:
    cache = spent(900, 3)

    assert not is_used(cache, 500)
    assert not is_used(cache, 0)


def test_a_full_cache_refuses_all_at_or_below_the_highest_evicted() -> None:
    cache = spent(*range(10, 10 + CACHE_ENTRIES), 500)

    assert len(cache.used) == CACHE_ENTRIES
    assert cache.floor == 10
    assert all(is_used(cache, sequence) for sequence in range(11))
    assert not is_used(cache, 110)


def test_the_lowest_makes_room_so_unspent_paper_codes_stay_good() -> None:
    cache = spent(20_000, *range(10, 10 + CACHE_ENTRIES))

    assert not is_used(cache, 300)


@given(st.lists(st.integers(min_value=0, max_value=2**15 - 1), max_size=300))
def test_no_order_of_codes_lets_one_be_spent_twice(sequences: list[int]) -> None:
    cache = UtrnCache()
    accepted: list[int] = []
    for sequence in sequences:
        if not is_used(cache, sequence):
            cache = spend(cache, sequence)
            accepted.append(sequence)

    assert len(accepted) == len(set(accepted))
    assert all(is_used(cache, sequence) for sequence in accepted)


def typed(lock: KeypadLock, *results: UtrnResult, at: int = 0) -> KeypadLock:
    for result in results:
        lock = count_result(lock, result, Instant(at), limit=5, lock_us=15 * MINUTE_US)
    return lock


def test_five_wrong_codes_in_a_row_lock_the_keypad_for_its_time() -> None:
    lock = typed(KeypadLock(), *[UtrnResult.INVALID, UtrnResult.INCORRECT] * 2, UtrnResult.INVALID)

    assert is_locked(lock, Instant(15 * MINUTE_US - 1))
    assert not is_locked(lock, Instant(15 * MINUTE_US))


def test_an_accepted_code_clears_the_count_and_a_duplicate_does_not() -> None:
    four = [UtrnResult.INVALID] * 4

    cleared = typed(KeypadLock(), *four, UtrnResult.ACCEPTED, UtrnResult.INVALID)
    replayed = typed(KeypadLock(), *four, UtrnResult.DUPLICATE, UtrnResult.INVALID)

    assert not is_locked(cleared, Instant(1))
    assert is_locked(replayed, Instant(1))


def test_after_the_lock_the_count_starts_anew() -> None:
    lock = typed(KeypadLock(), *[UtrnResult.INVALID] * 5)

    later = typed(lock, *[UtrnResult.INVALID] * 4, at=16 * MINUTE_US)

    assert not is_locked(later, Instant(16 * MINUTE_US))
