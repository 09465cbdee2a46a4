"""The `-k` expression."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.harness.errors import ScenarioError
from hanbench.harness.running.name_filter import parse_filter

NAME = "secure/clean-two-fuel[two-phase]"


@pytest.mark.parametrize(
    "expression",
    [
        "clean",
        "CLEAN",
        "[two-phase]",
        "clean and two",
        "clean or missing",
        "not missing",
        "not not clean",
        "missing or (clean and not missing)",
        "missing and missing or clean",
        "not missing and clean",
        "(clean)",
    ],
)
def test_an_expression_that_holds_chooses_the_case(expression: str) -> None:
    assert parse_filter(expression)(NAME)


@pytest.mark.parametrize(
    "expression", ["missing", "clean and missing", "not clean", "not (clean or missing)"]
)
def test_an_expression_that_does_not_hold_leaves_it_out(expression: str) -> None:
    assert not parse_filter(expression)(NAME)


@pytest.mark.parametrize(
    "expression", ["", " ", "and", "clean and", "(clean", "clean )", "a b", "()"]
)
def test_a_malformed_expression_is_refused(expression: str) -> None:
    with pytest.raises(ScenarioError, match="-k"):
        parse_filter(expression)


@given(st.text(alphabet="ab()not rd", max_size=20))
def test_any_text_is_an_expression_or_an_error(expression: str) -> None:
    with suppress(ScenarioError):
        parse_filter(expression)(NAME)
