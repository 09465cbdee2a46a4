"""The checks of the Commissioning Party, as a table.

Source: modelled [M] on what is stated: TMAD 4.34A, 4.44A, the EPCL, and that third-party devices
are never migrated. The steps of Table 5.9 are not public. A check returns what is wrong, or "".
"""

from collections.abc import Callable
from dataclasses import dataclass

from hanbench.emulator.parties.commissioning_party_operations import Profile
from hanbench.emulator.parties.premises import DeviceType, Home, PremisesDevice

GROUP_ID = "DA"
_AT_MOST_ONE: tuple[DeviceType, ...] = ("PPMID", "IHD", "CAD")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonFile:
    """A submitted Migration Common File."""

    name: str
    home: Home
    devices: tuple[PremisesDevice, ...]
    profile: Profile | None
    group_id: str


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, the clause behind it, and the function that finds what is wrong."""

    name: str
    source: str
    problem: Callable[[CommonFile], str]


def _group_id(file: CommonFile) -> str:
    strangers = [it.name for it in file.devices if it.mode and it.group_id != GROUP_ID]
    if file.group_id != GROUP_ID:
        return f"the file is for group {file.group_id}"
    return f"not of group {GROUP_ID}: {', '.join(strangers)}" if strangers else ""


def _duplicates(file: CommonFile) -> str:
    names = [it.name for it in file.devices]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    return f"more than once: {', '.join(twice)}" if twice else ""


def _electricity_meter(file: CommonFile) -> str:
    return "" if any(it.type == "ESME" for it in file.devices) else "no ESME"


def _last_joined(file: CommonFile) -> str:
    for kind in _AT_MOST_ONE:
        named = [it.name for it in file.devices if it.type == kind]
        # Those that cannot be in the file at all do not count as the last to join.
        able = [it for it in file.home.devices if it.type == kind and _can_migrate(it)]
        last = max(able, key=lambda it: it.joined_order, default=None)
        if len(named) > 1:
            return f"{len(named)} {kind}s: {', '.join(named)}"
        if named and last is not None and named != [last.name]:
            return f"{named[0]} is not the {kind} that joined last: {last.name} is"
    return ""


def _can_migrate(device: PremisesDevice) -> bool:
    return device.has_required_data and not device.is_third_party


def _required_data(file: CommonFile) -> str:
    lacking = [it.name for it in file.devices if not it.has_required_data]
    return f"the SMSO lacks data: {', '.join(lacking)}" if lacking else ""


def _third_party(file: CommonFile) -> str:
    strangers = [it.name for it in file.devices if it.is_third_party or it.type == "REPEATER"]
    return f"never migrated: {', '.join(strangers)}" if strangers else ""


def _profile(file: CommonFile) -> str:
    active = [meter.mode == "active" for meter in file.home.meters]
    true = "all-active" if all(active) else "mixed" if any(active) else "all-dormant"
    return "" if file.profile in (None, true) else f"the meters are {true}"


def checks(eligible_models: tuple[str, ...] | None) -> tuple[Check, ...]:
    """Return the checks in order; None as the eligible models admits every model."""

    def eligible_model(file: CommonFile) -> str:
        if eligible_models is None:
            return ""
        others = [it.name for it in file.devices if it.mode and it.model not in eligible_models]
        return f"no EPCL entry: {', '.join(others)}" if others else ""

    return (
        Check("group-id", "TMAD 5.9 [M]", _group_id),
        Check("eligible-model", "Eligible Product Combinations List [M]", eligible_model),
        Check("duplicates", "TMAD 5.9 [M]", _duplicates),
        Check("electricity-meter", "TMAD 5.9 [M]", _electricity_meter),
        Check("last-joined", "TMAD 4.34A, 4.44A", _last_joined),
        Check("required-data", "TMAD 4.34A, 4.44A", _required_data),
        Check("third-party", "TMAD v5.1 conclusions", _third_party),
        Check("profile", "TMAD 4.34A, 4.44A [M]", _profile),
    )
