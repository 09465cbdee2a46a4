"""The six service requests that add a device after migration, as a table.

Source: DUIS 5.4 request matrix and templates (domain.md 7): names, criticality, command variants,
roles and use cases are stated there, and so are the numbers of the response codes that one request
has for itself. What those codes mean, and which request moves which SMI status, is not public:
modelled [M], except E120201 (modification DP316). TMAD v5.1 conclusions list the six in this order
and say "a combination of": not every one applies to each device type.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from hanbench.emulator.parties.inventory_operations import SmiStatus

Reference = Literal["12.2", "8.11", "6.21", "8.7.1", "8.7.2", "8.1.1"]
Role = Literal["IS", "ES", "GS", "RSA", "ED", "GT", "OU"]
"""Import supplier, export supplier, gas supplier, registered supplier agent, electricity
distributor, gas transporter, other user."""
SUPPLIER_ROLES: tuple[Role, ...] = ("IS", "GS")
NON_DEVICE = 8
TRANSFORM = 4
SIGNED = (5, 6, 7)
"""Command variants: 1 to 3 send a command, 4 has a Pre-Command made of a critical one, 5 to 7 send
that back signed (over the WAN, to be delivered locally, both), 8 is for no device."""
ANY_STATUS: tuple[SmiStatus, ...] = get_args(SmiStatus)
METERS = ("ESME", "GSME")
DISPLAYS = ("PPMID", "IHD", "CAD", "HCALCS")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRequest:
    """One row."""

    reference: Reference
    name: str
    is_critical: bool
    variants: tuple[int, ...]
    roles: tuple[Role, ...]
    device_types: tuple[str, ...]
    """Of the device that is added [M]."""
    use_cases: tuple[str, ...]
    """The GBCS use cases that it stands for."""
    needs: tuple[SmiStatus, ...]
    """The statuses in which the device may be [M]; empty: it is not in the inventory yet."""
    gives: SmiStatus | None
    """The status that it has afterwards [M]; None: it keeps its own."""
    codes: Mapping[str, str] = field(default_factory=dict)
    """Response codes of this request alone that this model uses, and when."""


REQUESTS: Mapping[Reference, ServiceRequest] = {
    row.reference: row
    for row in (
        ServiceRequest(
            reference="12.2",
            name="Device Pre-notification",
            is_critical=False,
            variants=(NON_DEVICE,),
            roles=("IS", "GS", "RSA", "ED", "GT", "OU"),
            device_types=(*METERS, *DISPLAYS, "GPF", "CHF"),
            use_cases=(),
            needs=(),
            gives="Pending",
            codes={
                "E120201": "CHF and GPF identifiers are identical (stated, DP316).",
                "E120203": "The device is in the inventory already [M].",
                "E120204": "The device is of another type than the one that is notified [M].",
            },
        ),
        ServiceRequest(
            reference="8.11",
            name="Update HAN Device Log",
            is_critical=False,
            variants=(1,),
            roles=("IS", "GS", "OU"),
            device_types=(*METERS, *DISPLAYS, "GPF"),
            use_cases=("CCS01", "CCS02"),
            needs=("Pending", "Whitelisted", "InstalledNotCommissioned", "Commissioned"),
            gives="Whitelisted",
            codes={"E081101": "The device was not pre-notified [M]."},
        ),
        ServiceRequest(
            reference="6.21",
            name="Request Handover Of DCC Controlled Device",
            is_critical=False,
            variants=(1,),
            roles=("IS", "GS"),
            device_types=(*METERS, "GPF"),
            use_cases=("CS02b",),
            needs=("Whitelisted", "InstalledNotCommissioned", "Commissioned"),
            gives=None,
            codes={"E062101": "The device was handed over to this supplier already [M]."},
        ),
        ServiceRequest(
            reference="8.7.1",
            name="Join Service (Critical)",
            is_critical=True,
            variants=(TRANSFORM, *SIGNED),
            roles=("IS", "GS"),
            device_types=METERS,
            use_cases=("CS03A1", "CS03A2", "CS03C"),
            needs=("Whitelisted",),
            gives="InstalledNotCommissioned",
            codes={"E080702": "The other device is not Commissioned [M]."},
        ),
        ServiceRequest(
            reference="8.7.2",
            name="Join Service (Non-Critical)",
            is_critical=False,
            variants=(1,),
            roles=("IS", "GS", "OU"),
            device_types=DISPLAYS,
            use_cases=("CS03A2", "CS03B", "CS03C"),
            needs=("Whitelisted",),
            gives="InstalledNotCommissioned",
            codes={"E080721": "The other device is not Commissioned [M]."},
        ),
        ServiceRequest(
            reference="8.1.1",
            name="Commission Device",
            is_critical=True,
            variants=(TRANSFORM, *SIGNED),
            roles=("IS", "GS"),
            device_types=METERS,
            use_cases=("ECS70", "GCS28"),
            needs=("InstalledNotCommissioned",),
            gives="Commissioned",
        ),
    )
}

GENERAL_CODES: Mapping[str, str] = {
    "E1": "The sender is no user, or not one in this role.",
    "E2": "The role may not send this service request.",
    "E4": "The role is not authorised for this device now: another supplier is responsible.",
    "E5": "The SMI status of the device, or of its hub, does not allow it.",
    "E11": "The service request is not for this type of device.",
    "E12": "The command variant is not one of this service request.",
    "E19": "The device is unknown.",
    "E20": "The hub cannot be reached.",
}
"""Response codes that several requests have (WIX table, domain.md 7), as they are checked."""
