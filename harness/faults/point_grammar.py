"""The grammar of fault points, as scenario files name them (see `fault_points` for the giving).

INSTALLATION/DEVICE/INSTRUCTION#N/try#M/request/wan | mirror | han#K
INSTALLATION/DEVICE/INSTRUCTION#N/try#M/execute/persist-counter | commit-key
INSTALLATION/DEVICE/INSTRUCTION#N/try#M/reply/before-send | wan | han#K
INSTALLATION/DEVICE/han/left#N, or .../HUB/han/put-out#N
INSTALLATION/party/PARTY/OPERATION#N, or .../OPERATION/DEVICE#N
INSTALLATION/engine/journal/STEP#N, or .../STEP/DEVICE#N, or journal#N, the N-th of them all
"""

import difflib
import enum
import re
from dataclasses import dataclass

from hanbench.emulator.fates import Leg, Phase
from hanbench.protocol.instruction import InstructionType

INSTRUCTIONS = tuple(kind.words for kind in InstructionType)

_PHASES = {
    Leg.REQUEST: (Phase.WAN, Phase.MIRROR, Phase.HAN),
    Leg.EXECUTE: (Phase.PERSIST_COUNTER, Phase.COMMIT_KEY),
    Leg.REPLY: (Phase.BEFORE_SEND, Phase.WAN, Phase.HAN),
}
_FROM_SMSO = "smso-"
"""An Instruction that the SMSO sent, beside those of the engine: `smso-arm-supply#1`."""
_EXAMPLE = "such as home-1/gsme/rotate-sua-key#1/try#1/reply/wan"
_WORD = r"[A-Za-z0-9][A-Za-z0-9_.-]*"
_COUNT = r"[1-9][0-9]*"
_JOURNEY = re.compile(
    rf"({_WORD})/({_WORD})/([a-z][a-z0-9-]*)#({_COUNT})/try#{_COUNT}/([a-z]+)/([a-z-]+)(#{_COUNT})?"
)
_MEMBERSHIP = re.compile(rf"({_WORD})/({_WORD})/han/(?:left|put-out)#{_COUNT}")
_CALL = re.compile(rf"({_WORD})/party/({_WORD})/({_WORD})(?:/({_WORD}))?#{_COUNT}")
_JOURNAL = re.compile(rf"({_WORD})/engine/journal(?:/{_WORD}(?:/({_WORD}))?)?#{_COUNT}")


class PointKind(enum.Enum):
    """What happens at a point, and so what can go wrong there."""

    CARRIED = "a packet on its way, .../wan, .../mirror, .../han#N or .../before-send"
    COMMITTED = (
        "an NVM commit, .../execute/persist-counter, .../execute/commit-key or .../han/left#N"
    )
    CALLED = "a call to a party, INSTALLATION/party/PARTY/OPERATION#N"
    JOURNALLED = "a journal write, INSTALLATION/engine/journal/STEP#N or .../journal#N"


@dataclass(frozen=True, slots=True)
class Point:
    """A fault point, taken apart."""

    kind: PointKind
    installation: str
    device: str = ""
    """Empty where the point names none."""
    party: str = ""
    operation: str = ""
    role: str = ""
    """The Instruction, in words."""
    leg: Leg | None = None
    phase: Phase | None = None


def parse_point(text: str) -> Point:
    """Take a fault point apart.

    Raises:
        ValueError: it is not of the grammar; says which part.
    """
    if match := _JOURNAL.fullmatch(text):
        return Point(PointKind.JOURNALLED, match[1], device=match[2] or "")
    if match := _MEMBERSHIP.fullmatch(text):
        return Point(PointKind.COMMITTED, match[1], device=match[2])
    if match := _CALL.fullmatch(text):
        return Point(
            PointKind.CALLED,
            match[1],
            device=match[4] or "",
            party=match[2],
            operation=match[3],
        )
    if match := _JOURNEY.fullmatch(text):
        phase = _phase(text, leg=match[5], phase=match[6], numbered=match[7] is not None)
        _check_instruction(text, match[3])
        is_commit = phase in _PHASES[Leg.EXECUTE]
        kind = PointKind.COMMITTED if is_commit else PointKind.CARRIED
        return Point(kind, match[1], device=match[2], role=match[3], leg=Leg(match[5]), phase=phase)
    raise ValueError(f"{text!r} is not a fault point; expected one {_EXAMPLE}")


def _phase(text: str, *, leg: str, phase: str, numbered: bool) -> Phase:
    legs = {one.value: one for one in Leg}
    if leg not in legs:
        raise ValueError(f"{text!r} has no leg {leg!r}; expected one of {', '.join(legs)}")
    phases = {one.value: one for one in _PHASES[legs[leg]]}
    if phase not in phases:
        raise ValueError(
            f"{text!r}: the leg {leg} has no phase {phase!r}; expected one of {', '.join(phases)}"
        )
    if numbered != (phases[phase] is Phase.HAN):
        raise ValueError(f"{text!r}: only HAN frames are numbered, as in .../{leg}/han#2")
    return phases[phase]


def _check_instruction(text: str, role: str) -> None:
    """Refuse a misspelt Instruction; a hub's own commands have names that are not listed here."""
    words = role.removeprefix(_FROM_SMSO)
    near = difflib.get_close_matches(words, INSTRUCTIONS, n=1, cutoff=0.8)
    if near and words not in INSTRUCTIONS:
        raise ValueError(f"{text!r}: no Instruction {role!r}; did you mean {near[0]!r}?")
