"""`hanbench run --tshark`: whoever gets the report need not take our word for our frames."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hanbench.harness.captures import other_reader
from hanbench.harness.captures.other_reader import read_by_tshark
from hanbench.harness.captures.writing import CaptureRun, write_capture
from hanbench.harness.cli import cli
from hanbench.harness.errors import CaptureError
from hanbench.harness.files.loader import fixtures_folder

Tshark = Callable[..., list[str]]

DISSECTOR = fixtures_folder("wireshark") / "hanbench.lua"
CASE = "han/join-by-install-code"
CLEAN = (
    "none left encrypted, none malformed, none with a wrong frame check sequence, "
    "none with fragments that do not fit"
)


def run(tmp_path: Path, *options: str) -> Result:
    arguments = ["run", CASE, "--tshark", "-j", "0", "--out", str(tmp_path / "run"), *options]
    return CliRunner().invoke(cli, arguments)


@pytest.mark.usefixtures("tshark")
def test_it_says_so_in_the_terminal_and_in_the_report(tmp_path: Path) -> None:
    done = run(tmp_path)

    assert done.exit_code == 0, done.output
    (line,) = (one for one in done.output.splitlines() if one.startswith("TShark (Wireshark)"))
    assert line.endswith(CLEAN)
    report = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert line in report
    for layer in ("zbee_zcl_se.ke", "zbee_zdp", "zbee_nwk", "wpan", "hanwan"):
        assert f"<code>{layer}</code>" in report, "what it named, by kind"


def damaged(path: Path, runs: Sequence[CaptureRun], *, with_keys: bool = True) -> None:
    """Write a capture in which the last octet of one frame in the middle is another."""
    write_capture(path, runs, with_keys=with_keys)
    octets = bytearray(path.read_bytes())
    frames = [one.frame for run in runs for one in run.frames if hasattr(one, "frame")]
    at = octets.index(frames[len(frames) // 2]) + len(frames[len(frames) // 2]) - 1
    octets[at] ^= 0xFF
    path.write_bytes(octets)


@pytest.mark.usefixtures("tshark")
def test_a_frame_that_it_cannot_read_is_named_and_is_the_bench_s_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hanbench.harness.captures.writing.write_capture", damaged)

    done = run(tmp_path)

    assert done.exit_code == 3, done.output
    assert "1 with a wrong frame check sequence" in done.output
    assert "  frame " in done.output
    assert "1 with a wrong frame check sequence" in (tmp_path / "run" / "report.html").read_text()


@pytest.mark.usefixtures("tshark")
def test_frames_whose_keys_it_lacks_are_left_encrypted(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        cli, ["run", CASE, "--no-keys", "-j", "0", "--out", str(tmp_path / "run")]
    )

    assert done.exit_code == 0
    reading = read_by_tshark(tmp_path / "run" / "han.pcapng", DISSECTOR)
    assert dict(reading.wrong)["left encrypted"] > 10
    assert len(reading.first_wrong) == other_reader.SHOWN_MAX
    assert "left encrypted" in reading.words
    assert "none" not in reading.words


@pytest.mark.usefixtures("tshark")
def test_a_file_that_it_does_not_take_is_an_error_with_its_words(tmp_path: Path) -> None:
    path = tmp_path / "none.pcapng"
    path.write_bytes(b"no capture")

    with pytest.raises(CaptureError, match="it ended with"):
        read_by_tshark(path, DISSECTOR)


def test_without_tshark_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)

    with pytest.raises(CaptureError, match="tshark is not installed"):
        CliRunner().invoke(
            cli, ["run", CASE, "--tshark", "--out", str(tmp_path / "run")], catch_exceptions=False
        )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("option", ["--no-keys", "--no-capture"])
def test_it_needs_the_capture_and_its_keys(option: str, tmp_path: Path) -> None:
    done = run(tmp_path, option)

    assert done.exit_code == 2
    assert "not with --no-capture or --no-keys" in done.output


def test_a_run_that_asked_nobody_says_how(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["run", CASE, "-j", "0", "--out", str(tmp_path / "run")])

    assert done.exit_code == 0
    assert "word stands here" in (tmp_path / "run" / "report.html").read_text()


@pytest.mark.usefixtures("tshark")
def test_a_report_that_is_written_again_still_says_it(tmp_path: Path) -> None:
    run(tmp_path)
    report = tmp_path / "run" / "report.html"
    before = report.read_text(encoding="utf-8")
    report.unlink()

    again = CliRunner().invoke(cli, ["report", str(tmp_path / "run")])

    assert again.exit_code == 0, again.output
    assert report.read_text(encoding="utf-8") == before
    assert CLEAN in before
