"""All states within a scope, breadth first, to exhaustion; a story against a claim is a shortest.

Beside the claims it looks for needless doubt in the strict sense: views of the engine (what it
sent, and what the DCO and it keep of what came back) that occur with one truth alone, settled for
good, while the rules still say UNKNOWN. Those are no mistakes, but they show what could be known.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from hanbench.harness.model_check.moves import Move, Profile, Rules, Scope, first, steps
from hanbench.harness.model_check.properties import (
    STUCK,
    Claim,
    broken_by,
    broken_in,
    can_still_move,
)
from hanbench.harness.model_check.recovery import can_be_resolved
from hanbench.harness.model_check.state import HANDED_OVER, State

_OLD, _MAY_MOVE, _NEW, _TORN = 1, 2, 4, 8
_Progress = Callable[[int], None]
PROGRESS_EVERY = 20_000


class Break(NamedTuple):
    """A claim that does not hold, and how it comes to that."""

    claim: Claim
    path: tuple[Move, ...]


@dataclass(slots=True)
class Explored:
    """What an exploration found."""

    states: int = 0
    transitions: int = 0
    depth: int = 0
    """Moves on the longest of the shortest paths."""
    is_whole: bool = True
    """False: stopped by the limit, so nothing is proved."""
    breaks: dict[Claim, Break] = field(default_factory=dict)
    """The first break of each claim."""
    in_doubt: int = 0
    """Views in which the rules say UNKNOWN."""
    settled: int = 0
    """Those of them that occur with one truth alone."""


def explore(
    scope: Scope,
    profile: Profile,
    rules: Rules = Rules(),  # noqa: B008  (a frozen value)
    *,
    states_max: int | None = None,
    progress: _Progress = lambda states: None,  # noqa: ARG005
) -> Explored:
    """Visit every state once, and hold every claim against each state and each step."""
    return _Exploration(scope, profile, rules).run(states_max, progress)


class _Exploration:
    def __init__(self, scope: Scope, profile: Profile, rules: Rules) -> None:
        self._scope = scope
        self._profile = profile
        self._rules = rules
        start = first(scope, profile)
        self._known: dict[State, int] = {start: 0}
        self._states = [start]
        self._from = [0]
        self._by: list[Move | None] = [None]
        self._depths = [0]
        self._views: dict[object, int] = {}
        self._resolved: dict[object, bool] = {}
        self._found = Explored()

    def run(self, states_max: int | None, progress: _Progress) -> Explored:
        found, at = self._found, 0
        while at < len(self._states):
            self._visit(at)
            at += 1
            if at % PROGRESS_EVERY == 0:
                progress(at)
            if states_max is not None and len(self._states) > states_max:
                found.is_whole = False
                break
        found.states = len(self._states)
        found.depth = self._depths[-1]
        self._count_doubt()
        return found

    def _visit(self, at: int) -> None:
        state, found = self._states[at], self._found
        for claim in broken_in(state):
            self._note(claim, at)
        if not self._is_resolvable(state):
            self._note(STUCK, at)
        self._see(state)
        for step in steps(state, self._scope, self._profile, self._rules):
            found.transitions += 1
            for claim in broken_by(state, step):
                self._note(claim, at, step.move)
            if step.after not in self._known:
                self._known[step.after] = len(self._states)
                self._states.append(step.after)
                self._from.append(at)
                self._by.append(step.move)
                self._depths.append(self._depths[at] + 1)

    def _note(self, claim: Claim, at: int, move: Move | None = None) -> None:
        if claim not in self._found.breaks:
            path = self._path(at)
            self._found.breaks[claim] = Break(claim, path if move is None else (*path, move))

    def _path(self, at: int) -> tuple[Move, ...]:
        moves: list[Move] = []
        while (move := self._by[at]) is not None:
            moves.append(move)
            at = self._from[at]
        return tuple(reversed(moves))

    def _is_resolvable(self, state: State) -> bool:
        """Each engine's view of each memory is tried once: the wire does not matter here."""
        if state.view.belief != "UNKNOWN":
            return True
        key = (state.meter, state.pages, state.view)
        if key not in self._resolved:
            self._resolved[key] = can_be_resolved(state, self._scope, self._profile, self._rules)
        return self._resolved[key]

    def _see(self, state: State) -> None:
        if state.view.belief != "UNKNOWN":
            return
        key = (state.letters, state.pages, state.view)
        self._views[key] = self._views.get(key, 0) | _truth(state)

    def _count_doubt(self) -> None:
        self._found.in_doubt = len(self._views)
        self._found.settled = sum(truths in (_OLD, _NEW) for truths in self._views.values())


def _truth(state: State) -> int:
    if not state.meter.key:
        return _TORN
    if state.meter.key != HANDED_OVER:
        return _NEW
    return _MAY_MOVE if can_still_move(state) else _OLD
