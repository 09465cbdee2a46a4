"""The `-k` expression: parts of case names, joined by `and`, `or`, `not` and parentheses.

A word is everything up to a space or a parenthesis, compared without case: `journal#3/after` and
`[two-phase]` are words.
"""

import re
from collections.abc import Callable
from typing import Generic, TypeVar

from hanbench.harness.errors import ScenarioError

Subject = TypeVar("Subject")
Matches = Callable[[str], bool]
"""Says whether the name of a case is chosen."""

_TOKEN = re.compile(r"\(|\)|[^\s()]+")
_OPERATORS = ("and", "or", "not", "(", ")")


def parse_filter(expression: str, *, option: str = "-k") -> Matches:
    """Read an expression over the parts of names; raises as `parse_expression`."""
    return parse_expression(expression, _part, option=option, words="parts of names")


def parse_expression(
    expression: str, term: Callable[[str], Callable[[Subject], bool]], *, option: str, words: str
) -> Callable[[Subject], bool]:
    """Read an expression; `term` makes of each word what it asks of a subject.

    Raises:
        ScenarioError: it is empty, or a word, an operator or a parenthesis is missing.
    """
    reading = _Reading(expression, term, option, words)
    matches = reading.alternatives()
    if (rest := reading.peek()) is not None:
        raise reading.error(f"unexpected {rest!r}")
    return matches


class _Reading(Generic[Subject]):
    """Recursive descent; `not` binds tightest, then `and`, then `or`."""

    def __init__(
        self,
        expression: str,
        term: Callable[[str], Callable[[Subject], bool]],
        option: str,
        words: str,
    ) -> None:
        self._expression = expression
        self._make_term = term
        self._option = option
        self._words = words
        self._tokens = _TOKEN.findall(expression)

    def peek(self) -> str | None:
        return self._tokens[0] if self._tokens else None

    def error(self, says: str) -> ScenarioError:
        return ScenarioError(
            f"{self._option} {self._expression!r}: {says}; "
            f"expected {self._words} with and, or, not, ( )"
        )

    def alternatives(self) -> Callable[[Subject], bool]:
        one = self._conjunction()
        while self._takes("or"):
            one = _either(one, self._conjunction())
        return one

    def _conjunction(self) -> Callable[[Subject], bool]:
        one = self._term()
        while self._takes("and"):
            one = _both(one, self._term())
        return one

    def _term(self) -> Callable[[Subject], bool]:
        if self._takes("not"):
            return _inverse(self._term())
        if self._takes("("):
            inner = self.alternatives()
            if not self._takes(")"):
                raise self.error("a ) is missing")
            return inner
        word = self.peek()
        if word is None or word in _OPERATORS:
            raise self.error(
                "a word is missing at the end" if word is None else f"{word!r} misplaced"
            )
        self._tokens.pop(0)
        return self._make_term(word)

    def _takes(self, token: str) -> bool:
        if self.peek() != token:
            return False
        self._tokens.pop(0)
        return True


def _part(word: str) -> Matches:
    return lambda name: word.lower() in name.lower()


def _inverse(one: Callable[[Subject], bool]) -> Callable[[Subject], bool]:
    return lambda subject: not one(subject)


def _both(
    one: Callable[[Subject], bool], other: Callable[[Subject], bool]
) -> Callable[[Subject], bool]:
    return lambda subject: one(subject) and other(subject)


def _either(
    one: Callable[[Subject], bool], other: Callable[[Subject], bool]
) -> Callable[[Subject], bool]:
    return lambda subject: one(subject) or other(subject)
