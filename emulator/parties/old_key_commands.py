"""Commands of the SMSO under the key that it held before the rotation.

Source: modelled [M] (domain.md 10.8, "Hand-over"): until the meter commits a new key the SMSO can
command it, though it is not entitled to; afterwards it can no more (P7, with its caveat). Scenarios
use it for jobs that the SMSO goes on sending, and for an SMSO that turned.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from hanbench.emulator.parties.operation import PartyError
from hanbench.emulator.parties.premises import MeterId, Premises
from hanbench.protocol import answer as answers
from hanbench.protocol import instruction as instructions
from hanbench.protocol import wan
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import Authorisation, Command
from hanbench.protocol.keys import KeyStore, KeyUsage
from hanbench.protocol.sua import SuaScheme, SuaScope
from hanbench.protocol.wan import Envelope, EnvelopeKind

_FIRST_MESSAGE_ID = 1 << 31
"""Above those of the S1SP, so that a story never mixes the two."""


@dataclass(frozen=True, slots=True)
class SmsoRecord:
    """What the SMSO has on file of a meter's SUA."""

    key_version: int
    last_counter: int


class OldKeyCommands:
    """Frames Instructions under the old keys, each with the next counter of its meter."""

    def __init__(
        self,
        premises: Premises,
        keys: KeyStore,
        scheme: SuaScheme,
        eui64: Eui64,
        records: Mapping[MeterId, SmsoRecord],
    ) -> None:
        self._premises = premises
        self._keys = keys
        self._scheme = scheme
        self._eui64 = eui64
        self._records = dict(records)
        self._messages = 0
        self._heard: dict[MeterId, int] = {}
        self._issued: dict[MeterId, list[tuple[int, int, bytes]]] = {}

    def issued(self, meter_id: MeterId) -> tuple[tuple[int, int, bytes], ...]:
        """Return (version, counter, digest) of each code that was made for a meter."""
        return tuple(self._issued.get(meter_id, ()))

    def frame(self, meter_id: MeterId, instruction: bytes) -> bytes:
        """Return an envelope; raise `KeyError` for a meter without a record."""
        record = self._records[meter_id]
        counter = record.last_counter + 1
        self._records[meter_id] = SmsoRecord(record.key_version, counter)
        meter = self._premises.meter(*meter_id)
        assert not isinstance(meter, PartyError), "records are of meters of the premises"
        scope = SuaScope(
            eui64=meter.eui64,
            group=meter.group_id,
            key_version=record.key_version,
            counter=counter,
            digest=instructions.digest(instruction),
        )
        self._issued.setdefault(meter_id, []).append(
            (record.key_version, counter, instructions.digest(instruction))
        )
        code = self._scheme.issue(self._keys.key(meter.eui64, KeyUsage.SUA), scope)
        authorisation = Authorisation(record.key_version, counter, code)
        return self._envelope(meter.eui64, Command(instruction, authorisation))

    def hear(self, meter_id: MeterId, octets: bytes) -> None:
        """Note the counter of an answer; what is no answer under the version on file is not one."""
        try:
            answer = answers.decode(octets)
        except DecodeError:
            return
        record = self._records.get(meter_id)
        if record is not None and answer.key_version == record.key_version:
            self._heard[meter_id] = answer.last_counter

    def heard_counter(self, meter_id: MeterId) -> int:
        """Return the last counter that a meter has told of since the scenario began; 0: none."""
        return self._heard.get(meter_id, 0)

    def _envelope(self, target: Eui64, command: Command) -> bytes:
        self._messages += 1
        envelope = Envelope(
            kind=EnvelopeKind.INSTRUCTION,
            originator=self._eui64,
            target=target,
            message_id=_FIRST_MESSAGE_ID + self._messages,
            originator_counter=self._messages,
            payload=instructions.encode_command(command),
        )
        return wan.encode(envelope, self._keys.key(target, KeyUsage.TRANSPORT, self._eui64))
