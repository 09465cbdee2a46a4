"""What a campaign has found so far, on disk as it comes: a line a case, so nothing is lost.

The first line says what the lines are about. A campaign that goes on from a file of another
scenario, engine, scheme, parts or bench would mix two truths, and is refused.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from hanbench.harness.errors import ScenarioError
from hanbench.harness.explore.trial import Trial
from hanbench.harness.running.case import Case
from hanbench.harness.running.run_meta import bench_version

FORMAT = 3
"""2: a case names the faults that did not strike. 3: the first line names the parts."""
WITHOUT_PARTS = 2
"""A bench that wrote this knew no parts, and is not to go on with theirs; its lines are as ours."""
EXPLORED = "explored.jsonl"

Subject = Mapping[str, str | int]


def subject_of(case: Case) -> Subject:
    """Return what the lines of a campaign are about."""
    return {
        "exploration": FORMAT,
        "hanbench": bench_version(),
        "case": case.name,
        "engine": case.engine,
        "scheme": case.scheme,
        "parts": case.parts,
        "seed": case.seed,
        "traffic": case.scenario.traffic,
    }


class Store:
    """The lines, by the name of what goes wrong."""

    def __init__(self, path: Path, subject: Subject) -> None:
        """Open a file, or begin one.

        Raises:
            ScenarioError: it is about something else, or it is no such file.
        """
        self._path = path
        self._known: dict[str, Trial] = {}
        if path.exists():
            self._read(subject)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(subject) + "\n", encoding="utf-8")
        self.resumed = len(self._known)
        """How many cases an earlier run had left."""

    @property
    def folder(self) -> Path:
        """Where the file lies."""
        return self._path.parent

    def get(self, name: str) -> Trial | None:
        """Return what is known of a case."""
        return self._known.get(name)

    def put(self, name: str, trial: Trial) -> None:
        """Keep what came of a case."""
        self._known[name] = trial
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"name": name, **trial}) + "\n")

    def _read(self, subject: Subject) -> None:
        head, *lines = self._path.read_text(encoding="utf-8").splitlines() or [""]
        found = self._line(head, 1)
        if found is not None and found.get("exploration") == WITHOUT_PARTS:
            found |= {"exploration": FORMAT, "parts": ""}
        for key, value in subject.items():
            if found is None or found.get(key) != value:
                has = None if found is None else found.get(key)
                raise ScenarioError(
                    f"{self._path}: line 1: it is about {key} {_said(has)}, not {_said(value)}; "
                    "go on in another folder"
                )
        for number, text in enumerate(lines, start=2):
            record = self._line(text, number, is_last=number == len(lines) + 1)
            if record is not None:
                self._known[str(record.pop("name"))] = cast("Trial", record)

    def _line(self, text: str, number: int, *, is_last: bool = False) -> dict[str, object] | None:
        try:
            record = json.loads(text)
        except ValueError:
            record = None
        if isinstance(record, dict) and (number == 1 or "name" in record):
            return record
        if is_last:
            return None  # torn when the campaign was ended; the case is run again
        raise ScenarioError(f"{self._path}: line {number}: not a line of an exploration")


def _said(value: object) -> object:
    return "of the bench's own" if value == "" else value
