"""Writes the reference pages from the code: `make docs` does it before Sphinx reads.

They are not checked in: whoever changes a schema, an option or a layout has nothing to remember.

Usage: python tools/make_pages.py FOLDER
"""

import sys
from collections.abc import Callable
from pathlib import Path

from pages_of_commands import command_pages
from pages_of_facts import fact_pages
from pages_of_formats import format_pages
from pages_of_schemas import schema_pages

Pages = dict[str, str]
"""Texts in Markdown by the name of their file."""
MAKERS: tuple[Callable[[], Pages], ...] = (schema_pages, command_pages, format_pages, fact_pages)


def make_pages() -> Pages:
    """Return every page that is written from the code."""
    pages: Pages = {}
    for make in MAKERS:
        pages.update(make())
    return pages


def write_pages(folder: Path) -> None:
    """Write the pages, leave alone what is as it was, and remove what is no longer written."""
    pages = make_pages()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.md"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
