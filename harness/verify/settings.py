"""The settings that a run must not depend on, and the processes that are started under each.

A hash seed decides the order of sets of text, an address the order of sets of objects, an allocator
and what lies in memory before the first import decide the addresses, a time zone and a locale what
the clock and texts look like. The order of the cases shows what one leaves behind for the next.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

CHILD = "hanbench.harness.verify.child"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How a process is set up."""

    name: str
    hash_seed: str
    """PYTHONHASHSEED."""
    allocator: str
    """PYTHONMALLOC."""
    padding: int
    """Objects made before anything is imported, so that everything after lies elsewhere."""
    is_laid_out_alike: bool = False
    """Whether the system is told not to choose addresses by chance (`setarch -R`)."""
    time_zone: str = "UTC"
    locale: str = "C.UTF-8"
    is_reversed: bool = False
    """Whether the cases are run in the opposite order."""

    @property
    def words(self) -> str:
        """Say it as the command prints it."""
        layout = "addresses fixed" if self.is_laid_out_alike and can_fix_layout() else ""
        parts = (
            f"hash seed {self.hash_seed}",
            f"allocator {self.allocator}",
            f"{self.padding:,} objects of padding",
            layout,
            f"time zone {self.time_zone}",
            "last case first" if self.is_reversed else "",
        )
        return ", ".join(part for part in parts if part)


SETTINGS = (
    Setting(name="A", hash_seed="0", allocator="pymalloc", padding=0),
    Setting(
        name="B",
        hash_seed="1",
        allocator="malloc",
        padding=50_021,
        time_zone="Pacific/Kiritimati",
        is_reversed=True,
    ),
    Setting(
        name="C",
        hash_seed="4242",
        allocator="pymalloc",
        padding=7_919,
        is_laid_out_alike=True,
        time_zone="America/St_Johns",
        locale="C",
    ),
)
"""In A, B and C no two of the things that could leak into a run are the same."""


@cache
def can_fix_layout() -> bool:
    """Whether this machine lets a process be started with addresses that are always the same."""
    program = shutil.which("setarch")
    if program is None:
        return False
    tried = subprocess.run([program, "-R", "true"], check=False, capture_output=True)  # noqa: S603
    return tried.returncode == 0


def command(setting: Setting) -> list[str]:
    """Return the command of a process under a setting."""
    # Without -P a module of the user's called `json` would stand before Python's own.
    start = [sys.executable, "-P", "-m", CHILD]
    if setting.is_laid_out_alike and can_fix_layout():
        return ["setarch", "-R", *start]
    return start


def environment(setting: Setting) -> Mapping[str, str]:
    """Return the environment of a process under a setting."""
    return {
        **os.environ,
        "PYTHONHASHSEED": setting.hash_seed,
        "PYTHONMALLOC": setting.allocator,
        "TZ": setting.time_zone,
        "LC_ALL": setting.locale,
    }
