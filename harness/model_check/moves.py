"""Everything that can happen next, each with a name that a story can tell.

The engine is any engine that keeps to the rules: it may send what its profile has at any moment,
with or without having waited. So "late", "after the time-out" and "in another order" need no moves
of their own: a letter may arrive after whatever else. Nor is being lost a move: it is to never
arrive, and every state is a possible end. (`Scope.with_losses` makes moves of them all the same; a
test shows that nothing new is reached.) A letter is doubled when it arrives and a copy stays under
way: an earlier moment would differ in nothing that anybody can see.
"""

import enum
from collections.abc import Callable, Iterator
from typing import NamedTuple

from hanbench.harness.model_check import ledger, meter, view
from hanbench.harness.model_check.meter import Handled, Limits
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
)

ANY_KEYS = 4
"""Of the DCO's own and the one that was handed over, where anything may be sent."""
_UNDER_THE_OLD = (Order.SWAP, Order.STAGE, Order.UNSTAGE)
NOBODY = -1
"""The place of a letter that the engine did not send."""


class Profile(enum.Enum):
    """How a key is rotated (domain.md 10.3)."""

    SINGLE_SHOT = "single-shot"
    TWO_PHASE = "two-phase"


class Keeps(enum.Enum):
    """What an SMSO kept that it should not have."""

    NOTHING = "nothing"
    OLD_KEY = "the old key"
    EVERYTHING = "the old key, the master key and the transcript"


class Scope(NamedTuple):
    """How far the check goes."""

    letters: int
    """How many the engine sends at most."""
    spare: Spare
    limits: Limits = Limits()
    keeps: Keeps = Keeps.OLD_KEY
    stale_by: int = 0
    """By how much the counter that the SMSO handed over was behind."""
    with_losses: bool = False
    any_order: bool = False
    """Whether the engine may send anything at any time, with as many keys as `ANY_KEYS`: for the
    stories of real engines, of which nothing is assumed."""


class Rules(NamedTuple):
    """The three rules, each replaceable: a test plants a mistake here."""

    handle: Callable[..., Handled] = meter.handle
    learn: Callable[[ledger.Pages, Letter, Reply], ledger.Pages] = ledger.learn
    heard: Callable[[View, Letter, Reply], View] = view.heard


class Deed(enum.Enum):
    """What kind of thing happens."""

    SEND = "the engine sends"
    ARRIVE = "reaches the meter"
    HEAR = "reaches the engine"
    LOSE = "is lost"
    LOSE_REPLY = "is lost on the way back"
    GUESS = "somebody sends a wrong code"
    UNBAR = "the meter listens to codes again"
    OUTAGE = "the meter loses power and comes back"
    STRAY = "the SMSO commands the meter"


class Move(NamedTuple):
    """One thing that happens."""

    deed: Deed
    place: int = NOBODY
    """Which letter; of a reply, its place among those on the way."""
    letter: Letter | None = None
    """What is sent, without its counter."""
    cut: Cut = Cut.NOWHERE
    stays: bool = False
    """Whether a copy is still under way."""


class Step(NamedTuple):
    """A move with the state after it, and what the meter made of a letter."""

    move: Move
    after: State
    handled: Handled | None = None
    code: Letter | None = None
    """What the meter took, whoever sent it."""


def first(scope: Scope, profile: Profile) -> State:
    """Return how a check begins: the keys are handed over, nothing has been sent."""
    versions = 3 if profile is Profile.TWO_PHASE else 2
    versions = ANY_KEYS if scope.any_order else versions
    known = Page()
    return State(
        meter=Meter(last=scope.stale_by),
        letters=(),
        down=(),
        up=(),
        pages=(known, *(Page() for _ in range(versions - 1))),
        view=View(),
        spare=scope.spare,
        smso_count=scope.stale_by,
    )


