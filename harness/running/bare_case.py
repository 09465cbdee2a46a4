"""A case without a scenario file: a home, its keys and its models, for a meter on a stand."""

from collections.abc import Mapping
from typing import Any

from hanbench.harness.files.scenario import Scenario
from hanbench.harness.running.case import Case, Home, LoadedScenario, RunOptions, make_case


def bare_case(
    home: Home,
    title: str,
    *,
    seed: int = 1,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    smso: Mapping[str, Any] | None = None,
) -> Case:
    """Make the case; nothing of it is ever run as a migration."""
    scenario = Scenario.model_validate(
        {
            "scenario": 1,
            "title": title,
            "installation": home.installation.name,
            "seed": seed,
            "traffic": "off",
            "parameters": parameters or {},
            "parties": {"SMSO": smso or {}},
            "expect": {"end_state": "commissioned"},
        }
    )
    loaded = LoadedScenario("bare", "", scenario, {"": home})
    return make_case(loaded, variant="", scenario=scenario, options=RunOptions())
