"""ZigBee APS frames: data between endpoints, acknowledgements, and commands of the trust centre.

Source: ZigBee specification (05-3474) sections 2.2.5 (frame formats) and 4.4.1 (APS security).
Little-endian. A secured frame names its key by a key id; the two derived keys are `mmo`'s.
"""

import enum
import functools
import struct
from dataclasses import dataclass
from typing import NamedTuple

import construct as c

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.layout import Layout
from hanbench.protocol.layout_trace import Trace
from hanbench.protocol.zigbee import mmo, security
from hanbench.protocol.zigbee.security import AuxHeader, KeyId


class FrameType(enum.IntEnum):
    """What the payload is (2.2.5.1.1.1); the inter-PAN type 3 is in `interpan`."""

    DATA = 0
    COMMAND = 1
    ACK = 2


class Delivery(enum.IntEnum):
    """Whom the frame is for (2.2.5.1.1.2)."""

    UNICAST = 0
    BROADCAST = 2
    GROUP = 3


class Part(enum.IntEnum):
    """Which fragment an extended header announces (2.2.5.1.8.1)."""

    FIRST = 1
    LATER = 2


@dataclass(frozen=True, slots=True)
class Fragment:
    """The extended header of a fragmented frame, or of the acknowledgement of its blocks."""

    part: Part
    block: int
    """The number of blocks in the first, the index of the block in later ones."""
    ack_bitmap: int | None = None
    """In an acknowledgement alone: which blocks of the window have arrived."""


class ApsFrame(NamedTuple):
    """One APS frame. With `security` set, `payload` is sealed: ciphertext and MIC.

    A tuple, since one is made for each frame: a third of the cost of a frozen dataclass.
    """

    frame_type: FrameType
    counter: int
    payload: bytes = b""
    delivery: Delivery = Delivery.UNICAST
    target_endpoint: int | None = None
    group: int | None = None
    """Stands in for the target endpoint with `Delivery.GROUP`."""
    cluster: int | None = None
    """None for a command, and for the acknowledgement of a command: they have no addressing."""
    profile: int | None = None
    source_endpoint: int | None = None
    ack_request: bool = False
    fragment: Fragment | None = None
    security: AuxHeader | None = None


_TYPE = 0x03
_DELIVERY_SHIFT = 2
_GROUP = Delivery.GROUP << _DELIVERY_SHIFT
_ACK_FORMAT = 0x10
_SECURITY = 0x20
_ACK_REQUEST = 0x40
_EXTENDED = 0x80

_is_addressed = (c.this.control & (_ACK_FORMAT | FrameType.COMMAND)) == 0
_LAYOUT = Layout(
    "aps",
    c.Struct(
        "control" / c.Int8ul,
        "target_endpoint"
        / c.If(_is_addressed, c.If((c.this.control & _GROUP) != _GROUP, c.Int8ul)),
        "group" / c.If(_is_addressed, c.If((c.this.control & _GROUP) == _GROUP, c.Int16ul)),
        "cluster" / c.If(_is_addressed, c.Int16ul),
        "profile" / c.If(_is_addressed, c.Int16ul),
        "source_endpoint" / c.If(_is_addressed, c.Int8ul),
        "counter" / c.Int8ul,
        "part" / c.If(c.this.control & _EXTENDED, c.Int8ul),
        "block" / c.If(c.this.control & _EXTENDED, c.Int8ul),
        "ack_bitmap"
        / c.If(
            (c.this.control & (_EXTENDED | _TYPE)) == (_EXTENDED | FrameType.ACK),
            c.Int8ul,
        ),
        *security.aux_fields(c.this.control & _SECURITY),
        "payload" / c.GreedyBytes,
    ),
    compiled=True,
)


# Data and acknowledgements from endpoint to endpoint, in clear or under a link key with an extended
# nonce: nearly every frame. Two `struct`s read it at a fifth of the cost.
_COMMON = struct.Struct("<BBHHBB")
_COMMON_SEALED = struct.Struct("<BBHHBBBIQ")
_UNCOMMON = _EXTENDED | _ACK_FORMAT | FrameType.COMMAND


