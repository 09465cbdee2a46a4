"""How a party takes a signed migration file: whole, by a known signer, or not at all.

Source: modelled [M]; see `protocol/migration`. The signature is over the canonical octets, which
are those of the message that was read: nothing is believed that was not signed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from hanbench.emulator.parties.operation import ErrorMeaning
from hanbench.protocol.errors import DecodeError, SecurityError
from hanbench.protocol.migration import signature
from hanbench.protocol.migration.signature import PublicKeys

FILE_REFUSED = ErrorMeaning(
    "FILE_REFUSED",
    "The file or its signature is not in order; nothing of it is kept. The detail names file, line "
    "and rule; that of the Commissioning Party begins with the error code of the check.",
)
Message = TypeVar("Message")


@dataclass(frozen=True, slots=True)
class FileCodec(Generic[Message]):
    """A kind of file, and how messages call it."""

    file: str
    decode: Callable[[bytes], Message]
    encode: Callable[[Message], bytes]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file is not kept: the check that failed, and what is wrong."""

    check: str
    problem: str


def read_signed(
    codec: FileCodec[Message], octets: bytes, signed: bytes, trusted: PublicKeys
) -> Message | Refusal:
    """Read a file and its signature."""
    try:
        message = codec.decode(octets)
    except DecodeError as error:
        return Refusal("schema", str(error))
    try:
        made = signature.decode(signed)
    except DecodeError as error:
        return Refusal("signature", str(error))
    try:
        signature.verify(codec.encode(message), made, trusted, file=codec.file)
    except SecurityError as error:
        return Refusal("signature" if made.signer in trusted else "signer", str(error))
    return message
