"""Who stands where: the Installations and devices that every party knows by name.

Static for a scenario. It holds no secret and no state: whose account an Installation stands on is
in `accounts`, what a key is in the DCO's custody. A meter's name is unique within its Installation
only, so every argument of the catalogue names both.
"""

from dataclasses import dataclass, field
from typing import Literal

from hanbench.emulator.parties.operation import (
    NO_SUCH_DEVICE,
    NO_SUCH_INSTALLATION,
    PartyError,
)
from hanbench.protocol.identifiers import Eui64

DeviceType = Literal["ESME", "GSME", "CHF", "GPF", "PPMID", "IHD", "CAD", "HCALCS", "REPEATER"]
"""The DCC's device types (DUIS 5.4), and REPEATER, for which the DCC has none."""
Mode = Literal["active", "dormant"]

MeterId = tuple[str, str]
"""Installation and device name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PremisesDevice:
    """One device on the HAN of a home, as the SMSO's records have it."""

    name: str
    eui64: Eui64
    type: DeviceType
    model: str = ""
    group_id: str = "DA"
    mode: Mode | None = None
    """Of a meter: Active and Dormant are properties of a meter, not of an Installation."""
    supplier: str = ""
    """Of a meter whose supplier is not the Installation's: homes with two suppliers."""
    is_third_party: bool = False
    """Never migrated: Secure stores only its GUID (TMAD v5.1 conclusions)."""
    has_required_data: bool = True
    """Whether the SMSO holds what the Migration Common File asks for."""
    joined_order: int = 0
    """Later joins have higher numbers: "the last joined to the HAN" (TMAD 4.34A, 4.44A)."""

    @property
    def is_meter(self) -> bool:
        """Whether it is an ESME or a GSME."""
        return self.type in ("ESME", "GSME")


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """One SMETS1 Installation."""

    name: str
    supplier: str
    """The Responsible Supplier."""
    devices: tuple[PremisesDevice, ...]
    migration_day: int = 0
    """The day of its Migration Authorisation, counted from the scenario's first (TMAD 4.23A)."""
    is_day_bound: bool = False
    """Whether it may be started on that day alone; else on any."""

    @property
    def meters(self) -> tuple[PremisesDevice, ...]:
        """The ESME and the GSME that may be migrated, in the order of the file."""
        return tuple(it for it in self.devices if it.is_meter and not it.is_third_party)

    @property
    def suppliers(self) -> tuple[str, ...]:
        """The suppliers of its meters: one, or two where the fuels have different ones."""
        return tuple(dict.fromkeys(meter.supplier or self.supplier for meter in self.meters))


@dataclass(frozen=True, slots=True)
class Premises:
    """All Installations of a scenario, found by name and by address."""

    homes: tuple[Home, ...]
    _by_name: dict[str, Home] = field(init=False, repr=False, compare=False, default_factory=dict)

    _by_eui64: dict[Eui64, tuple[Home, PremisesDevice]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        """Index the homes: a day has a thousand of them."""
        self._by_name.update((home.name, home) for home in reversed(self.homes))
        for home in reversed(self.homes):
            self._by_eui64.update((one.eui64, (home, one)) for one in reversed(home.devices))

    def home(self, installation: str) -> Home | PartyError:
        """Find an Installation, or say that there is none."""
        home = self._by_name.get(installation)
        if home is not None:
            return home
        return PartyError(NO_SUCH_INSTALLATION.code, f"no Installation {installation!r}")

    def device(self, installation: str, name: str) -> PremisesDevice | PartyError:
        """Find a device of an Installation, or say what is missing."""
        home = self.home(installation)
        if isinstance(home, PartyError):
            return home
        for device in home.devices:
            if device.name == name:
                return device
        return PartyError(NO_SUCH_DEVICE.code, f"{installation} has no device {name!r}")

    def named(
        self, installation: str, names: tuple[str, ...]
    ) -> tuple[PremisesDevice, ...] | PartyError:
        """Find several devices of an Installation, or say what is missing."""
        found: list[PremisesDevice] = []
        for name in names:
            device = self.device(installation, name)
            if isinstance(device, PartyError):
                return device
            found.append(device)
        return tuple(found)

    def meter(self, installation: str, name: str) -> PremisesDevice | PartyError:
        """Find an ESME or a GSME, or say what is missing."""
        device = self.device(installation, name)
        if isinstance(device, PremisesDevice) and not device.is_meter:
            return PartyError(NO_SUCH_DEVICE.code, f"{name} is a {device.type}, not a meter")
        return device

    def hub(self, installation: str) -> PremisesDevice | PartyError:
        """Find the communications hub of an Installation."""
        home = self.home(installation)
        if isinstance(home, PartyError):
            return home
        for device in home.devices:
            if device.type == "CHF":
                return device
        return PartyError(NO_SUCH_DEVICE.code, f"{installation} has no communications hub")

    def at(self, eui64: Eui64) -> tuple[Home, PremisesDevice] | None:
        """Find the device that has this address."""
        return self._by_eui64.get(eui64)
