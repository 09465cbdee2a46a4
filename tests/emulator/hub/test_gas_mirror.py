"""The gas mirror: order, cancellation before and after the fetch, expiry, capacity, restarts."""

import pytest

from hanbench.emulator.events import Event, MirrorChanged
from hanbench.emulator.hub.gas_mirror import (
    Cancellation,
    CancelResult,
    Content,
    GasMirror,
    Held,
    MirrorParameters,
)
from hanbench.emulator.instant import HOUR_US, MINUTE_US, Instant
from hanbench.emulator.model import Memory, OfferOrder

T0 = Instant(0)


class Book:
    """A recorder, and what it saw as (message id, change)."""

    def __init__(self) -> None:
        self.changes: list[tuple[int, str]] = []

    def __call__(self, event: Event) -> None:
        assert isinstance(event, MirrorChanged)
        assert (event.device, event.installation) == ("gsme", "home-1")
        self.changes.append((event.message_id, event.change))


def mirror(
    book: Book,
    order: OfferOrder = OfferOrder.FIFO,
    capacity: int = 4,
    memory: Memory = Memory.LOST,
    is_cancel_honest: bool = True,
) -> GasMirror:
    parameters = MirrorParameters(
        order=order,
        expiry_us=HOUR_US,
        capacity=capacity,
        memory=memory,
        is_cancel_honest=is_cancel_honest,
    )
    return GasMirror("gsme", parameters, "home-1", book)


def put(
    on: GasMirror, message_id: int, at: int = 0, delay_us: int = 0, originated: int = 0
) -> bool:
    return on.store(
        Held(
            message_id=message_id,
            octets=b"envelope",
            stored_at=Instant(at),
            available_from=Instant(at + delay_us),
            expires_at=T0,
            sequence=0,
            originated=originated,
        ),
        Instant(at),
    )


def fetch(on: GasMirror, at: int) -> int | None:
    held = on.offer(Instant(at))
    if held is None:
        return None
    on.begin(held)
    on.fetched(held, Instant(at))
    return held.message_id


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (OfferOrder.FIFO, [1, 2, 3]),
        (OfferOrder.LIFO, [3, 2, 1]),
        (OfferOrder.BY_AGE, [2, 3, 1]),
    ],
)
def test_the_order_of_offers_is_that_of_the_parameters(
    order: OfferOrder, expected: list[int]
) -> None:
    on = mirror(Book(), order)
    put(on, 1, originated=30)
    put(on, 2, originated=10)
    put(on, 3, originated=20)
    assert [fetch(on, 5) for _ in range(3)] == expected
    assert fetch(on, 5) is None


def test_a_message_that_is_being_fetched_keeps_its_turn_when_a_newer_one_comes() -> None:
    on = mirror(Book(), OfferOrder.LIFO)
    put(on, 1)
    first = on.offer(T0)
    put(on, 2)
    assert on.offer(T0) == first
    assert fetch(on, 1) == 1
    assert fetch(on, 1) == 2


def test_a_delayed_message_is_offered_only_from_its_instant_on() -> None:
    on = mirror(Book())
    put(on, 1, delay_us=MINUTE_US)
    put(on, 2)
    assert fetch(on, 1) == 2
    assert fetch(on, MINUTE_US - 1) is None
    assert fetch(on, MINUTE_US) == 1


def test_a_clock_that_drifts_moves_what_is_to_come_and_takes_nothing_back() -> None:
    on = mirror(Book())
    put(on, 1)
    put(on, 2, delay_us=MINUTE_US)
    expiries = [held.expires_at for held in on.waiting]

    on.clock_drifted(-MINUTE_US, Instant(1))

    assert [held.expires_at for held in on.waiting] == [at + MINUTE_US for at in expiries]
    assert fetch(on, 2) == 1, "it could be fetched already"
    assert fetch(on, 2 * MINUTE_US - 1) is None
    assert fetch(on, 2 * MINUTE_US) == 2


def test_a_waiting_message_is_cancelled_and_never_offered() -> None:
    book = Book()
    on = mirror(book)
    put(on, 7)
    assert on.cancel(7, Instant(1)).says is Cancellation.CANCELLED
    assert on.offer(Instant(2)) is None
    assert book.changes == [(7, "stored"), (7, "cancelled")]


def test_a_fetched_message_is_too_late_to_cancel_and_an_unknown_one_is_not_found() -> None:
    book = Book()
    on = mirror(book)
    put(on, 7)
    fetch(on, 1)
    assert on.cancel(7, Instant(2)).says is Cancellation.TOO_LATE
    assert on.cancel(8, Instant(2)).says is Cancellation.NOT_FOUND
    assert book.changes == [(7, "stored"), (7, "fetched"), (7, "too-late")]


def test_what_the_meter_has_begun_to_fetch_is_too_late_to_cancel_and_goes_on() -> None:
    on = mirror(Book())
    put(on, 7)
    held = on.offer(T0)
    assert held is not None
    on.begin(held)
    assert on.cancel(7, Instant(1)) == CancelResult(Cancellation.TOO_LATE, 0)
    assert fetch(on, 2) == 7


