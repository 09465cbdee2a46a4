"""A run in which somebody was left without a way to top up is never ended as one that is known."""

from tests.ablations.breaks import case
from tests.suite_cases import driven

from hanbench.harness.explore.merging import Lookout


def _wrong(name: str) -> set[str]:
    lookout = Lookout({}, 0)
    lookout.attach(driven(case(name))[0])
    return {one.name for one in lookout._wrong_so_far()}


def test_a_customer_who_was_cut_off_for_a_time_keeps_a_run_from_being_merged() -> None:
    assert _wrong("secure/clean-two-fuel") == set()
    assert "customer-cut-off" in _wrong("rules/cut-off-until-resubmitted")
