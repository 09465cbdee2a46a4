"""A migration file on disk: known by its name or root element, and read by its own rules."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from hanbench.harness.errors import ScenarioError
from hanbench.harness.file_problems import did_you_mean
from hanbench.protocol.errors import FileError
from hanbench.protocol.migration import authorisation, demand, dormant_schedule
from hanbench.protocol.migration.file_text import FILE_OCTETS_MAX
from hanbench.protocol.migration.formats import XML_FORMATS

_ROOT = re.compile(rb"<([A-Za-z][A-Za-z0-9]*)[\s/>]")
_CSV: Mapping[str, tuple[str, Callable[[bytes, str], object]]] = {
    "MA_": ("migration-authorisation", lambda data, name: authorisation.decode(data, name=name)),
    "DC-": ("demand-commit", lambda data, name: demand.decode(data, name=name)),
    "DR_": ("demand-return", lambda data, name: demand.decode(data, name=name)),
    "DFU_": (
        "dormant-firmware-schedule",
        lambda data, name: dormant_schedule.decode_firmware(data, name=name),
    ),
    "DMS_": (
        "dormant-migration-schedule",
        lambda data, name: dormant_schedule.decode_migration(data, name=name),
    ),
}


def check_file(path: Path) -> str:
    """Return the kind of a file that keeps the rules of its kind.

    Raises:
        ScenarioError: it cannot be read, is of no known kind, or breaks rules: file, line and rule
            of each.
    """
    try:
        with path.open("rb") as file:
            data = file.read(FILE_OCTETS_MAX + 1)
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        return _check_xml(data, path) if path.suffix == ".xml" else _check_csv(data, path)
    except FileError as error:
        # Called by the name alone within, since that is part of the rules of a csv file.
        raise ScenarioError(str(error)) from error


def _check_xml(data: bytes, path: Path) -> str:
    by_name = {one.shape.name: one for one in XML_FORMATS}
    root = _ROOT.search(data)
    name = root.group(1).decode() if root is not None else ""
    form = by_name.get(name)
    if form is None:
        hint = did_you_mean(name, tuple(by_name))
        raise ScenarioError(f"{path}:1: schema: unknown root element {name!r}; {hint}")
    form.read(data, path.name)
    return name


def _check_csv(data: bytes, path: Path) -> str:
    for prefix, (kind, decode) in _CSV.items():
        if path.name.startswith(prefix):
            decode(data, path.name)
            return kind
    known = ", ".join(f"{prefix}..." for prefix in _CSV)
    raise ScenarioError(f"{path}: name: expected {known}, or a file that ends in .xml")
