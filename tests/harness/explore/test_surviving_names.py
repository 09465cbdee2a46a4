"""Names of fault points survive: a list that is checked in resolves after the run has changed.

`points_of_clean_two_fuel.txt` was written once. It is not made anew when a test fails: a name that
is gone breaks every replay file in which it stands.
"""

from pathlib import Path

import pytest

from hanbench.harness.engine.adapter import AsyncEngine, Port
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.engines import load_engine
from hanbench.harness.explore.request import chosen_case
from hanbench.harness.explore.trial import explored
from hanbench.harness.faults.point_grammar import parse_point
from hanbench.harness.files.scenario_faults import DropFault
from hanbench.harness.running.case import Case, RunOptions
from hanbench.harness.running.run_case import run_world
from hanbench.harness.schemes import load_scheme

NAMES = Path(__file__).with_name("points_of_clean_two_fuel.txt").read_text("utf-8").splitlines()
RETRIED = "home-1/esme/read-sua-status#1/try#1/reply/wan"


def case_of(variant: str = "") -> Case:
    return explored(chosen_case("secure/clean-two-fuel", variant, RunOptions()))


def passed_by(case: Case, make_engine: object = None) -> set[str]:
    engine = make_engine or load_engine("reference")
    world, _ = run_world(case, engine, load_scheme(case.scheme))  # type: ignore[arg-type]
    return {point.name for point in world.plan.seen}


def writing_more() -> AsyncEngine:
    """The reference engine with one more log write before all others."""

    async def migrate_with_a_note(port: Port) -> None:
        await port.journal({"step": "note", "says": "one more"})
        await migrate(port)

    return AsyncEngine(migrate_with_a_note)


def test_the_list_is_of_the_grammar():
    assert len(NAMES) > 100
    assert [name for name in NAMES if parse_point(name).installation != "home-1"] == []


@pytest.mark.parametrize(
    ("what", "case", "engine"),
    [
        ("nothing changed", case_of(), None),
        ("attribute reports every ten seconds", case_of("full-traffic"), None),
        ("a log write", case_of(), writing_more),
        ("a retry", case_of().with_fault("retry", DropFault(does="drop", at=RETRIED)), None),
    ],
)
def test_every_name_of_the_list_still_resolves(what, case, engine):
    passed = passed_by(case, engine)

    assert [name for name in NAMES if name not in passed] == [], what
