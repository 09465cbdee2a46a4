"""The page of the zoo: every mistake, what catches it, and the score; one file without scripts."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from hanbench.harness.zoo.sightings import Visit


def write_page(path: Path, visits: Sequence[Visit], *, whole: bool) -> None:
    """Write the page."""
    environment = Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (files("hanbench.harness.report") / "report.css").read_text(encoding="utf-8")
    rooms = [
        (title, [one for one in visits if one.kind == kind])
        for title, kind in (("Engines", "engine"), ("Devices and parties", "device"))
    ]
    html = environment.get_template("zoo.html.j2").render(
        # The style sheet is our own.
        style=Markup(style),  # noqa: S704
        visits=visits,
        rooms=[(title, ones) for title, ones in rooms if ones],
        survivors=[one for one in visits if not one.is_caught],
        strays=[one for one in visits if one.is_caught and not one.is_as_known],
        whole=whole,
    )
    path.write_text(html, encoding="utf-8")


def _read(name: str) -> str:
    return (files("hanbench.harness.zoo") / name).read_text(encoding="utf-8")
