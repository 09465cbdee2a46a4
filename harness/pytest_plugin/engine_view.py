"""The engine under test, as a test sees it."""

import sys
from typing import TYPE_CHECKING

from typing_extensions import override

from hanbench.harness.engine.port import Json
from hanbench.harness.engines import ELSEWHERE, MakeEngine, check_engine, load_engine, maker_of
from hanbench.harness.events import Believed

if TYPE_CHECKING:
    from hanbench.harness.pytest_plugin.bench_view import Bench


class EngineView:
    """An engine by its name, or by what makes it; in a test, what it has said so far."""

    def __init__(self, given: object) -> None:
        self._given = given
        self.spec = given if isinstance(given, str) else _name_of(given)
        """Its name as `--engine` takes it; empty if it has none, as a local function has not."""
        self._bench: Bench | None = None

    @override
    def __repr__(self) -> str:
        return f"<engine {self.spec or self._given!r}>"

    def bind(self, bench: "Bench") -> None:
        """Be the engine of this bench."""
        self._bench = bench

    def maker(self, reached: dict[str, object]) -> MakeEngine:
        """Return what makes it; `reached` holds the names of those that have answered.

        Raises:
            ScenarioError: it is none, or is not there.
            EngineError: the user's module raised while it was imported.
        """
        if not isinstance(self._given, str):
            return maker_of(self._given, f"the fixture `engine` is {self._given!r}")
        if self.spec.startswith(ELSEWHERE) and f"engine {self.spec}" not in reached:
            reached[f"engine {self.spec}"] = check_engine(self.spec)
        return load_engine(self.spec)

    @property
    def claimed(self) -> str:
        """The end state that it has claimed; empty as long as it has claimed none."""
        world = self._of_test.world
        return world.claims[-1].end_state.value if world.session.has_claimed else ""

    @property
    def journal(self) -> tuple[Json, ...]:
        """What stands in its journal, oldest first."""
        return tuple(self._of_test.world.session.journal)

    @property
    def is_broken(self) -> bool:
        """Whether it broke its contract or died."""
        return self._of_test.world.session.broke is not None

    def belief(self, device: str) -> str:
        """Return what it believes a meter to hold: OLD, NEW, UNKNOWN, or empty: it said nothing."""
        said = [
            event.key
            for event in self._of_test.world.trace.events
            if isinstance(event, Believed) and event.device == device
        ]
        return said[-1] if said else ""

    def stop(self) -> None:
        """Ask it to stop and roll back, as a supplier or the DCC may."""
        self._of_test.do("request-rollback")

    @property
    def _of_test(self) -> "Bench":
        if self._bench is None:
            raise RuntimeError("this engine runs in no bench: ask for the fixture `bench` too")
        return self._bench


def as_view(given: object) -> EngineView:
    """Return the view of whatever the fixture `engine` gave."""
    return given if isinstance(given, EngineView) else EngineView(given)


def _name_of(given: object) -> str:
    """Return MODULE:NAME, if another process would find the same thing under it."""
    module, name = getattr(given, "__module__", ""), getattr(given, "__qualname__", "")
    found: object = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return f"{module}:{name}" if found is given and module and name else ""
