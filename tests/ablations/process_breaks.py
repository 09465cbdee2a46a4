"""Rules of the process broken: late certificates, homes mixed up, reports that miscount."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Any

from tests.ablations.breaks import Break, Patch
from tests.ablations.rule_breaks import list_needs_no_approval
from tests.ablations.vending_breaks import smso_vends_for_ever, web_page_after_the_start

from hanbench.emulator.device import Packet
from hanbench.emulator.displays.display import DisplayUnit
from hanbench.emulator.instant import HOUR_US, Instant
from hanbench.emulator.parties import dco, mcc, s1sp
from hanbench.emulator.parties.authorisation_intake import (
    AuthorisationAccepted,
    AuthorisationIntake,
    AuthorisationSubmission,
)
from hanbench.emulator.parties.common_file_checks import carried_certificates, find_authorised
from hanbench.emulator.parties.file_set import process
from hanbench.emulator.parties.inventory import Inventory
from hanbench.emulator.parties.inventory_operations import SmiStatus
from hanbench.emulator.parties.mcc import Mcc
from hanbench.emulator.parties.mcc_operations import Clearance
from hanbench.emulator.parties.network_certificates import (
    NetworkCertificates,
    NetworkRole,
    NewCertificate,
    Notified,
)
from hanbench.emulator.parties.operation import OfInstallation, PartyError
from hanbench.harness.engine.port import Json
from hanbench.harness.engine.reference import entry
from hanbench.harness.engine.reference.work import Work
from hanbench.harness.parties import migration_reports
from hanbench.harness.parties.migration_reports import Attempt, Report
from hanbench.protocol.migration.common_file import NetworkCertificate

migrate = import_module("hanbench.harness.engine.reference.migrate")
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


def _miscounts(number: str) -> Callable[[Patch], None]:
    """Return a break of one report: of an attempt too many, or too few, by turns."""

    def changed(report: Report) -> Report:
        if report.number != number:
            return report
        if "attempt" in report.columns:
            return dataclasses.replace(report, rows=report.rows[:-1])
        case, day, count = report.rows[0]
        return dataclasses.replace(
            report, rows=((case, day, str(int(count) + 1)), *report.rows[1:])
        )

    def miscounts(patch: Patch) -> None:
        honest = migration_reports.reports_of
        patch.setattr(
            migration_reports, "reports_of", lambda attempts: tuple(map(changed, honest(attempts)))
        )

    miscounts.__name__ = f"miscounts_{number}"
    return miscounts


def adds_a_total_up_wrongly(patch: Patch) -> None:
    honest = migration_reports.reports_of

    def reports_of(attempts: Sequence[Attempt]) -> tuple[Report, ...]:
        first, *others = honest(attempts)
        return (dataclasses.replace(first, total=first.total + 1), *others)

    patch.setattr(migration_reports, "reports_of", reports_of)


def counts_what_was_stopped_as_not_commissioned(patch: Patch) -> None:
    """The counting rule for cancellations is not kept: they stand in 001, 005 and 006 as well."""
    patch.setattr(Attempt, "is_migration", property(lambda _: True))


def calls_a_late_cancellation_none(patch: Patch) -> None:
    """Who was cancelled after the Migration Common File is missing in 010."""
    honest = Attempt.cancelled.fget  # type: ignore[attr-defined]
    patch.setattr(
        Attempt,
        "cancelled",
        property(lambda one: "" if one.submitted_at is not None else honest(one)),
    )


def dcc_need_not_wait_for_the_supplier(patch: Patch) -> None:
    """The MCC clears an Active home that its supplier has not authorised once more."""
    honest = Mcc._clearance

    def clearance(self: Mcc, asked: OfInstallation, now: Instant) -> Clearance | PartyError:
        said = honest(self, asked, now)
        if isinstance(said, PartyError):
            return said
        reasons = tuple(one for one in said.reasons if one != "not-resubmitted")
        return Clearance(is_cleared=not reasons, reasons=reasons)

    patch.setattr(Mcc, "_clearance", clearance)


NUMBERS = ("001", "002", "003", "004", "005", "006", "010")
DAY = "rules/a-day-of-mixed-suppliers"
NOTHING_MIGRATES = "han/leave"


def takes_what_joined_first(patch: Patch) -> None:
    async def first(work: Work) -> list[Json]:
        able = {
            one["device"]: one for one in await entry._devices(work) if one["has_required_data"]
        }
        own = [one for one in able.values() if not one["is_third_party"]]
        of_kind = [[one for one in own if one["type"] == kind] for kind in entry.ONE_OF_EACH]
        return [min(these, key=lambda one: int(one["joined_order"])) for these in of_kind if these]

    patch.setattr(migrate, "displays_to_migrate", first)


def takes_the_last_display_of_all(patch: Patch) -> None:
    """A consumer's own display came last."""

    async def last(work: Work) -> list[Json]:
        devices = [one for one in await entry._devices(work) if one["type"] in (None, "IHD")]
        return [{**devices[-1], "type": "IHD"}]

    patch.setattr(migrate, "displays_to_migrate", last)


