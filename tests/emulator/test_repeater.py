"""A repeater alone: it takes its time, keeps the order, and tells its link status."""

from hanbench.emulator.device import Transmission
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.drops import Drop
from hanbench.emulator.node.neighbourhood import Address, Neighbourhood
from hanbench.emulator.node.plain_stack import PlainStack
from hanbench.emulator.node.received import Received
from hanbench.emulator.repeater import HEARD_MAX, Repeater
from hanbench.protocol.identifiers import Eui64, PanId, ShortAddress
from hanbench.protocol.keys import KeyUsage, derive_test_key

ME, OTHER = Eui64(1), Eui64(2)
HOME = Neighbourhood(
    pan=PanId(1),
    extended_pan=ME,
    trust_centre=ME,
    addresses=(Address(name="repeater", eui64=ME, short=ShortAddress(0)),),
    network_key=derive_test_key("home", KeyUsage.NETWORK),
)


class Echo(PlainStack):
    """Sends on whatever it hears, and notes when it opened it."""

    def __init__(self) -> None:
        super().__init__(ME, HOME)
        self.opened: list[tuple[bytes, Instant]] = []

    def receive(self, transmission: Transmission, now: Instant) -> Received:
        self.opened.append((transmission.frame, now))
        return Received(forward=(transmission,))

    def link_status(self, now: Instant) -> list[Transmission]:  # noqa: ARG002
        return [Transmission(ME, None, b"", "link-status")]


def frame(number: int) -> Transmission:
    return Transmission(OTHER, ME, bytes([number]), "x")


def test_what_it_heard_is_opened_in_its_order_and_after_its_delay() -> None:
    stack = Echo()
    repeater = Repeater("repeater", ME, stack=stack, forward_delay_us=2_000)

    assert repeater.receive(frame(1), Instant(500)) == []
    assert repeater.receive(frame(2), Instant(1_000)) == []
    assert repeater.deadline == 2_500
    sent = [repeater.wake(Instant(at)) for at in (2_500, 3_000)]

    assert [len(one) for one in sent] == [1, 1]
    assert stack.opened == [(b"\x01", 2_500), (b"\x02", 3_000)]
    assert repeater.deadline is None


def test_what_it_has_not_opened_is_lost_with_its_power() -> None:
    repeater = Repeater("repeater", ME, stack=Echo(), forward_delay_us=2_000)
    repeater.receive(frame(1), Instant(0))

    repeater.restart(Instant(1), "power")

    assert repeater.wake(Instant(9_000)) == []


def test_without_a_delay_it_answers_at_once() -> None:
    repeater = Repeater("repeater", ME, stack=Echo())

    assert repeater.receive(frame(1), Instant(5)) == [frame(1)]


def test_it_tells_its_link_status_in_its_own_rhythm() -> None:
    repeater = Repeater("repeater", ME, stack=Echo(), link_status_interval_us=100)

    told = [len(repeater.wake(Instant(at))) for at in (99, 100, 150, 200)]

    assert told == [0, 1, 0, 1]
    assert repeater.face() == ("on, 0 frames relayed",)


def test_it_holds_so_many_frames_and_drops_what_a_flood_brings_beyond_them() -> None:
    stack = Echo()
    repeater = Repeater("repeater", ME, stack=stack, forward_delay_us=2_000)

    for number in range(HEARD_MAX + 10):
        repeater.receive(frame(number), Instant(0))

    assert len(repeater.wake(Instant(2_000))) == HEARD_MAX
    assert stack.counters.dropped == {Drop.NO_ROOM: 10}
    assert len(repeater.receive(frame(1), Instant(3_000))) == 0
    assert len(repeater.wake(Instant(5_000))) == 1
