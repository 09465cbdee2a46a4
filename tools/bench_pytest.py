"""What the pytest plugin adds to a test, beside the same work through the API in the same session.

The tests of each kind take turns, and what is taken is the time of the processor: on a machine that
is shared, the wall clock tells of the others. The figure is the median of the differences of
neighbours.
"""

import contextlib
import io
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = """
import pytest
from hanbench.harness.running.case import expand
from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.running.run_case import run_case

path = fixtures_folder("scenarios") / "secure" / "clean-two-fuel.yaml"
LOADED = Library().scenario(path, name="secure/clean-two-fuel")
CASE = next(case for case in expand(LOADED) if case.variant == "no-traffic")

@pytest.fixture
def hanbench_scenario():
    return "secure/clean-two-fuel[no-traffic]"

ROUNDS = pytest.mark.parametrize("number", range(ROUNDS_RUN))

@ROUNDS
class TestAll:
    def test_api(self, number):
        run_case(CASE)

    def test_bench(self, number, bench, installation):
        bench.run()
"""
EMPTY = """
import pytest

@pytest.mark.parametrize("number", range(ROUNDS_RUN))
def test_nothing(number):
    pass
"""
ROUNDS = 40
EMPTY_ROUNDS = 400


class Timer:
    """Takes the time of each test with its fixtures, by the name of its function."""

    def __init__(self) -> None:
        self.took: dict[str, list[float]] = {}

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Function) -> Iterator[None]:
        """Time one test."""
        began_s = time.process_time()
        result = yield
        self.took.setdefault(item.originalname, []).append(time.process_time() - began_s)
        return result

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Function]) -> None:
        """Let the kinds of tests take turns."""
        items.sort(key=lambda item: item.callspec.params["number"])


def added() -> dict[str, float]:
    """Return the seconds that a test with the bench, and one without anything, takes longer."""
    with tempfile.TemporaryDirectory() as folder:
        both = _timed(Path(folder), "both", TESTS, ROUNDS)
        empty = [
            statistics.median(
                _timed(Path(folder), name, EMPTY, EMPTY_ROUNDS, *options)["test_nothing"]
            )
            for name, options in (("with", ()), ("without", ("-p", "no:hanbench"))) * 3
        ]
    pairs = zip(both["test_bench"], both["test_api"], strict=True)
    return {
        "a test": statistics.median(bench - api for bench, api in pairs),
        "a test by the API": statistics.median(both["test_api"]),
        "an empty test": statistics.median(empty[0::2]) - statistics.median(empty[1::2]),
    }


def _timed(
    folder: Path, name: str, text: str, rounds: int, *options: str
) -> dict[str, list[float]]:
    path = folder / f"test_{name}.py"
    path.write_text(text.replace("ROUNDS_RUN", str(rounds)))
    timer = Timer()
    with contextlib.redirect_stdout(io.StringIO()):
        common = ("-q", "-c", "/dev/null", "--rootdir", str(folder), "-p", "no:cacheprovider")
        code = pytest.main([*common, "-W", "ignore", *options, str(path)], plugins=[timer])
    if code != pytest.ExitCode.OK:
        raise RuntimeError(f"the tests of {name} ended with {code}")
    return timer.took
