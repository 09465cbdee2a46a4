"""The foreign tools serve tests alone: the product never imports them (their licences are GPL)."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOREIGN = {"scapy", "zigpy", "atheris"}


def test_no_module_of_the_product_imports_a_foreign_tool() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for folder in ("protocol", "emulator", "harness", "fixtures")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _imported(node)
        if name.split(".")[0] in FOREIGN
    ]

    assert found == []


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []
