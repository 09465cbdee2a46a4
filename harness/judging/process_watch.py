"""Watches what an engine asks of the parties, and holds it against the rules of the process.

It judges deeds, never words: whatever an engine asked or did not ask before, starting what must not
be started breaks the rule that stands in the way at that instant. Each finding names its clause.
What the parties truly hold is read from them, not from what they answer.
"""

from collections.abc import Iterator

from hanbench.emulator.instant import DAY_US, Instant
from hanbench.emulator.parties.accounts import ATTEMPTS_MAX, Account
from hanbench.emulator.parties.operation import Json, PartyError
from hanbench.harness.engine.port import CallParty, ClaimOutcome, EndState
from hanbench.harness.judging.common_file_rule import wrong_devices
from hanbench.harness.judging.contacts import COUNTS, unheard
from hanbench.harness.judging.party_rules import CLEARANCE
from hanbench.harness.judging.submitted_devices import submitted_devices
from hanbench.harness.parties.organisations import Organisations
from hanbench.harness.running.case import Case
from hanbench.harness.verdict import Finding

RECENT_US = 7 * DAY_US
"""A communications check holds for seven days (TMAD v5.1 conclusions)."""
SILENT = "not heard"
CONFIGURED = "configured"
_GOING_ON = (("S1SP", "frame"), ("DCO", "authorise"), ("DCO", "escrow_successor"))
"""What only an Installation whose file sets were processed is for."""
_MIGRATED = (EndState.COMMISSIONED, EndState.ELECTRICITY_ONLY)
_NOT_MIGRATED = (EndState.ROLLED_BACK_INTACT, EndState.ROLLED_BACK_LIMITED)
_GIVEN_BACK = (*_NOT_MIGRATED, EndState.EXCLUDED)


