"""The auxiliary header of a secured NWK or APS frame, and CCM* under it.

Source: ZigBee specification (05-3474) sections 4.5.1 (auxiliary header), 4.3.1 and 4.4.1 (frame
security), annex A (CCM*). Little-endian. The idea to know: every frame is protected at level 5
(ENC-MIC-32), yet the level bits are *sent* as 0; nonce and authenticated data use them as 5.
"""

import enum
import functools
import struct
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import construct as c
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from hanbench.protocol.errors import DecodeError, EncodeError, SecurityError
from hanbench.protocol.identifiers import Eui64

MIC_OCTETS = 4
CIPHERS_KEPT = 1 << 16
"""How many keyed ciphers are kept: a hundred homes of ten devices have five thousand link keys."""
FRAME_COUNTER_END = 0xFFFF_FFFF
"""The counter value that is never sent: the key must be replaced before (4.3.1.1) [M]."""


class KeyId(enum.IntEnum):
    """Which key protects a frame (4.5.1.1.2)."""

    LINK = 0
    NETWORK = 1
    KEY_TRANSPORT = 2
    KEY_LOAD = 3


class AuxHeader(NamedTuple):
    """What a receiver needs, beside the key, to open a frame.

    A tuple, since one is made for each frame: a third of the cost of a frozen dataclass.
    """

    key_id: KeyId
    frame_counter: int
    source: Eui64 | None = None
    """Who protected it (extended nonce); None: known from the NWK source."""
    key_sequence: int | None = None
    """Which network key; present with `KeyId.NETWORK` alone."""
    requires_verified_counter: bool = False


_LEVEL = 0x07
_ENC_MIC_32 = 5
_KEY_ID_SHIFT = 3
_KEY_ID = 0x18
_NETWORK_KEY = KeyId.NETWORK << _KEY_ID_SHIFT
_EXTENDED_NONCE = 0x20
_VERIFIED_COUNTER = 0x40
_RESERVED = 0x80
_KEY_IDS = tuple(KeyId)
_NONCE = struct.Struct("<QIB")
NETWORK_AUX = _NETWORK_KEY | _EXTENDED_NONCE
"""The control octet of a frame under the network key that says who protects it."""
LINK_AUX = KeyId.LINK << _KEY_ID_SHIFT | _EXTENDED_NONCE
"""The same under a link key."""


def aux_fields(is_secured: Callable[..., Any]) -> tuple["c.Construct[Any, Any]", ...]:
    """Return the fields for a header's layout; `is_secured` is its construct condition."""
    # Flat, with nested conditions, and not a nested Struct: half the time when compiled.
    has_source = c.this.aux_control & _EXTENDED_NONCE
    has_sequence = (c.this.aux_control & _KEY_ID) == _NETWORK_KEY
    return (
        "aux_control" / c.If(is_secured, c.Int8ul),
        "frame_counter" / c.If(is_secured, c.Int32ul),
        "aux_source" / c.If(is_secured, c.If(has_source, c.Int64ul)),
        "key_sequence" / c.If(is_secured, c.If(has_sequence, c.Int8ul)),
    )


def read_aux(raw: Mapping[str, Any]) -> AuxHeader | None:
    """Take the auxiliary header from a parsed header; raise `DecodeError`."""
    control = raw["aux_control"]
    if control is None:
        return None
    if control & (_LEVEL | _RESERVED):
        raise DecodeError(f"{control:#04x}: the level is sent as 0", field="aux.control")
    return AuxHeader(
        key_id=_KEY_IDS[(control & _KEY_ID) >> _KEY_ID_SHIFT],
        frame_counter=raw["frame_counter"],
        source=raw["aux_source"],
        key_sequence=raw["key_sequence"],
        requires_verified_counter=control & _VERIFIED_COUNTER != 0,
    )


_NO_AUX = {"aux_control": None, "frame_counter": None, "aux_source": None, "key_sequence": None}


def aux_values(aux: AuxHeader | None) -> Mapping[str, int | None]:
    """Return the values for the fields of `aux_fields`; raise `EncodeError`."""
    if aux is None:
        return _NO_AUX
    if (aux.key_id is KeyId.NETWORK) != (aux.key_sequence is not None):
        raise EncodeError("aux.key_sequence: stands with the network key, and only there")
    return {
        "aux_control": _control(aux),
        "frame_counter": aux.frame_counter,
        "aux_source": aux.source,
        "key_sequence": aux.key_sequence,
    }


def seal(
    key: bytes, aux: AuxHeader, header: bytes, payload: bytes, source: Eui64 | None = None
) -> bytes:
    """Encrypt and authenticate a payload; return the ciphertext and its MIC.

    `header` is every octet before the payload, the auxiliary header included; `source` is who
    protects the frame where `aux` does not say it. Raises `EncodeError` when counters ran out.
    """
    if aux.frame_counter >= FRAME_COUNTER_END:
        raise EncodeError("aux.frame_counter: ran out; this key may not be used again")
    return _ccm(key).encrypt(_nonce(aux, source), payload, _authenticated(aux, header))


def unseal(
    key: bytes, aux: AuxHeader, header: bytes, sealed: bytes, source: Eui64 | None = None
) -> bytes:
    """Return the payload in clear; raise `SecurityError` if the MIC does not hold."""
    try:
        return _ccm(key).decrypt(_nonce(aux, source), sealed, _authenticated(aux, header))
    except InvalidTag as error:
        raise SecurityError("the MIC does not hold under this key") from error


@functools.lru_cache(maxsize=CIPHERS_KEPT)
def _ccm(key: bytes) -> AESCCM:
    return AESCCM(key, tag_length=MIC_OCTETS)


def _control(aux: AuxHeader) -> int:
    control = aux.key_id << _KEY_ID_SHIFT
    if aux.source is not None:
        control |= _EXTENDED_NONCE
    if aux.requires_verified_counter:
        control |= _VERIFIED_COUNTER
    return control


def _nonce(aux: AuxHeader, source: Eui64 | None) -> bytes:
    protected_by = source if aux.source is None else aux.source
    if protected_by is None:
        raise SecurityError("no EUI-64 is known for the sender, so there is no nonce")
    return _NONCE.pack(protected_by, aux.frame_counter, _control(aux) | _ENC_MIC_32)


def _authenticated(aux: AuxHeader, header: bytes) -> bytes:
    length = 5 + (8 if aux.source is not None else 0) + (1 if aux.key_sequence is not None else 0)
    at = len(header) - length
    return b"%b%c%b" % (header[:at], header[at] | _ENC_MIC_32, header[at + 1 :])
