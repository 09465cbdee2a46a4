"""Words of the code made fit for a cell of a table."""

import re

_NOTES = re.compile(
    r"\s*\((?:of )?domain\.md [^)]*\)|,? (?:of )?domain\.md [\d.]*\d|^domain\.md [\d.]*\d, "
)
"""Places in our design notes, which a reader has not; the source itself stands beside them."""


def cell(text: object) -> str:
    """Return a text on one line, without places in the design notes."""
    return _NOTES.sub("", " ".join(str(text).split())).replace("|", "\\|")


def row(*cells: str) -> str:
    """Return a row of a table of Markdown."""
    return "| " + " | ".join(cells) + " |"
