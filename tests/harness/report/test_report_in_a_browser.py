"""The report in Debian's Chromium: it opens, asks for nothing, fits a phone, and links open."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.harness.report.made_runs import made_meta, made_runs
from tests.suite_cases import case_of

from hanbench.harness.report import write_report
from hanbench.harness.run_case import run_case

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.timeout(120)

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"
OUTSIDE = """
    [...document.querySelectorAll('svg.seq, svg.keys')].flatMap(picture =>
        [...picture.querySelectorAll('text')].filter(text => {
            const box = text.getBBox(), view = picture.viewBox.baseVal
            return box.x < 0 || box.x + box.width > view.width || box.y < 0
        }).map(text => text.textContent))
"""


def _lacks(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must have {what} installed")
    pytest.skip(f"{what} is not installed: nobody has looked at the report")


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    program = shutil.which("chromium")
    if program is None:
        _lacks("chromium")
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415
    except ImportError:
        _lacks("playwright")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("run") / "report.html"
    real = [
        run_case(case_of("power-cut-torn-commit", "two-phase")),
        run_case(case_of("locked-out-during-rotation", "two-phase")),
        run_case(case_of("dco-unavailable-half-way", "while-the-answer-comes")),
    ]
    write_report(path, [*made_runs(), *real], made_meta(selected=8))
    return path


@pytest.fixture
def page(browser: "Browser", report: Path) -> "Iterator[Page]":
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(report.as_uri())
    yield page
    page.close()


def test_it_opens_without_a_word_on_the_console_and_asks_for_nothing_else(
    browser: "Browser", report: Path
) -> None:
    said: list[str] = []
    asked: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))

    page.goto(report.as_uri())
    page.evaluate(OPEN_ALL)

    assert said == []
    assert asked == [report.as_uri()]
    page.close()


def test_the_first_screen_answers_and_says_where_to_look(page: "Page") -> None:
    assert page.locator("h1").inner_text().startswith("No.")
    for words in ("confidently wrong", "Look here first", "own/died"):
        box = page.locator(f"text={words}").first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 900


def test_a_verdict_leads_to_its_case_and_opens_it(page: "Page") -> None:
    case = page.locator("#case-own-answer-lost")
    assert not case.is_visible()

    page.click("table.verdicts a[href='#case-own-answer-lost']")

    assert case.is_visible()
    assert case.locator("text=What happened, in virtual time").is_visible()


def test_a_case_opens_by_the_keyboard(page: "Page") -> None:
    summary = page.locator(".case summary", has_text="own/torn-commit").first
    summary.focus()

    page.keyboard.press("Enter")

    assert page.locator(".case details[open] summary", has_text="own/torn-commit").count() == 1


def test_no_label_of_a_picture_is_cut_off(page: "Page") -> None:
    page.evaluate(OPEN_ALL)

    assert page.locator("svg.seq").count() == 7
    assert page.evaluate(OUTSIDE) == []


@pytest.mark.parametrize("width", [320, 390, 768, 1400])
def test_it_fits_the_width_of_the_screen(page: "Page", width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})

    page.evaluate(OPEN_ALL)

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_is_dark_where_that_is_preferred_and_light_on_paper(page: "Page") -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)

    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(ground)
    page.emulate_media(color_scheme="dark", media="print")

    assert dark != light
    assert page.evaluate(ground) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("width", [320, 390, 768, 1400])
def test_the_clause_page_fits_too_and_a_finding_leads_there_and_back(
    page: "Page", width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.locator(".finding a[href^='clauses.html#property']").first.click()

    assert page.url.endswith("clauses.html#property-P9")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator("#property-P9").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 844

    page.locator("#property-P9 a[href^='report.html#case']").first.click()

    assert "report.html#case-" in page.url


def test_the_clause_page_is_dark_where_that_is_preferred_and_light_on_paper(page: "Page") -> None:
    page.click(".landing a[href='clauses.html']")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)

    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(ground)
    page.emulate_media(color_scheme="dark", media="print")

    assert dark != light
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    assert not page.locator(".jump").is_visible()
