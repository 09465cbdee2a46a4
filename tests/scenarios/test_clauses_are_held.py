"""A scenario of `rules` that names a clause looks at it: a name in a list would prove nothing.

Looking is one of two things. A part of the scenario names the clause as what is broken if it comes
out otherwise: a step, the end state of its home or of others, a device, a party's fault, a time
without a way to top up, the numbers of a report. Or a break of that clause is planted in that very
scenario (`tests/ablations/`, `hanbench zoo`), and a rule that holds in every run is seen to fire.
"""

from collections.abc import Iterator

import pytest
from tests.ablations import test_broken_parties, test_broken_process
from tests.ablations.test_every_clause_can_be_found_broken import BREAKS

from hanbench.harness.files.loader import Library
from hanbench.harness.files.scenario import Expect, Scenario, Variant
from hanbench.harness.running.case import LoadedScenario
from hanbench.harness.running.suites import select
from hanbench.harness.zoo.catalogue import specimens

SCENARIOS = select(("rules",), Library())
PLANTED = (
    {(one.scenario, one.clause) for one in BREAKS}
    | {(f"rules/{where}", clause) for _, clause, where, _ in test_broken_process.ABLATIONS}
    | {(f"rules/{where}", clause) for _, clause, _, where, _ in test_broken_parties.ABLATIONS}
    | {(one.known.case, one.known.clause) for one in specimens()}
)
"""By scenario, the clauses that something breaks there and a rule is seen to name."""


def _looked_at(part: Scenario | Variant) -> Iterator[str | None]:
    for step in part.steps or ():
        yield step.clause
    for also in part.also or ():
        yield also.clause
    if part.expect is not None:
        yield from _expected(part.expect)


def _expected(expect: Expect) -> Iterator[str | None]:
    yield expect.clause
    yield from (device.clause for device in expect.devices.values())
    yield from (fault.partition(" by ")[0] for fault in expect.party_faults)
    yield from (expect.violated, f"property/{expect.violated}")
    if expect.cut_off:
        yield "domain/10.8-top-up"
    if expect.reports:
        yield "seed0/s1mig-counting"


@pytest.mark.parametrize("loaded", SCENARIOS, ids=lambda one: one.name)
def test_every_clause_that_is_named_is_looked_at(loaded: LoadedScenario) -> None:
    scenario = loaded.scenario
    looked_at = {*_looked_at(scenario)}
    for variant in scenario.variants.values():
        looked_at |= {*_looked_at(variant)}
    broken = {clause for name, clause in PLANTED if name.partition("[")[0] == loaded.name}

    assert [one for one in scenario.clauses if one not in looked_at | broken] == []
