"""The scopes of a check: small enough to be exhausted, each large enough for what it is about."""

from typing import NamedTuple

from hanbench.harness.model_check.moves import Keeps, Profile, Scope
from hanbench.harness.model_check.properties import OLD_HOLDER, Claim
from hanbench.harness.model_check.state import Spare


class Question(NamedTuple):
    """One exploration, and what is expected to break in it."""

    name: str
    words: str
    profile: Profile
    scope: Scope
    breaks: tuple[Claim, ...] = ()


def _of(letters: int, copies: int, cuts: int, forgeries: int, strays: int) -> Scope:
    return Scope(letters, Spare(copies, cuts, forgeries, strays))


_A, _B = Profile.SINGLE_SHOT, Profile.TWO_PHASE
_LATE = "letters and answers lost, late, doubled and out of order"
_POWER = "and the power going at any commit"
_PEOPLE = "wrong codes up to the lock-out, and an SMSO that goes on commanding"
_STALE = "the counter handed over is behind the meter's"
_KEPT = "an SMSO that kept the old key, the master key and the transcript"


def _kept(letters: int) -> Scope:
    return _of(letters, 0, 0, 0, 1)._replace(keeps=Keeps.EVERYTHING)


SMALL = (
    Question("late", _LATE, _A, _of(4, 1, 0, 0, 0)),
    Question("late", _LATE, _B, _of(4, 1, 0, 0, 0)),
    Question("power", f"{_LATE}, {_POWER}", _A, _of(3, 1, 1, 0, 0)),
    Question("power", f"{_LATE}, {_POWER}", _B, _of(4, 0, 1, 0, 0)),
    Question("people", _PEOPLE, _A, _of(3, 0, 0, 2, 1)),
    Question("people", _PEOPLE, _B, _of(3, 0, 0, 2, 1)),
    Question("stale", _STALE, _A, _of(3, 0, 0, 0, 0)._replace(stale_by=1)),
    Question("stale", _STALE, _B, _of(4, 0, 0, 0, 0)._replace(stale_by=1)),
    Question("kept", _KEPT, _A, _kept(2), (OLD_HOLDER,)),
    Question("kept", _KEPT, _B, _kept(3), (OLD_HOLDER,)),
)
WIDE = (
    *SMALL,
    Question("all", f"{_LATE}, {_POWER}", _A, _of(4, 1, 1, 0, 0)),
    Question("all", f"{_LATE}, {_POWER}", _B, _of(4, 1, 1, 0, 0)),
    Question("long", f"{_LATE}, {_POWER}", _B, _of(5, 0, 1, 0, 0)),
    Question("long", _LATE, _A, _of(5, 0, 0, 0, 0)),
    Question("crowd", f"{_PEOPLE}, {_POWER}", _A, _of(3, 1, 0, 2, 1)),
    Question("crowd", f"{_PEOPLE}, {_POWER}", _B, _of(3, 0, 1, 2, 1)),
)
