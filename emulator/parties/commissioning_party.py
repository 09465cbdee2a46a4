"""The Commissioning Party: takes the Migration Common File, checks it, commissions devices.

Source: see `commissioning_party_operations`, `check_table` and `common_file_checks`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties import commissioning_party_operations as of
from hanbench.emulator.parties.accounts import Account, Accounts
from hanbench.emulator.parties.check_table import CheckEntry, CheckTable
from hanbench.emulator.parties.commissioning_by_file import (
    NO_SIGNER,
    CommissioningAnswer,
    CommissioningSubmission,
    answer,
    read_commissioning,
    write_outcomes,
    wrong_device,
)
from hanbench.emulator.parties.common_file_checks import (
    PROBLEMS,
    Subject,
    carried_certificates,
    find_authorised,
)
from hanbench.emulator.parties.common_file_submission import (
    Submission,
    from_names,
    read_submission,
)
from hanbench.emulator.parties.inventory import Inventory
from hanbench.emulator.parties.operation import (
    Json,
    OfInstallation,
    PartyError,
    bind,
    call_bound,
)
from hanbench.emulator.parties.premises import Home, Premises, PremisesDevice
from hanbench.emulator.parties.refusals import Refusals
from hanbench.emulator.parties.signed_file import FILE_REFUSED, Refusal
from hanbench.protocol.migration.authorisation import MigrationAuthorisation
from hanbench.protocol.migration.common_file import CommonInstallation, NetworkCertificate
from hanbench.protocol.migration.signature import PublicKeys, Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissioningPartySetup:
    """What the Commissioning Party works with, and how it may fail."""

    premises: Premises
    accounts: Accounts
    inventory: Inventory
    has_own_active_key: Callable[[str, str], bool]
    """Asks the DCO about (installation, device)."""
    table: CheckTable
    trusted: PublicKeys = field(default_factory=dict)
    """Whose signatures on a Migration Common File are believed."""
    s1sp_keys: PublicKeys = field(default_factory=dict)
    """Whose signatures on an S1SP Commissioning File are believed."""
    signer: Signer | None = None
    """Its own key, for the outcomes."""
    authorisations: Callable[[], tuple[MigrationAuthorisation, ...]] | None = None
    """The Migration Authorisations that were received; None: they are not looked at."""
    without_entry: Callable[[str], tuple[str, ...]] = lambda _home: ()
    """Looks up which devices of an Installation have no EPCL entry."""
    refusals: Mapping[str, int] = field(default_factory=dict)
    """By Installation, how many of the first `commission` calls are refused."""
    attach: Callable[[str, tuple[NetworkCertificate, ...]], None] = lambda _home, _carried: None
    """Told of the network certificates of an Installation as it is commissioned."""
    rejects: tuple[str, ...] = ()
    """Checks that it finds failed, whatever the file says."""


class CommissioningParty:
    """The Commissioning Party."""

    name = "COMMISSIONING_PARTY"
    catalogue = of.CATALOGUE

    def __init__(self, setup: CommissioningPartySetup) -> None:
        self._setup = setup
        self._files: dict[str, Submission] = {}
        self._by_name: dict[str, Submission] = {}
        self._known: dict[str, tuple[MigrationAuthorisation, ...] | None] = {}
        """By Installation, the Authorisations that had come with its file: later ones are late."""
        self._submitted: dict[str, int] = {}
        self._passed: dict[str, str] = {}
        self._refusals = Refusals(setup.refusals)
        self._bound = (
            bind(of.SUBMIT_COMMON_FILE, self._submit),
            bind(of.CHECK, self._check),
            bind(of.COMMISSION, self._commission),
            bind(of.COMMISSION_BY_FILE, self._commission_by_file),
        )

    def call(self, operation: str, arguments: Mapping[str, Any], now: Instant) -> Json | PartyError:
        """Perform one operation of the catalogue."""
        return call_bound(self._bound, operation, arguments, now)

    def has_common_file(self, installation: str) -> bool:
        """Tell the other parties whether a file was submitted for this Installation."""
        return installation in self._files

    def _submit(
        self, asked: of.CommonFileSubmission, _now: Instant
    ) -> of.CommonFileAccepted | PartyError:
        home = self._setup.premises.home(asked.installation)
        if isinstance(home, PartyError):
            return home
        if asked.file is not None and asked.signature is not None:
            submission = self._read(bytes.fromhex(asked.file), bytes.fromhex(asked.signature), home)
        else:
            submission = self._written(asked, home)
        if isinstance(submission, PartyError):
            return submission
        file = submission.file
        names = tuple(dict.fromkeys(it.name for it in file.installations))
        self._files.update(dict.fromkeys(names, submission))
        self._known.update(dict.fromkeys(names, self._received()))
        self._by_name[file.name] = submission
        return of.CommonFileAccepted(common_file=file.name, installations=names)

    def _read(self, octets: bytes, signature: bytes, home: Home) -> Submission | PartyError:
        read = read_submission(octets, signature, self._setup.trusted)
        if isinstance(read, Submission) and self._by_name.get(read.file.name, read) != read:
            read = Refusal("file-name", f"another file {read.file.name} was submitted before")
        if isinstance(read, Refusal):
            code = self._setup.table.code(read.check)
            return PartyError(FILE_REFUSED.code, f"{code}: {read.problem}")
        for entry in read.file.installations:
            unknown = self._setup.premises.home(entry.name)
            if isinstance(unknown, PartyError):
                return unknown
        if not any(entry.name == home.name for entry in read.file.installations):
            return PartyError(of.NOT_IN_COMMON_FILE.code, f"{home.name} is not in {read.file.name}")
        return read

    def _written(self, asked: of.CommonFileSubmission, home: Home) -> Submission | PartyError:
        devices = self._with_hub(home.name, asked.devices or ())
        if isinstance(devices, PartyError):
            return devices
        number = self._submitted.get(home.name, 0) + 1
        self._submitted[home.name] = number
        return from_names(
            f"MCF/{home.name}/{number}",
            home,
            devices,
            profile=asked.profile,
            group_id=asked.group_id,
            certificates=carried_certificates(find_authorised(self._received() or (), home.name)),
        )

    def _received(self) -> tuple[MigrationAuthorisation, ...] | None:
        received = self._setup.authorisations
        return None if received is None else received()

    def _with_hub(
        self, installation: str, names: tuple[str, ...]
    ) -> tuple[PremisesDevice, ...] | PartyError:
        hub = self._setup.premises.hub(installation)
        if isinstance(hub, PartyError):
            return hub
        others = tuple(name for name in names if name != hub.name)
        named = self._setup.premises.named(installation, others)
        return named if isinstance(named, PartyError) else (hub, *named)

    def _check(self, asked: OfInstallation, _now: Instant) -> of.CheckReport | PartyError:
        submission = self._file(asked.installation)
        if isinstance(submission, PartyError):
            return submission
        problems = self.problems(asked.installation)
        invented = dict.fromkeys(self._setup.rejects, "the Commissioning Party says so")
        results = [
            _result(check, problems[check.name] or invented.get(check.name, ""))
            for check in self._setup.table.entries
            if check.name in problems
        ]
        passed = all(result.passed for result in results)
        if passed:
            self._passed[asked.installation] = submission.file.name
        return of.CheckReport(
            common_file=submission.file.name, passed=passed, checks=tuple(results)
        )

    def problems(self, installation: str) -> dict[str, str]:
        """Say by check what is truly wrong with the file of an Installation, or ""."""
        submission = self._file(installation)
        home = self._setup.premises.home(installation)
        if isinstance(submission, PartyError) or isinstance(home, PartyError):
            return {}
        subject = Subject(
            file=submission.file,
            entry=_entry(submission, installation),
            home=home,
            without_entry=self._setup.without_entry(installation),
            authorisations=self._known.get(installation),
        )
        return {
            check.name: "" if check.stage == "submission" else PROBLEMS[check.name](subject)
            for check in self._setup.table.entries
            if submission.is_signed or check.stage != "submission"
        }

    def _file(self, installation: str) -> Submission | PartyError:
        home = self._setup.premises.home(installation)
        if isinstance(home, PartyError):
            return home
        submission = self._files.get(installation)
        if submission is None:
            return PartyError(of.NO_COMMON_FILE.code, f"{installation} has none")
        return submission

    def _commission(self, asked: of.Commissioning, now: Instant) -> of.Commissioned | PartyError:
        submission = self._file(asked.installation)
        if isinstance(submission, PartyError):
            return submission
        devices = self._with_hub(asked.installation, asked.devices)
        if isinstance(devices, PartyError):
            return devices
        objection = self._objection(asked.installation, submission, devices)
        if objection is not None:
            return objection
        for device in devices:
            self._setup.inventory.commission(asked.installation, device.name, now)
        self._setup.attach(asked.installation, _entry(submission, asked.installation).certificates)
        return of.Commissioned(
            devices=tuple(
                of.CommissionedDevice(device=it.name, status="Commissioned") for it in devices
            )
        )

    def _commission_by_file(
        self, asked: CommissioningSubmission, now: Instant
    ) -> CommissioningAnswer | PartyError:
        submission, signer = self._file(asked.installation), self._setup.signer
        if isinstance(submission, PartyError):
            return submission
        if signer is None:
            return PartyError(NO_SIGNER.code, self.name)
        common_file = submission.file.name
        entry = read_commissioning(asked, self._setup.s1sp_keys, common_file)
        if isinstance(entry, PartyError):
            return entry
        home = self._setup.premises.home(asked.installation)
        assert isinstance(home, Home), "a file is kept for known Installations alone"
        stranger = wrong_device(entry, home.devices, "S1SPCommissioningFile")
        if stranger is not None:
            return stranger
        names = tuple(it.name for it in entry.devices)
        done = self._commission(
            of.Commissioning(installation=asked.installation, devices=names), now
        )
        error = done.code if isinstance(done, PartyError) else ""
        commissioned = () if isinstance(done, PartyError) else names
        outcomes = write_outcomes(
            _entry(submission, asked.installation), common_file, commissioned, error
        )
        return answer(outcomes, signer)

    def _objection(
        self, home: str, submission: Submission, devices: tuple[PremisesDevice, ...]
    ) -> PartyError | None:
        named = {it.name: it for it in _entry(submission, home).devices}
        strangers = [it.name for it in devices if it.name not in named]
        if strangers:
            return PartyError(of.NOT_IN_COMMON_FILE.code, ", ".join(strangers))
        if self._passed.get(home) != submission.file.name:
            return PartyError(of.CHECKS_NOT_PASSED.code, submission.file.name)
        if self._setup.accounts.account(home) is not Account.DCC:
            return PartyError(of.NOT_STARTED.code, self._setup.accounts.account(home).value)
        unconfirmed = [it.name for it in devices if self._lacks_key(home, it)]
        if unconfirmed:
            return PartyError(of.NOT_ACTIVE.code, ", ".join(unconfirmed))
        if self._refusals.is_due(home):
            return PartyError(of.REFUSED.code, "refuses by the scenario")
        return None

    def _lacks_key(self, installation: str, device: PremisesDevice) -> bool:
        return device.is_meter and not self._setup.has_own_active_key(installation, device.name)


def _entry(submission: Submission, installation: str) -> CommonInstallation:
    return next(it for it in submission.file.installations if it.name == installation)


def _result(check: CheckEntry, problem: str) -> of.CheckResult:
    return of.CheckResult(
        name=check.name,
        code=check.code,
        step=check.step,
        source=check.source,
        passed=not problem,
        detail=problem,
    )
