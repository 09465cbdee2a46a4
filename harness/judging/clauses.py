"""The clauses that scenarios name: the rule in our words, its source, and what kind it is.

The entries are data, `fixtures/clauses.yaml`.
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


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    clauses: Literal[1]
    entries: dict[str, Clause]


@cache
def load_clauses() -> Mapping[str, Clause]:
    """Return the clauses by address, such as `def/utrn-period`."""
    text = fixtures_folder("clauses.yaml").read_text(encoding="utf-8")
    return _File.model_validate(YAML(typ="safe", pure=True).load(text)).entries
