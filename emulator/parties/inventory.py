"""The DCC's Smart Metering Inventory: which devices the DCC knows, and in which status.

Source: see `inventory_operations`. The join table of the hub is another thing: a device may work on
the HAN for years without standing here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hanbench.emulator.instant import Instant
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
    """What the inventory works with."""

    premises: Premises


class Inventory:
    """The Smart Metering Inventory."""

    name = "INVENTORY"
    catalogue = of.CATALOGUE

    def __init__(self, setup: InventorySetup) -> None:
        self._premises = setup.premises
        self._status: dict[MeterId, of.SmiStatus] = {}
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

    def commission(self, installation: str, device: str) -> None:
        """Enter a device as Commissioned, whatever it was before (the Commissioning Party's)."""
        self._status[(installation, device)] = "Commissioned"

    def _register(self, asked: of.Registration, _now: Instant) -> of.Status | PartyError:
        device = self._premises.device(asked.installation, asked.device)
        refusal = device if isinstance(device, PartyError) else self._objection(device, asked)
        if refusal is not None:
            return refusal
        self._status[(asked.installation, asked.device)] = asked.status
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

    def _set_status(self, asked: of.StatusChange, _now: Instant) -> of.StatusChanged | PartyError:
        previous = self._registered(asked)
        if isinstance(previous, PartyError):
            return previous
        self._status[(asked.installation, asked.device)] = asked.status
        return of.StatusChanged(status=asked.status, previous=previous)

    def _registered(self, asked: OfDevice) -> of.SmiStatus | PartyError:
        device = self._premises.device(asked.installation, asked.device)
        if isinstance(device, PartyError):
            return device
        status = self._status.get((asked.installation, asked.device))
        if status is None:
            return PartyError(of.NOT_REGISTERED.code, f"{asked.device} is not registered")
        return status
