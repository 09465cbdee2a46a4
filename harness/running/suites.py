"""What `hanbench run` is asked to run: suites, scenarios, files, folders and clauses.

A suite is a folder of `fixtures/scenarios`, and one of its files has one name however it is named:
by its path it is the same case, with the same seeds and the same remembered failures.

An argument is, in this order: the name of a suite, the path of a file or folder, the name of a
scenario with or without its suite, a test phase such as MDUST, or the address of a clause: the last
two stand for every scenario that names them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.file_problems import did_you_mean
from hanbench.harness.files.loader import SUFFIX, Library, fixtures_folder
from hanbench.harness.running.case import LoadedScenario
from hanbench.harness.running.phases import load_phases

DEFAULT_SUITE = "secure"


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """A scenario file, its name in reports, and how messages call the file."""

    path: Path
    name: str
    shown: str


def suite_names() -> tuple[str, ...]:
    """List the suites that there are: folders that hold scenarios."""
    folders = fixtures_folder("scenarios").iterdir()
    return tuple(sorted(folder.name for folder in folders if any(folder.glob(f"*{SUFFIX}"))))


def suite_files(suite: str) -> tuple[ScenarioFile, ...]:
    """List the scenario files of a suite, by name."""
    paths = sorted((fixtures_folder("scenarios") / suite).glob(f"*{SUFFIX}"))
    return tuple(_shipped_file(suite, path) for path in paths)


def _shipped_file(suite: str, path: Path) -> ScenarioFile:
    return ScenarioFile(path, f"{suite}/{path.stem}", f"{suite}/{path.name}")


def select(arguments: Sequence[str], library: Library) -> tuple[LoadedScenario, ...]:
    """Load what the arguments name, each scenario once; without arguments the default suite.

    Raises:
        ScenarioError: an argument names nothing, or a file is wrong; all such errors at once.
    """
    found: dict[str, LoadedScenario] = {}
    errors: list[str] = []
    for argument in arguments or (DEFAULT_SUITE,):
        try:
            loaded = list(_loaded(argument, library))
        except ScenarioError as error:
            errors += str(error).splitlines()
            continue
        for one in loaded:
            known = found.setdefault(one.name, one)
            if known.file != one.file:
                says = f"{known.file} and {one.file} are both called {one.name!r}"
                errors.append(f"{says}; rename one, so that results can be told apart")
    if errors:
        raise ScenarioError("\n".join(dict.fromkeys(errors)))
    return tuple(found.values())


def _loaded(argument: str, library: Library) -> Iterator[LoadedScenario]:
    chosen = _files(argument)
    if chosen:
        yield from _load_all(chosen, library)
        return
    shipped = tuple(file for suite in suite_names() for file in suite_files(suite))
    if argument in load_phases():
        yield from (one for one in _load_all(shipped, library) if argument in one.scenario.phases)
        return
    if "/" in argument:
        named = [one for one in _load_all(shipped, library) if argument in one.scenario.clauses]
        if named:
            yield from named
            return
    raise ScenarioError(_unknown(argument, shipped))


def _load_all(chosen: Sequence[ScenarioFile], library: Library) -> tuple[LoadedScenario, ...]:
    loaded: list[LoadedScenario] = []
    errors: list[str] = []
    for file in chosen:
        try:
            loaded.append(library.scenario(file.path, name=file.name, shown=file.shown))
        except ScenarioError as error:
            errors.append(str(error))
    if errors:
        raise ScenarioError("\n".join(errors))
    return tuple(loaded)


def _files(argument: str) -> tuple[ScenarioFile, ...]:
    suites = suite_names()
    if argument in suites:
        return suite_files(argument)
    path = Path(argument)
    if path.is_dir():
        return tuple(_file_at(one) for one in sorted(path.glob(f"*{SUFFIX}")))
    if path.suffix in (SUFFIX, ".yml"):
        return (_file_at(path),)
    shipped = (file for suite in suites for file in suite_files(suite))
    return tuple(file for file in shipped if argument in (file.name, file.name.split("/")[-1]))


def _file_at(path: Path) -> ScenarioFile:
    """Name the file at a path: a shipped one as its suite does."""
    place = path.resolve()
    suite = place.parent
    if suite.parent == fixtures_folder("scenarios").resolve() and place.is_file():
        return _shipped_file(suite.name, place)
    return _own_file(path)


def _own_file(path: Path) -> ScenarioFile:
    """Name a user's file by where it lies from here; a path of the machine stands in no name."""
    shown = path
    if path.is_absolute():
        here = Path.cwd()
        shown = path.relative_to(here) if path.is_relative_to(here) else Path(path.name)
    name = "/".join(part for part in shown.with_suffix("").parts if part not in (".", ".."))
    return ScenarioFile(path, name, shown.as_posix())


def _unknown(argument: str, shipped: Sequence[ScenarioFile]) -> str:
    scenarios = [file.name for file in shipped]
    known = [*suite_names(), *scenarios, *(name.split("/")[-1] for name in scenarios)]
    near = did_you_mean(argument, known) if known else ""
    hint = f"; {near}" if near.startswith("did you mean") else ""
    return (
        f"{argument!r} is no suite, scenario, file or clause{hint}\n"
        f"  suites: {', '.join(suite_names())}; `hanbench run --list` names every case"
    )
