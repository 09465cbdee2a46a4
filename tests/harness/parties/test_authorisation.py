"""The Migration Authorisation: what an engine is told, and what it is not."""

import pytest
from pydantic import ValidationError
from tests.suite_cases import case_of, changed

from hanbench.emulator.instant import MINUTE_US
from hanbench.harness.engine.port import RotationProfile
from hanbench.harness.homes.keyring import Keyring
from hanbench.harness.parties.authorisation import authorisation_of
from hanbench.protocol.keys import KeyUsage


def test_an_engine_is_told_of_the_meters_and_of_no_other_device() -> None:
    told = authorisation_of(case_of("clean-two-fuel"))

    assert (told.installation, told.group_id, told.hub) == ("home-1", "DA", "hub")
    assert [(meter.name, meter.type) for meter in told.meters] == [
        ("esme", "ESME"),
        ("gsme", "GSME"),
    ]
    assert (told.attempt, told.resubmitted_by) == (1, "")


def test_gas_goes_first_unless_the_scenario_says_otherwise() -> None:
    assert authorisation_of(case_of("clean-two-fuel")).rotation_order == ("gsme", "esme")
    swapped = authorisation_of(case_of("clean-two-fuel", "esme-first"))
    assert swapped.rotation_order == ("esme", "gsme")


def test_a_model_makes_its_sleep_and_its_lock_out_public() -> None:
    esme, gsme = authorisation_of(case_of("clean-two-fuel")).meters

    assert (esme.wake_interval_us, gsme.wake_interval_us) == (0, 30 * MINUTE_US)
    assert (esme.lock_out_us, gsme.lock_out_us) == (15 * MINUTE_US, 60 * MINUTE_US)
    assert (esme.failure_limit, gsme.failure_limit) == (5, 5)


def test_a_parameter_of_the_scenario_is_made_public_as_it_is_in_that_case() -> None:
    case = changed(case_of("clean-two-fuel"), parameters={"gsme": {"sua.failure_limit": 3}})

    assert authorisation_of(case).meters[1].failure_limit == 3


def test_the_profile_and_the_attempt_are_told() -> None:
    told = authorisation_of(
        case_of("clean-two-fuel", "two-phase"), attempt=2, resubmitted_by="supplier"
    )

    assert told.rotation_profile is RotationProfile.TWO_PHASE
    assert (told.attempt, told.resubmitted_by) == (2, "supplier")


def test_somebody_else_cannot_resubmit() -> None:
    with pytest.raises(ValidationError):
        authorisation_of(case_of("clean-two-fuel"), resubmitted_by="customer")


def test_no_key_is_told() -> None:
    case = case_of("clean-two-fuel")
    keyring = Keyring(f"home-1/{case.seed}")
    told = authorisation_of(case).model_dump_json()

    for entry in case.installation.devices.values():
        for usage in KeyUsage:
            assert keyring.key(entry.eui64, usage).value.hex() not in told
