"""The same case and seed: the same octets and the same story, in any process."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.suite_cases import case_of, run

ROOT = Path(__file__).parents[1]
PROGRAM = """
import sys
from tests.suite_cases import case_of, run
result = run(case_of(*sys.argv[1:]))
print(result.trace_hash, result.story_hash)
"""


def hashes(hash_seed: str, *case: str) -> str:
    """Run a case in a fresh process under this PYTHONHASHSEED."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", PROGRAM, *case]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    "case",
    [
        ("clean-two-fuel", "full-traffic"),
        ("wan-duplicates-and-reorders",),
        ("power-cut-torn-commit",),
    ],
    ids=lambda case: case[0],
)
def test_three_processes_with_other_hash_seeds_agree(case: tuple[str, ...]) -> None:
    here = run(case_of(*case))

    seen = {hashes(seed, *case) for seed in ("0", "1", "4242")}

    assert seen == {f"{here.trace_hash} {here.story_hash}"}


def test_another_seed_is_another_trace() -> None:
    case = case_of("clean-two-fuel")
    other = dataclasses.replace(case, scenario=case.scenario.model_copy(update={"seed": 2}))

    assert run(case).trace_hash != run(other).trace_hash


def test_the_traffic_setting_does_not_change_what_becomes_of_the_keys() -> None:
    results = [run(case_of("clean-two-fuel", name)) for name in ("", "full-traffic", "no-traffic")]

    assert len({tuple(device.truth for device in result.devices) for result in results}) == 1
