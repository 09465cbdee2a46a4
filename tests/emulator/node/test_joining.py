"""Joining, from the first beacon request to a link key of one's own; and how it goes wrong."""

import pytest
from tests.emulator.node.net import HUB, Net, code_of, install_key_of, net

from hanbench.emulator.device import Packet, Transmission
from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.emulator.node.drops import Drop
from hanbench.emulator.node.endpoints import MIRROR_ENDPOINT
from hanbench.emulator.node.joining.joiner import Phase, Purpose
from hanbench.emulator.node.node_security import KeyOrigin
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import zdo
from hanbench.protocol.zigbee.aps_commands import RemoveDevice, Tunnel
from hanbench.protocol.zigbee.certificates import Suite
from hanbench.protocol.zigbee.nwk_commands import NetworkStatus, StatusCode
from hanbench.protocol.zigbee.security import KeyId
from hanbench.protocol.zigbee.zdo_status import ZdoStatus

NEW, OTHER, ROUTER, MEMBER = Eui64(0xB1), Eui64(0xB2), Eui64(0xC1), Eui64(0xC2)


def joins(home: Net, eui64: Eui64 = NEW) -> None:
    home.admit(eui64)
    home.begin(eui64)
    home.advance(5)


def origin(home: Net, one: Eui64, other: Eui64) -> KeyOrigin | None:
    return home.stacks[one].security.link_key_origin(other)


@pytest.mark.parametrize(
    ("suite", "made"), [(Suite.SUITE_1, KeyOrigin.CBKE_1), (Suite.SUITE_2, KeyOrigin.CBKE_2)]
)
def test_a_logged_device_joins_and_makes_a_key_of_its_own(suite: Suite, made: KeyOrigin) -> None:
    home = net(MEMBER, newcomers=[NEW], suites=[suite])

    joins(home)

    assert home.changes(NEW) == ["joined"]
    assert home.joined.of(NEW) is not None
    assert origin(home, NEW, HUB) is origin(home, HUB, NEW) is made
    assert home.stacks[NEW].security.link_key(HUB) == home.stacks[HUB].security.link_key(NEW)
    assert home.stacks[NEW].security.link_key(HUB) != install_key_of(NEW)
    home.packet(NEW, HUB, b"hello")
    assert home.payloads(HUB) == [b"hello"]


def test_the_frames_of_a_join_come_in_the_order_of_the_book() -> None:
    home = net(newcomers=[NEW])

    joins(home)

    book = [
        "beacon-request",
        "beacon",
        "association",
        "data-request",
        "association",
        "transport-key",
        "zdo",
        "key-establishment",
    ]
    seen = home.kinds()
    seen = seen[seen.index("beacon-request") :]
    assert [kind for kind in dict.fromkeys(seen) if kind in book] == list(dict.fromkeys(book))
    assert seen.count("key-establishment") == 6


def test_every_key_that_came_to_be_is_noted_for_the_capture() -> None:
    home = net(newcomers=[NEW])

    joins(home)

    keys = [event.key for event in home.keys_made()]
    assert keys == [
        install_key_of(NEW).value,
        home.stacks[NEW].security.link_key(HUB).value,  # type: ignore[union-attr]
    ]


def test_a_device_that_hears_only_a_router_joins_through_it() -> None:
    home = net(ROUTER, MEMBER, newcomers=[NEW])
    for unheard in (HUB, MEMBER):
        home.cut(NEW, unheard)

    joins(home)

    assert home.stacks[NEW].parent == ROUTER
    assert origin(home, HUB, NEW) is KeyOrigin.CBKE_1
    home.packet(HUB, NEW, b"down")
    home.packet(NEW, HUB, b"up")
    assert home.payloads(NEW) == [b"down"]
    assert home.payloads(HUB) == [b"up"]


def test_two_may_join_at_once() -> None:
    home = net(newcomers=[NEW, OTHER])
    home.admit(NEW)
    home.admit(OTHER)
    home.send([*home.nodes[NEW].joiner.begin(home.now), *home.nodes[OTHER].joiner.begin(home.now)])

    home.advance(5)

    assert home.changes(NEW) == home.changes(OTHER) == ["joined"]


