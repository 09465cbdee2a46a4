"""Whoever holds the network key may say anything under any name: what is learnt has a size."""

import pytest
from tests.emulator.home_bench import HUB as HOME_HUB
from tests.emulator.home_bench import PPMID, Options, home_bench
from tests.emulator.meter_bench import POLICY
from tests.emulator.node.net import HUB, net

from hanbench.emulator.device import BROADCAST, Packet
from hanbench.emulator.hub.clusters import MIRRORED_MAX, HubClusters
from hanbench.emulator.hub.han_side import ASKERS_MAX
from hanbench.emulator.instant import Instant
from hanbench.emulator.node.aps_layer import PEERS_MAX, ApsLayer
from hanbench.emulator.node.bounded import remember
from hanbench.emulator.node.drops import Counters, Drop
from hanbench.emulator.node.endpoints import MIRROR_ENDPOINT
from hanbench.emulator.node.joining.joiner import CANDIDATES_MAX
from hanbench.emulator.node.membership import HEARSAY_MAX, Membership
from hanbench.emulator.node.node_security import COUNTED_MAX, NodeSecurity
from hanbench.emulator.node.nwk_layer import SEEN_MAX, NwkLayer
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.protocol import ieee802154_commands as mac_commands
from hanbench.protocol.identifiers import Eui64, PanId, ShortAddress
from hanbench.protocol.ieee802154 import FrameType, MacFrame
from hanbench.protocol.ieee802154_commands import Beacon
from hanbench.protocol.keys import KeyUsage, derive_test_key
from hanbench.protocol.zigbee import aps, nwk, zcl, zcl_general
from hanbench.protocol.zigbee.aps import ApsFrame
from hanbench.protocol.zigbee.attributes import AttributeValue, DataType
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.prepayment import ConsumerTopUp, OriginatingDevice
from hanbench.protocol.zigbee.nwk import NwkFrame
from hanbench.protocol.zigbee.zcl import Direction, ZclStatus
from hanbench.protocol.zigbee.zcl_general import Attribute, DefaultResponse, ReportAttributes

MEMBER, NEW = Eui64(0xC2), Eui64(0xB1)
FLOOD = 300
NETWORK = derive_test_key("net", KeyUsage.NETWORK)


def stranger(number: int) -> Eui64:
    return Eui64(0xBAD_0000 + number)


def frame_of(number: int) -> NwkFrame:
    return NwkFrame(
        frame_type=nwk.FrameType.DATA,
        target=ShortAddress(0),
        source=ShortAddress(0x1000 + number),
        radius=1,
        sequence=1,
        payload=b"",
        source_eui64=stranger(number),
    )


def test_the_oldest_entry_of_a_full_table_gives_way_and_one_that_is_there_stays_where_it_is() -> (
    None
):
    table = {"a": 1, "b": 2}

    remember(table, "a", 3, 2)
    remember(table, "c", 4, 2)

    assert table == {"b": 2, "c": 4}


def test_the_senders_whose_aps_counters_are_remembered_are_so_many() -> None:
    me = Membership(HUB, is_router=True)
    layer = ApsLayer(me, NodeSecurity(HUB, NETWORK, {}), Counters(), wants_acks=False)
    asked = ApsFrame(frame_type=aps.FrameType.DATA, counter=7, payload=b"x", ack_request=True)

    for number in range(FLOOD):
        layer.take(asked, b"x", stranger(number), Instant(0))

    assert len(layer._heard) == PEERS_MAX
    assert layer.take(asked, b"x", stranger(FLOOD - 1), Instant(0))[0] is None, "a duplicate still"


def test_the_sources_whose_nwk_sequences_are_remembered_are_so_many() -> None:
    layer = NwkLayer(Membership(HUB, is_router=True), NodeSecurity(HUB, NETWORK, {}))

    for number in range(FLOOD):
        assert not layer.is_duplicate(frame_of(number), Instant(0))

    assert len(layer._seen) == SEEN_MAX
    assert layer.is_duplicate(frame_of(FLOOD - 1), Instant(0))


def test_the_senders_whose_frame_counters_are_kept_are_so_many() -> None:
    here = NodeSecurity(HUB, NETWORK, {})
    sealed = [
        NodeSecurity(stranger(number), NETWORK, {}).seal_nwk(frame_of(number))
        for number in range(FLOOD)
    ]

    for octets in sealed:
        assert isinstance(here.open_nwk(nwk.decode(octets), octets), bytes)

    assert len(here._network_heard[0]) == COUNTED_MAX
    assert here.open_nwk(nwk.decode(sealed[-1]), sealed[-1]) is Drop.REPLAYED


