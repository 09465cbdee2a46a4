"""Device models: every number of a device's behaviour that a profile may change, and its reason.

A file of `fixtures/models/` gives each parameter a value and a `why`, which begins with `stated:`
and names the source, or with `modelled:` where nothing public says it; the report lists the second
kind as assumptions. Durations carry a unit in files and are microseconds here. This module takes
the mapping that a YAML file holds and reads no file.
"""

import enum
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from hanbench.emulator.durations import format_duration, parse_duration
from hanbench.emulator.node.parent.children import TIMEOUTS_US


class OfferOrder(enum.Enum):
    """Which of several waiting Instructions the meter is offered first."""

    FIFO = "FIFO"
    LIFO = "LIFO"
    BY_AGE = "by-age"
    """The one that its head-end made first (originator counter), however it travelled."""


class Memory(enum.Enum):
    """What a restart of the hub does to the mirror [M]."""

    LOST = "lost"
    KEPT = "kept"
    REVIVED = "revived"
    """Kept, and what had been cancelled or had expired is offered again (a defect)."""


DeviceType = Literal["ESME", "GSME", "CHF", "PPMID", "IHD", "CAD", "REPEATER"]
Duration = Annotated[int, BeforeValidator(parse_duration)]


def _is_end_device_timeout(duration_us: int) -> int:
    if duration_us not in TIMEOUTS_US:
        words = ", ".join(format_duration(one) for one in TIMEOUTS_US)
        raise ValueError(f"{format_duration(duration_us)} is no end device timeout; one of {words}")
    return duration_us


EndDeviceTimeout = Annotated[Duration, AfterValidator(_is_end_device_timeout)]
Positive = Annotated[int, Field(gt=0)]
NotNegative = Annotated[int, Field(ge=0)]

REASONS = ("stated:", "modelled:", "scenario:")
SET_BY_SCENARIO = "scenario: set by the scenario file"


class _Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    why: tuple[tuple[str, str], ...] = ()
    """For each parameter the reason of its value."""

    @model_validator(mode="before")
    @classmethod
    def _split(cls, given: object) -> object:
        """Part `{value: ..., why: ...}` of each parameter into the value and its reason."""
        if not isinstance(given, Mapping):
            return given
        values: dict[str, object] = {}
        why: list[tuple[str, str]] = []
        for name, parameter in given.items():
            if not isinstance(parameter, Mapping) or set(parameter) != {"value", "why"}:
                raise ValueError(f"{name}: expected a mapping of `value` and `why`")
            values[str(name)] = parameter["value"]
            why.append((str(name), str(parameter["why"])))
        return {**values, "why": why}

    @model_validator(mode="after")
    def _reasons_are_given(self) -> Self:
        for name, reason in self.why:
            if not reason.startswith(REASONS):
                raise ValueError(f"{name}: its `why` must begin with one of {', '.join(REASONS)}")
        return self


class SuaParameters(_Parameters):
    """How a meter verifies SUA codes (domain.md 10.2; all of it modelled)."""

    failure_limit: Positive
    lock_out_us: Duration = Field(alias="lock_out")
    window: Annotated[int, Field(ge=1, le=100)]
    result_cache_entries: NotNegative
    persist_first: bool
    """False is a defect: execute before the counter is persisted."""
    nvm: Literal["atomic", "torn"]


class MeterParameters(_Parameters):
    """What every meter has."""

    log_entries: Positive
    boot_time_us: Duration = Field(alias="boot_time")
    clock_tolerance_us: Duration = Field(alias="clock_tolerance")
    """A clock that would be set by more than this stays as it is."""
    settlement_interval_us: Duration = Field(alias="settlement_interval")
    wrong_code_limit: Positive
    key_lock_us: Duration = Field(alias="key_lock")
    max_balance_pence: Positive
    max_credit_pence: Positive
    emergency_limit_pence: NotNegative
    emergency_threshold_pence: int
    low_credit_pence: int
    disablement_pence: int
    debt_per_payment_cap_pence: NotNegative
    suspends_debt_in_emergency: bool
    daily_use: Positive
    """Wh or litres a day."""
    price_tenth_pence: NotNegative
    """Of a kWh or a cubic metre, until a tariff is set."""


class LoadLimitParameters(_Parameters):
    """When an electricity meter trips because of its load."""

    limit_w: NotNegative
    """0: no limit."""
    monitor_period_us: Duration = Field(alias="monitor_period")
    restore_after_us: Duration = Field(alias="restore_after")
    """How long after it has tripped it closes by itself; 0: somebody presses A and B."""


