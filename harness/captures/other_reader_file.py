"""`other-reader.json`: what another reader made of the capture beside it, format version 1.

So that a report which is written again still says it, without that reader and without its time.
"""

import hashlib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from hanbench.harness.captures.other_reader import OtherReading
from hanbench.harness.errors import ScenarioError

OTHER_READER = "other-reader.json"


class OtherReaderFile(BaseModel):
    """The file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    other_reader: Literal[1] = 1
    capture_sha256: str
    """Of the file that was read, 64 hex digits."""
    reading: OtherReading


def write_reading(path: Path, reading: OtherReading, capture: Path) -> None:
    """Put down what was made of a capture."""
    file = OtherReaderFile(capture_sha256=_digest(capture), reading=reading)
    path.write_text(file.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_reading(path: Path, capture: Path) -> OtherReading | None:
    """Return what was made of a capture; None where nobody read it, or it is another one by now.

    Raises:
        ScenarioError: the file is damaged, or of another version.
    """
    if not (path.exists() and capture.exists()):
        return None
    try:
        file = OtherReaderFile.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        says = str(error).splitlines()[0]
        raise ScenarioError(f"{path}: cannot be read as what another reader made: {says}") from (
            error
        )
    return file.reading if file.capture_sha256 == _digest(capture) else None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
