"""The SUA codes that went down the WAN, for the bench's own sum over what a meter executed.

A meter that executes must have been sent an envelope with a right transport MAC, and in it a code
that is right for that very Instruction (P1, P3, P8). The sums are done again here, with the bench's
keys and not with the meter's gate, so a gate that looks away is found out. Of a code that is not
right the sums tell what it was made for (P3), or which other key of the meter made it (P5).
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from hanbench.emulator.events import Event, WanPassed
from hanbench.emulator.sua.gate import Execution
from hanbench.harness.homes.keyring import Keyring
from hanbench.protocol import instruction as instructions
from hanbench.protocol import wan
from hanbench.protocol.errors import MissingKeyError, ProtocolError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import Authorisation
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.sua import SuaScheme, SuaScope
from hanbench.protocol.wan import EnvelopeKind

_GROUP = "DA"
_OTHER_KEYS = ((KeyUsage.VEND, False), (KeyUsage.MASTER, False), (KeyUsage.TRANSPORT, True))
"""The keys of a meter beside its SUA key, and whether it has one with each head-end."""

_Sent = list[tuple[bytes, Authorisation]]


class Made(NamedTuple):
    """What a code was made for."""

    eui64: Eui64
    version: int
    counter: int
    digest: bytes


class CodesSent:
    """What went down, read when the run is over and not before."""

    def __init__(self, keyring: Keyring, scheme: SuaScheme, events: Sequence[Event]) -> None:
        self._keyring = keyring
        self._scheme = scheme
        self._events = events
        self._read = 0
        self._sent: dict[tuple[Eui64, int, int, bytes], _Sent] = {}
        """By meter, key version, counter and digest; one code may have gone down several times."""

    def first_key(self, eui64: Eui64) -> Key:
        """Return the key that a meter began with."""
        return self._keyring.key(eui64, KeyUsage.SUA)

    def has_proof(self, eui64: Eui64, executed: Execution, key: Key) -> bool:
        """Whether the code of an execution was sent to that meter, and verifies under this key."""
        made = Made(eui64, executed.version, executed.counter, executed.digest)
        return any(
            self._is_code(made, code.code, key) and self._is_framed_rightly(eui64, octets)
            for octets, code in self._offered(eui64, executed)
        )

    def was_made_for(self, eui64: Eui64, executed: Execution, made: Made, key: Key) -> bool:
        """Whether what was executed came with a code that is right for something else."""
        if made == Made(eui64, executed.version, executed.counter, executed.digest):
            return False
        return any(
            self._is_code(made, code.code, key) for _, code in self._offered(eui64, executed)
        )

    def other_key(self, eui64: Eui64, executed: Execution) -> KeyUsage | None:
        """Return with which other key of the meter the code of an execution was made."""
        made = Made(eui64, executed.version, executed.counter, executed.digest)
        for octets, code in self._offered(eui64, executed):
            head_end = wan.decode(octets).originator
            for usage, peer in _OTHER_KEYS:
                with suppress(MissingKeyError):
                    ends = (eui64, usage, head_end) if peer else (eui64, usage)
                    as_sua = Key(KeyUsage.SUA, self._keyring.key(*ends).value)
                    if self._is_code(made, code.code, as_sua):
                        return usage
        return None

    def _offered(self, eui64: Eui64, executed: Execution) -> Sequence[tuple[bytes, Authorisation]]:
        self._read_on()
        return self._sent.get((eui64, executed.version, executed.counter, executed.digest), ())

    def _read_on(self) -> None:
        for event in self._events[self._read :]:
            if isinstance(event, WanPassed) and event.direction == "down":
                self._note(event.envelope)
        self._read = len(self._events)

    def _note(self, octets: bytes) -> None:
        try:
            envelope = wan.decode(octets)
            if envelope.kind is not EnvelopeKind.INSTRUCTION:
                return
            command = instructions.decode_command(envelope.payload)
        except ProtocolError:
            return  # whoever sent it: a meter makes nothing of it either
        code = command.authorisation
        if code is not None:
            digest = instructions.digest(command.instruction)
            key = (envelope.target, code.key_version, code.counter, digest)
            self._sent.setdefault(key, []).append((octets, code))

    def _is_code(self, made: Made, code: bytes, key: Key) -> bool:
        scope = SuaScope(
            eui64=made.eui64,
            group=_GROUP,
            key_version=made.version,
            counter=made.counter,
            digest=made.digest,
        )
        try:
            self._scheme.verify(key, scope, code)
        except ProtocolError:
            return False
        return True

    def _is_framed_rightly(self, eui64: Eui64, octets: bytes) -> bool:
        try:
            head_end = wan.decode(octets).originator
            wan.verify(octets, self._keyring.key(eui64, KeyUsage.TRANSPORT, head_end))
        except ProtocolError:
            return False
        return True
