"""A path of moves as lines that a person can follow."""

from collections.abc import Iterable

from hanbench.harness.model_check.moves import Deed, Move, Profile, Rules, Scope, Step, first, steps
from hanbench.harness.model_check.state import Cut, Letter, Meter, Reply, State


def walk(
    path: Iterable[Move],
    scope: Scope,
    profile: Profile,
    rules: Rules = Rules(),  # noqa: B008
) -> list[tuple[State, Step]]:
    """Take the moves of a path again: each step with the state before it.

    Raises:
        ValueError: a move cannot be made there.
    """
    state, taken = first(scope, profile), []
    for move in path:
        step = next((one for one in steps(state, scope, profile, rules) if one.move == move), None)
        if step is None:
            raise ValueError(f"{move.deed.value}: not possible here")
        taken.append((state, step))
        state = step.after
    return taken


def tell(
    path: Iterable[Move],
    scope: Scope,
    profile: Profile,
    rules: Rules = Rules(),  # noqa: B008
) -> tuple[str, ...]:
    """Return one line a move, and what then holds."""
    taken = walk(path, scope, profile, rules)
    lines = [f"{number}. {_line(*one)}" for number, one in enumerate(taken, 1)]
    if taken:
        end = taken[-1][1].after
        lines.append(
            f"   the meter holds {_keys(end.meter)}; the engine believes {end.view.belief}"
        )
    return tuple(lines)


def _line(before: State, step: Step) -> str:
    move, after = step.move, step.after
    copy = "; a copy stays under way" if move.stays else ""
    if move.deed is Deed.SEND:
        return f"the engine sends letter {move.place + 1}: {_letter(after.letters[move.place])}"
    if move.deed in (Deed.ARRIVE, Deed.LOSE):
        return f"letter {move.place + 1} {move.deed.value}{_made_of_it(step)}{copy}"
    if move.deed in (Deed.HEAR, Deed.LOSE_REPLY):
        belief = f"; it believes {after.view.belief}" if move.deed is Deed.HEAR else ""
        return f"the answer {_reply(before.up[move.place])} {move.deed.value}{belief}{copy}"
    what = "" if step.code is None else f", {_letter(step.code)}{_made_of_it(step)}"
    return f"{move.deed.value}{what}"


def _letter(letter: Letter) -> str:
    about = f" version {letter.about}" if letter.about else ""
    code = f", code {letter.number} under version {letter.under}" if letter.under else ""
    return f"{letter.order.value}{about}{code}"


def _made_of_it(step: Step) -> str:
    handled = step.handled
    if handled is None:
        return ""
    if step.move.cut is not Cut.NOWHERE:
        return f"; the power goes {step.move.cut.value}"
    return "" if handled.reply is None else f": {handled.reply.word.value}"


def _reply(reply: Reply) -> str:
    under = f"under version {reply.key}" if reply.key else "under no key"
    return f"{reply.word.value!r} to letter {reply.to + 1}, {under}, counter {reply.last},"


def _keys(meter: Meter) -> str:
    if not meter.key:
        return "no key"
    staged = f", version {meter.staged} staged" if meter.staged else ""
    return f"version {meter.key} with counter {meter.last}{staged}"
