"""The templates of the report and of the clause page, and how they are filled in."""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from hanbench.harness.report.spoken import plural


def render(name: str, **values: object) -> str:
    """Fill in a template; the style sheet is put into the page, which then needs nothing else."""
    # The pictures and the style sheet are our own, and escaped where they were made.
    style = Markup(_read("report.css"))  # noqa: S704
    template = _environment().get_template(name)
    return template.render(style=style, picture=Markup, plural=plural, **values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _read(name: str) -> str:
    return (files("hanbench.harness.report") / name).read_text(encoding="utf-8")
