"""The file of tests that `hanbench new tests` writes: it passes as it is, and shows the plugin."""

from pathlib import Path

from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.loader import fixtures_folder

TESTS = "test_my_engine.py"


def write_new_tests(path: Path, *, may_replace: bool = False) -> None:
    """Write the file.

    Raises:
        ScenarioError: it is there already, or cannot be written.
    """
    if path.exists() and not may_replace:
        raise ScenarioError(f"{path}: is there already; name another file, or give --force")
    try:
        path.write_bytes((fixtures_folder("pytest") / TESTS).read_bytes())
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be written: {error.strerror}") from error
