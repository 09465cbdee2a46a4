"""YAML becomes plain data, and every key is found again by line and column."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.yaml_source import (
    Position,
    Problem,
    format_key,
    parse_yaml,
    read_yaml,
)


def test_every_key_and_item_has_its_place() -> None:
    source = parse_yaml("a: 1\nb:\n  - c: x\n  - {d: y, e: z}\n", name="f")

    assert source.data == {"a": 1, "b": [{"c": "x"}, {"d": "y", "e": "z"}]}
    assert source.position(("a",)) == Position(1, 1)
    assert source.position(("b", 0, "c")) == Position(3, 5)
    assert source.position(("b", 1, "e")) == Position(4, 12)


def test_a_missing_key_stands_where_its_mapping_does() -> None:
    source = parse_yaml("a:\n  b: 1\n", name="f")

    assert source.position(("a", "missing")) == Position(1, 1)


def test_scalars_are_read_as_yaml_1_2_has_them() -> None:
    text = "[1, -2, 0x10, 012, 1_000, 1.5, true, ~, on, 10:11:22:33:44:55:16:17, 2021-03-01, '7']"

    assert parse_yaml(text, name="f").data == [
        1, -2, 16, 12, 1000, 1.5, True, None, "on", "10:11:22:33:44:55:16:17", "2021-03-01", "7",
    ]  # fmt: skip


def test_every_repeated_key_is_a_problem_with_its_place() -> None:
    source = parse_yaml("a: 1\nb: 2\na: 3\nc: {d: 1, d: 2}\n", name="f")

    assert [(problem.key, problem.at) for problem in source.problems] == [
        (("a",), Position(3, 1)),
        (("c", "d"), Position(4, 11)),
    ]
    assert source.data["a"] == 1


def test_keys_that_are_no_text_and_tags_are_problems() -> None:
    source = parse_yaml("[1, 2]: 3\nb: !mine 4\n", name="f")

    assert len(source.problems) == 2
    assert "must be text" in source.problems[0].says
    assert "!mine" in source.problems[1].says


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "1:1: the file is empty"),
        ("# only a comment\n", "the file is empty"),
        ("a: [1", "f:1:6: not YAML"),
        ("verdict: violated: P7", "must stand in quotes"),
        ("a:\n\t- b", "f:2:1: not YAML"),
        ("a: *nowhere", "undefined alias"),
        ("a: 1\n---\nb: 1", "not YAML"),
        ("a: \x00", "not YAML"),
        ("[" * 5000, "nested too deeply"),
        ("a: &x [*x]", "alias holds itself"),
    ],
)
def test_what_is_not_yaml_is_refused_in_one_sentence(text: str, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_yaml(text, name="f")

    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_aliases_that_multiply_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8)]

    with pytest.raises(ScenarioError, match="aliases followed"):
        parse_yaml("\n".join(lines), name="f")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"nowhere\.yaml: cannot be read"):
        read_yaml(tmp_path / "nowhere.yaml")
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_yaml(tmp_path)


def test_a_file_that_is_not_utf_8_is_refused_with_the_place(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("a: 1\ntitle: caf\u00e9\n".encode("latin-1"))

    with pytest.raises(ScenarioError, match=r"latin\.yaml:2:11: not UTF-8"):
        read_yaml(path, name="latin.yaml")


def test_a_byte_order_mark_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")

    assert read_yaml(path).data == {"a": 1}


def test_problems_are_listed_in_the_order_of_the_file() -> None:
    source = parse_yaml("a: 1\nb: 2\n", name="f")

    error = source.error((Problem(("b",), "second"), Problem(("a",), "first"), Problem((), "all")))

    assert str(error).splitlines() == ["f:1:1: a: first", "f:1:1: all", "f:2:1: b: second"]


def test_a_key_is_printed_as_people_say_it() -> None:
    assert format_key(("faults", 2, "at")) == "faults[2].at"


@given(st.text())
def test_any_text_is_data_or_a_scenario_error(text: str) -> None:
    with suppress(ScenarioError):
        parse_yaml(text, name="f")