def test_what_was_only_due_to_be_offered_can_still_be_cancelled() -> None:
    on = mirror(Book())
    put(on, 7)
    on.offer(T0)
    assert on.cancel(7, Instant(1)).says is Cancellation.CANCELLED
    assert on.offer(Instant(2)) is None


def test_the_defective_hub_says_cancelled_for_what_the_meter_has_got() -> None:
    on = mirror(Book(), is_cancel_honest=False)
    put(on, 7)
    fetch(on, 1)
    assert on.cancel(7, Instant(2)).says is Cancellation.CANCELLED


def test_cancelling_takes_out_every_copy_of_a_message() -> None:
    on = mirror(Book())
    put(on, 7)
    put(on, 7)
    assert on.cancel(7, Instant(1)) == CancelResult(Cancellation.CANCELLED, 2)
    assert on.waiting == ()


def test_a_copy_that_waits_does_not_hide_that_another_was_fetched() -> None:
    on = mirror(Book())
    put(on, 7)
    put(on, 7)
    fetch(on, 1)
    assert on.cancel(7, Instant(1)).says is Cancellation.TOO_LATE
    assert on.waiting == ()


def test_cancel_all_drops_everything_and_counts_it() -> None:
    on = mirror(Book())
    put(on, 7)
    put(on, 7)
    put(on, 9)
    assert on.cancel_all(Instant(1)) == CancelResult(Cancellation.CANCELLED, 3)
    assert on.cancel_all(Instant(1)) == CancelResult(Cancellation.NOT_FOUND, 0)


def test_cancel_all_is_too_late_when_one_message_has_begun() -> None:
    on = mirror(Book())
    put(on, 7)
    put(on, 9)
    held = on.offer(T0)
    assert held is not None
    on.begin(held)
    assert on.cancel_all(Instant(1)) == CancelResult(Cancellation.TOO_LATE, 1)


def test_a_list_of_what_waits_is_in_the_order_of_offers() -> None:
    on = mirror(Book(), OfferOrder.LIFO)
    put(on, 1)
    put(on, 2)
    assert [held.message_id for held in on.in_offer_order] == [2, 1]


def test_what_is_not_fetched_in_time_expires() -> None:
    book = Book()
    on = mirror(book)
    put(on, 7)
    put(on, 8, at=MINUTE_US)
    assert on.next_expiry == HOUR_US
    assert on.expire(Instant(HOUR_US - 1)) == ()
    assert [held.message_id for held in on.expire(Instant(HOUR_US))] == [7]
    assert fetch(on, HOUR_US) == 8
    assert on.next_expiry is None
    assert (7, "expired") in book.changes


def test_a_delay_does_not_lengthen_the_life_of_a_message() -> None:
    on = mirror(Book())
    put(on, 7, delay_us=2 * HOUR_US)
    assert len(on.expire(Instant(HOUR_US))) == 1


def test_a_full_mirror_takes_nothing_more() -> None:
    book = Book()
    on = mirror(book, capacity=1)
    assert put(on, 1)
    assert not put(on, 2)
    assert book.changes == [(1, "stored"), (2, "full")]


def test_a_restart_of_the_hub_loses_a_volatile_mirror() -> None:
    book = Book()
    on = mirror(book, memory=Memory.LOST)
    put(on, 1)
    put(on, 2)
    fetch(on, 1)
    on.restart(Instant(2))
    assert on.waiting == ()
    assert book.changes[-1] == (2, "lost")
    assert on.cancel(1, Instant(3)).says is Cancellation.NOT_FOUND, (
        "it forgot what was fetched, too"
    )


def test_a_restart_of_the_hub_leaves_a_durable_mirror_as_it_was() -> None:
    on = mirror(Book(), memory=Memory.KEPT)
    put(on, 1)
    put(on, 2)
    fetch(on, 1)
    on.restart(Instant(2))
    assert on.cancel(1, Instant(3)).says is Cancellation.TOO_LATE
    assert fetch(on, 3) == 2


def test_a_defective_mirror_brings_cancelled_messages_back_after_a_restart() -> None:
    on = mirror(Book(), memory=Memory.REVIVED)
    put(on, 1)
    on.cancel(1, Instant(1))
    on.restart(Instant(HOUR_US))
    assert fetch(on, HOUR_US) == 1


def test_a_kept_mirror_forgets_cancelled_messages_for_good() -> None:
    on = mirror(Book(), memory=Memory.KEPT)
    put(on, 1)
    on.cancel(1, Instant(1))
    on.restart(Instant(2))
    assert on.waiting == ()


def test_a_lost_message_is_noted_although_it_never_got_in() -> None:
    book = Book()
    on = mirror(book)
    on.lose(5, T0)
    assert book.changes == [(5, "lost")]


def test_a_zcl_frame_can_wait_as_well_as_an_envelope() -> None:
    on = mirror(Book())
    on.store(
        Held(
            message_id=0,
            octets=b"zcl",
            stored_at=T0,
            available_from=T0,
            expires_at=T0,
            sequence=0,
            content=Content.ZCL,
            cluster=0x0705,
        ),
        T0,
    )
    held = on.offer(T0)
    assert held is not None
    assert (held.content, held.cluster) == (Content.ZCL, 0x0705)
