"""The one shape every emulated device has: told what arrived and the time, answers with outputs.

A device is a state machine that never asks a clock and never touches a socket, so the same device
runs over the simulated media in virtual time and over real ones, and replays exactly (the shape is
that of sans-I/O libraries: receive, wake, deadline).
"""

import abc
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from hanbench.emulator.fates import Cause
from hanbench.emulator.instant import Instant
from hanbench.protocol.identifiers import Eui64, PanId, ShortAddress

BROADCAST = Eui64(0xFFFF_FFFF_FFFF_FFFF)
"""As the target of a `Packet`: all that listen (rx-on-when-idle) on the HAN."""


class Packet(NamedTuple):
    """One APS payload on its way between two devices of a HAN, before or after the ZigBee stack.

    A tuple, since one is made for each frame: a third of the cost of a frozen dataclass.
    """

    source: Eui64
    target: Eui64
    cluster: int
    payload: bytes
    """A ZCL frame (or a ZDO frame on profile 0)."""
    profile: int = 0x0109
    source_endpoint: int = 1
    target_endpoint: int = 1
    is_secured: bool = True
    """Whether the APS layer protects it with the link key of the two devices."""
    frame_kind: str = "zcl"
    cause: Cause | None = None
    wants_ack: bool = False
    """Whether its sender must know that it arrived, whatever the setting of the traffic."""


class Transmission(NamedTuple):
    """One frame for the air. With `traffic: off` there are no octets and `packet` is carried.

    A tuple, since one is made for each frame: a third of the cost of a frozen dataclass.
    """

    sender: Eui64
    receiver: Eui64 | None
    """The next hop; None for a broadcast to all in range."""
    frame: bytes
    frame_kind: str
    packet: Packet | None = None
    cause: Cause | None = None
    link_cost: int = 1
    """As it arrives, how well it is heard: 1 (best) to 7, what a radio makes of its link quality
    indication (ZigBee 3.6.3.1)."""


@dataclass(frozen=True, slots=True)
class Poll:
    """A sleepy child asks its parent for what it holds (MAC data request)."""

    child: Eui64
    parent: Eui64


@dataclass(frozen=True, slots=True)
class WanSend:
    """The hub hands an envelope to its WAN modem."""

    envelope: bytes
    cause: Cause | None = None


Output = Transmission | Poll | WanSend


class StackOfDevice(Protocol):
    """What the runner drives beside the device itself: its ZigBee stack."""

    @property
    def is_busy(self) -> bool:
        """Whether it is on its way into a network, and listens whatever the device's habits."""

    @property
    def is_joined(self) -> bool:
        """Whether it has a place on a network."""

    @property
    def parent(self) -> Eui64 | None:
        """Whom it joined through; None for the coordinator, and for one that has not joined."""

    @property
    def poll_addresses(self) -> tuple[ShortAddress, ShortAddress] | None:
        """Its own short address and its parent's, as it knows them now; None without frames."""

    @property
    def pan(self) -> PanId | None:
        """The PAN whose frames its radio takes; None without frames, 0xFFFF: of any."""

    def next_poll_sequence(self) -> int:
        """Return the MAC sequence number of its next poll."""

    def has_pending(self, child: Eui64, now: Instant) -> bool:
        """Whether it holds something for one that asks, beyond what waits to be polled."""

    def heard_poll(self, child: Eui64, short: ShortAddress, now: Instant) -> list[Transmission]:
        """Take that a child has polled; return what one is told that is none."""

    @property
    def deadline(self) -> Instant | None:
        """When `wake` is next due; None: never."""

    def wake(self, now: Instant) -> list[Transmission]:
        """Do what fell due: retries, routes that were not found, joining."""

    def failed(self, transmission: Transmission, now: Instant) -> list[Transmission]:
        """Take the radio's word that nobody acknowledged a frame."""

    def lost(self, transmission: Transmission) -> None:
        """Take the radio's word on a frame which the device itself will send again."""

    def polled(self, now: Instant, *, is_answered: bool) -> list[Transmission]:
        """Take the radio's word whether the parent acknowledged a poll."""


class NoStack:
    """The stack of a device that has none."""

    deadline: Instant | None = None
    is_busy = False
    is_joined = True
    parent: Eui64 | None = None
    poll_addresses: tuple[ShortAddress, ShortAddress] | None = None
    pan: PanId | None = None

    def next_poll_sequence(self) -> int:
        """Count nothing."""
        return 0

    def has_pending(self, child: Eui64, now: Instant) -> bool:  # noqa: ARG002
        """Hold nothing."""
        return False

    def heard_poll(self, child: Eui64, short: ShortAddress, now: Instant) -> list[Transmission]:  # noqa: ARG002
        """Tell nobody anything."""
        return []

    def wake(self, now: Instant) -> list[Transmission]:  # noqa: ARG002
        """Do nothing."""
        return []

    def failed(self, transmission: Transmission, now: Instant) -> list[Transmission]:  # noqa: ARG002
        """Do nothing."""
        return []

    def lost(self, transmission: Transmission) -> None:
        """Do nothing."""

    def polled(self, now: Instant, *, is_answered: bool) -> list[Transmission]:  # noqa: ARG002
        """Do nothing."""
        return []


class Device(abc.ABC):
    """An emulated device: a name within its Installation, an address, and a next deadline."""

    stack: StackOfDevice = NoStack()

    def __init__(self, name: str, eui64: Eui64) -> None:
        self.name = name
        self.eui64 = eui64
        self.deadline: Instant | None = None
        """When `wake` is next due; None: never. The runner reads it after each call."""
        self.dark_since: Instant | None = None
        """When the power was taken away that `restart` gives back; None: it was but a moment."""

    @property
    def is_listening(self) -> bool:
        """Whether the receiver is on (a sleepy device listens only around its polls)."""
        return True

    @property
    def is_sleepy(self) -> bool:
        """Whether it gets its frames by polling: its parent holds them until it asks."""
        return False

    def poll_answered(self, has_pending: bool, now: Instant) -> None:  # noqa: B027, FBT001
        """Take the pending bit of the acknowledgement of its last `Poll`."""

    def go_dark(self, now: Instant) -> None:
        """Lose power for a while: nothing is done, and nothing measured, until `restart`."""
        self.dark_since = now

    @abc.abstractmethod
    def receive(self, transmission: Transmission, now: Instant) -> list[Output]:
        """Take one frame from the air, and return what the device sends because of it."""

    @abc.abstractmethod
    def wake(self, now: Instant) -> list[Output]:
        """Do what fell due at `deadline`, set the next deadline, and return what is sent."""

    @abc.abstractmethod
    def restart(self, now: Instant, because: str) -> list[Output]:
        """Lose power and come back: volatile state is gone, what NVM holds remains."""
