"""What real runs record is a path of the model; a mistake in either makes them part."""

import dataclasses
import io
from typing import Any

import pytest
from rich.console import Console

from hanbench.emulator.sua.slots import SuaKeys
from hanbench.harness.engine.reference.belief import Belief
from hanbench.harness.model_agreement import checking
from hanbench.harness.model_agreement.recording import (
    CLEAN,
    RecordedAgreement,
    RecordedStory,
    compare_recorded,
    explored_cases,
    suite_cases,
)
from hanbench.harness.model_check import ledger, meter, view
from hanbench.harness.model_check.meter import Handled, Limits
from hanbench.harness.model_check.moves import Deed, Rules
from hanbench.harness.model_check.state import Cut, Letter, Meter, Order, Reply, View
from hanbench.harness.running.case import Case

ALL = suite_cases()
SOME = (
    "secure/clean-two-fuel",
    "secure/clean-two-fuel[two-phase]",
    "secure/rotation-response-lost",
    "secure/rotation-fetched-late",
    "secure/power-cut-torn-commit",
    "secure/locked-out-during-rotation",
    "secure/duplicate-rotate-after-commit",
    "secure/smso-hands-over-stale-counter",
)


def named(*names: str) -> list[Case]:
    return [case for case in ALL if case.name in names]


def parted(agreement: RecordedAgreement) -> list[str]:
    return [f"{one.case} {one.device}: {one.what}" for one in agreement.disagreements]


def test_runs_of_the_suite_are_paths_of_the_model() -> None:
    agreement = compare_recorded(named(*SOME))

    assert parted(agreement) == []
    assert agreement.cases == len(SOME)
    assert len(agreement.stories) == agreement.whole == 2 * len(SOME)
    assert agreement.facts > agreement.moves > 100
    deeds = {move.deed for one in agreement.stories for move in one.path}
    assert {Deed.SEND, Deed.ARRIVE, Deed.HEAR, Deed.GUESS, Deed.UNBAR} <= deeds
    cuts = {move.cut for one in agreement.stories for move in one.path}
    assert Cut.KEY_TORN in cuts


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_run_of_the_suite_and_many_single_faults_are_paths_of_the_model() -> None:
    faulted = [case for one in named(CLEAN, f"{CLEAN}[two-phase]") for case in explored_cases(one)]

    agreement = compare_recorded([*ALL, *faulted[::6]])

    assert parted(agreement) == []
    assert len(faulted) > 1_500
    assert agreement.whole > 0.9 * len(agreement.stories)


def swaps_and_keeps_the_counter(
    held: Meter, letter: Letter, place: int, limits: Limits, cut: Cut = Cut.NOWHERE, **more: bool
) -> Handled:
    handled = meter.handle(held, letter, place, limits, cut, **more)
    if letter.order is Order.SWAP and handled.effect and handled.reply is not None:
        kept = handled.meter._replace(last=letter.number)
        return handled._replace(meter=kept)
    return handled


def knows_no_fence(seen: View, letter: Letter, reply: Reply) -> View:
    return seen if letter.order is Order.TICK else view.heard(seen, letter, reply)


def counts_no_answer(pages: ledger.Pages, letter: Letter, reply: Reply) -> ledger.Pages:
    del letter, reply
    return pages


@pytest.mark.parametrize(
    ("rules", "case", "what"),
    [
        (Rules(handle=swaps_and_keeps_the_counter), SOME[0], "the keys of the meter"),
        (Rules(heard=knows_no_fence), "secure/rotation-request-lost", "the belief"),
        (Rules(learn=counts_no_answer), "secure/smso-hands-over-stale-counter", "the counter"),
    ],
)
def test_a_mistake_in_the_model_makes_real_runs_leave_it(
    rules: Rules, case: str, what: str
) -> None:
    agreement = compare_recorded(named(case), rules)

    assert agreement.disagreements
    assert agreement.disagreements[0].what.startswith(what)
    assert agreement.disagreements[0].model != agreement.disagreements[0].run


def test_a_mistake_in_the_emulated_gate_makes_real_runs_leave_the_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def rotated_with_its_counter(keys: SuaKeys, version: int, key: Any) -> SuaKeys:
        slot = dataclasses.replace(keys.current, version=version, key=key)
        return SuaKeys(slot, staged=None, max_version=version)

    monkeypatch.setattr(SuaKeys, "rotated", rotated_with_its_counter)

    agreement = compare_recorded(named(SOME[0]))

    assert {one.what for one in agreement.disagreements} == {"the keys of the meter"}


def test_a_mistake_in_the_engines_belief_makes_real_runs_leave_the_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never_sure(own: Belief, _counter: int) -> Belief:
        return own

    monkeypatch.setattr(Belief, "fenced", never_sure)

    agreement = compare_recorded(named("secure/rotation-request-lost"))

    assert agreement.disagreements[0].what == "the belief"
    assert (agreement.disagreements[0].model, agreement.disagreements[0].run) == ("OLD", "UNKNOWN")


def test_what_the_model_has_no_move_for_is_named_and_counted() -> None:
    agreement = compare_recorded(named("secure/wrong-key-handed-over"))

    assert dict(agreement.ended_by) == {"a hand-over of another key than the meter's": 1}
    assert agreement.whole == 1


def said(monkeypatch: pytest.MonkeyPatch, agreement: RecordedAgreement) -> tuple[int, str]:
    monkeypatch.setattr(checking, "SMALL", ())
    monkeypatch.setattr(checking, "recorded_agreement", lambda _number: agreement)
    console = Console(width=200, record=True, file=io.StringIO())
    code = checking.check_model(console, stories_each=0, recorded=1)
    return code, console.export_text()


def story(**more: str) -> RecordedStory:
    return RecordedStory(case="secure/x", device="gsme", path=(), facts=7, **more)


def test_the_command_says_how_much_was_followed_and_what_could_not_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended = story(ended_by="another attempt")

    code, text = said(monkeypatch, RecordedAgreement(1, (story(), ended)))

    assert code == 0
    assert "2 stories of 1 real runs, 0 moves, 14 facts, 1 followed to their end" in text
    assert "1 could be followed no further than another attempt" in text


def test_the_command_fails_where_a_run_is_no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = story(what="the belief", model="OLD", run="NEW")

    code, text = said(monkeypatch, RecordedAgreement(1, (parts,)))

    assert code == 1
    assert "secure/x, gsme, move 0: the belief" in text
    assert "the model says OLD, the run says NEW" in text
