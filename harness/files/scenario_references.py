"""Checks that what a scenario names is there: devices, parameters, the Installation of a point.

Works on a file's data as it was read, so that a scenario with other mistakes hears of these too.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from hanbench.harness.faults.point_grammar import Point, parse_point
from hanbench.harness.files.file_problems import did_you_mean
from hanbench.harness.files.han_steps import HAN_STEPS
from hanbench.harness.files.scenario_process import ANY_DEVICE, Also
from hanbench.harness.files.yaml_source import KeyPath, Problem
from hanbench.harness.running.case import Home, device_profiles
from hanbench.harness.steps.timing import AFTER_OUTCOME

Homes = dict[str, Home]
"""By variant; the scenario itself is the variant without a name."""

WAN = "wan"


def reference_problems(data: object, homes: Mapping[str, Home]) -> Iterator[Problem]:
    """Name everything that a scenario, or one of its variants, names and its home lacks."""
    if not isinstance(data, dict):
        return
    base = homes.get("")
    if base is not None:
        yield from _problems(data, (), base)
    for name, variant in _entries(data, "variants"):
        # A variant with a home of its own inherits steps and faults: they must fit that home too.
        own = homes.get(name)
        inherited = (
            {**data, **variant} if own is not None and isinstance(variant, dict) else variant
        )
        home = own or base
        if home is not None and isinstance(variant, dict):
            yield from _problems(inherited, ("variants", name), home)


def _problems(data: Mapping[str, Any], at: KeyPath, home: Home) -> Iterator[Problem]:
    meters = home.installation.meter_names
    devices = tuple(home.installation.devices)
    for key, name in _named_meters(data):
        if isinstance(name, str) and name not in meters:
            yield Problem((*at, *key), _no_such("meter", name, meters))
    for key, name in _named_devices(data):
        if isinstance(name, str) and name not in devices:
            yield Problem((*at, *key), _no_such("device", name, devices))
    for key, text in _points(data):
        if (point := _parsed(text)) is not None and point.installation not in _others(data):
            yield from _point_problems(point, (*at, *key), home)
    yield from _parameter_problems(data, at, home)


def _no_such(what: str, name: str, known: tuple[str, ...]) -> str:
    return f"no {what} {name!r} in the Installation; {did_you_mean(name, known)}"


def _named_meters(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, object]]:
    yield from _listed(data, "order")
    for index, step in _items(data, "steps"):
        if "device" in step and step.get("do") not in (*HAN_STEPS, *ANY_DEVICE):
            yield ("steps", index, "device"), step["device"]
    parties = data.get("parties")
    smso = parties.get("SMSO") if isinstance(parties, dict) else None
    for key in ("refuses_hand_over", "wrong_key", "missing_master_key"):
        for path, name in _listed(smso, key):
            yield ("parties", "SMSO", *path), name
    for name, _ in _entries(smso, "stale_counter"):
        yield ("parties", "SMSO", "stale_counter", name), name
    for name, _ in _entries(data.get("expect"), "devices"):
        yield ("expect", "devices", name), name


def _named_devices(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, object]]:
    for index, fault in _items(data, "faults"):
        if fault.get("of", WAN) != WAN:
            yield ("faults", index, "of"), fault["of"]
    for name, _ in _entries(data, "parameters"):
        yield ("parameters", name), name
    for index, step in _items(data, "steps"):
        if step.get("do") in ANY_DEVICE:
            yield from (
                (("steps", index, key), step[key]) for key in ("device", "other") if key in step
            )
        if step.get("do") in HAN_STEPS:
            yield from _named_on_the_han(step, ("steps", index))
    for name, expected in _entries(data.get("expect"), "han"):
        yield ("expect", "han", name), name
        yield from _named_on_the_han(expected, ("expect", "han", name))


def _named_on_the_han(entry: object, at: KeyPath) -> Iterator[tuple[KeyPath, object]]:
    if not isinstance(entry, dict):
        return
    for key in ("device", "parent", "reached_over"):
        if key in entry:
            yield (*at, key), entry[key]
    for key in ("loses", "gains"):
        for path, name in _listed(entry, key):
            yield (*at, *path), name


def _points(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, object]]:
    for index, fault in _items(data, "faults"):
        yield ("faults", index, "at"), fault.get("at")
    for index, step in _items(data, "steps"):
        if step.get("after") != AFTER_OUTCOME:
            yield ("steps", index, "after"), step.get("after")


def _others(data: Mapping[str, Any]) -> Iterator[str]:
    """Name the Installations beside the scenario's own."""
    for _, entry in _items(data, "also"):
        try:
            yield from Also.model_validate(entry).names()
        except ValidationError:
            continue  # the model of the file says what is wrong with it


def _parsed(text: object) -> Point | None:
    """None where the model of the file says what is wrong with it."""
    try:
        return parse_point(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _point_problems(point: Point, key: KeyPath, home: Home) -> Iterator[Problem]:
    installation = home.installation
    if point.installation != installation.name:
        says = f"no Installation {point.installation!r} here; it is called {installation.name!r}"
        yield Problem(key, says)
    if point.device and point.device not in installation.devices:
        yield Problem(key, _no_such("device", point.device, tuple(installation.devices)))


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
