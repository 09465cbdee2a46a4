"""P3 and P5 are held in every run, whatever a scenario's steps expect of it."""

import pytest
from tests.ablations.breaks import Break, run
from tests.ablations.key_breaks import (
    forgets_spent_utrns_at_a_rotation,
    rotates_the_vend_key_as_well,
    shares_one_key_for_all,
    takes_a_code_for_any_instruction,
)

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


@pytest.mark.parametrize("clean", ["secure/clean-two-fuel", "secure/clean-two-fuel[two-phase]"])
def test_a_rotation_that_takes_the_vend_key_with_it_is_found_in_a_clean_run(
    monkeypatch: pytest.MonkeyPatch, clean: str
) -> None:
    rotated = Break("property/P5", rotates_the_vend_key_as_well, clean)
    assert run(clean).findings == ()

    rotated.break_it(monkeypatch)

    assert [device for device, _ in named(rotated, "utrn-refused-by-key")] == ["esme", "gsme"]
    taken = [detail for _, detail in named(rotated, "utrn-under-another-key")]
    assert taken == [
        f"{name} would take a code that is made with its SUA (version 2) key"
        for name in ("esme", "gsme")
    ]
    assert {one.clause for one in run(clean).findings} == {"property/P5"}


def test_a_rotation_that_forgets_which_utrns_were_spent_is_found_where_one_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A code that was typed before the rotation is good once more after it."""
    forgets = Break(
        "property/P5", forgets_spent_utrns_at_a_rotation, "rules/web-vend-right-after-the-start"
    )
    assert named(forgets, "utrns-revived") == []

    forgets.break_it(monkeypatch)

    assert named(forgets, "utrns-revived")