def steps(state: State, scope: Scope, profile: Profile, rules: Rules) -> Iterator[Step]:
    """Yield all that can happen next, in a fixed order."""
    yield from _sends(state, scope, profile)
    yield from _wire(state, scope, rules)
    yield from _back(state, scope, rules)
    yield from _trouble(state, scope, rules)


def _sends(state: State, scope: Scope, profile: Profile) -> Iterator[Step]:
    if len(state.letters) >= scope.letters:
        return
    asked = wishes(state, profile)
    if scope.any_order:
        asked = _anything(state)
    for order, about, under in asked:
        pages, number = state.pages, 0
        if under:
            pages, number = ledger.issue(state.pages, under)
        letter = Letter(order, about, under, number)
        after = state._replace(
            letters=(*state.letters, letter),
            down=(*state.down, 1),
            pages=pages,
            view=view.sent(state.view, letter),
        )
        yield Step(Move(Deed.SEND, len(state.letters), letter._replace(number=0)), after)


def wishes(state: State, profile: Profile) -> list[tuple[Order, int, int]]:
    """List what an engine may send now: (order, version it is about, version of its code).

    It asks no idle questions: it probes and fences only while it is in doubt.
    """
    seen = state.view
    if seen.proved:
        return [(Order.TICK, 0, seen.proved)]
    probe = [(Order.PEEK, 0, 0)] if seen.open else []
    if profile is Profile.SINGLE_SHOT:
        fence = [(Order.TICK, 0, HANDED_OVER)] if seen.open else []
        return [(Order.SWAP, 2, HANDED_OVER), *probe, *fence]
    newest = 3 if seen.used_up or 3 in (*seen.staged, *seen.news) else 2
    is_staged = any(one.order is Order.STAGE and one.about == newest for one in state.letters)
    asked = [(Order.STAGE, newest, HANDED_OVER), *probe]
    asked += [(Order.SHOW, newest, newest)] if is_staged else []
    asked += [(Order.SWITCH, version, version) for version in seen.staged]
    asked += [(Order.UNSTAGE, version, HANDED_OVER) for version in seen.news] if seen.open else []
    return asked


def _anything(state: State) -> list[tuple[Order, int, int]]:
    """List all that the profiles have, of every key."""
    versions = range(HANDED_OVER, len(state.pages) + 1)
    own = versions[1:]
    return [
        (Order.PEEK, 0, 0),
        *((Order.TICK, 0, version) for version in versions),
        *((order, version, HANDED_OVER) for order in _UNDER_THE_OLD for version in own),
        *((order, version, version) for order in (Order.SHOW, Order.SWITCH) for version in own),
    ]


def _wire(state: State, scope: Scope, rules: Rules) -> Iterator[Step]:
    for place, copies in enumerate(state.down):
        if not copies:
            continue
        letter = state.letters[place]
        for cut in _cuts(state, letter, place, scope, rules):
            handled = rules.handle(state.meter, letter, place, scope.limits, cut)
            spare = state.spare
            if cut is not Cut.NOWHERE:
                spare = spare._replace(cuts=spare.cuts - 1)
            after = state._replace(
                meter=handled.meter,
                down=_fewer(state.down, place),
                up=_with_reply(state.up, handled.reply),
                spare=spare,
            )
            yield Step(Move(Deed.ARRIVE, place, cut=cut), after, handled, letter)
            if spare.copies:
                doubled = _copied(after)._replace(down=state.down)
                yield Step(Move(Deed.ARRIVE, place, cut=cut, stays=True), doubled, handled, letter)
        if scope.with_losses:
            yield Step(Move(Deed.LOSE, place), state._replace(down=_fewer(state.down, place)))


