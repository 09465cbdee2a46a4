"""How a scenario makes a party say no: the first so many times, by Installation.

Plain numbers in a party's setup, so that a refusal is as reproducible as everything else.
"""

from collections.abc import Mapping

ALWAYS = 1 << 31


class Refusals:
    """Counts down the refusals that are still due."""

    def __init__(self, times: Mapping[str, int]) -> None:
        self._due = dict(times)

    def is_due(self, installation: str) -> bool:
        """Tell whether this call is to be refused, and count it."""
        due = self._due.get(installation, 0)
        self._due[installation] = max(due - 1, 0)
        return due > 0
