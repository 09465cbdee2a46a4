"""The written pages say what the code does: every key, every command, every field, each vector."""

import json
import re
from pathlib import Path

import construct as c
import format_vectors
import pytest
from byte_tables import rows_of
from format_examples import BASELINE
from make_pages import make_pages, write_pages
from make_schemas import FORMATS
from pages_of_commands import commands
from pages_of_schemas import PAGES

from hanbench.harness.gate.baseline import read_baseline
from hanbench.harness.judging.clauses import load_clauses
from hanbench.protocol import wan


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return make_pages()


def test_every_format_of_a_file_has_a_page() -> None:
    assert {name for page in PAGES.values() for name in page.formats} == set(FORMATS)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_key_of_a_format_is_on_a_page(pages: dict[str, str], name: str) -> None:
    everything = "\n".join(pages.values())
    keys = set()
    for file in PAGES[name].formats:
        schema = json.loads(
            (Path(__file__).parents[2] / "docs" / "schemas" / f"{file}.json").read_text()
        )
        for part in (schema, *schema.get("$defs", {}).values()):
            keys |= set(part.get("properties", ()))

    assert [key for key in sorted(keys) if f"| `{key}` |" not in everything] == []


def test_what_a_key_means_is_taken_from_the_code(pages: dict[str, str]) -> None:
    row = (
        "| `retries` | whole number, at least 0 | - | How many attempts after the first it takes on"
    )

    assert row in pages["engine-profile.md"]


def test_every_command_is_on_the_page_with_its_own_help(pages: dict[str, str]) -> None:
    page = pages["commands.md"]
    every = commands()

    assert len(every) > 20
    assert [words for words, context in every if context.get_help() not in page] == []


def test_every_clause_is_on_the_honest_page(pages: dict[str, str]) -> None:
    page = pages["stated-and-modelled.md"]

    assert [name for name in load_clauses() if f"| `{name}` |" not in page] == []


def test_no_page_sends_a_reader_to_notes_that_are_not_here(pages: dict[str, str]) -> None:
    formats_and_reference = {name: text for name, text in pages.items() if "stated" not in name}

    assert [name for name, text in formats_and_reference.items() if "domain.md" in text] == []


def test_offsets_are_those_of_the_octets() -> None:
    """The table of the envelope is held against an envelope that the codec wrote."""
    page = make_pages()["formats.md"]
    octets = bytes.fromhex(re.search(r"```text\n([0-9a-f]+)\n```", page)[1])  # type: ignore[index]
    rows = {row.field: row for row in rows_of(wan._SEALED._plain)}

    for part in wan.trace(octets).fields:
        row = rows[part.name]
        if row.offset.isdigit() and row.size.isdigit():
            assert (int(row.offset), int(row.size)) == (part.start, part.end - part.start)
    assert rows["payload"].offset == "30"
    assert rows["mac"].offset == "n"


def test_offsets_after_what_varies_count_from_its_end() -> None:
    layout = c.Struct(
        "a" / c.Int8ub, "b" / c.Prefixed(c.Int8ub, c.GreedyBytes), "d" / c.Int16ub, "e" / c.Int8ub
    )

    assert [row.offset for row in rows_of(layout)] == ["0", "1", "n", "n+2"]


def test_a_vector_that_is_wrong_stops_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (format_vectors.VECTORS / "native_utrn.json").read_text()
    (tmp_path / "native_utrn.json").write_text(text.replace("00000285770438722302", "0" * 20))
    monkeypatch.setattr(format_vectors, "VECTORS", tmp_path)

    with pytest.raises(format_vectors.VectorError, match="00000285770438722302"):
        format_vectors._utrns()


def test_the_example_of_a_baseline_is_one(tmp_path: Path) -> None:
    path = tmp_path / "baseline.yaml"
    path.write_text(BASELINE)

    assert read_baseline(path).known[0].case == "secure/rotation-response-lost"


def test_a_page_that_is_no_longer_written_goes(tmp_path: Path) -> None:
    (tmp_path / "gone.md").write_text("old")

    write_pages(tmp_path)

    assert not (tmp_path / "gone.md").exists()
    assert (tmp_path / "formats.md").exists()
