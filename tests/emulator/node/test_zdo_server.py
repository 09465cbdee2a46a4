"""What a node answers about itself: power, addresses, tables, the channel, and to whom."""

import pytest
from tests.emulator.home_bench import ESME, GSME, HUB, IHD, NAMES, PPMID, REPEATER, neighbourhood_of
from tests.emulator.node.net import Net, net

from hanbench.emulator.device import BROADCAST, Packet
from hanbench.emulator.node.drops import Drop
from hanbench.emulator.node.endpoints import ENDPOINTS
from hanbench.emulator.node.stack import ZigbeeStack
from hanbench.emulator.node.zdo.bindings import BINDINGS_MAX, Binding
from hanbench.emulator.node.zdo.server import ZdoServer
from hanbench.emulator.node.zdo.tables import BUSY, CHANNELS, QUIET
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.zigbee import zdo, zdo_addresses
from hanbench.protocol.zigbee import zdo_management as mgmt
from hanbench.protocol.zigbee.zdo_addresses import Associated
from hanbench.protocol.zigbee.zdo_descriptors import PowerDescriptor
from hanbench.protocol.zigbee.zdo_management import NeighbourKind, Relationship
from hanbench.protocol.zigbee.zdo_status import ZdoStatus

HOME = neighbourhood_of(has_repeater=True, sleepers=(GSME,))
SHORT = {address.eui64: address.short for address in HOME.addresses}
A, B = Eui64(0xB1), Eui64(0xB2)
NOBODY = ShortAddress(0x1234)
BINDING = zdo.BindRequest(
    source=ESME, source_endpoint=1, cluster=0x0702, target=IHD, target_endpoint=1
)


def server(me: Eui64 = ESME, *children: Eui64) -> ZdoServer:
    stack = ZigbeeStack(me, HOME, {})
    below = {child: SHORT[child] for child in children}
    return ZdoServer(stack.management, ENDPOINTS[NAMES[me].upper()], lambda: below)


def ask(
    one: ZdoServer, request: zdo.Message, *, source: Eui64 = IHD, target: Eui64 = ESME
) -> zdo.Message | None:
    return one.answer(request, Packet(source=source, target=target, cluster=0, payload=b""))


def test_the_power_descriptor_tells_mains_from_battery() -> None:
    mains = ask(server(), zdo.PowerDescriptorRequest(SHORT[ESME]))
    battery = ask(server(GSME), zdo.PowerDescriptorRequest(SHORT[GSME]))

    assert mains == zdo.PowerDescriptorResponse(
        ZdoStatus.SUCCESS,
        SHORT[ESME],
        PowerDescriptor(mode=0, available_sources=1, current_source=1, level=12),
    )
    assert battery == zdo.PowerDescriptorResponse(
        ZdoStatus.SUCCESS,
        SHORT[GSME],
        PowerDescriptor(mode=1, available_sources=4, current_source=4, level=12),
    )
    assert ask(server(), zdo.PowerDescriptorRequest(NOBODY)) == zdo.PowerDescriptorResponse(
        ZdoStatus.DEVICE_NOT_FOUND, NOBODY
    )


def test_a_node_gives_its_short_address_and_its_children_where_they_are_asked_for() -> None:
    hub = server_of_hub()

    alone = ask(hub, zdo_addresses.NwkAddressRequest(HUB))
    whole = ask(hub, zdo_addresses.NwkAddressRequest(HUB, zdo_addresses.EXTENDED))
    rest = ask(hub, zdo_addresses.NwkAddressRequest(HUB, zdo_addresses.EXTENDED, start=5))

    found = (ZdoStatus.SUCCESS, HUB, ShortAddress(0))
    assert alone == zdo_addresses.NwkAddressResponse(*found)
    assert whole == zdo_addresses.NwkAddressResponse(*found, Associated(0, (SHORT[GSME],)))
    assert rest == zdo_addresses.NwkAddressResponse(*found, Associated(0, ()))


def server_of_hub() -> ZdoServer:
    stack = ZigbeeStack(HUB, HOME, {})
    return ZdoServer(stack.management, ENDPOINTS["CHF"], lambda: {GSME: SHORT[GSME]})


def test_a_parent_speaks_for_its_child_in_both_directions() -> None:
    hub = server_of_hub()

    assert ask(hub, zdo_addresses.NwkAddressRequest(GSME)) == zdo_addresses.NwkAddressResponse(
        ZdoStatus.SUCCESS, GSME, SHORT[GSME]
    )
    assert ask(
        hub, zdo_addresses.IeeeAddressRequest(SHORT[GSME])
    ) == zdo_addresses.IeeeAddressResponse(ZdoStatus.SUCCESS, GSME, SHORT[GSME])


