"""A case of a campaign before it is run: the faults that are put into the base case, in order."""

from dataclasses import dataclass

from hanbench.harness.explore.hazards import Possibility
from hanbench.harness.running.case import Case

THEN = ", then "
"""Between the faults of a case, in its name."""


@dataclass(frozen=True, slots=True)
class Try:
    """A case of a campaign before it is run."""

    possibilities: tuple[Possibility, ...]

    @property
    def name(self) -> str:
        """What goes wrong, in words; the same in every campaign on the same scenario."""
        return THEN.join(one.words for one in self.possibilities) or "nothing"

    @property
    def trunk(self) -> "Try":
        """The try without its last fault: both go the same way until that strikes."""
        return Try(self.possibilities[:-1])

    def case_of(self, base: Case) -> Case:
        """Return the case."""
        case = base
        for one in self.possibilities:
            case = case.with_fault(one.words, one.entry)
        return case
