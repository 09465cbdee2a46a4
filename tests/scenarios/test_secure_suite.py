"""Every case of the shipped suite comes out as it says, with the reference engine."""

import pytest
from tests.toy_scheme import TOY

from hanbench.harness.case import Case, expand
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.loader import Library, fixtures_folder
from hanbench.harness.run_case import run_with
from hanbench.harness.sweep import expand_sweep
from hanbench.protocol.sua import HAN_SUA_M1

LIBRARY = Library()
FILES = sorted((fixtures_folder("scenarios") / "secure").glob("*.yaml"))
CASES = [
    case
    for path in FILES
    for case in expand(LIBRARY.scenario(path, name=f"secure/{path.stem}"))
    if not case.sweep_kind
]
SWEPT = [
    case
    for path in FILES
    for case in expand(LIBRARY.scenario(path, name=f"secure/{path.stem}"))
    if case.sweep_kind
]


def as_expected(case: Case) -> None:
    result = run_with(case, lambda: AsyncEngine(migrate), HAN_SUA_M1).result

    assert result.is_as_expected, [finding.detail for finding in result.findings]
    assert result.faults_fired == len(result.faults)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.removeprefix("secure/"))
def test_a_case_comes_out_as_it_says(case: Case) -> None:
    as_expected(case)


@pytest.mark.parametrize("case", SWEPT, ids=lambda case: case.name.removeprefix("secure/"))
def test_the_engine_survives_death_at_every_journal_write(case: Case) -> None:
    cases = expand_sweep(case)

    assert len(cases) >= 3 * 10
    for each in cases:
        as_expected(each)


def test_another_scheme_fits_the_seam() -> None:
    case = next(case for case in CASES if case.name == "secure/rotation-response-lost")

    ours = run_with(case, lambda: AsyncEngine(migrate), HAN_SUA_M1).result
    theirs = run_with(case, lambda: AsyncEngine(migrate), TOY).result

    assert theirs.is_as_expected
    assert theirs.trace_hash != ours.trace_hash