def decode(data: bytes) -> ApsFrame:
    """Read one frame; raise `DecodeError`. A secured payload stays sealed: see `unsecure`."""
    return _decode_common(data) or _decode_any(data)


def _decode_common(data: bytes) -> ApsFrame | None:
    if len(data) < _COMMON.size or data[0] & _UNCOMMON or data[0] & _GROUP == _GROUP:
        return None
    aux, size = None, _COMMON.size
    if data[0] & _SECURITY:
        size = _COMMON_SEALED.size
        if len(data) < size or data[_COMMON.size] != security.LINK_AUX:
            return None
        *header, _, frame_counter, protector = _COMMON_SEALED.unpack_from(data)
        aux = AuxHeader(key_id=KeyId.LINK, frame_counter=frame_counter, source=protector)
    else:
        header = list(_COMMON.unpack_from(data))
    control, target_endpoint, cluster, profile, source_endpoint, counter = header
    frame_type, delivery, ack_request = _read_control(control)
    return ApsFrame(
        frame_type=frame_type,
        counter=counter,
        payload=data[size:],
        delivery=delivery,
        target_endpoint=target_endpoint,
        cluster=cluster,
        profile=profile,
        source_endpoint=source_endpoint,
        ack_request=ack_request,
        security=aux,
    )


def _decode_any(data: bytes) -> ApsFrame:
    raw = _LAYOUT.decode(data)
    frame_type, delivery, ack_request = _read_control(raw["control"])
    part = raw["part"]
    return ApsFrame(
        frame_type=frame_type,
        counter=raw["counter"],
        payload=raw["payload"],
        delivery=delivery,
        target_endpoint=raw["target_endpoint"],
        group=raw["group"],
        cluster=raw["cluster"],
        profile=raw["profile"],
        source_endpoint=raw["source_endpoint"],
        ack_request=ack_request,
        fragment=None if part is None else _fragment(part, raw["block"], raw["ack_bitmap"]),
        security=security.read_aux(raw),
    )


def encode(frame: ApsFrame) -> bytes:
    """Write one frame as it stands, sealed or never secured; raise `EncodeError`."""
    return _encode(frame, frame.security, frame.payload)


def secure(frame: ApsFrame, aux: AuxHeader, key: Key, source: Eui64 | None = None) -> bytes:
    """Write a frame that is in clear with its payload sealed.

    `key` is the link key (derived from as the key id says) or, for `KeyId.NETWORK`, the network
    key; `source` is the sender where `aux` does not name it.

    Raises:
        EncodeError: the frame is sealed already, or a number does not fit.
        SecurityError: the key is for another use, or nobody says who protects.
    """
    if frame.security is not None:
        raise EncodeError("aps: the frame is sealed already")
    header = _encode(frame, aux, b"")
    return header + security.seal(_secret(aux, key), aux, header, frame.payload, source)


def unsecure(frame: ApsFrame, data: bytes, key: Key, source: Eui64 | None = None) -> bytes:
    """Return the payload in clear of a secured frame that was decoded from `data`.

    Raises:
        SecurityError: the MIC does not hold, or the key is for another use.
    """
    assert frame.security is not None, "only a secured frame can be unsecured"
    header = data[: len(data) - len(frame.payload)]
    secret = _secret(frame.security, key)
    return security.unseal(secret, frame.security, header, frame.payload, source)


def _secret(aux: AuxHeader, key: Key) -> bytes:
    if aux.key_id is KeyId.NETWORK:
        return key.require(KeyUsage.NETWORK)
    link_key = key.require(KeyUsage.LINK)
    if aux.key_id is KeyId.LINK:
        return link_key
    is_transport = aux.key_id is KeyId.KEY_TRANSPORT
    return (mmo.key_transport_key if is_transport else mmo.key_load_key)(link_key)


