"""Specimens of MAC, NWK and APS frames: headers and commands as the strategies of their tests draw
them, and frames under each kind of key.
"""

import itertools
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.foreign.readings import Keys
from tests.protocol import test_aps, test_ieee802154_commands, test_nwk
from tests.protocol.test_zigbee_commands import network_commands, trust_centre_commands

from hanbench.harness.captures.writing import KeyChange, LinkKey
from hanbench.protocol import ieee802154, ieee802154_commands
from hanbench.protocol.errors import EncodeError
from hanbench.protocol.identifiers import Eui64, PanId, ShortAddress
from hanbench.protocol.ieee802154 import FrameType, MacFrame
from hanbench.protocol.keys import KeyUsage, derive_test_key
from hanbench.protocol.zigbee import aps, aps_commands, interpan, nwk, nwk_commands, zcl
from hanbench.protocol.zigbee.aps import ApsFrame
from hanbench.protocol.zigbee.clusters import price
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.interpan import InterPanFrame
from hanbench.protocol.zigbee.nwk import NwkFrame
from hanbench.protocol.zigbee.security import AuxHeader, KeyId
from hanbench.protocol.zigbee.zcl import Direction

PAN, HERE, THERE, LONG = PanId(0x5342), ShortAddress(0), ShortAddress(1), Eui64(0xDB1234567890A1)
OF_EACH = 60
"""How many of each kind are drawn: enough to set and clear every flag of them."""
CENTRE, CENTRE_SHORT, KEY_SEQUENCE = Eui64(0xDB1234567890A2), ShortAddress(0x4321), 3
NETWORK_KEY = derive_test_key("specimens", KeyUsage.NETWORK)
LINK_KEY = derive_test_key("specimens", KeyUsage.LINK)


