"""The model check and the emulator tell the same stories; a mistake planted in either shows."""

import io
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from hanbench.emulator.sua import gate
from hanbench.emulator.sua.slots import KeySlot, SuaKeys
from hanbench.harness.engine.reference.belief import Belief
from hanbench.harness.model_agreement import checking as model_checking
from hanbench.harness.model_agreement.agreement import compare
from hanbench.harness.model_agreement.stories import ModelStory, stories
from hanbench.harness.model_check import meter
from hanbench.harness.model_check.meter import Handled, Limits
from hanbench.harness.model_check.moves import Profile, Rules, Scope
from hanbench.harness.model_check.scopes import SMALL, WIDE, Question
from hanbench.harness.model_check.state import Cut, Letter, Meter, Order, Spare

STORIES = 60
"""Of each scope, spread over all that it has."""


def some(question: Question, count: int = STORIES) -> list[ModelStory]:
    told = list(stories(question.scope, question.profile))
    return told[:: max(1, len(told) // count)]


def question(name: str, profile: Profile) -> Question:
    return next(one for one in SMALL if (one.name, one.profile) == (name, profile))


@pytest.mark.parametrize(
    ("name", "profile"),
    [(one.name, one.profile) for one in SMALL if one.name != "late"],
)
def test_the_emulator_tells_the_stories_as_the_model_does(name: str, profile: Profile) -> None:
    agreement = compare(some(question(name, profile)))

    assert agreement.disagreements == ()
    assert agreement.stories >= 40
    assert agreement.steps > 4 * agreement.stories


@pytest.mark.soak
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("one", SMALL, ids=lambda one: f"{one.name}-{one.profile.value}")
def test_they_agree_on_every_story_of_every_small_scope(one: Question) -> None:
    assert compare(stories(one.scope, one.profile)).disagreements == ()


def test_every_question_is_asked_once_and_no_story_is_the_beginning_of_another() -> None:
    told = list(stories(question("stale", Profile.SINGLE_SHOT).scope, Profile.SINGLE_SHOT))
    paths = {story.path for story in told}

    assert len(paths) == len(told)
    assert not any(path[:length] in paths for path in paths for length in range(1, len(path)))


def counts_one_wrong_code_less(
    held: Meter, letter: Letter, place: int, limits: Limits, cut: Cut = Cut.NOWHERE, **more: bool
) -> Handled:
    return meter.handle(held, letter, place, limits._replace(wrong=limits.wrong + 1), cut, **more)


def swaps_and_keeps_the_counter(
    held: Meter, letter: Letter, place: int, limits: Limits, cut: Cut = Cut.NOWHERE, **more: bool
) -> Handled:
    handled = meter.handle(held, letter, place, limits, cut, **more)
    if letter.order is Order.SWAP and handled.effect and handled.reply is not None:
        kept = handled.meter._replace(last=letter.number)
        return handled._replace(meter=kept, reply=handled.reply._replace(last=letter.number))
    return handled


@pytest.mark.parametrize(
    ("rule", "name", "what"),
    [
        (counts_one_wrong_code_less, "people", "the meter"),
        (swaps_and_keeps_the_counter, "power", "the answer"),
    ],
)
def test_a_mistake_in_the_model_makes_them_part(rule: Any, name: str, what: str) -> None:
    one = question(name, Profile.SINGLE_SHOT)
    rules = Rules(handle=rule)

    agreement = compare(stories(one.scope, one.profile, rules), rules)

    assert [found.what for found in agreement.disagreements] == [what]
    assert agreement.disagreements[0].model != agreement.disagreements[0].emulator


def test_a_mistake_in_the_emulated_gate_makes_them_part(monkeypatch: pytest.MonkeyPatch) -> None:
    def rotated_with_its_counter(keys: SuaKeys, version: int, key: Any) -> SuaKeys:
        slot = replace(keys.current, version=version, key=key)
        return SuaKeys(slot, staged=None, max_version=version)

    monkeypatch.setattr(SuaKeys, "rotated", rotated_with_its_counter)
    one = question("power", Profile.SINGLE_SHOT)

    agreement = compare(some(one))

    assert agreement.disagreements[0].what == "the answer"


def test_a_gate_that_looks_at_the_lock_out_after_the_code_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gate.SuaMemory, "clear_failures", lambda _self: None)
    one = question("people", Profile.SINGLE_SHOT)

    agreement = compare(stories(one.scope, one.profile))

    assert agreement.disagreements[0].what == "the meter"


LONG = Scope(4, Spare(copies=0, cuts=0, forgeries=0, strays=0))
"""Long enough for a key to be staged, dropped and staged again, and for one to be confirmed."""
TWO_PHASE_MISTAKES: dict[str, tuple[type, str, Any, str]] = {
    "moves at PREPARE": (
        SuaKeys,
        "prepared",
        lambda _, version, key: SuaKeys(KeySlot(version, key), None, version),
        "the answer",
    ),
    "begins at nought at CONFIRM": (
        SuaKeys,
        "confirmed",
        lambda keys: SuaKeys(replace(keys.staged, last_counter=0), None, keys.max_version),
        "the answer",
    ),
    "holds the old key on after CONFIRM": (
        SuaKeys,
        "confirmed",
        lambda keys: SuaKeys(keys.staged, keys.current, keys.max_version),
        "the meter",
    ),
    "holds the staged key on after ABORT": (SuaKeys, "aborted", lambda keys: keys, "the meter"),
    "gives an aborted version out again": (
        SuaKeys,
        "aborted",
        lambda keys: SuaKeys(keys.current, None, keys.current.version),
        "the meter",
    ),
    "doubts on after ABORT": (Belief, "staged_key_dropped", lambda own: own, "the belief"),
}
"""Of the meter, and the last one of the reference engine: what is broken, and what shows it."""


@pytest.mark.parametrize("name", TWO_PHASE_MISTAKES)
def test_a_mistake_of_the_two_phase_profile_makes_them_part(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    longest_first = list(stories(LONG, Profile.TWO_PHASE))[::-1]
    assert compare(longest_first[:STORIES]).disagreements == ()
    holder, method, mistaken, what = TWO_PHASE_MISTAKES[name]
    monkeypatch.setattr(holder, method, mistaken)

    agreement = compare(longest_first[:STORIES])

    assert [found.what for found in agreement.disagreements] == [what]


def begins_a_switched_key_at_nought(
    held: Meter, letter: Letter, place: int, limits: Limits, cut: Cut = Cut.NOWHERE, **more: bool
) -> Handled:
    handled = meter.handle(held, letter, place, limits, cut, **more)
    if letter.order is Order.SWITCH and handled.effect and handled.meter.key == letter.about:
        return handled._replace(meter=handled.meter._replace(last=0))
    return handled


def test_a_mistake_of_the_model_in_two_phases_makes_them_part() -> None:
    rules = Rules(handle=begins_a_switched_key_at_nought)
    longest_first = list(stories(LONG, Profile.TWO_PHASE, rules))[::-1]

    agreement = compare(longest_first, rules)

    assert [found.what for found in agreement.disagreements] == ["the meter"]


def test_a_mistake_in_the_reference_belief_makes_them_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Belief, "fenced", lambda own, _counter: replace(own, open_counters=()))
    one = question("power", Profile.SINGLE_SHOT)

    agreement = compare(stories(one.scope, one.profile))

    assert agreement.disagreements[0].what == "the belief"


def checked(monkeypatch: pytest.MonkeyPatch, *questions: Question) -> tuple[int, str]:
    monkeypatch.setattr(model_checking, "SMALL", questions)
    console = Console(width=200, record=True, file=io.StringIO())
    code = model_checking.check_model(console, stories_each=5)
    return code, console.export_text()


def test_the_command_says_what_holds_and_how_much_was_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept, stale = question("kept", Profile.SINGLE_SHOT), question("stale", Profile.SINGLE_SHOT)

    code, said = checked(monkeypatch, kept, stale)

    assert code == 0
    assert "690 states" in said
    assert "property/P7                breaks where it must" in said
    assert "property/P12               holds" in said
    assert "10 stories" in said
    assert "one mind" in said


def test_the_command_fails_where_something_breaks_or_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = question("kept", Profile.SINGLE_SHOT)
    stale = question("stale", Profile.SINGLE_SHOT)

    code, said = checked(monkeypatch, kept._replace(breaks=()))
    assert code == 1
    assert "broken: after the commit only the DCO commands the meter" in said

    code, said = checked(monkeypatch, stale._replace(breaks=kept.breaks))
    assert code == 1
    assert "property/P7 should break in stale, single-shot, and does not" in said


def test_the_command_shows_where_the_two_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate.SuaMemory, "clear_failures", lambda _self: None)

    one = question("people", Profile.SINGLE_SHOT)
    monkeypatch.setattr(model_checking, "STORIES_EACH", 5)
    monkeypatch.setattr(model_checking, "explore", lambda *_: model_checking.Explored(states=1))
    monkeypatch.setattr(model_checking, "SMALL", (one,))
    console = Console(width=200, record=True, file=io.StringIO())
    code = model_checking.check_model(console, stories_each=2_000)

    assert code == 1
    assert "the emulator says" in console.export_text()


def test_nothing_compared_is_not_called_agreement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_checking, "SMALL", (question("kept", Profile.SINGLE_SHOT),))
    console = Console(width=200, record=True, file=io.StringIO())

    model_checking.check_model(console, stories_each=0)

    assert "no story was told to the emulator" in console.export_text()


def test_the_wide_scopes_hold_the_small_ones() -> None:
    assert WIDE[: len(SMALL)] == SMALL
