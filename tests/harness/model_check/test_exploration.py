"""The model check: its state counts are pinned, every claim holds, and each can be broken."""

import ast
import sys
from pathlib import Path

import pytest

from hanbench.harness import model_check
from hanbench.harness.model_check import ledger, meter, view
from hanbench.harness.model_check.exploration import explore
from hanbench.harness.model_check.meter import Handled, Limits
from hanbench.harness.model_check.moves import Keeps, Profile, Rules, Scope, first, steps
from hanbench.harness.model_check.properties import (
    DISHONEST,
    DOWNGRADE,
    FALSE_KEY,
    FORGERY,
    NEEDLESS,
    OLD_HOLDER,
    RESET,
    STUCK,
    TWICE,
    UNVERIFIED,
    Claim,
)
from hanbench.harness.model_check.scopes import SMALL, WIDE, Question
from hanbench.harness.model_check.state import (
    HANDED_OVER,
    Cut,
    Letter,
    Meter,
    Order,
    Page,
    Reply,
    Spare,
    State,
    View,
    Word,
)
from hanbench.harness.model_check.story import tell, walk

SINGLE, TWO = Profile.SINGLE_SHOT, Profile.TWO_PHASE
COUNTS = {
    ("late", SINGLE): (88_840, 292_001, 14),
    ("late", TWO): (42_506, 135_658, 14),
    ("power", SINGLE): (19_974, 52_762, 11),
    ("power", TWO): (27_054, 68_953, 13),
    ("people", SINGLE): (19_743, 53_490, 13),
    ("people", TWO): (9_233, 25_899, 13),
    ("stale", SINGLE): (544, 1_094, 9),
    ("stale", TWO): (2_607, 6_830, 12),
    ("kept", SINGLE): (146, 232, 7),
    ("kept", TWO): (946, 2_156, 10),
    ("all", SINGLE): (477_150, 1_558_457, 15),
    ("all", TWO): (280_738, 934_045, 15),
    ("long", TWO): (484_757, 1_487_485, 16),
    ("long", SINGLE): (207_288, 630_148, 15),
    ("crowd", SINGLE): (129_530, 448_085, 15),
    ("crowd", TWO): (39_380, 118_208, 14),
}
SOME = Scope(3, Spare(copies=1, cuts=1, forgeries=1, strays=0))


def name_of(question: Question) -> str:
    return f"{question.name}-{question.profile.value}"


@pytest.mark.parametrize("question", SMALL, ids=name_of)
def test_a_scope_is_exhausted_with_its_known_count_and_breaks_where_it_must(
    question: Question,
) -> None:
    found = explore(question.scope, question.profile)

    assert found.is_whole
    counted = (found.states, found.transitions, found.depth)
    assert counted == COUNTS[question.name, question.profile]
    assert set(found.breaks) == set(question.breaks)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("question", WIDE[len(SMALL) :], ids=name_of)
def test_nothing_breaks_in_the_wide_scopes_either(question: Question) -> None:
    found = explore(question.scope, question.profile)

    assert found.is_whole
    counted = (found.states, found.transitions, found.depth)
    assert counted == COUNTS[question.name, question.profile]
    assert found.breaks == {}


@pytest.mark.parametrize("profile", Profile, ids=str)
def test_leaving_losses_out_loses_nothing(profile: Profile) -> None:
    scope = Scope(3, Spare(copies=1, cuts=0, forgeries=0, strays=0))

    with_losses = reachable(scope._replace(with_losses=True), profile)
    without = reachable(scope, profile)

    assert len(with_losses) > len(without)
    assert {outcome(state) for state in with_losses} == {outcome(state) for state in without}


def reachable(scope: Scope, profile: Profile) -> set[State]:
    start = first(scope, profile)
    seen, waiting = {start}, [start]
    for state in waiting:
        for step in steps(state, scope, profile, Rules()):
            if step.after not in seen:
                seen.add(step.after)
                waiting.append(step.after)
    return seen


def outcome(state: State) -> tuple[object, ...]:
    return state.meter, state.letters, state.pages, state.view


def test_an_exploration_that_was_stopped_says_that_it_proved_nothing() -> None:
    assert not explore(SOME, SINGLE, states_max=100).is_whole


def test_the_doubt_that_could_be_ended_is_counted() -> None:
    found = explore(Scope(3, Spare(0, 0, 0, 0)), SINGLE)

    assert 0 < found.settled < found.in_doubt


