"""Each clause's rule broken once, in the engine, a party or a device: the clause is named.

No crash is what finds it, and the same broken part still passes a case about another thing. A
clause that nothing here can break would be a promise that nobody could catch us breaking.
"""

import pytest
from tests.ablations import (
    alert_breaks,
    device_breaks,
    governance_breaks,
    key_breaks,
    meter_rule_breaks,
    process_breaks,
    rule_breaks,
    test_broken_parties,
    test_broken_process,
    vending_breaks,
)
from tests.ablations.breaks import Break, case, run

from hanbench.harness.judging.clauses import load_clauses
from hanbench.harness.zoo.catalogue import specimens

BREAKS: list[Break] = [
    *rule_breaks.BREAKS,
    *device_breaks.BREAKS,
    *vending_breaks.BREAKS,
    *meter_rule_breaks.BREAKS,
    *key_breaks.BREAKS,
    *process_breaks.BREAKS,
    *alert_breaks.BREAKS,
    *governance_breaks.BREAKS,
]
ELSEWHERE = {
    "domain/10.5-states": "test_broken_process: hides_a_start",
    "domain/10.8-escrow": "test_broken_parties: dco_forgets_what_it_drew",
}
"""Clauses whose break has a test of its own."""
NOT_YET: dict[str, str] = {}
"""Clauses that no test breaks, and why."""


@pytest.mark.parametrize("broken", BREAKS, ids=lambda one: one.name)
def test_a_broken_rule_is_found_by_its_clause_and_nothing_crashes(
    monkeypatch: pytest.MonkeyPatch, broken: Break
) -> None:
    broken.break_it(monkeypatch)

    caught, other = run(broken.scenario), run(broken.unrelated)

    assert broken.clause in {finding.clause for finding in caught.findings}
    assert not caught.is_as_expected
    assert "engine-broke" not in {finding.name for finding in caught.findings}
    assert other.is_as_expected, [finding.detail for finding in other.findings]


def test_a_break_is_sought_where_the_clause_is_exercised() -> None:
    elsewhere = [
        one.name for one in BREAKS if one.clause not in case(one.scenario).scenario.clauses
    ]

    assert elsewhere == []


def test_every_clause_has_a_break_and_the_exceptions_are_few() -> None:
    found = {one.clause for one in BREAKS} | set(ELSEWHERE)
    found |= {clause for _, clause, _, _ in test_broken_process.ABLATIONS}
    found |= {clause for _, clause, _, _, _ in test_broken_parties.ABLATIONS}
    found |= {one.known.clause for one in specimens()}

    assert sorted(load_clauses().keys() - found - NOT_YET.keys()) == []
    assert sorted(found & NOT_YET.keys()) == []
    assert sorted(NOT_YET.keys() - load_clauses().keys()) == []
    assert len(NOT_YET) <= 5
