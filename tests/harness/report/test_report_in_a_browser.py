"""The report in Debian's Chromium: it opens, says nothing to the console, and fits a phone."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hanbench.harness.case import expand
from hanbench.harness.loader import Library, fixtures_folder
from hanbench.harness.report import write_report
from hanbench.harness.run_case import run_case
from hanbench.harness.run_meta import RunMeta

if TYPE_CHECKING:
    from playwright.sync_api import Page

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def page() -> "Iterator[Page]":
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have chromium installed")
        pytest.skip("chromium is not installed: nobody has looked at the report")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        yield browser.new_page()
        browser.close()


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = fixtures_folder("scenarios") / "secure" / "rotation-response-lost.yaml"
    case = expand(Library().scenario(path, name="secure/rotation-response-lost"))[0]
    meta = RunMeta(
        command="hanbench run rotation-response-lost",
        suite="rotation-response-lost",
        seed=1,
        traffic=None,
        engine="reference",
        scheme="han-sua-m1",
        started_at="2026-11-22T23:45:36Z",
        versions={},
        selected=1,
    )
    write_report(tmp_path / "report.html", [run_case(case)], meta)
    return tmp_path / "report.html"


@pytest.mark.timeout(120)
def test_it_opens_without_a_word_on_the_console_and_shows_its_key_texts(
    page: "Page", report: Path
) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    page.goto(report.as_uri())
    page.click("summary")

    assert said == []
    assert page.locator("h1").inner_text().startswith("Yes")
    assert page.locator("svg").count() == 2
    assert page.locator("text=Truth and belief over time").is_visible()


@pytest.mark.timeout(120)
def test_it_fits_the_width_of_a_phone(page: "Page", report: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})

    page.goto(report.as_uri())

    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
