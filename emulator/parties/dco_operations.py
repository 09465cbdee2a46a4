"""The catalogue of the DCO.

Source: the DCO and its Required File Set are named in TMAD v5.1 conclusions (5.27, 16.4, 16.5); its
interface is not public. All operations are modelled [M] on domain.md 10.2, 10.3 and 10.8: the DCO
alone holds SUA keys, and issues a code for one Instruction at a time.
"""

from typing import Annotated, Literal

from pydantic import Field

from hanbench.emulator.parties.file_set import (
    DCO_CONDITIONS,
    FILE_SET_FAILED,
    FILE_SET_STATED,
    FileSet,
    FileSetReport,
    signed_file_set_operation,
)
from hanbench.emulator.parties.operation import (
    UNKNOWN_NAMES,
    Catalogue,
    Counter,
    ErrorMeaning,
    Hex,
    InstantUs,
    Name,
    OfDevice,
    Operation,
    Schema,
    Version,
    words,
)

CheckValue = Annotated[str, Field(pattern=r"^[0-9a-f]{6}$", json_schema_extra=words("3 octets"))]
MaybeHex = Annotated[
    str, Field(pattern=r"^([0-9a-f]{2})*$", json_schema_extra=words("octets, perhaps none"))
]
Wrapped = Annotated[str, Field(pattern=r"^[0-9a-f]{48}$", json_schema_extra=words("24 octets"))]
NonceHex = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", json_schema_extra=words("16 octets"))]
CodeHex = Annotated[str, Field(pattern=r"^([0-9a-f]{2}){1,32}$", json_schema_extra=words("octets"))]

BAD_FILE = ErrorMeaning(
    "BAD_FILE", "The hand-over file does not authenticate, or is for another meter."
)
NOT_HELD = ErrorMeaning("NOT_HELD", "The DCO holds no such key of the meter.")
NO_SUCH_VERSION = ErrorMeaning(
    "NO_SUCH_VERSION", "The version to repeat was never escrowed for the meter."
)
NOT_ENTITLED = ErrorMeaning(
    "NOT_ENTITLED",
    "A handed-over key may be used only from its hand-over on and on the DCC account.",
)
BAD_INSTRUCTION = ErrorMeaning("BAD_INSTRUCTION", "These octets are not an Instruction.")
NOT_GUARDED = ErrorMeaning("NOT_GUARDED", "Instructions of this type need no SUA code.")
NOT_ESCROWED = ErrorMeaning(
    "NOT_ESCROWED", "The Instruction would give the meter a key that the DCO has not escrowed."
)
NOT_DRAWN = ErrorMeaning("NOT_DRAWN", "The nonce to prove over was not drawn by the DCO.")
BAD_ANSWER = ErrorMeaning("BAD_ANSWER", "These octets are not an answer.")
NOT_PROVEN = ErrorMeaning(
    "NOT_PROVEN",
    "The DCO has seen no answer or proof that the meter holds this key, or has seen a later one.",
)


class HandOverFile(OfDevice):
    """The sealed file of the SMSO."""

    file: Hex


class HandedOver(Schema):
    """What the file holds, the secrets aside."""

    version: Version
    check_value: CheckValue
    last_counter: Counter


class SuccessorRequest(OfDevice):
    """Which successor: a new one, or one escrowed before."""

    repeat: Version | None = None


class Successor(Schema):
    """A new key as the meter will be sent it: wrapped under the master key of the meter."""

    version: Version
    check_value: CheckValue
    wrapped: Wrapped


class CandidateKey(Schema):
    """A key that the meter may hold."""

    version: Version
    check_value: CheckValue
    origin: Literal["handed-over", "escrowed"]
    answered: bool
    """Whether an answer MACed under it, or a proof of its commit, has been seen."""
    active: bool
    """Whether `confirm_active` has named it."""


class Candidates(Schema):
    """All keys that the DCO would try, the lowest version first."""

    candidates: tuple[CandidateKey, ...]


class CodeRequest(OfDevice):
    """The Instruction to authorise, and the key version to do it under."""

    instruction: Hex
    version: Version


class SuaCode(Schema):
    """A SUA code with the key version and the counter that it is bound to."""

    key_version: Version
    counter: Counter
    code: CodeHex


class AnswerRequest(OfDevice):
    """The Instruction, and the answer that claims to answer it."""

    instruction: Hex
    answer: Hex


class KeyName(Schema):
    """A key, named without being told."""

    version: Version
    check_value: CheckValue


