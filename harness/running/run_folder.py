"""The run folder: everything that a run leaves behind, valid whenever it ends.

While it runs: `results.jsonl`, one line for each result as it comes, `trace.jsonl`, and
`replay/*.yaml` for each case that is not as expected. When it has ended, or was ended:
`results.json`, `junit.xml`, `han.pcapng`, `other-reader.json` if another read it,
`reports/S1MIG-*.csv`, and of what ran `report.html` with its pages: `failures/`, `cases/`,
`clauses.html`, and `index.html`, which names them all.
`runs/latest` points at the newest folder.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from hanbench.harness.captures.other_reader import OtherReading
from hanbench.harness.captures.other_reader_file import OTHER_READER, write_reading
from hanbench.harness.captures.writing import CaptureRun
from hanbench.harness.errors import ScenarioError
from hanbench.harness.judging.reconciliation import reports_of_run
from hanbench.harness.parties.migration_reports import Report, csv_of
from hanbench.harness.replay.replay_file import write_replay
from hanbench.harness.running.case import Case
from hanbench.harness.running.junit import write_junit
from hanbench.harness.running.results import CASE_RESULT, Results, make_results
from hanbench.harness.running.run_meta import RunMeta
from hanbench.harness.trace import trace_record
from hanbench.harness.verdict import CaseRun

__all__ = ["RunFolder", "RunMeta", "Writers", "create_run_folder"]

RUNS = Path("runs")
LATEST = "latest"
RESULTS, PARTIAL_RESULTS, JUNIT = "results.json", "results.jsonl", "junit.xml"
REPORT, CAPTURE, TRACE, REPLAY = "report.html", "han.pcapng", "trace.jsonl", "replay"
MIGRATION_REPORTS = "reports"
CLAUSES = "clauses.html"
"""The report writer's second file."""
FAILURE_PAGES, SCENARIO_PAGES = "failures", "cases"
"""Its folders: a page for each failure, one for the other cases of each scenario."""
VERDICTS, INDEX = "verdicts.html", "index.html"
"""Every verdict of a long run; the contents."""
OTHER_PAGES = ("exploration.html", "zoo.html", "verification.html", "model.html", "replay.html")
"""What other commands leave beside a run when they are given its folder."""
ZEP_HOMES = "zep-homes.csv"
"""Which home is which device of a live stream."""
DISSECTOR = "hanbench.lua"
"""What tells Wireshark the names of envelopes and Instructions; stands beside the capture."""

_NAME_MAX = 150
"""Longer ones are cut, and told apart by a digest: file systems allow 255 octets."""
_OURS = frozenset(
    {
        RESULTS,
        PARTIAL_RESULTS,
        JUNIT,
        REPORT,
        CLAUSES,
        VERDICTS,
        INDEX,
        CAPTURE,
        DISSECTOR,
        TRACE,
        OTHER_READER,
        ZEP_HOMES,
    }
)
_FOLDERS = {
    REPLAY: "*.yaml",
    MIGRATION_REPORTS: "S1MIG-*.csv",
    FAILURE_PAGES: "*.html",
    SCENARIO_PAGES: "*.html",
}
"""Ours too: the folders of a run, and what lies in them."""


@dataclass(frozen=True, slots=True)
class Writers:
    """What writes and reads the files that are made elsewhere; None: not wanted."""

    report: Callable[[Path, Sequence[CaseRun], RunMeta, OtherReading | None], None] | None = None
    capture: Callable[[Path, Sequence[CaptureRun]], None] | None = None
    reads: Callable[[Path, Path], OtherReading] | None = None
    """What reads the capture back, with the dissector beside it."""


def create_run_folder(out: Path | None, *, stamp: str, suite: str) -> "RunFolder":
    """Make the folder: `out`, or `runs/STAMP-SUITE` with `runs/latest` pointing at it.

    Raises:
        ScenarioError: it cannot be written, or `out` holds something else than a run.
    """
    try:
        if out is not None:
            _clear(out)
            return RunFolder(out)
        path = _new_folder(f"{stamp}-{slug(suite)}")
        _point_latest_at(path)
        return RunFolder(path)
    except OSError as error:
        where = error.filename or out or RUNS
        raise ScenarioError(f"{where}: the run cannot be written: {error.strerror}") from error


def slug(text: str) -> str:
    """Make a file name that needs no quotes of a case's name."""
    name = re.sub(r"[^A-Za-z0-9._]+", "-", text).strip("-.") or "run"
    if len(name) <= _NAME_MAX:
        return name
    return f"{name[:_NAME_MAX]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


