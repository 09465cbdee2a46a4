"""The mesh: routes are found, used, told, lost and found again; what is false or old is dropped."""

import pytest
from tests.emulator.node.net import HUB, Net, net

from hanbench.emulator.device import BROADCAST, Packet, Transmission
from hanbench.emulator.events import HanChanged
from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.emulator.node.drops import Drop
from hanbench.emulator.node.mesh import route_search
from hanbench.emulator.node.mesh.mesh import CONCENTRATOR_US
from hanbench.emulator.node.mesh.repeats import Plan
from hanbench.emulator.node.mesh.route_discovery import (
    INITIAL_TRIES,
    MANY_TO_ONE,
    SEARCHES_MAX,
    SEEN_MAX,
    WAITING_MAX,
    RouteDiscovery,
)
from hanbench.emulator.node.mesh.routes import (
    AGE_LIMIT,
    BROKEN_MAX,
    LINK_STATUS_US,
    NEIGHBOURS_MAX,
    ROUTES_MAX,
    Routes,
)
from hanbench.emulator.node.mesh.source_routes import RECORDS_MAX
from hanbench.emulator.node.outgoing import Outgoing
from hanbench.protocol import ieee802154
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.zigbee import nwk
from hanbench.protocol.zigbee.nwk import NwkFrame

A, B, C, END = Eui64(0xB1), Eui64(0xB2), Eui64(0xB3), Eui64(0xC1)


def line(*between: Eui64) -> Net:
    """The hub, routers in a row, and END, each hearing only its neighbours."""
    row = (HUB, *between, END)
    home = net(*between, END)
    for place, one in enumerate(row):
        for other in row[place + 2 :]:
            home.cut(one, other)
    for one in row:
        home.stacks[one].mesh.routes.clear()
    return home


def diamond() -> Net:
    """Two ways from the hub to END, over A and over B."""
    home = net(A, B, END)
    home.cut(HUB, END)
    home.cut(A, B)
    for stack in home.stacks.values():
        stack.mesh.routes.clear()
    return home


@pytest.mark.parametrize("between", [(A,), (A, B), (A, B, C)], ids=len)
def test_a_route_is_found_over_any_number_of_routers(between: tuple[Eui64, ...]) -> None:
    home = line(*between)

    home.packet(HUB, END, b"down")
    home.packet(END, HUB, b"up")

    assert home.payloads(END) == [b"down"]
    assert home.payloads(HUB) == [b"up"]
    assert [home.stacks[one].counters.relayed > 0 for one in between] == [True] * len(between)


def test_a_route_is_sought_once_and_then_known() -> None:
    home = line(A)

    home.packet(HUB, END, b"one")
    searched = home.kinds().count("route-request")
    home.packet(HUB, END, b"two")

    assert home.kinds().count("route-request") == searched
    assert home.payloads(END) == [b"one", b"two"]


def test_the_cheaper_way_wins() -> None:
    routes = Routes()

    assert routes.learn(ShortAddress(9), A, 5)
    assert not routes.learn(ShortAddress(9), B, 5)
    assert routes.learn(ShortAddress(9), B, 3)

    route = routes.to(ShortAddress(9))
    assert route is not None
    assert (route.next_hop, route.cost) == (B, 3)


def test_a_dead_router_is_gone_around() -> None:
    home = diamond()
    home.packet(HUB, END, b"first")
    used = A if home.stacks[A].counters.relayed else B

    home.dark[used] = None
    home.packet(HUB, END, b"second")

    assert home.payloads(END) == [b"first", b"second"]


def test_a_frame_is_tried_again_though_one_of_its_number_was_before() -> None:
    home = diamond()
    home.packet(HUB, END, b"first")
    used, other = (A, B) if home.stacks[A].counters.relayed else (B, A)
    home.dark[used] = None
    home.packet(HUB, END, b"second")
    retried = nwk_sequence_of_the_last(home)
    while (nwk_sequence_of_the_last(home) + 1) & 0xFF != retried:
        home.packet(HUB, END)
        home.advance(1)

    del home.dark[used]
    home.dark[other] = None
    home.packet(HUB, END, b"a day later")

    assert home.payloads(END)[-1] == b"a day later"


def nwk_sequence_of_the_last(home: Net) -> int:
    """The NWK sequence number of the last frame for END that the hub put on the air."""
    frames = (
        nwk.decode(ieee802154.decode(one.frame).payload)
        for one in reversed(home.air)
        if one.sender == HUB
    )
    return next(frame.sequence for frame in frames if frame.frame_type is nwk.FrameType.DATA)


