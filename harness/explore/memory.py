"""The failing set: what failed in an earlier campaign on a scenario, tried first in the next."""

import json
from collections.abc import Collection
from pathlib import Path

from hanbench.harness.explore.tries import THEN
from hanbench.harness.running.case import Case
from hanbench.harness.running.run_folder import RUNS, slug

FAILING = RUNS / "failing"


class FailingSet:
    """The names of what failed, in one small file for each scenario, engine, scheme and parts."""

    def __init__(self, case: Case, folder: Path = FAILING) -> None:
        subject = f"{case.name} {case.engine} {case.scheme} {case.parts}".rstrip()
        self._path = folder / f"{slug(subject)}.json"

    def read(self) -> frozenset[str]:
        """Return what failed before; nothing where there is no such file, or an odd one."""
        try:
            names = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return frozenset()
        return frozenset(map(str, names)) if isinstance(names, list) else frozenset()

    def update(
        self, tried: Collection[str], failed: Collection[str], possible: Collection[str]
    ) -> None:
        """Remember what failed this time, and what failed before and was not tried now.

        What passed is forgotten, and so is what cannot be tried any more: a case whose first fault
        is not among the possible ones.
        """
        kept = [
            name
            for name in sorted(self.read() - frozenset(tried))
            if name.split(THEN)[0] in possible
        ]
        names = [*dict.fromkeys(failed), *kept]
        if not names:
            self._path.unlink(missing_ok=True)
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(names, indent=1) + "\n", encoding="utf-8")