class OpenCode(Schema):
    """A code that was issued and that the meter may still accept."""

    instruction: Name
    key_version: Version
    counter: Counter


class SuaStatusRead(Schema):
    """What a meter says of its SUA keys; version 0: there is no such key."""

    current_version: int
    staged_version: int
    max_version: int
    last_counter: Counter
    failures: int
    locked_remaining_s: int


class AnswerRead(Schema):
    """What an answer says, and what it proves."""

    verified_under: KeyName | None
    """The candidate that MACed it; None: under no key that the DCO holds, so it proves nothing."""
    outcome: Name
    """In words: `accepted`, `wrong-key-version`, `replayed`, ..."""
    key_version: Annotated[int, Field(ge=0, lt=1 << 32)]
    """As the answer claims it; 0 from a meter without a key."""
    last_counter: Counter
    payload: MaybeHex
    proves_version: Version | None
    """The candidate whose proof the payload is."""
    sua_status: SuaStatusRead | None
    """The payload, where the Instruction was `read-sua-status` and the answer is verified."""
    resynchronised: bool
    """Whether the DCO moved its counter because of this answer."""
    open_codes: tuple[OpenCode, ...]
    """Every code issued for the meter that it may still accept, by what the DCO has verified."""
    utrn_period_started_at_us: InstantUs | None


class Nonce(Schema):
    """Sixteen octets that were never used before."""

    nonce: NonceHex


class VersionOf(OfDevice):
    """One key of a meter."""

    version: Version


class Discarded(Schema):
    """What was thrown away, and what never is."""

    discarded: tuple[Version, ...]
    """Handed-over keys; the master key and the nonces went with them."""
    kept: tuple[Version, ...]
    """Escrowed keys."""


class UtrnPeriod(Schema):
    """The UTRN Period of a meter; None and None: not begun."""

    started_at_us: InstantUs | None
    ends_at_us: InstantUs | None


_GSME = {"installation": "home-1", "device": "gsme"}

