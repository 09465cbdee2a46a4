"""What is recorded: append-only events, each a frozen dataclass.

The story is the trace without the events marked `in_story = False` and without bytes: Instructions,
key states, beliefs, faults, verdicts. The harness adds event types of its own (beliefs, journal).
Names of devices, never addresses or `repr`, so that two runs compare.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from hanbench.emulator.instant import Instant
from hanbench.protocol.identifiers import PanId


@dataclass(frozen=True, slots=True)
class Event:
    """The root: when, and in which Installation."""

    kind: ClassVar[str] = "event"
    in_story: ClassVar[bool] = True

    at: Instant
    installation: str


@dataclass(frozen=True, slots=True)
class FrameSent(Event):
    """One 802.15.4 frame on the air, FCS included."""

    kind: ClassVar[str] = "frame"
    in_story: ClassVar[bool] = False

    sender: str
    receiver: str
    """Name of the next hop; `*` for a broadcast."""
    frame: bytes
    frame_kind: str
    """`tunnel`, `report`, `poll`, `ack`, `link-status`, ...: what is counted in the report."""
    fate: str = "delivered"
    """`delivered`, `lost`, `corrupt`, `asleep` (nobody listened)."""


@dataclass(frozen=True, slots=True)
class PacketPassed(Event):
    """With `traffic: off`: one message that was carried unencoded."""

    kind: ClassVar[str] = "packet"
    in_story: ClassVar[bool] = False

    sender: str
    receiver: str
    cluster: int
    payload: bytes
    frame_kind: str


@dataclass(frozen=True, slots=True)
class WanPassed(Event):
    """One HAN-WAN-M1 envelope offered to the WAN."""

    kind: ClassVar[str] = "wan"

    direction: str
    """`down` to the hub, `up` from it."""
    device: str
    message_id: int
    envelope_kind: str
    summary: str
    """In words: `rotate-sua-key`, `answer ACCEPTED`, ..."""
    copies: int
    """How many copies will arrive: 0 is a loss."""
    delays_us: tuple[int, ...]
    envelope: bytes
    """In the trace only; the story leaves bytes out."""


@dataclass(frozen=True, slots=True)
class MirrorChanged(Event):
    """The gas mirror of the hub took, offered, lost, cancelled or let expire an Instruction."""

    kind: ClassVar[str] = "mirror"

    device: str
    message_id: int
    change: str
    """`stored`, `fetched`, `cancelled`, `expired`, `lost`, `too-late`, `full`."""


@dataclass(frozen=True, slots=True)
class InstructionJudged(Event):
    """A device verified an Instruction (domain.md 10.2) and executed or refused it."""

    kind: ClassVar[str] = "instruction"

    device: str
    message_id: int
    instruction: str
    """The type in words, e.g. `rotate-sua-key`."""
    digest: str
    """First 8 octets of the instruction digest, hex."""
    outcome: str
    key_version: int | None
    """The version that the authorisation named; None for an unguarded Instruction."""
    counter: int | None
    executed: bool


@dataclass(frozen=True, slots=True)
class EnvelopeDropped(Event):
    """A meter dropped an envelope at step 0: its transport MAC is not one of this meter's."""

    kind: ClassVar[str] = "dropped"
    in_story: ClassVar[bool] = False

    device: str
    envelope: bytes


@dataclass(frozen=True, slots=True)
class KeyChanged(Event):
    """The SUA key slots of a device after a commit, or found at a restart."""

    kind: ClassVar[str] = "key-state"

    device: str
    current_version: int | None
    """None: the slot is torn, the device holds no valid key (NEITHER)."""
    current_check_value: str
    staged_version: int | None
    last_counter: int
    because: str


@dataclass(frozen=True, slots=True)
class Restarted(Event):
    """A device lost power and came back; what was volatile is gone."""

    kind: ClassVar[str] = "restart"

    device: str
    because: str


@dataclass(frozen=True, slots=True)
class LogWritten(Event):
    """An entry in one of a device's logs."""

    kind: ClassVar[str] = "log"

    device: str
    log: str
    """`event`, `security`, `utrn`."""
    code: str
    """Alert or event code of domain.md 3.3, e.g. `8F3D`; empty where it has none."""
    text: str


@dataclass(frozen=True, slots=True)
class AlertRaised(Event):
    """An alert on its way to the head-end."""

    kind: ClassVar[str] = "alert"

    device: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class UtrnEntered(Event):
    """A native or GBCS code was entered at a meter, and what became of it."""

    kind: ClassVar[str] = "utrn"

    device: str
    origin: str
    """`keypad`, `ppmid`, `wan`."""
    result: str
    """`accepted`, `duplicate`, `invalid`, `incorrect`, `incomplete`, `account-high`, ..."""
    pence: int
    code_kind: str = ""
    """Of an authentic entry that was not spent: `vend-add`, `vend-set`, `engineering`, ..."""
    value: int = 0
    """What its first code holds: pence, or the number of a service."""


@dataclass(frozen=True, slots=True)
class SupplyChanged(Event):
    """Supply was enabled, disabled or armed, or the balance of a prepayment meter moved."""

    kind: ClassVar[str] = "supply"

    device: str
    supply_state: str
    balance_pence: int
    because: str


@dataclass(frozen=True, slots=True)
class PartyCalled(Event):
    """One operation of a party, with its result or its error."""

    kind: ClassVar[str] = "party"

    caller: str
    party: str
    operation: str
    arguments: str
    """Canonical JSON; secrets never stand here."""
    result: str
    """Canonical JSON of the result, or of `{"error": ..., "detail": ...}`."""
    is_error: bool


@dataclass(frozen=True, slots=True)
class HanChanged(Event):
    """Something about who is on the HAN, and by which key, has changed."""

    kind: ClassVar[str] = "han"

    device: str
    change: str
    """`joined`, `key-established`, `refused`, `left`, `rejoined`, `parent-lost`, `key-switched`,
    `permit-joining`, `logged`, `unlogged`, `gave-up`, `route-repaired`, `address-changed`,
    `mirror-opened`, `mirror-refused`, `mirror-removed`, `aged-out`, `told-to-rejoin`,
    `trust-centre-lost`, `pan-conflict`, `pan-changed`."""
    detail: str = ""
    """Through whom, by which suite, why."""


@dataclass(frozen=True, slots=True)
class PanMoved(Event):
    """The HAN has another PAN id from here on: the capture's key preamble is repeated there."""

    kind: ClassVar[str] = "pan-moved"
    in_story: ClassVar[bool] = False

    pan: PanId


@dataclass(frozen=True, slots=True)
class KeyMade(Event):
    """A key came to be on the HAN: the capture's key preamble is repeated with it.

    Only a key that is marked as test material is ever recorded, and never in the story.
    """

    kind: ClassVar[str] = "key-made"
    in_story: ClassVar[bool] = False

    device: str
    usage: str
    """`network` or `link`."""
    sequence: int
    """Of a network key; 0 for a link key."""
    peers: tuple[int, int]
    """The EUI-64s of the two that share a link key."""
    key: bytes


Recorder = Callable[[Event], None]
"""Where devices, media and parties put their events."""
