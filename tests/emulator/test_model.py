from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from hanbench.emulator.durations import format_duration, parse_duration
from hanbench.emulator.instant import HOUR_US, MINUTE_US
from hanbench.emulator.model import ModelProfile, parse_model

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
FILES = sorted(MODELS.glob("*.yaml"))


def load(name: str) -> dict[str, object]:
    return dict(YAML(typ="safe", pure=True).load(MODELS / f"{name}.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_model_file_is_a_valid_profile_named_as_its_file(path: Path) -> None:
    model = parse_model(load(path.stem))

    assert model.name == path.stem
    assert model.reasons()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_parameter_of_a_model_file_says_why(path: Path) -> None:
    given = load(path.stem)
    parameters = sum(len(group) for group in given.values() if isinstance(group, Mapping))

    assert len(parse_model(given).reasons()) == parameters


def test_the_gas_meter_has_the_numbers_that_its_file_states() -> None:
    model = parse_model(load("secure-gsme-synthetic"))

    assert model.sleep is not None
    assert model.sleep.wake_interval_us == 30 * MINUTE_US
    assert model.sua is not None
    assert model.sua.lock_out_us == HOUR_US


def test_a_reason_lists_the_value_as_the_file_has_it() -> None:
    rows = parse_model(load("secure-gsme-synthetic")).reasons()

    assert ("sleep.fast_poll_interval", "2s") in [row[:2] for row in rows]
    assert ("sua.nvm", "atomic") in [row[:2] for row in rows]


def test_a_scenario_may_override_a_parameter_and_the_reason_says_so() -> None:
    model = parse_model(load("liberty-100"), {"sua.nvm": "torn", "sua.lock_out": "20min"})

    assert model.sua is not None
    assert (model.sua.nvm, model.sua.lock_out_us) == ("torn", 20 * MINUTE_US)
    assert dict(model.sua.why)["nvm"].startswith("scenario:")


@pytest.mark.parametrize("path", ["sua.nvn", "sleep.wake_interval", "name"])
def test_an_override_of_a_parameter_that_is_not_there_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=path):
        parse_model(load("liberty-100"), {path: "torn"})


def changed(name: str, group: str, parameter: object) -> dict[str, object]:
    model = load(name)
    parameters = model[group]
    assert isinstance(parameters, Mapping)
    first = next(iter(parameters))
    return {**model, group: {**parameters, first: parameter}}


@pytest.mark.parametrize(
    ("parameter", "complaint"),
    [
        (5, "value.*why"),
        ({"value": 5}, "value.*why"),
        ({"value": 5, "why": "because"}, "must begin with"),
        ({"value": 0, "why": "modelled: x"}, "greater than 0"),
    ],
)
def test_a_parameter_without_a_proper_value_or_reason_is_refused(
    parameter: object, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_model(changed("liberty-100", "sua", parameter))


def test_a_bare_number_is_no_duration() -> None:
    with pytest.raises(ValueError, match="expected a number with a unit"):
        parse_model(load("liberty-100"), {"sua.lock_out": 900})


def test_a_model_has_the_groups_of_its_device_type_and_no_others() -> None:
    gas = load("secure-gsme-synthetic")

    with pytest.raises(ValueError, match="needs the group `sleep`"):
        parse_model({name: group for name, group in gas.items() if name != "sleep"})
    with pytest.raises(ValueError, match="no use for `sleep`"):
        parse_model({**load("liberty-100"), "sleep": gas["sleep"]})
    with pytest.raises(ValueError, match="colour"):
        parse_model({**gas, "colour": "white"})


def test_a_group_that_is_no_mapping_is_refused() -> None:
    with pytest.raises(ValueError, match="sua"):
        ModelProfile.model_validate({**load("liberty-100"), "sua": 5})


@pytest.mark.parametrize(
    ("text", "duration_us"),
    [
        ("30min", 30 * MINUTE_US),
        ("2s", 2_000_000),
        ("0.5s", 500_000),
        ("7.68s", 7_680_000),
        ("336h", 336 * HOUR_US),
        ("14d", 336 * HOUR_US),
        ("250ms", 250_000),
        ("3us", 3),
        ("0us", 0),
    ],
)
def test_a_duration_is_a_number_with_a_unit(text: str, duration_us: int) -> None:
    assert parse_duration(text) == duration_us


@pytest.mark.parametrize(
    "text", [30, 2.5, None, "", "30", "min", "-2s", "1 s", "1m", "1h30min", "0.1us", "1.0000001s"]
)
def test_what_is_no_duration_is_refused_with_what_was_expected(text: object) -> None:
    with pytest.raises(ValueError, match="such as 30min"):
        parse_duration(text)


@given(st.integers(min_value=0, max_value=10**15))
def test_a_duration_in_words_reads_back(duration_us: int) -> None:
    assert parse_duration(format_duration(duration_us)) == duration_us
