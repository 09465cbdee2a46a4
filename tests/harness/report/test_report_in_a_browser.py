"""The pages in Debian's Chromium: they open, ask for nothing, fit a phone, and their links open."""

import dataclasses
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.harness.report.html_pages import pages_in
from tests.harness.report.made_pages import write_kin
from tests.harness.report.made_runs import made_meta, made_runs
from tests.suite_cases import case_of

from hanbench.harness.captures.writing import write_capture
from hanbench.harness.report import write_report
from hanbench.harness.report.gate_view import gate_view
from hanbench.harness.report.page import build_page
from hanbench.harness.report.templates import write_page
from hanbench.harness.running.run_case import run_case

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
WRONG = "failures/own-answer-lost-time-out-taken-as-old.html"
FRAMED = "failures/secure-rotation-response-lost.html"
PASSED = "cases/secure-power-cut-torn-commit.html"
TELLS = {
    "report.html": ("May this engine go out?", "Look here first", "Gate shut", "confidently wrong"),
    WRONG: ("Truth against belief", "Common causes", "hanbench replay", "Clauses"),
    FRAMED: ("What happened", "Numbers are those of", "Step through it"),
    PASSED: ("Cases that came out as expected", "two-phase"),
    "verdicts.html": ("Every verdict of this run", "as it stands"),
    "clauses.html": ("Which rules does this engine keep?", "By scenario"),
    "index.html": ("What stands in this folder", "Model check"),
    "exploration.html": ("Hazards", "What was seen to happen"),
    "zoo.html": ("Does this bench see a mistake", "Engines"),
    "verification.html": ("Does chance get in?", "Settings"),
    "model.html": ("Does the rotation keep its promises?", "Claims"),
    "replay.html": ("Does the recorded case come out the same?", "Recorded"),
}
"""A page of each kind, and what must be read on it."""
OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"
GROUND = "getComputedStyle(document.body).backgroundColor"
WIDTHS = (320, 390, 768, 1280)
FIT = """
    [document.documentElement.scrollWidth, document.documentElement.clientWidth]
"""
OUTSIDE = """
    [...document.querySelectorAll('svg.seq, svg.keys')].flatMap(picture =>
        [...picture.querySelectorAll('text')].filter(text => {
            const box = text.getBBox(), view = picture.viewBox.baseVal
            return box.x < 0 || box.x + box.width > view.width || box.y < 0
        }).map(text => text.textContent))
"""
UNREACHABLE = """
    [...document.querySelectorAll('.scroll, pre.tree, pre.screen')]
        .filter(one => one.scrollWidth > one.clientWidth + 1 && one.tabIndex < 0).length
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
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with failures and a capture, and the pages of every other command beside it."""
    path = tmp_path_factory.mktemp("run")
    engine = "hanbench.harness.zoo.beliefs:assumes_old_on_time_out"
    real = [
        run_case(dataclasses.replace(case_of("rotation-response-lost"), engine=engine)),
        run_case(case_of("power-cut-torn-commit", "two-phase")),
        run_case(case_of("locked-out-during-rotation", "two-phase")),
        run_case(case_of("dco-unavailable-half-way", "while-the-answer-comes")),
    ]
    write_capture(path / "han.pcapng", [run.capture for run in real if run.capture is not None])
    write_kin(path)
    runs = [*made_runs(), *real]
    write_report(path / "report.html", runs, made_meta(selected=9))
    # One of the pages of a long run, beside the landing page of a short one.
    page = build_page(runs, made_meta(), gate_view([run.result for run in runs], made_meta()))
    write_page(path / "verdicts.html", "verdicts.html.j2", page=page)
    return path


@pytest.fixture
def page(browser: "Browser", folder: Path) -> "Iterator[Page]":
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((folder / "report.html").as_uri())
    yield page
    page.close()


def test_there_is_a_page_of_each_kind(folder: Path) -> None:
    there = {str(path.relative_to(folder)) for path in pages_in(folder)}

    assert set(TELLS) <= there
    assert {name.partition("/")[0] for name in there} == {name.partition("/")[0] for name in TELLS}


