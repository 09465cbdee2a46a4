"""The published JSON Schemas are those of the code, and the shipped files are valid by them."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from make_schemas import FOLDER, FORMATS, schema_text
from scripted_cases import load_case, scripted_run
from tests.harness.running.test_results import META

from hanbench.harness.files.loader import fixtures_folder
from hanbench.harness.files.yaml_source import parse_yaml, read_yaml
from hanbench.harness.new.scenario import NEW_SCENARIO
from hanbench.harness.replay.replay_file import write_replay
from hanbench.harness.running.results import make_results


def validator(name: str) -> Draft202012Validator:
    schema = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("name", FORMATS)
def test_a_published_schema_is_that_of_the_code(name: str) -> None:
    published = (FOLDER / f"{name}.json").read_text(encoding="utf-8")

    assert published == schema_text(name), "run tools/make_schemas.py"


def test_the_shipped_files_are_valid() -> None:
    for kind, pattern in (("scenario", "scenarios/*"), ("installation", "installations")):
        checks = validator(kind)
        for path in sorted(fixtures_folder("").glob(f"{pattern}/*.yaml")):
            checks.validate(read_yaml(path).data)
    validator("scenario").validate(parse_yaml(NEW_SCENARIO, name="new").data)


def test_what_the_bench_writes_is_valid(tmp_path: Path) -> None:
    case = load_case(tmp_path)
    run = scripted_run(case)
    write_replay(tmp_path / "replay.yaml", case, run)

    validator("replay").validate(read_yaml(tmp_path / "replay.yaml").data)
    results = make_results(META, [run.result]).model_dump(mode="json")
    validator("results").validate(results)


@pytest.mark.parametrize(
    "wrong", [{"scenario": 1}, {"scenario": 2}, {"colour": "red"}, {"faults": [{"does": "dorp"}]}]
)
def test_a_wrong_scenario_is_wrong_by_the_schema_too(wrong: dict[str, object]) -> None:
    assert not validator("scenario").is_valid(wrong)
