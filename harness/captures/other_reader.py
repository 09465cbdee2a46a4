"""What a reader that nobody here wrote makes of a run's capture: Wireshark's tshark.

It runs as a program of its own, on the file that the run has just written and with the keys that
stand in it, so that whoever gets the report need not take our word for our frames. Source of the
fields: `tshark -G fields` of Wireshark 4.0.17 (han.md section 8).
"""

import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from hanbench.harness.errors import CaptureError

PROGRAM = "tshark"
SHOWN_MAX = 10
"""Frames that it could not read, as far as they are listed."""
_LIMIT_S = 1_800.0
_WRONGS = {
    "zbee_sec.encrypted_payload": "left encrypted",
    "_ws.malformed": "malformed",
    "wpan.fcs.bad": "with a wrong frame check sequence",
    "zbee_aps.fragment.error": "with fragments that do not fit",
}
"""The fields that it has of a frame only if it could not read it."""


@dataclass(frozen=True, slots=True)
class OtherReading:
    """What the other reader made of a capture."""

    reader: str
    """As it calls itself: `TShark (Wireshark) 4.0.17`."""
    frames: int
    by_protocol: tuple[tuple[str, int], ...]
    """The innermost layer that it named and the number of frames, the most frequent first."""
    wrong: tuple[tuple[str, int], ...]
    """What it could not read, in words, and how many frames; each kind, also where it is 0."""
    first_wrong: tuple[tuple[int, str], ...]
    """The first frames that it could not read, by their number, and why."""

    @property
    def is_clean(self) -> bool:
        """Whether it read every frame to its end."""
        return not self.first_wrong

    @property
    def words(self) -> str:
        """Say it in one line."""
        read = f"{self.reader} read {self.frames:,} frames"
        if self.is_clean:
            return f"{read}: none {', none '.join(says for says, _ in self.wrong)}"
        return f"{read}: {', '.join(f'{number:,} {says}' for says, number in self.wrong if number)}"


def require_tshark() -> str:
    """Return the path of tshark.

    Raises:
        CaptureError: it is not installed.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise CaptureError(f"--tshark: {PROGRAM} is not installed (Debian: apt-get install tshark)")
    return program


def read_by_tshark(capture: Path, dissector: Path) -> OtherReading:
    """Let tshark read a capture, with our dissector for the envelopes of the WAN.

    Raises:
        CaptureError: it is not installed, or ended with an error; says which.
    """
    program = require_tshark()
    version = next(_rows([program, "--version"]))[0].split(" (Git", 1)[0].rstrip(".")
    fields = [part for name in ("frame.protocols", *_WRONGS) for part in ("-e", name)]
    command = [program, "-n", "-r", str(capture), "-X", f"lua_script:{dissector}"]
    protocols: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    first: list[tuple[int, str]] = []
    for number, row in enumerate(_rows([*command, "-T", "fields", *fields]), start=1):
        layers, *found = row
        protocols[_innermost(layers)] += 1
        says = [what for what, text in zip(_WRONGS.values(), found, strict=True) if text]
        wrong.update(says)
        if says and len(first) < SHOWN_MAX:
            first.append((number, ", ".join(says)))
    return OtherReading(
        version,
        protocols.total(),
        tuple(sorted(protocols.items(), key=lambda one: (-one[1], one[0]))),
        tuple((what, wrong[what]) for what in _WRONGS.values()),
        tuple(first),
    )


def _innermost(layers: str) -> str:
    named = [layer for layer in layers.split(":") if layer not in ("data", "_ws.malformed")]
    return named[-1] if named else "none"


def _rows(command: list[str]) -> Iterator[list[str]]:
    """Yield the fields of each frame; by way of a file, since a run has many."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as lines:
        _run(command, lines)
        for line in lines:
            yield line.rstrip("\n").split("\t")


def _run(command: list[str], into: IO[str]) -> None:
    """Run it with its output in a file, which is left at its start."""
    try:
        done = subprocess.run(  # noqa: S603  (a program that the user asked for, and no shell)
            command, stdout=into, stderr=subprocess.PIPE, text=True, timeout=_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CaptureError(f"--tshark: it did not run: {error}") from error
    if done.returncode:
        says = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise CaptureError(f"--tshark: it ended with {done.returncode}: {says}")
    into.seek(0)
