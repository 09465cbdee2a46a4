"""What a user reads after a run: one HTML file, without scripts and without the network."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from hanbench.harness.report.page import build_page
from hanbench.harness.report.spoken import plural
from hanbench.harness.run_meta import RunMeta
from hanbench.harness.verdict import CaseRun

__all__ = ["write_report"]


def write_report(path: Path, runs: Sequence[CaseRun], meta: RunMeta) -> None:
    """Write the report of a run to one self-contained file in the folder of the run."""
    environment = Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The pictures and the style sheet are our own, and escaped where they were made.
    style = Markup(_read("report.css"))  # noqa: S704
    template = environment.get_template("report.html.j2")
    page = build_page(runs, meta, path.parent)
    html = template.render(page=page, style=style, picture=Markup, plural=plural)
    path.write_text(html, encoding="utf-8")


def _read(name: str) -> str:
    return (files("hanbench.harness.report") / name).read_text(encoding="utf-8")
