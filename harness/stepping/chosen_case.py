"""Which case is to be looked at: that of a replay file, or a scenario by its name or file."""

import re
from pathlib import Path

from hanbench.harness.engines import check_engine
from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.file_problems import did_you_mean
from hanbench.harness.files.loader import Library
from hanbench.harness.replay.replay_file import read_replay
from hanbench.harness.running.case import REFERENCE_ENGINE, Case, RunOptions, expand
from hanbench.harness.running.suites import select

_VARIANT = re.compile(r"(?P<scenario>.+)\[(?P<variant>[^\]]*)\]")
_REPLAY = re.compile(r"^replay\s*:", re.MULTILINE)
_YAML = (".yaml", ".yml")


def chosen_case(named: str, *, options: RunOptions, engine: str | None = None) -> Case:
    """Return the case; of a replay file the recorded engine, unless another is named.

    Raises:
        ScenarioError: there is none, several are meant, or a file is wrong.
        EngineError: the engine is not here.
    """
    path = Path(named)
    if path.suffix in _YAML and (not path.is_file() or _is_replay(path)):
        _, case = read_replay(path, engine=engine)
    else:
        case = _of_scenario(named, options)
    if case.engine != REFERENCE_ENGINE:
        check_engine(case.engine)
    return case


def _of_scenario(named: str, options: RunOptions) -> Case:
    match = _VARIANT.fullmatch(named)
    scenario, variant = (match["scenario"], match["variant"]) if match else (named, "")
    loaded = select((scenario,), Library())
    if len(loaded) > 1:
        names = ", ".join(one.name for one in loaded[:3])
        raise ScenarioError(f"{named!r} names {len(loaded)} scenarios ({names}, ...); name one")
    cases = {case.variant: case for case in expand(loaded[0], options)}
    if variant not in cases:
        says = did_you_mean(variant, tuple(name for name in cases if name))
        raise ScenarioError(f"{loaded[0].name} has no variant {variant!r}; {says}")
    return cases[variant]


def _is_replay(path: Path) -> bool:
    try:
        return bool(_REPLAY.search(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        return True  # reading it as one says what is wrong with it
