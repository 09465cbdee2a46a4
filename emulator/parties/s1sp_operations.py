"""The catalogue of the S1SP: the DCC acting as SMETS1 Service Provider.

Source: TMAD v5.1 conclusions (S1SP Required File Set, 5.27, 16.4); DUIS 5.4 and SEC modification
DP266 for the way of a top-up (service request 2.2, I99, alert N55 with the UTRN). Framing is
modelled [M, domain.md 10.2]: the S1SP frames and MACs what the DCO has authorised.
"""

from typing import Annotated, Literal

from pydantic import Field

from hanbench.emulator.parties.commissioning_by_file import COMMISSIONING_FILE
from hanbench.emulator.parties.cos_counter import UPDATE_COS_CREDENTIALS
from hanbench.emulator.parties.dco_operations import MaybeHex, SuaCode
from hanbench.emulator.parties.file_set import (
    FILE_SET_FAILED,
    FILE_SET_STATED,
    S1SP_CONDITIONS,
    FileSet,
    FileSetReport,
    signed_file_set_operation,
)
from hanbench.emulator.parties.n55 import N55_ALERTS
from hanbench.emulator.parties.network_certificates import ADD_NETWORK_CERTIFICATE
from hanbench.emulator.parties.operation import (
    UNKNOWN_NAMES,
    Catalogue,
    ErrorMeaning,
    Hex,
    Name,
    OfDevice,
    Operation,
    Schema,
    Utrn,
)
from hanbench.emulator.parties.smso_operations import SEQUENCES_SPENT, TopUp

MessageId = Annotated[int, Field(ge=1, lt=1 << 32)]

NOT_PROCESSED = ErrorMeaning(
    "NOT_PROCESSED",
    "The S1SP Required File Set of the Installation has not been processed, or failed.",
)
BAD_INSTRUCTION = ErrorMeaning("BAD_INSTRUCTION", "These octets are not an Instruction.")
MALFORMED = ErrorMeaning("MALFORMED", "These octets are not an envelope, or hold no valid message.")
BAD_MAC = ErrorMeaning("BAD_MAC", "The transport MAC does not verify: nothing in it is believed.")
NOT_FOR_US = ErrorMeaning(
    "NOT_FOR_US", "The envelope is for another head-end, or from a device that nobody knows."
)
NOT_YET = ErrorMeaning(
    "NOT_YET", "The meter is neither commissioned nor has its UTRN Period begun."
)


class FrameRequest(OfDevice):
    """An Instruction, with the DCO's code where one is wanted."""

    instruction: Hex
    authorisation: SuaCode | None = None


class Framed(Schema):
    """An envelope to `send`, and the message id under which its answer will come."""

    message_id: MessageId
    envelope: Hex


class CancelRequest(OfDevice):
    """Which waiting Instruction to drop."""

    message_id: Annotated[int, Field(ge=0, lt=1 << 32)]
    """0: every one that waits for the device."""


class OpenRequest(Schema):
    """An envelope as it was received."""

    envelope: Hex
    installation: Name | None = None
    """If given, an envelope from another Installation is refused."""


class OpenedHubAnswer(Schema):
    """The hub's answer to a hub command."""

    result: Literal[
        "cancelled",
        "too-late",
        "not-found",
        "buffered",
        "logged",
        "unlogged",
        "bad-install-code",
    ]
    """`too-late`: the device has fetched it, or may have."""
    cancelled: int = 0
    message_ids: tuple[int, ...] = ()
    """What waits, in the order in which the device will be offered it."""


class OpenedAlert(Schema):
    """What a device said unasked."""

    code: Annotated[str, Field(pattern=r"^[0-9A-F]{4}$")]
    text: str


class Opened(Schema):
    """A verified envelope; which parts stand in it follows from `kind`."""

    kind: Literal["answer", "hub-answer", "alert"]
    installation: Name
    device: Name
    """The device that sent it."""
    message_id: Annotated[int, Field(ge=0, lt=1 << 32)]
    """Of an answer: that of the framed message which it answers."""
    answer: Hex | None = None
    """A device's answer, as the DCO's `read_answer` takes it."""
    outcome: Name | None = None
    """What the answer says in words; it is no evidence about a key before the DCO has read it."""
    payload: MaybeHex | None = None
    hub_answer: OpenedHubAnswer | None = None
    alert: OpenedAlert | None = None


class N55(Schema):
    """How a top-up by service request 2.2 went."""

    acknowledgement: Literal["I99"]
    alert: Literal["N55"] | None
    """None: it has not come with the acknowledgement: lost, or late (`n55_alerts`)."""
    utrn: Utrn | None