def _cuts(state: State, letter: Letter, place: int, scope: Scope, rules: Rules) -> tuple[Cut, ...]:
    """Return where the power may go while this letter is carried out."""
    if not state.spare.cuts or not letter.under:
        return (Cut.NOWHERE,)
    tried = rules.handle(state.meter, letter, place, scope.limits)
    if not tried.passed:
        return (Cut.NOWHERE,)
    at_counter = (Cut.COUNTER_BEFORE, Cut.COUNTER_TORN, Cut.COUNTER_AFTER)
    at_key = (Cut.KEY_BEFORE, Cut.KEY_TORN, Cut.KEY_AFTER)
    keeps_a_key = meter.keeps_a_key(state.meter, letter)
    return (Cut.NOWHERE, *at_counter, *(at_key if keeps_a_key else ()))


def _back(state: State, scope: Scope, rules: Rules) -> Iterator[Step]:
    for place, reply in enumerate(state.up):
        if place and state.up[place - 1] == reply:
            continue  # the same once more: nothing new comes of it
        letter = state.letters[reply.to]
        rest = (*state.up[:place], *state.up[place + 1 :])
        heard = state._replace(
            up=rest,
            pages=rules.learn(state.pages, letter, reply),
            view=rules.heard(state.view, letter, reply),
        )
        yield Step(Move(Deed.HEAR, place), heard)
        if state.spare.copies:
            yield Step(Move(Deed.HEAR, place, stays=True), _copied(heard)._replace(up=state.up))
        if scope.with_losses:
            yield Step(Move(Deed.LOSE_REPLY, place), state._replace(up=rest))


def _trouble(state: State, scope: Scope, rules: Rules) -> Iterator[Step]:
    spare, held = state.spare, state.meter
    if spare.forgeries:
        guess = Letter(Order.TICK, 0, held.key or HANDED_OVER, held.last + 1)
        handled = rules.handle(held, guess, NOBODY, scope.limits, genuine=False)
        after = state._replace(
            meter=handled.meter, spare=spare._replace(forgeries=spare.forgeries - 1)
        )
        yield Step(Move(Deed.GUESS), after, handled, guess)
    if held.barred:
        yield Step(Move(Deed.UNBAR), state._replace(meter=held._replace(barred=False)))
    if spare.cuts and held.recent:
        after = state._replace(
            meter=meter.restarted(held), spare=spare._replace(cuts=spare.cuts - 1)
        )
        yield Step(Move(Deed.OUTAGE), after)
    if spare.strays and scope.keeps is not Keeps.NOTHING:
        yield _stray(state, scope, rules)


def _stray(state: State, scope: Scope, rules: Rules) -> Step:
    """Let the SMSO command the meter, under the best key that it can have."""
    under, number = HANDED_OVER, state.smso_count + 1
    offered = [one.about for one in state.letters if one.order in (Order.SWAP, Order.STAGE)]
    if scope.keeps is Keeps.EVERYTHING and state.meter.key in offered:
        # It read the new key in the transcript, and the counter in any reply.
        under, number = state.meter.key, state.meter.last + 1
    command = Letter(Order.TICK, 0, under, number)
    # Never a copy of another: each has a place of its own, below those of the engine.
    place = NOBODY - state.spare.strays
    handled = rules.handle(state.meter, command, place, scope.limits)
    after = state._replace(
        meter=handled.meter,
        spare=state.spare._replace(strays=state.spare.strays - 1),
        smso_count=number if under == HANDED_OVER else state.smso_count,
    )
    return Step(Move(Deed.STRAY), after, handled, command)


def _fewer(down: tuple[int, ...], place: int) -> tuple[int, ...]:
    return (*down[:place], down[place] - 1, *down[place + 1 :])


def _with_reply(up: tuple[Reply, ...], reply: Reply | None) -> tuple[Reply, ...]:
    if reply is None:
        return up
    return tuple(sorted((*up, reply), key=_in_order))


def _in_order(reply: Reply) -> tuple[int, str, int, int, int]:
    return reply.to, reply.word.value, reply.key, reply.last, reply.shows


def _copied(state: State) -> State:
    return state._replace(spare=state.spare._replace(copies=state.spare.copies - 1))
