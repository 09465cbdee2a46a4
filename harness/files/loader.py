"""Finds and reads scenario, installation, model and key files.

A name without a slash is looked for in the fixtures that travel with the bench; anything else is a
path relative to the file that names it. Each file is read once, however many scenarios name it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from hanbench.emulator.model import ModelProfile, parse_model
from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.file_problems import did_you_mean, read_model
from hanbench.harness.files.installation import (
    TEST_KEYS,
    Installation,
    KeyFile,
    installation_problems,
)
from hanbench.harness.files.scenario import Scenario
from hanbench.harness.files.scenario_references import Homes, reference_problems
from hanbench.harness.files.yaml_source import Problem, Source, read_yaml
from hanbench.harness.running.case import GivenKeys, Home, LoadedScenario, ModelFile

SUFFIX = ".yaml"


def fixtures_folder(kind: str) -> Path:
    """Return the folder of the fixtures of a kind; it lies in the wheel as in the checkout."""
    return Path(str(files("hanbench.fixtures"))) / kind


def fixture_names(kind: str) -> tuple[str, ...]:
    """List the names of the fixtures of a kind, such as `installations`."""
    return tuple(sorted(path.stem for path in fixtures_folder(kind).glob(f"*{SUFFIX}")))


@dataclass
class Library:
    """The files read so far."""

    _homes: dict[Path, Home] = field(default_factory=dict)
    _models: dict[Path, tuple[ModelFile, ModelProfile]] = field(default_factory=dict)

    def scenario(self, path: Path, *, name: str, shown: str = "") -> LoadedScenario:
        """Read a scenario file with everything that it refers to.

        Raises:
            ScenarioError: everything that is wrong with it and with the files that it names.
        """
        source = read_yaml(path, name=shown or str(path))
        problems: list[Problem] = []
        elsewhere: list[ScenarioError] = []
        homes = self._scenario_homes(source, path, problems, elsewhere)
        templates = self._templates(source, path, problems, elsewhere)
        try:
            scenario = read_model(
                Scenario,
                source,
                lambda _: problems,
                lambda data: reference_problems(data, homes, templates),
            )
        except ScenarioError as error:
            raise ScenarioError("\n".join(map(str, (error, *elsewhere)))) from None
        if elsewhere:
            raise ScenarioError("\n".join(map(str, elsewhere)))
        return LoadedScenario(name, source.name, scenario, homes, templates)

    def home(self, path: Path, *, shown: str = "") -> Home:
        """Read an installation file with its models and keys.

        Raises:
            ScenarioError: everything that is wrong with it.
        """
        resolved = path.resolve()
        if resolved not in self._homes:
            self._homes[resolved] = self._read_home(path, shown or str(path))
        return self._homes[resolved]

    def _read_home(self, path: Path, shown: str) -> Home:
        source = read_yaml(path, name=shown)
        models: dict[str, ModelFile] = {}
        elsewhere: list[ScenarioError] = []
        problems = list(self._model_problems(source.data, path, models, elsewhere))
        installation = None
        try:
            installation = read_model(
                Installation, source, lambda _: problems, installation_problems
            )
        except ScenarioError as error:
            elsewhere.insert(0, error)
        if elsewhere or installation is None:
            raise ScenarioError("\n".join(map(str, elsewhere)))
        keys, keys_path = read_keys(installation, source, path)
        return Home(installation, models, keys, keys_path)

    def _scenario_homes(
        self,
        source: Source,
        path: Path,
        problems: list[Problem],
        elsewhere: list[ScenarioError],
    ) -> Homes:
        homes: Homes = {}
        for variant, key, named in _named_installations(source.data):
            found = find_file("installations", named, beside=path)
            if found is None:
                known = did_you_mean(named, fixture_names("installations"))
                problems.append(Problem(key, f"no installation {named!r}; {known}"))
                continue
            try:
                homes[variant] = self.home(found)
            except ScenarioError as error:
                elsewhere.append(error)
        return homes

    def _templates(
        self,
        source: Source,
        path: Path,
        problems: list[Problem],
        elsewhere: list[ScenarioError],
    ) -> dict[str, Home]:
        templates: dict[str, Home] = {}
        for key, named in _named_templates(source.data):
            found = find_file("installations", named, beside=path)
            if found is None:
                known = did_you_mean(named, fixture_names("installations"))
                problems.append(Problem(key, f"no installation {named!r}; {known}"))
                continue
            try:
                templates[named] = self.home(found)
            except ScenarioError as error:
                elsewhere.append(error)
        return templates

    def _model_problems(
        self,
        data: object,
        path: Path,
        models: dict[str, ModelFile],
        elsewhere: list[ScenarioError],
    ) -> Iterator[Problem]:
        for name, named, device_type in _named_models(data):
            key = ("devices", name, "model")
            found = find_file("models", named, beside=path)
            if found is None:
                known = did_you_mean(named, fixture_names("models"))
                yield Problem(key, f"no device model {named!r}; {known}")
                continue
            try:
                model, profile = self._model(found)
            except ScenarioError as error:
                elsewhere.append(error)
                continue
            models[named] = model
            if device_type is not None and profile.device_type != device_type:
                says = f"{named!r} is the model of a {profile.device_type}, not of a {device_type}"
                yield Problem(key, says)

    def _model(self, path: Path) -> tuple[ModelFile, ModelProfile]:
        resolved = path.resolve()
        if resolved not in self._models:
            source = read_yaml(path)
            if not isinstance(source.data, dict) or source.problems:
                raise source.error(source.problems or (Problem((), "expected a mapping"),))
            try:
                profile = parse_model(source.data)
            except ValidationError as error:
                raise source.error(tuple(_model_file_problems(error))) from None
            self._models[resolved] = (source.data, profile)
        return self._models[resolved]


def find_file(kind: str, named: str, *, beside: Path) -> Path | None:
    """Find a fixture by its name, or another file by its path beside the file that names it."""
    if "/" in named or named.endswith((SUFFIX, ".yml")):
        path = beside.parent / named
        return path if path.is_file() else None
    path = fixtures_folder(kind) / f"{named}{SUFFIX}"
    return path if path.is_file() else None


def read_keys(
    installation: Installation, source: Source, path: Path
) -> tuple[GivenKeys | None, str]:
    """Read the key file that an installation names; `path` is the file that the name stands in.

    Raises:
        ScenarioError: there is none, it is wrong, or it lacks the key of a device.
    """
    if installation.keys == TEST_KEYS:
        return None, ""
    key_path = path.parent / installation.keys
    if not key_path.is_file():
        says = f"no key file {installation.keys!r}; expected `test`, or the path of a key file"
        raise source.error((Problem(("keys",), says),))
    key_source = read_yaml(key_path)
    key_file = read_model(KeyFile, key_source, shows_values=False)
    if missing := tuple(key_file.missing(installation)):
        raise key_source.error(missing)
    return key_file.given(installation), str(key_path.resolve())


def _named_installations(data: object) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Each variant that names an installation, the key where it does, and the name."""
    if not isinstance(data, dict):
        return
    if isinstance(named := data.get("installation"), str):
        yield "", ("installation",), named
    variants = data.get("variants")
    for variant, entry in variants.items() if isinstance(variants, dict) else ():
        if isinstance(entry, dict) and isinstance(named := entry.get("installation"), str):
            yield variant, ("variants", variant, "installation"), named


def _named_templates(data: object) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if not isinstance(data, dict):
        return
    variants = data.get("variants")
    named_variants = variants.items() if isinstance(variants, dict) else ()
    places = [((), data), *((("variants", name), entry) for name, entry in named_variants)]
    for at, holder in places:
        groups = holder.get("also") if isinstance(holder, dict) else None
        for index, entry in enumerate(groups if isinstance(groups, list) else ()):
            if isinstance(entry, dict) and isinstance(named := entry.get("installation"), str):
                yield (*at, "also", index, "installation"), named


def _named_models(data: object) -> Iterator[tuple[str, str, object]]:
    devices = data.get("devices") if isinstance(data, dict) else None
    for name, entry in devices.items() if isinstance(devices, dict) else ():
        if isinstance(entry, dict) and isinstance(entry.get("model"), str):
            yield name, entry["model"], entry.get("type")


def _model_file_problems(error: ValidationError) -> Iterator[Problem]:
    for detail in error.errors(include_url=False):
        says = detail["msg"].removeprefix("Value error, ")
        yield Problem(detail["loc"], says.replace("Input should", "should"))
