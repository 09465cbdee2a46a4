"""What usually causes a finding, and where to look: data, `fixtures/causes.yaml`."""

from collections.abc import Iterable, Mapping
from functools import cache

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from hanbench.harness.files.loader import fixtures_folder


class Causes(BaseModel):
    """What is known of one kind of finding."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    means: str
    """What the bench saw."""
    usual: tuple[str, ...] = Field(min_length=1)
    """What was wrong most often, the likeliest first."""
    look: tuple[str, ...] = Field(min_length=1)
    """Where to look in one's own engine, or in the pictures."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    causes: int = Field(ge=1, le=1)
    entries: dict[str, Causes]


@cache
def load_causes() -> Mapping[str, Causes]:
    """Return the table by the name of the finding, such as `confidently-wrong`."""
    text = fixtures_folder("causes.yaml").read_text(encoding="utf-8")
    return _File.model_validate(YAML(typ="safe", pure=True).load(text)).entries


def causes_of(findings: Iterable[str]) -> tuple[tuple[str, Causes], ...]:
    """Return what is known of each kind of finding, in the order in which they were found."""
    known = load_causes()
    return tuple((name, known[name]) for name in dict.fromkeys(findings) if name in known)
