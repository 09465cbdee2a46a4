"""How an issuer makes native UTRNs: one sequence a meter, in its half of the numbers.

Source: modelled [M] (domain.md 10.4, 10.8): sequences are split by issuer, the SMSO's even and the
S1SP's odd, so that both can issue in the UTRN Period; a wrap of the 15 bits is the issuer's error.
The S1SP is told the SMSO's last and stays above it: a meter may have evicted what is far below.
"""

from collections.abc import Callable, Mapping

from hanbench.emulator.parties.operation import PartyError
from hanbench.emulator.parties.premises import MeterId, PremisesDevice
from hanbench.emulator.parties.smso_operations import SEQUENCES_SPENT
from hanbench.protocol import utrn
from hanbench.protocol.errors import EncodeError
from hanbench.protocol.keys import KeyStore, KeyUsage


class UtrnIssuer:
    """Makes vend-add codes, each with a new sequence."""

    def __init__(
        self,
        issuer: utrn.Issuer,
        keys: KeyStore,
        last_sequences: Mapping[MeterId, int],
        other: Callable[[str, str], int] = lambda _installation, _device: 0,
    ) -> None:
        self._issuer = issuer
        self._keys = keys
        self._last = dict(last_sequences)
        self._other = other
        """Asks where another issuer stands: a meter takes nothing below what it has evicted."""

    def last_sequence(self, installation: str, meter: str) -> int:
        """Return the last sequence that it took for a meter; 0: none."""
        return self._last.get((installation, meter), 0)

    def next_code(self, installation: str, meter: PremisesDevice) -> str | PartyError:
        """Return the code that a penny would buy next, without vending it."""
        spent = dict(self._last)
        code = self.vend(installation, meter, 1)
        self._last = spent
        return code

    def vend(self, installation: str, meter: PremisesDevice, pence: int) -> str | PartyError:
        """Return a UTRN that adds credit, or the error that no sequence is left."""
        meter_id = (installation, meter.name)
        last = max(self._last.get(meter_id, 0), self._other(installation, meter.name))
        try:
            sequence = utrn.next_sequence(last, self._issuer)
        except EncodeError as error:
            return PartyError(SEQUENCES_SPENT.code, str(error))
        self._last[meter_id] = sequence
        code = utrn.NativeCode(utrn.NativeType.VEND_ADD, sequence, pence)
        return utrn.issue(self._keys.key(meter.eui64, KeyUsage.VEND), meter.eui64, code)