_GSME = {"installation": "home-1", "device": "gsme"}
_ENVELOPE = {"message_id": 7, "envelope": "010100db12345678"}

PROCESS_FILE_SET = Operation(
    name="process_file_set",
    purpose="Process the S1SP Required File Set for an Installation.",
    arguments=FileSet,
    result=FileSetReport,
    errors=(*UNKNOWN_NAMES, FILE_SET_FAILED),
    stated=FILE_SET_STATED,
    modelled="The checks: transport-key for each meter and the hub, then conditions-16.4 (passed "
    "unless the scenario says otherwise). Without a file set that passed, the S1SP frames nothing.",
    example=(
        {"installation": "home-1", "devices": ["esme", "gsme"]},
        {"checks": [{"name": "transport-key", "device": "esme"}]},
    ),
)
PROCESS_SIGNED_FILE_SET = signed_file_set_operation(S1SP_CONDITIONS)
FRAME = Operation(
    name="frame",
    purpose="Frame an Instruction for a device and MAC it with the transport key.",
    arguments=FrameRequest,
    result=Framed,
    errors=(*UNKNOWN_NAMES, NOT_PROCESSED, BAD_INSTRUCTION),
    stated="",
    modelled="The envelope HAN-WAN-M1. Each call makes a new message id and originator counter; "
    "to repeat a message exactly, send the same envelope again. Whether the code is there and "
    "right is the meter's to judge: dual control rests on it and not on the S1SP.",
    example=({**_GSME, "instruction": "3000000007"}, _ENVELOPE),
)
FRAME_CANCEL = Operation(
    name="frame_cancel",
    purpose="Frame a command to the hub to drop an Instruction that waits for a sleeping meter.",
    arguments=CancelRequest,
    result=Framed,
    errors=(*UNKNOWN_NAMES, NOT_PROCESSED),
    stated="",
    modelled="The command. The hub may answer that it comes too late.",
    example=({**_GSME, "message_id": 6}, _ENVELOPE),
)
FRAME_LIST = Operation(
    name="frame_list",
    purpose="Frame a command to the hub to list what waits for a sleeping meter.",
    arguments=OfDevice,
    result=Framed,
    errors=(*UNKNOWN_NAMES, NOT_PROCESSED),
    stated="",
    modelled="The command.",
    example=(_GSME, _ENVELOPE),
)
OPEN = Operation(
    name="open",
    purpose="Verify the transport MAC of a received envelope and say what is in it.",
    arguments=OpenRequest,
    result=Opened,
    errors=(MALFORMED, NOT_FOR_US, BAD_MAC),
    stated="",
    modelled="The envelope HAN-WAN-M1. The transport MAC says who sent it and nothing about a SUA "
    "key: an outcome is evidence only after the DCO's `read_answer`.",
    example=(
        {"envelope": "010200db12345678"},
        {
            "kind": "answer",
            "installation": "home-1",
            "device": "gsme",
            "message_id": 7,
            "answer": "00",
            "outcome": "accepted",
            "payload": "",
            "hub_answer": None,
            "alert": None,
        },
    ),
)
ISSUE_UTRN = Operation(
    name="issue_utrn",
    purpose="Make a native UTRN for a service request 2.2 and send it to the supplier in an N55.",
    arguments=TopUp,
    result=N55,
    errors=(*UNKNOWN_NAMES, NOT_YET, SEQUENCES_SPENT),
    stated="After the UTRN Period this is the only route; respondents feared the loss of an N55 "
    "(TMAD v5.1 conclusions, 4.2). An S1SP alert can carry 20 digits of UTRN (DUIS 5.4).",
    modelled="The UTRN itself (HAN-DAUTRN-M1); the S1SP uses odd sequence numbers. Open for a "
    "meter that is commissioned, or on the DCC account since its UTRN Period began.",
    example=(
        {**_GSME, "pence": 1000},
        {"acknowledgement": "I99", "alert": "N55", "utrn": "00000285770438722302"},
    ),
)

CATALOGUE: Catalogue = (
    PROCESS_FILE_SET,
    PROCESS_SIGNED_FILE_SET,
    COMMISSIONING_FILE,
    FRAME,
    FRAME_CANCEL,
    FRAME_LIST,
    OPEN,
    ISSUE_UTRN,
    N55_ALERTS,
    ADD_NETWORK_CERTIFICATE,
    UPDATE_COS_CREDENTIALS,
    UPDATE_COS_CREDENTIALS,
)