def test_who_is_not_meant_is_silent_to_all_and_says_so_to_one() -> None:
    request = zdo_addresses.NwkAddressRequest(Eui64(0x99))

    assert ask(server(), request, target=BROADCAST) is None
    told = ask(server(), request)
    assert isinstance(told, zdo_addresses.NwkAddressResponse)
    assert told.status is ZdoStatus.DEVICE_NOT_FOUND
    assert ask(
        server(), zdo_addresses.IeeeAddressRequest(NOBODY)
    ) == zdo_addresses.IeeeAddressResponse(ZdoStatus.DEVICE_NOT_FOUND, ESME, NOBODY)


def test_the_neighbours_are_parent_children_and_routers_a_page_at_a_time() -> None:
    one = server(ESME, GSME, IHD, PPMID)
    rows: list[mgmt.NeighbourEntry] = []
    total = 1
    while len(rows) < total:
        page = ask(one, mgmt.NeighboursRequest(len(rows)))
        assert isinstance(page, mgmt.NeighboursResponse)
        assert page.neighbours
        assert page.start == len(rows)
        rows += page.neighbours
        total = page.total

    told = {row.eui64: (row.kind, row.relationship) for row in rows}
    assert told[HUB] == (NeighbourKind.COORDINATOR, Relationship.PARENT)
    assert told[GSME] == (NeighbourKind.END_DEVICE, Relationship.CHILD)
    assert told[REPEATER] == (NeighbourKind.ROUTER, Relationship.SIBLING)
    assert len(told) == total == 5
    beyond = ask(one, mgmt.NeighboursRequest(200))
    assert beyond == mgmt.NeighboursResponse(ZdoStatus.SUCCESS, total, 200)


def test_the_routes_are_those_that_the_node_sends_by() -> None:
    stack = ZigbeeStack(ESME, HOME, {})
    stack.mesh.routes.learn(NOBODY, HUB, 2)
    stack.mesh.routes.learn_many_to_one(ShortAddress(0), HUB, 1)
    one = ZdoServer(stack.management, ENDPOINTS["ESME"], dict)

    told = ask(one, mgmt.RoutesRequest(0))

    assert isinstance(told, mgmt.RoutesResponse)
    held = {row.target: (row.flags, row.next_hop) for row in told.routes}
    assert held[NOBODY] == (0, ShortAddress(0))
    assert held[ShortAddress(0)] == (0x30, ShortAddress(0))


def test_a_binding_is_seen_in_the_table_until_it_is_undone() -> None:
    one = server()

    assert ask(one, BINDING) == zdo.BindResponse(ZdoStatus.SUCCESS)
    assert ask(one, BINDING) == zdo.BindResponse(ZdoStatus.SUCCESS)
    told = ask(one, mgmt.BindingsRequest(0))
    assert isinstance(told, mgmt.BindingsResponse)
    (row,) = told.bindings
    assert (row.source, row.cluster, row.target, told.total) == (ESME, 0x0702, IHD, 1)

    undo = zdo.UnbindRequest(
        source=ESME, source_endpoint=1, cluster=0x0702, target=IHD, target_endpoint=1
    )
    assert ask(one, undo) == zdo.UnbindResponse(ZdoStatus.SUCCESS)
    assert ask(one, undo) == zdo.UnbindResponse(ZdoStatus.NO_ENTRY)
    assert ask(one, mgmt.BindingsRequest(0)) == mgmt.BindingsResponse(ZdoStatus.SUCCESS, 0, 0)


def test_a_full_binding_table_says_so() -> None:
    one = server()
    for number in range(BINDINGS_MAX):
        one.bindings.add(Binding(1, number, IHD, 1))

    assert ask(one, BINDING) == zdo.BindResponse(ZdoStatus.TABLE_FULL)


def scan(channels: int = CHANNELS, duration: int = 3, **more: int) -> mgmt.NetworkUpdateRequest:
    given = {"scans": 1} if duration <= mgmt.SCAN_DURATION_MAX else {"update_id": 1}
    return mgmt.NetworkUpdateRequest(
        channels=channels,
        duration=duration,
        **{**given, **more},  # type: ignore[arg-type]
    )


def test_an_energy_scan_hears_our_channel_and_nobody_else() -> None:
    told = ask(server(), scan())

    assert isinstance(told, mgmt.NetworkUpdateNotify)
    assert told.energies == (BUSY, *[QUIET] * 15)
    assert ask(server(), scan(), target=BROADCAST) is None


