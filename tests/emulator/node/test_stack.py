"""The stack of a node, alone and in pairs: frames handed over by hand, no medium between."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.emulator.device import BROADCAST, Packet, Transmission
from hanbench.emulator.fates import Cause, Leg
from hanbench.emulator.instant import START
from hanbench.emulator.node.stack import (
    SECURED_PAYLOAD_OCTETS_MAX,
    UNSECURED_PAYLOAD_OCTETS_MAX,
    Address,
    Counters,
    Drop,
    Neighbourhood,
    PlainStack,
    Received,
    ZigbeeStack,
)
from hanbench.protocol import ieee802154
from hanbench.protocol.ieee802154 import MacFrame
from hanbench.protocol.keys import KeyUsage, derive_test_key
from hanbench.protocol.zigbee import aps, nwk, nwk_commands
from hanbench.protocol.zigbee.aps import ApsFrame, Fragment, Part
from hanbench.protocol.zigbee.nwk import NwkFrame
from hanbench.protocol.zigbee.security import AuxHeader, KeyId

HUB, ESME, REPEATER, IHD, STRANGER = 0x01, 0x02, 0x03, 0x04, 0x99
NETWORK_KEY = derive_test_key("stack", KeyUsage.NETWORK)
LINK_KEYS = {
    (a, b): derive_test_key("stack", KeyUsage.LINK, min(a, b), max(a, b))
    for a in (HUB, ESME, REPEATER, IHD)
    for b in (HUB, ESME, REPEATER, IHD)
    if a != b
}
# The IHD is out of the hub's reach: the repeater stands between.
HOME = Neighbourhood(
    pan=0x5342,
    extended_pan=0x77,
    trust_centre=HUB,
    addresses=(
        Address(name="hub", eui64=HUB, short=0x0000),
        Address(name="esme", eui64=ESME, short=0x6E1C),
        Address(name="repeater", eui64=REPEATER, short=0x2B5D),
        Address(name="ihd", eui64=IHD, short=0x1234),
    ),
    network_key=NETWORK_KEY,
    next_hops={(HUB, IHD): REPEATER, (IHD, HUB): REPEATER},
    routers=(HUB, REPEATER),
)
CAUSE = Cause("esme", 7, Leg.REQUEST)


def zigbee(me: int, *, aps_acks: bool = False, home: Neighbourhood = HOME) -> ZigbeeStack:
    link_keys = {peer: key for (a, peer), key in LINK_KEYS.items() if a == me}
    return ZigbeeStack(me, home, link_keys, aps_acks=aps_acks)


def packet(source: int, target: int, payload: bytes = b"reading") -> Packet:
    return Packet(
        source=source,
        target=target,
        cluster=0x0702,
        payload=payload,
        target_endpoint=3,
        frame_kind="report",
        cause=CAUSE,
    )


def only(transmissions: list[Transmission] | tuple[Transmission, ...]) -> Transmission:
    assert len(transmissions) == 1
    return transmissions[0]


def from_neighbour(
    payload: bytes, *, source: int = 0x6E1C, counter: int = 100, sequence: int = 50
) -> Transmission:
    """Return a frame to the hub, well sealed under the network key, with any NWK payload."""
    frame = NwkFrame(
        frame_type=nwk.FrameType.DATA,
        target=0,
        source=source,
        radius=30,
        sequence=sequence,
        payload=payload,
    )
    aux = AuxHeader(key_id=KeyId.NETWORK, frame_counter=counter, source=ESME, key_sequence=0)
    return on_air(nwk.secure(frame, aux, NETWORK_KEY))


def on_air(mac_payload: bytes) -> Transmission:
    mac = MacFrame(
        frame_type=ieee802154.FrameType.DATA,
        sequence=1,
        payload=mac_payload,
        target_pan=HOME.pan,
        target_short=0,
        source_short=0x6E1C,
    )
    return raw(ieee802154.encode(mac))


def raw(octets: bytes) -> Transmission:
    return Transmission(sender=ESME, receiver=HUB, frame=octets, frame_kind="report")


@pytest.mark.parametrize("is_secured", [True, False])
def test_a_packet_arrives_as_it_was_sent(is_secured: bool) -> None:
    sent = packet(ESME, HUB)._replace(is_secured=is_secured)

    transmission = only(zigbee(ESME).send(sent, START))

    assert transmission.receiver == HUB
    assert zigbee(HUB).receive(transmission, START) == Received((sent,))


def test_a_frame_kind_given_at_sending_goes_with_the_frame() -> None:
    transmission = only(zigbee(ESME).send(packet(ESME, HUB), START, frame_kind="tunnel"))

    assert transmission.frame_kind == "tunnel"
    assert zigbee(HUB).receive(transmission, START).packets[0].frame_kind == "tunnel"


def test_nothing_of_a_payload_is_readable_on_the_air() -> None:
    transmission = only(zigbee(ESME).send(packet(ESME, HUB, b"meter reading 123"), START))

    assert b"meter" not in transmission.frame


@pytest.mark.parametrize(
    ("is_secured", "octets_max"),
    [(True, SECURED_PAYLOAD_OCTETS_MAX), (False, UNSECURED_PAYLOAD_OCTETS_MAX)],
)
def test_the_longest_payload_fills_a_frame_and_one_octet_more_goes_in_blocks(
    is_secured: bool, octets_max: int
) -> None:
    longest = packet(ESME, HUB, bytes(octets_max))._replace(is_secured=is_secured)
    longer = longest._replace(payload=bytes(octets_max + 1))

    assert len(only(zigbee(ESME).send(longest, START)).frame) == ieee802154.FRAME_OCTETS_MAX
    first = only(zigbee(ESME).send(longer, START))
    received = zigbee(HUB).receive(first, START)
    assert received.packets == ()
    assert only(received.forward).frame_kind == "aps-ack"


def test_a_repeater_seals_anew_and_keeps_the_source_and_sequence() -> None:
    repeater, ihd = zigbee(REPEATER), zigbee(IHD)
    sent = packet(HUB, IHD)
    first = only(zigbee(HUB).send(sent, START))

    onward = only(repeater.receive(first, START).forward)

    before, after = (nwk.decode(ieee802154.decode(t.frame).payload) for t in (first, onward))
    assert (after.source, after.sequence, after.target) == (
        before.source,
        before.sequence,
        before.target,
    )
    assert after.radius == before.radius - 1
    assert before.security is not None
    assert after.security is not None
    assert (before.security.source, after.security.source) == (HUB, REPEATER)
    assert before.payload != after.payload
    assert (onward.sender, onward.receiver, onward.cause) == (REPEATER, IHD, CAUSE)
    assert ihd.receive(onward, START) == Received((sent,))
    assert repeater.counters.relayed == 1


def test_a_frame_heard_twice_is_used_once() -> None:
    hub = zigbee(HUB)
    transmission = only(zigbee(ESME).send(packet(ESME, HUB), START))
    hub.receive(transmission, START)

    assert hub.receive(transmission, START) == Received()
    assert hub.counters.dropped == {Drop.REPLAYED: 1}


def test_an_older_frame_that_was_overtaken_is_dropped() -> None:
    esme, hub = zigbee(ESME), zigbee(HUB)
    older = only(esme.send(packet(ESME, HUB), START))
    newer = only(esme.send(packet(ESME, HUB), START))
    hub.receive(newer, START)

    assert hub.receive(older, START) == Received()
    assert hub.counters.dropped == {Drop.REPLAYED: 1}


def test_the_link_counter_is_checked_beneath_the_network_counter() -> None:
    hub = zigbee(HUB)
    message = ApsFrame(
        frame_type=aps.FrameType.DATA,
        counter=1,
        target_endpoint=1,
        cluster=0x0702,
        profile=0x0109,
        source_endpoint=1,
    )
    aux = AuxHeader(key_id=KeyId.LINK, frame_counter=5, source=ESME)
    sealed = aps.secure(message, aux, LINK_KEYS[HUB, ESME])
    hub.receive(from_neighbour(sealed), START)

    hub.receive(from_neighbour(sealed, counter=101, sequence=51), START)

    assert hub.counters.received == 1
    assert hub.counters.dropped == {Drop.REPLAYED: 1}


def test_the_same_frame_by_way_of_another_neighbour_is_a_duplicate() -> None:
    hub = zigbee(HUB)
    ack = aps.encode(ApsFrame(frame_type=aps.FrameType.ACK, counter=1))
    hub.receive(from_neighbour(ack), START)

    hub.receive(from_neighbour(ack, counter=101), START)

    assert hub.counters.dropped == {Drop.DUPLICATE: 1}


@pytest.mark.parametrize("hub_restarts_too", [False, True])
def test_a_node_that_restarted_repeats_no_counter_and_is_understood(
    hub_restarts_too: bool,
) -> None:
    esme, hub = zigbee(ESME), zigbee(HUB)
    hub.receive(only(esme.send(packet(ESME, HUB), START)), START)

    esme.restart(START)
    if hub_restarts_too:
        hub.restart(START)

    sent = packet(ESME, HUB, b"again")
    assert hub.receive(only(esme.send(sent, START)), START) == Received((sent,))
    assert hub.counters.dropped == {}


def plain_nwk(target: int = 0) -> NwkFrame:
    return NwkFrame(
        frame_type=nwk.FrameType.DATA, target=target, source=0x6E1C, radius=1, sequence=9
    )


def sealed_nwk(frame: NwkFrame, **aux: int | None) -> bytes:
    values = {"frame_counter": 100, "source": ESME, "key_sequence": 0} | aux
    return nwk.secure(frame, AuxHeader(key_id=KeyId.NETWORK, **values), NETWORK_KEY)


def in_fragments() -> bytes:
    return aps.encode(
        ApsFrame(frame_type=aps.FrameType.COMMAND, counter=1, fragment=Fragment(Part.FIRST, 2))
    )


def under_another_key(key_id: KeyId, seed: str) -> bytes:
    frame = ApsFrame(frame_type=aps.FrameType.COMMAND, counter=1)
    usage = KeyUsage.NETWORK if key_id is KeyId.NETWORK else KeyUsage.LINK
    aux = AuxHeader(
        key_id=key_id,
        frame_counter=1,
        source=ESME,
        key_sequence=0 if key_id is KeyId.NETWORK else None,
    )
    return aps.secure(frame, aux, derive_test_key(seed, usage))


UNUSABLE = {
    "damaged on the air": (raw(b"\x61\x88" + bytes(9)), Drop.BAD_FCS),
    "half a mac header": (raw(b"\x61" + ieee802154.fcs(b"\x61")), Drop.MALFORMED),
    "a mac acknowledgement": (raw(ieee802154.acknowledgement(1)), Drop.NOT_FOR_US),
    "no nwk frame": (on_air(b"\x00"), Drop.MALFORMED),
    "not secured": (on_air(nwk.encode(plain_nwk())), Drop.NOT_SECURED),
    "another network key": (
        on_air(sealed_nwk(plain_nwk(), key_sequence=1)),
        Drop.UNKNOWN_KEY,
    ),
    "nobody knows who sealed it": (
        on_air(
            nwk.encode(
                plain_nwk()._replace(
                    security=AuxHeader(key_id=KeyId.NETWORK, frame_counter=1, key_sequence=0),
                )
            )
        ),
        Drop.UNKNOWN_KEY,
    ),
    "a mic that does not hold": (
        on_air(sealed_nwk(plain_nwk())[:-1] + b"\x00"),
        Drop.BAD_MIC,
    ),
    "the radius is spent": (on_air(sealed_nwk(plain_nwk(0x1234))), Drop.RADIUS_SPENT),
    "an unknown target that is not to be sought": (
        on_air(sealed_nwk(plain_nwk(0x4321)._replace(radius=9, source=0x7777))),
        Drop.NO_ROUTE,
    ),
    "an unknown source": (from_neighbour(b"", source=0x4321), Drop.UNKNOWN_ADDRESS),
    "no aps frame": (from_neighbour(b"\x03"), Drop.MALFORMED),
    "an aps fragment": (from_neighbour(in_fragments()), Drop.UNSUPPORTED),
    "another link key": (
        from_neighbour(under_another_key(KeyId.LINK, "other")),
        Drop.BAD_MIC,
    ),
    "aps under the network key": (
        from_neighbour(under_another_key(KeyId.NETWORK, "stack")),
        Drop.UNKNOWN_KEY,
    ),
}


@pytest.mark.parametrize(("transmission", "reason"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_frame_that_cannot_be_used_is_dropped_and_counted(
    transmission: Transmission, reason: Drop
) -> None:
    hub = zigbee(HUB)

    assert hub.receive(transmission, START) == Received()
    assert hub.counters.dropped == {reason: 1}
    assert hub.counters.received == 0


@given(st.binary(max_size=127), st.booleans())
def test_no_octets_whatever_upset_a_stack(data: bytes, has_fcs: bool) -> None:
    octets = data[:125] + ieee802154.fcs(data[:125]) if has_fcs else data
    hub = zigbee(HUB)

    assert hub.receive(raw(octets), START) == Received()
    # A well-formed MAC command is taken, and nothing follows from it here.
    assert sum(hub.counters.dropped.values()) + hub.counters.received == 1


def test_a_frame_for_another_pan_is_not_ours() -> None:
    elsewhere = dataclasses.replace(HOME, pan=0x1111)
    hub = zigbee(HUB)

    hub.receive(only(zigbee(ESME, home=elsewhere).send(packet(ESME, HUB), START)), START)

    assert hub.counters.dropped == {Drop.NOT_FOR_US: 1}


def test_who_is_no_router_does_not_relay() -> None:
    esme = zigbee(ESME)
    stray = dataclasses.replace(HOME, next_hops={(HUB, IHD): ESME})

    assert (
        esme.receive(only(zigbee(HUB, home=stray).send(packet(HUB, IHD), START)), START)
        == Received()
    )
    assert esme.counters.dropped == {Drop.NOT_FOR_US: 1}


def test_a_packet_for_a_stranger_is_dropped_and_counted() -> None:
    esme = zigbee(ESME)

    assert esme.send(packet(ESME, STRANGER), START) == []
    assert esme.counters.dropped == {Drop.UNKNOWN_ADDRESS: 1}


def test_without_a_link_key_nothing_secured_is_sent_or_taken() -> None:
    esme = ZigbeeStack(ESME, HOME, {})
    hub = zigbee(HUB)

    assert esme.send(packet(ESME, HUB), START) == []
    assert esme.receive(only(hub.send(packet(HUB, ESME), START)), START) == Received()
    assert esme.counters.dropped == {Drop.UNKNOWN_KEY: 2}


def test_a_broadcast_reaches_those_in_range_and_routers_pass_it_on_once() -> None:
    hub, repeater, esme, ihd = zigbee(HUB), zigbee(REPEATER), zigbee(ESME), zigbee(IHD)
    sent = packet(HUB, BROADCAST)._replace(is_secured=False)
    first = only(hub.send(sent, START))

    at_repeater = repeater.receive(first, START)
    onward = only(at_repeater.forward)

    assert first.receiver is None
    assert at_repeater.packets == (sent,)
    assert esme.receive(first, START) == Received((sent,))
    assert ihd.receive(onward, START) == Received((sent,))
    assert esme.receive(onward, START) == Received()
    assert hub.receive(onward, START) == Received()
    assert esme.counters.dropped == hub.counters.dropped == {Drop.DUPLICATE: 1}


def test_a_link_status_names_the_routers_heard_and_is_not_passed_on() -> None:
    hub, repeater = zigbee(HUB), zigbee(REPEATER)
    transmission = only(repeater.link_status(START))

    assert hub.receive(transmission, START) == Received()
    frame = nwk.decode(ieee802154.decode(transmission.frame).payload)
    clear = nwk.unsecure(frame, ieee802154.decode(transmission.frame).payload, NETWORK_KEY)
    assert nwk_commands.decode(clear) == nwk_commands.LinkStatus(
        links=(nwk_commands.Link(0x0000, 1, 1),)
    )
    assert transmission.frame_kind == "link-status"
    assert hub.counters == Counters(received=1)


def test_only_routers_tell_their_links() -> None:
    assert zigbee(ESME).link_status(START) == []


@pytest.mark.parametrize("is_secured", [True, False])
def test_an_aps_ack_is_returned_for_a_packet_that_asks_for_one(is_secured: bool) -> None:
    esme, hub = zigbee(ESME, aps_acks=True), zigbee(HUB)
    sent = packet(ESME, HUB)._replace(is_secured=is_secured)

    received = hub.receive(only(esme.send(sent, START)), START)
    ack = only(received.forward)

    assert received.packets == (sent,)
    assert (ack.receiver, ack.frame_kind, ack.cause) == (ESME, "aps-ack", None)
    assert esme.receive(ack, START) == Received()
    assert esme.counters.received == 1


def plain(me: int) -> PlainStack:
    return PlainStack(me, HOME)


def test_without_frames_a_packet_takes_the_same_hops() -> None:
    sent = packet(HUB, IHD)
    first = only(plain(HUB).send(sent, START, frame_kind="tunnel"))

    onward = only(plain(REPEATER).receive(first, START).forward)

    assert (first.receiver, first.frame) == (REPEATER, b"")
    assert (onward.receiver, onward.cause) == (IHD, CAUSE)
    arrived = sent._replace(frame_kind="tunnel")
    assert plain(IHD).receive(onward, START) == Received((arrived,))


def test_without_frames_a_broadcast_is_passed_on_to_those_out_of_range() -> None:
    sent = packet(HUB, BROADCAST)
    first = only(plain(HUB).send(sent, START))

    at_repeater = plain(REPEATER).receive(first, START)
    onward = only(at_repeater.forward)

    assert (first.receiver, onward.receiver) == (None, IHD)
    assert plain(IHD).receive(onward, START) == Received((sent,))
    assert plain(ESME).receive(first, START) == Received((sent,))


def test_without_frames_what_cannot_be_carried_is_counted_too() -> None:
    esme = plain(ESME)
    stray = only(plain(HUB).send(packet(HUB, IHD), START))

    assert esme.send(packet(ESME, STRANGER), START) == []
    assert esme.receive(stray, START) == Received()
    assert esme.receive(stray._replace(packet=None), START) == Received()
    assert esme.counters.dropped == {
        Drop.UNKNOWN_ADDRESS: 1,
        Drop.NOT_FOR_US: 1,
        Drop.MALFORMED: 1,
    }
    esme.restart(START)
    assert esme.link_status(START) == []
