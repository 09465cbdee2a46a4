"""The `-k` expression: parts of case names, joined by `and`, `or`, `not` and parentheses.

A word is everything up to a space or a parenthesis, compared without case: `journal#3/after` and
`[two-phase]` are words.
"""

import re
from collections.abc import Callable

from hanbench.harness.errors import ScenarioError

Matches = Callable[[str], bool]
"""Says whether the name of a case is chosen."""

_TOKEN = re.compile(r"\(|\)|[^\s()]+")
_OPERATORS = ("and", "or", "not", "(", ")")


def parse_filter(expression: str) -> Matches:
    """Read an expression.

    Raises:
        ScenarioError: it is empty, or a word, an operator or a parenthesis is missing.
    """
    reading = _Reading(expression)
    matches = reading.alternatives()
    if (rest := reading.peek()) is not None:
        raise reading.error(f"unexpected {rest!r}")
    return matches


class _Reading:
    """Recursive descent; `not` binds tightest, then `and`, then `or`."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = _TOKEN.findall(expression)

    def peek(self) -> str | None:
        return self._tokens[0] if self._tokens else None

    def error(self, says: str) -> ScenarioError:
        return ScenarioError(
            f"-k {self._expression!r}: {says}; expected parts of names with and, or, not, ( )"
        )

    def alternatives(self) -> Matches:
        one = self._conjunction()
        while self._takes("or"):
            one = _either(one, self._conjunction())
        return one

    def _conjunction(self) -> Matches:
        one = self._term()
        while self._takes("and"):
            one = _both(one, self._term())
        return one

    def _term(self) -> Matches:
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
        return _part(word)

    def _takes(self, token: str) -> bool:
        if self.peek() != token:
            return False
        self._tokens.pop(0)
        return True


def _part(word: str) -> Matches:
    return lambda name: word.lower() in name.lower()


def _inverse(one: Matches) -> Matches:
    return lambda name: not one(name)


def _both(one: Matches, other: Matches) -> Matches:
    return lambda name: one(name) and other(name)


def _either(one: Matches, other: Matches) -> Matches:
    return lambda name: one(name) or other(name)
