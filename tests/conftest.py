"""Hypothesis draws the same examples in every run: a failure is seen again on the next machine."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["pytester"]

settings.register_profile("derandomized", derandomize=True, deadline=None, database=None)
settings.load_profile("derandomized")

Tshark = Callable[..., list[str]]


SLOW_CASES = ("day-of-a-thousand.yaml::",)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the long cases of the shipped suites to `make test-full`."""
    for item in items:
        if any(name in item.nodeid for name in SLOW_CASES):
            item.add_marker("slow")


@pytest.fixture
def tshark() -> Tshark:
    """Return a function that runs the real tshark on a capture and returns its lines of output.

    Where tshark is missing the test is skipped by name, except in CI, which must not skip it.
    """
    program = shutil.which("tshark")
    if program is None:
        # Not an assert: pytest would print the whole environment into the log.
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have tshark installed")
        pytest.skip("tshark is not installed: nobody else's eyes on the frames")

    def run(path: Path, *arguments: str) -> list[str]:
        command = [program, "-n", "-r", str(path), *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return done.stdout.splitlines()

    return run
