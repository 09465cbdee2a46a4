"""The failing set: what failed in an earlier campaign on a scenario, tried first in the next."""

import json
from pathlib import Path

from hanbench.harness.running.case import Case
from hanbench.harness.running.run_folder import RUNS, slug

FAILING = RUNS / "failing"


class FailingSet:
    """The names of what failed, in one small file for each scenario."""

    def __init__(self, case: Case, folder: Path = FAILING) -> None:
        self._path = folder / f"{slug(case.name)}.json"

    def read(self) -> frozenset[str]:
        """Return what failed before; nothing where there is no such file, or an odd one."""
        try:
            names = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return frozenset()
        return frozenset(map(str, names)) if isinstance(names, list) else frozenset()

    def write(self, names: list[str]) -> None:
        """Remember what failed this time; what no longer does is forgotten."""
        if not names:
            self._path.unlink(missing_ok=True)
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(names, indent=1) + "\n", encoding="utf-8")
