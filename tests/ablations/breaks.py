"""One rule broken: what breaks it, the clause that must be named, and where.

The table of these, a line or more for each clause: `test_every_clause_can_be_found_broken.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest

from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.running.case import Case, expand
from hanbench.harness.running.run_case import run_with
from hanbench.harness.verdict import CaseResult
from hanbench.protocol.sua import HAN_SUA_M1

Patch = pytest.MonkeyPatch
UNRELATED = "rules/stop-late"


@dataclass(frozen=True)
class Break:
    """One broken rule."""

    clause: str
    break_it: Callable[[Patch], None]
    scenario: str
    """A case that exercises the clause: `rules/stop-late`, `secure/x[variant]`."""
    unrelated: str = UNRELATED
    """A case about another thing, which the same broken part still passes."""

    @property
    def name(self) -> str:
        """How a test calls it."""
        return f"{self.clause}-{self.break_it.__name__}-{self.scenario.partition('/')[2]}"


@cache
def _library() -> Library:
    return Library()


@cache
def case(name: str) -> Case:
    """Return a shipped case by its name."""
    scenario, _, rest = name.partition("[")
    suite, _, stem = scenario.partition("/")
    path = fixtures_folder("scenarios") / suite / f"{stem}.yaml"
    loaded = _library().scenario(path, name=scenario)
    return next(one for one in expand(loaded) if one.variant == rest.rstrip("]"))


def run(name: str) -> CaseResult:
    """Run a case with the reference engine as it is now, broken or not."""
    return run_with(case(name), lambda: AsyncEngine(migrate), HAN_SUA_M1).result
