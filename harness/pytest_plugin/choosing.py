"""Which case a test runs: a scenario, what its marks say, and keys that it replaces."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from hanbench.emulator.durations import format_duration
from hanbench.emulator.instant import Instant
from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.file_problems import did_you_mean, read_model
from hanbench.harness.files.loader import SUFFIX, Library, find_file, fixture_names
from hanbench.harness.files.scenario import Scenario
from hanbench.harness.files.scenario_references import reference_problems
from hanbench.harness.files.scenario_steps import Step
from hanbench.harness.files.yaml_source import Source
from hanbench.harness.pytest_plugin.marks import faults_of, is_short, profiles_of, read_fault
from hanbench.harness.pytest_plugin.options import Settings
from hanbench.harness.running.case import Case, Home, LoadedScenario, make_case
from hanbench.harness.running.suites import select
from hanbench.harness.verdict import ANY

PROFILE_FIXTURE = "hanbench_profile"
"""The parameter of a test that is marked with more than one profile."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A case that has not been made yet."""

    scenario: str
    folder: Path
    """Where the test lies: paths are sought there too."""
    variant: str = ""
    changes: Mapping[str, object] = field(default_factory=dict)
    added_faults: tuple[Mapping[str, Any], ...] = ()
    end_state: str = ""
    """Expected in place of what the scenario expects; empty: that."""

    @classmethod
    def by_marks(cls, item: pytest.Item, scenario: str, folder: Path) -> "Choice":
        """Return the choice that the marks of a test make."""
        faults, expected = faults_of(item)
        profiles = profiles_of(item)
        parameters: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
        profile = parameters.get(PROFILE_FIXTURE, profiles[0] if profiles else "")
        changes = {"profile": profile} if profile else {}
        name, variant = _parted(scenario)
        return cls(
            scenario=name,
            folder=folder,
            variant=variant,
            changes=changes,
            added_faults=tuple(faults),
            end_state=expected,
        )

    def of(self, scenario: str, variant: str, changes: Mapping[str, object]) -> "Choice":
        """Return the choice of another scenario; what the marks say stays."""
        name, named = _parted(scenario)
        changed = {**self.changes, **changes}
        return replace(self, scenario=name, variant=variant or named, changes=changed)

    def with_faults(self, faults: Sequence[object], expect: str) -> "Choice":
        """Return the choice with more faults."""
        more = tuple(read_fault(one) for one in faults)
        return replace(self, added_faults=(*self.added_faults, *more), end_state=expect)

    def case(self, settings: Settings, engine: str) -> Case:
        """Make the case.

        Raises:
            ScenarioError: there is no such scenario or variant, or a key is wrong.
        """
        loaded = self._loaded(settings)
        stated = loaded.scenario.variants
        if self.variant and self.variant not in stated:
            known = did_you_mean(self.variant, tuple(stated))
            raise ScenarioError(f"{loaded.name} has no variant {self.variant!r}; {known}")
        scenario = loaded.scenario.resolved(stated[self.variant] if self.variant else None)
        home = loaded.homes.get(self.variant) or loaded.homes[""]
        options = settings.run_options(engine)
        words = [self.variant] if self.variant else []
        if self.changes or self.added_faults or self.end_state:
            changed = self._changed(scenario, home)
            if named := self.changes.get("installation"):
                home = self._home(settings, str(named))
            scenario = _read(changed, home, f"what the test changes in {loaded.name}")
            loaded = replace(loaded, homes={"": home})
            kinds = [*self.changes, *(["faults"] if self.added_faults else [])]
            words.append(f"with its own {', '.join(dict.fromkeys(kinds)) or 'expectation'}")
        return make_case(loaded, variant=", ".join(words), scenario=scenario, options=options)

    def whole_point(self, point: str, case: Case) -> str:
        """Return a fault point with the Installation in front."""
        return _whole(point, case.home)

    def _changed(self, scenario: Scenario, home: Home) -> dict[str, Any]:
        data = scenario.model_dump(mode="json", by_alias=True, exclude_none=True)
        data |= _plain(self.changes)
        had_faults = bool(data.get("faults"))
        data["faults"] = [
            {**fault, "at": _whole(fault["at"], home)} if "at" in fault else {**fault}
            for fault in (*data.get("faults", ()), *map(_plain, self.added_faults))
        ]
        if self.end_state:
            data["expect"] = {**data["expect"], "end_state": self.end_state}
        elif self.added_faults and not had_faults and "expect" not in self.changes:
            # A scenario without faults expects that nothing goes wrong.
            kept = {"party_faults"} & data["expect"].keys()
            data["expect"] = {"end_state": ANY, **{key: data["expect"][key] for key in kept}}
        return data

    def _loaded(self, settings: Settings) -> LoadedScenario:
        beside = self.folder / self.scenario
        is_path = self.scenario.endswith((SUFFIX, ".yml"))
        named = str(beside) if is_path and beside.is_file() else self.scenario
        key = f"scenario {named}"
        if key not in settings.found:
            found = select([named], library_of(settings))
            if len(found) != 1:
                raise ScenarioError(f"{named!r} names {len(found)} scenarios; a test runs one")
            settings.found[key] = found[0]
        loaded: LoadedScenario = settings.found[key]
        return loaded

    def _home(self, settings: Settings, named: str) -> Home:
        found = find_file("installations", named, beside=self.folder / "test")
        if found is None:
            known = did_you_mean(named, fixture_names("installations"))
            raise ScenarioError(f"no installation {named!r}; {known}")
        return library_of(settings).home(found)


def library_of(settings: Settings) -> Library:
    """Return what a session has read so far: each file is read once."""
    return cast("Library", settings.found.setdefault("library", Library()))


def step_of(case: Case, home: Home, do: str, keys: Mapping[str, object], at: Instant) -> Step:
    """Make a step of a case, at an instant.

    Raises:
        ScenarioError: there is no such step, or a key of it is wrong.
    """
    data = case.scenario.model_dump(mode="json", by_alias=True, exclude_none=True)
    step = {"do": do, "at": format_duration(at), **_plain(keys)}
    data["steps"] = [*data.get("steps", ()), step]
    others = {one.installation.name: one.home for one in case.companions}
    templates = {
        also.installation: others[also.names()[0]]
        for also in case.scenario.also
        if also.names()[0] in others
    }
    return _read(data, home, f"the step {do!r} of the test", templates).steps[-1]


def _parted(name: str) -> tuple[str, str]:
    """Part `secure/clean-two-fuel[two-phase]`, as results name a case, into its two names."""
    scenario, bracket, variant = name.partition("[")
    return (scenario, variant.removesuffix("]")) if bracket else (name, "")


def _read(
    data: dict[str, Any], home: Home, what: str, templates: Mapping[str, Home] | None = None
) -> Scenario:
    source = Source(what, data, {})
    try:
        return read_model(
            Scenario, source, lambda read: reference_problems(read, {"": home}, templates)
        )
    except ScenarioError as error:
        # There is no line to go to.
        raise ScenarioError(str(error).replace(":1:1:", ":")) from None


def _plain(given: Mapping[str, object]) -> dict[str, Any]:
    """Return plain data, as a file would hold it."""
    try:
        plain: dict[str, Any] = json.loads(json.dumps(given))
    except TypeError as error:
        raise ScenarioError(f"what a file could not hold: {error}") from error
    return plain


def _whole(point: str, home: Home) -> str:
    name = home.installation.name
    return f"{name}/{point}" if is_short(point) and not point.startswith(f"{name}/") else point
