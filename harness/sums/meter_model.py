"""The device model whose limits an account is judged by."""

from pathlib import Path

from pydantic import ValidationError

from hanbench.emulator.model import ModelProfile, parse_model
from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.file_problems import did_you_mean
from hanbench.harness.files.loader import find_file, fixture_names
from hanbench.harness.files.yaml_source import read_yaml


def meter_model(named: str, beside: Path) -> ModelProfile:
    """Return a meter's model by its name, or from a file beside `beside`.

    Raises:
        ScenarioError: there is none, it is wrong, or it is the model of no meter.
    """
    path = find_file("models", named, beside=beside / "here")
    if path is None:
        says = did_you_mean(named, fixture_names("models"))
        raise ScenarioError(f"--model {named}: no such device model; {says}")
    source = read_yaml(path)
    try:
        profile = parse_model(source.data if isinstance(source.data, dict) else {})
    except (ValidationError, ValueError) as error:
        raise ScenarioError(f"--model {named}: no device model: {error}") from error
    if profile.meter is None:
        raise ScenarioError(f"--model {named}: the model of a {profile.device_type}, no meter")
    return profile
