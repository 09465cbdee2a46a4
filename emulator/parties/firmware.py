"""The firmware of meters: what is fitted, by which images it goes on, and who may upgrade it.

Source: TMAD v0.3 conclusions: the Installing Supplier supplies the images and upgrade sequences for
Dormant Meters, and only firmware that it knows and uses; the DCC has them applied before migration.
An Active Meter's firmware is its supplier's. Images by version alone are modelled [M].
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties import configuration
from hanbench.emulator.parties.operation import (
    UNKNOWN_NAMES,
    Catalogue,
    ErrorMeaning,
    Json,
    OfDevice,
    Operation,
    PartyError,
    Schema,
    bind,
    call_bound,
)
from hanbench.emulator.parties.premises import MeterId, Premises, PremisesDevice

Firmware = Annotated[str, Field(pattern="^[0-9A-F]{8}$")]
UNKNOWN_FIRMWARE = "00000000"
"""Of a meter whose firmware the scenario says nothing about."""

NOT_DORMANT = ErrorMeaning(
    "NOT_DORMANT", "The meter is Active: its firmware is for its supplier to upgrade."
)
NO_SEQUENCE = ErrorMeaning(
    "NO_SEQUENCE", "The Installing Supplier knows no sequence from the firmware that is fitted."
)
UNKNOWN_IMAGE = ErrorMeaning(
    "UNKNOWN_IMAGE", "It is not the next image of the Installing Supplier's sequence."
)
UPGRADE_FAILED = ErrorMeaning(
    "UPGRADE_FAILED", "The image was not activated: the meter goes on with what it had."
)


class Fitted(Schema):
    """The firmware that a meter runs."""

    firmware: Firmware


class Sequence(Schema):
    """The images that bring a meter forward, the next one first."""

    fitted: Firmware
    images: tuple[Firmware, ...]


class Upgrade(OfDevice):
    """The image that is to be activated."""

    firmware: Firmware


_METER = {"installation": "home-1", "device": "esme"}
SEQUENCE = Operation(
    name="upgrade_sequence",
    purpose="Ask for the images that bring a Dormant Meter forward from the firmware it runs.",
    arguments=OfDevice,
    result=Sequence,
    errors=(*UNKNOWN_NAMES, NOT_DORMANT, NO_SEQUENCE),
    stated="The Installing Supplier supplies firmware images and upgrade sequences for Dormant "
    "Meters (TMAD v0.3 conclusions).",
    modelled="A sequence a model; an image is called by the version that it brings.",
    example=(_METER, {"fitted": "00010203", "images": ["00010300", "00020000"]}),
)
FIRMWARE = Operation(
    name="firmware",
    purpose="Read which firmware a meter runs.",
    arguments=OfDevice,
    result=Fitted,
    errors=UNKNOWN_NAMES,
    stated="",
    modelled="Read over the SMSO's own system, before migration and after.",
    example=(_METER, {"firmware": "00010203"}),
)
UPGRADE_FIRMWARE = Operation(
    name="upgrade_firmware",
    purpose="Have a Dormant Meter brought forward by the next image of its sequence.",
    arguments=Upgrade,
    result=Fitted,
    errors=(*UNKNOWN_NAMES, NOT_DORMANT, UNKNOWN_IMAGE, UPGRADE_FAILED),
    stated="Dormant Meters have their firmware upgraded before they are migrated; only firmware "
    "that the Installing Supplier knows and uses (TMAD v0.3 conclusions).",
    modelled="One image a call, in the order of the sequence.",
    example=({**_METER, "firmware": "00010300"}, {"firmware": "00010300"}),
)
CATALOGUE: Catalogue = (SEQUENCE,)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmwareSetup:
    """What is fitted as the scenario begins, and what can go wrong."""

    premises: Premises
    fitted: Mapping[str, str] = field(default_factory=dict)
    """By the name of a meter, in every Installation."""
    sequences: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By model: the versions in their order, from the oldest that is known and used."""
    failing_upgrades: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """By meter, which of its upgrades fail: 1 is the first."""


class FirmwareRegister:
    """What each meter runs; one object, shared by the parties that look at it."""

    def __init__(self, setup: FirmwareSetup) -> None:
        self._setup = setup
        self._upgraded: dict[MeterId, str] = {}
        self._tries: dict[MeterId, int] = {}

    def of(self, installation: str, device: str) -> str:
        """Return the firmware of a meter."""
        fitted = self._setup.fitted.get(device, UNKNOWN_FIRMWARE)
        return self._upgraded.get((installation, device), fitted)

    def images(self, installation: str, device: PremisesDevice) -> tuple[str, ...] | None:
        """Return the images that are still to come; None: no sequence has what is fitted."""
        sequence = self._setup.sequences.get(device.model, ())
        fitted = self.of(installation, device.name)
        return sequence[sequence.index(fitted) + 1 :] if fitted in sequence else None

    def read(self, asked: OfDevice, _now: Instant) -> Fitted | PartyError:
        """Read what a meter runs."""
        meter = self._setup.premises.meter(asked.installation, asked.device)
        if isinstance(meter, PartyError):
            return meter
        return Fitted(firmware=self.of(asked.installation, asked.device))

    def sequence(self, asked: OfDevice, _now: Instant) -> Sequence | PartyError:
        """Tell what the Installing Supplier has for a meter."""
        meter = self._dormant(asked)
        if isinstance(meter, PartyError):
            return meter
        images = self.images(asked.installation, meter)
        fitted = self.of(asked.installation, asked.device)
        if images is None:
            return PartyError(NO_SEQUENCE.code, f"{asked.device} runs {fitted}")
        return Sequence(fitted=fitted, images=images)

    def upgrade(self, asked: Upgrade, _now: Instant) -> Fitted | PartyError:
        """Activate one image, if it is the next of its sequence and takes."""
        meter = self._dormant(asked)
        if isinstance(meter, PartyError):
            return meter
        images = self.images(asked.installation, meter)
        if not images or images[0] != asked.firmware:
            return PartyError(UNKNOWN_IMAGE.code, f"next is {images[0] if images else 'nothing'}")
        key = (asked.installation, asked.device)
        self._tries[key] = self._tries.get(key, 0) + 1
        if self._tries[key] in self._setup.failing_upgrades.get(asked.device, ()):
            return PartyError(UPGRADE_FAILED.code, f"{asked.device} runs {self.of(*key)}")
        self._upgraded[key] = asked.firmware
        return Fitted(firmware=asked.firmware)

    def _dormant(self, asked: OfDevice) -> PremisesDevice | PartyError:
        meter = self._setup.premises.meter(asked.installation, asked.device)
        if isinstance(meter, PremisesDevice) and meter.mode != "dormant":
            return PartyError(NOT_DORMANT.code, f"{asked.device} is Active")
        return meter


class InstallingSupplier:
    """Who had the meters installed: supplies the firmware and sequences of Dormant ones."""

    name = "INSTALLING_SUPPLIER"
    catalogue = (*CATALOGUE, *configuration.CATALOGUE)

    def __init__(
        self, firmware: FirmwareRegister, configured: configuration.ConfigurationRegister
    ) -> None:
        self._bound = (
            bind(SEQUENCE, firmware.sequence),
            bind(configuration.SEQUENCE, configured.sequence),
        )

    def call(self, operation: str, arguments: Mapping[str, Any], now: Instant) -> Json | PartyError:
        """Perform one operation of the catalogue."""
        return call_bound(self._bound, operation, arguments, now)
