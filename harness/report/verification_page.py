"""`verification.html`: whether chance gets into a run; one file without scripts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hanbench.harness.errors import ScenarioError
from hanbench.harness.report.templates import write_index, write_page
from hanbench.harness.verify.partings import CAUSES, Difference, Parting
from hanbench.harness.verify.processes import Hashes
from hanbench.harness.verify.settings import Setting

PAGE, DATA = "verification.html", "verification.json"
LINE_MAX = 600
"""Characters of an event that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a verification found."""

    what: tuple[str, ...]
    engine: str
    scheme: str
    parts: str = ""
    """What worlds were made of in place of the bench's own classes; empty: nothing."""
    settings: tuple[Setting, ...]
    is_layout_fixed: bool
    """Whether this machine lets a process have addresses that are always the same."""
    cases: Mapping[str, Hashes]
    """What each case gave under the first setting."""
    differences: tuple[tuple[Difference, Parting | None], ...]
    wall_s: float


def write_verification(folder: Path, verification: Verification, data: str) -> Path:
    """Write page and data into a folder, which may be that of a run; return the page's path.

    Raises:
        ScenarioError: the folder cannot be written.
    """
    path = folder / PAGE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / DATA).write_text(f"{data}\n", encoding="utf-8")
        write_page(path, "verification.html.j2", it=verification, line_max=LINE_MAX, causes=CAUSES)
        write_index(folder)
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be written: {error.strerror}") from error
    return path
