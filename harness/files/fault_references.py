"""Checks that a fault is laid upon what it can befall: a lock-out upon a meter, and so on.

A fault strikes in the home that its point names. What is wrong with its own fields the model of the
file says; here it is held against the devices that are there.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hanbench.emulator.parties.catalogue import PARTIES
from hanbench.harness.faults.point_grammar import parse_point
from hanbench.harness.files.file_problems import did_you_mean
from hanbench.harness.files.installation import DeviceEntry, Installation
from hanbench.harness.files.yaml_source import KeyPath, Problem

WAN = "wan"
_ON_THE_MAINS = ("CHF", "ESME", "REPEATER")
_PARTY_NAMES = tuple(one.name for one in PARTIES)


def _is_meter(entry: DeviceEntry) -> bool:
    return entry.is_meter


def _has_a_clock(entry: DeviceEntry) -> bool:
    return entry.is_meter or entry.type == "CHF"


def _is_beside(entry: DeviceEntry) -> bool:
    return not _has_a_clock(entry)


def _has_a_battery(entry: DeviceEntry) -> bool:
    return entry.type not in _ON_THE_MAINS


_BEFALLS: Mapping[str, tuple[Callable[[DeviceEntry], bool], str]] = {
    "lock-out": (_is_meter, "it has no SUA codes that could be wrong; expected a meter"),
    "clock-jump": (_has_a_clock, "nothing goes by its clock; expected a meter or the hub"),
    "clock-skew": (_has_a_clock, "nothing goes by its clock; expected a meter or the hub"),
    "power-off": (_is_beside, "it tells of an outage; for that there is the step `power-off`"),
    "battery-end": (_has_a_battery, "it is on the mains; expected a device with a battery"),
}
"""By the kind of fault: which devices it makes sense for, and what is said of the others."""
_OF_THE_WAN = ("partition",)


def fault_problems(
    faults: Iterator[tuple[int, Mapping[str, Any]]],
    at: KeyPath,
    home_of: Callable[[str], Installation | None],
) -> Iterator[Problem]:
    """Name each fault that makes no sense where it is laid."""
    for index, fault in faults:
        key = (*at, "faults", index)
        yield from _party_problems(fault, key)
        of, does = fault.get("of"), fault.get("does")
        if of == WAN and does not in _OF_THE_WAN:
            yield Problem((*key, "of"), f"{WAN} is no device; only a partition is of the WAN")
            continue
        installation = home_of(_home_named(fault))
        entry = None if installation is None else installation.devices.get(str(of))
        makes_sense, says = _BEFALLS.get(str(does), (None, ""))
        if entry is not None and makes_sense is not None and not makes_sense(entry):
            yield Problem((*key, "of"), f"{of} is of type {entry.type}: {says}")


def _party_problems(fault: Mapping[str, Any], key: KeyPath) -> Iterator[Problem]:
    for where, party in (("party", fault.get("party")), ("at", _party_called(fault))):
        if isinstance(party, str) and party and party not in _PARTY_NAMES:
            says = f"no party {party!r}; {did_you_mean(party, _PARTY_NAMES)}"
            yield Problem((*key, where), says)


def _party_called(fault: Mapping[str, Any]) -> str:
    try:
        return parse_point(str(fault.get("at"))).party
    except ValueError:
        return ""  # none, or the model of the file says what is wrong with it


def _home_named(fault: Mapping[str, Any]) -> str:
    try:
        return parse_point(str(fault.get("at"))).installation
    except ValueError:
        return ""
