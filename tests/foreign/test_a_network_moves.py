"""A home that changes its PAN id: tshark reads the report, the update, and all frames after it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.scenarios.test_han_suite import CASES, GATE, run

from hanbench.emulator.events import PanMoved
from hanbench.emulator.instant import SECOND_US
from hanbench.harness.captures.writing import CaptureRun, KeyChange, write_capture

Tshark = Callable[..., list[str]]
NETWORK_UPDATE = "zbee_nwk.cmd.id == 0x0a"
NETWORK_REPORT = "zbee_nwk.cmd.id == 0x09"


@pytest.fixture(scope="module")
def moving() -> tuple[CaptureRun, int]:
    """The capture of a home that changes its PAN id, and the one that it comes to."""
    ran = run(next(case for case in CASES if case.name == "han/pan-conflict"))
    assert ran.capture is not None
    (pan,) = [event.pan for event in ran.trace if isinstance(event, PanMoved)]
    return ran.capture, pan


def rows(tshark: Tshark, path: Path, shown: str, *names: str) -> list[list[str]]:
    fields = [part for name in names for part in ("-e", name)]
    told = tshark(path, "-Y", shown, "-T", "fields", *fields)
    return [row.split("\t") for row in told]


def numbers(row: list[str]) -> list[int]:
    return [int(cell.replace(":", ""), 0 if cell.startswith("0x") else 16) for cell in row]


def test_tshark_reads_in_the_report_and_in_the_update_what_we_say(
    moving: tuple[CaptureRun, int], tmp_path: Path, tshark: Tshark
) -> None:
    run, pan = moving
    path = tmp_path / "moves.pcapng"
    write_capture(path, [run])
    hub = run.link_keys[0].trust_centre

    reports = rows(tshark, path, NETWORK_REPORT, "zbee_nwk.cmd.report.type",
                   "zbee_nwk.cmd.report.count", "zbee_nwk.cmd.epid", "zbee_nwk.panid",
                   "zbee_nwk.dst")  # fmt: skip
    updates = rows(tshark, path, NETWORK_UPDATE, "zbee_nwk.cmd.update.type",
                   "zbee_nwk.cmd.update.count", "zbee_nwk.cmd.epid", "zbee_nwk.panid",
                   "zbee_nwk.cmd.update.id", "zbee_nwk.dst")  # fmt: skip

    assert [numbers(row) for row in reports] == [[0, 1, hub, run.pan, 0]]
    assert updates
    assert all(numbers(row) == [0, 1, hub, pan, 1, 0xFFFF] for row in updates)


def test_stock_tshark_opens_what_is_sent_under_the_new_pan_id(
    moving: tuple[CaptureRun, int], tmp_path: Path, tshark: Tshark
) -> None:
    run, pan = moving
    path = tmp_path / "moves.pcapng"

    write_capture(path, [run])

    assert tshark(path, "-Y", GATE) == []
    pans = [int(cell, 16) for (cell,) in rows(tshark, path, "zbee_nwk", "wpan.dst_pan")]
    # Who hears of it late changes late: for a moment both numbers are on the air, then one.
    assert {*pans} == {run.pan, pan}
    assert {*pans[-100:]} == {pan}


def test_without_the_keys_on_the_new_pan_id_it_would_read_nothing_there(
    moving: tuple[CaptureRun, int], tmp_path: Path, tshark: Tshark
) -> None:
    run, _ = moving
    path = tmp_path / "moves.pcapng"
    changes = [item for item in run.frames if isinstance(item, KeyChange)]
    frames = [item for item in run.frames if not isinstance(item, KeyChange)]

    write_capture(path, [replace(run, frames=frames)])

    assert changes
    assert changes[0].at_us >= 69 * SECOND_US
    assert tshark(path, "-Y", GATE) != []


def test_two_homes_that_come_to_one_pan_id_are_kept_apart(
    moving: tuple[CaptureRun, int], tmp_path: Path, tshark: Tshark
) -> None:
    run, pan = moving
    path = tmp_path / "moves.pcapng"

    write_capture(path, [run, run])

    assert tshark(path, "-Y", GATE) == []
    pans = [int(cell, 16) for (cell,) in rows(tshark, path, "zbee_nwk", "wpan.dst_pan")]
    assert {*pans} == {run.pan, run.pan + 1, pan, pan + 1}
