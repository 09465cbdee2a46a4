"""`hanbench doctor`: what this machine has, what it lacks, and what that means."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from hanbench.harness.engines import find_object
from hanbench.harness.errors import HarnessError
from hanbench.harness.files.loader import fixture_names
from hanbench.harness.running.results import EXIT_HARNESS_ERROR, EXIT_OK
from hanbench.harness.running.run_meta import bench_version
from hanbench.harness.running.suites import suite_files, suite_names
from hanbench.harness.schemes import installed_schemes

PYTHON_MIN = (3, 11)
_TOOL_WAIT_S = 10
_WITHOUT_TSHARK = (
    "captures open in `hanbench decode` alone here, and tests by foreign eyes are skipped; "
    "Debian: apt-get install tshark"
)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    found: str
    """What is there; empty if it is missing."""
    without: str = ""
    """What a user does without when it is missing."""
    is_needed: bool = True


def report_health(console: Console) -> int:
    """Print every check, and return the exit code: 3 if something needed is missing."""
    checks = list(check_machine())
    for check in checks:
        if check.found:
            console.print(f"[green]ok[/]       {check.name:<12} {escape(check.found)}")
        else:
            word = "[red]missing[/]  " if check.is_needed else "[yellow]absent[/]   "
            console.print(f"{word}{check.name:<12} {escape(check.without)}")
    lacks = [check.name for check in checks if check.is_needed and not check.found]
    if lacks:
        console.print(f"hanbench cannot run without: {', '.join(lacks)}")
        return EXIT_HARNESS_ERROR
    console.print("hanbench can run.")
    return EXIT_OK


def check_machine() -> Iterator[Check]:
    """Look at everything that a run needs or can use."""
    yield _python()
    yield Check("hanbench", bench_version())
    yield _packages()
    yield _fixtures()
    yield from _schemes()
    yield _folder(Path.cwd())
    yield Check("processors", str(os.cpu_count() or 1))
    yield _tool("tshark", ["tshark"], _WITHOUT_TSHARK)
    yield _tool("node", ["node"], "the example engine in JavaScript does not run here")
    browsers = ["chromium", "chromium-browser", "google-chrome", "firefox"]
    yield _tool("browser", browsers, "report.html has to be opened elsewhere")


def _python() -> Check:
    words = ".".join(str(part) for part in sys.version_info[:3])
    wanted = ".".join(str(part) for part in PYTHON_MIN)
    is_new_enough = sys.version_info[:2] >= PYTHON_MIN
    return Check("python", words if is_new_enough else "", f"{words}; {wanted} or later is needed")


def _packages() -> Check:
    held: list[str] = []
    lacking: list[str] = []
    for requirement in _requirements():
        try:
            held.append(f"{requirement} {version(requirement)}")
        except PackageNotFoundError:
            lacking.append(requirement)
    told = f"{', '.join(lacking)} not installed; `pip install hanbench` installs them"
    return Check("packages", "" if lacking else ", ".join(held), told)


def _requirements() -> tuple[str, ...]:
    try:
        stated = requires("hanbench") or []
    except PackageNotFoundError:
        return ()
    core = (one for one in stated if "extra ==" not in one)
    return tuple(one.split(";")[0].split(">")[0].split("=")[0].strip() for one in core)


def _fixtures() -> Check:
    scenarios = sum(len(suite_files(suite)) for suite in suite_names())
    found = (
        f"{scenarios} scenarios in {', '.join(suite_names()) or 'no suite'}, "
        f"{len(fixture_names('installations'))} installations, "
        f"{len(fixture_names('models'))} device models"
    )
    return Check("fixtures", found if scenarios else "", "the package lacks its scenarios")


def _schemes() -> Iterator[Check]:
    for name, point in installed_schemes().items():
        try:
            find_object(point.value, option="--scheme")
        except HarnessError as error:
            yield Check("scheme", "", f"{name}: {error}", is_needed=False)
        else:
            yield Check("scheme", f"{name} ({point.value})")
    if not installed_schemes():
        yield Check("scheme", "", "none is registered: hanbench is not properly installed")


def _folder(folder: Path) -> Check:
    may_write = os.access(folder, os.W_OK | os.X_OK)
    without = "run folders cannot be written here; name one with --out"
    return Check("folder", f"{folder} can be written" if may_write else "", without)


def _tool(name: str, commands: list[str], without: str) -> Check:
    path = next((found for command in commands if (found := shutil.which(command))), None)
    if path is None:
        return Check(name, "", without, is_needed=False)
    return Check(name, _first_line(path) or path, is_needed=False)


def _first_line(path: str) -> str:
    try:
        told = subprocess.run(  # noqa: S603  (a fixed list of tools, found on the PATH)
            [path, "--version"],
            capture_output=True,
            text=True,
            check=False,
            timeout=_TOOL_WAIT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return next((line.strip() for line in told.stdout.splitlines() if line.strip()), "")
