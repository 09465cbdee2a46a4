"""The Secure SMSO: holds the meters before migration, and hands their keys to the DCO.

Source: see `smso_operations`. It may misbehave as its `SmsoConduct` says: an engine has to end in a
named state whatever the SMSO does (domain.md 10.8, "Hand-over").
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hanbench.emulator.instant import DAY_US, Instant
from hanbench.emulator.parties import hand_over_file
from hanbench.emulator.parties import smso_operations as of
from hanbench.emulator.parties.accounts import Account, Accounts
from hanbench.emulator.parties.configuration import (
    CONFIGURATION,
    CONFIGURE,
    MIGRATING,
    ConfigurationRegister,
    Configure,
    Ordered,
)
from hanbench.emulator.parties.firmware import FIRMWARE, UPGRADE_FIRMWARE, FirmwareRegister
from hanbench.emulator.parties.hand_over_file import HandOverContent
from hanbench.emulator.parties.old_key_commands import OldKeyCommands, SmsoRecord
from hanbench.emulator.parties.operation import (
    Json,
    OfDevice,
    OfInstallation,
    PartyError,
    bind,
    call_bound,
)
from hanbench.emulator.parties.premises import MeterId, Premises, PremisesDevice
from hanbench.emulator.parties.refusals import Refusals
from hanbench.emulator.parties.supplier import Supplier
from hanbench.emulator.parties.utrn_issue import UtrnIssuer
from hanbench.emulator.parties.utrn_period import CUT_OVER, Routes, SmsoRoute, phase
from hanbench.protocol import instruction as instructions
from hanbench.protocol.errors import MissingKeyError
from hanbench.protocol.identifiers import Eui64, format_eui64
from hanbench.protocol.keys import KeyStore, KeyUsage
from hanbench.protocol.sua import SuaScheme
from hanbench.protocol.utrn import Issuer

FIRST_JOB = 0x5800_0000
"""Request ids of its configuration work, away from those of any engine."""
RECENT_US = 7 * DAY_US
"""How long a contact counts (TMAD v5.1 conclusions)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsoConduct:
    """How the SMSO misbehaves; nothing of it by default."""

    start_refusals: Mapping[str, int] = field(default_factory=dict)
    """By Installation, how many of the first `start_migration` calls are refused."""
    hand_over_refusals: Mapping[MeterId, int] = field(default_factory=dict)
    """By meter, how many of the first `hand_over` calls are refused."""
    master_key_missing: tuple[MeterId, ...] = ()
    stale_counter: Mapping[MeterId, int] = field(default_factory=dict)
    """By meter, the last counter that stands in the file in place of the right one."""
    wrong_key: tuple[MeterId, ...] = ()
    """The meters in whose file another device's SUA key stands."""
    silent: tuple[MeterId, ...] = ()
    """The devices that it has not heard for more than 7 days as the scenario begins."""
    last_heard_us_before: Mapping[MeterId, int] = field(default_factory=dict)
    """By device, how long before the scenario begins it was heard; the others are heard [M]."""
    recent_us: Mapping[str, int] = field(default_factory=dict)
    """By Installation, how long a contact counts; without an entry, `RECENT_US`."""
    vouches: tuple[str, ...] = ()
    """The Installations for which it reports a recent contact whether there was one or not."""
    keeps_web_vend: tuple[str, ...] = ()
    """The Installations for which its web page goes on vending whatever happens."""
    heeds_stops: bool = True
    """Whether a supplier's stop request makes it refuse to start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsoSetup:
    """What the SMSO works with, and how it misbehaves."""

    premises: Premises
    accounts: Accounts
    supplier: Supplier
    keys: KeyStore
    """Asked for SUA, MASTER, HAND_OVER, VEND and TRANSPORT keys (peer: `eui64`)."""
    scheme: SuaScheme
    eui64: Eui64
    """The address of the SMSO's head-end."""
    records: Mapping[MeterId, SmsoRecord]
    last_contact_at: Callable[[str, str], Instant | None]
    """Asks the bench when a device (installation, name) was last heard."""
    utrn_period_started_at: Callable[[str, str], Instant | None]
    """Asks the DCO about (installation, device)."""
    last_sequences: Mapping[MeterId, int] = field(default_factory=dict)
    """The last UTRN sequence that each meter has seen."""
    firmware: FirmwareRegister
    configuration: ConfigurationRegister
    conduct: SmsoConduct = SmsoConduct()


