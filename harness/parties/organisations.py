"""The parties of one world, and the one way to call their operations."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.accounts import Accounts
from hanbench.emulator.parties.commissioning_party import (
    CommissioningParty,
)
from hanbench.emulator.parties.configuration import ConfigurationRegister
from hanbench.emulator.parties.dco import Dco
from hanbench.emulator.parties.dsp import Dsp
from hanbench.emulator.parties.epcl import Epcl
from hanbench.emulator.parties.firmware import FirmwareRegister, InstallingSupplier
from hanbench.emulator.parties.inventory import Inventory
from hanbench.emulator.parties.mcc import Mcc
from hanbench.emulator.parties.network_certificates import NetworkCertificates
from hanbench.emulator.parties.operation import Json, Party, PartyError
from hanbench.emulator.parties.premises import Premises
from hanbench.emulator.parties.psp import Psp
from hanbench.emulator.parties.s1sp import S1sp
from hanbench.emulator.parties.smso import Smso
from hanbench.emulator.parties.supplier import Supplier
from hanbench.protocol.identifiers import Eui64

S1SP_EUI64 = Eui64(0x90B3D51F30F00001)
SMSO_EUI64 = Eui64(0x90B3D51F30F00002)
"""Addresses of the emulated head-ends [M], beside the DCC's published test addresses."""

ENGINE = "engine"
Observer = Callable[[str, str, str, Json, Json | PartyError, Instant], None]
"""Told of each call: who calls, party, operation, arguments, what was answered, and when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisations:
    """The parties of one case."""

    smso: Smso
    dco: Dco
    s1sp: S1sp
    commissioning_party: CommissioningParty
    supplier: Supplier
    psp: Psp
    inventory: Inventory
    accounts: Accounts
    mcc: Mcc
    epcl: Epcl
    dsp: Dsp
    installing_supplier: InstallingSupplier
    firmware: FirmwareRegister
    configuration: ConfigurationRegister
    network_certificates: NetworkCertificates
    premises: Premises
    is_reachable: Callable[[str, Instant], bool]
    """Whether the WAN reaches the hub of an Installation: the truth, which no party is told."""
    last_contact_at: Callable[[str, str], Instant | None]
    """When the head-ends last heard a device (Installation, name); None: not since the start."""
    observers: list[Observer] = field(default_factory=list)
    _by_name: dict[str, Party] = field(init=False, repr=False, compare=False)
    """The parties by the names that calls go by."""

    def __post_init__(self) -> None:
        """Set up the names, once for all calls."""
        parties: dict[str, Party] = {
            "SMSO": self.smso,
            "DCO": self.dco,
            "S1SP": self.s1sp,
            "COMMISSIONING_PARTY": self.commissioning_party,
            "SUPPLIER": self.supplier,
            "PSP": self.psp,
            "INVENTORY": self.inventory,
            "MCC": self.mcc,
            "EPCL": self.epcl,
            "DSP": self.dsp,
            "INSTALLING_SUPPLIER": self.installing_supplier,
        }
        object.__setattr__(self, "_by_name", parties)

    def call(
        self, party: str, operation: str, arguments: Json, now: Instant, *, caller: str = ""
    ) -> Json | PartyError:
        """Call an operation of a party by its name in the catalogue, and tell the observers."""
        answer = self._answer(party, operation, arguments, now)
        for observe in self.observers:
            observe(caller, party, operation, arguments, answer, now)
        return answer

    def _answer(
        self, party: str, operation: str, arguments: Json, now: Instant
    ) -> Json | PartyError:
        asked = self._by_name.get(party)
        if asked is None:
            known = ", ".join(self._by_name)
            return PartyError("BAD_REQUEST", f"no party {party!r}; there are {known}")
        return asked.call(operation, arguments, now)
