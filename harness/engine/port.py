"""The engine port: turns of plain data, version 1.

The bench tells the engine one event and the virtual time; the engine answers with actions and the
instant at which it wants to be woken. Nothing else passes, so an engine in this process, behind a
pipe or behind HTTP takes part in the same way, and every action is a fault point. Instants are
whole microseconds since the scenario began; octets travel as lower-case hex.

The engine never holds a device's SUA key: the DCO does, and issues a code for one Instruction.
"""

import enum
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

PORT_VERSION = 1

Json = dict[str, Any]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KeyBelief(enum.StrEnum):
    """The summary of a set of candidate keys (domain.md 10.8)."""

    OLD = "OLD"
    NEW = "NEW"
    UNKNOWN = "UNKNOWN"


class EndState(enum.StrEnum):
    """What an engine may claim. `stranded` is missing: only the oracle may say that."""

    COMMISSIONED = "commissioned"
    ELECTRICITY_ONLY = "commissioned-electricity-only"
    ROLLED_BACK_INTACT = "rolled-back-sua-intact"
    ROLLED_BACK_LIMITED = "rolled-back-limited"
    UNRESOLVED = "unresolved"
    EXCLUDED = "excluded"
    NOT_STARTED = "not-started"
    """The migration was never begun: a stop, no entry on the EPCL, not its day."""


class RotationProfile(enum.StrEnum):
    """How a SUA key is rotated (domain.md 10.3)."""

    SINGLE_SHOT = "single-shot"
    TWO_PHASE = "two-phase"


class AuthorisedMeter(_Wire):
    """One meter of a Migration Authorisation, with what its model makes public."""

    name: str
    eui64: str
    type: Literal["ESME", "GSME"]
    model: str
    mode: Literal["active", "dormant"]
    wake_interval_us: int = 0
    """How often it polls the gas mirror; 0 for a meter that always listens."""
    failure_limit: int
    """Wrong SUA codes in a row before the meter locks."""
    lock_out_us: int


class CarriedCertificate(_Wire):
    """A network operator's certificate that a Migration Authorisation carries."""

    role: Literal["DNO", "GT"]
    serial: str


class Authorisation(_Wire):
    """What the engine is asked to migrate."""

    installation: str
    group_id: str
    hub: str
    """Name of the communications hub: the address of `send`."""
    hub_eui64: str
    meters: tuple[AuthorisedMeter, ...]
    rotation_profile: RotationProfile
    rotation_order: tuple[str, ...]
    """Names of the meters in the order in which their keys are rotated."""
    mirror_expiry_us: int
    """How long the hub keeps an Instruction for a sleeping meter."""
    attempt: int = 1
    resubmitted_by: Literal["", "DCC", "supplier"] = ""
    supplier: str = ""
    """The Responsible Supplier, as a Migration Common File names it."""
    file: str = ""
    """The name of its Migration Authorisation; empty where its two meters stand in two of them."""
    certificates: tuple[CarriedCertificate, ...] = ()
    """The network certificates that it carries: they go into the Migration Common File."""


class Started(_Wire):
    """Begin: migrate this Installation."""

    type: Literal["started"] = "started"
    version: int = PORT_VERSION
    authorisation: Authorisation


class Recovered(_Wire):
    """The engine was killed and runs again: this is what its journal holds, oldest first."""

    type: Literal["recovered"] = "recovered"
    version: int = PORT_VERSION
    authorisation: Authorisation
    journal: tuple[Json, ...]


class Answer(_Wire):
    """The result of a party operation, or the acknowledgement of a journal entry."""

    type: Literal["answer"] = "answer"
    to: int
    result: Json | None = None
    error: str | None = None
    """The error code of the catalogue; None when the operation succeeded."""
    detail: str = ""


class TimedOut(_Wire):
    """Nothing came in time. It proves nothing: what was sent may still arrive."""

    type: Literal["timed_out"] = "timed_out"
    to: int


class Received(_Wire):
    """An envelope from a hub; `to` is the send that it answers, None for an alert."""

    type: Literal["received"] = "received"
    hub: str
    envelope: str
    to: int | None = None


class Woken(_Wire):
    """The instant asked for with `wait_until_us` has come."""

    type: Literal["woken"] = "woken"


class Stop(_Wire):
    """A request to stop or roll back, from the supplier or the DCC."""

    type: Literal["stop"] = "stop"
    reason: str


EngineEvent = Annotated[
    Started | Recovered | Answer | TimedOut | Received | Woken | Stop, Field(discriminator="type")
]


class Send(_Wire):
    """Transmit what the S1SP framed; answered by the answering envelope or a time-out."""

    type: Literal["send"] = "send"
    id: int
    hub: str
    envelope: str
    timeout_us: Annotated[int, Field(gt=0)]


class CallParty(_Wire):
    """Call one operation of a party's catalogue; answered by its result or error."""

    type: Literal["party"] = "party"
    id: int
    party: str
    operation: str
    arguments: Json = {}


class WriteJournal(_Wire):
    """Write one entry; it is durable once the answer has come."""

    type: Literal["journal"] = "journal"
    id: int
    entry: Json


class Candidate(_Wire):
    """A key that the device may hold, named without being told."""

    version: int
    check_value: str


class Believe(_Wire):
    """State what the engine takes the device's key to be; the oracle compares with the truth."""

    type: Literal["believe"] = "believe"
    device: str
    key: KeyBelief
    evidence: str
    candidates: tuple[Candidate, ...] = ()


class ClaimOutcome(_Wire):
    """State how the migration of the Installation ended."""

    type: Literal["outcome"] = "outcome"
    installation: str
    end_state: EndState
    detail: str = ""


Action = Annotated[
    Send | CallParty | WriteJournal | Believe | ClaimOutcome, Field(discriminator="type")
]


class Turn(_Wire):
    """The engine's answer to one event."""

    actions: tuple[Action, ...] = ()
    wait_until_us: int | None = None
    """When to be woken if nothing else happens; None: not at all."""


EVENTS: TypeAdapter[EngineEvent] = TypeAdapter(EngineEvent)
TURNS: TypeAdapter[Turn] = TypeAdapter(Turn)


class Engine(Protocol):
    """An engine under test: it has the shape of a device.

    One that holds resources has a method `kill()` too, which ends its life at once, and one that
    can be killed in another way than it ends has `crash()`.
    """

    def turn(self, event: EngineEvent, now_us: int) -> Turn:
        """Take one event, and return what to do because of it."""