class Smso:
    """The Secure SMSO."""

    name = "SMSO"
    catalogue = of.CATALOGUE

    def __init__(self, setup: SmsoSetup) -> None:
        self._setup = setup
        self._outgoing: list[bytes] = []
        self._jobs = 0
        self._issuer = UtrnIssuer(Issuer.SMSO, setup.keys, setup.last_sequences)
        self.on_start: Callable[[str, Instant], None] | None = None
        """Told of each start: the MCC counts them."""
        self._start_refusals = Refusals(setup.conduct.start_refusals)
        self._hand_over_refusals = Refusals(
            {_one(meter): times for meter, times in setup.conduct.hand_over_refusals.items()}
        )
        self._commands = OldKeyCommands(
            setup.premises, setup.keys, setup.scheme, setup.eui64, setup.records
        )
        self._bound = (
            bind(of.COMMUNICATIONS_CHECK, self._communications_check),
            bind(of.DEVICES, self._devices),
            bind(of.START_MIGRATION, self._start_migration),
            bind(of.HAND_OVER, self._hand_over),
            bind(of.ROLL_BACK, self._roll_back),
            bind(of.RETURN_ACCOUNT, self._return_account),
            bind(of.WEB_VEND, self._web_vend),
            bind(of.ISSUE_UTRN, self.issue),
            bind(FIRMWARE, setup.firmware.read),
            bind(UPGRADE_FIRMWARE, setup.firmware.upgrade),
            bind(CONFIGURATION, setup.configuration.read),
            bind(CONFIGURE, self._configure),
        )

    def call(self, operation: str, arguments: Mapping[str, Any], now: Instant) -> Json | PartyError:
        """Perform one operation of the catalogue."""
        return call_bound(self._bound, operation, arguments, now)

    def rogue_command(self, installation: str, device: str, instruction: bytes) -> bytes:
        """Return an envelope with an Instruction under the SMSO's own, old key.

        For adversary steps: it is no operation, and the SMSO is not entitled to it once the keys
        are handed over. Raises `KeyError` for a meter that the SMSO has no record of.
        """
        return self._commands.frame((installation, device), instruction)

    def take_outgoing(self) -> tuple[bytes, ...]:
        """Return the envelopes that its operations have made, once: they go down its WAN."""
        outgoing = tuple(self._outgoing)
        self._outgoing.clear()
        return outgoing

    def hear(self, installation: str, device: str, answer: bytes) -> None:
        """Take an answer that came up its WAN: a meter says how far its counter has come."""
        self._commands.hear((installation, device), answer)

    def issued_codes(self, installation: str, device: str) -> tuple[tuple[int, int, bytes], ...]:
        """Return (version, counter, digest) of each code that it made: for the oracle."""
        return self._commands.issued((installation, device))

    def issue(self, asked: of.TopUp, now: Instant) -> of.Vend | PartyError:
        """Make a UTRN for the PSP; its SMSO route ends here."""
        meter = self._setup.premises.meter(asked.installation, asked.device)
        if isinstance(meter, PartyError):
            return meter
        route = self._routes(asked, now).smso
        if route is SmsoRoute.OVER:
            return PartyError(of.UTRN_PERIOD_OVER.code, "the DCC is the only route")
        arranged = self._setup.supplier.has_arrangement(asked.installation, asked.device)
        if route is SmsoRoute.BY_ARRANGEMENT and not arranged:
            return PartyError(of.NO_ARRANGEMENT.code, "the supplier has none with the SMSO")
        return self._vend(asked, meter)

    def can_vend(self, installation: str, device: str, now: Instant) -> bool:
        """Whether a customer has a way through the SMSO now, on the web or by the PSP."""
        routes = self._routes(of.TopUp(installation=installation, device=device, pence=1), now)
        if routes.web_vend or routes.smso is SmsoRoute.OPEN:
            return True
        arranged = self._setup.supplier.has_arrangement(installation, device)
        return routes.smso is SmsoRoute.BY_ARRANGEMENT and arranged

    def next_code(self, installation: str, device: str) -> str | PartyError:
        """Return the code that it would vend next for a meter, for the oracle: none is spent."""
        meter = self._setup.premises.meter(installation, device)
        return (
            meter if isinstance(meter, PartyError) else self._issuer.next_code(installation, meter)
        )

    def last_sequence(self, installation: str, device: str) -> int:
        """Tell the S1SP where its sequences for a meter stand [M]."""
        return self._issuer.last_sequence(installation, device)

    def _web_vend(self, asked: of.TopUp, now: Instant) -> of.Vend | PartyError:
        meter = self._setup.premises.meter(asked.installation, asked.device)
        if isinstance(meter, PartyError):
            return meter
        is_kept = asked.installation in self._setup.conduct.keeps_web_vend
        if not self._routes(asked, now).web_vend and not is_kept:
            return PartyError(of.MIGRATION_STARTED.code, "web vend is off")
        return self._vend(asked, meter)

    def _routes(self, asked: of.TopUp, now: Instant) -> Routes:
        started_at = self._setup.utrn_period_started_at(asked.installation, asked.device)
        account = self._setup.accounts.account(asked.installation)
        return CUT_OVER[phase(account, started_at, now)]

    def _vend(self, asked: of.TopUp, meter: PremisesDevice) -> of.Vend | PartyError:
        digits = self._issuer.vend(asked.installation, meter, asked.pence)
        return digits if isinstance(digits, PartyError) else of.Vend(utrn=digits)

    def _communications_check(
        self, asked: OfInstallation, now: Instant
    ) -> of.CommunicationsReport | PartyError:
        home = self._setup.premises.home(asked.installation)
        if isinstance(home, PartyError):
            return home
        return of.CommunicationsReport(
            devices=tuple(
                of.DeviceContact(
                    device=device.name,
                    last_contact_us=self._setup.last_contact_at(home.name, device.name),
                    is_recent=self._is_recent((home.name, device.name), now),
                )
                for device in home.devices
                if device.is_meter or device.type == "CHF"
            )
        )

    def _is_recent(self, device: MeterId, now: Instant) -> bool:
        conduct = self._setup.conduct
        if device[0] in conduct.vouches:
            return True
        if device in conduct.silent:
            return False
        before_us = conduct.last_heard_us_before.get(device)
        if before_us is None:
            return True
        heard_at = self._setup.last_contact_at(*device)
        since_us = now + before_us if heard_at is None else now - heard_at
        return since_us <= conduct.recent_us.get(device[0], RECENT_US)

    def _devices(self, asked: OfInstallation, _now: Instant) -> of.HanReport | PartyError:
        home = self._setup.premises.home(asked.installation)
        if isinstance(home, PartyError):
            return home
        unfit = self._setup.configuration.unfit(home.name)
        return of.HanReport(
            devices=tuple(
                of.HanDevice(
                    device=device.name,
                    eui64=format_eui64(device.eui64),
                    type=None if device.is_third_party else device.type,
                    is_third_party=device.is_third_party,
                    has_required_data=device.has_required_data
                    and (home.name, device.name) not in self._setup.conduct.master_key_missing,
                    joined_order=device.joined_order,
                    is_configured=device.name not in unfit,
                )
                for device in home.devices
            )
        )

    def _configure(self, asked: Configure, now: Instant) -> Ordered | PartyError:
        """Send a step to a meter, under the key that the SMSO holds until the start."""
        meter = self._setup.premises.meter(asked.installation, asked.device)
        if isinstance(meter, PartyError):
            return meter
        account = self._setup.accounts.account(asked.installation)
        if account is not Account.SUPPLIER:
            return PartyError(MIGRATING.code, f"the account is {account.value}")
        ordered = self._setup.configuration.configure(asked, now)
        if isinstance(ordered, Ordered):
            self._jobs += 1
            step = self._setup.configuration.instruction(asked, FIRST_JOB + self._jobs)
            meter_id = (asked.installation, asked.device)
            self._outgoing.append(self._commands.frame(meter_id, instructions.encode(step)))
        return ordered

    def _start_migration(
        self, asked: of.StartMigration, now: Instant
    ) -> of.MigrationStart | PartyError:
        home = self._setup.premises.home(asked.installation)
        if isinstance(home, PartyError):
            return home
        accounts = self._setup.accounts
        already = accounts.account(home.name) is Account.DCC
        objection = None if already else self._objection_to_start(home.name)
        if objection is not None:
            return objection
        if not already:
            accounts.start(home.name, now, asked.request)
            if self.on_start is not None:
                self.on_start(home.name, now)
        standing = accounts.of(home.name)
        started_at = standing.started_at
        assert started_at is not None, "it stands on the DCC account"
        return of.MigrationStart(
            account="dcc",
            started_at_us=started_at,
            already_started=already,
            by_another=already and standing.request != asked.request,
            attempt=standing.starts,
        )

    def _objection_to_start(self, installation: str) -> PartyError | None:
        if self._setup.accounts.account(installation) is Account.HELD_BY_SECURE:
            return PartyError(of.HELD_BY_SECURE.code, f"{installation} was rolled back")
        if self._setup.conduct.heeds_stops and self._setup.supplier.is_stopped(installation):
            return PartyError(of.REFUSED.code, "the supplier asked not to start")
        if self._start_refusals.is_due(installation):
            return PartyError(of.REFUSED.code, "refuses by the scenario")
        return None

    def _hand_over(self, asked: OfDevice, _now: Instant) -> of.HandOver | PartyError:
        meter = self._setup.premises.meter(asked.installation, asked.device)
        if isinstance(meter, PartyError):
            return meter
        meter_id = (asked.installation, asked.device)
        account = self._setup.accounts.account(asked.installation)
        if account is not Account.DCC:
            return PartyError(of.NOT_STARTED.code, f"the account is {account.value}")
        if self._hand_over_refusals.is_due(_one(meter_id)):
            return PartyError(of.REFUSED.code, "refuses by the scenario")
        if meter_id in self._setup.conduct.master_key_missing:
            return PartyError(of.MISSING_MASTER_KEY.code, f"none on file for {asked.device}")
        try:
            return of.HandOver(file=self._sealed(meter_id, meter).hex())
        except MissingKeyError as error:
            return PartyError(of.MISSING_MASTER_KEY.code, str(error))

    def _sealed(self, meter_id: MeterId, meter: PremisesDevice) -> bytes:
        conduct, keys = self._setup.conduct, self._setup.keys
        record = self._setup.records[meter_id]
        owner = self._another(meter) if meter_id in conduct.wrong_key else meter
        content = HandOverContent(
            eui64=meter.eui64,
            key_version=record.key_version,
            last_counter=conduct.stale_counter.get(meter_id, self._last_counter(meter_id)),
            sua_key=keys.key(owner.eui64, KeyUsage.SUA),
            master_key=keys.key(meter.eui64, KeyUsage.MASTER),
        )
        return hand_over_file.encode(content, keys.key(meter.eui64, KeyUsage.HAND_OVER))

    def _last_counter(self, meter_id: MeterId) -> int:
        """Return the last counter: that on file, or that of what it has configured since."""
        on_file = self._setup.records[meter_id].last_counter
        return max(on_file, self._commands.heard_counter(meter_id))

    def _another(self, meter: PremisesDevice) -> PremisesDevice:
        homes = self._setup.premises.homes
        others = [it for home in homes for it in home.devices if it.eui64 != meter.eui64]
        # Another meter where there is one: mixing up two meters is the mistake that happens.
        return max(others, key=lambda it: it.is_meter, default=meter)

    def _roll_back(self, asked: OfInstallation, _now: Instant) -> of.AccountState | PartyError:
        home = self._setup.premises.home(asked.installation)
        if isinstance(home, PartyError):
            return home
        if self._setup.accounts.account(home.name) is Account.SUPPLIER:
            return PartyError(of.NOT_STARTED.code, f"{home.name} stands on the Supplier Account")
        self._setup.accounts.hold(home.name)
        return of.AccountState(account="held-by-secure")

    def _return_account(self, asked: OfInstallation, _now: Instant) -> of.AccountState | PartyError:
        home = self._setup.premises.home(asked.installation)
        if isinstance(home, PartyError):
            return home
        if self._setup.accounts.account(home.name) is Account.DCC:
            return PartyError(of.NOT_ROLLED_BACK.code, f"{home.name} is being migrated")
        self._setup.accounts.give_back(home.name)
        return of.AccountState(account="supplier")


def _one(meter: MeterId) -> str:
    return "/".join(meter)
