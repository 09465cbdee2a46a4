"""Common causes: every finding that the bench can give has them, and no other."""

import ast
from collections.abc import Iterator
from pathlib import Path

import hanbench.harness
from hanbench.harness.judging import party_rules
from hanbench.harness.report.causes import causes_of, load_causes

HARNESS = Path(hanbench.harness.__file__).parent
FINDS = {"Finding"}
"""What makes a finding."""
ELSEWHERE = {
    ("judge.py", "STRANDED"): {"stranded"},
    ("cases.py", "_NAMES[broken.reason]"): {"engine-broke", "worker-killed", "bench-broke"},
    ("device_rules.py", "_DROPPED[said]"): {"delivered-after-cancel", "delivered-after-expiry"},
    ("lock_out_rules.py", "name"): {
        "failures-miscounted",
        "judged-while-locked",
        "locked-without-cause",
    },
    ("device_rules.py", "name"): {"answered-under-lost-key", "stale-answer"},
}
"""Names that are no literal where the finding is made, and what they can be."""


def finding_calls() -> Iterator[tuple[Path, ast.expr]]:
    """Yield the name that each finding of the harness is made with."""
    for path in sorted(HARNESS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in FINDS:
                yield path, next(one.value for one in node.keywords if one.arg == "name")


def process_names() -> set[str]:
    """Return the names that the watch over the process gives: literals, and one by reason."""
    tree = ast.parse((HARNESS / "judging" / "process_watch.py").read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "self._broken":
            given = node.args[0]
            names |= {str(given.value)} if isinstance(given, ast.Constant) else set()
        elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
            given = node.value.elts[0]
            if isinstance(given, ast.Constant):
                names.add(str(given.value))
            else:
                assert ast.unparse(given) == "f'started-{reason}'"
                names |= {f"started-{reason}" for reason in party_rules.CLEARANCE}
    return names


def all_names() -> set[str]:
    names = process_names()
    for path, given in finding_calls():
        if isinstance(given, ast.Constant):
            names.add(str(given.value))
        elif path.name != "process_watch.py":
            names |= ELSEWHERE[path.name, ast.unparse(given)]
    return names


def test_every_finding_that_the_judge_can_give_has_its_causes_and_nothing_else_has() -> None:
    names = all_names()

    assert len(names) > 60
    assert {"confidently-wrong", "started-stop-requested", "executed-twice", "limit"} <= names
    assert names - set(load_causes()) == set()
    assert set(load_causes()) - names == set()


def test_the_dynamic_names_are_those_of_the_code() -> None:
    files = ("judging/device_rules.py", "judging/lock_out_rules.py", "running/cases.py")
    tree = "".join((HARNESS / file).read_text() for file in files)

    for names in ELSEWHERE.values():
        for name in names - {"stranded"}:
            assert f'"{name}"' in tree


def test_the_words_are_sentences_that_say_where_to_look() -> None:
    for name, known in load_causes().items():
        for text in (known.means, *known.usual, *known.look):
            assert text.endswith("."), f"{name}: {text}"
            assert len(text) < 200, f"{name}: {text}"
        assert known.means not in known.usual


def test_causes_come_once_and_in_the_order_of_the_findings() -> None:
    found = causes_of(["end-state", "confidently-wrong", "end-state", "of-a-plugin"])

    assert [name for name, _ in found] == ["end-state", "confidently-wrong"]
