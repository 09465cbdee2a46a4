"""Builds what the SMSO does to Dormant Meters before migration: firmware and configuration."""

from dataclasses import dataclass

from hanbench.emulator.meters.metering import Metering
from hanbench.emulator.parties.configuration import (
    ConfigurationRegister,
    ConfigurationSetup,
    ConfigurationStep,
    Settings,
    SettingsOf,
)
from hanbench.emulator.parties.firmware import FirmwareRegister, FirmwareSetup
from hanbench.emulator.parties.premises import Premises
from hanbench.harness.running.case import Case


@dataclass(frozen=True, slots=True)
class DormantWork:
    """What is fitted and held in the meters of all Installations, and what is to be."""

    firmware: FirmwareRegister
    configuration: ConfigurationRegister


def dormant_work(case: Case, premises: Premises, settings_of: SettingsOf) -> DormantWork:
    """Put together what the scenario says of it; `settings_of` tells what a meter truly holds."""
    stated = case.scenario.parties.installing_supplier
    return DormantWork(
        FirmwareRegister(
            FirmwareSetup(
                premises=premises,
                fitted=stated.fitted,
                sequences=stated.sequences,
                failing_upgrades=stated.failing_upgrades,
            )
        ),
        ConfigurationRegister(
            ConfigurationSetup(
                premises=premises,
                settings_of=settings_of,
                required={
                    model: {str(name): value for name, value in settings.items()}
                    for model, settings in stated.required.items()
                },
                sequences={
                    model: tuple(
                        ConfigurationStep(setting=one.setting, value=one.value) for one in steps
                    )
                    for model, steps in stated.configurations.items()
                },
                failing=stated.failing_configurations,
            )
        ),
    )


def no_settings(_installation: str, _device: str) -> Settings:
    """Know nothing of any meter: for parties without a home around them."""
    return {}


def settings_in(metering: Metering) -> Settings:
    """Return what a meter is configured to."""
    account = metering.account
    return {
        "payment-mode": int(account.mode),
        "standing-charge-tenth-pence": account.standing_tenth_pence_a_day,
        "unit-rate-tenth-pence": account.price_tenth_pence,
    }
