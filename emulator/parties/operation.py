"""What an operation of a party is, and how one is called.

The catalogue of operations is the users' API: an engine reaches the parties through nothing else.
So each operation is declared as data (`Operation`: schemas, errors, sources) beside the code that
does it, a call is checked against that declaration on both sides, and `docs/parties.md` and
`docs/schemas/parties.json` are written from it.

JSON values: an EUI-64 as text, octets as lower-case hex, amounts in whole pence, instants in whole
microseconds since the scenario began. A refusal is a value (`PartyError`), not an exception.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from hanbench.emulator.instant import Instant
from hanbench.protocol.migration.file_text import FILE_OCTETS_MAX

Json = dict[str, Any]

BAD_REQUEST = "BAD_REQUEST"
UNAVAILABLE = "UNAVAILABLE"
COMMON_ERRORS = {
    BAD_REQUEST: "The operation is unknown, or an argument is missing, unknown or of the wrong "
    "kind; the detail says which key and why.",
    UNAVAILABLE: "The party is out of reach for now: the bench answers so during an outage that "
    "the scenario asks for.",
}
"""Every operation may answer these, so no operation lists them."""

Draw = Callable[[str, int, int], bytes]
"""`draw(purpose, occurrence, octets)`: the only source of keys and nonces a party has.

The same three arguments always give the same octets, so one more draw moves no other.
"""


def words(kind: str) -> dict[str, JsonValue]:
    """Return the schema key by which the reference names what a string or number stands for."""
    return {"x-kind": kind}


Name = Annotated[str, Field(min_length=1, max_length=64)]
Hex = Annotated[
    str, Field(pattern=r"^([0-9a-f]{2})+$", max_length=1 << 18, json_schema_extra=words("octets"))
]
"""Octets as lower-case hex, at least one."""
FileHex = Annotated[
    str,
    Field(
        pattern=r"^([0-9a-f]{2})+$",
        max_length=4 * FILE_OCTETS_MAX,
        json_schema_extra=words("octets"),
    ),
]
"""The octets of a file: more of them than are read, so that its own rule on size is heard."""
EuiText = Annotated[
    str, Field(pattern=r"^([0-9A-F]{2}-){7}[0-9A-F]{2}$", json_schema_extra=words("EUI-64"))
]
"""An EUI-64 as the DCC prints it: `00-DB-12-34-56-78-90-A1`."""
Utrn = Annotated[str, Field(pattern=r"^[0-9]{20}$", json_schema_extra=words("20 digits"))]
Version = Annotated[int, Field(ge=1, lt=1 << 32)]
Counter = Annotated[int, Field(ge=0, lt=1 << 64)]
Pence = Annotated[int, Field(gt=0, le=65_535, json_schema_extra=words("pence"))]
"""A native code holds 16 bits of pence; more takes two top-ups."""
InstantUs = Annotated[int, Field(ge=0, json_schema_extra=words("instant in µs"))]
Names = Annotated[tuple[Name, ...], Field(strict=False, min_length=1, max_length=32)]


class Schema(BaseModel):
    """The root of all arguments and results: frozen, and no key beyond the declared ones."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )


class OfInstallation(Schema):
    """The arguments of what concerns a whole Installation."""

    installation: Name
    """Its name."""


class OfDevice(Schema):
    """The arguments of what concerns one device: its name within the Installation."""

    installation: Name
    """Its name."""
    device: Name
    """The name of the device within the Installation."""


@dataclass(frozen=True, slots=True)
class PartyError:
    """A party refuses: a returned value, since refusing is part of a party's work."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class ErrorMeaning:
    """One error code that an operation may answer, and when it does."""

    code: str
    meaning: str


NO_SUCH_INSTALLATION = ErrorMeaning(
    "NO_SUCH_INSTALLATION", "The party knows no Installation of this name."
)
NO_SUCH_DEVICE = ErrorMeaning(
    "NO_SUCH_DEVICE",
    "The Installation has no such device, or not one of the kind the operation is for.",
)
UNKNOWN_NAMES = (NO_SUCH_INSTALLATION, NO_SUCH_DEVICE)

Arguments_co = TypeVar("Arguments_co", bound=Schema, covariant=True)
Result_co = TypeVar("Result_co", bound=Schema, covariant=True)
A = TypeVar("A", bound=Schema)
R = TypeVar("R", bound=Schema)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[Arguments_co, Result_co]):
    """One thing that a party can be asked to do."""

    name: str
    purpose: str
    """One imperative sentence."""
    arguments: type[Arguments_co]
    result: type[Result_co]
    errors: tuple[ErrorMeaning, ...]
    stated: str
    """What public text says about it, with the source; empty when nothing does."""
    modelled: str
    """What is this model's own choice [M]."""
    example: tuple[Json, Json]
    """Arguments and a result that go with them; a test holds both against the schemas."""


Catalogue = tuple[Operation[Schema, Schema], ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """An operation together with the code that does it."""

    operation: Operation[Schema, Schema]
    perform: Callable[[Mapping[str, Any], Instant], Json | PartyError]


class Party(Protocol):
    """An emulated organisation: a name, a catalogue, and one way to be called."""

    @property
    def name(self) -> str:
        """The name under which the engine calls it, e.g. `DCO`."""

    @property
    def catalogue(self) -> Catalogue:
        """What it can be asked, in the order in which a reader wants to learn it."""

    def call(self, operation: str, arguments: Mapping[str, Any], now: Instant) -> Json | PartyError:
        """Perform one operation; a refusal is returned, never raised."""


def bind(operation: Operation[A, R], act: Callable[[A, Instant], R | PartyError]) -> Bound:
    """Join an operation to the code that does it, with both ends held to the declaration."""
    declared = frozenset(error.code for error in operation.errors)

    def perform(arguments: Mapping[str, Any], now: Instant) -> Json | PartyError:
        try:
            valid = operation.arguments.model_validate(dict(arguments))
        except ValidationError as error:
            return PartyError(BAD_REQUEST, explain(error))
        answer = act(valid, now)
        if isinstance(answer, PartyError):
            assert answer.code in declared, f"{operation.name} answered undeclared {answer.code}"
            return answer
        return answer.model_dump(mode="json")

    return Bound(operation, perform)


def call_bound(
    bound: tuple[Bound, ...], operation: str, arguments: Mapping[str, Any], now: Instant
) -> Json | PartyError:
    """Perform the named operation of these; an unknown name is a bad request."""
    for each in bound:
        if each.operation.name == operation:
            return each.perform(arguments, now)
    names = ", ".join(each.operation.name for each in bound)
    return PartyError(BAD_REQUEST, f"operation: {operation!r} is not one of {names}")


def explain(error: ValidationError) -> str:
    """Say which keys are wrong and why, in the order of the schema."""
    faults = [
        (".".join(str(part) for part in fault["loc"]) or "arguments", fault["msg"])
        for fault in error.errors(include_url=False, include_input=False)
    ]
    return "; ".join(f"{key}: {why}" for key, why in faults)
