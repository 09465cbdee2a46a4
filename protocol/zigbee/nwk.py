"""ZigBee PRO NWK frames: data and commands, relayed from hop to hop.

Source: ZigBee specification (05-3474) sections 3.3.1 (general frame format) and 4.3.1 (NWK
security). Little-endian. Each hop changes the radius and the auxiliary header, hence re-encrypts;
source, sequence and the header's EUI-64s stay.
"""

import enum
import functools
import struct
from typing import NamedTuple

import construct as c

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.ieee802154 import HEARD_AT_ONCE
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.layout import Layout
from hanbench.protocol.layout_trace import Trace
from hanbench.protocol.zigbee import security
from hanbench.protocol.zigbee.security import AuxHeader, KeyId

ALL_DEVICES = ShortAddress(0xFFFF)
ALL_LISTENING = ShortAddress(0xFFFD)
"""Broadcast to those whose receiver is on when idle."""
ALL_ROUTERS = ShortAddress(0xFFFC)
BROADCASTS_FROM = ShortAddress(0xFFF8)
"""Short addresses from here on are broadcasts (3.6.5)."""
RADIUS_MAX = 30
"""Twice the greatest depth of a ZigBee PRO network."""


class FrameType(enum.IntEnum):
    """What the payload is (3.3.1.1.1); the inter-PAN type 3 is in `interpan`."""

    DATA = 0
    COMMAND = 1


class NwkFrame(NamedTuple):
    """One NWK frame. With `security` set, `payload` is sealed: ciphertext and MIC.

    A tuple, since one is made for each frame: a third of the cost of a frozen dataclass.
    """

    frame_type: FrameType
    target: ShortAddress
    source: ShortAddress
    radius: int
    sequence: int
    payload: bytes = b""
    target_eui64: Eui64 | None = None
    source_eui64: Eui64 | None = None
    multicast: int | None = None
    relays: tuple[ShortAddress, ...] | None = None
    """The source route, the relay nearest to the target first."""
    relay_index: int | None = None
    discovers_route: bool = False
    is_end_device_initiator: bool = False
    security: AuxHeader | None = None


_VERSION = 0x003C
_PRO = 0x0008
_DISCOVER = 0x0040
_MULTICAST = 0x0100
_SECURITY = 0x0200
_SOURCE_ROUTE = 0x0400
_TARGET_EUI64 = 0x0800
_SOURCE_EUI64 = 0x1000
_END_DEVICE = 0x2000
# Types 2 and 3, forced route discovery (gone since PRO), reserved bits.
_REFUSED = 0x0002 | 0x0080 | 0xC000
_FRAME_TYPES = tuple(FrameType)

_LAYOUT = Layout(
    "nwk",
    c.Struct(
        "control" / c.Int16ul,
        "target" / c.Int16ul,
        "source" / c.Int16ul,
        "radius" / c.Int8ul,
        "sequence" / c.Int8ul,
        "target_eui64" / c.If(c.this.control & _TARGET_EUI64, c.Int64ul),
        "source_eui64" / c.If(c.this.control & _SOURCE_EUI64, c.Int64ul),
        "multicast" / c.If(c.this.control & _MULTICAST, c.Int8ul),
        "relay_count" / c.If(c.this.control & _SOURCE_ROUTE, c.Int8ul),
        "relay_index" / c.If(c.this.control & _SOURCE_ROUTE, c.Int8ul),
        "relays" / c.If(c.this.control & _SOURCE_ROUTE, c.Array(c.this.relay_count, c.Int16ul)),
        *security.aux_fields(c.this.control & _SECURITY),
        "payload" / c.GreedyBytes,
    ),
    compiled=True,
)


# The shape of nearly every frame on a HAN: sealed under the network key with an extended nonce, and
# none of the optional addresses. One `struct` reads it at a fifth of the cost.
_COMMON = struct.Struct("<HHHBBBIQB")
_COMMAND = struct.Struct("<HHHBBQBIQB")
"""The same with the EUI-64 of the originator, as commands have it."""
_COMMON_AUX = security.NETWORK_AUX
_UNCOMMON = _MULTICAST | _SOURCE_ROUTE | _TARGET_EUI64


@functools.lru_cache(maxsize=HEARD_AT_ONCE)
def decode(data: bytes) -> NwkFrame:
    """Read one frame; raise `DecodeError`. A secured payload stays sealed: see `unsecure`."""
    return _decode_common(data) or _decode_any(data)


def _decode_common(data: bytes) -> NwkFrame | None:
    if len(data) < _COMMAND.size:
        return None
    shape, source_eui64 = _COMMON, None
    if data[1] << 8 & _SOURCE_EUI64:
        shape = _COMMAND
        control, target, source, radius, sequence, source_eui64, *sealing = shape.unpack_from(data)
    else:
        control, target, source, radius, sequence, *sealing = shape.unpack_from(data)
    aux, counter, protector, key_sequence = sealing
    if aux != _COMMON_AUX or control & _UNCOMMON or not control & _SECURITY:
        return None
    frame_type, discovers_route, is_end_device_initiator = _read_control(control)
    return NwkFrame(
        frame_type=frame_type,
        target=target,
        source=source,
        radius=radius,
        sequence=sequence,
        payload=data[shape.size :],
        source_eui64=source_eui64,
        discovers_route=discovers_route,
        is_end_device_initiator=is_end_device_initiator,
        security=AuxHeader(
            key_id=KeyId.NETWORK,
            frame_counter=counter,
            source=protector,
            key_sequence=key_sequence,
        ),
    )


