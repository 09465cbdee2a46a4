"""The rules of CONTRIBUTING.md that no linter knows."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from tests.tracked_files import ROOT, tracked_files

LAYERS = ("protocol", "emulator", "harness", "fixtures")
MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
REGISTRIES = ("pypi", "python[h]osted", "npmjs", "crates", "rubygems", "docker", "quay", "ghcr")
REGISTRY_HOST = re.compile(rf"(?:{'|'.join(REGISTRIES)})\.(?:org|com|io)\b")
MACHINE_PATH = re.compile(r"(?<![\w.\-/])/(?:work|root|home|tmp|opt|Users)/\w")
EMPTY_WORDS = {"manager", "helper", "helpers", "util", "utils", "misc"}


def modules() -> list[Path]:
    return [
        path
        for path in tracked_files()
        if path.suffix == ".py" and path.parts[0] in {*LAYERS[:3], "tools"}
    ]


def texts() -> dict[Path, str]:
    found = {}
    for path in tracked_files():
        try:
            found[path] = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a capture
    return found


def test_there_is_something_to_check() -> None:
    assert len(modules()) > 20


def test_no_module_is_too_long_to_read() -> None:
    lengths = {str(path): len((ROOT / path).read_text().splitlines()) for path in modules()}

    assert {path: n for path, n in lengths.items() if n > MODULE_LINES_MAX} == {}


def test_no_function_is_too_long_to_read() -> None:
    too_long = {
        f"{path}:{node.lineno} {node.name}": length
        for path in modules()
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES_MAX
    }

    assert too_long == {}


def test_no_module_has_an_empty_name() -> None:
    assert [path for path in modules() if EMPTY_WORDS & set(path.stem.split("_"))] == []


@pytest.mark.parametrize("banned", [REGISTRY_HOST, MACHINE_PATH], ids=["registry", "machine path"])
def test_no_file_names_a_registry_or_a_place_on_one_machine(banned: re.Pattern[str]) -> None:
    found = [
        f"{path}:{number}: {match.group()}"
        for path, text in texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        for match in banned.finditer(line)
    ]

    assert found == []


def test_the_bans_would_find_what_they_ban() -> None:
    assert REGISTRY_HOST.search("from https://" + "pypi" + ".org/simple")
    assert MACHINE_PATH.search("see " + "/work" + "/main")
    assert not MACHINE_PATH.search("home-1/" + "work/gsme")


def test_the_lock_pins_every_package_with_a_hash_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    entries = [entry for entry in re.split(r"\n(?=\S)", lock) if not entry.startswith("#")]

    assert "://" not in lock
    assert all(re.match(r"[\w.-]+==\S+", entry) for entry in entries)
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_lock_holds_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[<>=\[ ]", one)[0].lower().replace("_", "-") for one in wanted}
    lock = (ROOT / "requirements.lock").read_text().lower()
    held = {name.replace(".", "-").replace("_", "-") for name in re.findall(r"(?m)^(\S+)==", lock)}

    assert {name.replace(".", "-") for name in names} - held == set()


@pytest.mark.parametrize("layer", LAYERS)
def test_the_checkers_see_each_layer_by_its_import_name(layer: str) -> None:
    link = ROOT / "tools" / "ns" / "hanbench" / layer

    assert link.is_symlink()
    assert link.readlink() == Path("../../..") / layer


@pytest.mark.parametrize("layer", LAYERS[:3])
def test_each_layer_tells_users_that_it_is_typed(layer: str) -> None:
    assert (ROOT / layer / "py.typed").is_file()


def test_every_fixture_has_a_row_that_says_where_it_comes_from() -> None:
    table = (ROOT / "fixtures" / "README.md").read_text()
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    patterns = [pattern for row in rows for pattern in re.findall(r"`([^`]+)`", row)]
    files = [
        path.relative_to("fixtures")
        for path in tracked_files()
        if path.parts[0] == "fixtures" and path.name not in {"README.md", "__init__.py"}
    ]

    assert [path for path in files if not any(path.match(one) for one in patterns)] == []
    assert [one for one in patterns if not any(path.match(one) for path in files)] == []
