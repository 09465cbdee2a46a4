"""How Sphinx builds the documents.

Nothing here opens a connection: no inventories, no fonts, no scripts of others.

The reference pages are written from the code before Sphinx reads (`tools/make_pages.py`), so they
cannot be out of date.
"""

import sys
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))

from make_pages import write_pages  # noqa: E402

project = "hanbench"
author = "the hanbench contributors"
project_copyright = "the hanbench contributors, Apache-2.0"
language = "en-GB"
html_title = "hanbench"
extensions = ["myst_parser"]
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_theme_options = {"navigation_with_keys": True}
html_static_path = ["_static"]
html_css_files = ["hanbench.css"]
html_copy_source = False
html_show_sphinx = False
nitpicky = True


def setup(app: Sphinx) -> None:
    """Write the pages that come from the code, and name the two formats that no lexer knows."""
    for plain in ("port", "hanbench-log"):
        app.add_lexer(plain, TextLexer)
    app.connect("builder-inited", lambda _: write_pages(HERE / "written"))
