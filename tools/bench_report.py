"""How fast the report of a thousand cases is written, and how fast its pages open in a browser.

The cases are real ones of the suite `secure`, each run once and then told again under other names
until there are a thousand; some were run with an engine of the zoo that fails them. Their capture
is written too, since the report reads the frames of failures from it.
"""

import dataclasses
import gc
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from hanbench.harness.captures.writing import write_capture
from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.report import write_report
from hanbench.harness.running.case import Case, expand
from hanbench.harness.running.run_case import rare_collections, run_case
from hanbench.harness.running.run_meta import RunMeta, versions
from hanbench.harness.verdict import CaseRun

CASES = 1_000
EVERY = 4
"""Of how many cases of the suite one is run."""
FAILS = 20
"""Of how many of those one is run with the faulty engine."""
FAULTY = "hanbench.harness.zoo.beliefs:assumes_old_on_time_out"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Written:
    """How the report of a run came out."""

    cases: int
    real: int
    """Cases that were run; the others tell the same again."""
    failed: int
    write_s: float
    """CPU time."""
    octets: int
    open_s: float | None
    """Until the load event of the landing page, a median; None without a browser."""
    slowest_s: float | None
    """The same of the slowest of the largest pages."""
    slowest: str


def written(folder: Path) -> Written:
    """Write the report of a thousand cases, and open its largest pages."""
    real = [run_case(case) for case in _cases()]
    runs = list(_repeated(real))
    captures = [run.capture for run in runs if run.capture is not None]
    write_capture(folder / "han.pcapng", captures)
    gc.collect()
    with rare_collections():
        began_s = time.process_time()
        write_report(folder / "report.html", runs, _meta(len(runs)))
        write_s = time.process_time() - began_s
    pages = sorted(folder.rglob("*.html"), key=lambda page: page.stat().st_size)
    took = _opened([folder / "report.html", *pages[-3:]])
    slowest = max(took, key=lambda name: took[name], default="")
    return Written(
        cases=len(runs),
        real=len(real),
        failed=sum(not run.result.is_as_expected for run in runs),
        write_s=write_s,
        octets=sum(page.stat().st_size for page in pages),
        open_s=took.get("report.html"),
        slowest_s=took.get(slowest),
        slowest=slowest,
    )


def _cases() -> Iterator[Case]:
    files = sorted((fixtures_folder("scenarios") / "secure").glob("*.yaml"))
    loaded = [Library().scenario(path, name=f"secure/{path.stem}") for path in files]
    cases = [case for one in loaded for case in expand(one) if not case.sweep_kind]
    for number, case in enumerate(cases[::EVERY]):
        yield case
        if number % (FAILS // EVERY) == 0:
            yield dataclasses.replace(case, engine=FAULTY)


def _repeated(real: Sequence[CaseRun]) -> Iterator[CaseRun]:
    for number, run in enumerate(islice(cycle(real), CASES)):
        suite, _, name = run.result.case.partition("/")
        case = f"{suite}/round-{number // len(real):02}-{number % len(real):02}-{name}"
        capture = run.capture and dataclasses.replace(run.capture, name=f"home-1 {case}")
        result = dataclasses.replace(run.result, case=case)
        yield dataclasses.replace(run, result=result, capture=capture)


def _meta(selected: int) -> RunMeta:
    return RunMeta(
        command="hanbench run",
        suite="secure",
        seed=None,
        traffic=None,
        engine="reference",
        scheme="han-sua-m1",
        started_at="2026-11-26T18:00:00Z",
        versions=versions(),
        selected=selected,
        is_partial=False,
        wall_s=60.0,
    )


def _opened(pages: Sequence[Path]) -> dict[str, float]:
    """Return how long each page takes to open, in seconds; nothing without a browser."""
    program = shutil.which("chromium")
    if program is None:
        return {}
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    took: dict[str, float] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        for page in pages:
            loads = []
            for _ in range(ROUNDS):
                tab = browser.new_page(viewport={"width": 1280, "height": 900})
                tab.goto(page.as_uri(), wait_until="load")
                entry = "performance.getEntriesByType('navigation')[0].loadEventEnd"
                loads.append(float(tab.evaluate(entry)) / 1_000)
                tab.close()
            took[page.name] = sorted(loads)[ROUNDS // 2]
        browser.close()
    return took
