"""`hanbench check-file`: the kind of a good file, and file, line and rule of a bad one."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.tracked_files import ROOT

from hanbench.harness.cli import cli
from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.migration_file import Beside, check_file
from hanbench.protocol.migration import protected_file
from hanbench.protocol.migration.file_names import parse_stamped

EXAMPLES = sorted((ROOT / "fixtures" / "migration").iterdir())


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.name for path in EXAMPLES])
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
        ("b.xml", b"", "b.xml:1: xml: Document is empty"),
        ("b.xml", "<a/>".encode("utf-16"), "b.xml:1: byte-order-mark: "),
        ("b.xml", b"<a/>", "b.xml:1: schema: unknown root element 'a'"),
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


GOOD = next(path for path in EXAMPLES if path.name.startswith("MA_"))
NAME = parse_stamped(GOOD.name)
PASSWORD = "synthetic-password-1"


def protected(folder: Path, content: bytes = b"", password: str = PASSWORD) -> tuple[Path, Path]:
    """Write a protected Migration Authorisation and its password file."""
    sealed = protected_file.protect(
        content or GOOD.read_bytes(), NAME, PASSWORD, salt=bytes(16), nonce=bytes(12)
    )
    file = folder / GOOD.name
    file.write_bytes(sealed)
    companion = folder / GOOD.name.replace("MA_cgI", "MAPASSWORD_CGI")
    companion.write_bytes(protected_file.encode_password(NAME, password))
    return file, companion


def test_a_protected_authorisation_is_opened_by_the_password_beside_it(tmp_path: Path) -> None:
    file, companion = protected(tmp_path)

    run = CliRunner().invoke(cli, ["check-file", str(file), str(companion)])

    assert run.exit_code == 0
    assert f"migration-authorisation, opened by {companion.name}, in order" in run.output
    assert "migration-authorisation-password, in order" in run.output


def test_a_password_file_that_lies_elsewhere_is_named(tmp_path: Path) -> None:
    file, companion = protected(tmp_path)
    (tmp_path / "kept").mkdir()
    away = companion.rename(tmp_path / "kept" / companion.name)

    alone = CliRunner().invoke(cli, ["check-file", str(file)])
    told = CliRunner().invoke(cli, ["check-file", "--password-file", str(away), str(file)])

    assert (alone.exit_code, told.exit_code) == (2, 0)
    assert f"{file.name}:1: password: protected; its password is looked for" in alone.output


def test_a_wrong_password_and_a_wrong_content_are_told_by_file_line_and_rule(
    tmp_path: Path,
) -> None:
    file, _ = protected(tmp_path, password="synthetic-password-2")
    with pytest.raises(ScenarioError, match=f"{file.stem}:1: password: does not open the file"):
        check_file(file)

    file, _ = protected(tmp_path, GOOD.read_bytes().replace(b"2019-04-15", b"2019-02-30"))
    with pytest.raises(ScenarioError, match=f"{file.name}:3: date: migration_date"):
        check_file(file)


def test_the_password_of_another_file_is_not_taken(tmp_path: Path) -> None:
    file, companion = protected(tmp_path)
    other = companion.rename(tmp_path / companion.name.replace("182503", "182504"))

    with pytest.raises(ScenarioError, match="password: protected"):
        check_file(file)
    with pytest.raises(ScenarioError, match=f"{other.name}:1: name: not the password file of"):
        check_file(file, Beside(password=other))