@dataclass
class RunFolder:
    """A folder that takes results as they come."""

    path: Path
    replays: dict[str, Path] = field(default_factory=dict)
    """The replay file of each case that has one, by the name of the case."""
    read_by: OtherReading | None = None
    """What another reader made of the capture, if one was asked."""
    _waiting: dict[int, CaseRun] = field(default_factory=dict)
    _next: int = 0

    def __post_init__(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        for name in (PARTIAL_RESULTS, TRACE):
            (self.path / name).write_bytes(b"")

    def add(self, place: int, case: Case, run: CaseRun) -> None:
        """Write one result; `place` is that of the case in the run."""
        with (self.path / PARTIAL_RESULTS).open("ab") as file:
            file.write(CASE_RESULT.dump_json(run.result) + b"\n")
        if not run.result.is_as_expected:
            path = self.path / REPLAY / f"{slug(case.name)}.yaml"
            path.parent.mkdir(exist_ok=True)
            write_replay(path, case, run)
            self.replays[case.name] = path
        # Cases end in any order; the trace has the order of the run, whatever the number of jobs.
        self._waiting[place] = run
        while self._next in self._waiting:
            self._write_trace(self._waiting.pop(self._next))
            self._next += 1

    def finish(self, meta: RunMeta, runs: Sequence[CaseRun], writers: Writers) -> Results:
        """Write what covers the whole run, the files that CI needs first."""
        for place in sorted(self._waiting):
            self._write_trace(self._waiting[place])
        self._waiting.clear()
        results = make_results(meta, [run.result for run in runs])
        _replace(self.path / RESULTS, results.model_dump_json(indent=1) + "\n")
        write_junit(self.path / JUNIT, meta, results.cases)
        (self.path / PARTIAL_RESULTS).unlink()
        named = sorted(runs, key=lambda run: run.result.case)
        if writers.capture is not None:
            captured = [one for run in named for one in (run.capture, *run.others)]
            writers.capture(self.path / CAPTURE, [one for one in captured if one is not None])
            _copy_dissector(self.path / DISSECTOR)
            if writers.reads is not None:
                self.read_by = writers.reads(self.path / CAPTURE, self.path / DISSECTOR)
                write_reading(self.path / OTHER_READER, self.read_by, self.path / CAPTURE)
        write_migration_reports(self.path, reports_of_run(named)[0])
        if writers.report is not None:
            writers.report(self.path / REPORT, named, meta, self.read_by)
        return results

    def _write_trace(self, run: CaseRun) -> None:
        case = run.result.case
        with (self.path / TRACE).open("a", encoding="utf-8") as file:
            for event in run.trace:
                record = {"case": case, **trace_record(event)}
                file.write(_LINE.encode(record) + "\n")


_LINE = json.JSONEncoder(separators=(",", ":"))


def write_migration_reports(path: Path, reports: Sequence[Report]) -> None:
    """Write the migration reports of a run as csv, into their folder beside its other files."""
    folder = path / MIGRATION_REPORTS
    folder.mkdir(exist_ok=True)
    for report in reports:
        (folder / f"{report.number}.csv").write_bytes(csv_of(report).encode())


def _copy_dissector(path: Path) -> None:
    source = resources.files("hanbench.fixtures") / "wireshark" / DISSECTOR
    path.write_bytes(source.read_bytes())


def _replace(path: Path, text: str) -> None:
    """Write a file that is either the old one or the new one, whatever happens."""
    draft = path.with_suffix(".tmp")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _clear(out: Path) -> None:
    """Remove the files of an earlier run; refuse a folder that holds anything else."""
    if not out.exists():
        return
    if not out.is_dir():
        raise ScenarioError(f"--out {out}: is a file; expected a folder")
    present = {entry.name for entry in out.iterdir()}
    is_run = bool(present & {RESULTS, PARTIAL_RESULTS}) or present <= {*OTHER_PAGES, INDEX}
    if not is_run:
        raise ScenarioError(f"--out {out}: holds other files than a run; name an empty folder")
    ours = [out / name for name in _OURS]
    ours += [path for name, pattern in _FOLDERS.items() for path in (out / name).glob(pattern)]
    for path in ours:
        path.unlink(missing_ok=True)


def _new_folder(name: str) -> Path:
    """Two runs may begin in the same second."""
    RUNS.mkdir(exist_ok=True)
    number = 1
    while True:
        path = RUNS / (name if number == 1 else f"{name}-{number}")
        with suppress(FileExistsError):
            path.mkdir()
            return path
        number += 1


def _point_latest_at(path: Path) -> None:
    latest = RUNS / LATEST
    draft = RUNS / f".{LATEST}-{os.getpid()}"
    # Where links cannot be made, or somebody keeps a folder of that name, there is no `latest`.
    with suppress(OSError):
        draft.symlink_to(path.name, target_is_directory=True)
        draft.replace(latest)
    draft.unlink(missing_ok=True)
