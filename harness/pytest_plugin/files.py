"""Scenario files and replay files as tests: one for each case, passed if it is as expected.

A replay file is a regression test: it passes when its case comes out as its scenario wants, with
the engine under test if one is named, and else with the engine that was recorded.
"""

import os
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, NoReturn

import pytest
from _pytest._code.code import (
    ReprEntry,
    ReprExceptionInfo,
    ReprFileLocation,
    ReprTraceback,
    TerminalRepr,
)
from typing_extensions import override

from hanbench.harness.errors import EngineError, NotAsExpected, ScenarioError
from hanbench.harness.files.engine_profile import objections
from hanbench.harness.files.loader import fixtures_folder
from hanbench.harness.pytest_plugin import bench_key
from hanbench.harness.pytest_plugin.attaching import REPLAY
from hanbench.harness.pytest_plugin.choosing import library_of
from hanbench.harness.pytest_plugin.engine_view import EngineView
from hanbench.harness.pytest_plugin.failures import (
    Failure,
    headline_of,
    is_good,
    keep_replay,
    plain_console,
)
from hanbench.harness.pytest_plugin.options import names_engine, settings_of
from hanbench.harness.pytest_plugin.sniffing import Kind
from hanbench.harness.replay.replay_file import ReplayFile, compare, read_replay
from hanbench.harness.replay.replaying import show_comparison
from hanbench.harness.running.case import Case, expand
from hanbench.harness.running.run_case import run_with
from hanbench.harness.running.sweep import expand_sweep
from hanbench.harness.schemes import load_scheme
from hanbench.harness.verdict import CaseRun


def collector_of(kind: Kind, path: Path, parent: pytest.Collector) -> pytest.Collector:
    """Return the collector of a file."""
    made: pytest.Collector = _COLLECTORS[kind].from_parent(parent, path=path)
    return made


class CaseItem(pytest.Item):
    """One case of a file."""

    def __init__(self, *, case: Case, recorded: ReplayFile | None = None, **more: Any) -> None:
        super().__init__(**more)
        self.case = case
        self._recorded = recorded
        self._run: CaseRun | None = None
        self.stash[bench_key()] = self  # type: ignore[misc]  # it is told of its report as a bench is
        scenario = case.scenario
        if scenario.clauses:
            self.add_marker(pytest.mark.clause(*scenario.clauses))
            self.user_properties.append(("clauses", " ".join(scenario.clauses)))
        self.add_marker(pytest.mark.profile(scenario.profile))
        if case.faults:
            self.add_marker(pytest.mark.faults(*map(str, case.faults)))

    @override
    def runtest(self) -> None:
        settings = settings_of(self.config)
        profile = settings.profile()
        reasons = () if profile is None else objections(profile, self.case)
        if reasons:
            pytest.skip(f"outside the profile of the engine: {'; '.join(reasons)}")
        make = EngineView(self.case.engine).maker(settings.found)
        scheme = load_scheme(self.case.scheme)
        for case in expand_sweep(self.case) if self.case.sweep_kind else (self.case,):
            run = run_with(case, make, scheme)
            self._run = run
            if not is_good(run.result):
                self._fail(case, run)
        self._failure().forget()

    def reported(self, report: pytest.TestReport, error: object) -> None:
        """Write into the report, and so into JUnit, what a machine wants to know of the run."""
        del error
        if self._run is None or report.when != "call":
            return
        result = self._run.result
        stated = {
            "verdict": result.verdict.value,
            "seed": str(result.seed),
            "story_hash": result.story_hash,
        }
        if report.failed:
            stated[REPLAY] = os.path.relpath(self._failure().replay, self.config.rootpath)
        self.user_properties += stated.items()
        report.user_properties = list(self.user_properties)

    @override
    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], *more: Any, **named: Any
    ) -> str | TerminalRepr:
        match excinfo.value:
            case NotAsExpected() as error:
                return _as_repr(error.text, error.headline, self.path)
            case ScenarioError() | EngineError() as error:
                return _as_repr(str(error), str(error).splitlines()[0], self.path)
            case _:
                return super().repr_failure(excinfo, *more, **named)

    @override
    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        return self.path, 0, self.case.name

    def _fail(self, case: Case, run: CaseRun) -> NoReturn:
        failure = self._failure()
        path = keep_replay(failure, case, run)
        text = failure.text(run.result, path)
        if self._recorded is not None:
            shown = StringIO()
            comparison = compare(self._recorded, case, run)
            show_comparison(plain_console(shown), self._recorded, run, comparison)
            text += f"\n{shown.getvalue().rstrip()}"
        raise NotAsExpected(text, headline_of(run.result))

    def _failure(self) -> Failure:
        return Failure(self.nodeid, settings_of(self.config))


class ScenarioCollector(pytest.File):
    """A scenario file."""

    @override
    def collect(self) -> Iterator[CaseItem]:
        settings = settings_of(self.config)
        name, shown = _names(self.path, self.config.rootpath)
        options = settings.run_options(settings.engine)
        try:
            loaded = library_of(settings).scenario(self.path, name=name, shown=shown)
            cases: Sequence[Case] = expand(loaded, options)
        except ScenarioError as error:
            raise self.CollectError(str(error)) from None
        for case in cases:
            yield _item(self, self.path.stem, case)


class ReplayCollector(pytest.File):
    """A replay file."""

    @override
    def collect(self) -> Iterator[CaseItem]:
        settings = settings_of(self.config)
        engine = settings.engine if names_engine(self.config) else None
        try:
            recorded, case = read_replay(self.path, engine=engine, parts=settings.parts or None)
        except ScenarioError as error:
            raise self.CollectError(str(error)) from None
        yield _item(self, case.scenario_name.rpartition("/")[2], case, recorded)


_COLLECTORS: dict[Kind, type[pytest.File]] = {
    "scenario": ScenarioCollector,
    "replay": ReplayCollector,
}


def _item(
    parent: pytest.File, stem: str, case: Case, recorded: ReplayFile | None = None
) -> CaseItem:
    name = f"{stem}[{case.variant}]" if case.variant else stem
    made: CaseItem = CaseItem.from_parent(parent, name=name, case=case, recorded=recorded)
    return made


def _names(path: Path, root: Path) -> tuple[str, str]:
    """Return how a scenario and its file are called: alike wherever pytest was started."""
    shipped = fixtures_folder("scenarios").resolve()
    real = path.resolve()
    if real.is_relative_to(shipped):
        shown = real.relative_to(shipped)
    else:
        shown = path.relative_to(root) if path.is_relative_to(root) else Path(path.name)
    return shown.with_suffix("").as_posix(), shown.as_posix()


def _as_repr(text: str, headline: str, path: Path) -> TerminalRepr:
    """Return what pytest prints: the text, and the headline where a line is all there is room."""
    entry = ReprEntry(text.splitlines(), None, None, None, "value")
    whole = ReprTraceback([entry], None, "value")
    return ReprExceptionInfo(whole, ReprFileLocation(path.name, 1, headline))
