"""Rules of the process broken in a party: certificates that come late, homes that are mixed up."""

from collections.abc import Iterable

from tests.ablations.breaks import Break, Patch

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.authorisation_intake import (
    AuthorisationAccepted,
    AuthorisationIntake,
    AuthorisationSubmission,
)
from hanbench.emulator.parties.common_file_checks import carried_certificates, find_authorised
from hanbench.emulator.parties.inventory import Inventory
from hanbench.emulator.parties.inventory_operations import SmiStatus
from hanbench.emulator.parties.network_certificates import (
    NetworkCertificates,
    NetworkRole,
    NewCertificate,
    Notified,
)
from hanbench.emulator.parties.operation import PartyError
from hanbench.protocol.migration.common_file import NetworkCertificate

LATE = "rules/network-certificates-late"
OTHER_HOMES = "rules/added-in-other-homes-of-the-day"


def attaches_what_came_late(patch: Patch) -> None:
    """The S1SP goes by the last Authorisation, and not by the file that was checked."""
    attach, submit = NetworkCertificates.attach, AuthorisationIntake.submit
    seen: list[AuthorisationIntake] = []

    def noted(
        self: AuthorisationIntake, asked: AuthorisationSubmission
    ) -> AuthorisationAccepted | PartyError:
        seen[:] = [self]
        return submit(self, asked)

    def late(self: NetworkCertificates, home: str, _checked: Iterable[NetworkCertificate]) -> None:
        received = seen[0].received() if seen else ()
        attach(self, home, carried_certificates(find_authorised(received, home)))

    patch.setattr(AuthorisationIntake, "submit", noted)
    patch.setattr(NetworkCertificates, "attach", late)


def forgets_what_a_supplier_adds(patch: Patch) -> None:
    def add(_self: NetworkCertificates, asked: NewCertificate, _now: Instant) -> Notified:
        return Notified(role=asked.role, serial=asked.serial, by="supplier")

    patch.setattr(NetworkCertificates, "add", add)


def holds_a_certificate_for_every_home(patch: Patch) -> None:
    def of(self: NetworkCertificates, _home: str, role: NetworkRole) -> Notified | None:
        return next((it for (_, named), it in self._held.items() if named == role), None)

    patch.setattr(NetworkCertificates, "of", of)


def knows_a_device_by_its_name_alone(patch: Patch) -> None:
    """What is notified in one home stands in the inventory of every home."""

    def status_of(self: Inventory, _home: str, device: str) -> SmiStatus | None:
        return next((it for (_, named), it in self._status.items() if named == device), None)

    patch.setattr(Inventory, "status_of", status_of)


BREAKS = [
    Break("seed3/network-certificates", attaches_what_came_late, LATE),
    Break("seed3/network-certificates", attaches_what_came_late, f"{LATE}[never]"),
    Break("seed3/network-certificates", attaches_what_came_late, f"{LATE}[one-in-time-one-late]"),
    Break("seed3/certificates-afterwards", forgets_what_a_supplier_adds, LATE),
    Break("seed3/certificates-afterwards", holds_a_certificate_for_every_home, OTHER_HOMES),
    Break("srv/12.2", knows_a_device_by_its_name_alone, OTHER_HOMES),
]
