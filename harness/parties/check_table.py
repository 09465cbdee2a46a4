"""The table of the Commissioning Party's checks, read from the fixtures."""

from functools import cache

from ruamel.yaml import YAML

from hanbench.emulator.parties.check_table import CheckTable, parse_check_table
from hanbench.emulator.parties.common_file_checks import KNOWN_CHECKS
from hanbench.harness.files.loader import fixtures_folder


@cache
def load_check_table() -> CheckTable:
    """Return the table that travels with the bench."""
    path = fixtures_folder("checks") / "commissioning-party.yaml"
    given = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return parse_check_table(given, KNOWN_CHECKS)
