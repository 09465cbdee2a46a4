"""What a log alone can decide: rules over Instructions and answers, each with its clause.

A log shows neither a meter's memory nor what an engine believed. What it shows is causes: who asks
after having had an answer asks a meter that is past that answer. So an answer is held only against
those that came in before its own question went out; answers that overtook each other on the WAN
prove nothing.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from hanbench.harness.field_log.dialogue import Answered, Asked, Dialogue
from hanbench.protocol.identifiers import Eui64


class LogFinding(NamedTuple):
    """A rule that a recorded exchange breaks."""

    line: int
    name: str
    clause: str
    detail: str


class Rule(NamedTuple):
    """A rule, and what it says."""

    clause: str
    words: str
    check: Callable[[Dialogue], Iterator[LogFinding]]
    looks_at: Callable[[Dialogue], Iterator[object]]
    """What it can be held against; where there is none of it, the rule says nothing."""


def _executed_twice(dialogue: Dialogue) -> Iterator[LogFinding]:
    seen: dict[tuple[Eui64, int, int], Answered] = {}
    for one in _accepted_codes(dialogue):
        code = _code(one)
        first = seen.setdefault(code, one)
        is_same = first.entry.envelope.message_id == one.entry.envelope.message_id
        if first is not one and not (is_same and first.answer == one.answer):
            says = (
                f"{one.entry.device} accepted the code of version {code[1]}, counter {code[2]} "
                f"again; first in line {first.entry.line}"
            )
            yield LogFinding(one.entry.line, "executed-twice", "property/P4", says)


def _code_reused(dialogue: Dialogue) -> Iterator[LogFinding]:
    seen: dict[tuple[Eui64, bytes], Asked] = {}
    for one in dialogue.asked:
        if one.code is None:
            continue
        first = seen.setdefault((one.entry.meter, one.code.code), one)
        if first.entry.envelope.message_id != one.entry.envelope.message_id:
            says = (
                f"the code of version {one.code.key_version}, counter {one.code.counter} is sent "
                f"to {one.entry.device} in another message; first in line {first.entry.line}"
            )
            yield LogFinding(one.entry.line, "code-reused", "def/sua", says)


def _old_key(dialogue: Dialogue) -> Iterator[LogFinding]:
    for one, before in _pairs(dialogue):
        code = one.to.code if one.to is not None else None
        if code is None or not one.is_accepted or code.key_version >= before.answer.key_version:
            continue
        says = (
            f"{one.entry.device} accepted {_words(one)} under version {code.key_version}, after it "
            f"had answered under version {before.answer.key_version} in line {before.entry.line}"
        )
        yield LogFinding(one.entry.line, "old-key-executed", "property/P7", says)


def _version_falls(dialogue: Dialogue) -> Iterator[LogFinding]:
    for one, before in _pairs(dialogue):
        if 0 < one.answer.key_version < before.answer.key_version:
            says = (
                f"{one.entry.device} answers under version {one.answer.key_version}, and was at "
                f"version {before.answer.key_version} in line {before.entry.line}"
            )
            yield LogFinding(one.entry.line, "key-downgraded", "property/P6", says)


def _counter_falls(dialogue: Dialogue) -> Iterator[LogFinding]:
    for one, before in _pairs(dialogue):
        is_same_key = one.answer.key_version == before.answer.key_version != 0
        if is_same_key and one.answer.last_counter < before.answer.last_counter:
            says = (
                f"{one.entry.device} tells counter {one.answer.last_counter} of version "
                f"{one.answer.key_version}, and had {before.answer.last_counter} in line "
                f"{before.entry.line}"
            )
            yield LogFinding(one.entry.line, "counter-reset", "property/P12", says)


def _without_code(dialogue: Dialogue) -> Iterator[LogFinding]:
    for one in dialogue.answered:
        asked = one.to
        if asked is None or asked.code is not None or not one.is_accepted:
            continue
        if asked.instruction.type.is_guarded:
            says = f"{one.entry.device} executed {asked.words} without a SUA code"
            yield LogFinding(one.entry.line, "executed-without-code", "property/P8", says)


def _not_spent(dialogue: Dialogue) -> Iterator[LogFinding]:
    for one in _accepted_codes(dialogue):
        _, version, counter = _code(one)
        is_told = one.answer.key_version == version and one.answer.last_counter < counter
        if is_told:
            says = (
                f"{one.entry.device} accepted counter {counter} of version {version}, and tells "
                f"{one.answer.last_counter} as its last: the code is still good"
            )
            yield LogFinding(one.entry.line, "counter-not-spent", "property/P2", says)


def _pairs(dialogue: Dialogue) -> Iterator[tuple[Answered, Answered]]:
    """Yield each answer with the newest state that was known when its question went out.

    A repeated message that is answered from memory tells an old state, and rightly so.
    """
    by_meter: dict[Eui64, list[Answered]] = {}
    for one in dialogue.answered:
        others = by_meter.setdefault(one.entry.meter, [])
        if one.to is not None and not any(_is_repeat(one, other) for other in others):
            place = one.to.place
            known = [it for it in others if it.place < place and it.answer.key_version]
            if known:
                yield one, max(known, key=_state)
        others.append(one)


def _is_repeat(one: Answered, before: Answered) -> bool:
    is_same = one.entry.envelope.message_id == before.entry.envelope.message_id
    return is_same and one.answer == before.answer


def _state(one: Answered) -> tuple[int, int]:
    return one.answer.key_version, one.answer.last_counter


def _accepted_codes(dialogue: Dialogue) -> Iterator[Answered]:
    for one in dialogue.answered:
        if one.to is not None and one.to.code is not None and one.is_accepted:
            yield one


def _code(one: Answered) -> tuple[Eui64, int, int]:
    assert one.to is not None
    assert one.to.code is not None
    return one.entry.meter, one.to.code.key_version, one.to.code.counter


def _words(one: Answered) -> str:
    return one.to.words if one.to is not None else "something"


def _accepted(dialogue: Dialogue) -> Iterator[object]:
    return (one for one in dialogue.answered if one.to is not None and one.is_accepted)


def _codes(dialogue: Dialogue) -> Iterator[object]:
    return (one for one in dialogue.asked if one.code is not None)


RULES = (
    Rule("property/P4", "a code is executed at most once", _executed_twice, _accepted_codes),
    Rule("def/sua", "a code is offered in one message alone", _code_reused, _codes),
    Rule("property/P2", "an accepted code is spent", _not_spent, _accepted_codes),
    Rule("property/P6", "a meter never goes back to an older key", _version_falls, _pairs),
    Rule("property/P7", "after a commit the old key commands nothing", _old_key, _pairs),
    Rule("property/P8", "nothing guarded is executed without a code", _without_code, _accepted),
    Rule("property/P12", "a counter falls only with its key", _counter_falls, _pairs),
)
WITHOUT_BELIEFS = "whether a belief was right or needlessly in doubt (P9): the log holds no belief"
WITH_BELIEFS = (
    "whether a doubt was needless (P9): the beliefs in the log are held against the truth that is "
    "written beside each, and what could have ended a doubt is not"
)
NEED_MORE = ("the end state, ways to top up, third-party devices: they are no part of an exchange",)
"""What no exchange of envelopes can tell."""
