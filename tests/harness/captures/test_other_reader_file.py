"""What another reader made of a capture stays with the run, and with that capture alone."""

from pathlib import Path

import pytest

from hanbench.harness.captures.other_reader import OtherReading
from hanbench.harness.captures.other_reader_file import read_reading, write_reading
from hanbench.harness.errors import ScenarioError

READING = OtherReading(
    "TShark (Wireshark) 4.0.17",
    7,
    (("zbee_nwk", 4), ("wpan", 3)),
    (("left encrypted", 1), ("malformed", 0)),
    ((5, "left encrypted"),),
)


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "han.pcapng"
    path.write_bytes(b"a capture")
    return path


@pytest.fixture
def file(tmp_path: Path, capture: Path) -> Path:
    path = tmp_path / "other-reader.json"
    write_reading(path, READING, capture)
    return path


def test_what_is_written_is_read_again(file: Path, capture: Path) -> None:
    assert read_reading(file, capture) == READING


def test_of_another_capture_it_says_nothing(file: Path, capture: Path) -> None:
    capture.write_bytes(b"another capture")
    assert read_reading(file, capture) is None
    capture.unlink()
    assert read_reading(file, capture) is None


def test_where_nobody_read_it_there_is_nothing(tmp_path: Path, capture: Path) -> None:
    assert read_reading(tmp_path / "other-reader.json", capture) is None


@pytest.mark.parametrize(
    ("was", "becomes"),
    [("}", ""), ('"other_reader": 1', '"other_reader": 2'), ('"frames": 7', '"frames": "many"')],
    ids=["cut off", "another version", "no number"],
)
def test_a_damaged_one_is_answered_by_name(
    was: str, becomes: str, file: Path, capture: Path
) -> None:
    text = file.read_text(encoding="utf-8")
    assert was in text
    file.write_text(text.replace(was, becomes), encoding="utf-8")

    with pytest.raises(ScenarioError, match=r"other-reader\.json: cannot be read as what"):
        read_reading(file, capture)
