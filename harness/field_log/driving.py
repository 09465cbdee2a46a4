"""The emulated device, told what the recorded one was told, and its answers held against those.

An Instruction is delivered at the instant of its recorded answer, so that what a mirror put into
another order is carried out in that order. What became of one without an answer the log does not
say: at first all are taken to have been carried out, and where an answer then differs, other fates
are tried (never arrived, cut off by a loss of power), the fewest that explain the most answers.
"""

import enum
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from hanbench.emulator.fates import Commit, Moment, Phase
from hanbench.emulator.instant import Instant
from hanbench.harness.field_log.dialogue import Answered, Asked, Dialogue
from hanbench.harness.field_log.entries import Exchange, PowerLoss
from hanbench.harness.field_log.proofs import is_framed
from hanbench.harness.homes.keyring import Keyring
from hanbench.harness.homes.meter_stand import MeterStand, keyring_of
from hanbench.harness.running.case import Case
from hanbench.protocol import answer as answers
from hanbench.protocol import wan
from hanbench.protocol.answer import AnswerMessage
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import ReadLog, ReadRegister, ReadSuaStatus
from hanbench.protocol.sua import SuaScheme

TRIES_MAX = 200
_MEASURED = (ReadRegister, ReadLog)
"""What these read moves with the weather: their payloads are not compared."""


class Fate(enum.Enum):
    """What may have become of an Instruction whose answer was not recorded."""

    LOST = "never to have arrived"
    BURNT = "to have been cut off by a loss of power, its code spent and nothing done"
    TORN = "to have been cut off by a loss of power that took the key with it"


_COMMITS = {Fate.BURNT: Commit.CUT_AFTER, Fate.TORN: Commit.CUT_TORN}
Fates = dict[int, Fate]
"""By the place of the Instruction in the log; what is not in it was carried out."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first answer of the emulated device that is not the recorded one."""

    asked: Asked
    line: int
    """Of the recorded answer."""
    what: str
    recorded: str
    emulated: str


@dataclass(frozen=True, slots=True)
class Driven:
    """How an emulated device did."""

    compared: int
    difference: Difference | None
    assumed: tuple[tuple[Asked, Fate], ...]
    """What had to be assumed of Instructions without an answer."""
    unanswered: int
    unframed: tuple[Asked, ...]
    """Of those without an answer, what has no right transport MAC: no meter carries it out."""
    answers_unframed: tuple[Answered, ...]
    """Answers of its meters without a right transport MAC, where others have one."""


@dataclass(frozen=True, slots=True)
class _Delivery:
    place: int
    at_us: int
    asked: Asked
    answered: Answered | None


_Step = _Delivery | PowerLoss


def drive(exchange: Exchange, dialogue: Dialogue, case: Case, scheme: SuaScheme) -> Driven:
    """Feed the emulated meters of a home with an exchange."""
    steps = _steps(exchange, dialogue)
    keyring = keyring_of(case)
    silent = [one for one in steps if isinstance(one, _Delivery) and one.answered is None]
    unanswered = [one for one in silent if is_framed(one.asked.entry, keyring)]
    rig = _Rig(case, scheme, keyring)
    best_fates: Fates = {}
    best = rig.run(steps, best_fates)
    tried = 1
    waiting = deque([(best_fates, best[1])])
    while waiting and best[1] is not None and tried < TRIES_MAX:
        fates, stop = waiting.popleft()
        for more in _one_more(fates, unanswered, stop):
            tried += 1
            result = rig.run(steps, more)
            if result[1] is None or result[0] > best[0]:
                best, best_fates = result, more
            if result[1] is None or tried >= TRIES_MAX:
                break
            waiting.append((more, result[1]))
    return Driven(
        compared=best[0],
        difference=best[1],
        assumed=tuple(
            (one.asked, best_fates[one.place]) for one in unanswered if one.place in best_fates
        ),
        unanswered=len(unanswered),
        unframed=tuple(one.asked for one in silent if one not in unanswered),
        answers_unframed=_unframed(dialogue, case, keyring),
    )


def _unframed(dialogue: Dialogue, case: Case, keyring: Keyring) -> tuple[Answered, ...]:
    """Return the answers that are damaged; if all seem to be, the home is another one."""
    devices = case.installation.devices
    meters = {devices[name].eui64 for name in case.installation.meter_names}
    ours = [one for one in dialogue.answered if one.entry.meter in meters]
    unframed = tuple(one for one in ours if not is_framed(one.entry, keyring))
    return unframed if len(unframed) < len(ours) else ()


def _one_more(
    fates: Fates, unanswered: list[_Delivery], stop: Difference | None
) -> Iterator[Fates]:
    """Yield fates with one more assumed, of what was sent to that meter before the difference."""
    last = max(fates, default=-1)
    for one in unanswered:
        is_before = stop is None or one.asked.place < stop.asked.place
        is_same = stop is None or one.asked.entry.meter == stop.asked.entry.meter
        if one.place > last and is_before and is_same:
            for fate in Fate:
                yield {**fates, one.place: fate}


