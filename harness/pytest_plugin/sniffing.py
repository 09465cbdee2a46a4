"""Tells a scenario file or a replay file from all other YAML, by a look at its top-level keys.

A project's tests may lie among thousands of YAML files, so none is parsed here. Both keys must
stand at the left margin: no file of another tool has `scenario: 1` together with `expect:`, or
`replay: 1` together with `story_is_whole:`.
"""

import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

import pytest

from hanbench.harness.pytest_plugin.options import settings_of

Kind = Literal["scenario", "replay"]
OCTETS_LOOKED_AT = 4_000_000
RUNS = "runs"
"""Where `hanbench run` and failed tests leave their files."""

_SCENARIO = re.compile(rb"^scenario:[ \t]*\d+[ \t]*(#.*)?\r?$", re.MULTILINE)
_EXPECT = re.compile(rb"^expect:", re.MULTILINE)
_REPLAY = re.compile(rb"^replay:[ \t]*\d+[ \t]*(#.*)?\r?$", re.MULTILINE)
_STORY = re.compile(rb"^story_is_whole:", re.MULTILINE)


def kind_of(path: Path, parent: pytest.Collector) -> Kind | None:
    """Say whether a file is to be collected, and as what."""
    if not parent.session.isinitpath(path) and not _is_wanted(path, parent):
        return None
    try:
        with path.open("rb") as file:
            octets = file.read(OCTETS_LOOKED_AT)
    except OSError:
        return None
    if _SCENARIO.search(octets) and _EXPECT.search(octets):
        return "scenario"
    return "replay" if _REPLAY.search(octets) and _STORY.search(octets) else None


def _is_wanted(path: Path, parent: pytest.Collector) -> bool:
    config = parent.config
    if _was_left_behind(path, parent):
        return False
    relative = path.relative_to(config.rootpath) if path.is_relative_to(config.rootpath) else path
    globs: list[str] = config.getini("hanbench_files")
    return any(fnmatch(path.name, glob) or fnmatch(relative.as_posix(), glob) for glob in globs)


def _was_left_behind(path: Path, parent: pytest.Collector) -> bool:
    """Whether an earlier run wrote it, and nobody names its folder now."""
    kept = (parent.config.rootpath / RUNS, settings_of(parent.config).out)
    left = next((folder for folder in kept if path.is_relative_to(folder)), None)
    if left is None:
        return False
    above = [one for one in path.parents if one.is_relative_to(left)]
    return not any(parent.session.isinitpath(one) for one in above)
