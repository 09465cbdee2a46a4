"""The suite `secure` beyond what its files expect; each file is a test of the pytest plugin."""

import pytest
from tests.suite_cases import case_of, swept
from tests.toy_scheme import TOY

from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.pytest_plugin.bench_view import Bench
from hanbench.harness.running.run_case import run_with


def test_the_suites_are_collected_as_tests(pytestconfig: pytest.Config) -> None:
    assert {"fixtures/scenarios/secure", "fixtures/scenarios/rules"} <= {
        *pytestconfig.getini("testpaths")
    }


def test_a_sweep_kills_the_engine_at_every_journal_write() -> None:
    assert len(swept("engine-crash-at-each-journal-write")) >= 3 * 10


def test_another_scheme_fits_the_seam(bench: Bench) -> None:
    ours = bench.load("secure/rotation-response-lost").run()
    theirs = run_with(case_of("rotation-response-lost"), lambda: AsyncEngine(migrate), TOY).result

    assert theirs.is_as_expected
    assert theirs.trace_hash != ours.trace_hash
