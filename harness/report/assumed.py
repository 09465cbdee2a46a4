"""The assumptions of a run, put together by what they are about."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from hanbench.harness.verdict import CaseResult

GENERAL = "The scheme, the WAN, the traffic"
_PARAMETER = re.compile(r"(?P<model>[\w-]+): (?P<name>[\w.]+) = (?P<value>.*?): (?P<why>.+)")


@dataclass(frozen=True, slots=True)
class Assumption:
    """One thing that is modelled."""

    name: str
    """The parameter; empty for a sentence."""
    value: str
    why: str
    cases: int
    """How many cases rest on it."""


def group_assumptions(
    results: Sequence[CaseResult],
) -> tuple[tuple[str, tuple[Assumption, ...]], ...]:
    """Return the assumptions of all cases by device model, the general ones first."""
    cases = Counter(text for result in results for text in dict.fromkeys(result.assumptions))
    groups: dict[str, list[Assumption]] = {}
    for text, number in cases.items():
        parameter = _PARAMETER.fullmatch(text)
        if parameter is None:
            groups.setdefault(GENERAL, []).append(Assumption("", "", text, number))
            continue
        model, name, value, why = parameter.groups()
        groups.setdefault(model, []).append(Assumption(name, value, why, number))
    return tuple((model, tuple(members)) for model, members in groups.items())
