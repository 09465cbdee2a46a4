"""What a meter makes of a letter.

The order of its checks (domain.md 10.2 and 10.8): which key; barred or not; the code; the counter;
then the counter is kept, and only then is the order carried out. A copy of a letter that passed is
answered from memory. Every reply is authenticated by the key that is held when it is written.
"""

from typing import NamedTuple

from hanbench.harness.model_check.state import Cut, Letter, Meter, Order, Reply, Word

_NAMES_ITS_KEY = (Order.SHOW, Order.SWITCH)


class Limits(NamedTuple):
    """The small numbers of a meter."""

    ahead: int = 2
    """How far above the last counter the next may be."""
    wrong: int = 2
    """Wrong codes in a row that bar it."""
    recent: int = 2
    """How many replies it remembers."""


class Handled(NamedTuple):
    """A meter after a letter, and its reply; none where the power went."""

    meter: Meter
    reply: Reply | None
    passed: bool = False
    """Whether the letter got past all checks."""
    effect: bool = False
    """Whether it was carried out."""


def handle(
    meter: Meter,
    letter: Letter,
    place: int,
    limits: Limits,
    cut: Cut = Cut.NOWHERE,
    *,
    genuine: bool = True,
) -> Handled:
    """Take one letter; a forgery has `genuine` False, and a code that no key made."""
    if letter.order is Order.PEEK:
        return Handled(meter, _reply(meter, place, Word.DONE if meter.key else Word.NO_KEY))
    remembered = dict(meter.recent).get(place)
    if remembered is not None:
        return Handled(meter, remembered)
    refusal, checked = check(meter, letter, limits, genuine=genuine)
    if refusal is not None:
        return Handled(checked, _reply(checked, place, refusal))
    return _carry_out(checked, letter, place, limits, cut)


def check(
    meter: Meter, letter: Letter, limits: Limits, *, genuine: bool
) -> tuple[Word | None, Meter]:
    """Return why a letter is refused, or None; and the meter, which counts wrong codes."""
    word, last = _key_for(meter, letter)
    if word is not None:
        return word, meter
    if meter.barred:
        return Word.BARRED, meter
    if not genuine:
        wrong = 1 if meter.wrong >= limits.wrong else meter.wrong + 1
        return Word.FORGED, meter._replace(wrong=wrong, barred=wrong >= limits.wrong)
    if letter.number <= last:
        return Word.SPENT, meter
    if letter.number > last + limits.ahead:
        return Word.TOO_FAR, meter
    return None, meter._replace(wrong=0, barred=False)


def restarted(meter: Meter) -> Meter:
    """Return a meter that lost power: what it remembered of replies is gone."""
    return meter._replace(recent=())


def torn(meter: Meter) -> Meter:
    """Return a meter whose key memory was half written: it holds none."""
    return Meter(key=0, staged=0, top=0, wrong=meter.wrong, barred=meter.barred, done=meter.done)


def _key_for(meter: Meter, letter: Letter) -> tuple[Word | None, int]:
    """Return the last counter of the key that the code must be under, or why there is none."""
    if not meter.key:
        return Word.NO_KEY, 0
    if letter.order not in _NAMES_ITS_KEY:
        return (None, meter.last) if letter.under == meter.key else (Word.OTHER_KEY, 0)
    if letter.under != letter.about:
        return Word.OTHER_KEY, 0
    if letter.under == meter.key:
        return None, meter.last
    if meter.staged and letter.under == meter.staged:
        return None, meter.staged_last
    return (Word.OTHER_KEY if meter.staged else Word.NONE_STAGED), 0


def _carry_out(meter: Meter, letter: Letter, place: int, limits: Limits, cut: Cut) -> Handled:
    if cut is Cut.COUNTER_BEFORE:
        return Handled(restarted(meter), None)
    if cut is Cut.COUNTER_TORN:
        return Handled(torn(meter), None)
    spent = _spend(meter, letter)
    if cut is Cut.COUNTER_AFTER:
        return Handled(restarted(spent), None)
    word, changed, shows = _effect(spent, letter)
    code = (letter.under, letter.number)
    if cut is not Cut.NOWHERE:
        if changed is None:
            raise ValueError(f"{letter.order.value} keeps no key, so no cut can fall there")
        survivor = {Cut.KEY_BEFORE: spent, Cut.KEY_TORN: torn(spent), Cut.KEY_AFTER: changed}[cut]
        # It counts as done: whoever looks from outside cannot tell that nothing came of it.
        done = (*spent.done, code)
        return Handled(restarted(survivor)._replace(done=done), None, passed=True, effect=True)
    after = spent if changed is None else changed._replace(recent=())
    if word is Word.DONE:
        after = after._replace(done=(*after.done, code))
    reply = _reply(after, place, word, shows)
    recent = (*after.recent, (place, reply))[-limits.recent :] if limits.recent else ()
    return Handled(after._replace(recent=recent), reply, passed=True, effect=word is Word.DONE)


def keeps_a_key(meter: Meter, letter: Letter) -> bool:
    """Whether a letter that passes all checks changes the keys that are held."""
    return _effect(meter, letter)[1] is not None


def _spend(meter: Meter, letter: Letter) -> Meter:
    if letter.under == meter.key:
        return meter._replace(last=letter.number)
    return meter._replace(staged_last=letter.number)


def _effect(meter: Meter, letter: Letter) -> tuple[Word, Meter | None, int]:
    """Return the word, the meter if its keys change, and the version that the reply proves."""
    if letter.order is Order.TICK:
        return Word.DONE, None, 0
    if letter.order is Order.SWAP:
        return _swap(meter, letter.about)
    is_staged = bool(meter.staged) and letter.about == meter.staged
    if letter.order is Order.STAGE and not is_staged:
        return _stage(meter, letter.about)
    if not is_staged:
        return Word.NONE_STAGED, None, 0
    bare = meter._replace(staged=0, staged_last=0)
    match letter.order:
        case Order.SHOW:
            return Word.DONE, None, letter.about
        case Order.SWITCH:
            return Word.DONE, bare._replace(key=meter.staged, last=meter.staged_last), 0
        case Order.UNSTAGE:
            return Word.DONE, bare, 0
        case _:
            return Word.DONE, None, 0  # the same key staged once more: no change


def _swap(meter: Meter, version: int) -> tuple[Word, Meter | None, int]:
    if version <= meter.top:
        return Word.STALE, None, 0
    moved = meter._replace(key=version, last=0, staged=0, staged_last=0, top=version)
    return Word.DONE, moved, version


def _stage(meter: Meter, version: int) -> tuple[Word, Meter | None, int]:
    if version <= meter.top:
        return Word.STALE, None, 0
    return Word.DONE, meter._replace(staged=version, staged_last=0, top=version), 0


def _reply(meter: Meter, place: int, word: Word, shows: int = 0) -> Reply:
    return Reply(place, word, meter.key, meter.last if meter.key else 0, shows)
