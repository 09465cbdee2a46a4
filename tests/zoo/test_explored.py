"""Exploration finds mistakes of the zoo by one fault of a clean run: no scenario names them."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from hanbench.harness.explore.request import ExploreRequest, explore
from hanbench.harness.running.case import RunOptions
from hanbench.harness.running.results import EXIT_UNEXPECTED
from hanbench.harness.zoo.keeping import chosen

REPLY = "gsme/rotate-sua-key#1/try#1/reply/wan"
REQUEST = "gsme/rotate-sua-key#1/try#1/request/wan"
JOURNAL = "engine/journal/answered/gsme#1"


@pytest.mark.parametrize(
    ("name", "only", "finding"),
    [
        ("assumes_old_on_time_out", REPLY, "confidently-wrong"),
        ("assumes_new_once_sent", REQUEST, "confidently-wrong"),
        ("retries_without_a_new_code", REQUEST, "code-reused"),
        ("believes_before_journalling", JOURNAL, "certainty-forgotten"),
    ],
)
def test_one_fault_of_a_clean_run_finds_a_mistake(
    name: str, only: str, finding: str, tmp_path: Path
) -> None:
    shown = Console(file=io.StringIO(), width=240)
    options = RunOptions(engine=chosen([name])[0].spec, traffic="off")
    request = ExploreRequest(
        scenario="clean-two-fuel",
        options=options,
        only=only,
        out=tmp_path / "exploration",
        jobs=2,
        shrinks=False,
    )

    code = explore(request, shown)

    assert code == EXIT_UNEXPECTED
    assert finding in shown.file.getvalue()  # type: ignore[attr-defined]
