"""The XSDs and docs/migration-files.md are what the code says."""

import subprocess
import sys

from tests.tracked_files import ROOT


def test_the_migration_files_page_and_the_xsds_are_current() -> None:
    command = [sys.executable, str(ROOT / "tools" / "make_migration_files.py"), "--check"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
