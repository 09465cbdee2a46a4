"""What a campaign asks of a run: a true end in good time, and no more of what the file says."""

import io

from rich.console import Console
from tests.harness.explore.test_store import TRIAL

from hanbench.harness.explore.campaign import Covered
from hanbench.harness.explore.coverage import table_of
from hanbench.harness.explore.request import chosen_case
from hanbench.harness.explore.show import show_coverage
from hanbench.harness.explore.trial import Trial, explored, try_case
from hanbench.harness.explore.tries import Try
from hanbench.harness.files.scenario_faults import PartitionFault
from hanbench.harness.running.case import RunOptions

UNTIL_THE_NEXT_DAY = PartitionFault.model_validate(
    {
        "does": "partition",
        "of": "esme",
        "at": "home-1/esme/read-sua-status#2/try#1/reply/han#1",
        "for": "26h",
    }
)


def test_a_step_that_a_fault_makes_come_out_otherwise_is_no_failure_of_the_engine():
    case = chosen_case("rules/two-clocks", "", RunOptions(traffic="off"))

    stated = try_case(case.with_fault("cut", UNTIL_THE_NEXT_DAY))
    tried = try_case(explored(case).with_fault("cut", UNTIL_THE_NEXT_DAY))

    assert "step" in {finding["name"] for finding in stated["findings"]}, "the file's own words"
    assert (tried["verdict"], tried["findings"], tried["struck"]) == (
        "pass",
        [],
        2,
    )  # one is the scenario's own


def test_a_case_that_is_inconclusive_is_said_and_none_is_not():
    doubt = {"name": "limit", "device": "", "clause": "", "detail": "60 days"}
    unsure = Trial(**{**TRIAL, "verdict": "inconclusive", "findings": [doubt]})  # type: ignore[typeddict-item]

    def said(*trials: Trial) -> str:
        covered = Covered(base=TRIAL, tried=[(Try(()), one) for one in trials], is_whole=True)
        console = Console(width=200, record=True, file=io.StringIO())
        show_coverage(console, table_of(covered, []), covered)
        return console.export_text()

    assert "none failed, 1 inconclusive" in said(TRIAL, unsure)
    assert "inconclusive" not in said(TRIAL)
    assert "nothing was tried" in said()
    assert "none failed" not in said()
    assert "a named end state within 3d after its last fault" in said(TRIAL)