def _decode_any(data: bytes) -> NwkFrame:
    raw = _LAYOUT.decode(data)
    frame_type, discovers_route, is_end_device_initiator = _read_control(raw["control"])
    relays = raw["relays"]
    return NwkFrame(
        frame_type=frame_type,
        target=raw["target"],
        source=raw["source"],
        radius=raw["radius"],
        sequence=raw["sequence"],
        payload=raw["payload"],
        target_eui64=raw["target_eui64"],
        source_eui64=raw["source_eui64"],
        multicast=raw["multicast"],
        relays=None if relays is None else tuple(relays),
        relay_index=raw["relay_index"],
        discovers_route=discovers_route,
        is_end_device_initiator=is_end_device_initiator,
        security=security.read_aux(raw),
    )


def encode(frame: NwkFrame) -> bytes:
    """Write one frame as it stands, sealed or never secured; raise `EncodeError`."""
    return _encode(frame, frame.security, frame.payload)


def secure(frame: NwkFrame, aux: AuxHeader, key: Key) -> bytes:
    """Write a frame that is in clear with its payload sealed under the network key.

    Raises:
        EncodeError: the frame is sealed already, or a number does not fit.
        SecurityError: the key is not a network key, or `aux` does not say who protects.
    """
    if frame.security is not None:
        raise EncodeError("nwk: the frame is sealed already")
    header = _encode(frame, aux, b"")
    return header + security.seal(key.require(KeyUsage.NETWORK), aux, header, frame.payload)


def unsecure(frame: NwkFrame, data: bytes, key: Key) -> bytes:
    """Return the payload in clear of a secured frame that was decoded from `data`.

    Raises:
        SecurityError: the MIC does not hold, or the key is not a network key.
    """
    assert frame.security is not None, "only a secured frame can be unsecured"
    header = data[: len(data) - len(frame.payload)]
    return security.unseal(key.require(KeyUsage.NETWORK), frame.security, header, frame.payload)


def is_broadcast(address: ShortAddress) -> bool:
    """Say whether a short address names a group of devices."""
    return address >= BROADCASTS_FROM


@functools.cache
def _read_control(control: int) -> tuple[FrameType, bool, bool]:
    if control & _VERSION != _PRO:
        raise DecodeError(f"{control:#06x} is not protocol version 2", field="nwk.control")
    if control & _REFUSED:
        raise DecodeError(f"{control:#06x} has reserved bits set", field="nwk.control")
    return (_FRAME_TYPES[control & 1], control & _DISCOVER != 0, control & _END_DEVICE != 0)


def _encode(frame: NwkFrame, aux: AuxHeader | None, payload: bytes) -> bytes:
    return _encode_common(frame, aux, payload) or _encode_any(frame, aux, payload)


def _encode_common(frame: NwkFrame, aux: AuxHeader | None, payload: bytes) -> bytes | None:
    if aux is None or aux.key_id is not KeyId.NETWORK or aux.requires_verified_counter:
        return None
    if aux.source is None or aux.key_sequence is None or frame.relay_index is not None:
        return None
    control = _control(frame, aux)
    if control & _UNCOMMON:
        return None
    start = (control, frame.target, frame.source, frame.radius, frame.sequence)
    sealing = (_COMMON_AUX, aux.frame_counter, aux.source, aux.key_sequence)
    try:
        if frame.source_eui64 is not None:
            return _COMMAND.pack(*start, frame.source_eui64, *sealing) + payload
        return _COMMON.pack(*start, *sealing) + payload
    except struct.error:
        return None  # the layout says which field does not fit


def _encode_any(frame: NwkFrame, aux: AuxHeader | None, payload: bytes) -> bytes:
    relays = frame.relays
    if (relays is None) != (frame.relay_index is None):
        raise EncodeError("nwk.relay_index: stands with a source route, and only there")
    return _LAYOUT.encode(
        {
            "control": _control(frame, aux),
            "target": frame.target,
            "source": frame.source,
            "radius": frame.radius,
            "sequence": frame.sequence,
            "target_eui64": frame.target_eui64,
            "source_eui64": frame.source_eui64,
            "multicast": frame.multicast,
            "relay_count": None if relays is None else len(relays),
            "relay_index": frame.relay_index,
            "relays": relays,
            **security.aux_values(aux),
            "payload": payload,
        }
    )


def _control(frame: NwkFrame, aux: AuxHeader | None) -> int:
    return (
        _PRO
        | frame.frame_type
        | (_DISCOVER if frame.discovers_route else 0)
        | (_MULTICAST if frame.multicast is not None else 0)
        | (_SECURITY if aux is not None else 0)
        | (_SOURCE_ROUTE if frame.relays is not None else 0)
        | (_TARGET_EUI64 if frame.target_eui64 is not None else 0)
        | (_SOURCE_EUI64 if frame.source_eui64 is not None else 0)
        | (_END_DEVICE if frame.is_end_device_initiator else 0)
    )


def trace(data: bytes) -> Trace:
    """Say where each field of a frame lies, as far as it can be read."""
    return _LAYOUT.trace(data)
