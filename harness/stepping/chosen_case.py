"""Which case is to be looked at: that of a replay file, or a scenario by its name or file."""

import re
from pathlib import Path

from hanbench.harness.engines import check_engine
from hanbench.harness.replay.replay_file import check_is_here, read_replay
from hanbench.harness.running.case import REFERENCE_ENGINE, Case, RunOptions
from hanbench.harness.running.named_case import named_case

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
        check_is_here(path, case, engine=engine)
        return case
    case = named_case(named, options)
    if case.engine != REFERENCE_ENGINE:
        check_engine(case.engine)
    return case


def _is_replay(path: Path) -> bool:
    try:
        return bool(_REPLAY.search(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        return True  # reading it as one says what is wrong with it
