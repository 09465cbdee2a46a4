"""Checks that what a scenario names is there: devices, parameters, the Installation of a point.

Works on a file's data as it was read, so that a scenario with other mistakes hears of these too.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from hanbench.harness.faults.point_grammar import Point, parse_point
from hanbench.harness.files.fault_references import WAN, fault_problems
from hanbench.harness.files.file_problems import did_you_mean
from hanbench.harness.files.han_steps import HAN_STEPS
from hanbench.harness.files.installation import Installation
from hanbench.harness.files.scenario_process import ANY_DEVICE, Also
from hanbench.harness.files.yaml_source import KeyPath, Problem
from hanbench.harness.running.case import Home, device_profiles
from hanbench.harness.steps.timing import AFTER_OUTCOME

Homes = dict[str, Home]
"""By variant; the scenario itself is the variant without a name."""

Named = tuple[KeyPath, object, object]
"""Where a device is named, the name, and the Installation of the step; None: the scenario's own."""

OF_AN_ENVELOPE = ("replay",)
"""Steps whose `of` is no Installation."""


class _Homes:
    """The homes of a scenario or a variant: its own, and by name those that `also` makes."""

    def __init__(self, own: Home, data: Mapping[str, Any], templates: Mapping[str, Home]) -> None:
        self.own = own
        self._others = {
            name: templates.get(also.installation)
            for also in _also_of(data)
            for name in also.names()
        }

    @property
    def names(self) -> tuple[str, ...]:
        return (self.own.installation.name, *self._others)

    def of(self, named: object) -> Home | None:
        """Return the home that a step names; None: it is not known, or there is no such."""
        if named in (None, self.own.installation.name):
            return self.own
        return self._others.get(str(named))

    def installation(self, named: str) -> Installation | None:
        """Return the Installation of that name, the scenario's own for an empty one."""
        home = self.of(named or None)
        return None if home is None else home.installation


def reference_problems(
    data: object, homes: Mapping[str, Home], templates: Mapping[str, Home] | None = None
) -> Iterator[Problem]:
    """Name everything that a scenario, or one of its variants, names and its homes lack.

    `templates` are the homes that `also` names, by the names that it gives.
    """
    if not isinstance(data, dict):
        return
    known = templates or {}
    base = homes.get("")
    if base is not None:
        yield from _problems(data, (), _Homes(base, data, known))
    for name, variant in _entries(data, "variants"):
        # A variant with homes of its own inherits steps and faults: they must fit those too.
        own = homes.get(name)
        home = own or base
        if home is None or not isinstance(variant, dict):
            continue
        whole = {**data, **variant}
        is_other = own is not None or "also" in variant
        inherited = whole if is_other else variant
        yield from _problems(inherited, ("variants", name), _Homes(home, whole, known))


def _problems(data: Mapping[str, Any], at: KeyPath, homes: _Homes) -> Iterator[Problem]:
    yield from _unknown_homes(data, at, homes)
    for key, name, place in _named_meters(data):
        home = homes.of(place)
        meters = home.installation.meter_names if home is not None else ()
        if home is not None and isinstance(name, str) and name not in meters:
            yield Problem((*at, *key), _no_such("meter", name, meters))
    for key, name, place in _named_devices(data):
        home = homes.of(place)
        devices = tuple(home.installation.devices) if home is not None else ()
        if home is not None and isinstance(name, str) and name not in devices:
            yield Problem((*at, *key), _no_such("device", name, devices))
    for key, text in _points(data):
        if (point := _parsed(text)) is not None:
            yield from _point_problems(point, (*at, *key), homes)
    yield from fault_problems(_items(data, "faults"), at, homes.installation)
    yield from _parameter_problems(data, at, homes.own)


def _unknown_homes(data: Mapping[str, Any], at: KeyPath, homes: _Homes) -> Iterator[Problem]:
    for index, step in _items(data, "steps"):
        for key in ("installation", "of") if step.get("do") not in OF_AN_ENVELOPE else ():
            named = step.get(key)
            if isinstance(named, str) and named not in homes.names:
                says = f"no Installation {named!r} here; {did_you_mean(named, homes.names)}"
                yield Problem((*at, "steps", index, key), says)
    for path, named in _listed_in_steps(data, "homes"):
        if named not in homes.names:
            says = f"no Installation {named!r} here; {did_you_mean(named, homes.names)}"
            yield Problem((*at, *path), says)


def _listed_in_steps(data: Mapping[str, Any], key: str) -> Iterator[tuple[KeyPath, str]]:
    for index, step in _items(data, "steps"):
        for path, name in _listed(step, key):
            if isinstance(name, str):
                yield ("steps", index, *path), name


def _no_such(what: str, name: str, known: tuple[str, ...]) -> str:
    return f"no {what} {name!r} in the Installation; {did_you_mean(name, known)}"