class SleepParameters(_Parameters):
    """When a battery-powered device has its receiver on."""

    wake_interval_us: Duration = Field(alias="wake_interval")
    wake_jitter_us: Duration = Field(alias="wake_jitter")
    awake_after_message_us: Duration = Field(alias="awake_after_message")
    fast_poll_interval_us: Duration = Field(alias="fast_poll_interval")
    end_device_timeout_us: EndDeviceTimeout = Field(alias="end_device_timeout")
    """How long its parent keeps it without a poll."""


class HubParameters(_Parameters):
    """How a communications hub keeps its gas mirror, and how slow its WAN is."""

    mirror_order: OfferOrder
    mirror_expiry_us: Duration = Field(alias="mirror_expiry")
    mirror_capacity: Positive
    mirror_memory: Memory
    is_cancel_honest: bool
    wan_latency_us: Duration = Field(alias="wan_latency")
    wan_jitter_us: Duration = Field(alias="wan_jitter")


class DisplayParameters(_Parameters):
    """What a PPMID, an IHD or a CAD does by itself."""

    reads_interval_us: Duration = Field(alias="reads_interval")
    """How often it reads the meter; 0us: it waits for reports."""
    takes_codes: bool
    """Whether it has a top-up screen."""
    poll_interval_us: Annotated[Duration, Field(gt=0)] = Field(alias="poll_interval")
    """How often it asks its parent for its frames, where an installation says `sleepy: true`."""
    fast_poll_interval_us: Annotated[Duration, Field(gt=0)] = Field(alias="fast_poll_interval")
    fast_poll_for_us: Duration = Field(alias="fast_poll_for")
    """How long it polls fast after a key or a question of its own."""
    end_device_timeout_us: EndDeviceTimeout = Field(alias="end_device_timeout")
    """How long its parent keeps it without a poll, where an installation says `sleepy: true`."""


class RepeaterParameters(_Parameters):
    """What a HAN repeater does by itself."""

    link_status_interval_us: Duration = Field(alias="link_status_interval")
    forward_delay_us: Duration = Field(alias="forward_delay")


class ModelProfile(BaseModel):
    """One model of a device."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    manufacturer: str
    device_type: DeviceType
    firmware: str
    source: str
    """Where what is stated about this model was read."""
    sua: SuaParameters | None = None
    meter: MeterParameters | None = None
    load_limit: LoadLimitParameters | None = None
    sleep: SleepParameters | None = None
    hub: HubParameters | None = None
    display: DisplayParameters | None = None
    repeater: RepeaterParameters | None = None

    @model_validator(mode="after")
    def _groups_fit_the_type(self) -> Self:
        given = [name for name in _GROUPS if getattr(self, name) is not None]
        needed = _NEEDED[self.device_type]
        for name in needed:
            if name not in given:
                raise ValueError(f"a {self.device_type} model needs the group `{name}`")
        for name in given:
            if name not in needed:
                raise ValueError(f"a {self.device_type} model has no use for `{name}`")
        return self

    def reasons(self) -> tuple[tuple[str, str, str], ...]:
        """List every parameter as (name, value in words, why), in the order of the file."""
        rows: list[tuple[str, str, str]] = []
        for group in _GROUPS:
            parameters = getattr(self, group)
            if parameters is not None:
                values = _written(parameters)
                rows += [(f"{group}.{name}", values[name], why) for name, why in parameters.why]
        return tuple(rows)


def parse_model(
    given: Mapping[str, object], overrides: Mapping[str, object] | None = None
) -> ModelProfile:
    """Read a model file's mapping; `overrides` of a scenario are named `group.parameter`.

    Raises:
        ValueError: a parameter is missing, unknown, without a reason or out of range (pydantic's
            `ValidationError`), or an override names none.
    """
    changed = dict(given)
    for path, value in (overrides or {}).items():
        group, _, name = path.partition(".")
        parameters = changed.get(group)
        if not isinstance(parameters, Mapping) or name not in parameters:
            raise ValueError(f"{path}: the model {given.get('name')!r} has no such parameter")
        changed[group] = {**parameters, name: {"value": value, "why": SET_BY_SCENARIO}}
    return ModelProfile.model_validate(changed)


_GROUPS = ("sua", "meter", "load_limit", "sleep", "hub", "display", "repeater")
_NEEDED: dict[DeviceType, tuple[str, ...]] = {
    "ESME": ("sua", "meter", "load_limit"),
    "GSME": ("sua", "meter", "sleep"),
    "CHF": ("hub",),
    "PPMID": ("display",),
    "IHD": ("display",),
    "CAD": ("display",),
    "REPEATER": ("repeater",),
}


def _written(parameters: _Parameters) -> dict[str, str]:
    """The values by their names in the file, durations in words."""
    dumped = parameters.model_dump(mode="json", by_alias=True, exclude={"why"})
    durations = {
        field.alias for field in type(parameters).model_fields.values() if field.alias is not None
    }
    return {
        name: format_duration(value) if name in durations else str(value)
        for name, value in dumped.items()
    }
