"""The example engine that `hanbench new engine` writes: files to copy, change and run."""

import shlex
from pathlib import Path
from typing import Literal

from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.loader import fixtures_folder

Language = Literal["python", "javascript"]
_FILES: dict[Language, tuple[str, str, str]] = {
    "python": ("python3", "cautious.py", "hanbench_port.py"),
    "javascript": ("node", "cautious.mjs", "hanbench_port.mjs"),
}


def write_new_engine(folder: Path, language: Language, *, may_replace: bool = False) -> str:
    """Write an engine and its adapter; return the command that runs it.

    Raises:
        ScenarioError: a file is there already, or it cannot be written.
    """
    program, *names = _FILES[language]
    present = [folder / name for name in names if (folder / name).exists()]
    if present and not may_replace:
        raise ScenarioError(f"{present[0]}: is there already; name another folder, or give --force")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            (folder / name).write_bytes((fixtures_folder("engines") / name).read_bytes())
    except OSError as error:
        raise ScenarioError(f"{folder}: cannot be written: {error.strerror}") from error
    spec = f"exec:{program} {shlex.quote(str(folder / names[0]))}"
    return f"hanbench run clean-two-fuel --engine {shlex.quote(spec)}"
