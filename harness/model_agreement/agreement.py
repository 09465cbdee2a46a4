"""Tells the model check's stories to a real emulated meter, DCO, S1SP and SMSO, and compares.

After every move the two must agree: what the meter holds, what it answered and under which key,
which codes took effect, which keys the DCO has heard from, and what the reference engine's belief
is; and at the end what the oracle says of it all. The model shares no code with what it is held
against, so a mistake in either shows as a disagreement.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hanbench.harness.model_agreement.retelling import Retelling
from hanbench.harness.model_agreement.stories import ModelStory
from hanbench.harness.model_check.moves import Deed, Rules, Step
from hanbench.harness.model_check.properties import broken_by, broken_in
from hanbench.harness.model_check.state import Cut, Reply, State
from hanbench.harness.model_check.story import tell, walk

Fact = tuple[str, object, object]
"""What is compared, and what the model and the emulator say of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Where the model and the emulator part."""

    story: tuple[str, ...]
    """The moves up to there, in words."""
    what: str
    model: str
    emulator: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a comparison came out."""

    stories: int
    steps: int
    disagreements: tuple[Disagreement, ...]


def compare(
    told: Iterable[ModelStory],
    rules: Rules = Rules(),  # noqa: B008
    *,
    disagreements_max: int = 1,
) -> Agreement:
    """Tell each story to the emulator, and stop at the first disagreements."""
    count = taken = 0
    found: list[Disagreement] = []
    for story in told:
        count += 1
        steps, disagreement = compare_one(story, rules)
        taken += steps
        if disagreement is not None:
            found.append(disagreement)
            if len(found) >= disagreements_max:
                break
    return Agreement(count, taken, tuple(found))


def compare_one(story: ModelStory, rules: Rules) -> tuple[int, Disagreement | None]:
    """Tell one story; return how many moves were made, and where the two part."""
    walked = walk(story.path, story.scope, story.profile, rules)
    retelling = Retelling(story.scope)
    claims: list[str] = []
    for number, (before, step) in enumerate(walked, 1):
        claims += [claim.name for claim in broken_by(before, step)]
        claims += [claim.name for claim in broken_in(step.after)]
        for what, model, emulator in _facts(retelling, before, step):
            if model != emulator:
                path = story.path[:number]
                lines = tell(path, story.scope, story.profile, rules)
                return number, Disagreement(
                    story=lines, what=what, model=str(model), emulator=str(emulator)
                )
    breaks, findings = bool(claims), retelling.findings()
    if breaks != bool(findings):
        lines = tell(story.path, story.scope, story.profile, rules)
        return len(walked), Disagreement(
            story=lines,
            what="the verdict on it all",
            model=", ".join(claims) or "nothing breaks",
            emulator=", ".join(findings) or "no finding",
        )
    return len(walked), None


def _facts(retelling: Retelling, before: State, step: Step) -> Iterable[Fact]:
    """Make the move on the emulator, and yield what is to be compared."""
    yield from _moved(retelling, before, step)
    after = step.after
    yield "the meter", _meter(after), retelling.meter()
    yield "the codes that took effect", after.meter.done, retelling.done()
    answered = tuple(v for v, page in enumerate(after.pages, 1) if page.answered)
    yield "the keys that answered", answered, retelling.answered()
    yield "the belief", after.view.belief, retelling.belief


def _moved(retelling: Retelling, before: State, step: Step) -> Iterable[Fact]:
    move = step.move
    match move.deed:
        case Deed.SEND:
            letter = step.after.letters[move.place]
            yield "the counter of the code", letter.number, retelling.send(letter)
        case Deed.ARRIVE | Deed.GUESS | Deed.STRAY:
            yield "the answer", _told(step), _taken(retelling, step)
        case Deed.HEAR:
            reply = before.up[move.place]
            read = retelling.hear(reply, stays=move.stays)
            yield "what the answer proves", (reply.key, reply.shows), read
        case Deed.UNBAR:
            retelling.wait_out_the_bar()
        case Deed.OUTAGE:
            retelling.outage()
        case Deed.LOSE | Deed.LOSE_REPLY:
            pass


def _taken(retelling: Retelling, step: Step) -> object:
    move = step.move
    if move.deed is Deed.ARRIVE:
        return retelling.arrive(move.place, move.cut, stays=move.stays)
    if move.deed is Deed.GUESS:
        return retelling.guess()
    assert step.code is not None, "the SMSO sends a command"
    return retelling.stray(step.code.under)


def _told(step: Step) -> tuple[object, ...] | None:
    reply: Reply | None = step.handled.reply if step.handled is not None else None
    if reply is None or step.move.cut is not Cut.NOWHERE:
        return None
    return reply.word, reply.key, reply.last


def _meter(state: State) -> Sequence[object]:
    held = state.meter
    return held.key, held.last, held.staged, held.top, held.wrong, held.barred
