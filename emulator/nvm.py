"""The memory of a device that keeps its contents without power, and what a power cut does to it.

Source: modelled [M] (domain.md 10.8: commits are atomic by default, and torn where a model profile
or a fault says so). A device commits one frozen value to one slot; what belongs together is one
value, so that no cut can part it. The fate function says what becomes of a commit; where that is a
loss of power, `PowerCut` unwinds the device to its `receive` or `wake`, which restarts it.
"""

import enum
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from hanbench.emulator.fates import Cause, Commit, CommitFate, Moment, Phase, committed
from hanbench.emulator.instant import Instant

Value = TypeVar("Value")


class PowerCut(Exception):
    """Power was lost at a commit: the device's `receive` or `wake` catches it and restarts."""

    def __init__(self, slot: str, commit: Commit) -> None:
        super().__init__(f"power cut at the commit of {slot}: {commit.value}")
        self.slot = slot
        self.commit = commit


class Torn(enum.Enum):
    """What a slot reads as when power went in the middle of its commit."""

    TORN = "torn"


@dataclass(frozen=True, slots=True)
class Slot(Generic[Value]):
    """A named place in the memory, and what it reads as before its first commit."""

    name: str
    factory_value: Value


class Nvm:
    """The slots of one device."""

    def __init__(self, device: str, installation: str, fate: CommitFate) -> None:
        self._device = device
        self._installation = installation
        self._fate = fate
        self._values: dict[str, object] = {}

    def read(self, slot: Slot[Value]) -> Value | Torn:
        """Return what the slot holds."""
        return cast("Value | Torn", self._values.get(slot.name, slot.factory_value))

    def write(self, slot: Slot[Value], value: Value) -> None:
        """Set a slot where no power cut is modelled: at manufacture, or in cut-proof memory."""
        self._values[slot.name] = value

    def copy(self) -> "Nvm":
        """Return a memory with the same contents, whose commits all succeed and concern nobody."""
        twin = Nvm(self._device, self._installation, committed)
        twin._values = dict(self._values)
        return twin

    def commit(
        self,
        slot: Slot[Value],
        value: Value,
        *,
        phase: Phase,
        cause: Cause | None,
        now: Instant,
        is_torn_by_cut: bool = False,
    ) -> None:
        """Set a slot, if the fate of this commit lets it.

        `is_torn_by_cut` models a memory that erases the old value before it writes the new one
        (profile `nvm: torn`): a cut before the commit leaves neither. A fate of CUT_TORN tears
        the slot of any profile.

        Raises:
            PowerCut: the device is without power from here on.
        """
        verdict = self._fate(
            Moment(
                installation=self._installation,
                phase=phase,
                cause=cause,
                at=now,
                sender=self._device,
                kind=slot.name,
            )
        )
        if verdict in (Commit.DONE, Commit.CUT_AFTER):
            self._values[slot.name] = value
        elif verdict is Commit.CUT_TORN or is_torn_by_cut:
            self._values[slot.name] = Torn.TORN
        if verdict is not Commit.DONE:
            raise PowerCut(slot.name, verdict)