def drawn(strategy: st.SearchStrategy[Any]) -> list[Any]:
    """Draw from a strategy, the same ones each time (`tests/conftest.py`)."""
    found: list[Any] = []

    @settings(max_examples=OF_EACH, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(one: Any) -> None:
        found.append(one)

    collect()
    return found


def mac() -> Iterator[bytes]:
    for command in drawn(test_ieee802154_commands.messages):
        yield ieee802154.encode(_around(command))
    for beacon in drawn(test_ieee802154_commands.beacons):
        yield ieee802154.encode(
            MacFrame(
                frame_type=FrameType.BEACON,
                sequence=1,
                source_pan=PAN,
                source_short=HERE,
                payload=ieee802154_commands.encode_beacon(beacon),
            )
        )
    yield ieee802154.acknowledgement(7)
    yield ieee802154.acknowledgement(8, pending=True)


def _around(command: ieee802154_commands.MacCommand) -> MacFrame:
    """Put a command into a frame with the addresses that 802.15.4 wants there (5.3)."""
    frame = MacFrame(
        frame_type=FrameType.COMMAND,
        sequence=2,
        target_pan=PAN,
        target_short=HERE,
        payload=ieee802154_commands.encode(command),
    )
    match command:
        case ieee802154_commands.AssociationRequest():
            anywhere = ieee802154.BROADCAST_PAN
            return frame._replace(source_pan=anywhere, source_eui64=LONG, ack_request=True)
        case ieee802154_commands.AssociationResponse():
            return frame._replace(target_short=None, target_eui64=LONG, source_eui64=LONG + 1)
        case ieee802154_commands.DataRequest():
            return frame._replace(source_short=THERE, version=1)
        case _:
            anywhere, anybody = ieee802154.BROADCAST_PAN, ieee802154.BROADCAST_SHORT
            return frame._replace(target_pan=anywhere, target_short=anybody)


def on_the_air(payload: bytes, source: ShortAddress = HERE) -> bytes:
    """Return a NWK frame in a MAC frame."""
    return ieee802154.encode(
        MacFrame(
            frame_type=FrameType.DATA,
            sequence=0,
            target_pan=PAN,
            target_short=THERE,
            source_short=source,
            payload=payload,
        )
    )


def network() -> Iterator[bytes]:
    commands = drawn(network_commands)
    for number, header in enumerate(drawn(test_nwk.open_frames)):
        command = nwk_commands.encode(commands[number % len(commands)])
        frame = header._replace(frame_type=nwk.FrameType.COMMAND, payload=command)
        yield from _fitting(nwk.encode(frame))
    for command in (*commands, *_of_several()):
        yield from _fitting(nwk.encode(_network_frame(nwk.FrameType.COMMAND, command)))


def _of_several() -> Iterator[nwk_commands.NwkCommand]:
    """The commands that say several of one thing, which are seldom drawn."""
    links = (nwk_commands.Link(THERE, 1, 2), nwk_commands.Link(HERE, 3, 7))
    for is_first, is_last in ((True, False), (False, True)):
        yield nwk_commands.LinkStatus(links=links, is_first=is_first, is_last=is_last)
    for octet in (0x55, 0xAA):
        yield nwk_commands.RejoinRequest(octet)
        yield nwk_commands.EndDeviceTimeoutResponse(octet, octet)
    yield nwk_commands.RouteRecord(())
    yield nwk_commands.RouteRecord((HERE, THERE))
    yield nwk_commands.NetworkReport(LONG, (PAN, PanId(1)))


def _network_frame(kind: nwk.FrameType, command: Any) -> NwkFrame:
    payload = command if isinstance(command, bytes) else nwk_commands.encode(command)
    return NwkFrame(
        frame_type=kind,
        target=THERE,
        source=HERE,
        radius=1,
        sequence=0,
        payload=payload,
    )


def _fitting(payload: bytes) -> Iterator[bytes]:
    try:
        yield on_the_air(payload)
    except EncodeError:
        return  # more than 127 octets


def in_network(payload: bytes) -> bytes:
    """Return an APS frame in all that is around it on the air."""
    return on_the_air(nwk.encode(_network_frame(nwk.FrameType.DATA, payload)))


def application() -> Iterator[bytes]:
    partner = aps_commands.TransportApplicationLinkKey
    commands = [
        *drawn(trust_centre_commands),
        _tunnel(),
        *(partner(key=bytes(16), partner=LONG, is_initiator=one) for one in (False, True)),
    ]
    for number, header in enumerate(drawn(test_aps.frames(st.none()))):
        is_command = header.frame_type is aps.FrameType.COMMAND
        if is_command:
            payload = aps_commands.encode(commands[number % len(commands)])
        elif header.frame_type is aps.FrameType.DATA:
            continue  # what it holds hangs on its cluster: those are below
        else:
            payload = b""
        # The trust centre's commands are in one frame each.
        fragment = None if is_command else header.fragment
        yield in_network(aps.encode(header._replace(payload=payload, fragment=fragment)))
    for command in commands:
        frame = ApsFrame(aps.FrameType.COMMAND, 1, aps_commands.encode(command))
        yield in_network(aps.encode(frame))
    for delivery in aps.Delivery:
        is_group = delivery is aps.Delivery.GROUP
        frame = data_frame(ClusterId.METERING, zcl.encode(_asking(b"\x00\x00\x00")))
        aimed = {"target_endpoint": None, "group": 0x0102} if is_group else {}
        yield in_network(aps.encode(frame._replace(delivery=delivery, **aimed)))


def _tunnel() -> aps_commands.Tunnel:
    switch = aps_commands.encode(aps_commands.SwitchKey(1))
    inner = aps.encode(ApsFrame(aps.FrameType.COMMAND, 2, switch))
    return aps_commands.Tunnel(test_aps.LINK_AUX.source, inner)


def data_frame(cluster: int, payload: bytes, profile: int = 0x0109) -> ApsFrame:
    """Return an APS frame from endpoint to endpoint."""
    endpoint = 0 if profile == 0 else 1
    return ApsFrame(
        frame_type=aps.FrameType.DATA,
        counter=0,
        target_endpoint=endpoint,
        source_endpoint=endpoint,
        cluster=cluster,
        profile=profile,
        payload=payload,
    )


def _asking(octets: bytes) -> zcl.ZclFrame:
    return zcl.ZclFrame(zcl.FrameType.GENERAL, Direction.CLIENT_TO_SERVER, 5, octets[0], octets[1:])


def inter_pan() -> Iterator[bytes]:
    """What a device outside the network asks one inside."""
    asked = price.COMMANDS.encode(price.GetCurrentPrice(options=1), sequence=3)
    for delivery in aps.Delivery:
        message = InterPanFrame(
            cluster=ClusterId.PRICE,
            profile=0x0109,
            payload=zcl.encode(asked),
            delivery=delivery,
            group=0x0102 if delivery is aps.Delivery.GROUP else None,
        )
        yield ieee802154.encode(
            MacFrame(
                frame_type=FrameType.DATA,
                sequence=4,
                target_pan=PAN,
                target_short=THERE,
                source_pan=PanId(0x1234),
                source_eui64=LONG,
                payload=interpan.encode(message),
            )
        )


def sealed() -> Iterator[bytes]:
    """The keys in clear, and frames under them: each key id, and one that does not say whose."""
    learnt = [
        aps_commands.TransportNetworkKey(
            key=NETWORK_KEY.value, key_sequence=KEY_SEQUENCE, target=Eui64(0), source=Eui64(0)
        ),
        aps_commands.TransportTrustCentreLinkKey(key=LINK_KEY.value, target=LONG, source=CENTRE),
    ]
    for command in learnt:
        told = ApsFrame(aps.FrameType.COMMAND, 1, aps_commands.encode(command))
        yield in_network(aps.encode(told))
    switch = ApsFrame(aps.FrameType.COMMAND, 2, aps_commands.encode(aps_commands.SwitchKey(1)))
    asked = data_frame(ClusterId.METERING, zcl.encode(_asking(b"\x00\x00\x00")))
    counter = itertools.count(1)
    sealing = [(switch, key_id, CENTRE) for key_id in KeyId if key_id is not KeyId.NETWORK]
    for frame, key_id, source in (*sealing, (asked, KeyId.LINK, CENTRE), (asked, KeyId.LINK, None)):
        aux = AuxHeader(key_id=key_id, frame_counter=next(counter), source=source)
        yield _under_the_network_key(aps.secure(frame, aux, LINK_KEY, CENTRE), counter)


def _under_the_network_key(payload: bytes, counter: Iterator[int]) -> bytes:
    aux = AuxHeader(
        key_id=KeyId.NETWORK, frame_counter=next(counter), source=CENTRE, key_sequence=KEY_SEQUENCE
    )
    # Who sends what does not say so tshark knows from the NWK header.
    frame = _network_frame(nwk.FrameType.DATA, payload)
    frame = frame._replace(source=CENTRE_SHORT, source_eui64=CENTRE)
    return on_the_air(nwk.secure(frame, aux, NETWORK_KEY), CENTRE_SHORT)


def keys() -> Keys:
    """Return the keys of the frames that are not in clear."""
    known = Keys()
    link = LinkKey(LONG, CENTRE, LINK_KEY)
    known.learn(
        KeyChange(at_us=0, network_key=NETWORK_KEY, key_sequence=KEY_SEQUENCE, link_keys=(link,))
    )
    return known
