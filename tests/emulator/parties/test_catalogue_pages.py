"""docs/parties.md and docs/schemas/parties.json are what the code says."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[3]
TOOL = ROOT / "tools" / "make_catalogue.py"
PUBLISHED = json.loads((ROOT / "docs" / "schemas" / "parties.json").read_text(encoding="utf-8"))
OPERATIONS = [
    pytest.param(operation, id=f"{party} {name}")
    for party, told in PUBLISHED["parties"].items()
    for name, operation in told["operations"].items()
]


def test_the_published_catalogue_is_current():
    done = subprocess.run(
        [sys.executable, TOOL, "--check"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_published_examples_hold_against_the_published_schemas(operation):
    for part in ("arguments", "result"):
        schema = operation[part]
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(operation["example"][part], schema)


def test_the_reference_names_every_operation_and_every_error():
    page = (ROOT / "docs" / "parties.md").read_text(encoding="utf-8")

    for party, told in PUBLISHED["parties"].items():
        for name, operation in told["operations"].items():
            assert f"### {party} {name}\n" in page
            assert all(f"| `{code}` | " in page for code in operation["errors"])