def test_the_source_is_told_when_a_relay_comes_no_further() -> None:
    home = line(A, B)
    home.packet(HUB, END, b"first")
    home.cut(B, END)

    home.packet(HUB, END, b"lost on the way")
    home.mend(B, END)
    home.packet(HUB, END, b"third")

    assert "network-status" in home.kinds()
    assert home.stacks[B].counters.dropped[Drop.NO_ROUTE] == 1
    assert home.payloads(END) == [b"first", b"third"]


def test_a_route_to_nowhere_is_given_up_in_time() -> None:
    home = line(A)
    home.dark[END] = None

    for number in range(WAITING_MAX + 2):
        home.packet(HUB, END, bytes([number]))
    home.advance(11)

    assert home.payloads(END) == []
    assert home.stacks[HUB].counters.dropped[Drop.NO_ROUTE] == WAITING_MAX + 2
    assert home.stacks[HUB].deadline is None


def test_without_the_memory_of_requests_a_search_would_never_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = net(A, B, C, END)
    home.dark[END] = None
    for stack in home.stacks.values():
        stack.mesh.routes.clear()
    home.packet(HUB, END)
    home.advance(11)
    assert home.kinds().count("route-request") <= 4 * 4, "four nodes, each four times at most"

    def forgetful(self: RouteDiscovery, *args: object, **keys: object) -> object:
        self._seen.clear()
        return taken(self, *args, **keys)

    taken = RouteDiscovery.take_request
    monkeypatch.setattr(RouteDiscovery, "take_request", forgetful)
    with pytest.raises(AssertionError, match="never falls silent"):
        home.packet(HUB, END)


def test_more_requests_than_a_router_remembers_die_out_and_do_not_feed_themselves() -> None:
    home = net(A, B, C, END)
    flood = [one for _ in range(3 * SEEN_MAX) for one in home.stacks[END].announce_routes(home.now)]

    home.send(flood)

    sent = len(home.kinds())
    assert sent <= len(flood) + 2 * 4 * SEEN_MAX, "each router repeats what it remembers, no more"
    home.advance(11)
    home.send(home.stacks[END].announce_routes(home.now))
    assert len(home.kinds()) >= sent + 4, "and is ready again when they are forgotten"


def test_a_concentrator_is_found_and_told_the_way() -> None:
    home = line(A, B)

    home.send(home.stacks[HUB].announce_routes(home.now))
    home.packet(END, HUB, b"up")

    assert home.kinds().count("route-record") == 3
    record = home.stacks[HUB].mesh.source_routes.records[home.stacks[END].membership.short]
    shorts = [home.stacks[one].membership.short for one in (B, A)]
    assert list(record.relays) == shorts
    home.packet(HUB, END, b"by the way that was told")
    assert home.payloads(END) == [b"by the way that was told"]
    assert home.payloads(HUB) == [b"up"]


def test_a_frame_without_room_for_its_way_goes_by_the_table() -> None:
    home = line(A, B)
    home.send(home.stacks[HUB].announce_routes(home.now))
    home.packet(END, HUB, b"up")

    home.packet(HUB, END, bytes(65))

    assert home.payloads(END) == [bytes(65)]


def test_a_told_way_that_is_broken_is_given_up() -> None:
    home = diamond()
    home.send(home.stacks[HUB].announce_routes(home.now))
    home.packet(END, HUB, b"up")
    (record,) = [home.stacks[HUB].mesh.source_routes.records[home.stacks[END].membership.short]]
    via = home.stacks[HUB].membership.eui64_of[record.relays[0]]

    home.dark[via] = None
    home.packet(HUB, END, b"another way")

    assert home.payloads(END) == [b"another way"]


def test_link_status_tells_who_is_heard_and_how_they_hear_us() -> None:
    home = net(A)

    home.send(home.stacks[A].link_status(home.now))
    home.send(home.stacks[HUB].link_status(home.now))

    assert home.stacks[HUB].mesh.routes.neighbours[A].cost_in == 1
    assert home.stacks[A].mesh.routes.neighbours[HUB].cost_out == 1


def test_a_neighbour_that_falls_silent_is_forgotten_with_its_routes() -> None:
    routes = Routes()
    routes.hear(A, 1, 1, Instant(0))
    routes.learn(ShortAddress(7), A, 1)

    assert routes.age(Instant(AGE_LIMIT * LINK_STATUS_US)) == ()
    assert routes.age(Instant(AGE_LIMIT * LINK_STATUS_US + 1)) == (A,)
    assert routes.to(ShortAddress(7)) is None


