"""Async tests of the bench run in virtual time, by pytest-asyncio; other async tests do not."""

import asyncio
import time

import pytest
from tests.suite_cases import case_of

from hanbench.emulator.instant import HOUR_US
from hanbench.harness.pytest_plugin.bench_view import Bench
from hanbench.harness.pytest_plugin.home_view import InstallationView
from hanbench.harness.running.run_case import run_case


@pytest.mark.asyncio
async def test_an_hour_slept_is_an_hour_of_the_home_and_no_real_time(
    bench: Bench, installation: InstallationView
) -> None:
    began_s, before = time.monotonic(), installation.esme.reading

    await asyncio.sleep(3600)

    assert bench.now == HOUR_US
    assert installation.esme.reading > before
    assert bench.engine.claimed == "commissioned"
    await asyncio.sleep(36 * 3600)
    assert bench.now == 37 * HOUR_US
    assert time.monotonic() - began_s < 60


@pytest.mark.asyncio
async def test_a_migration_that_is_awaited_is_the_migration_of_hanbench_run(bench: Bench) -> None:
    result = await bench.ended()

    assert result.trace_hash == run_case(case_of("clean-two-fuel")).result.trace_hash


@pytest.mark.asyncio
async def test_the_test_is_woken_at_the_very_moment_that_it_waits_for(bench: Bench) -> None:
    await bench.reached("gsme/rotate-sua-key#1/try#1/execute/commit-key")
    assert "home-1/gsme/rotate-sua-key#1/try#1/reply/wan" not in bench.points
    assert bench.installation.gsme.key_truth == "NEW"
    assert bench.engine.belief("gsme") == "UNKNOWN"

    await bench.reached("outcome")
    await bench.reached("2h")
    assert bench.now == 2 * HOUR_US


@pytest.mark.asyncio
async def test_what_is_done_beside_the_migration_is_carried_and_answered(bench: Bench) -> None:
    await bench.reached("outcome")
    sent = bench.dco.instruct("esme", "read-sua-status")
    assert sent.outcome == "never arrived"

    async with asyncio.timeout(60):
        await bench.reached(lambda: sent.outcome == "executed")

    assert (await bench.ended()).is_as_expected


@pytest.mark.asyncio
async def test_a_moment_that_never_comes_ends_the_test_with_the_bench_s_words(bench: Bench) -> None:
    with pytest.raises(AssertionError, match=r"the run was over at .*, before esme/no-op#99"):
        await bench.reached("esme/no-op#99/try#1/reply/wan")


@pytest.mark.asyncio
async def test_what_would_stop_time_is_refused_with_what_to_write_instead(bench: Bench) -> None:
    for name, arguments in (
        ("run", ()),
        ("run_for", ("1h",)),
        ("run_until", ("1h",)),
        ("step", ()),
    ):
        with pytest.raises(RuntimeError, match=r"this test is async, .*: await "):
            getattr(bench, name)(*arguments)


@pytest.mark.hanbench
@pytest.mark.asyncio
async def test_a_marked_test_has_virtual_time_without_a_home() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()

    await asyncio.sleep(7 * 86_400)

    assert loop.time() - began == 7 * 86_400


OTHERS = """
import asyncio, time
import pytest
import pytest_asyncio
from hanbench.harness.clock import VirtualLoop

@pytest_asyncio.fixture
async def virtual(bench):
    await asyncio.sleep(60)
    yield bench.now
    await asyncio.sleep(60)

@pytest.mark.asyncio
async def test_theirs():
    began = time.monotonic()
    await asyncio.sleep(0.01)
    assert time.monotonic() - began >= 0.009
    assert not isinstance(asyncio.get_running_loop(), VirtualLoop)

@pytest.mark.asyncio
async def test_ours(bench, virtual):
    assert isinstance(asyncio.get_running_loop(), VirtualLoop)
    assert virtual == 0

@pytest.mark.asyncio
async def test_theirs_again():
    assert not isinstance(asyncio.get_running_loop(), VirtualLoop)

@pytest.mark.hanbench
@pytest.mark.asyncio
async def test_waits_for_nothing():
    await asyncio.get_running_loop().create_future()
"""


def test_other_async_tests_keep_their_loop_and_their_names(project: pytest.Pytester) -> None:
    project.makepyfile(OTHERS)

    done = project.runpytest_inprocess("-v")

    done.assert_outcomes(passed=3, failed=1)
    done.stdout.fnmatch_lines(
        [
            "*::test_theirs PASSED*",
            "*::test_ours PASSED*",
            "*::test_theirs_again PASSED*",
            "*nothing is ready and no timer is set: *test_waits_for_nothing*",
        ]
    )


def test_without_pytest_asyncio_an_async_test_says_what_is_missing(
    project: pytest.Pytester,
) -> None:
    project.makepyfile("""
        async def test_it(bench):
            pass

        def test_plain(bench):
            bench.load("clean-electricity-only").run()
        """)
    (project.path / "pytest.ini").write_text("[pytest]\n")

    without = project.runpytest_inprocess("-p", "no:asyncio")
    unmarked = project.runpytest_inprocess("-W", "ignore")

    without.assert_outcomes(passed=1, failed=1)
    without.stdout.fnmatch_lines(["*needs pytest-asyncio: pip install 'hanbench[[]pytest]'"])
    unmarked.assert_outcomes(passed=1, failed=1)
    unmarked.stdout.fnmatch_lines(["*mark this async test with @pytest.mark.asyncio*"])
