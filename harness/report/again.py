"""The commands that show a case again."""

import shlex
from collections.abc import Iterable
from pathlib import Path

from hanbench.harness.running.case import REFERENCE_ENGINE
from hanbench.harness.running.run_folder import REPLAY, slug
from hanbench.harness.running.run_meta import RunMeta
from hanbench.harness.running.suites import suite_files, suite_names
from hanbench.harness.verdict import CaseResult

REFERENCE_SCHEME = "han-sua-m1"


def shipped_scenarios() -> frozenset[str]:
    """Return the names of the scenarios that need no file to be named."""
    return frozenset(file.name for suite in suite_names() for file in suite_files(suite))


def run_command(result: CaseResult, meta: RunMeta, shipped: Iterable[str]) -> str:
    """Return the command that runs this case alone, with its seed."""
    name = scenario_of(result)
    words = ["hanbench", "run", name if name in shipped else result.scenario_file]
    words += ["--seed", str(result.seed), "-k", case_filter(result)]
    stated = (
        ("--engine", meta.engine, REFERENCE_ENGINE),
        ("--scheme", meta.scheme, REFERENCE_SCHEME),
        ("--parts", meta.parts, ""),
        ("--traffic", meta.traffic, None),
        ("--real-time", None if meta.real_time is None else f"{meta.real_time:g}", None),
    )
    for option, value, default in stated:
        if value is not None and value != default:
            words += [option, value]
    return shlex.join(words)


def replay_command(result: CaseResult, folder: Path) -> str:
    """Return the command that replays a case that was not as expected."""
    return shlex.join(["hanbench", "replay", str(folder / REPLAY / f"{slug(result.case)}.yaml")])


def scenario_of(result: CaseResult) -> str:
    """Return the name of the scenario that a case is a variant of."""
    return result.case.partition("[")[0]


def case_filter(result: CaseResult) -> str:
    """Return the `-k` expression that chooses this variant and no other of its scenario."""
    if not result.variant:
        return "not ["
    return " and ".join(f"[{result.variant}]".split())
