"""What must never happen, one claim a function, with the property of domain.md 10.6 that it is.

A claim on a step sees the state before it; a claim on a state sees that alone.
"""

from collections.abc import Callable
from typing import NamedTuple

from hanbench.harness.model_check import ledger
from hanbench.harness.model_check.moves import Deed, Step
from hanbench.harness.model_check.state import HANDED_OVER, Letter, Meter, Order, State, Word


class Claim(NamedTuple):
    """A property by its name in the clauses."""

    name: str
    words: str


FORGERY = Claim("property/P1", "a code that no key made has no effect")
TWICE = Claim("property/P4", "a code takes effect at most once, across restarts")
DOWNGRADE = Claim("property/P6", "the key's version and the highest version never fall")
OLD_HOLDER = Claim("property/P7", "after the commit only the DCO commands the meter")
UNVERIFIED = Claim("property/P8", "a key is committed only under a verified code of the key before")
DISHONEST = Claim("property/P9", "the engine is never certain of what is not, or not yet settled")
NEEDLESS = Claim("property/P9", "proof that reached the engine ends its doubt")
FALSE_KEY = Claim("domain/10.8-joint-outcome", "the DCO confirms no key that the meter has not")
RESET = Claim("property/P12", "a counter falls only with its key")
STUCK = Claim("property/P10", "once nothing is lost any more, probes and fences end the doubt")

ON_STEPS = (FORGERY, TWICE, DOWNGRADE, OLD_HOLDER, UNVERIFIED, NEEDLESS, RESET)
ON_STATES = (DISHONEST, FALSE_KEY, STUCK)
CLAIMS = (*ON_STEPS, *ON_STATES)


def broken_by(before: State, step: Step) -> list[Claim]:
    """Return the claims that this step breaks."""
    return [claim for claim, holds in _STEP_CHECKS.items() if not holds(before, step)]


def broken_in(state: State) -> list[Claim]:
    """Return the claims that this state breaks by itself, `STUCK` left out."""
    return [claim for claim, holds in _STATE_CHECKS.items() if not holds(state)]


def can_still_move(state: State) -> bool:
    """Whether an order is under way that would move the meter as it is now."""
    return any(
        copies and _is_alive(letter, state.meter)
        for letter, copies in zip(state.letters, state.down, strict=True)
    )


def _is_alive(letter: Letter, meter: Meter) -> bool:
    if letter.order is Order.SWAP:
        return letter.under == meter.key and letter.number > meter.last
    is_staged = letter.order is Order.SWITCH and letter.about == meter.staged
    return is_staged and letter.number > meter.staged_last


def _no_forgery(_before: State, step: Step) -> bool:
    return step.move.deed is not Deed.GUESS or step.handled is None or not step.handled.effect


def _no_code_twice(before: State, step: Step) -> bool:
    done = step.after.meter.done
    return len(done) == len(before.meter.done) or done[-1] not in before.meter.done


def _no_downgrade(before: State, step: Step) -> bool:
    was, now = before.meter, step.after.meter
    return not now.key or (now.key >= was.key and now.top >= was.top)


def _no_old_holder(before: State, step: Step) -> bool:
    moved = before.meter.key > HANDED_OVER
    took_effect = step.handled is not None and step.handled.effect
    return not (step.move.deed is Deed.STRAY and moved and took_effect)


def _no_unverified_commit(before: State, step: Step) -> bool:
    was, now, letter = before.meter, step.after.meter, step.code
    if now.key in (0, was.key):
        return True
    if letter is None or step.move.deed is not Deed.ARRIVE or letter.about != now.key:
        return False
    if letter.order is Order.SWAP:
        return letter.under == was.key and letter.number > was.last
    is_staged = letter.order is Order.SWITCH and letter.under == was.staged == now.key
    return is_staged and letter.number > was.staged_last


def _no_reset(before: State, step: Step) -> bool:
    was, now = before.meter, step.after.meter
    if now.key == was.key and now.last < was.last:
        return False
    if now.key == was.staged and now.key != was.key:
        return now.last >= was.staged_last
    return now.staged != was.staged or now.staged_last >= was.staged_last


def _no_needless_doubt(before: State, step: Step) -> bool:
    if step.move.deed is not Deed.HEAR:
        return True
    reply = before.up[step.move.place]
    letter = before.letters[reply.to]
    asked = [one for one in before.letters if one.order in (Order.SWAP, Order.SWITCH)]
    if reply.key in {one.about for one in asked}:
        return step.after.view.belief == "NEW"
    is_fence = letter.order is Order.TICK and reply.word is Word.DONE
    swaps = [one for one in asked if one.order is Order.SWAP]
    if is_fence and reply.key == HANDED_OVER and len(swaps) == len(asked):
        above_all = all(one.number <= letter.number for one in swaps)
        return not above_all or step.after.view.belief != "UNKNOWN"
    return True


def _is_honest(state: State) -> bool:
    truth, belief = state.meter.key, state.view.belief
    if not truth or belief == "UNKNOWN":
        return True  # a torn memory is the meter's doing, and nobody can have known
    if belief == "NEW":
        return truth == state.view.proved
    return truth == HANDED_OVER and not can_still_move(state)


def _confirms_the_truth(state: State) -> bool:
    confirmed = ledger.confirmable(state.pages)
    return confirmed in (0, HANDED_OVER) or state.meter.key in (0, confirmed)


_STEP_CHECKS: dict[Claim, Callable[[State, Step], bool]] = {
    FORGERY: _no_forgery,
    TWICE: _no_code_twice,
    DOWNGRADE: _no_downgrade,
    OLD_HOLDER: _no_old_holder,
    UNVERIFIED: _no_unverified_commit,
    NEEDLESS: _no_needless_doubt,
    RESET: _no_reset,
}
_STATE_CHECKS: dict[Claim, Callable[[State], bool]] = {
    DISHONEST: _is_honest,
    FALSE_KEY: _confirms_the_truth,
}
