"""What a campaign has found so far, on disk as it comes: a line a case, so nothing is lost.

The first line says what the lines are about. A campaign that goes on from a file of another
scenario, engine, scheme, parts or bench would mix two truths, and is refused; so is one whose files
were edited in the meantime.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from hanbench.harness.errors import ScenarioError
from hanbench.harness.explore.trial import Trial
from hanbench.harness.running.case import Case, Home
from hanbench.harness.running.run_meta import bench_version

FORMAT = 4
"""4: the first line has a digest of what the files say; before, nobody could know."""
EXPLORED = "explored.jsonl"
FILES = "files"
_CHANGED = "the scenario has changed since, or a file that it names"

Subject = Mapping[str, str | int]
_IN_A_LINE = Trial.__required_keys__ | {"name"}


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
        FILES: _digest_of_files(case),
    }


def _digest_of_files(case: Case) -> str:
    """Return a digest of what the scenario and the files that it names say, 16 hex digits."""
    homes = (case.home, *case.templates.values())
    says = [case.scenario.model_dump_json(), *map(_said_by, homes), repr(case.order)]
    return hashlib.sha256("\n".join(says).encode()).hexdigest()[:16]


def _said_by(home: Home) -> str:
    """Say what the files of a home say; not its keys, which change no end and are not ours."""
    models = json.dumps(home.models, sort_keys=True, default=str)
    return f"{home.installation.model_dump_json()} {models}"


class Store:
    """The lines, by the name of what goes wrong."""

    def __init__(self, path: Path, subject: Subject) -> None:
        """Open a file, or begin one.

        Raises:
            ScenarioError: it is about something else, or it is no such file.
        """
        self._path = path
        self._known: dict[str, Trial] = {}
        head = json.dumps(subject) + "\n"
        if path.exists() and not head.encode().startswith(path.read_bytes()):
            self._read(subject)
        else:  # there is none, or it was killed in the middle of its first line
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(head, encoding="utf-8")
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
        head, *lines = self._whole_lines()
        found = self._line(head, 1)
        for key, value in subject.items():
            if found.get(key) != value:
                other = f"it is about {key} {_said(found.get(key))}, not {_said(value)}"
                says = _CHANGED if key == FILES else other
                raise ScenarioError(f"{self._path}: line 1: {says}; go on in another folder")
        for number, text in enumerate(lines, start=2):
            record = self._line(text, number)
            self._known[str(record.pop("name"))] = cast("Trial", record)

    def _whole_lines(self) -> list[str]:
        """Return the lines; what was torn when the campaign was killed is taken off the file.

        What comes next would else be glued to it, and the file be refused the time after.
        """
        octets = self._path.read_bytes()
        whole = octets[: octets.rfind(b"\n") + 1]
        if len(whole) < len(octets):
            with self._path.open("rb+") as file:
                file.truncate(len(whole))
        return whole.decode("utf-8", errors="replace").splitlines() or [""]

    def _line(self, text: str, number: int) -> dict[str, object]:
        try:
            record = json.loads(text)
        except ValueError:
            record = None
        if isinstance(record, dict) and (number == 1 or record.keys() >= _IN_A_LINE):
            return record
        raise ScenarioError(f"{self._path}: line {number}: not a line of an exploration")


def _said(value: object) -> object:
    return "of the bench's own" if value == "" else value
