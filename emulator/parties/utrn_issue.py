"""How an issuer makes native UTRNs: one sequence a meter, in its half of the numbers.

Source: modelled [M] (domain.md 10.4, 10.8): sequences are split by issuer, the SMSO's even and the
S1SP's odd, so that both can issue in the UTRN Period; a wrap of the 15 bits is the issuer's error.
"""

from collections.abc import Mapping

from hanbench.emulator.parties.operation import PartyError
from hanbench.emulator.parties.premises import MeterId, PremisesDevice
from hanbench.emulator.parties.smso_operations import SEQUENCES_SPENT
from hanbench.protocol import utrn
from hanbench.protocol.errors import EncodeError
from hanbench.protocol.keys import KeyStore, KeyUsage


class UtrnIssuer:
    """Makes vend-add codes, each with a new sequence."""

    def __init__(
        self, issuer: utrn.Issuer, keys: KeyStore, last_sequences: Mapping[MeterId, int]
    ) -> None:
        self._issuer = issuer
        self._keys = keys
        self._last = dict(last_sequences)

    def vend(self, installation: str, meter: PremisesDevice, pence: int) -> str | PartyError:
        """Return a UTRN that adds credit, or the error that no sequence is left."""
        meter_id = (installation, meter.name)
        try:
            sequence = utrn.next_sequence(self._last.get(meter_id, 0), self._issuer)
        except EncodeError as error:
            return PartyError(SEQUENCES_SPENT.code, str(error))
        self._last[meter_id] = sequence
        code = utrn.NativeCode(utrn.NativeType.VEND_ADD, sequence, pence)
        return utrn.issue(self._keys.key(meter.eui64, KeyUsage.VEND), meter.eui64, code)