def test_a_story_is_told_so_that_a_stranger_can_follow_it() -> None:
    question = next(one for one in SMALL if one.name == "kept")
    broken = explore(question.scope, question.profile).breaks[OLD_HOLDER]

    lines = tell(broken.path, question.scope, question.profile)

    assert lines[0] == "1. the engine sends letter 1: swap version 2, code 1 under version 1"
    assert lines[-2] == "3. the SMSO commands the meter, tick, code 1 under version 2: done"
    assert lines[-1].endswith(
        "the meter holds version 2 with counter 1; the engine believes UNKNOWN"
    )


def test_an_impossible_story_is_refused() -> None:
    question = next(one for one in SMALL if one.name == "kept")
    path = explore(question.scope, question.profile).breaks[OLD_HOLDER].path

    with pytest.raises(ValueError, match="not possible here"):
        walk(path[1:], question.scope, question.profile)


# Mistakes planted in a rule: each is found by the claim that it breaks.


def forgets_the_counter(
    held: Meter, letter: Letter, place: int, limits: Limits, cut: Cut = Cut.NOWHERE, **more: bool
) -> Handled:
    loose = limits._replace(recent=0)
    fresh = held._replace(recent=())
    if letter.under == held.key and letter.number <= held.last:
        fresh = fresh._replace(last=letter.number - 1)
    return meter.handle(fresh, letter, place, loose, cut, **more)


def takes_forgeries(
    held: Meter, letter: Letter, place: int, limits: Limits, cut: Cut = Cut.NOWHERE, **more: bool
) -> Handled:
    del more
    return meter.handle(held, letter, place, limits, cut)


def keeps_the_counter_after_the_deed(
    held: Meter, letter: Letter, place: int, limits: Limits, cut: Cut = Cut.NOWHERE, **more: bool
) -> Handled:
    handled = meter.handle(held, letter, place, limits, cut, **more)
    if cut is Cut.COUNTER_BEFORE:
        done = (*held.done, (letter.under, letter.number))
        return Handled(meter.restarted(held)._replace(done=done), None, passed=True, effect=True)
    return handled


def forgets_used_up_versions(
    held: Meter, letter: Letter, place: int, limits: Limits, cut: Cut = Cut.NOWHERE, **more: bool
) -> Handled:
    handled = meter.handle(held, letter, place, limits, cut, **more)
    if letter.order is Order.UNSTAGE and handled.effect:
        return handled._replace(meter=handled.meter._replace(top=handled.meter.key))
    return handled


def begins_a_switched_key_at_nought(
    held: Meter, letter: Letter, place: int, limits: Limits, cut: Cut = Cut.NOWHERE, **more: bool
) -> Handled:
    handled = meter.handle(held, letter, place, limits, cut, **more)
    if letter.order is Order.SWITCH and handled.effect and handled.meter.key == letter.about:
        return handled._replace(meter=handled.meter._replace(last=0))
    return handled


def swaps_for_anybody(
    held: Meter, letter: Letter, place: int, limits: Limits, cut: Cut = Cut.NOWHERE, **more: bool
) -> Handled:
    if letter.order is Order.SWAP and held.key and letter.about > held.top and not held.barred:
        moved = held._replace(key=letter.about, last=0, top=letter.about)
        return Handled(moved, Reply(place, Word.DONE, moved.key, 0, letter.about), True, True)
    return meter.handle(held, letter, place, limits, cut, **more)


def takes_a_refusal_for_old(seen: View, letter: Letter, reply: Reply) -> View:
    if reply.word in (Word.SPENT, Word.OTHER_KEY, Word.TOO_FAR):
        return seen._replace(open=())
    return view.heard(seen, letter, reply)


def takes_any_answer_for_a_fence(seen: View, letter: Letter, reply: Reply) -> View:
    if letter.order is Order.PEEK and reply.key == HANDED_OVER:
        return seen._replace(open=())
    return view.heard(seen, letter, reply)


def fences_without_looking_at_the_counter(seen: View, letter: Letter, reply: Reply) -> View:
    if letter.order is Order.TICK and reply.key == HANDED_OVER and reply.word is Word.DONE:
        return seen._replace(open=())
    return view.heard(seen, letter, reply)


def goes_by_the_word(seen: View, letter: Letter, reply: Reply) -> View:
    return seen if reply.word is not Word.DONE else view.heard(seen, letter, reply)


