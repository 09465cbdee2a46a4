"""A baseline: the failures that are known, each with a reason and a day on which it expires.

Format version 1. The cases that have to run stand in it too, so that one which has vanished is
noticed: a suite that no longer runs would pass any other gate.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema
from ruamel.yaml import YAML

from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.file_fields import Entry
from hanbench.harness.files.file_problems import read_model
from hanbench.harness.files.yaml_source import read_yaml
from hanbench.harness.gate.fingerprint import fingerprint, in_words
from hanbench.harness.running.results import Results

UNEXPLAINED = "TODO: why is this failure accepted, and who sees to it?"


def _day(text: object) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise ValueError(f"{text!r} is not a day such as 2027-03-31") from error


Day = Annotated[
    date,
    BeforeValidator(_day),
    PlainSerializer(date.isoformat, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date"}),
]


class KnownFailure(Entry):
    """One failure that does not fail the gate until its day has passed."""

    case: str
    fingerprint: Annotated[str, Field(pattern="^[0-9a-f]{12}$")]
    what: str = ""
    """In words, for a reader; the fingerprint decides."""
    reason: Annotated[str, Field(min_length=1)]
    expires: Day


class Baseline(Entry):
    """The file."""

    baseline: Literal[1] = Field(description="the version of the file format, 1")
    suite: str = ""
    cases: tuple[str, ...] = ()
    """The names of the cases that have to run; left out: none is missed."""
    known: tuple[KnownFailure, ...] = ()


def read_baseline(path: Path) -> Baseline:
    """Read a baseline.

    Raises:
        ScenarioError: it cannot be read, has an unknown key, or another version.
    """
    return read_model(Baseline, read_yaml(path))


def write_baseline(path: Path, results: Results, expires: date) -> Baseline:
    """Write what a run gave as a baseline, with a reason to be filled in for each failure.

    Raises:
        ScenarioError: the file is there already: a baseline is edited, not made anew.
    """
    failed = [one for one in results.cases if not one.is_as_expected]
    baseline = Baseline(
        baseline=1,
        suite=results.run.suite,
        cases=tuple(one.case for one in results.cases),
        known=tuple(
            KnownFailure(
                case=one.case,
                fingerprint=fingerprint(one),
                what=in_words(one),
                reason=UNEXPLAINED,
                expires=expires,
            )
            for one in failed
        ),
    )
    writer = YAML()
    writer.width = 100_000
    try:
        with path.open("x", encoding="utf-8") as file:
            writer.dump(baseline.model_dump(mode="json", exclude_defaults=False), file)
    except FileExistsError as error:
        raise ScenarioError(f"{path}: is there already, and is not overwritten") from error
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be written: {error.strerror}") from error
    return baseline


def known_by_case(known: Sequence[KnownFailure]) -> dict[str, KnownFailure]:
    """Return the known failures by case.

    Raises:
        ScenarioError: a case is listed twice.
    """
    found: dict[str, KnownFailure] = {}
    for one in known:
        if one.case in found:
            raise ScenarioError(f"the baseline lists {one.case} twice")
        found[one.case] = one
    return found