@pytest.mark.parametrize("through", [HUB, ROUTER])
def test_who_is_not_on_the_device_log_gets_no_network_key(through: Eui64) -> None:
    home = net(ROUTER, newcomers=[NEW])
    if through == ROUTER:
        home.cut(NEW, HUB)
    assert home.nodes[HUB].trust_centre is not None
    home.send(home.nodes[HUB].trust_centre.permit(180, home.now))

    home.begin(NEW)
    home.advance(60)

    assert not home.stacks[NEW].is_joined
    assert not home.stacks[NEW].security.has_network_key
    assert "transport-key" not in home.kinds()
    assert home.joined.of(NEW) is None


def test_a_closed_network_lets_nobody_in_and_the_joiner_tries_ever_more_seldom() -> None:
    home = net(newcomers=[NEW])
    home.begin(NEW)

    home.advance(3600)

    requests = home.kinds().count("beacon-request")
    assert not home.stacks[NEW].is_joined
    assert 3 * 5 <= requests <= 3 * 9
    assert set(home.changes(NEW)) == {"gave-up"}


def test_the_wrong_code_is_of_no_use() -> None:
    home = net(newcomers=[NEW])
    home.log.add(NEW, install_key_of(OTHER), home.now, Instant(180 * SECOND_US))
    assert home.nodes[HUB].trust_centre is not None
    home.send(home.nodes[HUB].trust_centre.permit(180, home.now))

    home.begin(NEW)
    home.advance(30)

    assert not home.stacks[NEW].is_joined
    assert home.stacks[NEW].counters.dropped[Drop.BAD_MIC] >= 1


def test_a_device_that_does_not_trust_the_ca_leaves_again() -> None:
    home = net(newcomers=[NEW], authorities={})

    joins(home)
    home.advance(120)

    assert not home.stacks[NEW].is_joined
    assert any("unknown-issuer" in str(getattr(event, "detail", "")) for event in home.events), (
        home.events
    )
    assert home.joined.of(NEW) is None
    assert not home.stacks[NEW].security.has_network_key


def test_before_key_establishment_nothing_is_served_and_nothing_acknowledged() -> None:
    home = net(newcomers=[NEW], aps_acks=True)
    home.loses = lambda one: one.frame_kind == "key-establishment"
    home.admit(NEW)
    home.begin(NEW)
    home.advance(2)
    before = len(home.air)

    home.packet(NEW, HUB, b"too early")

    assert home.payloads(HUB) == []
    assert home.stacks[HUB].counters.dropped[Drop.REFUSED] == 1
    assert "aps-ack" not in [one.frame_kind for one in home.air[before:]]


def test_a_lost_key_establishment_is_tried_again() -> None:
    home = net(newcomers=[NEW])
    lost: list[Transmission] = []

    def first_is_lost(one: Transmission) -> bool:
        if one.frame_kind != "key-establishment" or len(lost) > 1:
            return False
        lost.append(one)
        return True

    home.loses = first_is_lost
    joins(home)
    assert "joined" not in home.changes(NEW)

    home.advance(120)

    assert "joined" in home.changes(NEW)


def test_the_repeated_permission_ends_with_its_window() -> None:
    home = net(ROUTER, newcomers=[NEW])
    assert home.nodes[HUB].trust_centre is not None
    home.send(home.nodes[HUB].trust_centre.permit(600, home.now))

    home.advance(500)
    assert home.nodes[ROUTER].parenting.is_permitted(home.now)
    home.advance(200)

    assert not home.nodes[ROUTER].parenting.is_permitted(home.now)
    assert not home.nodes[HUB].parenting.is_permitted(home.now)


