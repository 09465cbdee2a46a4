"""Reads the marks `clause`, `profile` and `faults`, strictly: a value that is none is named."""

import difflib
import json
from collections.abc import Mapping
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from hanbench.harness.files.scenario import EndState, Profile
from hanbench.harness.files.scenario_faults import FaultEntry
from hanbench.harness.judging.clauses import load_clauses
from hanbench.harness.pytest_plugin import uses_fixtures

PROFILES: tuple[str, ...] = get_args(Profile)
END_STATES: tuple[str, ...] = get_args(EndState)
_FAULT: TypeAdapter[FaultEntry] = TypeAdapter(FaultEntry)
_WITH_VALUE = ("at", "by", "for", "from", "until", "of", "party", "error", "heard")
_WHEN = ("before", "torn", "after", "ahead", "back")
_FAULT_EXAMPLE = "such as 'drop at gsme/rotate-sua-key#1/try#1/reply/wan'"


class MarkError(ValueError):
    """A mark says something that is none."""


def clauses_of(item: pytest.Item) -> tuple[str, ...]:
    """Return the clauses that a test is about, each once.

    Raises:
        MarkError: a clause is none.
    """
    named: list[str] = []
    for mark in item.iter_markers("clause"):
        if mark.kwargs or not mark.args:
            raise MarkError("clause: expected addresses, such as clause('tmad/3.14C(a)')")
        named += [known_clause(one) for one in mark.args]
    return tuple(dict.fromkeys(named))


def profiles_of(item: pytest.Item) -> tuple[str, ...]:
    """Return the rotation profiles that the closest mark names; none: the scenario's.

    Raises:
        MarkError: a profile is none.
    """
    mark = item.get_closest_marker("profile")
    if mark is None:
        return ()
    wrong = [one for one in mark.args if one not in PROFILES]
    if wrong or mark.kwargs or not mark.args:
        got = repr(wrong[0]) if wrong else "none"
        raise MarkError(f"profile: expected {' or '.join(PROFILES)}, got {got}")
    return tuple(dict.fromkeys(mark.args))


def faults_of(item: pytest.Item) -> tuple[list[dict[str, Any]], str]:
    """Return the faults of all marks, outermost first, as a file has them, and the end state.

    Raises:
        MarkError: a fault, or the end state that is expected, is none.
    """
    faults: list[dict[str, Any]] = []
    expected = ""
    for mark in reversed(list(item.iter_markers("faults"))):
        given = dict(mark.kwargs)
        expect = given.pop("expect", "")
        if expect and expect not in END_STATES:
            raise MarkError(f"faults: no end state {expect!r}; expected one of {_or(END_STATES)}")
        expected = expect or expected
        entries = [*mark.args, *([given] if given else [])]
        if not entries:
            raise MarkError(f"faults: expected faults, {_FAULT_EXAMPLE}")
        faults += [read_fault(one) for one in entries]
    return faults, expected


def read_fault(given: object) -> dict[str, Any]:
    """Return a fault as a scenario file has it: from its keys, or from words as a report has them.

    Raises:
        MarkError: it is none.
    """
    match given:
        case str():
            return _in_words(given)
        case Mapping():
            return _checked({str(key): value for key, value in given.items()}, given)
        case _:
            raise MarkError(f"faults: {given!r} is no fault; expected one {_FAULT_EXAMPLE}")


def known_clause(address: object) -> str:
    """Return the address of a clause.

    Raises:
        MarkError: there is none of that address.
    """
    known = load_clauses()
    if isinstance(address, str) and address in known:
        return address
    near = difflib.get_close_matches(str(address), known, n=1, cutoff=0.6)
    hint = f"; did you mean {near[0]!r}?" if near else "; `hanbench clauses` lists them"
    raise MarkError(f"clause: there is no {address!r}{hint}")


def fault_entry(given: Mapping[str, Any]) -> FaultEntry:
    """Return the entry of a scenario file that a fault stands for.

    Raises:
        ValidationError: it is none.
    """
    return _FAULT.validate_json(json.dumps(given))


def record_clauses(item: pytest.Item) -> None:
    """Write the clauses of a test into its report, and so into JUnit."""
    if any(name == "clauses" for name, _ in item.user_properties):
        return
    if not (uses_fixtures(item) or names_addresses(item)):
        return  # somebody else's mark
    try:
        clauses = clauses_of(item)
    except MarkError as error:
        pytest.fail(f"{item.nodeid}: {error}", pytrace=False)
    item.user_properties.append(("clauses", " ".join(clauses)))


def _in_words(text: str) -> dict[str, Any]:
    words = text.split()
    entry: dict[str, Any] = {"does": words[0] if words else ""}
    rest = iter(words[1:])
    for word in rest:
        if word in _WITH_VALUE:
            entry[word] = next(rest, "")
        else:
            entry["when" if word in _WHEN else "of"] = word
    return _checked(entry, text)


def _checked(entry: dict[str, Any], given: object) -> dict[str, Any]:
    """Hold an entry against the faults that there are; the home is not known yet."""
    probe = dict(entry)
    if isinstance(at := probe.get("at"), str) and is_short(at):
        probe["at"] = f"home/{at}"
    try:
        fault_entry(probe)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        says = first["msg"].removeprefix("Value error, ").replace("'home/", "'")
        raise MarkError(f"faults: {given!r}: {f'{where}: ' if where else ''}{says}") from None
    except TypeError as error:
        raise MarkError(f"faults: {given!r}: {error}") from None
    return entry


def names_addresses(item: pytest.Item) -> bool:
    """Whether the marks `clause` of a test look like ours: another plugin may have one, too."""
    named = [one for mark in item.iter_markers("clause") for one in mark.args]
    return bool(named) and all(isinstance(one, str) and "/" in one for one in named)


def is_short(point: str) -> bool:
    """Whether a point leaves the Installation out: `gsme/...`, `party/...`, `engine/...`."""
    first, _, rest = point.partition("/")
    if first in ("party", "engine"):
        return True
    return "#" in rest.partition("/")[0] or rest.startswith("han/")


def _or(words: tuple[str, ...]) -> str:
    return ", ".join(words)
