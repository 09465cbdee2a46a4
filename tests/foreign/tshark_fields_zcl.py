"""The fields of a ZCL frame, the general commands and the values of attributes in tshark 4.0."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tests.foreign.tshark_fields import Said, Say, Table, plain

from hanbench.protocol.zigbee import zcl_general, zcl_reporting
from hanbench.protocol.zigbee.attributes import AttributeValue, DataType, Value
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.zcl import Direction, FrameType, ZclFrame, ZclStatus


@dataclass(frozen=True, slots=True)
class InCluster:
    """A ZCL frame and the cluster that it belongs to."""

    cluster: int
    frame: ZclFrame


@dataclass(frozen=True, slots=True)
class General:
    """A general command and the cluster whose attributes it is about."""

    cluster: int
    command: zcl_general.GeneralCommand
    manufacturer: int | None = None
    """None: the attributes are the standard's."""


COMMANDS = {
    ClusterId.BASIC: "zbee_zcl_general.basic",
    ClusterId.OTA_UPGRADE: "zbee_zcl_general.ota",
    ClusterId.PRICE: "zbee_zcl_se.price",
    ClusterId.DEMAND_RESPONSE: "zbee_zcl_se.drlc",
    ClusterId.METERING: "zbee_zcl_se.met",
    ClusterId.MESSAGING: "zbee_zcl_se.msg",
    ClusterId.TUNNELLING: "zbee_zcl_se.tun",
    ClusterId.PREPAYMENT: "zbee_zcl_se.pp",
    ClusterId.CALENDAR: "zbee_zcl_se.calendar",
    ClusterId.DEVICE_MANAGEMENT: "zbee_zcl_se.device_management",
    ClusterId.EVENTS: "zbee_zcl_se.events",
    ClusterId.KEY_ESTABLISHMENT: "zbee_zcl_se.ke",
}
"""What tshark calls the clusters with commands."""
ATTRIBUTES = {
    ClusterId.BASIC: "zbee_zcl_general.basic.attr_id",
    ClusterId.POWER_CONFIGURATION: "zbee_zcl_general.power_config.attr_id",
    ClusterId.IDENTIFY: "zbee_zcl_general.identify.attr_id",
    ClusterId.TIME: "zbee_zcl_general.time.attr_id",
    ClusterId.OTA_UPGRADE: "zbee_zcl_general.ota.attr_id",
    ClusterId.KEEP_ALIVE: "zbee_zcl_se.keep_alive.attr_id",
    ClusterId.PRICE: "zbee_zcl_se.price.attr_id",
    ClusterId.METERING: "zbee_zcl_se.met.attr_id",
    ClusterId.TUNNELLING: "zbee_zcl_se.tun.attr_id",
    ClusterId.PREPAYMENT: "zbee_zcl_se.pp.attr_id",
    ClusterId.CALENDAR: "zbee_zcl_se.calendar.attr_id",
    ClusterId.DEVICE_MANAGEMENT: "zbee_zcl_se.device_management.attr_id",
    ClusterId.KEY_ESTABLISHMENT: "zbee_zcl_se.ke.attr_id",
}
"""Where tshark puts the numbers of their attributes; those of others are in `ANY_ATTRIBUTE`."""
CLIENT_ATTRIBUTES = {
    ClusterId.PRICE: "zbee_zcl_se.price.attr_client_id",
    ClusterId.DEMAND_RESPONSE: "zbee_zcl_se.drlc.attr_client_id",
    ClusterId.METERING: "zbee_zcl_se.met.attr_client_id",
    ClusterId.DEVICE_MANAGEMENT: "zbee_zcl_se.device_management.attr_client_id",
    ClusterId.KEY_ESTABLISHMENT: "zbee_zcl_se.ke.attr_client_id",
}
"""The same of the attributes of a client, where it has numbers of its own."""
ANY_ATTRIBUTE = "zbee_zcl.attr.id"

_SIZES = (8, 16, 24, 32, 40, 48, 56, 64)
VALUES: dict[DataType, str] = {
    DataType.BOOL: "boolean",
    **{DataType(DataType.MAP8 + n): f"bitmap{size}" for n, size in enumerate(_SIZES)},
    **{DataType(DataType.UINT8 + n): f"uint{size}" for n, size in enumerate(_SIZES)},
    **{DataType(DataType.INT8 + n): f"int{size}" for n, size in enumerate(_SIZES)},
    **dict.fromkeys((DataType.INT40, DataType.INT48, DataType.INT56), "int64"),
    DataType.ENUM8: "uint8",
    DataType.ENUM16: "uint16",
    DataType.OCTETS: "ostr",
    DataType.TEXT: "str",
    DataType.UTC: "utc",
    DataType.EUI64: "bytes",
    DataType.KEY128: "bytes",
}
"""In which field of `zbee_zcl.attr` tshark prints a value of a type."""