@pytest.mark.parametrize("purpose", [Purpose.SECURED_REJOIN, Purpose.TRUST_CENTRE_REJOIN])
@pytest.mark.parametrize("through", [HUB, ROUTER])
def test_a_member_comes_back(purpose: Purpose, through: Eui64) -> None:
    home = net(ROUTER, MEMBER)
    if through == ROUTER:
        home.cut(MEMBER, HUB)

    home.send(home.nodes[MEMBER].joiner.rejoin(purpose, home.now))
    home.advance(10)

    assert home.changes(MEMBER) == ["rejoined"]
    assert home.stacks[MEMBER].parent == through
    home.packet(HUB, MEMBER, b"again")
    assert home.payloads(MEMBER) == [b"again"]


def test_a_stranger_cannot_rejoin_through_the_trust_centre() -> None:
    home = net(MEMBER, newcomers=[NEW])
    joins(home)
    home.joined.unjoin(NEW)
    home.log.remove(NEW)

    home.send(home.nodes[NEW].joiner.rejoin(Purpose.TRUST_CENTRE_REJOIN, home.now))
    home.advance(10)

    assert "rejoined" not in home.changes(NEW)


def test_one_that_leaves_forgets_the_network_and_is_forgotten() -> None:
    home = net(MEMBER, newcomers=[NEW])
    joins(home)

    home.send(home.nodes[NEW].leave(home.now))

    assert not home.stacks[NEW].is_joined
    assert not home.stacks[NEW].security.has_network_key
    assert home.joined.of(NEW) is None
    assert home.nodes[NEW].leave(home.now) == []
    home.packet(NEW, HUB, b"from outside")
    assert home.payloads(HUB) == []


def test_one_that_is_put_out_goes() -> None:
    home = net(MEMBER, newcomers=[NEW])
    joins(home)
    assert home.nodes[HUB].trust_centre is not None

    home.send(home.nodes[HUB].trust_centre.remove(NEW, home.now))

    assert not home.stacks[NEW].is_joined
    assert home.stacks[HUB].security.link_key(NEW) is None


def test_only_the_trust_centre_may_tell_a_device_to_leave() -> None:
    home = net(MEMBER, ROUTER)

    home.send(home.nodes[ROUTER].request(zdo.LeaveRequest(MEMBER, 0), MEMBER, home.now))

    assert home.stacks[MEMBER].is_joined


def test_a_new_network_key_is_handed_out_and_switched_to() -> None:
    home = net(ROUTER, MEMBER)
    assert home.nodes[HUB].trust_centre is not None
    before = home.stacks[HUB].security.network_key

    home.send(home.nodes[HUB].trust_centre.update_network_key(home.now))
    home.packet(MEMBER, HUB, b"under the old key still")
    home.advance(15)
    home.packet(MEMBER, HUB, b"under the new one")

    sequences = [stack.security.active_sequence for stack in home.stacks.values()]
    assert sequences == [1, 1, 1]
    assert home.stacks[MEMBER].security.network_key != before
    assert home.payloads(HUB) == [b"under the old key still", b"under the new one"]


def test_a_device_that_missed_the_new_key_asks_the_trust_centre_for_it() -> None:
    home = net(ROUTER, MEMBER)
    assert home.nodes[HUB].trust_centre is not None
    home.dark[MEMBER] = None
    home.send(home.nodes[HUB].trust_centre.update_network_key(home.now))
    home.advance(3000)
    home.dark.clear()

    for _ in range(2):
        home.packet(HUB, MEMBER, b"not understood")
        home.advance(15)
    home.packet(HUB, MEMBER, b"understood")

    assert home.changes(MEMBER) == ["key-lost", "rejoined"]
    assert home.payloads(MEMBER)[-1] == b"understood"


def test_forged_keys_and_switches_are_ignored() -> None:
    home = net(ROUTER, MEMBER)
    assert home.nodes[HUB].trust_centre is not None
    octets = home.stacks[ROUTER].management.seal_aps(
        home.nodes[HUB].trust_centre._keys.transport(MEMBER, 0), MEMBER, None
    )
    assert isinstance(octets, bytes)

    home.send(
        home.stacks[ROUTER].management.aps_octets(
            octets, home.stacks[MEMBER].membership.short, "forged", home.now
        )
    )

    assert not home.stacks[MEMBER].security.holds_network_key(1)
    assert home.stacks[MEMBER].security.active_sequence == 0