def test_a_broadcast_reaches_everybody_once() -> None:
    home = net(A, B, C, END)
    home.cut(HUB, END)

    home.packet(HUB, BROADCAST, b"all", is_secured=False)

    assert [home.payloads(one) for one in (A, B, C, END)] == [[b"all"]] * 4
    assert len(home.air) == 5


def test_replayed_stale_and_forged_frames_are_dropped_and_counted() -> None:
    home = net(A)
    home.packet(A, HUB, b"one")
    (first,) = home.air
    home.packet(A, HUB, b"two")
    forged = bytearray(home.air[-1].frame)
    forged[-3] ^= 1

    home.send([first])
    home.send([home.air[1]])
    home.send([first._replace(frame=bytes(forged))])

    dropped = home.stacks[HUB].counters.dropped
    assert dropped[Drop.REPLAYED] == 2
    assert dropped[Drop.BAD_FCS] == 1
    assert home.payloads(HUB) == [b"one", b"two"]


def test_counters_begin_anew_under_a_new_key_and_the_old_frames_stay_old() -> None:
    home = net(A)
    home.packet(A, HUB, b"one")
    old = home.air[-1]
    trust_centre = home.nodes[HUB].trust_centre
    assert trust_centre is not None
    home.send(trust_centre.update_network_key(home.now))
    home.advance(15)

    home.packet(A, HUB, b"two")
    home.send([old])

    assert home.payloads(HUB) == [b"one", b"two"]
    assert home.stacks[HUB].counters.dropped[Drop.REPLAYED] == 1


def test_a_many_to_one_request_is_marked_as_such() -> None:
    discovery = RouteDiscovery(Routes())

    request = discovery.many_to_one(ShortAddress(0), Instant(SECOND_US))

    assert request.options & MANY_TO_ONE


def test_an_end_device_sends_through_its_parent_and_looks_for_another_when_that_is_silent() -> None:
    home = net(A, END, sleepers=[END])
    home.packet(END, A, b"over the hub")
    assert home.payloads(A) == [b"over the hub"]
    home.dark[HUB] = None

    for _ in range(3):
        home.packet(END, A, b"nobody answers")
    home.advance(5)

    assert home.changes(END)[0] == "parent-lost"
    assert home.stacks[END].parent == A


def test_a_parent_counts_as_lost_after_three_polls_in_a_row_that_it_did_not_answer() -> None:
    home = net(A, END, sleepers=[END])
    child = home.stacks[END]
    for is_answered in (False, False, True, False, False):
        assert child.polled(home.now, is_answered=is_answered) == []
    assert home.changes(END) == []

    home.dark[HUB] = None
    home.send(child.polled(home.now, is_answered=False))
    home.advance(5)

    assert home.changes(END)[0] == "parent-lost"
    assert child.parent == A


def test_a_sleeping_child_hands_its_broadcasts_to_its_parent_who_repeats_them() -> None:
    home = net(A, B, END, sleepers=[END])
    for router in (A, B):
        home.cut(END, router)

    home.packet(END, BROADCAST, b"for all")

    first, second = home.air[:2]
    assert (first.sender, first.receiver) == (END, HUB)
    assert (second.sender, second.receiver) == (HUB, None)
    assert [home.payloads(router) for router in (HUB, A, B)] == [[b"for all"]] * 3
    assert home.payloads(END) == []


def without_routes(home: Net) -> Net:
    for stack in home.stacks.values():
        stack.mesh.routes.clear()
    return home


@pytest.mark.parametrize("lost_first", [1, 2, 3])
def test_a_route_request_that_is_lost_is_sent_again(lost_first: int) -> None:
    home = line(A)
    requests: list[Transmission] = []

    def loses(one: Transmission) -> bool:
        if one.frame_kind != "route-request" or one.sender != HUB:
            return False
        requests.append(one)
        return len(requests) <= lost_first

    home.loses = loses
    home.packet(HUB, END, b"down")
    assert home.payloads(END) == []

    home.advance(1)

    assert home.payloads(END) == [b"down"]
    assert len(requests) == lost_first + 1


