"""A meter that listens behind a router acknowledges each segment itself."""

import pytest
from tests.emulator.meter_bench import POLICY

from hanbench.emulator.device import Output, Packet, Transmission
from hanbench.emulator.events import Event, LogWritten
from hanbench.emulator.fates import undisturbed
from hanbench.emulator.hub.downlink import THROUGH_US
from hanbench.emulator.hub.downlinks import RETRY_US, Downlinks, DownlinkSetup
from hanbench.emulator.hub.gas_mirror import Held, MirrorParameters
from hanbench.emulator.instant import START, Instant, after
from hanbench.emulator.model import OfferOrder
from hanbench.emulator.node.neighbourhood import Address, Neighbourhood
from hanbench.emulator.node.stack import PlainStack
from hanbench.emulator.node.trust_centre.join_table import JoinTable, Member, MemberKind
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol.identifiers import Eui64, PanId, ShortAddress
from hanbench.protocol.keys import KeyUsage, derive_test_key

HUB, ESME, ROUTER = Eui64(1), Eui64(2), Eui64(3)
METER = Member(name="esme", eui64=ESME, kind=MemberKind.ESME, join_order=1)


class Hub:
    """The ways down of a hub, and when it wants to be called again."""

    def __init__(self, *, is_behind_router: bool) -> None:
        self.events: list[Event] = []
        self.retry_at: list[Instant] = []
        hops = {(HUB, ESME): ROUTER} if is_behind_router else {}
        home = Neighbourhood(
            pan=PanId(1),
            extended_pan=HUB,
            trust_centre=HUB,
            addresses=tuple(
                Address(name=name, eui64=eui64, short=ShortAddress(eui64 - 1))
                for name, eui64 in (("hub", HUB), ("esme", ESME), ("router", ROUTER))
            ),
            network_key=derive_test_key("home", KeyUsage.NETWORK),
            next_hops=hops,
        )
        setup = DownlinkSetup(
            hub="hub",
            installation="home",
            stack=PlainStack(HUB, home),
            sender=ZclSender(HUB, POLICY),
            mirror=MirrorParameters(order=OfferOrder.FIFO, expiry_us=1, capacity=1),
            record=self.events.append,
            carry=undisturbed,
            retry_at=lambda _, at: self.retry_at.append(at),
        )
        self.ways = Downlinks(setup, JoinTable([METER]))

    def order(self, octets: int = 200) -> list[Output]:
        link = self.ways.of(ESME)
        assert link is not None
        held = Held(
            message_id=7,
            octets=bytes(octets),
            stored_at=START,
            available_from=START,
            originated=1,
            cause=None,
        )
        return self.ways.order(link, held, START)

    @property
    def log(self) -> list[str]:
        return [one.text for one in self.events if isinstance(one, LogWritten)]


def only(outputs: list[Output]) -> Packet:
    (one,) = outputs
    assert isinstance(one, Transmission)
    assert one.packet is not None
    return one.packet


@pytest.mark.parametrize("is_behind_router", [False, True])
def test_only_over_a_router_is_the_meter_asked_to_acknowledge(is_behind_router: bool) -> None:
    hub = Hub(is_behind_router=is_behind_router)

    sent = hub.order()

    assert only(sent).wants_ack is is_behind_router
    assert isinstance(sent[0], Transmission)
    assert hub.ways.awaits(sent[0]) is not is_behind_router


def test_the_next_segment_follows_the_acknowledgement_and_the_last_ends_it() -> None:
    hub = Hub(is_behind_router=True)
    first = only(hub.order())

    second = only(hub.ways.acknowledged(ESME, Instant(1)))

    assert first.payload != second.payload
    while hub.ways.acknowledged(ESME, Instant(2)):
        pass
    link = hub.ways.of(ESME)
    assert link is not None
    assert link.is_idle
    assert hub.ways.acknowledged(ESME, Instant(3)) == [], "one too many changes nothing"


def test_what_is_not_acknowledged_begins_anew_once_and_is_given_up_then() -> None:
    hub = Hub(is_behind_router=True)
    first = only(hub.order())
    assert hub.retry_at == [THROUGH_US]

    assert hub.ways.retry("esme", Instant(THROUGH_US)) == []
    again = only(hub.ways.retry("esme", after(Instant(THROUGH_US), RETRY_US)))
    assert again.payload[3:] == first.payload[3:]
    assert hub.retry_at[1:] == [THROUGH_US + RETRY_US, 2 * THROUGH_US + RETRY_US]
    assert hub.ways.retry("esme", Instant(hub.retry_at[-1])) == []

    assert hub.log == ["esme did not take message 7"]


def test_a_call_that_comes_too_early_waits_for_the_segment_that_is_on_its_way() -> None:
    hub = Hub(is_behind_router=True)
    hub.order()
    hub.ways.acknowledged(ESME, Instant(5))

    assert hub.ways.retry("esme", Instant(THROUGH_US)) == []

    assert hub.retry_at[-1] == THROUGH_US + 5
    assert hub.log == []
