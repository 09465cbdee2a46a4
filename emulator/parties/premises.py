"""Who stands where: the Installations and devices that every party knows by name.

It holds no secret: whose account an Installation stands on is in `accounts`, what a key is in the
DCO's custody. A meter's name is unique within its Installation
only, so every argument of the catalogue names both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
Cohort = Literal["DA", "IOC", "MDS", "FOC"]
"""The cohorts of TMAD; this project migrates DA alone."""

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
    """Of a meter, as it is authorised: Active and Dormant are properties of a meter."""
    has_gone_dormant: bool = False
    """Of a meter that was Active when it was authorised: an excluded category."""
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
    cohort: Cohort = "DA"
    """Whose devices they are: DA is Secure's own group, the others go by other clauses."""
    authorised_by: tuple[str, ...] = ()
    """Who gave its Migration Authorisation, where the suppliers are others by now; else empty."""

    @property
    def meters(self) -> tuple[PremisesDevice, ...]:
        """The ESME and the GSME that may be migrated, in the order of the file."""
        return tuple(it for it in self.devices if it.is_meter and not it.is_third_party)

    @property
    def suppliers(self) -> tuple[str, ...]:
        """The suppliers of its meters: one, or two where the fuels have different ones."""
        return tuple(dict.fromkeys(meter.supplier or self.supplier for meter in self.meters))


class Premises:
    """All Installations of a scenario, found by name and by address.

    The devices stay as they are; who supplies a home, and under which Authorisation, may change.
    """

    def __init__(self, homes: Sequence[Home]) -> None:
        # Indexed, since a day has a thousand of them; the first of a name or address holds.
        self._by_name = {home.name: home for home in reversed(homes)}
        self._by_eui64 = {
            device.eui64: (home.name, device.name)
            for home in reversed(homes)
            for device in reversed(home.devices)
        }
        self._order = tuple(home.name for home in homes)

    @property
    def homes(self) -> tuple[Home, ...]:
        """All of them in the order of the scenario, as they stand now."""
        return tuple(self._by_name[name] for name in self._order)

    def change_supplier(self, installation: str, to: str, meter: str | None = None) -> None:
        """Enter a change of supplier, of the whole Installation or of one meter.

        Raises:
            KeyError: there is no such Installation.
        """
        home = self._by_name[installation]
        devices = home.devices
        if meter is not None:
            devices = tuple(
                replace(it, supplier=to) if it.name == meter else it for it in home.devices
            )
        changed = replace(home, devices=devices) if meter else replace(home, supplier=to)
        # Whoever has all the meters has the home, and whatever else is in it.
        if changed.suppliers == (to,):
            changed = replace(changed, supplier=to)
        authorised_by = home.authorised_by or home.suppliers
        self._by_name[installation] = replace(changed, authorised_by=authorised_by)

    def go_dormant(self, installation: str, meter: str) -> None:
        """Enter that an Active meter is Dormant now.

        Raises:
            KeyError: there is no such Installation.
        """
        home = self._by_name[installation]
        devices = tuple(
            replace(it, has_gone_dormant=it.mode == "active") if it.name == meter else it
            for it in home.devices
        )
        self._by_name[installation] = replace(home, devices=devices)

    def authoriser(self, installation: str) -> str:
        """Return the supplier under whose Authorisation an Installation stands; "" for none."""
        home = self._by_name.get(installation)
        return "" if home is None else (*home.authorised_by, home.supplier)[0]

    def authorise(self, installation: str, day: int | None = None) -> None:
        """Enter an Authorisation by those who are its suppliers now; None: for any day.

        Raises:
            KeyError: there is no such Installation.
        """
        home = self._by_name[installation]
        bound = home if day is None else replace(home, migration_day=day, is_day_bound=True)
        self._by_name[installation] = replace(bound, authorised_by=())

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
        found = self._by_eui64.get(eui64)
        if found is None:
            return None
        home = self._by_name[found[0]]
        return home, next(device for device in home.devices if device.name == found[1])
