"""The documents build without a warning, and without anything from elsewhere."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tests.tracked_files import ROOT

pytestmark = pytest.mark.slow
"""Sphinx takes ten seconds alone, and thirty on a machine that is busy."""
REMOTE = re.compile(
    r"<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)=\"(?:https?:)?//", re.IGNORECASE
)


def docs_command(folder: Path) -> list[str]:
    """Return what `make docs` runs, with another place for the pages."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.search(r"(?m)^docs:.*\n\t\$\(PYTHON\) (.*)$", makefile)
    assert found is not None
    words = shlex.split(found[1])
    return [sys.executable, *words[:-1], "-d", str(folder / "doctrees"), str(folder / "html")]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    done = subprocess.run(
        docs_command(folder), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


def test_the_documents_build_and_warnings_are_errors(built: Path) -> None:
    assert {"-W", "-n"} <= set(docs_command(built))
    assert (built / "index.html").is_file()


def test_every_document_is_among_the_pages(built: Path) -> None:
    sources = {path.stem for path in (ROOT / "docs").glob("*.md")}
    written = {path.stem for path in (ROOT / "docs" / "written").glob("*.md")}

    assert sources <= {path.stem for path in built.glob("*.html")}
    assert written == {path.stem for path in (built / "written").glob("*.html")}


def test_no_page_loads_anything_from_elsewhere(built: Path) -> None:
    loaded = [
        f"{path.name}: {found.group()}"
        for path in built.rglob("*.html")
        for found in REMOTE.finditer(path.read_text(encoding="utf-8"))
    ]

    assert loaded == []


def test_what_loads_from_elsewhere_would_be_found() -> None:
    assert REMOTE.search('<link rel="stylesheet" href="https://fonts.example/a.css">')
    assert REMOTE.search('<script src="//cdn.example/a.js"></script>')
