"""Takes the pictures of the README and the documents: docs/pictures/*.png, from real runs.

The run is that of the tutorial's first engine, which takes a time-out as proof of the old key.
Wants Debian's Chromium, as the browser tests do. Look at what it wrote before you commit it.

Usage: python tools/make_pictures.py
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
HANBENCH = ROOT / ".venv" / "bin" / "hanbench"
OCTETS_MAX = 160_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SHOWN = "display-shows-what-it-reads"
ENGINE = "exec:python3 mine/first.py"
EXPLORED = ["explore", "clean-two-fuel", "--variant", "no-traffic", "--only", "rotate-sua-key"]


class Picture(NamedTuple):
    """One picture: the page in the scratch folder, what of it, and how wide and high at most."""

    page: str
    begins: str
    """The element at its upper edge."""
    width: int
    height: int


TAKEN = {
    "report": Picture("run/report.html", "main", 1000, 760),
    "failure": Picture("run/failures/secure-rotation-response-lost.html", "#truth", 1280, 620),
    "faces": Picture("shown/cases/han-display-shows-what-it-reads.html", ".faces", 1000, 455),
    "exploration": Picture("explored/exploration.html", "#smallest", 1000, 1010),
}


def main() -> int:
    """Run, take the pictures, and say how large they are."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("make_pictures: wants Debian's chromium")
        return 1
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch)
        run_all(folder)
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name, picture in TAKEN.items():
            page = browser.new_page(
                viewport={"width": picture.width, "height": picture.height}, color_scheme="light"
            )
            take(page, folder, picture, PICTURES / f"{name}.png")
        browser.close()
    sizes = {path.name: path.stat().st_size for path in sorted(PICTURES.glob("*.png"))}
    print("\n".join(f"{name}: {size:,} octets" for name, size in sizes.items()))
    return int(any(size > OCTETS_MAX for size in sizes.values()))


def run_all(folder: Path) -> None:
    """Make what the pictures are taken of; a run that fails is what they are to show."""
    write_engine(folder)
    profile = ["--profile", "mine/profile.yaml"]
    hanbench(folder, "run", "secure", "--engine", ENGINE, *profile, "--out", "run", "--no-capture")
    hanbench(folder, "run", SHOWN, "--out", "shown", "--no-capture")
    hanbench(folder, *EXPLORED, "--engine", ENGINE, "--out", "explored")


def write_engine(folder: Path) -> None:
    """Write the tutorial's files as they stand there first, the communications check mended."""
    hanbench(folder, "new", "engine", "mine")
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    for name, body in reversed(re.findall(r"(?ms)^```\w+ name=(\S+)\n(.*?)^```$", text)):
        (folder / name).write_text(body, encoding="utf-8")
    mend = re.search(r"(?m)^\$ (sed .*)$", text)
    assert mend is not None
    subprocess.run(["sh", "-c", mend[1]], cwd=folder, check=True)


def hanbench(folder: Path, *words: str) -> None:
    """Run the command; what it found is no failure of ours."""
    done = subprocess.run([HANBENCH, *words], cwd=folder, check=False, stdout=subprocess.DEVNULL)
    if done.returncode not in (0, 1, 3):
        raise SystemExit(f"hanbench {' '.join(words)}: ended with {done.returncode}")


def take(page: Page, folder: Path, picture: Picture, path: Path) -> None:
    """Take a page from an element on, as high as the picture is."""
    page.goto((folder / picture.page).as_uri())
    box = page.locator(picture.begins).first.bounding_box()
    assert box is not None, picture.begins
    clip = {"x": 0, "y": max(0, box["y"] - 8), "width": picture.width, "height": picture.height}
    page.screenshot(path=path, clip=clip, full_page=True)


if __name__ == "__main__":
    sys.exit(main())