def _steps(exchange: Exchange, dialogue: Dialogue) -> list[_Step]:
    """Put the deliveries into the order in which the recorded device carried them out."""
    open_answers: dict[tuple[Eui64, int], deque[Answered]] = {}
    for one in dialogue.answered:
        key = (one.entry.meter, one.entry.envelope.message_id)
        open_answers.setdefault(key, deque()).append(one)
    ordered: list[tuple[int, _Step]] = []
    for asked in dialogue.asked:
        if not asked.entry.copies:
            continue  # our own trace knows that it was lost
        waiting = open_answers.get((asked.entry.meter, asked.entry.envelope.message_id))
        answered = waiting.popleft() if waiting and waiting[0].place > asked.place else None
        last = asked.entry if answered is None else answered.entry
        step = _Delivery(asked.place, last.at_us, asked, answered)
        ordered.append((last.line, step))
    ordered += [(one.line, one) for one in exchange.entries if isinstance(one, PowerLoss)]
    return [step for _, step in sorted(ordered, key=lambda pair: pair[0])]


class _Stand:
    """A meter whose power can be made to go at its next commit of a counter."""

    def __init__(self, case: Case, scheme: SuaScheme, name: str, keyring: Keyring) -> None:
        self._cut = Commit.DONE
        self.meter = MeterStand(case, scheme, name, commit=self._fate, keyring=keyring)

    def take(self, octets: bytes, now: Instant, fate: Fate | None) -> tuple[bytes, ...]:
        """Deliver an envelope under a fate."""
        if fate is Fate.LOST:
            return ()
        self._cut = Commit.DONE if fate is None else _COMMITS[fate]
        said = self.meter.take(octets, now)
        self._cut = Commit.DONE
        if not self.meter.meter.core.is_on:
            self.meter.boot()
        return said

    def lose_power(self, now: Instant) -> None:
        """Lose power as recorded, and come back."""
        self.meter.lose_power(now, "as recorded")
        self.meter.boot()

    def _fate(self, moment: Moment) -> Commit:
        return self._cut if moment.phase is Phase.PERSIST_COUNTER else Commit.DONE


@dataclass(frozen=True, slots=True)
class _Rig:
    """Makes the meters of a home anew for each try."""

    case: Case
    scheme: SuaScheme
    keyring: Keyring

    def run(self, steps: list[_Step], fates: Fates) -> tuple[int, Difference | None]:
        """Deliver all; return how many answers agreed, and the first that did not."""
        devices = self.case.installation.devices
        stands = {
            devices[name].eui64: _Stand(self.case, self.scheme, name, self.keyring)
            for name in self.case.installation.meter_names
        }
        agreed, now = 0, Instant(0)
        for step in steps:
            now = Instant(max(now, step.at_us))
            if isinstance(step, PowerLoss):
                device = devices.get(step.device)
                if device is not None and device.eui64 in stands:
                    stands[device.eui64].lose_power(now)
                continue
            stand = stands.get(step.asked.entry.meter)
            if stand is None:
                continue
            said = stand.take(step.asked.entry.octets, now, fates.get(step.place))
            if step.answered is None:
                continue
            difference = _difference(step.asked, step.answered, said, self.keyring)
            if difference is not None:
                return agreed, difference
            agreed += 1
        return agreed, None


def _difference(
    asked: Asked, answered: Answered, said: tuple[bytes, ...], keyring: Keyring
) -> Difference | None:
    recorded = answered.answer
    if not said:
        why = _silence(asked, keyring)
        return Difference(asked, answered.entry.line, "answer", _outcome(recorded), why)
    emulated = answers.decode(wan.decode(said[0]).payload)
    for what, then, now in _facts(asked, recorded, emulated):
        if then != now:
            return Difference(asked, answered.entry.line, what, then, now)
    return None


def _facts(
    asked: Asked, recorded: AnswerMessage, emulated: AnswerMessage
) -> list[tuple[str, str, str]]:
    """List what is compared: (what, recorded, emulated)."""
    facts = [
        ("outcome", _outcome(recorded), _outcome(emulated)),
        ("key version", str(recorded.key_version), str(emulated.key_version)),
        ("last counter", str(recorded.last_counter), str(emulated.last_counter)),
    ]
    if isinstance(asked.instruction, _MEASURED):
        return facts
    if isinstance(asked.instruction, ReadSuaStatus):
        return [*facts, ("SUA status", _status(recorded), _status(emulated))]
    same_mac = recorded.mac == emulated.mac
    return [
        *facts,
        ("payload", recorded.payload.hex(), emulated.payload.hex()),
        ("MAC", recorded.mac.hex(), recorded.mac.hex() if same_mac else "made by another key"),
    ]


def _outcome(answer: AnswerMessage) -> str:
    return answer.outcome.words


def _status(answer: AnswerMessage) -> str:
    try:
        status = answers.decode_status(answer.payload)
    except DecodeError:
        return answer.payload.hex()
    # What is left of a lock-out runs down between the meter and the place of recording.
    return (
        f"versions {status.current_version}, staged {status.staged_version}, highest "
        f"{status.max_version}; counter {status.last_counter}; failures {status.failures}; "
        f"{'locked' if status.locked_remaining_s else 'not locked'}"
    )


def _silence(asked: Asked, keyring: Keyring) -> str:
    if is_framed(asked.entry, keyring):
        return "silence"
    return (
        "silence: the transport MAC is made under another key than this installation has; is "
        "it the right installation, seed or key file?"
    )
