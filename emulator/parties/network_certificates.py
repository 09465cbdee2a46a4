"""The certificates of network operators that the S1SP goes by, and how they come to it.

Source: TMAD v0.3 conclusions: attached at migration where the Migration Authorisation carried them
in time, else the supplier adds them afterwards; S1SR: the S1SP holds the certificate ids of the
Notified Network Operators. The operation is modelled [M].
"""

from collections.abc import Iterable
from typing import Literal

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.inventory import Inventory
from hanbench.emulator.parties.operation import (
    NO_SUCH_INSTALLATION,
    ErrorMeaning,
    Name,
    OfInstallation,
    Operation,
    PartyError,
    Schema,
)
from hanbench.emulator.parties.premises import Premises
from hanbench.protocol.migration.common_file import NetworkCertificate

NetworkRole = Literal["DNO", "GT"]
_FUEL = {"DNO": "ESME", "GT": "GSME"}

NOT_RESPONSIBLE = ErrorMeaning(
    "NOT_RESPONSIBLE", "The sender is not the supplier of the fuel that this operator carries."
)
NOT_COMMISSIONED = ErrorMeaning(
    "NOT_COMMISSIONED", "The meter of this fuel is not Commissioned: it is the migration's yet."
)


class NewCertificate(OfInstallation):
    """A certificate that a supplier adds."""

    role: NetworkRole
    serial: Name
    sender: Name
    """The supplier."""


class Notified(Schema):
    """The certificate that the S1SP goes by now, and how it came."""

    role: NetworkRole
    serial: Name
    by: Literal["migration", "supplier"]


ADD_NETWORK_CERTIFICATE = Operation(
    name="add_network_certificate",
    purpose="Have the supplier add the certificate of a network operator after the migration.",
    arguments=NewCertificate,
    result=Notified,
    errors=(NO_SUCH_INSTALLATION, NOT_RESPONSIBLE, NOT_COMMISSIONED),
    stated="Where the Migration Authorisation did not carry it in time, the supplier adds it "
    "later (TMAD v0.3 conclusions).",
    modelled="One operation in place of the real procedure. A later certificate replaces an "
    "earlier one.",
    example=(
        {"installation": "home-1", "role": "DNO", "serial": "0A1B2C", "sender": "supplier-a"},
        {"role": "DNO", "serial": "0A1B2C", "by": "supplier"},
    ),
)


class NetworkCertificates:
    """What the S1SP was notified of, by Installation and role."""

    def __init__(self, premises: Premises, inventory: Inventory) -> None:
        self._premises = premises
        self._inventory = inventory
        self._held: dict[tuple[str, str], Notified] = {}

    def of(self, installation: str, role: NetworkRole) -> Notified | None:
        """Return what is held of an operator; None: nothing."""
        return self._held.get((installation, role))

    def attach(self, installation: str, certificates: Iterable[NetworkCertificate]) -> None:
        """Take what the Migration Common File had, as the Installation is commissioned."""
        for it in certificates:
            notified = Notified(role=it.role, serial=it.serial, by="migration")
            self._held[installation, it.role] = notified

    def add(self, asked: NewCertificate, _now: Instant) -> Notified | PartyError:
        """Take what a supplier adds."""
        home = self._premises.home(asked.installation)
        if isinstance(home, PartyError):
            return home
        meters = [it for it in home.devices if it.type == _FUEL[asked.role]]
        if asked.sender not in [it.supplier or home.supplier for it in meters]:
            return PartyError(NOT_RESPONSIBLE.code, f"{asked.sender} supplies no such meter")
        if not all(self._inventory.is_commissioned(home.name, it.name) for it in meters):
            return PartyError(NOT_COMMISSIONED.code, f"{home.name}: {_FUEL[asked.role]}")
        notified = Notified(role=asked.role, serial=asked.serial, by="supplier")
        self._held[home.name, asked.role] = notified
        return notified
