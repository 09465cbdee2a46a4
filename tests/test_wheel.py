"""The built wheel does what the checkout does, in an environment of its own."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest
from tests.tracked_files import ROOT, tracked_files

pytestmark = pytest.mark.slow

LAYERS = ("protocol", "emulator", "harness", "fixtures")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build from a copy of what git keeps, so that nothing else can slip in."""
    copy, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for path in tracked_files():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, copy / path, follow_symlinks=True)
    pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(out), str(copy))
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the `bin` folder of a fresh environment that holds the wheel.

    Its dependencies are those of this environment, by a path file: no network is needed. A path
    file is not read again inside such a folder, so the editable install there stays unseen.
    """
    place = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    pip("--python", str(place), "install", "--no-deps", "--no-index", str(wheel))
    packages = next(place.glob("lib*/python*/site-packages"))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return place / "bin"


@pytest.fixture
def users_folder(tmp_path: Path) -> Path:
    """Return a folder in which a user keeps packages named as our folders are."""
    for layer in LAYERS:
        package = tmp_path / layer
        package.mkdir()
        (package / "__init__.py").write_text(f"raise ImportError('the {layer} of the user')\n")
    return tmp_path


def test_the_wheel_holds_hanbench_and_nothing_else(wheel: Path) -> None:
    names = contents(wheel)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

    assert {name.split("/")[0] for name in names} == {
        "hanbench",
        f"hanbench-{version}.dist-info",
    }


def test_the_wheel_holds_every_file_of_every_layer(wheel: Path) -> None:
    shipped = {name for name in contents(wheel) if name.startswith("hanbench/")}

    assert shipped == {
        f"hanbench/{path.as_posix()}" for path in tracked_files() if path.parts[0] in LAYERS
    }


def test_the_wheel_does_not_reach_back_into_the_checkout(
    elsewhere: Path, users_folder: Path
) -> None:
    program = "import hanbench.harness as h, hanbench.fixtures as f; print(h.__file__, f.__file__)"

    printed = run([elsewhere / "python", "-c", program], users_folder)

    assert str(ROOT) not in printed
    assert printed.count(str(elsewhere.parent)) == 2


@pytest.mark.timeout(300)
def test_the_wheel_runs_as_the_checkout_does(elsewhere: Path, users_folder: Path) -> None:
    here = Path(sys.executable).parent / "hanbench"

    listed = run([elsewhere / "hanbench", "run", "--list"], users_folder)
    run([elsewhere / "hanbench", "run", "--seed", "7", "--out", "theirs"], users_folder)
    run([here, "run", "--seed", "7", "--out", "ours"], users_folder)

    assert listed == run([here, "run", "--list"], users_folder)
    assert "rotation-response-lost" in listed
    theirs, ours = users_folder / "theirs", users_folder / "ours"
    assert sorted(file.name for file in theirs.iterdir()) == sorted(
        file.name for file in ours.iterdir()
    )
    assert (theirs / "trace.jsonl").read_bytes() == (ours / "trace.jsonl").read_bytes()


LYING = """
from hanbench.harness.engine.port import EndState, KeyBelief

async def migrate(port):
    for meter in port.authorisation.meters:
        port.believe(meter.name, KeyBelief.NEW, "it will be all right")
    port.outcome(port.authorisation.installation, EndState.COMMISSIONED)
"""


@pytest.mark.timeout(300)
def test_tests_of_a_user_s_own_find_the_plugin_and_a_lie(
    elsewhere: Path, users_folder: Path
) -> None:
    (users_folder / "lying.py").write_text(LYING)
    program: list[str | Path] = [elsewhere / "python", "-m", "pytest", "-q", "-p", "no:cov"]

    run([elsewhere / "hanbench", "new", "tests"], users_folder)
    good = run([*program, "test_my_engine.py"], users_folder)
    bad = run([*program, "--hanbench-engine", "lying:migrate", "--tb=short"], users_folder, code=1)

    assert "4 passed" in good
    assert "4 failed" in bad
    assert "confidently-wrong [property/P9]  the engine was certain of NEW for esme" in bad
    assert "gsme       truly holds OLD (version 1); the engine believes NEW" in bad
    command = re.search(r"again      hanbench (replay \S+)", bad)
    assert command is not None
    again = run([elsewhere / "hanbench", *command[1].split()], users_folder)
    assert "reproduced" in again


def contents(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def pip(*arguments: str) -> None:
    """Run pip without any configuration: nothing is fetched here."""
    subprocess.run(
        [sys.executable, "-m", "pip", "--isolated", "--quiet", *arguments],
        check=True,
        env={**os.environ, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )


def run(command: list[str | Path], cwd: Path, *, code: int = 0) -> str:
    """Run a command in the user's folder, and return what it printed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout
