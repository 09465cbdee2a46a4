"""What `hanbench report` does: the report of a run folder, written again from what it holds."""

from datetime import UTC, date, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from hanbench.harness.captures.other_reader_file import OTHER_READER, read_reading
from hanbench.harness.errors import ScenarioError
from hanbench.harness.gate.baseline import read_baseline
from hanbench.harness.report import write_report
from hanbench.harness.report.gate_view import gate_view
from hanbench.harness.running.finished_run import read_run
from hanbench.harness.running.results import EXIT_OK
from hanbench.harness.running.run_folder import CAPTURE, REPORT
from hanbench.harness.running.terminal import make_console


def report_again(
    run: Path,
    baseline: Path | None = None,
    console: Console | None = None,
    today: date | None = None,
) -> int:
    """Write the report of a run folder, and return the exit code.

    Everything is read before anything is written.

    Raises:
        ScenarioError: the folder is half written, or the baseline cannot be read.
    """
    known = None if baseline is None else read_baseline(baseline)
    results, runs = read_run(run)
    read_by = read_reading(run / OTHER_READER, run / CAPTURE)
    day = today or datetime.now(UTC).date()
    name = "" if baseline is None else str(baseline)
    judged = gate_view(results.cases, results.run, known, name, day)
    path = run / REPORT
    try:
        write_report(path, runs, results.run, read_by, gate=judged)
    except OSError as error:
        raise ScenarioError(f"{error.filename or path}: cannot be written: {error.strerror}") from (
            error
        )
    (console or make_console()).print(f"report  {escape(str(path))}", soft_wrap=True)
    return EXIT_OK
