"""A case by the name that reports print: `secure/clean-two-fuel[two-phase]`."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.file_problems import did_you_mean
from hanbench.harness.files.loader import Library
from hanbench.harness.running.case import Case, LoadedScenario, RunOptions, case_name, expand
from hanbench.harness.running.suites import select

_VARIANT = re.compile(r"(?P<scenario>.+)\[(?P<variant>[^\]]+)\]")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Scenarios, and of some of them the cases that alone are wanted."""

    scenarios: tuple[LoadedScenario, ...]
    whole: frozenset[str]
    """Names of the scenarios that were named without a variant: all their cases are wanted."""
    cases: frozenset[str]

    def wants(self, scenario: str, case: str) -> bool:
        """Whether a case of a scenario was named, or the scenario itself."""
        return scenario in self.whole or case in self.cases


def scenario_and_variant(named: str) -> tuple[str, str]:
    """Part the name of a case; the variant is empty where none is named."""
    match = _VARIANT.fullmatch(named)
    return (match["scenario"], match["variant"]) if match else (named, "")


def choose(arguments: Sequence[str], library: Library) -> Chosen:
    """Load what is named; an argument may be the name of a case.

    Raises:
        ScenarioError: an argument names nothing, or a file is wrong; all such errors at once.
    """
    parted = [(one, *scenario_and_variant(one)) for one in arguments]
    plain = [scenario for _, scenario, variant in parted if not variant]
    whole = select(plain, library) if plain or not parted else ()
    found = {one.name: one for one in whole}
    cases: set[str] = set()
    for named, scenario, variant in parted:
        if variant:
            loaded = _one_of(select((scenario,), library), named)
            found.setdefault(loaded.name, loaded)
            cases.add(case_name(loaded.name, variant))
    return Chosen(tuple(found.values()), frozenset(one.name for one in whole), frozenset(cases))


def named_case(named: str, options: RunOptions) -> Case:
    """Return the one case that is named: of a scenario, the scenario as it stands.

    Raises:
        ScenarioError: there is no such scenario or variant, or several scenarios are meant.
    """
    scenario, variant = scenario_and_variant(named)
    loaded = _one_of(select((scenario,), Library()), named)
    cases = {case.variant: case for case in expand(loaded, options)}
    if variant not in cases:
        raise ScenarioError(no_variant(loaded.name, variant, cases))
    return cases[variant]


def no_variant(scenario: str, variant: str, known: Collection[str]) -> str:
    """Say that a scenario has no such variant, and which it may have been."""
    says = did_you_mean(variant, tuple(name for name in known if name))
    return f"{scenario} has no variant {variant!r}; {says}"


def _one_of(loaded: Sequence[LoadedScenario], named: str) -> LoadedScenario:
    if len(loaded) > 1:
        names = ", ".join(one.name for one in loaded[:3])
        raise ScenarioError(f"{named!r} names {len(loaded)} scenarios ({names}, ...); name one")
    return loaded[0]
