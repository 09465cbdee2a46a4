"""`hanbench check-file`: the kind of a good file, and file, line and rule of a bad one."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.tracked_files import ROOT

from hanbench.harness.cli import cli
from hanbench.harness.errors import ScenarioError
from hanbench.harness.migration_file import check_file

EXAMPLES = sorted((ROOT / "fixtures" / "migration").iterdir())
CHECKED = [path for path in EXAMPLES if not path.name.startswith("MAPASSWORD")]


@pytest.mark.parametrize("path", CHECKED, ids=[path.name for path in CHECKED])
def test_every_example_is_in_order(path: Path) -> None:
    assert check_file(path)


def test_a_bad_file_ends_in_its_rules_and_exit_code_2(tmp_path: Path) -> None:
    good = next(path for path in EXAMPLES if path.name.startswith("MA_"))
    bad = tmp_path / good.name
    bad.write_bytes(good.read_bytes().replace(b"2019-04-15", b"2019-02-30"))

    run = CliRunner().invoke(cli, ["check-file", str(good), str(bad)])

    assert run.exit_code == 2
    assert f"{good}: migration-authorisation, in order" in run.output
    assert f"{good.name}:3: date: migration_date: '2019-02-30' is not" in run.output
    assert f"{good.name}:4: date: " in run.output
    assert CliRunner().invoke(cli, ["check-file", str(good)]).exit_code == 0


@pytest.mark.parametrize(
    ("name", "octets", "says"),
    [
        ("a.xml", b"<MigrationComonFile/>", "did you mean 'MigrationCommonFile'?"),
        ("b.xml", b"", "b.xml:1: schema: unknown root element ''"),
        ("c.xml", b"<!DOCTYPE x><MigrationCommonFile/>", "c.xml:1: doctype: a document type"),
        ("d.csv", b"", "d.csv: name: expected MA_..."),
    ],
)
def test_what_is_no_migration_file_is_told(
    tmp_path: Path, name: str, octets: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(octets)

    with pytest.raises(ScenarioError) as caught:
        check_file(tmp_path / name)

    assert says in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read: No such file"):
        check_file(tmp_path / "none.xml")