def a_stranger_is_told_nothing_once_its_home_is_migrated(patch: Patch) -> None:
    """Whoever serves it goes by the inventory, in which it is not."""
    take = DisplayUnit._take

    def taken(self: DisplayUnit, packet: Packet, now: Instant) -> None:
        if now < 4 * HOUR_US:
            take(self, packet, now)

    patch.setattr(DisplayUnit, "_take", taken)


def dcc_waits_for_the_supplier_of_a_dormant_meter(patch: Patch) -> None:
    patch.setattr(mcc, "_has_active", lambda _home: True)


def one_failure_ends_a_whole_set(patch: Patch) -> None:
    """S1SP and DCO process nothing of a set in which one Installation fails."""

    def all_or_none(names: Any, check: Any, discard: Any) -> Any:
        results = process(names, check, discard)
        failed = [it for it in results if not it.passed]
        if not failed:
            return results
        return tuple(
            it
            if not it.passed
            else failed[0].model_copy(
                update={"installation": it.installation, "discarded": discard(it.installation)}
            )
            for it in results
        )

    patch.setattr(s1sp, "process", all_or_none)
    patch.setattr(dco, "process", all_or_none)


MANY = "rules/one-of-many-in-a-file-set"
MIXED = "rules/mixed-home-rolled-back"
BREAKS = [
    *[
        Break("tmad/5.27(c)(iii)", one_failure_ends_a_whole_set, f"{MANY}{variant}")
        for variant in ("", "[at-the-dco]")
    ],
    *[
        Break("tmad/4.44A", takes_what_joined_first, f"rules/last-joined-active{variant}")
        for variant in ("", "[mixed]", "[both-lack-data]")
    ],
    *[
        Break("tmad/4.34A", takes_what_joined_first, f"rules/last-joined-dormant{variant}")
        for variant in ("", "[display-lacks-data]")
    ],
    Break("seed0/third-party-devices", takes_the_last_display_of_all, "rules/last-joined-active"),
    Break(
        "seed0/third-party-devices",
        a_stranger_is_told_nothing_once_its_home_is_migrated,
        "rules/third-party-served",
    ),
    Break(
        "seed0/after-rollback",
        dcc_need_not_wait_for_the_supplier,
        f"{MIXED}[tried-by-the-dcc-alone]",
    ),
    Break(
        "seed0/after-rollback",
        dcc_waits_for_the_supplier_of_a_dormant_meter,
        f"{MIXED}[all-dormant]",
    ),
    *[
        Break("seed0/s1mig-counting", _miscounts(f"S1MIG-{number}"), DAY, NOTHING_MIGRATES)
        for number in NUMBERS
    ],
    Break("seed0/s1mig-counting", adds_a_total_up_wrongly, DAY, NOTHING_MIGRATES),
    Break(
        "seed0/s1mig-counting",
        counts_what_was_stopped_as_not_commissioned,
        DAY,
        "rules/checks-fail",
    ),
    Break("seed0/s1mig-counting", calls_a_late_cancellation_none, DAY, "rules/checks-fail"),
    Break("seed3/network-certificates", attaches_what_came_late, LATE),
    Break("seed3/network-certificates", attaches_what_came_late, f"{LATE}[never]"),
    Break("seed3/network-certificates", attaches_what_came_late, f"{LATE}[one-in-time-one-late]"),
    Break("seed3/certificates-afterwards", forgets_what_a_supplier_adds, LATE),
    Break("seed3/certificates-afterwards", holds_a_certificate_for_every_home, OTHER_HOMES),
    Break("srv/12.2", knows_a_device_by_its_name_alone, OTHER_HOMES),
    Break("tmad/3.7", list_needs_no_approval, "rules/entry-of-mdust"),
    Break("seed0/utrn-cutover", web_page_after_the_start, "rules/entry-of-uit-a"),
    Break("def/utrn-period", smso_vends_for_ever, "rules/entry-of-uit-a"),
    Break(
        "seed0/after-rollback",
        dcc_need_not_wait_for_the_supplier,
        "secure/active-resubmitted-by-supplier[tried-again-by-the-dcc-alone]",
    ),
    Break(
        "seed0/after-rollback",
        dcc_need_not_wait_for_the_supplier,
        "rules/active-never-resubmitted[tried-all-the-same]",
    ),
]