@pytest.mark.parametrize(
    ("request_", "source", "status"),
    [
        (scan(channels=1), IHD, ZdoStatus.INVALID_REQUEST_TYPE),
        (scan(channels=0), IHD, ZdoStatus.INVALID_REQUEST_TYPE),
        (scan(scans=0), IHD, ZdoStatus.INVALID_REQUEST_TYPE),
        (scan(duration=0x80, update_id=1), HUB, ZdoStatus.INVALID_REQUEST_TYPE),
        (scan(channels=1 << 15, duration=0xFE), IHD, ZdoStatus.NOT_AUTHORISED),
        (scan(channels=1 << 15, duration=0xFE), HUB, ZdoStatus.NOT_SUPPORTED),
    ],
)
def test_what_cannot_be_done_to_the_channel_is_refused_by_name(
    request_: mgmt.NetworkUpdateRequest, source: Eui64, status: ZdoStatus
) -> None:
    told = ask(server(), request_, source=source)

    assert isinstance(told, mgmt.NetworkUpdateNotify)
    assert (told.status, told.energies) == (status, ())


def test_to_stay_on_the_channel_is_no_change_and_the_manager_may_appoint_another() -> None:
    one = server()

    assert ask(one, scan(channels=1 << 11, duration=0xFE), source=HUB) is None
    appointed = scan(duration=0xFF, manager=SHORT[IHD])
    assert ask(one, appointed, source=HUB) is None
    told = ask(one, scan(channels=1 << 11, duration=0xFE), source=HUB)
    assert isinstance(told, mgmt.NetworkUpdateNotify)
    assert told.status is ZdoStatus.NOT_AUTHORISED


def test_tables_are_not_read_from_all_at_once() -> None:
    assert ask(server(), mgmt.NeighboursRequest(0), target=BROADCAST) is None


def test_an_answer_of_another_is_no_request() -> None:
    assert ask(server(), mgmt.RoutesResponse(ZdoStatus.SUCCESS, 0, 0)) is None
    assert ask(server(), zdo.BindResponse(ZdoStatus.SUCCESS)) is None


def answered_by(home: Net, cluster: int, octets: bytes, target: Eui64 = B) -> list[Packet]:
    """What A is told when it sends these octets to a ZDO."""
    packet = Packet(
        source=A,
        target=target,
        cluster=cluster,
        payload=octets,
        profile=0,
        source_endpoint=0,
        target_endpoint=0,
        is_secured=False,
    )
    told: list[Packet] = []
    home.nodes[A].take_packet = lambda packet, _now, _hop: told.append(packet) or []  # type: ignore[method-assign,func-returns-value]
    home.send(home.stacks[A].send(packet, home.now))
    return told


def test_a_request_that_is_not_known_is_refused_by_name() -> None:
    home = net(A, B)

    (told,) = answered_by(home, 0x0012, b"\x2a\x01\x02")

    assert (told.cluster, told.payload) == (0x8012, b"\x2a\x84")
    assert home.stacks[B].counters.dropped[Drop.UNSUPPORTED] == 1


@pytest.mark.parametrize(
    ("cluster", "octets", "target", "reason"),
    [
        (0x0012, b"\x2a\x01", BROADCAST, Drop.UNSUPPORTED),
        (0x8012, b"\x2a\x01", B, Drop.UNSUPPORTED),
        (0x0012, b"", B, Drop.UNSUPPORTED),
        (0x0002, b"\x2a", B, Drop.MALFORMED),
    ],
)
def test_what_is_for_all_is_no_request_or_is_broken_gets_no_answer(
    cluster: int, octets: bytes, target: Eui64, reason: Drop
) -> None:
    home = net(A, B)

    assert answered_by(home, cluster, octets, target) == []
    assert home.stacks[B].counters.dropped[reason] == 1


@pytest.mark.parametrize(
    ("keys", "is_taken"),
    [
        ({}, True),
        ({"target_endpoint": 0xFF}, True),
        ({"target_endpoint": 5}, False),
        ({"profile": 0x0104}, False),
    ],
)
def test_only_what_is_for_an_endpoint_that_is_there_reaches_the_device(
    keys: dict[str, int], is_taken: bool
) -> None:
    home = net(A, B)

    home.packet(A, B, b"x", **keys)

    assert home.payloads(B) == [b"x"] * is_taken
    assert home.stacks[B].counters.dropped.get(Drop.NO_ENDPOINT, 0) == (not is_taken)


def test_nothing_matches_under_another_profile() -> None:
    asked = zdo.MatchDescriptorRequest(
        short=SHORT[ESME], profile=0x0104, server_clusters=(0x0702,), client_clusters=()
    )

    assert ask(server(), asked) == zdo.MatchDescriptorResponse(ZdoStatus.SUCCESS, SHORT[ESME], ())