@pytest.mark.parametrize("name", TELLS)
def test_each_opens_without_a_word_on_the_console_and_asks_for_nothing_else(
    browser: "Browser", folder: Path, name: str
) -> None:
    said: list[str] = []
    asked: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))

    page.goto((folder / name).as_uri())
    page.evaluate(OPEN_ALL)

    assert said == []
    assert asked == [(folder / name).as_uri()]
    for words in TELLS[name]:
        assert page.get_by_text(words).first.is_visible(), words
    assert page.evaluate(OUTSIDE) == [], "no label of a picture is cut off"
    page.close()


@pytest.mark.parametrize("name", TELLS)
def test_each_fits_every_screen_and_is_dark_where_that_is_preferred_and_light_on_paper(
    page: "Page", folder: Path, name: str
) -> None:
    page.goto((folder / name).as_uri())
    page.evaluate(OPEN_ALL)

    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        needs, has = page.evaluate(FIT)
        assert needs <= has, f"{name} needs {needs} of {has}"
        assert page.evaluate(UNREACHABLE) == 0, "what scrolls is reached by the keyboard"
    light = page.evaluate(GROUND)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(GROUND)
    page.emulate_media(color_scheme="dark", media="print")
    assert dark != light
    assert page.evaluate(GROUND) == "rgb(255, 255, 255)"
    assert not page.locator("nav.site").is_visible()


def test_the_first_screen_answers_and_says_where_to_look(page: "Page") -> None:
    assert page.locator("h1").inner_text().startswith("No.")
    for words in ("confidently wrong", "Look here first", "own/died", "Engine", "Speed"):
        box = page.locator(".landing").get_by_text(words).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 900, words


def test_a_verdict_leads_to_the_page_of_its_failure_and_that_to_its_clause_and_back(
    page: "Page",
) -> None:
    page.click(f"table.verdicts a[href='{WRONG}']")
    assert page.locator("h1").inner_text() == "own/answer-lost[time-out-taken-as-old]"

    page.locator(".finding a[href$='#property-P9']").first.click()
    assert page.url.endswith("clauses.html#property-P9")
    box = page.locator("#property-P9").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 900

    page.locator("#property-P9 a[href^='failures/']").first.click()
    assert "/failures/" in page.url


def test_a_verdict_that_passed_opens_its_case(page: "Page") -> None:
    page.click("table.verdicts a[href='cases/own-answer-lost.html#case-own-answer-lost']")

    case = page.locator("#case-own-answer-lost")
    assert case.is_visible()
    assert case.locator("text=What happened, in virtual time").is_visible()


def test_frames_open_by_the_keyboard_and_show_their_fields(page: "Page", folder: Path) -> None:
    page.goto((folder / FRAMED).as_uri())
    summary = page.locator(".frame summary").first
    summary.focus()

    page.keyboard.press("Enter")

    assert page.locator(".frame[open] pre.tree").first.is_visible()


def test_the_first_stop_of_the_keyboard_leads_past_the_navigation(page: "Page") -> None:
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    box = focused.bounding_box()

    assert focused.get_attribute("href") == "#main"
    assert box is not None
    assert box["x"] >= 0, "it is seen while it has the focus"
    assert "3px" in page.evaluate("getComputedStyle(document.activeElement).outline")


def test_paper_has_the_evidence_that_is_folded_on_the_screen(page: "Page", folder: Path) -> None:
    page.goto((folder / PASSED).as_uri())
    page.emulate_media(media="print")
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = false")

    drawn = "document.querySelector('svg.seq').getBoundingClientRect().height"
    assert page.evaluate(drawn) > 100


def test_the_diagram_is_seen_whole_on_a_desk_and_at_its_own_size_on_a_phone(
    page: "Page", folder: Path
) -> None:
    page.goto((folder / FRAMED).as_uri())
    around = "document.querySelector('#happened ~ figure .scroll')"
    room = f"(one => [one.scrollWidth, one.clientWidth])({around})"
    drawn = "document.querySelector('svg.seq').getBoundingClientRect().width"

    needs, has = page.evaluate(room)
    on_a_desk = page.evaluate(drawn)
    page.set_viewport_size({"width": 390, "height": 844})

    assert needs <= has, "the meters' lanes are not out of sight"
    assert page.evaluate(drawn) > on_a_desk