def test_without_the_retries_one_lost_request_means_no_route(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(route_search, "INITIAL_TRIES", Plan(tries=1, interval_us=1))
    home = line(A)
    home.loses = lambda one: one.frame_kind == "route-request" and len(home.air) == 1

    home.packet(HUB, END, b"down")
    home.advance(11)

    assert home.payloads(END) == []
    assert home.stacks[HUB].counters.dropped[Drop.NO_ROUTE] == 1


def test_a_relay_whose_request_is_lost_asks_again_too() -> None:
    home = line(A)
    relayed: list[Transmission] = []

    def first_is_lost(one: Transmission) -> bool:
        if one.frame_kind != "route-request" or one.sender != A:
            return False
        relayed.append(one)
        return len(relayed) == 1

    home.loses = first_is_lost
    home.packet(HUB, END, b"down")
    home.advance(1)

    assert home.payloads(END) == [b"down"]


def test_a_request_ends_with_its_answer() -> None:
    home = line(A)

    home.packet(HUB, END, b"down")
    asked = home.kinds().count("route-request")
    home.advance(11)

    assert home.kinds().count("route-request") == asked


def test_a_search_of_nobody_asks_four_times_and_gives_up() -> None:
    home = without_routes(net(END))
    home.dark[END] = None

    home.packet(HUB, END, b"down")
    home.advance(11)

    assert home.kinds().count("route-request") == INITIAL_TRIES.tries
    assert home.stacks[HUB].deadline is None


def test_the_cheaper_way_wins_over_the_air() -> None:
    home = diamond()
    home.costs[frozenset((HUB, A))] = 5

    home.packet(HUB, END, b"down")
    home.packet(HUB, END, b"again")

    route = home.stacks[HUB].mesh.routes.to(home.stacks[END].membership.short)
    assert route is not None
    assert (route.next_hop, route.cost) == (B, 2)
    assert home.payloads(END) == [b"down", b"again"]


def test_two_good_hops_are_cheaper_than_one_bad_one() -> None:
    home = without_routes(net(A, END))
    home.costs[frozenset((HUB, END))] = 7

    home.packet(HUB, END, b"down")

    route = home.stacks[HUB].mesh.routes.to(home.stacks[END].membership.short)
    assert route is not None
    assert (route.next_hop, route.cost) == (A, 2)


def test_a_link_costs_what_the_worse_direction_does() -> None:
    home = net(A)
    home.costs[frozenset((HUB, A))] = 4

    home.send(home.stacks[A].link_status(home.now)[:1])
    home.send(home.stacks[HUB].link_status(home.now)[:1])

    assert home.stacks[HUB].mesh.routes.neighbours[A].cost_in == 4
    assert home.stacks[A].mesh.routes.neighbours[HUB].cost_out == 4
    routes = Routes()
    routes.hear(A, 2, 6, Instant(0))
    assert [routes.link_cost(A, heard) for heard in (1, 7)] == [6, 7]


def test_a_neighbour_that_does_not_name_us_has_not_said_how_it_hears_us() -> None:
    routes = Routes()
    routes.hear(A, 1, 5, Instant(0))

    routes.hear(A, 1, 0, Instant(1))

    assert routes.link_cost(A, 1) == 1


def test_the_neighbour_table_holds_what_one_link_status_frame_does() -> None:
    home = net(A)
    hub = home.stacks[HUB]
    for number in range(3 * NEIGHBOURS_MAX):
        stranger = Eui64(0xD000 + number)
        hub.membership.learn(stranger, ShortAddress(0x2000 + number))
        hub.mesh.routes.hear(stranger, 7, 7, home.now)

    (status,) = hub.link_status(home.now)[:1]

    assert len(hub.mesh.routes.neighbours) == NEIGHBOURS_MAX
    assert len(status.frame) <= ieee802154.FRAME_OCTETS_MAX


def test_the_routing_table_has_a_size() -> None:
    routes = Routes()

    for number in range(2 * ROUTES_MAX):
        routes.learn(ShortAddress(number), A, 1)
        routes.learn_many_to_one(ShortAddress(0x1000 + number), A, 1)
        routes.broke(ShortAddress(number))

    assert len(routes._table) == ROUTES_MAX
    assert len(routes._broken) == BROKEN_MAX


def test_a_repaired_route_is_told_of_once() -> None:
    home = diamond()
    home.packet(HUB, END, b"first")
    assert home.changes() == []
    used, other = (A, B) if home.stacks[A].counters.relayed else (B, A)

    home.dark[used] = None
    home.packet(HUB, END, b"second")
    home.packet(HUB, END, b"third")

    (event,) = [one for one in home.events if isinstance(one, HanChanged)]
    assert (event.device, event.change) == (f"{HUB:x}", "route-repaired")
    assert event.detail == f"to {END:x}, over {other:x}"


def test_who_was_told_that_its_way_is_broken_tells_when_it_is_repaired() -> None:
    home = line(A, B)
    home.packet(HUB, END, b"first")
    home.cut(B, END)
    home.packet(HUB, END, b"lost on the way")
    home.mend(B, END)

    home.packet(HUB, END, b"third")

    assert home.changes(HUB) == ["route-repaired"]


def test_a_told_way_is_used_though_the_table_has_none() -> None:
    home = line(A, B)
    home.send(home.stacks[HUB].announce_routes(home.now))
    home.packet(END, HUB, b"up")
    home.stacks[HUB].mesh.routes.forget(home.stacks[END].membership.short)
    before = home.kinds().count("route-request")

    home.packet(HUB, END, b"by the way that was told")

    assert home.payloads(END) == [b"by the way that was told"]
    assert home.kinds().count("route-request") == before


def test_a_told_way_without_relays_leads_straight_there() -> None:
    home = without_routes(net(END))
    hub, end = home.stacks[HUB], home.stacks[END].membership.short
    hub.mesh.source_routes.learn(end, ())

    home.packet(HUB, END, b"straight")

    assert home.payloads(END) == [b"straight"]
    assert "route-request" not in home.kinds()


def test_the_ways_that_are_told_have_a_size() -> None:
    home = net(A)
    routes = home.stacks[HUB].mesh.source_routes

    for number in range(2 * RECORDS_MAX):
        routes.learn(ShortAddress(number), ())
    routes.clear()
    for number in range(2 * RECORDS_MAX):
        routes.learn(ShortAddress(number), ())

    assert len(routes.records) == RECORDS_MAX


def test_the_hub_makes_itself_known_with_its_link_status_now_and_then() -> None:
    home = net(A)
    hub = home.stacks[HUB]

    kinds = []
    for _ in range(CONCENTRATOR_US // LINK_STATUS_US + 1):
        kinds += [one.frame_kind for one in hub.link_status(home.now)]
        home.advance(LINK_STATUS_US / SECOND_US)

    assert kinds.count("many-to-one") == 2
    assert [one.frame_kind for one in home.stacks[A].link_status(home.now)] == ["link-status"]


def test_more_searches_than_a_node_may_begin_are_not_begun() -> None:
    home = net(A)
    hub = home.stacks[HUB]
    for number in range(3 * SEARCHES_MAX):
        hub.membership.hear_of(Eui64(0xD000 + number % 30), ShortAddress(0x2000 + number))
        frame = NwkFrame(
            nwk.FrameType.DATA,
            ShortAddress(0x2000 + number),
            ShortAddress(0),
            30,
            1,
            discovers_route=True,
        )
        home.send(hub.mesh.launch(Outgoing(frame, "x", None), home.now))

    asked = [one for one in home.air if one.sender == HUB]
    assert len(asked) == SEARCHES_MAX
    assert hub.counters.dropped[Drop.NO_ROUTE] == 2 * SEARCHES_MAX
    home.advance(11)
    home.dark[A] = None
    home.packet(HUB, A, b"sought")
    assert home.kinds()[-1] == "route-request", "and later it may again"


def test_a_reply_is_weighed_against_other_replies_and_not_against_a_dead_route() -> None:
    """What a relay knew of the target may be a way over the very router that died."""
    home = diamond()
    end = home.stacks[END].membership.short
    for relay in (A, B):
        home.stacks[relay].mesh.routes.learn(end, C, 1)

    home.packet(HUB, END, b"down")

    assert home.payloads(END) == [b"down"]


def test_a_home_of_months_begins_with_the_costs_of_its_links() -> None:
    home = net(A, B, link_costs={frozenset((HUB, A)): 5})
    routes = home.stacks[HUB].mesh.routes

    assert {one: known.cost_in for one, known in routes.neighbours.items()} == {A: 5, B: 1}
    route = routes.to(home.stacks[A].membership.short)
    assert route is not None
    assert route.cost == 5


def test_a_frame_that_its_sender_repeats_is_not_repeated_here_but_seeks_another_way() -> None:
    home = diamond()
    home.packet(HUB, END, b"first")
    hub = home.stacks[HUB]
    used = A if home.stacks[A].counters.relayed else B
    hub.mesh.routes.hear(used, 1, 1, home.now)
    (frame,) = hub.send(packet_for(END), home.now)
    home.dark[used] = None

    hub.lost(frame)

    assert not hub.reaches_directly(END)
    assert hub.mesh.routes.to(home.stacks[END].membership.short) is None
    home.packet(HUB, END, b"again")
    assert home.payloads(END) == [b"first", b"again"]


def test_a_child_that_does_not_route_is_not_lost_with_a_frame() -> None:
    home = net(END, sleepers=[END])
    hub = home.stacks[HUB]
    (frame,) = hub.send(packet_for(END), home.now)

    hub.lost(frame)

    assert hub.reaches_directly(END)
    assert not hub.reaches_directly(Eui64(0xDEAD))


def packet_for(target: Eui64) -> Packet:
    return Packet(source=HUB, target=target, cluster=0x0702, payload=b"x")
