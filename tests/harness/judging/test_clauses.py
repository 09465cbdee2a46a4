"""The clauses: each a rule with its source, each honest about what is modelled."""

import pytest
from pydantic import ValidationError

from hanbench.harness.judging.clauses import Clause, load_clauses


def test_there_are_stated_and_modelled_clauses_and_each_has_its_words() -> None:
    clauses = load_clauses()

    assert {clause.kind for clause in clauses.values()} == {"stated", "modelled"}
    assert all(clause.statement.endswith(".") and clause.source for clause in clauses.values())


def test_the_utrn_period_is_the_336_hours_of_the_definition() -> None:
    clause = load_clauses()["def/utrn-period"]

    assert clause.kind == "stated"
    assert "336 hours" in clause.statement


def test_what_is_ours_is_never_given_as_stated() -> None:
    ours = {name: clause for name, clause in load_clauses().items() if name.startswith("property/")}

    assert ours
    assert {clause.kind for clause in ours.values()} == {"modelled"}


def test_a_clause_of_another_kind_is_refused() -> None:
    with pytest.raises(ValidationError):
        Clause.model_validate({"statement": "x", "source": "y", "kind": "guessed"})


def test_clauses_are_read_once() -> None:
    assert load_clauses() is load_clauses()


def test_what_does_not_apply_to_secure_is_no_clause_and_no_check() -> None:
    absent = ("tmad/4.49", "tmad/5.9.10")

    assert not [name for name in load_clauses() if name.startswith(absent)]
