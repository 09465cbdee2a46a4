"""P3 and P5 are read off the meters' own execution logs, whatever a scenario's steps expect."""

import pytest
from tests.ablations.breaks import Break, run
from tests.ablations.key_breaks import shares_one_key_for_all, takes_a_code_for_any_instruction

P3 = Break("property/P3", takes_a_code_for_any_instruction, "secure/codes-are-bound-to-everything")
P5 = Break("property/P5", shares_one_key_for_all, "secure/keys-are-kept-apart")


def named(broken: Break, name: str) -> list[tuple[str, str]]:
    result = run(broken.scenario)
    return [(one.device, one.detail) for one in result.findings if one.name == name]


@pytest.mark.parametrize("variant", ["", "[two-phase]"])
def test_a_code_that_was_made_for_another_instruction_is_told_from_a_forged_one(
    monkeypatch: pytest.MonkeyPatch, variant: str
) -> None:
    name = "executed-under-anothers-code"
    bound = Break(P3.clause, P3.break_it, P3.scenario + variant)
    assert named(bound, name) == []

    bound.break_it(monkeypatch)

    ((device, detail),) = named(bound, name)
    assert device == "esme"
    assert "with a code that was made for another one, version 2, counter" in detail
    assert detail.endswith("of esme")
    assert named(bound, "executed-under-another-key") == []


def test_a_code_of_another_key_of_the_meter_is_named_by_that_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "executed-under-another-key"
    assert named(P5, name) == []

    P5.break_it(monkeypatch)

    keys = {detail.rsplit(" its ")[-1] for _, detail in named(P5, name)}
    assert keys == {"vend key", "transport key", "master key"}
    assert named(P5, "executed-under-anothers-code") == []
    assert named(P5, "commanded-by-another") == [], "no such code shows that its key was lost"
