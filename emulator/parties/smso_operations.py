"""The catalogue of the Secure SMSO.

Source: TMAD v5.1 conclusions (start of migration, web vend, UTRN cut-over, rollback); the hand-over
of keys is modelled [M, domain.md 10.8], since nothing about it is public.
"""

from typing import Annotated, Literal

from pydantic import Field

from hanbench.emulator.parties.configuration import CONFIGURATION, CONFIGURE
from hanbench.emulator.parties.firmware import FIRMWARE, UPGRADE_FIRMWARE
from hanbench.emulator.parties.operation import (
    NO_SUCH_INSTALLATION,
    UNKNOWN_NAMES,
    Catalogue,
    ErrorMeaning,
    EuiText,
    Hex,
    InstantUs,
    Name,
    OfDevice,
    OfInstallation,
    Operation,
    Pence,
    Schema,
    Utrn,
)
from hanbench.emulator.parties.premises import DeviceType

AccountWords = Literal["supplier", "dcc", "held-by-secure"]

REFUSED = ErrorMeaning("REFUSED", "The SMSO refuses: told not to start, or a fault of its own.")
HELD_BY_SECURE = ErrorMeaning(
    "HELD_BY_SECURE", "The Installation is held by Secure: return it to the Supplier Account first."
)
NOT_STARTED = ErrorMeaning("NOT_STARTED", "No migration of the Installation has been started.")
MISSING_MASTER_KEY = ErrorMeaning(
    "MISSING_MASTER_KEY", "The SMSO lacks the meter's master key: it cannot be migrated."
)
NOT_ROLLED_BACK = ErrorMeaning(
    "NOT_ROLLED_BACK", "The Installation stands on the DCC account: roll it back first."
)
MIGRATION_STARTED = ErrorMeaning(
    "MIGRATION_STARTED", "Web vend ended when the meter was switched to the DCC account."
)
UTRN_PERIOD_OVER = ErrorMeaning(
    "UTRN_PERIOD_OVER", "336 hours have passed: the DCC is the only route now."
)
NO_ARRANGEMENT = ErrorMeaning(
    "NO_ARRANGEMENT", "The supplier has no commercial arrangement with the Secure SMSO."
)
SEQUENCES_SPENT = ErrorMeaning(
    "SEQUENCES_SPENT", "The issuer has used all sequence numbers of its half for this meter."
)


class DeviceContact(Schema):
    """When the SMSO last heard a device."""

    device: Name
    last_contact_us: InstantUs | None
    """None: not since the scenario began."""
    is_recent: bool = True
    """Whether the SMSO heard it within the last 7 days, or within a day: see the operation."""


class CommunicationsReport(Schema):
    """The contact with each meter and the hub."""

    devices: tuple[DeviceContact, ...]


class HanDevice(Schema):
    """A device on the HAN, as far as the SMSO knows it."""

    device: Name
    eui64: EuiText
    type: DeviceType | None
    """None for a third-party device: Secure stores only its GUID."""
    is_third_party: bool
    has_required_data: bool
    joined_order: int
    """A later join has a higher number."""
    is_configured: bool = True
    """Whether a meter holds the configuration that migration asks for; true of all others."""


class HanReport(Schema):
    """All devices on the HAN, third-party ones among them."""

    devices: tuple[HanDevice, ...]


class StartMigration(OfInstallation):
    """Which Installation, and what the one who asks calls this piece of work."""

    request: Annotated[str, Field(max_length=64)] = ""
    """The same whenever one engine asks again, also after a restart; another engine's differs."""


class MigrationStart(Schema):
    """The account now, and since when."""

    account: AccountWords
    started_at_us: InstantUs
    already_started: bool
    by_another: bool
    """Whether it is under way at the request of somebody else: another engine is at work."""
    attempt: int
    """How many times the migration of this Installation has been started."""


class HandOver(Schema):
    """The sealed file for the DCO; the engine passes it on and cannot read it."""

    file: Hex


class AccountState(Schema):
    """Where the Installation stands now."""

    account: AccountWords


class TopUp(OfDevice):
    """For which meter, and how much."""

    pence: Pence


class Vend(Schema):
    """A native UTRN."""

    utrn: Utrn


