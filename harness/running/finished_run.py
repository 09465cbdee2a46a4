"""Reads a run folder that has ended: its results, and the evidence of each case from its trace.

A folder that is half written is named as such, with the file and the line, and nothing is guessed.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from hanbench.emulator.events import Event
from hanbench.harness.errors import ScenarioError
from hanbench.harness.field_log.recorded_events import event_of, loaded
from hanbench.harness.running.results import Results, read_results
from hanbench.harness.running.run_folder import PARTIAL_RESULTS, RESULTS, TRACE
from hanbench.harness.verdict import CaseRun

LINE_SHOWN = 60


def results_of(run: Path) -> Results:
    """Return the results of a run folder, or of its results file.

    Raises:
        ScenarioError: there are none, the run has not ended, or the file is not whole.
    """
    path = run / RESULTS if run.is_dir() else run
    if not path.exists():
        raise ScenarioError(f"{path}: {_why_none(run)}")
    return read_results(path)


def _why_none(run: Path) -> str:
    if not run.is_dir():
        return "no such run"
    partial = run / PARTIAL_RESULTS
    if not partial.is_file():
        return "no such run"
    lines = partial.read_bytes().count(b"\n")
    return f"the run has not ended, or was killed: {PARTIAL_RESULTS} has {lines} results"


def read_run(folder: Path) -> tuple[Results, tuple[CaseRun, ...]]:
    """Return the results of a run folder, and every case with its trace.

    Raises:
        ScenarioError: the folder is half written, or its files do not belong together.
    """
    if not folder.is_dir():
        raise ScenarioError(f"{folder}: no such run folder")
    results = results_of(folder)
    traces = read_traces(folder / TRACE)
    for case in results.cases:
        recorded = len(traces.get(case.case, ()))
        if recorded != case.events:
            raise ScenarioError(
                f"{folder / TRACE}: {case.case} has {recorded} of its {case.events} events: "
                "the file is cut off, or is of another run"
            )
    runs = tuple(
        CaseRun(result=case, trace=tuple(traces.get(case.case, ()))) for case in results.cases
    )
    return results, runs


def read_traces(path: Path) -> Mapping[str, list[Event]]:
    """Return the events of a trace file by case.

    Raises:
        ScenarioError: it cannot be read, or a line of it is no event.
    """
    traces: dict[str, list[Event]] = {}
    for number, line in enumerate(_lines(path), 1):
        try:
            record = loaded(line)
            traces.setdefault(record["case"], []).append(event_of(record))
        except (ValueError, KeyError, TypeError) as error:
            says = f"{line[:LINE_SHOWN]!r} is no event: {error}"
            raise ScenarioError(says, path=str(path), line=number) from error
    return traces


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8") as file:
            yield from file
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path}: is not UTF-8: it is damaged") from error
