"""The catalogue of the DCC's Smart Metering Inventory.

Source: DUIS 5.4 schema (device types, SMI status), SEC service requests 12.2, 8.11 and 8.1.1; TMAD
v5.1 conclusions on third-party devices. Which service request moves which status is not public.
"""

from collections.abc import Mapping
from typing import Literal

from hanbench.emulator.parties.operation import (
    UNKNOWN_NAMES,
    Catalogue,
    ErrorMeaning,
    InstantUs,
    OfDevice,
    Operation,
    Schema,
)

SmiStatus = Literal[
    "Pending",
    "Whitelisted",
    "InstalledNotCommissioned",
    "Commissioned",
    "Decommissioned",
    "Withdrawn",
    "Suspended",
    "Recovery",
    "Recovered",
]
SmiDeviceType = Literal["ESME", "GSME", "CHF", "GPF", "PPMID", "IHD", "CAD", "HCALCS"]

JOINING: tuple[SmiStatus, ...] = (
    "Pending",
    "Whitelisted",
    "InstalledNotCommissioned",
    "Commissioned",
)
"""The way of a new device (inferred from the enumeration)."""
FOLLOWING: Mapping[SmiStatus, tuple[SmiStatus, ...]] = {
    "Pending": ("Whitelisted", "Withdrawn"),
    "Whitelisted": ("InstalledNotCommissioned", "Pending", "Withdrawn"),
    "InstalledNotCommissioned": ("Commissioned", "Decommissioned", "Withdrawn"),
    "Commissioned": ("Suspended", "Decommissioned", "Withdrawn", "Recovery"),
    "Suspended": ("Commissioned", "Decommissioned"),
    "Recovery": ("Recovered", "Decommissioned"),
    "Recovered": ("Commissioned", "Decommissioned"),
    "Decommissioned": ("Pending",),
    "Withdrawn": ("Commissioned", "Decommissioned"),
}
"""Which status may follow which [M]; the nine words are those of DUIS 5.4."""

NOT_REGISTERED = ErrorMeaning("NOT_REGISTERED", "The device is not in the inventory.")
ALREADY_REGISTERED = ErrorMeaning("ALREADY_REGISTERED", "The device is in the inventory already.")
WRONG_TYPE = ErrorMeaning(
    "WRONG_TYPE", "The device is of another type, or of one for which the DCC has no type."
)
THIRD_PARTY = ErrorMeaning(
    "THIRD_PARTY",
    "A third-party device is never migrated: it enters the inventory by service request 12.2 only.",
)


WRONG_ORDER = ErrorMeaning(
    "WRONG_ORDER", "A device in its present status cannot have this one next."
)


class Registration(OfDevice):
    """What is entered, and by which way."""

    type: SmiDeviceType
    status: SmiStatus
    route: Literal["migration", "12.2"] = "migration"


class StatusChange(OfDevice):
    """The status that a device is to have."""

    status: SmiStatus
    effective_at_us: InstantUs | None = None
    """When it became true; left out: now."""


class Status(Schema):
    """The SMI status of a device."""

    status: SmiStatus


class StatusChanged(Schema):
    """The SMI status of a device, and the one before."""

    status: SmiStatus
    previous: SmiStatus
    is_overtaken: bool = False
    """Whether a later update was entered before: the status stays as it is."""


REGISTER = Operation(
    name="register",
    purpose="Enter a device of the Installation into the inventory.",
    arguments=Registration,
    result=Status,
    errors=(*UNKNOWN_NAMES, ALREADY_REGISTERED, WRONG_TYPE, THIRD_PARTY),
    stated="Third-party devices and HAN repeaters are never migrated and keep working on the HAN "
    "although absent from the inventory; a supplier may add them afterwards (TMAD v5.1 "
    "conclusions). Device types and statuses are those of DUIS 5.4.",
    modelled="The engine registers each device that it migrates; `route` tells the two ways apart.",
    example=(
        {"installation": "home-1", "device": "gsme", "type": "GSME", "status": "Pending"},
        {"status": "Pending"},
    ),
)
STATUS = Operation(
    name="status",
    purpose="Read the SMI status of a device.",
    arguments=OfDevice,
    result=Status,
    errors=(*UNKNOWN_NAMES, NOT_REGISTERED),
    stated="The nine statuses are those of DUIS 5.4.",
    modelled="",
    example=({"installation": "home-1", "device": "gsme"}, {"status": "Pending"}),
)
SET_STATUS = Operation(
    name="set_status",
    purpose="Set the SMI status of a registered device.",
    arguments=StatusChange,
    result=StatusChanged,
    errors=(*UNKNOWN_NAMES, NOT_REGISTERED, WRONG_ORDER),
    stated="For a new device the order is Pending, Whitelisted, InstalledNotCommissioned, "
    "Commissioned (inferred from the enumeration; triggers are not public).",
    modelled="Which status may follow which (Commissioned, for one, is followed by Suspended, "
    "Decommissioned, Withdrawn or Recovery). An update that is dated, and comes after a later one, "
    "is overtaken and changes nothing; one that is dated may leave out what is still on its way.",
    example=(
        {"installation": "home-1", "device": "gsme", "status": "Whitelisted"},
        {"status": "Whitelisted", "previous": "Pending", "is_overtaken": False},
    ),
)

CATALOGUE: Catalogue = (
    REGISTER,
    STATUS,
    SET_STATUS,
)