def test_a_flood_of_names_pushes_out_no_member_and_no_parent() -> None:
    home = net(MEMBER)
    me = home.stacks[HUB].membership

    for number in range(FLOOD):
        home.stacks[HUB].mesh.announced(
            stranger(number), ShortAddress(0x1000 + number), home.now, polls=number % 2 == 0
        )

    assert len(me.hearsay) == HEARSAY_MAX
    assert len(me.short_of) == len(me.eui64_of) == HEARSAY_MAX + 2
    assert len(me.sleepers) <= HEARSAY_MAX
    home.packet(HUB, MEMBER, b"still known")
    assert home.payloads(MEMBER) == [b"still known"]


def test_of_many_names_at_one_address_the_first_stays_and_the_others_are_conflicts() -> None:
    home = net(MEMBER)
    me = home.stacks[HUB].membership

    for number in range(FLOOD):
        home.stacks[HUB].mesh.announced(
            stranger(number), ShortAddress(0x1000), home.now, polls=True
        )

    assert len(me.short_of) == 3
    assert list(me.sleepers) == [stranger(0)]
    assert list(me.hearsay) == [stranger(0)]


def test_who_is_placed_by_the_trust_centre_is_hearsay_no_more() -> None:
    home = net(newcomers=[NEW])
    home.stacks[HUB].mesh.announced(NEW, ShortAddress(0x1000), home.now, polls=False)
    assert NEW in home.stacks[HUB].membership.hearsay

    home.admit(NEW)
    home.begin(NEW)
    home.advance(5)

    assert home.stacks[NEW].is_joined
    assert NEW not in home.stacks[HUB].membership.hearsay


def test_a_flood_of_beacons_is_forgotten_but_for_a_few() -> None:
    home = net(newcomers=[NEW])
    home.begin(NEW)
    beacon = mac_commands.encode_beacon(
        Beacon(is_coordinator=False, permits_joining=True, extended_pan=Eui64(1), depth=3)
    )
    for number in range(FLOOD):
        frame = MacFrame(
            frame_type=FrameType.BEACON,
            sequence=0,
            payload=beacon,
            source_pan=PanId(1),
            source_short=ShortAddress(number),
        )
        home.nodes[NEW].joiner.take_beacon(frame, stranger(number))

    assert len(home.nodes[NEW].joiner._heard) == CANDIDATES_MAX


def test_the_mirror_keeps_so_many_attributes() -> None:
    clusters = HubClusters(lambda _: 0, "model", "maker")
    value = AttributeValue(DataType.UINT8, 1)
    for number in range(FLOOD):
        report = zcl_general.encode(
            ReportAttributes((Attribute(number, value),)), Direction.SERVER_TO_CLIENT, sequence=1
        )
        clusters.take_report(
            Packet(
                source=MEMBER, target=HUB, cluster=ClusterId.METERING, payload=zcl.encode(report)
            )
        )

    assert len(clusters.mirrored) == MIRRORED_MAX


@pytest.mark.parametrize("target", [HUB, BROADCAST])
def test_a_flood_of_unacknowledged_frames_is_given_up_in_time(target: Eui64) -> None:
    home = net(MEMBER, aps_acks=True)
    home.dark[HUB] = None

    for _ in range(FLOOD):
        home.send(home.stacks[MEMBER].send(Packet(MEMBER, target, 0x0702, b"x"), home.now))
    home.advance(60)

    assert home.stacks[MEMBER]._aps._pending == {}


def test_the_displays_that_wait_for_the_gas_meter_are_remembered_up_to_a_number() -> None:
    bench = home_bench(Options(capacity=3 * ASKERS_MAX))
    sender = ZclSender(PPMID, POLICY)

    for _ in range(3 * ASKERS_MAX):
        top_up = ConsumerTopUp(OriginatingDevice.IN_HOME_DISPLAY, b"1")
        packet = sender.command(
            HOME_HUB, ClusterId.PREPAYMENT, top_up, kind="x", endpoints=(1, MIRROR_ENDPOINT)
        )
        assert bench.hub.han.take(packet, Instant(0)) == []

    assert len(bench.hub.han._askers) == ASKERS_MAX
    assert bench.hub.mirror is not None
    assert len(bench.hub.mirror.waiting) == 3 * ASKERS_MAX


def test_a_full_mirror_takes_no_more_from_a_display_and_says_so() -> None:
    bench = home_bench(Options(capacity=2))
    sender = ZclSender(PPMID, POLICY)
    answers = []

    for _ in range(5):
        top_up = ConsumerTopUp(OriginatingDevice.IN_HOME_DISPLAY, b"1")
        packet = sender.command(
            HOME_HUB, ClusterId.PREPAYMENT, top_up, kind="x", endpoints=(1, MIRROR_ENDPOINT)
        )
        for told in bench.hub.han.take(packet, Instant(0)):
            assert isinstance(told, Packet)
            answers.append(zcl_general.decode(zcl.decode(told.payload)))

    assert answers == [DefaultResponse(0x04, ZclStatus.INSUFFICIENT_SPACE)] * 3
