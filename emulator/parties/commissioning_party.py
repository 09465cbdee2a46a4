"""The Commissioning Party: takes the Migration Common File, checks it, commissions devices.

Source: see `commissioning_party_operations` and `common_file_checks`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties import commissioning_party_operations as of
from hanbench.emulator.parties.accounts import Account, Accounts
from hanbench.emulator.parties.common_file_checks import CommonFile, checks
from hanbench.emulator.parties.inventory import Inventory
from hanbench.emulator.parties.operation import (
    Json,
    OfInstallation,
    PartyError,
    bind,
    call_bound,
)
from hanbench.emulator.parties.premises import Premises, PremisesDevice
from hanbench.emulator.parties.refusals import Refusals


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissioningPartySetup:
    """What the Commissioning Party works with, and how it may fail."""

    premises: Premises
    accounts: Accounts
    inventory: Inventory
    has_own_active_key: Callable[[str, str], bool]
    """Asks the DCO about (installation, device)."""
    eligible_models: tuple[str, ...] | None = None
    """Models with an EPCL entry; None: all."""
    refusals: Mapping[str, int] = field(default_factory=dict)
    """By Installation, how many of the first `commission` calls are refused."""


class CommissioningParty:
    """The Commissioning Party."""

    name = "COMMISSIONING_PARTY"
    catalogue = of.CATALOGUE

    def __init__(self, setup: CommissioningPartySetup) -> None:
        self._setup = setup
        self._checks = checks(setup.eligible_models)
        self._files: dict[str, CommonFile] = {}
        self._submitted: dict[str, int] = {}
        self._passed: dict[str, str] = {}
        self._refusals = Refusals(setup.refusals)
        self._bound = (
            bind(of.SUBMIT_COMMON_FILE, self._submit),
            bind(of.CHECK, self._check),
            bind(of.COMMISSION, self._commission),
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
        devices = self._with_hub(home.name, asked.devices)
        if isinstance(devices, PartyError):
            return devices
        number = self._submitted.get(home.name, 0) + 1
        file = CommonFile(
            name=f"MCF/{home.name}/{number}",
            home=home,
            devices=devices,
            profile=asked.profile,
            group_id=asked.group_id,
        )
        self._submitted[home.name] = number
        self._files[home.name] = file
        return of.CommonFileAccepted(common_file=file.name)

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
        file = self._file(asked.installation)
        if isinstance(file, PartyError):
            return file
        results = tuple(
            of.CheckResult(name=check.name, source=check.source, passed=not problem, detail=problem)
            for check, problem in ((check, check.problem(file)) for check in self._checks)
        )
        passed = all(result.passed for result in results)
        if passed:
            self._passed[file.home.name] = file.name
        return of.CheckReport(common_file=file.name, passed=passed, checks=results)

    def _file(self, installation: str) -> CommonFile | PartyError:
        home = self._setup.premises.home(installation)
        if isinstance(home, PartyError):
            return home
        file = self._files.get(installation)
        if file is None:
            return PartyError(of.NO_COMMON_FILE.code, f"{installation} has none")
        return file

    def _commission(self, asked: of.Commissioning, _now: Instant) -> of.Commissioned | PartyError:
        file = self._file(asked.installation)
        if isinstance(file, PartyError):
            return file
        devices = self._with_hub(asked.installation, asked.devices)
        if isinstance(devices, PartyError):
            return devices
        objection = self._objection(file, devices)
        if objection is not None:
            return objection
        for device in devices:
            self._setup.inventory.commission(asked.installation, device.name)
        return of.Commissioned(
            devices=tuple(
                of.CommissionedDevice(device=it.name, status="Commissioned") for it in devices
            )
        )

    def _objection(
        self, file: CommonFile, devices: tuple[PremisesDevice, ...]
    ) -> PartyError | None:
        home = file.home.name
        strangers = [it.name for it in devices if it not in file.devices]
        if strangers:
            return PartyError(of.NOT_IN_COMMON_FILE.code, ", ".join(strangers))
        if self._passed.get(home) != file.name:
            return PartyError(of.CHECKS_NOT_PASSED.code, file.name)
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
