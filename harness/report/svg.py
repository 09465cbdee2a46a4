"""Elements of an SVG picture, with every attribute quoted and every text escaped.

Colours are classes, so that the page's style sheet decides them for light, dark and print.
"""

from xml.sax.saxutils import escape, quoteattr


def element(name: str, content: str = "", **attributes: object) -> str:
    """Return one element; a trailing underscore in a name is dropped (`class_`)."""
    given = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(str(value))}"
        for key, value in attributes.items()
    )
    return f"<{name}{given}>{content}</{name}>" if content else f"<{name}{given}/>"


def text(x: float, y: float, words: str, class_: str = "", anchor: str = "start") -> str:
    """Return a line of text."""
    more = {"class_": class_} if class_ else {}
    if anchor != "start":
        more["text_anchor"] = anchor
    return element("text", escape(words), x=f"{x:g}", y=f"{y:g}", **more)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    """Return a straight line."""
    return element("path", d=f"M{x1:g} {y1:g}L{x2:g} {y2:g}", class_=class_)


def picture(width: float, height: float, parts: list[str], title: str) -> str:
    """Return the whole picture, as wide as it is but never wider than its place."""
    named = element("title", escape(title))
    return element(
        "svg",
        named + "".join(parts),
        viewBox=f"0 0 {width:g} {height:g}",
        width=f"{width:g}",
        height=f"{height:g}",
        role="img",
    )


def shortened(words: str, length: int) -> str:
    """Cut a label to what fits, with an ellipsis."""
    return words if len(words) <= length else words[: length - 1] + "…"
