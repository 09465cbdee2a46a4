"""The engine under test: named, overridden, in another process, broken, forgotten."""

import sys

import pytest

ENGINES = """
import pytest
from hanbench.harness.engine.port import EndState, Turn
from hanbench.harness.engine.reference.migrate import migrate

async def straight(port):
    await migrate(port)

class Silent:
    def turn(self, event, now_us):
        return Turn()

class TestStraightLine:
    @pytest.fixture
    def engine(self):
        return straight

    def test_a_function_of_a_module_has_a_name(self, bench):
        bench.load("clean-electricity-only").run()
        assert bench.engine.spec.endswith(":straight")

class TestLocal:
    @pytest.fixture
    def engine(self):
        async def local(port):
            port.outcome(port.authorisation.installation, EndState.COMMISSIONED)
        return local

    def test_a_local_function_has_none(self, bench):
        bench.load("clean-electricity-only").run()

    def test_an_engine_that_nobody_judged_is_judged_at_the_end(self, bench):
        bench.load("clean-electricity-only").run_until("10min")

    def test_unless_the_test_looked_at_the_result(self, bench):
        result = bench.load("clean-electricity-only").run(check=False)
        assert result.verdict == "fail"

class TestTurns:
    @pytest.fixture
    def engine(self):
        return Silent

    def test_a_class_that_takes_turns(self, bench):
        assert "nothing left can wake it" in str(bench.run(check=False).findings)
        assert bench.engine.is_broken

class TestNone:
    @pytest.fixture
    def engine(self):
        return 7

    def test_a_number_is_no_engine(self, bench):
        bench.run()
"""


def test_the_fixture_engine_may_give_what_makes_one(project: pytest.Pytester) -> None:
    project.makepyfile(ENGINES)

    done = project.runpytest_inprocess()

    done.assert_outcomes(passed=4, failed=2, errors=1)
    done.stdout.fnmatch_lines_random(
        [
            "*ERROR at teardown of *test_an_engine_that_nobody_judged_is_judged_at_the_end*",
            "*--engine MODULE:NAME",
            "*the fixture `engine` is 7: expected a class or function that makes an engine*",
        ]
    )


@pytest.mark.slow
def test_in_workers_each_has_one_process_of_the_engine_and_any_order_will_do(
    project: pytest.Pytester,
) -> None:
    project.makeconftest("""
        def pytest_collection_modifyitems(items):
            items.reverse()
        """)
    project.makepyfile(
        my_engine="""
        import os, runpy
        with open("started", "a") as file:
            file.write(f"{os.getpid()}\\n")
        runpy.run_module("hanbench.harness.engine.serve_stdio", run_name="__main__")
        """,
        test_it="""
        import os
        import pytest

        @pytest.mark.parametrize("number", range(6))
        def test_it(bench, number, worker_id):
            bench.load("clean-electricity-only").run()
            with open(f"by-{worker_id}", "a") as file:
                file.write("ran ")
        """,
    )
    spec = f"exec:{sys.executable} my_engine.py"

    done = project.runpytest_inprocess("-n", "2", f"--hanbench-engine={spec}")

    done.assert_outcomes(passed=6)
    workers = list(project.path.glob("by-gw*"))
    # Each greets its engine once, and then keeps one process for all its tests.
    started = (project.path / "started").read_text().split()
    assert len(set(started)) == len(started) == 2 * len(workers)


HEAVY = (
    "hanbench.emulator",
    "hanbench.protocol",
    "pydantic",
    "ruamel",
    "rich",
    "construct",
    "click",
)


def test_loading_the_plugin_imports_nothing_of_the_bench(project: pytest.Pytester) -> None:
    project.makeconftest("""
        import sys

        def pytest_unconfigure():
            print("loaded:", *sorted(name for name in sys.modules if name))
        """)
    project.makepyfile("def test_it():\n    pass\n")

    done = project.runpytest_subprocess("--collect-only", "-p", "no:hypothesispytest")

    (line,) = [line for line in done.outlines if line.startswith("loaded:")]
    loaded = [name for name in line.split()[1:] if name.startswith(HEAVY)]
    ours = [name for name in line.split()[1:] if name.startswith("hanbench.harness")]
    assert loaded == []
    assert ours == [
        "hanbench.harness",
        "hanbench.harness.pytest_plugin",
        "hanbench.harness.pytest_plugin.options",
    ]
