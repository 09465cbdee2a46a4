"""Stock tshark, which nobody here wrote, opens the frames of whole migrations."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.suite_cases import case_of

from hanbench.emulator.events import FrameSent
from hanbench.harness.captures.writing import write_capture
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.running.run_case import run_with
from hanbench.harness.verdict import CaseRun
from hanbench.protocol.sua import HAN_SUA_M1

GATE = (
    "zbee_sec.encrypted_payload || zbee_sec.extended_source_unknown || _ws.malformed "
    "|| wpan.fcs.bad"
)
CASES = [
    ("clean-two-fuel", "full-traffic"),
    ("rotation-fetched-late", "two-phase"),
    ("power-cut-torn-commit", ""),
]


@pytest.fixture(scope="module")
def runs() -> list[CaseRun]:
    return [run_with(case_of(*case), lambda: AsyncEngine(migrate), HAN_SUA_M1) for case in CASES]


def test_the_gate_prints_nothing_and_every_frame_is_there(
    tmp_path: Path, runs: list[CaseRun], tshark: Callable[..., list[str]]
) -> None:
    path = tmp_path / "han.pcapng"
    captures = [run.capture for run in runs if run.capture is not None]
    write_capture(path, captures)

    assert tshark(path, "-Y", GATE) == []
    frames = sum(isinstance(event, FrameSent) for run in runs for event in run.trace)
    assert len(tshark(path, "-Y", "wpan && !(frame.comment contains synthetic)")) == frames


def test_a_tunnelled_rotation_is_read_as_a_transfer_and_a_report_as_a_report(
    tmp_path: Path, runs: list[CaseRun], tshark: Callable[..., list[str]]
) -> None:
    path = tmp_path / "han.pcapng"
    write_capture(path, [run.capture for run in runs[:1] if run.capture is not None])

    said = "\n".join(tshark(path))

    assert "Tunneling: Transfer Data" in said or "ZCL Tunneling" in said
    assert "Report Attributes" in said
    assert "Link Status" in said
