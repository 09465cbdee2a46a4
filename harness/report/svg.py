"""Elements of an SVG picture, with every attribute quoted and every text escaped.

Colours are classes, so that the page's style sheet decides them for light, dark and print. Names of
classes are short since a report holds a hundred thousand of them.
"""

from xml.sax.saxutils import escape, quoteattr

LETTER = 6.3
"""How wide a letter of a label is, about: the widest of the usual system fonts at 11 px."""
BOLD = 7.4
SHRUNK = 0.82
"""How much smaller a picture may be drawn to fit its page: an 11 px letter is 9 px then."""


def element(name: str, content: str = "", **attributes: object) -> str:
    """Return one element; a trailing underscore in a name is dropped (`class_`)."""
    given = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(str(value))}"
        for key, value in attributes.items()
    )
    return f"<{name}{given}>{content}</{name}>" if content else f"<{name}{given}/>"


def text(x: float, y: float, words: str, class_: str = "", anchor: str = "") -> str:
    """Return a line of text; `anchor` is `m` for the middle, `e` for the end, else the start."""
    classes = " ".join(part for part in (class_, anchor) if part)
    if not classes:
        return f'<text x="{x:g}" y="{y:g}">{escape(words)}</text>'
    return f'<text x="{x:g}" y="{y:g}" class="{classes}">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    """Return a straight line."""
    end = f"H{x2:g}" if y1 == y2 else f"V{y2:g}" if x1 == x2 else f"L{x2:g} {y2:g}"
    return path(f"M{x1:g} {y1:g}{end}", class_)


def path(way: str, class_: str, title: str = "") -> str:
    """Return any line or outline; its title is shown where a pointer rests on it."""
    if not title:
        return f'<path d="{way}" class="{class_}"/>'
    return f'<path d="{way}" class="{class_}"><title>{escape(title)}</title></path>'


def box(x: float, y: float, width: float, height: float, class_: str) -> str:
    """Return a rectangle; the style sheet rounds its corners."""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" class="{class_}"/>'


def dot(x: float, y: float, radius: float, class_: str) -> str:
    """Return a circle."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" class="{class_}"/>'


def symbol(name: str, x: float, y: float, class_: str) -> str:
    """Return one of the symbols that the page declares once."""
    return f'<use href="#{name}" x="{x:g}" y="{y:g}" class="{class_}"/>'


def badge(x: float, y: float, number: int, class_: str) -> str:
    """Return a number in a circle: what a list beside the picture explains."""
    return dot(x, y, 8, f"n {class_}") + text(x, y + 3.5, str(number), "nt", "m")


def picture(width: float, height: float, parts: list[str], title: str, class_: str) -> str:
    """Return the whole picture in its own size, or a little smaller where that makes it fit.

    What is around it scrolls.
    """
    return element(
        "svg",
        element("title", escape(title)) + "".join(parts),
        class_=class_,
        viewBox=f"0 0 {width:g} {height:g}",
        width=f"{width:g}",
        height=f"{height:g}",
        role="img",
        style=f"min-width:{SHRUNK * width:.0f}px",
    )


def wide(words: str, *, is_bold: bool = False) -> float:
    """Return how wide a label is, about."""
    return (BOLD if is_bold else LETTER) * len(words)


def shortened(words: str, width: float) -> str:
    """Cut a label to what fits, with an ellipsis."""
    length = max(int(width / LETTER), 2)
    return words if len(words) <= length else words[: length - 1] + "…"