class ProcessWatch:
    """The rules of the process, over one Installation."""

    def __init__(self, case: Case, organisations: Organisations) -> None:
        self._case = case
        self._home = case.installation.name
        self._parties = organisations
        self._checked_at: Instant | None = None
        self._passed = False
        self._was_unvalidated = False
        """Whether it was told that devices are tested ahead of the checks."""
        self._failed_in = ""
        self._notified = False
        self._has_asked, self._was_heard = False, False
        self._is_migrated = False
        self._misled: tuple[str, ...] = ()
        """What parties said that was not so: no fault of the engine's that it goes by it."""
        self.findings: list[Finding] = []

    def before(self, action: CallParty, now: Instant) -> None:
        """Judge what the engine is about to ask, by how things stand now."""
        match action.party, action.operation:
            case "SMSO", "start_migration":
                self._starting(now)
            case "COMMISSIONING_PARTY", "submit_common_file":
                self._passed = False
                self._submitting(action.arguments, now)
            case "COMMISSIONING_PARTY", "commission" | "commission_by_file":
                self._commissioning(now)
            case "SUPPLIER", "notify":
                self._notified = True
                self._telling(action, now)
            case asked if asked in _GOING_ON:
                self._going_on(action, now)
            case _:
                self._beside_migration(action, now)

    def _beside_migration(self, action: CallParty, now: Instant) -> None:
        """Judge what is no stage of the migration itself."""
        match action.party, action.operation:
            case "SMSO", "upgrade_firmware":
                self._upgrading(action, now)
            case "SMSO", "configure":
                self._configuring(action, now)
            case "DSP", "request":
                self._as_service_user(action, now)
            case "INVENTORY", "register" if action.arguments.get("route") == "12.2":
                self._as_service_user(action, now)
            case _:
                pass

    def after(self, action: CallParty, result: Json | PartyError, now: Instant) -> None:
        """Keep what later deeds are judged by."""
        if action.operation in ("process_file_set", "process_signed_file_set"):
            self._processed(action.party, result)
        if isinstance(result, PartyError):
            return
        self._keep(action, result, now)

    def _keep(self, action: CallParty, result: Json, now: Instant) -> None:
        match action.party, action.operation:
            case "SMSO", "communications_check":
                self._checked_at = now
                said = result["devices"]
                self._misled += tuple(
                    f"{one['device']} {'heard' if one['is_recent'] else SILENT}" for one in said
                )
            case "MCC", "clearance":
                held = self._parties.mcc.reasons(self._home, now)
                self._misled += tuple(one for one in held if one not in result["reasons"])
            case "EPCL", "check" if result["is_eligible"]:
                self._misled += tuple(
                    f"{one} on the EPCL" for one in self._parties.epcl.lacking(self._home)
                )
            case "SMSO", "devices":
                self._misled += tuple(
                    f"{one['device']} {CONFIGURED}"
                    for one in result["devices"]
                    if one["is_configured"]
                )
            case "SMSO", "start_migration" if not result["already_started"]:
                self._failed_in, self._notified, self._misled = "", False, ()
                self._has_asked, self._was_heard = False, False
            case "S1SP", "frame":
                self._has_asked = True
            case "COMMISSIONING_PARTY", "check":
                self._passed = bool(result["passed"])
            case _:
                pass

    def _processed(self, party: str, result: Json | PartyError) -> None:
        """Note a file set that failed: by an error, or in what is said of this Installation."""
        if isinstance(result, PartyError):
            has_failed = result.code == "FILE_SET_FAILED"
        else:
            said = result.get("installations", ())
            has_failed = any(it["installation"] == self._home and not it["passed"] for it in said)
        if has_failed:
            self._failed_in = party

    def claimed(self, claim: ClaimOutcome, now: Instant) -> None:
        """Judge what the claim leaves undone."""
        self._is_migrated = claim.end_state in _MIGRATED
        if claim.end_state in _NOT_MIGRATED and not self._notified:
            detail = f"{claim.end_state} is claimed, and the supplier was never told"
            self._broken("supplier-not-told", "seed0/after-rollback", detail, now)
        account = self._parties.accounts.account(self._home)
        if claim.end_state in _GIVEN_BACK and account is Account.DCC:
            detail = f"{claim.end_state} is claimed, and the Installation stands on the DCC account"
            self._broken("rolled-back-but-on-dcc", "domain/10.5-states", detail, now)
        if claim.end_state is EndState.NOT_STARTED and account is not Account.SUPPLIER:
            detail = "not-started is claimed, and the Installation stands on another account"
            self._broken("not-started-but-moved", "domain/10.5-states", detail, now)

        if claim.end_state is EndState.EXCLUDED and not self._is_excluded(now):
            detail = "excluded is claimed, and nothing excludes the Installation"
            self._broken("excluded-without-reason", "dcc/exclusion/attempts-counted", detail, now)
        if claim.end_state in _NOT_MIGRATED and self._is_out_of_reach():
            detail = f"nothing was heard since the start, and {claim.end_state} is claimed"
            self._broken("not-excluded", "dcc/exclusion/no-wan-during", detail, now)

    def _is_excluded(self, now: Instant) -> bool:
        """Whether a category of exclusion holds, before the start or by what came of it."""
        gone = "active-to-dormant" in self._parties.mcc.reasons(self._home, now)
        told = any(one.endswith(SILENT) for one in self._misled)
        return gone or told or self._is_out_of_reach() or bool([*self._excluded(now)])

    def heard(self) -> None:
        """Note that something came up the WAN."""
        self._was_heard = True

    def _is_out_of_reach(self) -> bool:
        """Whether all that was sent since the start found nobody: no hub, no meter."""
        return self._has_asked and not self._was_heard

    def _starting(self, now: Instant) -> None:
        if self._parties.accounts.account(self._home) is Account.DCC:
            if self._is_migrated:
                detail = f"{self._home} was migrated, and is to be started again"
                self._broken("migrated-twice", "domain/one-migration", detail, now)
            return  # it goes on with what has been started
        for name, clause, detail in (*self._barred(now), *self._excluded(now)):
            self._broken(name, clause, detail, now)

    def _barred(self, now: Instant) -> Iterator[tuple[str, str, str]]:
        for reason in self._parties.mcc.reasons(self._home, now):
            if reason in self._misled:
                continue
            detail = f"{self._home} was to be started although: {reason}"
            if reason == "stop-requested":
                detail += f" ({self._notice()})"
            yield f"started-{reason}", CLEARANCE[reason], detail
        lacking = self._not_vouched_for(self._parties.epcl.lacking(self._home), "on the EPCL")
        if lacking:
            detail = f"no EPCL entry yet for the model of {', '.join(lacking)}"
            yield "started-not-eligible", "tmad/epcl", detail
        unfit = self._not_vouched_for(self._parties.configuration.unfit(self._home), CONFIGURED)
        if unfit:
            detail = f"not in the configuration for migration: {', '.join(unfit)}"
            yield "started-not-configured", "seed0/configured-in-time", detail
        if self._checked_at is None or now - self._checked_at > RECENT_US:
            detail = "no communications check within the seven days before the start"
            yield "started-unchecked", "tmad/communications-check", detail

    def _excluded(self, now: Instant) -> Iterator[tuple[str, str, str]]:
        smso = self._case.scenario.parties.smso
        silent = self._not_vouched_for(unheard(self._case, self._parties, now), "heard")
        if silent:
            detail = f"not heard for more than {COUNTS[smso.communications]}: {', '.join(silent)}"
            yield "started-silent", "dcc/exclusion/no-wan-before", detail
        uneconomic = self._parties.epcl.uneconomic(self._home)
        if uneconomic:
            detail = f"uneconomic to migrate: the model of {', '.join(uneconomic)}"
            yield "started-uneconomic", "dcc/exclusion/uneconomic-dmc", detail
        if smso.missing_master_key:
            detail = f"no master key: {', '.join(smso.missing_master_key)}"
            yield "started-without-master-key", "var/missing-master-keys", detail
        starts = self._parties.accounts.of(self._home).starts
        if starts >= ATTEMPTS_MAX:
            detail = f"{starts} attempts were made"
            yield "started-too-often", "dcc/exclusion/five-attempts", detail

    def _not_vouched_for(self, devices: tuple[str, ...], what: str) -> tuple[str, ...]:
        return tuple(device for device in devices if f"{device} {what}" not in self._misled)

    def _notice(self) -> str:
        at = self._parties.supplier.stopped_at(self._home)
        day = self._parties.supplier.day_of(self._home)
        in_time = at is not None and self._parties.mcc.is_in_time(at, day)
        return "asked before 16:30 on the day before" if in_time else "asked late"

    def _submitting(self, arguments: Json, now: Instant) -> None:
        devices = submitted_devices(arguments, self._home)
        if devices is None:
            return  # not in order: the Commissioning Party says so
        for clause, device, detail in wrong_devices(self._case, devices):
            self._broken("wrong-device-selection", clause, detail, now, device=device)

    def _going_on(self, action: CallParty, now: Instant) -> None:
        """Note the first deed after a failure, or ahead of the validation: one finding tells it."""
        account = self._parties.accounts.account(self._home)
        if not (self._passed or self._was_unvalidated) and account is Account.DCC:
            self._was_unvalidated = True
            detail = (
                f"{action.party}.{action.operation} is asked for, and the checks have not passed"
            )
            self._broken("tested-unvalidated", "dcc/data-validation", detail, now)
        if not self._failed_in:
            return
        detail = (
            f"{action.party}.{action.operation} is asked for although the file set failed at the "
            f"{self._failed_in}"
        )
        self._broken("file-set-not-discarded", "tmad/5.27(c)(iii)", detail, now)
        self._failed_in = ""

    def _telling(self, action: CallParty, now: Instant) -> None:
        """A notice is about a customer: it is for the supplier that is responsible now."""
        home = self._parties.premises.home(self._home)
        told = action.arguments.get("supplier")
        if isinstance(home, PartyError) or told is None or told in home.suppliers:
            return
        detail = f"the outcome is told to {told}; the supplier now is {home.supplier}"
        self._broken("told-the-wrong-supplier", "domain/change-of-supplier", detail, now)

    def _upgrading(self, action: CallParty, now: Instant) -> None:
        """Dormant Meters alone, by the next image of the sequence, and not while suspended."""
        name = str(action.arguments.get("device", ""))
        meter = self._parties.premises.meter(self._home, name)
        if isinstance(meter, PartyError):
            return
        if meter.mode != "dormant":
            detail = f"{name} is Active: its firmware is for its supplier"
            self._broken("upgrades-active", "seed3/dormant-firmware", detail, now, device=name)
        wanted, image = self._parties.firmware.images(self._home, meter), action.arguments
        if not wanted or wanted[0] != image.get("firmware"):
            detail = f"{image.get('firmware')} is not the next image that is known for {name}"
            self._broken("unknown-firmware", "seed3/known-firmware", detail, now, device=name)
        if "dormant-suspended" in self._parties.mcc.reasons(self._home, now):
            detail = f"{name} is upgraded while Dormant migrations are suspended"
            self._broken("upgraded-suspended", "seed0/dormant-suspension", detail, now)

    def _configuring(self, action: CallParty, now: Instant) -> None:
        """Dormant Meters alone, by the next step of the sequence, and not while suspended."""
        name = str(action.arguments.get("device", ""))
        meter = self._parties.premises.meter(self._home, name)
        if isinstance(meter, PartyError):
            return
        if meter.mode != "dormant":
            detail = f"{name} is Active: its configuration is for its supplier"
            self._broken(
                "configures-active", "seed3/dormant-configuration", detail, now, device=name
            )
        asked = (action.arguments.get("setting"), action.arguments.get("value"))
        steps = self._parties.configuration.steps(self._home, meter)
        if not steps or (steps[0].setting, steps[0].value) != asked:
            detail = f"{asked[0]} {asked[1]} is not the next step of the sequence for {name}"
            self._broken(
                "unknown-configuration", "seed3/configuration-order", detail, now, device=name
            )
        if "dormant-suspended" in self._parties.mcc.reasons(self._home, now):
            detail = f"{name} is configured while Dormant migrations are suspended"
            self._broken("configured-suspended", "seed0/dormant-suspension", detail, now)

    def _as_service_user(self, action: CallParty, now: Instant) -> None:
        """What the six service requests do is for the supplier to ask, afterwards."""
        device = str(action.arguments.get("device", ""))
        detail = f"the engine acts as a service user: {action.party}.{action.operation} {device}"
        self._broken("engine-adds-a-device", "seed0/added-afterwards", detail, now, device=device)

    def _commissioning(self, now: Instant) -> None:
        if not self._passed:
            detail = "commissioning is asked for, and the checks have not passed"
            self._broken("commissioned-unchecked", "tmad/5.9", detail, now)

    def _broken(
        self, name: str, clause: str, detail: str, now: Instant, *, device: str = ""
    ) -> None:
        self.findings.append(
            Finding(name=name, clause=clause, detail=detail, at_us=now, device=device)
        )
