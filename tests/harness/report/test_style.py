"""The style sheet: colours that can be read (WCAG AA), in light and in dark."""

import re
from importlib.resources import files

import pytest

STYLE = (files("hanbench.harness.report") / "report.css").read_text(encoding="utf-8")
AA = 4.5
PAIRS = [
    *[(ink, ground) for ink in ("fg", "soft", "link") for ground in ("bg", "card", "home", "band")],
    *[("fg", ground) for ground in ("badbg", "warnbg", "goodbg", "oldbg")],
    *[(ink, "card") for ink in ("good", "bad", "warn", "old")],
    *[(ink, "home") for ink in ("good", "bad")],
    ("good", "goodbg"),
    ("bad", "badbg"),
    ("warn", "warnbg"),
    ("old", "oldbg"),
    ("card", "bad"),
    ("card", "link"),
    ("card", "soft"),
]


def palettes() -> dict[str, dict[str, str]]:
    light, dark = re.findall(r":root\{([^}]*--fg[^}]*)\}", STYLE)[:2]
    return {
        name: dict(re.findall(r"--(\w+):(#[0-9a-f]+)", block))
        for name, block in (("light", light), ("dark", dark))
    }


def luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_sum_is_that_of_the_recommendation() -> None:
    assert contrast("#fff", "#000000") == pytest.approx(21.0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(scheme: str) -> None:
    palette = palettes()[scheme]

    weak = {
        (ink, ground): round(contrast(palette[ink], palette[ground]), 2)
        for ink, ground in PAIRS
        if contrast(palette[ink], palette[ground]) < AA
    }

    assert weak == {}


def test_every_colour_that_is_used_is_declared_in_both_schemes() -> None:
    used = set(re.findall(r"var\(--(\w+)\)", STYLE))

    for palette in palettes().values():
        assert used - set(palette) == set()
