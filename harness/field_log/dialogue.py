"""Who was asked what, and what the answer was: a log as the rules and the stand want it."""

from dataclasses import dataclass

from hanbench.harness.field_log.entries import Direction, Exchange, LogProblem, Recorded
from hanbench.protocol import answer as answers
from hanbench.protocol import instruction as instructions
from hanbench.protocol.answer import AnswerMessage, Outcome
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import Authorisation, Instruction
from hanbench.protocol.wan import EnvelopeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One Instruction that went down."""

    place: int
    """In the order of the log."""
    entry: Recorded
    octets: bytes
    """Canonical Instruction bytes."""
    instruction: Instruction
    code: Authorisation | None

    @property
    def words(self) -> str:
        """What it asks for."""
        return self.instruction.type.words


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer that came up."""

    place: int
    entry: Recorded
    answer: AnswerMessage
    to: Asked | None
    """None: the log does not hold what it answers."""

    @property
    def is_accepted(self) -> bool:
        """Whether it says that the Instruction was executed."""
        return self.answer.outcome is Outcome.ACCEPTED


@dataclass(frozen=True, slots=True)
class Dialogue:
    """All of a log that is about Instructions."""

    asked: tuple[Asked, ...]
    answered: tuple[Answered, ...]
    problems: tuple[LogProblem, ...]
    others: int
    """Envelopes about other things: hub commands and their answers, alerts."""

    @property
    def meters(self) -> tuple[Eui64, ...]:
        """The meters, in the order in which they come up."""
        found = [*(one.entry for one in self.asked), *(one.entry for one in self.answered)]
        return tuple(dict.fromkeys(one.meter for one in sorted(found, key=lambda one: one.line)))

    def name_of(self, meter: Eui64) -> str:
        """Return how the log calls a meter."""
        entries = [*(one.entry for one in self.asked), *(one.entry for one in self.answered)]
        return next(one.device for one in entries if one.meter == meter)


def dialogue_of(exchange: Exchange) -> Dialogue:
    """Read Instructions and answers; what cannot be read is a problem with its line."""
    asked: list[Asked] = []
    answered: list[Answered] = []
    problems: list[LogProblem] = []
    latest: dict[tuple[Eui64, int], Asked] = {}
    others = 0
    for place, entry in enumerate(exchange.envelopes):
        try:
            if _is(entry, EnvelopeKind.INSTRUCTION, Direction.DOWN):
                one = _asked(place, entry)
                asked.append(one)
                latest[entry.meter, entry.envelope.message_id] = one
            elif _is(entry, EnvelopeKind.ANSWER, Direction.UP):
                to = latest.get((entry.meter, entry.envelope.message_id))
                answer = answers.decode(entry.envelope.payload)
                answered.append(Answered(place=place, entry=entry, answer=answer, to=to))
            else:
                others += 1
        except DecodeError as error:
            says = f"what the envelope holds: {error}"
            problems.append(LogProblem(entry.line, says, is_loss=True))
    problems += [
        LogProblem(
            one.entry.line,
            f"an answer of {one.entry.device} to message {one.entry.envelope.message_id}, which is "
            "not in the log: a gap before it",
        )
        for one in answered
        if one.to is None
    ]
    return Dialogue(tuple(asked), tuple(answered), tuple(problems), others)


def _is(entry: Recorded, kind: EnvelopeKind, direction: Direction) -> bool:
    return entry.envelope.kind is kind and entry.direction is direction


def _asked(place: int, entry: Recorded) -> Asked:
    command = instructions.decode_command(entry.envelope.payload)
    return Asked(
        place=place,
        entry=entry,
        octets=command.instruction,
        instruction=instructions.decode(command.instruction),
        code=command.authorisation,
    )
