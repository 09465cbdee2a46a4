"""The configuration of meters: what migration asks for, what is held, and who may change it.

Source: TMAD v5.1 conclusions, section 4.5: a device has to be configured before its migration, not
yet when its model is entered on the EPCL; the configurations are those of the S1SR, whose text is
not public. TMAD v0.3 conclusions: Dormant Meters are reconfigured for it, by sequences that the
Installing Supplier gives; an Active Meter's configuration is its supplier's. Which settings there
are is modelled [M]: those that an Instruction of this model can change. A step is an Instruction
of the SMSO under the key that it still holds, so a meter may sleep through it, or refuse it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.operation import (
    UNKNOWN_NAMES,
    Catalogue,
    ErrorMeaning,
    OfDevice,
    Operation,
    PartyError,
    Schema,
    words,
)
from hanbench.emulator.parties.premises import MeterId, Premises, PremisesDevice
from hanbench.protocol.instruction import PaymentMode, SetPaymentMode, SetTariff

Setting = Literal["payment-mode", "standing-charge-tenth-pence", "unit-rate-tenth-pence"]
"""What can be set; the mode is 0 for credit and 1 for prepayment, a charge is that of a day."""
SettingValue = Annotated[
    int, Field(ge=0, le=65_535, json_schema_extra=words("value of the setting"))
]
Settings = Mapping[str, int]
"""By setting its value."""
SettingsOf = Callable[[str, str], Settings]
"""What a meter (Installation, name) truly holds; nothing for one that is not emulated."""

NOT_DORMANT = ErrorMeaning(
    "NOT_DORMANT", "The meter is Active: its configuration is for its supplier."
)
NO_SEQUENCE = ErrorMeaning(
    "NO_SEQUENCE", "The Installing Supplier knows no sequence that ends in what is asked for."
)
UNKNOWN_STEP = ErrorMeaning(
    "UNKNOWN_STEP", "It is not the next step of the Installing Supplier's sequence."
)
MIGRATING = ErrorMeaning(
    "MIGRATING", "The Installation left the Supplier Account: the SMSO changes nothing in it."
)
CONFIGURATION_FAILED = ErrorMeaning(
    "CONFIGURATION_FAILED", "The step was not carried out: the meter goes on with what it had."
)


class ConfigurationStep(Schema):
    """One setting, and what it is set to."""

    setting: Setting
    value: SettingValue


class Configuration(Schema):
    """What a meter holds, and which of it is not as its migration asks for."""

    settings: tuple[ConfigurationStep, ...]
    differs: tuple[Setting, ...]


class Steps(Schema):
    """The steps that are still to come, the next one first."""

    steps: tuple[ConfigurationStep, ...]


class Configure(OfDevice):
    """The step that is to be carried out."""

    setting: Setting
    value: SettingValue


class Ordered(Schema):
    """The step has gone out to the meter; whether it was taken shows in what the meter holds."""

    setting: Setting
    value: SettingValue


_METER = {"installation": "home-1", "device": "esme"}
_STEP = {"setting": "unit-rate-tenth-pence", "value": 281}
SEQUENCE = Operation(
    name="configuration_sequence",
    purpose="Ask for the steps that bring a Dormant Meter into the configuration for migration.",
    arguments=OfDevice,
    result=Steps,
    errors=(*UNKNOWN_NAMES, NOT_DORMANT, NO_SEQUENCE),
    stated="Dormant Meters are upgraded and reconfigured so that they are eligible, by images and "
    "sequences that the Installing Supplier provides (TMAD v0.3 conclusions).",
    modelled="A sequence a model; the steps that lead from what the meter holds to its end.",
    example=(_METER, {"steps": [_STEP]}),
)
CONFIGURATION = Operation(
    name="configuration",
    purpose="Read what a meter is configured to, and what of it does not fit.",
    arguments=OfDevice,
    result=Configuration,
    errors=UNKNOWN_NAMES,
    stated="Devices are configured before they are migrated (TMAD v5.1 conclusions, 4.5).",
    modelled="Read over the SMSO's own system, before migration and after; which settings and "
    "values are asked for is the scenario's word, by model.",
    example=(_METER, {"settings": [_STEP], "differs": []}),
)
CONFIGURE = Operation(
    name="configure",
    purpose="Send a Dormant Meter the next step of its sequence, as an Instruction of the SMSO.",
    arguments=Configure,
    result=Ordered,
    errors=(*UNKNOWN_NAMES, NOT_DORMANT, MIGRATING, UNKNOWN_STEP, CONFIGURATION_FAILED),
    stated="Dormant Meters have their configuration changed before they are migrated (TMAD v0.3 "
    "conclusions).",
    modelled="One step a call, in the order of the sequence. The meter is not waited for; a gas "
    "meter takes what lies in the mirror when it wakes.",
    example=({**_METER, **_STEP}, _STEP),
)
CATALOGUE: Catalogue = (SEQUENCE,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationSetup:
    """What is asked for, what the Installing Supplier has for it, and what can go wrong."""

    premises: Premises
    settings_of: SettingsOf
    required: Mapping[str, Settings] = field(default_factory=dict)
    """By model, what a meter has to hold when it is migrated; a model that is not here: anything.
    """
    sequences: Mapping[str, tuple[ConfigurationStep, ...]] = field(default_factory=dict)
    """By model, the steps in their order."""
    failing: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """By meter, which of its steps fail: 1 is the first that is asked for."""


class ConfigurationRegister:
    """What each meter should hold and does; one object, shared by the parties that look at it."""

    def __init__(self, setup: ConfigurationSetup) -> None:
        self._setup = setup
        self._tries: dict[MeterId, int] = {}

    def of(self, installation: str, device: str) -> Settings:
        """Return what a meter holds."""
        return self._setup.settings_of(installation, device)

    def differs(self, installation: str, device: str) -> tuple[str, ...]:
        """Return the settings of a meter that are not as its migration asks for."""
        meter = self._setup.premises.meter(installation, device)
        if isinstance(meter, PartyError):
            return ()
        return _differing(self._setup.required.get(meter.model, {}), self.of(installation, device))

    def unfit(self, installation: str) -> tuple[str, ...]:
        """Return the meters of an Installation whose configuration does not fit."""
        home = self._setup.premises.home(installation)
        if isinstance(home, PartyError) or not self._setup.required:
            return ()
        meters = (device.name for device in home.devices if device.is_meter)
        return tuple(name for name in meters if self.differs(installation, name))

    def steps(self, installation: str, device: PremisesDevice) -> tuple[ConfigurationStep, ...]:
        """Return the shortest end of the sequence that makes a meter fit, () if none does."""
        held, required = self.of(installation, device.name), self._setup.required
        sequence = self._setup.sequences.get(device.model, ())
        for first in range(len(sequence) - 1, -1, -1):
            after: dict[str, int] = dict(held)
            after.update({step.setting: step.value for step in sequence[first:]})
            if not _differing(required.get(device.model, {}), after):
                return sequence[first:]
        return ()

    def read(self, asked: OfDevice, _now: Instant) -> Configuration | PartyError:
        """Read what a meter holds."""
        meter = self._setup.premises.meter(asked.installation, asked.device)
        if isinstance(meter, PartyError):
            return meter
        held = self.of(asked.installation, asked.device)
        said = {
            "settings": [{"setting": name, "value": value} for name, value in held.items()],
            "differs": self.differs(asked.installation, asked.device),
        }
        return Configuration.model_validate(said, strict=False)

    def sequence(self, asked: OfDevice, _now: Instant) -> Steps | PartyError:
        """Tell what the Installing Supplier has for a meter."""
        meter = self._dormant(asked)
        if isinstance(meter, PartyError):
            return meter
        lacking = self.differs(asked.installation, asked.device)
        steps = self.steps(asked.installation, meter) if lacking else ()
        if lacking and not steps:
            return PartyError(NO_SEQUENCE.code, f"for {', '.join(lacking)} of {asked.device}")
        return Steps(steps=steps)

    def configure(self, asked: Configure, now: Instant) -> Ordered | PartyError:
        """Let one step go out, if it is the next of its sequence and does not fail."""
        steps = self.sequence(asked, now)
        if isinstance(steps, PartyError):
            return steps
        wanted = ConfigurationStep(setting=asked.setting, value=asked.value)
        if steps.steps[:1] != (wanted,):
            named = f"{steps.steps[0].setting} {steps.steps[0].value}" if steps.steps else "nothing"
            return PartyError(UNKNOWN_STEP.code, f"next is {named}")
        key = (asked.installation, asked.device)
        self._tries[key] = self._tries.get(key, 0) + 1
        if self._tries[key] in self._setup.failing.get(asked.device, ()):
            return PartyError(CONFIGURATION_FAILED.code, f"{asked.setting} of {asked.device}")
        return Ordered(setting=asked.setting, value=asked.value)

    def instruction(self, asked: Configure, request_id: int) -> SetPaymentMode | SetTariff:
        """Return the Instruction of a step; what goes with it in one stays as the meter has it."""
        if asked.setting == "payment-mode":
            return SetPaymentMode(request_id, PaymentMode(min(asked.value, 1)))
        after = {**self.of(asked.installation, asked.device), asked.setting: asked.value}
        return SetTariff(
            request_id,
            standing_charge_tenth_pence=after.get("standing-charge-tenth-pence", 0),
            unit_rate_tenth_pence=after.get("unit-rate-tenth-pence", 0),
        )

    def _dormant(self, asked: OfDevice) -> PremisesDevice | PartyError:
        meter = self._setup.premises.meter(asked.installation, asked.device)
        if isinstance(meter, PremisesDevice) and meter.mode != "dormant":
            return PartyError(NOT_DORMANT.code, f"{asked.device} is Active")
        return meter


def _differing(required: Settings, held: Settings) -> tuple[str, ...]:
    return tuple(name for name, value in required.items() if held.get(name, value) != value)