_TIME_STATUS = "zbee_zcl_general.time.attr.time_status"
_TIME_BITS = ("master", "synchronized", "master_zone_dst", "superseding")
OWN_VALUES: dict[tuple[int, int], Callable[[int], Mapping[str, Said]]] = {
    (ClusterId.TIME, 1): lambda value: {
        _TIME_STATUS: value,
        **{f"{_TIME_STATUS}.{name}": value >> n & 1 for n, name in enumerate(_TIME_BITS)},
    },
    (ClusterId.KEEP_ALIVE, 0): lambda value: {"zbee_zcl_se.keep_alive.attr.base": value},
    (ClusterId.KEEP_ALIVE, 1): lambda value: {"zbee_zcl_se.keep_alive.attr.jitter": value},
}
"""The attributes, by cluster and number, whose values tshark prints in fields of their own."""

EUI64_OCTETS = 8
NO_OCTETS = "<MISSING>"
"""What tshark prints for an octet string without octets."""
ID, VALUE = "id", "value"
"""Fields whose names depend on the cluster, and on the type."""
_TYPE, _STATUS = "zbee_zcl.attr.data.type", "zbee_zcl.attr.status"
_ATTRIBUTE = "zbee_zcl.attr."


def _typed(record: zcl_general.Attribute | zcl_general.ReadResult) -> DataType | None:
    return None if record.typed is None else record.typed.type


def _change(rule: zcl_reporting.ReportingRule) -> AttributeValue | None:
    return None if rule.change is None else AttributeValue(rule.type, rule.change)


RECORDS: dict[type, Mapping[str, Callable[[object], object]]] = {
    int: {ID: lambda number: number},
    zcl_general.Attribute: {ID: lambda it: it.id, _TYPE: _typed, VALUE: lambda it: it.typed},
    zcl_general.ReadResult: {
        ID: lambda it: it.id,
        _STATUS: lambda it: it.status,
        _TYPE: _typed,
        VALUE: lambda it: it.typed,
    },
    zcl_general.WriteFailure: {ID: lambda it: it.id, _STATUS: lambda it: it.status},
    zcl_general.DiscoveredAttribute: {ID: lambda it: it.id, _TYPE: lambda it: it.type},
    zcl_reporting.ReportingRule: {
        "zbee_zcl.attr.dir": lambda _: zcl_reporting.ReportDirection.SEND,
        ID: lambda it: it.id,
        _TYPE: lambda it: it.type,
        "zbee_zcl.attr.minint": lambda it: it.interval_s_min,
        "zbee_zcl.attr.maxint": lambda it: it.interval_s_max,
        VALUE: _change,
    },
    zcl_reporting.ReportingTimeout: {
        "zbee_zcl.attr.dir": lambda _: zcl_reporting.ReportDirection.EXPECT,
        ID: lambda it: it.id,
        "zbee_zcl.attr.timeout": lambda it: it.timeout_s,
    },
    zcl_reporting.ReportingFailure: {
        _STATUS: lambda it: it.status,
        "zbee_zcl.attr.dir": lambda it: it.direction,
        ID: lambda it: it.id,
    },
    zcl_reporting.AskedRule: {"zbee_zcl.attr.dir": lambda it: it.direction, ID: lambda it: it.id},
}
LISTS: dict[type, str] = {
    zcl_general.ReadAttributes: "ids",
    zcl_general.ReadAttributesResponse: "results",
    zcl_general.WriteAttributes: "attributes",
    zcl_general.WriteAttributesResponse: "failures",
    zcl_general.ReportAttributes: "attributes",
    zcl_general.DiscoverAttributesResponse: "attributes",
    zcl_reporting.ConfigureReporting: "rules",
    zcl_reporting.ConfigureReportingResponse: "failures",
    zcl_reporting.ReadReportingConfiguration: "asked",
    zcl_reporting.ReadReportingConfigurationResponse: "results",
}
"""Where a command keeps its records."""
ALONE: dict[type, dict[str, Say]] = {
    zcl_general.DefaultResponse: {
        "zbee_zcl.cmd.id.rsp": lambda it: it.command_id,
        _STATUS: lambda it: it.status,
    },
    zcl_general.DiscoverAttributes: plain(_ATTRIBUTE, start="first", maxnum="count_max"),
}
"""What else a command says."""


