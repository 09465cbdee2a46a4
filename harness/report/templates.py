"""The templates of the report and of its kin, and how they are filled in and written.

Every page of the bench has the layout, the style sheet and the navigation of `layout.html.j2`, and
carries its style in it, so that a page can be sent to somebody by itself.
"""

import html
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from hanbench.harness.report.spoken import plural
from hanbench.harness.running.run_folder import INDEX

HERE = "hanbench.harness.report"
MARK = ", hanbench</title>"
"""How the title of every page of ours ends."""
PAGES = {
    "report.html": "Report",
    "verdicts.html": "Verdicts",
    "clauses.html": "Clauses",
    "exploration.html": "Exploration",
    "zoo.html": "Zoo",
    "verification.html": "Determinism",
    "model.html": "Model check",
    "replay.html": "Replay",
}
"""What can stand in one folder, in the order of the navigation."""
ABOUT = {
    "report.html": "May the engine go out? Every verdict, and the way to each failure.",
    "verdicts.html": "Every case of the run, one line each.",
    "clauses.html": "Which rules are kept, which are broken, and which scenarios say so.",
    "exploration.html": "Every fault at every point of a scenario: what was covered, what failed.",
    "zoo.html": "Faulty engines and devices, and what caught each of them.",
    "verification.html": "The same cases in fresh processes under other settings.",
    "model.html": "Every story of the key rotation, to exhaustion, without the emulator.",
    "replay.html": "A recorded case run again, and where it parts from its record.",
}


def render(name: str, /, *, package: str = HERE, **values: object) -> str:
    """Fill in a template; the style sheet is put into the page, which then needs nothing else."""
    # The pictures and the style sheet are our own, and escaped where they were made.
    style = Markup(_read(HERE, "report.css"))  # noqa: S704
    template = _environment(package).get_template(name)
    given = {"up": "", "site": (), "here": "", **values}
    return template.render(style=style, picture=Markup, plural=plural, **given)


def write_page(
    path: Path,
    template: str,
    /,
    *,
    package: str = HERE,
    up: str = "",
    beside: tuple[str, ...] = (),
    is_indexed: bool = True,
    **values: object,
) -> None:
    """Write a page whole or not at all; `up` leads from it to the folder that it belongs to.

    `beside` are pages of that folder that are there, or will be when all is written;
    `is_indexed` says whether the folder gets a page of contents.
    """
    folder = path.parent / up
    site = tuple(
        (label, file)
        for file, label in PAGES.items()
        if file in beside or file == path.name or (folder / file).is_file()
    )
    if is_indexed or (folder / INDEX).is_file():
        site += (("All pages", INDEX),)
    here = "" if up else path.name
    text = render(template, package=package, up=up, site=site, here=here, **values)
    _put(path, text)


def write_index(folder: Path) -> None:
    """Write the contents of a folder: every page that stands in it, by its title.

    An `index.html` that is somebody else's is left alone.
    """
    path = folder / INDEX
    if path.is_file() and MARK not in path.read_text(encoding="utf-8", errors="replace"):
        return
    entries = [
        (label, file, ABOUT[file], _title(folder / file))
        for file, label in PAGES.items()
        if (folder / file).is_file()
    ]
    write_page(path, "index.html.j2", entries=entries, name=folder.resolve().name)


def _title(path: Path) -> str:
    found = re.search(r"<title>(.*?)</title>", path.read_text(encoding="utf-8"), re.DOTALL)
    return html.unescape(found.group(1)).removesuffix(", hanbench") if found else path.name


def _put(path: Path, text: str) -> None:
    draft = path.with_suffix(".tmp")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


@cache
def _environment(package: str) -> Environment:
    def load(name: str) -> str | None:
        """Look for a template in the package that asks, then here."""
        for place in (package, HERE):
            if (files(place) / name).is_file():
                return _read(place, name)
        return None

    return Environment(
        loader=FunctionLoader(load),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _read(package: str, name: str) -> str:
    return (files(package) / name).read_text(encoding="utf-8")