ACCEPT_HAND_OVER = Operation(
    name="accept_hand_over",
    purpose="Open the SMSO's sealed file and take custody of the keys of a meter.",
    arguments=HandOverFile,
    result=HandedOver,
    errors=(*UNKNOWN_NAMES, BAD_FILE),
    stated="",
    modelled="All of it. Keys and counter are believed as they come; a stale counter or another "
    "meter's key shows only when the meter answers.",
    example=(
        {**_GSME, "file": "48414e2d"},
        {"version": 1, "check_value": "8732ee", "last_counter": 41},
    ),
)
ESCROW_SUCCESSOR = Operation(
    name="escrow_successor",
    purpose="Make and journal a new SUA key, and return it wrapped for the meter.",
    arguments=SuccessorRequest,
    result=Successor,
    errors=(*UNKNOWN_NAMES, NOT_HELD, NO_SUCH_VERSION),
    stated="",
    modelled="All of it. The version is one above the highest known; `repeat` returns the same key "
    "as before, which is how a retry is sent.",
    example=(
        _GSME,
        {
            "version": 2,
            "check_value": "5d0c41",
            "wrapped": "8e3229e438fa614d9a4b85be56df781c" + "be36123d4a7add02",
        },
    ),
)
CANDIDATES = Operation(
    name="candidates",
    purpose="List the keys that a meter may hold.",
    arguments=OfDevice,
    result=Candidates,
    errors=UNKNOWN_NAMES,
    stated="",
    modelled="Belief is a set of (version, key check value) candidates (domain.md 10.8).",
    example=(
        _GSME,
        {
            "candidates": [
                {
                    "version": 1,
                    "check_value": "8732ee",
                    "origin": "handed-over",
                    "answered": True,
                    "active": False,
                },
            ]
        },
    ),
)
AUTHORISE = Operation(
    name="authorise",
    purpose="Issue a SUA code for one Instruction, under the named key and its next counter.",
    arguments=CodeRequest,
    result=SuaCode,
    errors=(
        *UNKNOWN_NAMES,
        BAD_INSTRUCTION,
        NOT_GUARDED,
        NOT_HELD,
        NOT_ENTITLED,
        NOT_ESCROWED,
        NOT_DRAWN,
    ),
    stated="The SUA is a one-time code that a GroupID DA device uses when it cryptographically "
    "verifies an Instruction (TMAD v5.1 conclusions, definition).",
    modelled="That the DCO issues it, and the checks: a guarded type, a key of its own in a "
    "rotation, a nonce of its own in a proof. Each call spends a counter.",
    example=(
        {**_GSME, "instruction": "3000000007", "version": 1},
        {"key_version": 1, "counter": 42, "code": "c86831be29d6ec93"},
    ),
)
READ_ANSWER = Operation(
    name="read_answer",
    purpose="Verify an answer under the candidate keys, and say what it proves.",
    arguments=AnswerRequest,
    result=AnswerRead,
    errors=(*UNKNOWN_NAMES, BAD_INSTRUCTION, BAD_ANSWER),
    stated="",
    modelled="All of it. A verified answer whose last counter is ahead moves the DCO's counter "
    "there; a verified OUT_OF_WINDOW moves it back to the meter's. Nothing else ever does: the "
    "window is never widened. An unverified answer changes nothing and proves nothing.",
    example=(
        {**_GSME, "instruction": "3000000007", "answer": "00"},
        {
            "verified_under": {"version": 1, "check_value": "8732ee"},
            "outcome": "accepted",
            "key_version": 1,
            "last_counter": 42,
            "payload": "",
            "proves_version": None,
            "sua_status": None,
            "resynchronised": False,
            "open_codes": [],
            "utrn_period_started_at_us": None,
        },
    ),
)
DRAW_NONCE = Operation(
    name="draw_nonce",
    purpose="Draw a nonce for the proof of a staged key.",
    arguments=OfDevice,
    result=Nonce,
    errors=UNKNOWN_NAMES,
    stated="",
    modelled="All of it.",
    example=(_GSME, {"nonce": "000102030405060708090a0b0c0d0e0f"}),
)
CONFIRM_ACTIVE = Operation(
    name="confirm_active",
    purpose="Record that a meter holds this key as its current one.",
    arguments=VersionOf,
    result=KeyName,
    errors=(*UNKNOWN_NAMES, NOT_HELD, NOT_PROVEN),
    stated="",
    modelled="All of it. The DCO goes by what it has verified itself, not by what it is told: an "
    "answer MACed under the key, or the proof in the answer to a single-shot rotation. The proof "
    "of a staged key is not enough, since a staged key is not current.",
    example=({**_GSME, "version": 2}, {"version": 2, "check_value": "5d0c41"}),
)
DISCARD = Operation(
    name="discard",
    purpose="Discard the data derived from a failed file set; escrowed keys stay.",
    arguments=OfDevice,
    result=Discarded,
    errors=UNKNOWN_NAMES,
    stated="After a failed check, stored and derived data of the Installation is discarded "
    "(TMAD 5.27(c)(iii)).",
    modelled="Escrowed keys are never discarded: a meter may hold one (domain.md 10.8).",
    example=(_GSME, {"discarded": [1], "kept": [2]}),
)
PROCESS_FILE_SET = Operation(
    name="process_file_set",
    purpose="Process the DCO Required File Set for an Installation.",
    arguments=FileSet,
    result=FileSetReport,
    errors=(*UNKNOWN_NAMES, FILE_SET_FAILED),
    stated=FILE_SET_STATED,
    modelled="The checks: group-id and hand-over for each meter, then conditions-16.5 (passed "
    "unless the scenario says otherwise). So the hand-over of each meter is accepted before.",
    example=(
        {"installation": "home-1", "devices": ["esme", "gsme"]},
        {"checks": [{"name": "group-id", "device": "esme"}]},
    ),
)
PROCESS_SIGNED_FILE_SET = signed_file_set_operation(DCO_CONDITIONS)
UTRN_PERIOD = Operation(
    name="utrn_period",
    purpose="Tell when the UTRN Period of a meter began and when it ends.",
    arguments=OfDevice,
    result=UtrnPeriod,
    errors=UNKNOWN_NAMES,
    stated="It begins when the step of 3.14C(a) succeeds for that Device, and lasts 336 hours "
    "(TMAD v5.1 conclusions, definition).",
    modelled="That step is the first answer MACed under a key that the DCO escrowed.",
    example=(_GSME, {"started_at_us": 7200000000, "ends_at_us": 1216800000000}),
)

CATALOGUE: Catalogue = (
    ACCEPT_HAND_OVER,
    PROCESS_FILE_SET,
    PROCESS_SIGNED_FILE_SET,
    ESCROW_SUCCESSOR,
    CANDIDATES,
    AUTHORISE,
    DRAW_NONCE,
    READ_ANSWER,
    CONFIRM_ACTIVE,
    UTRN_PERIOD,
    DISCARD,
)
