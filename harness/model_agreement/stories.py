"""The stories of the model check that are told again to the emulator.

Every rule of the model is asked each question that comes up in a scope once: what a meter in this
state makes of this letter with the power going here, what the ledger and the view learn from this
answer. For each a shortest story leads there. A story that is the beginning of another is left out,
for that one tells it as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from hanbench.harness.model_check.moves import Deed, Move, Profile, Rules, Scope, Step, first, steps
from hanbench.harness.model_check.state import State


@dataclass(frozen=True, slots=True)
class ModelStory:
    """A path, and what it is a path of."""

    profile: Profile
    scope: Scope
    path: tuple[Move, ...]


def stories(scope: Scope, profile: Profile, rules: Rules = Rules()) -> Iterator[ModelStory]:  # noqa: B008
    """Yield stories that ask every question of the scope, the shortest first."""
    paths = _asking_paths(scope, profile, rules)
    told = {path[:length] for path in paths for length in range(1, len(path))}
    for path in paths:
        if path not in told:
            yield ModelStory(profile, scope, path)


def _asking_paths(scope: Scope, profile: Profile, rules: Rules) -> list[tuple[Move, ...]]:
    start = first(scope, profile)
    path_to: dict[State, tuple[Move, ...]] = {start: ()}
    waiting, asked = [start], set()
    paths: list[tuple[Move, ...]] = []
    for state in waiting:
        for step in steps(state, scope, profile, rules):
            path = (*path_to[state], step.move)
            question = _question(state, step)
            if question not in asked:
                asked.add(question)
                paths.append(path)
            if step.after not in path_to:
                path_to[step.after] = path
                waiting.append(step.after)
    return paths


def _question(before: State, step: Step) -> tuple[object, ...]:
    move = step.move
    match move.deed:
        case Deed.ARRIVE | Deed.GUESS | Deed.STRAY:
            return move.deed, before.meter, step.code, move.cut
        case Deed.HEAR:
            reply = before.up[move.place]
            return move.deed, before.letters[reply.to], reply, before.pages, before.view
        case Deed.SEND:
            return move.deed, move.letter, before.pages, before.view
        case _:
            return move.deed, before.meter
