"""A HAN's life and real captures, layer by layer: opened with the keys, and written alike again."""

import json
from pathlib import Path
from typing import Any

import pytest

from hanbench.protocol import ieee802154, ieee802154_commands
from hanbench.protocol.errors import SecurityError
from hanbench.protocol.ieee802154 import MacFrame
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.zigbee import aps, aps_commands, nwk, nwk_commands
from hanbench.protocol.zigbee.nwk import NwkFrame

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors"
GENERATED = json.loads((VECTORS / "han_frames_generated.json").read_text())
CAPTURED = json.loads((VECTORS / "captures_third_party.json").read_text())["frames"]


def key(usage: KeyUsage, text: str) -> Key:
    return Key(usage, bytes.fromhex(text), is_test_material=True)


NETWORK_KEYS = [key(KeyUsage.NETWORK, GENERATED[k]) for k in ("network_key", "network_key_2")]
LINK_KEYS = [
    key(KeyUsage.LINK, GENERATED[k]) for k in ("cbke_link_key", "tc_link_key", "app_link_key")
]

generated = pytest.mark.parametrize(
    "vector", GENERATED["frames"], ids=[vector["name"] for vector in GENERATED["frames"]]
)
captured = pytest.mark.parametrize("vector", CAPTURED, ids=[vector["name"] for vector in CAPTURED])


@generated
def test_a_frame_of_a_han_life_is_opened_and_written_alike(vector: dict[str, Any]) -> None:
    octets = bytes.fromhex(vector["frame_with_fcs"])

    check_mac(octets, vector, NETWORK_KEYS, LINK_KEYS)


@captured
def test_a_captured_frame_is_opened_and_written_alike(vector: dict[str, Any]) -> None:
    body = bytes.fromhex(vector["mac_frame_no_fcs"])
    network_key = key(KeyUsage.NETWORK, vector["network_key"])
    link_key = key(KeyUsage.LINK, vector["tc_link_key"])

    check_mac(body + ieee802154.fcs(body), vector, [network_key], [link_key])


def check_mac(octets: bytes, vector: dict[str, Any], networks: list[Key], links: list[Key]) -> None:
    frame = ieee802154.decode(octets)
    assert ieee802154.encode(frame) == octets
    match frame.frame_type:
        case ieee802154.FrameType.DATA:
            check_nwk(frame, vector, networks, links)
        case ieee802154.FrameType.COMMAND:
            command = ieee802154_commands.decode(frame.payload)
            assert ieee802154_commands.encode(command) == frame.payload
        case ieee802154.FrameType.BEACON:
            beacon = ieee802154_commands.decode_beacon(frame.payload)
            assert ieee802154_commands.encode_beacon(beacon) == frame.payload
        case ieee802154.FrameType.ACK:
            acknowledgement = ieee802154.acknowledgement(
                frame.sequence, pending=frame.frame_pending
            )
            assert acknowledgement == octets


def check_nwk(mac: MacFrame, vector: dict[str, Any], networks: list[Key], links: list[Key]) -> None:
    frame = nwk.decode(mac.payload)
    assert nwk.encode(frame) == mac.payload
    clear = frame.payload
    if frame.security is not None:
        network_key = networks[min(frame.security.key_sequence or 0, len(networks) - 1)]
        clear = nwk.unsecure(frame, mac.payload, network_key)
        open_frame = frame._replace(security=None, payload=clear)
        assert nwk.secure(open_frame, frame.security, network_key) == mac.payload
    assert clear.hex() == vector.get("nwk_payload_plain", clear.hex())
    if frame.frame_type is nwk.FrameType.COMMAND:
        assert nwk_commands.encode(nwk_commands.decode(clear)) == clear
    else:
        check_aps(clear, frame, vector, links)


def check_aps(octets: bytes, carrier: NwkFrame, vector: dict[str, Any], links: list[Key]) -> None:
    frame = aps.decode(octets)
    assert aps.encode(frame) == octets
    clear = frame.payload
    if frame.security is not None:
        source = carrier.security.source if carrier.security else None
        link_key = next(k for k in links if opens(k, frame, octets, source))
        clear = aps.unsecure(frame, octets, link_key, source)
        open_frame = frame._replace(security=None, payload=clear)
        assert aps.secure(open_frame, frame.security, link_key, source) == octets
    assert clear.hex() == vector["aps_payload_plain"]
    if frame.frame_type is aps.FrameType.COMMAND:
        assert aps_commands.encode(aps_commands.decode(clear)) == clear


def opens(link_key: Key, frame: aps.ApsFrame, octets: bytes, source: Any) -> bool:
    try:
        aps.unsecure(frame, octets, link_key, source)
    except SecurityError:
        return False
    return True
