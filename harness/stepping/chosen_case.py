"""Which case is to be looked at: that of a replay file, or a scenario by its name or file."""

import re
from pathlib import Path

from hanbench.harness.replay.replay_file import check_is_here, read_replay
from hanbench.harness.running.case import Case, RunOptions
from hanbench.harness.running.given import check_given
from hanbench.harness.running.named_case import named_case

_REPLAY = re.compile(r"^replay\s*:", re.MULTILINE)
_YAML = (".yaml", ".yml")


def chosen_case(
    named: str, *, options: RunOptions, engine: str | None = None, parts: str | None = None
) -> Case:
    """Return the case; of a replay file with the engine and parts recorded, or others if named.

    Raises:
        ScenarioError: there is none, several are meant, or a file is wrong; or the engine, scheme
            or parts are not here.
        EngineError: the module of the engine or of the parts raised while it was imported.
    """
    path = Path(named)
    if path.suffix in _YAML and (not path.is_file() or _is_replay(path)):
        _, case = read_replay(path, engine=engine, parts=parts)
        check_is_here(path, case, engine=engine, parts=parts)
        return case
    case = named_case(named, options)
    check_given(options)
    return case


def _is_replay(path: Path) -> bool:
    try:
        return bool(_REPLAY.search(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        return True  # reading it as one says what is wrong with it
