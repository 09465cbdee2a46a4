"""The folders and the import names agree, and nothing imports a folder by its bare name."""

import fnmatch
import subprocess
import sys
import tomllib

import pytest
from tests.tracked_files import ROOT, tracked_files

PROGRAMS = (("fixtures", "engines"), ("fixtures", "pytest"))
"""Programs of a user's to copy and run: data, in folders that are no packages."""
LAYERS = ("protocol", "emulator", "harness", "fixtures")
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]


def test_every_package_folder_is_shipped() -> None:
    folders = {
        ".".join(("hanbench", *init.parent.relative_to(ROOT).parts))
        for layer in LAYERS
        for init in (ROOT / layer).rglob("__init__.py")
    }

    assert set(SETUPTOOLS["packages"]) == folders


def test_every_module_lies_in_a_package() -> None:
    lost = [
        path
        for path in tracked_files()
        if path.suffix == ".py"
        and path.parts[0] in LAYERS
        and path.parts[:2] not in PROGRAMS
        and not (ROOT / path).with_name("__init__.py").is_file()
    ]

    assert lost == []


def test_every_data_file_of_a_layer_is_shipped() -> None:
    forgotten = []
    for path in tracked_files():
        is_module = path.suffix == ".py" and path.parts[:2] not in PROGRAMS
        if path.parts[0] not in LAYERS or is_module:
            continue
        inner, folder = path.name, path.parent
        while not (ROOT / folder / "__init__.py").is_file():
            inner, folder = f"{folder.name}/{inner}", folder.parent
        globs = SETUPTOOLS["package-data"].get(".".join(("hanbench", *folder.parts)), [])
        if not any(fnmatch.fnmatch(inner, glob.replace("**/", "*")) for glob in globs):
            forgotten.append(str(path))

    assert forgotten == []


@pytest.mark.parametrize("layer", LAYERS[:3])
def test_the_bare_folder_name_is_not_importable(layer: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", f"import {layer}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 1
    assert f"import hanbench.{layer}, not {layer}" in run.stderr
