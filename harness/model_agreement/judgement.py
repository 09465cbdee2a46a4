"""What an exploration of the rotation comes to: which claim holds, which breaks, by what story."""

from collections.abc import Sequence
from dataclasses import dataclass

from hanbench.harness.model_check.exploration import Explored
from hanbench.harness.model_check.properties import CLAIMS, Claim
from hanbench.harness.model_check.scopes import Question
from hanbench.harness.model_check.story import tell

HOLDS, MUST_BREAK, BROKEN = "holds", "breaks where it must", "broken"
STORIES_MAX = 2
"""Stories that are told against one claim."""


@dataclass(frozen=True, slots=True)
class AgainstClaim:
    """The shortest story that breaks a claim in one scope."""

    where: str
    moves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClaimJudged:
    """One claim, over all scopes."""

    claim: Claim
    state: str
    """`holds`, `breaks where it must`, or `broken`."""
    against: tuple[AgainstClaim, ...]

    @property
    def is_wrong(self) -> bool:
        """Whether it breaks where it must hold."""
        return self.state == BROKEN


@dataclass(frozen=True, slots=True)
class ModelJudgement:
    """What all explorations come to."""

    scopes: tuple[tuple[Question, Explored], ...]
    claims: tuple[ClaimJudged, ...]
    missing: tuple[str, ...]
    """Claims that should break somewhere, and do not."""

    @property
    def is_right(self) -> bool:
        """Whether all is as it should be."""
        return not self.missing and not any(one.is_wrong for one in self.claims)

    @property
    def states(self) -> int:
        """How many states were visited."""
        return sum(one.states for _, one in self.scopes)

    @property
    def doubt(self) -> str:
        """How often the rules leave the engine in doubt."""
        views = sum(one.in_doubt for _, one in self.scopes)
        settled = sum(one.settled for _, one in self.scopes)
        return (
            f"the rules say UNKNOWN in {views:,} views of the engine; in {settled:,} of them "
            "the truth is settled, such as where a free read shows that the rotation's counter "
            "is spent."
        )


def judge_claims(questions: Sequence[Question], found: Sequence[Explored]) -> ModelJudgement:
    """Hold every claim against what was found in every scope."""
    scopes = tuple(zip(questions, found, strict=True))
    missing = tuple(
        f"{claim.name} should break in {question.name}, {question.profile.value}, and does not"
        for question, one in scopes
        for claim in question.breaks
        if claim not in one.breaks
    )
    return ModelJudgement(scopes, tuple(_judged(claim, scopes) for claim in CLAIMS), missing)


def _judged(claim: Claim, scopes: Sequence[tuple[Question, Explored]]) -> ClaimJudged:
    against = [(question, one.breaks[claim]) for question, one in scopes if claim in one.breaks]
    wrong = [one for one in against if claim not in one[0].breaks]
    state = BROKEN if wrong else MUST_BREAK if against else HOLDS
    told = tuple(
        AgainstClaim(
            f"{question.profile.value}, {question.name}: {question.words}",
            tuple(tell(broken.path, question.scope, question.profile)),
        )
        for question, broken in (wrong or against)[:STORIES_MAX]
    )
    return ClaimJudged(claim, state, told)
