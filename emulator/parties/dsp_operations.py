"""The catalogue of the DSP: where service users hand in service requests.

Source: DUIS 5.4 (domain.md 7): a request is acknowledged with I99 and its result comes later; a
critical one is first transformed into a Pre-Command, which its sender signs and sends back. The
octets of a Pre-Command and the time until a result are modelled [M].
"""

from typing import Annotated, Literal

from pydantic import Field

from hanbench.emulator.parties.inventory_operations import SmiDeviceType, SmiStatus
from hanbench.emulator.parties.operation import (
    NO_SUCH_INSTALLATION,
    Catalogue,
    ErrorMeaning,
    Hex,
    InstantUs,
    Name,
    OfDevice,
    OfInstallation,
    Operation,
    Schema,
)
from hanbench.emulator.parties.service_requests import (
    GENERAL_CODES,
    REQUESTS,
    Reference,
    Role,
)

RequestId = Annotated[
    str, Field(pattern=r"^([0-9A-F]{2}-){7}[0-9A-F]{2}:([0-9A-F]{2}-){7}[0-9A-F]{2}:[0-9]+$")
]
"""Sender, target and the sender's counter (DUIS)."""
Variant = Annotated[int, Field(ge=1, le=8)]
InstallCode = Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2}){6,18}$")]
"""6 to 16 octets (DUIS), with the CRC that a device has printed on it."""

NO_SUCH_REQUEST = ErrorMeaning("NO_SUCH_REQUEST", "No request of this Installation has this id.")
BAD_PRE_COMMAND = ErrorMeaning(
    "BAD_PRE_COMMAND",
    "The Signed Pre-Command is not one that was made here, or its signature is not the sender's "
    "(which response code says so is not public).",
)

EXECUTED_BEFORE = ErrorMeaning(
    "EXECUTED_BEFORE",
    "The counter of the Signed Pre-Command is not above the Execution Counter of the device (which "
    "response code says so is not public).",
)


class DuisRequest(OfDevice):
    """A service request about one device of an Installation."""

    reference: Reference
    role: Role
    variant: Variant
    sender: Name
    """The service user, such as the Responsible Supplier."""
    type: SmiDeviceType | None = None
    """12.2: the type that is notified."""
    manufacturer: Annotated[str, Field(max_length=30)] = ""
    model: Annotated[str, Field(max_length=30)] = ""
    associated_gpf: Name | None = None
    """12.2, of a hub: its gas proxy function."""
    action: Literal["add", "remove"] = "add"
    """8.11."""
    join_time_s: Annotated[int, Field(ge=1, le=3600)] = 180
    """8.11: how long the hub waits for it."""
    install_code: InstallCode | None = None
    """8.11."""
    other_device: Name | None = None
    """8.7.1, 8.7.2: the device that it is joined to."""
    pre_command: Hex | None = None
    """The Pre-Command that was made, with variants 5 to 7."""
    signature: Hex | None = None
    """The sender's signature over it."""


class Acknowledged(Schema):
    """The request is taken; what came of it is for `response`."""

    acknowledgement: Literal["I99"]
    request_id: RequestId
    responds_at_us: InstantUs
    """When the result is there [M]."""


class ResponseRequest(OfInstallation):
    """Which request is asked about."""

    request_id: RequestId


class ServiceResponse(Schema):
    """What came of a request so far."""

    code: Literal["I99", "I0"]
    """I99: no result yet, or it was lost."""
    pre_command: Hex | None = None
    """After variant 4: what the sender has to sign."""
    status: SmiStatus | None = None
    """The SMI status that the device has by this request."""


_CODES = (
    *(ErrorMeaning(code, meaning) for code, meaning in GENERAL_CODES.items()),
    *(
        ErrorMeaning(code, f"{row.reference}: {meaning}")
        for row in REQUESTS.values()
        for code, meaning in row.codes.items()
    ),
)
REQUEST = Operation(
    name="request",
    purpose="Hand in a service request that adds a device of the Installation.",
    arguments=DuisRequest,
    result=Acknowledged,
    errors=(NO_SUCH_INSTALLATION, *_CODES, BAD_PRE_COMMAND, EXECUTED_BEFORE),
    stated="A supplier may add third-party devices afterwards by a combination of 12.2, 8.11, "
    "6.21, 8.7.1, 8.7.2 and 8.1.1 (TMAD v5.1 conclusions). Roles, criticality, command variants, "
    "I99 and the general response codes are those of DUIS 5.4.",
    modelled="Refused at once or taken: the error is the response code. A taken request has its "
    "effect at once and its result after 30 s. A meter wants 6.21 before its critical requests, "
    "since they are signed by the supplier that the S1SP was notified of. A display is joined by "
    "8.7.2 and has no 8.1.1; it stays InstalledNotCommissioned. Service users send this, and not "
    "an engine.",
    example=(
        {
            "installation": "home-1",
            "device": "shelf-display",
            "reference": "12.2",
            "role": "IS",
            "variant": 8,
            "sender": "supplier-a",
            "type": "IHD",
        },
        {
            "acknowledgement": "I99",
            "request_id": "90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:1",
            "responds_at_us": 30000000,
        },
    ),
)
RESPONSE = Operation(
    name="response",
    purpose="Ask what came of a service request.",
    arguments=ResponseRequest,
    result=ServiceResponse,
    errors=(NO_SUCH_INSTALLATION, NO_SUCH_REQUEST),
    stated="Results come after the acknowledgement (DUIS 5.4).",
    modelled="It is asked for, and not pushed.",
    example=(
        {
            "installation": "home-1",
            "request_id": "90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:1",
        },
        {"code": "I0", "pre_command": None, "status": "Pending"},
    ),
)

CATALOGUE: Catalogue = (REQUEST, RESPONSE)
