"""How the emulator stays ignorant of fault injection: it asks a function what becomes of a thing.

A medium, a memory and a party are each given a function from the moment to its verdict. The bench's
fault plan is such a function; so is `undisturbed` below. A moment is named by its cause
(which Instruction, which leg), never by a global count, so names survive edits of the code.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from hanbench.emulator.instant import Instant


class Leg(enum.Enum):
    """Which part of an Instruction's journey a moment belongs to."""

    REQUEST = "request"
    EXECUTE = "execute"
    REPLY = "reply"


class Phase(enum.Enum):
    """Where on that leg."""

    WAN = "wan"
    """On the WAN between the head-end and the hub."""
    MIRROR = "mirror"
    """Going into the gas mirror of the hub (a delay: offered to the meter that much later)."""
    HAN = "han"
    """One HAN frame of the exchange, `han#n` counting the frames of the leg."""
    PERSIST_COUNTER = "persist-counter"
    """The NVM commit of the SUA counter (step 7 of domain.md 10.2)."""
    COMMIT_KEY = "commit-key"
    """The NVM commit of a staged or current SUA key."""
    COMMIT_MEMBERSHIP = "commit-membership"
    """The NVM commit by which a device leaves its HAN (slot `left`), or a trust centre puts one out
    (`put-out`)."""
    BEFORE_SEND = "before-send"
    """The device has decided its answer, and not yet sent it."""


@dataclass(frozen=True, slots=True)
class Cause:
    """The Instruction that a frame, a packet or a commit belongs to."""

    device: str
    """Name of the device that the Instruction is for, e.g. `gsme`."""
    message_id: int
    """The message id of the WAN envelope that carried it."""
    leg: Leg


class Moment(NamedTuple):
    """What a fate function is asked about.

    A tuple, since one is made for each frame of an exchange.
    """

    installation: str
    phase: Phase
    cause: Cause | None
    """None for steady traffic: reports, polls, link status, alerts."""
    at: Instant
    sender: str = ""
    receiver: str = ""
    """Names of the two ends, where the phase has them."""
    kind: str = ""
    """The frame kind or the NVM slot."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One copy that arrives; `corrupt` copies have a bit flipped on the way."""

    delay_us: int = 0
    corrupt: bool = False
    truncated: bool = False
    """The second half is missing."""
    past_mac: bool = False
    """A bit was flipped before the transport MAC was made, which so says nothing of it."""
    is_overtaken: bool = False
    """It waits on the WAN until the next envelope of its direction has passed it."""

    @property
    def is_damaged(self) -> bool:
        """Whether a checksum over the whole would fail: on the HAN nothing else matters."""
        return self.corrupt or self.truncated


class Commit(enum.Enum):
    """What becomes of one NVM commit. The last three lose power: the device restarts."""

    DONE = "done"
    CUT_BEFORE = "before"
    CUT_TORN = "torn"
    CUT_AFTER = "after"


AS_SENT: tuple[Delivery, ...] = (Delivery(),)
LOST: tuple[Delivery, ...] = ()

CarryFate = Callable[[Moment], tuple[Delivery, ...]]
"""Returns the copies that arrive: none is a loss, two are a duplicate."""
CommitFate = Callable[[Moment], Commit]


def undisturbed(moment: Moment) -> tuple[Delivery, ...]:  # noqa: ARG001  (the seam's shape)
    """Deliver everything as it was sent."""
    return AS_SENT


def committed(moment: Moment) -> Commit:  # noqa: ARG001  (the seam's shape)
    """Let every commit succeed."""
    return Commit.DONE