@functools.cache
def _read_control(control: int) -> tuple[FrameType, Delivery, bool]:
    try:
        frame_type = FrameType(control & _TYPE)
        delivery = Delivery((control & _GROUP) >> _DELIVERY_SHIFT)
    except ValueError as error:
        raise DecodeError(str(error), field="aps.control") from error
    if control & _ACK_FORMAT and frame_type is not FrameType.ACK:
        raise DecodeError("the ack format bit is set outside an ack", field="aps.control")
    return frame_type, delivery, control & _ACK_REQUEST != 0


def _fragment(part: int, block: int, ack_bitmap: int | None) -> Fragment:
    try:
        return Fragment(Part(part), block, ack_bitmap)
    except ValueError as error:
        raise DecodeError(f"{part:#04x} is not a fragment", field="aps.part") from error


def _encode(frame: ApsFrame, aux: AuxHeader | None, payload: bytes) -> bytes:
    _check(frame)
    return _encode_common(frame, aux, payload) or _encode_any(frame, aux, payload)


def _encode_common(frame: ApsFrame, aux: AuxHeader | None, payload: bytes) -> bytes | None:
    control = _control(frame, aux)
    if frame.cluster is None or control & _UNCOMMON or frame.group is not None:
        return None
    header = (control, frame.target_endpoint, frame.cluster, frame.profile, frame.source_endpoint)
    try:
        if aux is None:
            return _COMMON.pack(*header, frame.counter) + payload
        if aux.key_id is not KeyId.LINK or aux.source is None or aux.requires_verified_counter:
            return None
        if aux.key_sequence is not None:
            return None
        sealing = (security.LINK_AUX, aux.frame_counter, aux.source)
        return _COMMON_SEALED.pack(*header, frame.counter, *sealing) + payload
    except struct.error:
        return None  # the layout says which field does not fit


def _encode_any(frame: ApsFrame, aux: AuxHeader | None, payload: bytes) -> bytes:
    fragment = frame.fragment
    return _LAYOUT.encode(
        {
            "control": _control(frame, aux),
            "target_endpoint": frame.target_endpoint,
            "group": frame.group,
            "cluster": frame.cluster,
            "profile": frame.profile,
            "source_endpoint": frame.source_endpoint,
            "counter": frame.counter,
            "part": None if fragment is None else fragment.part,
            "block": None if fragment is None else fragment.block,
            "ack_bitmap": None if fragment is None else fragment.ack_bitmap,
            **security.aux_values(aux),
            "payload": payload,
        }
    )


def _check(frame: ApsFrame) -> None:
    """Refuse values that the header would drop in silence."""
    is_group = frame.delivery is Delivery.GROUP
    wrong = frame.target_endpoint if is_group else frame.group
    addressing = (frame.target_endpoint, frame.group, frame.profile, frame.source_endpoint)
    if frame.cluster is None:
        if frame.frame_type is FrameType.DATA or any(field is not None for field in addressing):
            raise EncodeError("aps.cluster: missing")
    elif frame.frame_type is FrameType.COMMAND or wrong is not None:
        raise EncodeError("aps: this frame type or delivery has no such address")
    if frame.fragment is not None:
        has_bitmap = frame.fragment.ack_bitmap is not None
        if has_bitmap != (frame.frame_type is FrameType.ACK):
            raise EncodeError("aps.ack_bitmap: stands in an ack, and only there")


def _control(frame: ApsFrame, aux: AuxHeader | None) -> int:
    control = frame.frame_type | frame.delivery << _DELIVERY_SHIFT
    if frame.frame_type is FrameType.ACK and frame.cluster is None:
        control |= _ACK_FORMAT
    if aux is not None:
        control |= _SECURITY
    if frame.ack_request:
        control |= _ACK_REQUEST
    return control | _EXTENDED if frame.fragment is not None else control


def trace(data: bytes) -> Trace:
    """Say where each field of a frame lies, as far as it can be read."""
    return _LAYOUT.trace(data)
