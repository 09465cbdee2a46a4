"""The clauses that scenarios name: the rule in our words, its source, and what kind it is.

The entries are data, `fixtures/clauses.yaml`. What the sources say and no scenario here can show is
data as well, `fixtures/outside.yaml`, so that nothing is left out in silence.
"""

from collections.abc import Mapping
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from hanbench.harness.files.loader import fixtures_folder


class Clause(BaseModel):
    """One rule."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    statement: str
    source: str
    kind: Literal["stated", "modelled"]


class Outside(BaseModel):
    """What a source says and no scenario here can show."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    why: str
    source: str


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    clauses: Literal[1]
    entries: dict[str, Clause]


class _OutsideFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    outside: Literal[1]
    entries: dict[str, Outside]


@cache
def load_clauses() -> Mapping[str, Clause]:
    """Return the clauses by address, such as `def/utrn-period`."""
    return _File.model_validate(_read("clauses.yaml")).entries


@cache
def load_outside() -> Mapping[str, Outside]:
    """Return what is outside the bench, by address, such as `seed3/liability`."""
    return _OutsideFile.model_validate(_read("outside.yaml")).entries


def _read(name: str) -> object:
    text = fixtures_folder(name).read_text(encoding="utf-8")
    return YAML(typ="safe", pure=True).load(text)