@pytest.mark.parametrize("by", [HUB, MEMBER])
def test_a_router_puts_a_child_out_by_the_trust_centres_word_alone(by: Eui64) -> None:
    """Two members share a link key as well, and might use it to put out each other's children."""
    home = net(ROUTER, MEMBER, OTHER, sleepers=[OTHER], parents={OTHER: ROUTER})
    octets = home.stacks[by].management.seal_aps(RemoveDevice(OTHER), ROUTER, KeyId.LINK)
    assert isinstance(octets, bytes)
    router = home.stacks[ROUTER].membership.short

    home.send(home.stacks[by].management.aps_octets(octets, router, "aps-command", home.now))

    assert (OTHER in home.nodes[ROUTER].parenting.children) is (by != HUB)
    assert home.stacks[OTHER].is_joined is (by != HUB)


@pytest.mark.parametrize("by", [HUB, MEMBER])
def test_a_router_passes_on_what_the_trust_centre_tunnels_and_nobody_else(by: Eui64) -> None:
    home = net(ROUTER, MEMBER, OTHER, sleepers=[OTHER], parents={OTHER: ROUTER})
    octets = home.stacks[by].management.seal_aps(Tunnel(OTHER, bytes(30)), ROUTER, None)
    assert isinstance(octets, bytes)
    router = home.stacks[ROUTER].membership.short
    home.air.clear()

    home.send(home.stacks[by].management.aps_octets(octets, router, "aps-command", home.now))

    passed_on = [one for one in home.air if (one.sender, one.receiver) == (ROUTER, OTHER)]
    assert len(passed_on) == (by == HUB)


def test_a_restart_in_the_middle_of_joining_begins_anew() -> None:
    home = net(newcomers=[NEW])
    home.loses = lambda one: one.frame_kind == "transport-key"
    home.admit(NEW)
    home.begin(NEW)
    home.advance(1.5)
    assert home.nodes[NEW].joiner.phase is Phase.AWAITING_KEY

    home.stacks[NEW].restart(home.now)
    home.loses = lambda _: False
    home.advance(10)

    assert home.changes(NEW) == ["joined"]


def test_where_two_have_one_address_one_takes_another() -> None:
    home = net(ROUTER, MEMBER)
    short = home.stacks[MEMBER].membership.short

    home.send(
        home.stacks[ROUTER].management.nwk_command(
            NetworkStatus(StatusCode.ADDRESS_CONFLICT, short), short, "conflict", home.now
        )
    )

    assert home.stacks[MEMBER].membership.short != short
    home.packet(HUB, MEMBER, b"found again")
    assert home.payloads(MEMBER) == [b"found again"]


def test_a_join_is_the_same_every_time() -> None:
    def frames() -> list[bytes]:
        home = net(ROUTER, newcomers=[NEW])
        joins(home)
        return [one.frame for one in home.air]

    assert frames() == frames()
    assert code_of(NEW) != code_of(OTHER)


def test_an_endpoint_that_is_not_offered_is_nowhere_in_what_a_node_says_of_itself() -> None:
    home = net(MEMBER)
    server = home.nodes[HUB].server
    asked = Packet(source=MEMBER, target=HUB, cluster=0, payload=b"", profile=0)
    hub = home.stacks[HUB].membership.short

    def told() -> list[object]:
        return [
            server.answer(zdo.ActiveEndpointsRequest(hub), asked),
            server.answer(zdo.SimpleDescriptorRequest(hub, MIRROR_ENDPOINT), asked),
        ]

    before = told()
    server.offer(MIRROR_ENDPOINT, exists=False)
    active, simple = told()
    assert isinstance(active, zdo.ActiveEndpointsResponse)
    assert MIRROR_ENDPOINT not in active.endpoints
    assert isinstance(simple, zdo.SimpleDescriptorResponse)
    assert simple.status is ZdoStatus.NOT_ACTIVE
    assert not server.has_endpoint(MIRROR_ENDPOINT)
    server.offer(MIRROR_ENDPOINT, exists=True)
    assert told() == before
