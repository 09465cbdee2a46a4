"""The DCC's Smart Metering Inventory: which devices the DCC knows, and in which status.

Source: see `inventory_operations`. The join table of the hub is another thing: a device may work on
the HAN for years without standing here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hanbench.emulator.instant import START, Instant
from hanbench.emulator.parties import inventory_operations as of
from hanbench.emulator.parties.operation import (
    Json,
    OfDevice,
    PartyError,
    bind,
    call_bound,
)
from hanbench.emulator.parties.premises import MeterId, Premises, PremisesDevice


@dataclass(frozen=True, slots=True)
class InventorySetup:
    """What the inventory works with, and how it may fail."""

    premises: Premises
    applies_overtaken: bool = False
    """Whether it enters an update although a later one has been entered before."""


@dataclass(frozen=True, slots=True)
class SmiChange:
    """One change of a device's status."""

    at: Instant
    """When it was entered."""
    effective_at: Instant
    """When it became true, as the sender says."""
    previous: of.SmiStatus | None
    status: of.SmiStatus


class Inventory:
    """The Smart Metering Inventory."""

    name = "INVENTORY"
    catalogue = of.CATALOGUE

    def __init__(self, setup: InventorySetup) -> None:
        self._premises = setup.premises
        self._applies_overtaken = setup.applies_overtaken
        self._status: dict[MeterId, of.SmiStatus] = {}
        self._history: dict[MeterId, list[SmiChange]] = {}
        self._bound = (
            bind(of.REGISTER, self._register),
            bind(of.STATUS, self._read_status),
            bind(of.SET_STATUS, self._set_status),
        )

    def call(self, operation: str, arguments: Mapping[str, Any], now: Instant) -> Json | PartyError:
        """Perform one operation of the catalogue."""
        return call_bound(self._bound, operation, arguments, now)

    def is_commissioned(self, installation: str, device: str) -> bool:
        """Tell the other parties whether the DCC has commissioned a device."""
        return self._status.get((installation, device)) == "Commissioned"

    def status_of(self, installation: str, device: str) -> of.SmiStatus | None:
        """Return the status of a device; None: it is not in the inventory."""
        return self._status.get((installation, device))

    def history(self, installation: str, device: str) -> tuple[SmiChange, ...]:
        """Return the changes of a device's status in the order in which they were entered."""
        return tuple(self._history.get((installation, device), ()))

    def commission(self, installation: str, device: str, now: Instant = START) -> None:
        """Enter a device as Commissioned, whatever it was before (the Commissioning Party's)."""
        self.move(installation, device, "Commissioned", now)

    def move(
        self,
        installation: str,
        device: str,
        status: of.SmiStatus,
        now: Instant,
        effective_at: Instant | None = None,
    ) -> None:
        """Enter a status (the DCC's own; an engine goes by the operations)."""
        key = (installation, device)
        effective = now if effective_at is None else effective_at
        change = SmiChange(now, effective, self._status.get(key), status)
        self._status[key] = status
        self._history.setdefault(key, []).append(change)

    def _register(self, asked: of.Registration, now: Instant) -> of.Status | PartyError:
        device = self._premises.device(asked.installation, asked.device)
        refusal = device if isinstance(device, PartyError) else self._objection(device, asked)
        if refusal is not None:
            return refusal
        self.move(asked.installation, asked.device, asked.status, now)
        return of.Status(status=asked.status)

    def _objection(self, device: PremisesDevice, asked: of.Registration) -> PartyError | None:
        if device.type != asked.type:
            return PartyError(of.WRONG_TYPE.code, f"{device.name} is a {device.type}")
        if device.is_third_party and asked.route == "migration":
            return PartyError(of.THIRD_PARTY.code, f"{device.name} is a third-party device")
        if (asked.installation, asked.device) in self._status:
            return PartyError(of.ALREADY_REGISTERED.code, f"{device.name} is registered")
        return None

    def _read_status(self, asked: OfDevice, _now: Instant) -> of.Status | PartyError:
        status = self._registered(asked)
        return status if isinstance(status, PartyError) else of.Status(status=status)

    def _set_status(self, asked: of.StatusChange, now: Instant) -> of.StatusChanged | PartyError:
        previous = self._registered(asked)
        if isinstance(previous, PartyError):
            return previous
        effective = now if asked.effective_at_us is None else Instant(asked.effective_at_us)
        last = self._history[asked.installation, asked.device][-1]
        if effective < last.effective_at and not self._applies_overtaken:
            return of.StatusChanged(status=previous, previous=previous, is_overtaken=True)
        if effective >= last.effective_at and not _may_follow(previous, asked):
            return PartyError(of.WRONG_ORDER.code, f"{asked.status} does not follow {previous}")
        self.move(asked.installation, asked.device, asked.status, now, effective)
        return of.StatusChanged(status=asked.status, previous=previous)

    def _registered(self, asked: OfDevice) -> of.SmiStatus | PartyError:
        device = self._premises.device(asked.installation, asked.device)
        if isinstance(device, PartyError):
            return device
        status = self._status.get((asked.installation, asked.device))
        if status is None:
            return PartyError(of.NOT_REGISTERED.code, f"{asked.device} is not registered")
        return status


def _may_follow(previous: of.SmiStatus, asked: of.StatusChange) -> bool:
    if asked.status in of.FOLLOWING[previous] or asked.status == previous:
        return True
    # What stands between may be on its way still, and will then be overtaken.
    path = of.JOINING
    is_dated = asked.effective_at_us is not None
    if not is_dated or previous not in path or asked.status not in path:
        return False
    return path.index(asked.status) > path.index(previous)
