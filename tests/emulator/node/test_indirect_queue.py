"""What parents hold for their sleeping children: how long, how much, and for whom."""

from hanbench.emulator.device import Transmission
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.indirect_queue import HELD_MAX, PERSISTENCE_US, IndirectQueue
from hanbench.protocol.identifiers import Eui64

HUB, REPEATER, GSME, PPMID = (Eui64(0x00DB_0000 + n) for n in range(4))
T0 = Instant(0)


def frame(parent: Eui64 = REPEATER, child: Eui64 = GSME, kind: str = "zcl") -> Transmission:
    return Transmission(sender=parent, receiver=child, frame=b"", frame_kind=kind)


def test_a_parent_holds_a_frame_for_7_68_s() -> None:
    held = IndirectQueue()
    assert not held.has_any(REPEATER, GSME, T0)
    held.hold(frame(), T0)
    assert held.has_any(REPEATER, GSME, Instant(PERSISTENCE_US - 1))
    assert not held.has_any(REPEATER, GSME, Instant(PERSISTENCE_US))
    assert held.dropped == {"too-old": 1}


def test_frames_are_released_oldest_first_one_at_a_time() -> None:
    held = IndirectQueue()
    for kind in ("first", "second"):
        held.hold(frame(kind=kind), T0)
    assert held.release(REPEATER, GSME)[1].frame_kind == "first"
    assert held.has_any(REPEATER, GSME, T0)
    assert held.release(REPEATER, GSME)[1].frame_kind == "second"
    assert not held.has_any(REPEATER, GSME, T0)


def test_a_parent_knows_its_own_queue_alone_and_each_child_has_one() -> None:
    held = IndirectQueue()
    held.hold(frame(REPEATER, GSME), T0)
    assert not held.has_any(HUB, GSME, T0), "a child that moved finds nothing at its new parent"
    assert not held.has_any(REPEATER, PPMID, T0)


def test_a_full_queue_takes_nothing_more_until_a_frame_is_fetched_or_too_old() -> None:
    held = IndirectQueue()
    for _ in range(HELD_MAX + 1):
        held.hold(frame(), T0)
    assert held.dropped == {"no-room": 1}
    held.hold(frame(child=PPMID), T0)
    assert held.has_any(REPEATER, PPMID, T0), "the room is for each child"

    held.hold(frame(kind="late"), Instant(PERSISTENCE_US))

    assert held.release(REPEATER, GSME)[1].frame_kind == "late"


def test_a_parent_without_power_loses_what_it_holds_and_others_do_not() -> None:
    held = IndirectQueue()
    held.hold(frame(REPEATER, GSME), T0)
    held.hold(frame(HUB, PPMID), T0)
    held.forget(REPEATER)
    assert not held.has_any(REPEATER, GSME, T0)
    assert held.has_any(HUB, PPMID, T0)
    assert held.dropped == {"power": 1}
