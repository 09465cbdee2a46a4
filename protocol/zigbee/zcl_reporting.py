"""The general commands about reports: what is to be reported when, and what was agreed.

Source: ZigBee Cluster Library specification (075123), sections 2.5.7 to 2.5.10, as collected in
han.md section 6; reading the configuration is from memory of it and was read back by tshark 4.0.17
and zigpy 2.4.0. Little-endian; intervals and time-outs in seconds.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import construct as c

from hanbench.protocol.errors import EncodeError
from hanbench.protocol.layout import enumerated
from hanbench.protocol.zigbee import attributes, fields
from hanbench.protocol.zigbee.attributes import DataType, Value
from hanbench.protocol.zigbee.zcl import ZclStatus


class ReportDirection(enum.IntEnum):
    """Whether the receiver is to send reports, or learns when to expect them (ZCL 2.5.7.1.2)."""

    SEND = 0
    EXPECT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingRule:
    """When one attribute is to be reported; intervals in seconds."""

    id: int
    type: DataType
    interval_s_min: int
    interval_s_max: int
    change: Value | None = None
    """The least change that is worth a report; None for a type that is not analogue."""

    def __post_init__(self) -> None:
        if attributes.is_analogue(self.type) != (self.change is not None):
            raise EncodeError(f"attribute {self.id:#06x}: only an analogue type has a change")


@dataclass(frozen=True, slots=True)
class ReportingTimeout:
    """After how many seconds without a report the receiver should worry."""

    id: int
    timeout_s: int


@dataclass(frozen=True, slots=True)
class ReportingFailure:
    """One attribute whose reporting was not configured."""

    status: ZclStatus
    direction: ReportDirection
    id: int


@dataclass(frozen=True, slots=True)
class ConfigureReporting:
    """Say what to report when."""

    rules: tuple[ReportingRule | ReportingTimeout, ...]


@dataclass(frozen=True, slots=True)
class ConfigureReportingResponse:
    """Answer a configuration: the failures; none at all when everything was accepted."""

    failures: tuple[ReportingFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class AskedRule:
    """An attribute whose configuration is asked for."""

    direction: ReportDirection
    id: int


@dataclass(frozen=True, slots=True)
class ReadReportingConfiguration:
    """Ask what has been configured."""

    asked: tuple[AskedRule, ...]


@dataclass(frozen=True, slots=True)
class ReadReportingConfigurationResponse:
    """Say what has been configured, in the order of the request, or why there is nothing."""

    results: tuple[ReportingRule | ReportingTimeout | ReportingFailure, ...]


Command = (
    ConfigureReporting
    | ConfigureReportingResponse
    | ReadReportingConfiguration
    | ReadReportingConfigurationResponse
)

_STATUS = enumerated(ZclStatus, fields.U8)
_DIRECTION = enumerated(ReportDirection, fields.U8)
_INTERVALS = (
    "type" / attributes.TYPE,
    "interval_s_min" / fields.U16,
    "interval_s_max" / fields.U16,
    "change"
    / c.If(
        lambda context: attributes.is_analogue(context.type),
        c.Switch(c.this.type, attributes.VALUE_LAYOUTS),
    ),
)
_RULES: "dict[ReportDirection, c.Construct[Any, Any]]" = {
    ReportDirection.SEND: fields.record(
        ReportingRule,
        c.Struct(
            "id" / fields.U16,
            *_INTERVALS,
        ),
    ),
    ReportDirection.EXPECT: fields.record(
        ReportingTimeout, c.Struct("id" / fields.U16, "timeout_s" / fields.U16)
    ),
}
_RULE: "c.Construct[Any, Any]" = c.ExprAdapter(
    c.Struct("direction" / _DIRECTION, "rule" / c.Switch(c.this.direction, _RULES)),
    lambda raw, _: raw.rule,
    lambda rule, _: {
        "direction": ReportDirection(isinstance(rule, ReportingTimeout)),
        "rule": rule,
    },
)
_REPORTING_FAILURE = fields.record(
    ReportingFailure, c.Struct("status" / _STATUS, "direction" / _DIRECTION, "id" / fields.U16)
)
_ASKED = fields.record(AskedRule, c.Struct("direction" / _DIRECTION, "id" / fields.U16))
_RULE_NAMES = ("type", "interval_s_min", "interval_s_max", "change")


def _result(raw: Any, _: Any) -> ReportingRule | ReportingTimeout | ReportingFailure:
    if raw.status is not ZclStatus.SUCCESS:
        return ReportingFailure(raw.status, raw.direction, raw.id)
    if raw.direction is ReportDirection.SEND:
        return ReportingRule(id=raw.id, **{name: raw.rule[name] for name in _RULE_NAMES})
    return ReportingTimeout(raw.id, raw.rule.timeout_s)


def _result_apart(result: Any, _: Any) -> dict[str, Any]:
    apart: dict[str, Any] = {"status": ZclStatus.SUCCESS, "id": result.id, "rule": None}
    match result:
        case ReportingRule():
            rule = {name: getattr(result, name) for name in _RULE_NAMES}
            return {**apart, "direction": ReportDirection.SEND, "rule": rule}
        case ReportingTimeout(timeout_s=timeout_s):
            rule = {"timeout_s": timeout_s}
            return {**apart, "direction": ReportDirection.EXPECT, "rule": rule}
        case _:
            if result.status is ZclStatus.SUCCESS:
                raise c.ValidationError("a failure has another status than SUCCESS")
            return {**apart, "status": result.status, "direction": result.direction}


_RESULT: "c.Construct[Any, Any]" = c.ExprAdapter(
    c.Struct(
        "status" / _STATUS,
        "direction" / _DIRECTION,
        "id" / fields.U16,
        "rule"
        / c.If(
            c.this.status == ZclStatus.SUCCESS,
            c.IfThenElse(
                c.this.direction == ReportDirection.SEND,
                c.Struct(*_INTERVALS),
                c.Struct("timeout_s" / fields.U16),
            ),
        ),
    ),
    _result,
    _result_apart,
)

COMMANDS: Final[Mapping[bytes, tuple[type[Command], c.Struct]]] = {
    b"\x06": (ConfigureReporting, c.Struct("rules" / fields.until_end(_RULE))),
    b"\x07": (
        ConfigureReportingResponse,
        c.Struct(fields.all_well_or("failures", _REPORTING_FAILURE)),
    ),
    b"\x08": (ReadReportingConfiguration, c.Struct("asked" / fields.until_end(_ASKED))),
    b"\x09": (
        ReadReportingConfigurationResponse,
        c.Struct("results" / fields.until_end(_RESULT)),
    ),
}
"""By the command number, for `zcl_general.py`."""