def _named_meters(data: Mapping[str, Any]) -> Iterator[Named]:
    for path, name in _listed(data, "order"):
        yield path, name, None
    for index, step in _items(data, "steps"):
        if "device" in step and step.get("do") not in (*HAN_STEPS, *ANY_DEVICE):
            yield ("steps", index, "device"), step["device"], step.get("installation")
    parties = data.get("parties")
    smso = parties.get("SMSO") if isinstance(parties, dict) else None
    for key in ("refuses_hand_over", "wrong_key", "missing_master_key"):
        for path, name in _listed(smso, key):
            yield ("parties", "SMSO", *path), name, None
    for name, _ in _entries(smso, "stale_counter"):
        yield ("parties", "SMSO", "stale_counter", name), name, None
    yield from _expected_meters(data.get("expect"))


def _expected_meters(expect: object) -> Iterator[Named]:
    for name, _ in _entries(expect, "devices"):
        yield ("expect", "devices", name), name, None
    for path, entry in _listed(expect, "cut_off"):
        if isinstance(entry, dict) and "device" in entry:
            yield ("expect", *path, "device"), entry["device"], entry.get("installation")


def _named_devices(data: Mapping[str, Any]) -> Iterator[Named]:
    for index, fault in _items(data, "faults"):
        if fault.get("of", WAN) != WAN:
            yield ("faults", index, "of"), fault["of"], None
    for name, _ in _entries(data, "parameters"):
        yield ("parameters", name), name, None
    for index, step in _items(data, "steps"):
        for key, named in _named_in_a_step(step):
            yield ("steps", index, *key), named, step.get("installation")
    for name, expected in _entries(data.get("expect"), "han"):
        yield ("expect", "han", name), name, None
        for key, named in _named_on_the_han(expected):
            yield ("expect", "han", name, *key), named, None


def _named_in_a_step(step: Mapping[str, Any]) -> Iterator[tuple[KeyPath, object]]:
    if step.get("do") in ANY_DEVICE:
        yield from (((key,), step[key]) for key in ("device", "other") if key in step)
    if step.get("do") in HAN_STEPS:
        yield from _named_on_the_han(step)


def _named_on_the_han(entry: object) -> Iterator[tuple[KeyPath, object]]:
    if not isinstance(entry, dict):
        return
    for key in ("device", "parent", "reached_over"):
        if key in entry:
            yield (key,), entry[key]
    for key in ("loses", "gains"):
        yield from _listed(entry, key)


def _points(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, object]]:
    for index, fault in _items(data, "faults"):
        yield ("faults", index, "at"), fault.get("at")
    for index, step in _items(data, "steps"):
        if step.get("after") != AFTER_OUTCOME:
            yield ("steps", index, "after"), step.get("after")


def _also_of(data: Mapping[str, Any]) -> Iterator[Also]:
    """Name the groups of Installations beside the scenario's own."""
    for _, entry in _items(data, "also"):
        try:
            yield Also.model_validate_json(json.dumps(entry))
        except ValidationError:
            continue  # the model of the file says what is wrong with it


def _parsed(text: object) -> Point | None:
    """None where the model of the file says what is wrong with it."""
    try:
        return parse_point(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _point_problems(point: Point, key: KeyPath, homes: _Homes) -> Iterator[Problem]:
    if point.installation not in homes.names:
        names = homes.names
        called = f"it is called {names[0]!r}" if len(names) == 1 else "neither its own nor `also`"
        yield Problem(key, f"no Installation {point.installation!r} here; {called}")
        return
    home = homes.of(point.installation)
    if home is not None and point.device and point.device not in home.installation.devices:
        yield Problem(key, _no_such("device", point.device, tuple(home.installation.devices)))


def _parameter_problems(data: Mapping[str, Any], at: KeyPath, home: Home) -> Iterator[Problem]:
    for name, parameters in _entries(data, "parameters"):
        if name not in home.installation.devices or not isinstance(parameters, dict):
            continue
        try:
            device_profiles(home, {name: parameters})
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                where = ".".join(str(part) for part in detail["loc"])
                yield Problem((*at, "parameters", name), f"{where}: {detail['msg']}")
        except ValueError as error:
            yield Problem((*at, "parameters", name), str(error))


def _entries(data: object, key: str) -> Iterator[tuple[str, Any]]:
    inner = data.get(key) if isinstance(data, dict) else None
    yield from inner.items() if isinstance(inner, dict) else ()


def _items(data: Mapping[str, Any], key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    inner = data.get(key)
    for index, item in enumerate(inner if isinstance(inner, list) else ()):
        if isinstance(item, dict):
            yield index, item


def _listed(data: object, key: str) -> Iterator[tuple[KeyPath, object]]:
    inner = data.get(key) if isinstance(data, dict) else None
    for index, item in enumerate(inner if isinstance(inner, list) else ()):
        yield (key, index), item
