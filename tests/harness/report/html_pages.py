"""Reads written pages: tags, links and places, and what is wrong with them."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

VOID = frozenset({"meta", "br", "col", "img", "link", "hr", "input"})
OUTSIDE = re.compile(r"url\((?!#)|@import|src=|https?:|\son\w+=")
"""What would ask for something, or run something."""
FORBIDDEN = frozenset({"script", "link", "iframe", "img", "object", "embed", "base", "form"})


class Tags(HTMLParser):
    """The tags of one page."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.unscoped = 0
        self.unlabelled: list[str] = []
        self.unclosed: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.names.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src") and value]
        self.ids += [value for name, value in given.items() if name == "id" and value]
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.unscoped += tag == "th" and "scope" not in given
        if tag == "nav" or given.get("role") == "region":
            self.unlabelled += [tag] if not given.get("aria-label") else []

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unclosed.append(tag)


def tags_of(path: Path) -> Tags:
    """Read a page."""
    tags = Tags()
    tags.feed(path.read_text(encoding="utf-8"))
    return tags


def pages_in(folder: Path) -> list[Path]:
    """Return every page of a folder and of those in it."""
    return sorted(folder.rglob("*.html"))


def broken_links(folder: Path) -> list[str]:
    """Return the links of all pages of a folder that lead nowhere."""
    read = {path.resolve(): tags_of(path) for path in pages_in(folder)}
    broken = []
    for path, tags in read.items():
        for link in tags.links:
            file, _, anchor = unquote(link).partition("#")
            target = (path.parent / file).resolve() if file else path
            is_page = target in read and (not anchor or anchor in read[target].ids)
            is_file = target.suffix == ".csv" and target.is_file()
            if not (is_page or is_file):
                broken.append(f"{path.relative_to(folder.resolve())}: {link}")
    return broken


def faults_of(path: Path) -> list[str]:
    """Say what is wrong with the make of a page."""
    text = path.read_text(encoding="utf-8")
    tags = tags_of(path)
    steps = list(zip(tags.headings, tags.headings[1:], strict=False))
    tests = {
        "not closed": tags.unclosed or tags.open,
        "asks for something": OUTSIDE.search(text) or FORBIDDEN & set(tags.names),
        "an id twice": len(tags.ids) != len(set(tags.ids)),
        "a header cell without a scope": tags.unscoped,
        "a landmark without a name": tags.unlabelled,
        "not one h1, at the beginning": tags.headings[:1] != [1] or tags.headings.count(1) != 1,
        "a heading that leaves out a level": any(after > before + 1 for before, after in steps),
        "not one main": tags.names.count("main") != 1,
        "no way past the navigation": "#main" not in tags.links or "main" not in tags.ids,
        "no header or footer": not {"header", "footer"} <= set(tags.names),
        "no language": '<html lang="en-GB">' not in text,
    }
    return [name for name, wrong in tests.items() if wrong]