COMMUNICATIONS_CHECK = Operation(
    name="communications_check",
    purpose="Report when each meter and the hub of an Installation last communicated.",
    arguments=OfInstallation,
    result=CommunicationsReport,
    errors=(NO_SUCH_INSTALLATION,),
    stated="TMAD has communication checked 7 days before migration (TMAD v5.1 conclusions).",
    modelled="That is read as contact within 7 days, or as a check within a day of the start, as "
    "the scenario says; `is_recent` goes by that reading.",
    example=(
        {"installation": "home-1"},
        {
            "devices": [
                {"device": "gsme", "last_contact_us": 1800000000, "is_recent": True},
            ]
        },
    ),
)
DEVICES = Operation(
    name="devices",
    purpose="List the devices on the HAN of an Installation.",
    arguments=OfInstallation,
    result=HanReport,
    errors=(NO_SUCH_INSTALLATION,),
    stated="At most one PPMID, one IHD and one CAD are migrated: the last joined to the HAN; one "
    "that lacks data is left out (TMAD 4.34A, 4.44A). Of third-party devices Secure stores only "
    "the GUID (TMAD v5.1 conclusions).",
    modelled="That the SMSO is asked, and the order of joining as a number.",
    example=(
        {"installation": "home-1"},
        {
            "devices": [
                {
                    "device": "ppmid",
                    "eui64": "00-DB-12-34-56-78-90-A4",
                    "type": "PPMID",
                    "is_third_party": False,
                    "has_required_data": True,
                    "joined_order": 3,
                    "is_configured": True,
                }
            ]
        },
    ),
)
START_MIGRATION = Operation(
    name="start_migration",
    purpose="Switch an Installation to the DCC account; from then on web vend is off.",
    arguments=StartMigration,
    result=MigrationStart,
    errors=(NO_SUCH_INSTALLATION, REFUSED, HELD_BY_SECURE),
    stated="Web-based vending ends when the meter is switched to the DCC account, which is the "
    "point at which migration starts (TMAD v5.1 conclusions, 4.2).",
    modelled="Asking again while it is under way changes nothing and says `already_started`; "
    "`by_another` if the request differs, so that two engines started by mistake find out.",
    example=(
        {"installation": "home-1", "request": "attempt 1, begun at 0 us"},
        {
            "account": "dcc",
            "started_at_us": 3600000000,
            "already_started": False,
            "by_another": False,
            "attempt": 1,
        },
    ),
)
HAND_OVER = Operation(
    name="hand_over",
    purpose="Seal the keys, the key version and the last counter of a meter for the DCO.",
    arguments=OfDevice,
    result=HandOver,
    errors=(*UNKNOWN_NAMES, NOT_STARTED, REFUSED, MISSING_MASTER_KEY),
    stated="Missing master keys are an excluded category (DCC consultation on the TMAD's expiry).",
    modelled="All of it. From now until the meter commits a new key both the SMSO and the DCO can "
    "command it, but only the DCO is entitled. The file is opaque to the engine.",
    example=({"installation": "home-1", "device": "gsme"}, {"file": "48414e2d"}),
)
ROLL_BACK = Operation(
    name="roll_back",
    purpose="End a migration: Secure holds the Installation from now on.",
    arguments=OfInstallation,
    result=AccountState,
    errors=(NO_SUCH_INSTALLATION, NOT_STARTED),
    stated="A complete rollback into the Secure SMSO is not offered, as a security risk (TMAD v5.1 "
    "conclusions).",
    modelled="It moves an account and no key: web vend stays off, and what a meter holds it keeps.",
    example=({"installation": "home-1"}, {"account": "held-by-secure"}),
)
RETURN_ACCOUNT = Operation(
    name="return_account",
    purpose="Return a rolled-back Installation to the Supplier Account, so that it can be "
    "submitted again.",
    arguments=OfInstallation,
    result=AccountState,
    errors=(NO_SUCH_INSTALLATION, NOT_ROLLED_BACK),
    stated="Devices must be returned to the Supplier Account for a resubmission; how was not "
    "agreed when this was published (TMAD v5.1 conclusions).",
    modelled="Always technically feasible.",
    example=({"installation": "home-1"}, {"account": "supplier"}),
)
WEB_VEND = Operation(
    name="web_vend",
    purpose="Make a native UTRN on the SMSO's web page.",
    arguments=TopUp,
    result=Vend,
    errors=(*UNKNOWN_NAMES, MIGRATION_STARTED, SEQUENCES_SPENT),
    stated="See `start_migration`.",
    modelled="The UTRN itself (HAN-DAUTRN-M1); the SMSO uses even sequence numbers.",
    example=(
        {"installation": "home-1", "device": "gsme", "pence": 1000},
        {"utrn": "00000285770438722302"},
    ),
)
ISSUE_UTRN = Operation(
    name="issue_utrn",
    purpose="Make a native UTRN for a top-up that the PSP took by the SMSO route.",
    arguments=TopUp,
    result=Vend,
    errors=(*UNKNOWN_NAMES, NO_ARRANGEMENT, UTRN_PERIOD_OVER, SEQUENCES_SPENT),
    stated="The PSP can top up by the existing process during the UTRN Period, depending on the "
    "supplier's commercial arrangement; a migration that does not complete does not affect such an "
    "arrangement (TMAD v5.1 conclusions, 4.2).",
    modelled="The arrangement is asked for from the start of migration on. The period limits what "
    "the SMSO issues, not when a code may be typed. The SMSO uses even sequence numbers.",
    example=(
        {"installation": "home-1", "device": "gsme", "pence": 1000},
        {"utrn": "00000285770438722302"},
    ),
)

CATALOGUE: Catalogue = (
    COMMUNICATIONS_CHECK,
    DEVICES,
    START_MIGRATION,
    HAND_OVER,
    ROLL_BACK,
    RETURN_ACCOUNT,
    WEB_VEND,
    ISSUE_UTRN,
    FIRMWARE,
    UPGRADE_FIRMWARE,
    CONFIGURATION,
    CONFIGURE,
)