def _general(part: General) -> Iterator[tuple[str, Said]]:
    kind = type(part.command)
    for name, say in ALONE.get(kind, {}).items():
        yield name, say(part.command)
    if kind not in LISTS:
        return
    records = getattr(part.command, LISTS[kind])
    if not records and kind in (
        zcl_general.WriteAttributesResponse,
        zcl_reporting.ConfigureReportingResponse,
    ):
        yield _STATUS, ZclStatus.SUCCESS
    for record in records:
        if kind is zcl_reporting.ReadReportingConfigurationResponse and isinstance(
            record, zcl_reporting.ReportingRule | zcl_reporting.ReportingTimeout
        ):
            yield _STATUS, ZclStatus.SUCCESS
        yield from _record(part, record)


def _record(part: General, record: object) -> Iterator[tuple[str, Said]]:
    number = record if isinstance(record, int) else record.id  # type: ignore[attr-defined]
    for name, say in RECORDS[type(record)].items():
        said = say(record)
        if name == ID:
            yield _id_field(part, record), said  # type: ignore[misc]
        elif name != VALUE:
            yield name, said  # type: ignore[misc]
        elif isinstance(said, AttributeValue):
            yield from _value(part.cluster, number, said.type, said.value)


def _id_field(part: General, record: object) -> str:
    if part.manufacturer is not None:
        return ANY_ATTRIBUTE
    # Who is told to expect reports gets them from the other side.
    is_of_other = (
        isinstance(record, zcl_reporting.ReportingTimeout)
        or getattr(record, "direction", None) is zcl_reporting.ReportDirection.EXPECT
    )
    return (CLIENT_ATTRIBUTES if is_of_other else ATTRIBUTES).get(part.cluster, ANY_ATTRIBUTE)


def _value(cluster: int, number: int, kind: DataType, value: Value) -> Iterator[tuple[str, Said]]:
    own = OWN_VALUES.get((cluster, number))
    if own is not None and isinstance(value, int):
        yield from own(value).items()
    elif kind in VALUES:
        yield f"{_ATTRIBUTE}{VALUES[kind]}", _as_printed(kind, value)


def _as_printed(kind: DataType, value: Value) -> Said:
    match value:
        case int() if kind is DataType.EUI64:
            return value.to_bytes(EUI64_OCTETS, "little")
        case str():
            # tshark takes a text for ASCII, and prints nothing for an empty one.
            return value.encode().decode("ascii", "replace") or None
        case bytes() if kind is DataType.OCTETS:
            return value.hex(":") or NO_OCTETS
        case _:
            return value


def _cluster_command(part: InCluster) -> Iterator[tuple[str, Said]]:
    frame = part.frame
    if frame.frame_type is FrameType.GENERAL:
        yield "zbee_zcl.cmd.id", frame.command_id
    else:
        way = "srv_rx" if frame.direction is Direction.CLIENT_TO_SERVER else "srv_tx"
        yield f"{COMMANDS[ClusterId(part.cluster)]}.cmd.{way}.id", frame.command_id


TABLES: dict[type, Table] = {
    InCluster: Table(
        {
            "zbee_zcl.type": lambda it: it.frame.frame_type,
            "zbee_zcl.ms": lambda it: it.frame.manufacturer is not None,
            "zbee_zcl.dir": lambda it: it.frame.direction,
            "zbee_zcl.ddr": lambda it: it.frame.disable_default_response,
            "zbee_zcl.cmd.mc": lambda it: it.frame.manufacturer,
            "zbee_zcl.cmd.tsn": lambda it: it.frame.sequence,
        },
        _cluster_command,
    ),
    General: Table({}, _general),
}
NAMES = (
    "zbee_zcl.cmd.id",
    *(
        f"{name}.cmd.{way}.id"
        for cluster, name in COMMANDS.items()
        for way in ("srv_rx", "srv_tx")
        # Its one command is to the server.
        if (cluster, way) != (ClusterId.BASIC, "srv_tx")
    ),
    *ATTRIBUTES.values(),
    *CLIENT_ATTRIBUTES.values(),
    ANY_ATTRIBUTE,
    *dict.fromkeys(f"{_ATTRIBUTE}{name}" for name in VALUES.values()),
    *(name for own in OWN_VALUES.values() for name in own(0)),
    *(name for fields in RECORDS.values() for name in fields if name not in (ID, VALUE)),
    *(name for fields in ALONE.values() for name in fields),
)
"""The fields that the tables above spread over."""
