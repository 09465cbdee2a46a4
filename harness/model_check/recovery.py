"""Whether doubt can be ended from here, once nothing goes wrong any more (P10).

The engine asks, and goes by the key that answers: where it is the old one it sends the fence of its
profile. Whatever was under way is taken as lost: that it may yet arrive is what the exploration
itself is for.
"""

from hanbench.harness.model_check import ledger, view
from hanbench.harness.model_check.moves import Profile, Rules, Scope
from hanbench.harness.model_check.state import HANDED_OVER, Letter, Order, Reply, State


def can_be_resolved(state: State, scope: Scope, profile: Profile, rules: Rules) -> bool:
    """Whether probes and fences alone lead to a certainty that is true."""
    now = state._replace(
        down=tuple(0 for _ in state.down), up=(), meter=state.meter._replace(barred=False)
    )
    # A fence for each letter that went out, and one refused: then every counter is passed.
    for _ in range(len(state.letters) + 2):
        if now.view.belief != "UNKNOWN":
            break
        now, reply = _ask(now, Letter(Order.PEEK), scope, rules)
        if reply is None or not reply.key:
            return not now.meter.key  # a meter without a key: stranded, and shown as such
        if reply.key == HANDED_OVER:
            for fence in _fences(now, profile):
                now, _ = _ask(now, fence, scope, rules)
    belief, truth = now.view.belief, now.meter.key
    return not truth or belief == ("OLD" if truth == HANDED_OVER else "NEW")


def _fences(state: State, profile: Profile) -> list[Letter]:
    if profile is Profile.SINGLE_SHOT:
        return [Letter(Order.TICK, 0, HANDED_OVER)]
    return [Letter(Order.UNSTAGE, version, HANDED_OVER) for version in state.view.news]


def _ask(state: State, letter: Letter, scope: Scope, rules: Rules) -> tuple[State, Reply | None]:
    pages, number = state.pages, 0
    if letter.under:
        pages, number = ledger.issue(pages, letter.under)
    letter = letter._replace(number=number)
    place = len(state.letters)
    handled = rules.handle(state.meter, letter, place, scope.limits)
    seen = view.sent(state.view, letter)
    if handled.reply is not None:
        pages = rules.learn(pages, letter, handled.reply)
        seen = rules.heard(seen, letter, handled.reply)
    after = state._replace(
        meter=handled.meter,
        letters=(*state.letters, letter),
        down=(*state.down, 0),
        pages=pages,
        view=seen,
    )
    return after, handled.reply