def never_moves_back(pages: ledger.Pages, letter: Letter, reply: Reply) -> ledger.Pages:
    learnt = ledger.learn(pages, letter, reply)
    return tuple(
        now._replace(issued=max(now.issued, was.issued))
        for was, now in zip(pages, learnt, strict=True)
    )


def believes_every_proof(pages: ledger.Pages, letter: Letter, reply: Reply) -> ledger.Pages:
    if letter.order is Order.SHOW and reply.shows:
        place = reply.shows - 1
        pages = (*pages[:place], pages[place]._replace(answered=True), *pages[place + 1 :])
    return ledger.learn(pages, letter, reply)


CROWD = Scope(3, Spare(copies=1, cuts=1, forgeries=1, strays=0), keeps=Keeps.NOTHING)
LONG = Scope(4, Spare(copies=0, cuts=0, forgeries=0, strays=0))
LONGER = Scope(5, Spare(copies=0, cuts=0, forgeries=0, strays=0))


@pytest.mark.parametrize(
    ("claim", "rules", "profile", "scope"),
    [
        (FORGERY, Rules(handle=takes_forgeries), SINGLE, CROWD),
        (TWICE, Rules(handle=forgets_the_counter), SINGLE, CROWD),
        (TWICE, Rules(handle=keeps_the_counter_after_the_deed), SINGLE, CROWD),
        (DOWNGRADE, Rules(handle=forgets_used_up_versions), TWO, LONGER),
        (UNVERIFIED, Rules(handle=swaps_for_anybody), SINGLE, CROWD),
        (RESET, Rules(handle=begins_a_switched_key_at_nought), TWO, LONG),
        (DISHONEST, Rules(heard=takes_a_refusal_for_old), SINGLE, CROWD),
        (DISHONEST, Rules(heard=takes_any_answer_for_a_fence), SINGLE, CROWD),
        (DISHONEST, Rules(heard=fences_without_looking_at_the_counter), SINGLE, CROWD),
        (NEEDLESS, Rules(heard=goes_by_the_word), SINGLE, CROWD),
        (STUCK, Rules(learn=never_moves_back), SINGLE, CROWD),
        (FALSE_KEY, Rules(learn=believes_every_proof), TWO, CROWD),
    ],
    ids=lambda value: value.name if isinstance(value, Claim) else None,
)
def test_a_planted_mistake_breaks_its_claim(
    claim: Claim, rules: Rules, profile: Profile, scope: Scope
) -> None:
    found = explore(scope, profile, rules, states_max=150_000)

    assert claim in found.breaks


def test_the_first_story_against_a_claim_is_a_shortest() -> None:
    found = explore(CROWD, SINGLE, Rules(heard=takes_any_answer_for_a_fence))

    # Send, probe, the probe arrives, its answer is heard: the swap is still on its way.
    assert len(found.breaks[DISHONEST].path) == 4


def test_a_torn_memory_is_nobodys_lie_and_nothing_leads_out_of_it() -> None:
    held = meter.torn(Meter(last=4, wrong=1))

    handled = meter.handle(held, Letter(Order.TICK, 0, HANDED_OVER, 5), 0, Limits())

    assert handled.reply == Reply(0, Word.NO_KEY, 0, 0)
    assert handled.meter == held


def test_a_cut_at_a_key_that_is_not_kept_is_a_mistake_of_the_caller() -> None:
    tick = Letter(Order.TICK, 0, HANDED_OVER, 1)

    with pytest.raises(ValueError, match="no cut can fall there"):
        meter.handle(Meter(), tick, 0, Limits(), Cut.KEY_TORN)


def test_an_unauthenticated_reply_teaches_the_dco_nothing() -> None:
    pages = (Page(issued=3), Page())

    assert ledger.learn(pages, Letter(Order.PEEK), Reply(0, Word.NO_KEY, 0, 0)) == pages


def test_it_imports_nothing_of_what_it_is_held_against() -> None:
    own = "hanbench.harness.model_check"
    folder = Path(model_check.__file__).parent
    imported = {
        name
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _imported(node)
    }

    foreign = {name for name in imported if not name.startswith(own)}
    assert {name.split(".")[0] for name in foreign} <= set(sys.stdlib_module_names)
    assert any(name.startswith(own) for name in imported)


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [one.name for one in node.names] if isinstance(node, ast.Import) else []
