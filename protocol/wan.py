"""HAN-WAN-M1: the envelope between a head-end and a communications hub, and on to the device.

Source: modelled [M] (the SMETS1 WAN protocol of Secure is not public). Big-endian:

    version u8 = 1 | kind u8 | originator EUI-64 | target EUI-64 | message_id u32
    | originator_counter u64 | length u16 | payload
    | AES-CMAC(K_transport, "HAN-WAN-M1" 00 | all before)[:8]

The transport key is shared by one device and one head-end: it shows who framed an envelope, and
says nothing about whether the DCO agreed, which is what the SUA code is for (P8). The counter
identifies and does not order: an envelope that overtakes another is no fault.
"""

import enum
import functools
import struct
from dataclasses import asdict, dataclass

import construct as c
from cryptography.hazmat.primitives.constant_time import bytes_eq

from hanbench.protocol.cmac import aes_cmac
from hanbench.protocol.errors import SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.layout import DECODED_KEPT, Layout, enumerated
from hanbench.protocol.layout_trace import Trace

VERSION = 1
MAC_OCTETS = 8


class EnvelopeKind(enum.IntEnum):
    """What the payload is."""

    INSTRUCTION = 1
    """`instruction.Command`"""
    ANSWER = 2
    """`answer.AnswerMessage`"""
    HUB_COMMAND = 3
    """`hub_command.HubCommand`"""
    HUB_ANSWER = 4
    """`hub_command.HubAnswer`"""
    ALERT = 5
    """`hub_command.Alert`"""

    @property
    def words(self) -> str:
        """The kind as a story prints it: `hub-command`."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One envelope without its MAC; an answer has the `message_id` of what it answers."""

    kind: EnvelopeKind
    originator: Eui64
    target: Eui64
    message_id: int
    originator_counter: int
    payload: bytes


_BODY = c.Struct(
    "version" / c.Const(VERSION, c.Int8ub),
    "kind" / enumerated(EnvelopeKind, c.Int8ub),
    "originator" / c.Int64ub,
    "target" / c.Int64ub,
    "message_id" / c.Int32ub,
    "originator_counter" / c.Int64ub,
    "payload" / c.Prefixed(c.Int16ub, c.GreedyBytes),
)
_LAYOUT = Layout("envelope", _BODY)
_HEADER = struct.Struct(">BBQQIQH")
"""The same in one `struct`: every frame of an exchange begins as an envelope."""
_KINDS = {kind.value: kind for kind in EnvelopeKind}
_SEALED = Layout("envelope", c.Struct(*_BODY.subcons, "mac" / c.Bytes(MAC_OCTETS), c.Terminated))


def encode(envelope: Envelope, key: Key) -> bytes:
    """Write an envelope with the MAC under a transport key.

    Raises:
        EncodeError: a field does not fit.
        SecurityError: the key is not a transport key.
    """
    body = _encode_body(envelope)
    return body + _mac(key, body)


def _encode_body(envelope: Envelope) -> bytes:
    addresses = (envelope.originator, envelope.target)
    numbers = (envelope.message_id, envelope.originator_counter, len(envelope.payload))
    try:
        return _HEADER.pack(VERSION, envelope.kind, *addresses, *numbers) + envelope.payload
    except struct.error:
        return _LAYOUT.encode(asdict(envelope))  # it says which field does not fit


@functools.lru_cache(maxsize=DECODED_KEPT)
def decode(data: bytes) -> Envelope:
    """Read an envelope, its MAC unchecked; raise `DecodeError` if it is not one."""
    return _decode_common(data) or _decode_any(data)


def _decode_common(data: bytes) -> Envelope | None:
    end = len(data) - MAC_OCTETS
    if end < _HEADER.size:
        return None
    version, kind, originator, target, message_id, counter, length = _HEADER.unpack_from(data)
    if version != VERSION or kind not in _KINDS or _HEADER.size + length != end:
        return None
    return Envelope(
        kind=_KINDS[kind],
        originator=originator,
        target=target,
        message_id=message_id,
        originator_counter=counter,
        payload=data[_HEADER.size : end],
    )


def _decode_any(data: bytes) -> Envelope:
    """Read it field by field: of octets that are no envelope it says which one is wrong."""
    raw = _SEALED.decode(data)
    return Envelope(
        kind=raw.kind,
        originator=Eui64(raw.originator),
        target=Eui64(raw.target),
        message_id=raw.message_id,
        originator_counter=raw.originator_counter,
        payload=raw.payload,
    )


def verify(data: bytes, key: Key) -> Envelope:
    """Check the MAC in constant time, and return the envelope.

    Raises:
        DecodeError: this is not an envelope.
        SecurityError: the MAC is not one under this key, or the key is not a transport key.
    """
    envelope = decode(data)
    if not bytes_eq(_mac(key, data[:-MAC_OCTETS]), data[-MAC_OCTETS:]):
        raise SecurityError("the transport MAC does not verify")
    return envelope


def _mac(key: Key, body: bytes) -> bytes:
    return aes_cmac(key.require(KeyUsage.TRANSPORT), b"HAN-WAN-M1\0" + body)[:MAC_OCTETS]


def trace(data: bytes) -> Trace:
    """Say where each field of an envelope lies, as far as it can be read."""
    return _SEALED.trace(data)
