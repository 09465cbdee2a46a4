"""The general commands that a server answers in the same way whatever the cluster.

Source: ZigBee Cluster Library specification (075123), section 2.5. Attributes of a meter or a hub
are not for the HAN to write: each is READ_ONLY, and one that does not exist is said to.
"""

from collections.abc import Mapping
from typing import Any

from hanbench.emulator.node.aps_layer import SECURED_PAYLOAD_OCTETS_MAX
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.attributes import AttributeValue
from hanbench.protocol.zigbee.clusters.catalogue import ClusterCommand
from hanbench.protocol.zigbee.clusters.cluster import CommandSet
from hanbench.protocol.zigbee.zcl import Direction, FrameType, ZclFrame, ZclStatus
from hanbench.protocol.zigbee.zcl_general import (
    DefaultResponse,
    DiscoverAttributes,
    DiscoverAttributesResponse,
    DiscoveredAttribute,
    GeneralCommand,
    GeneralCommandId,
    ReadAttributes,
    ReadAttributesResponse,
    ReadResult,
    WriteAttributes,
    WriteAttributesResponse,
    WriteFailure,
)
from hanbench.protocol.zigbee.zcl_reporting import (
    ConfigureReporting,
    ConfigureReportingResponse,
    ReadReportingConfiguration,
    ReadReportingConfigurationResponse,
    ReportDirection,
    ReportingFailure,
    ReportingRule,
    ReportingTimeout,
)


def default_response(frame: ZclFrame, status: ZclStatus) -> ZclFrame | None:
    """Return the default response, which a client may have asked to be spared on success."""
    if status is ZclStatus.SUCCESS and frame.disable_default_response:
        return None
    # It goes the other way, and is of the manufacturer whose command it is about (2.5.12.1.1).
    response = zcl_general.encode(
        DefaultResponse(frame.command_id, status),
        Direction(1 - frame.direction),
        sequence=frame.sequence,
    )
    return response._replace(manufacturer=frame.manufacturer)


def unsupported(frame: ZclFrame) -> ZclFrame | None:
    """Return the default response to a command that is not known here (ZCL 2.5.12.2)."""
    is_own = frame.manufacturer is None
    if frame.frame_type is FrameType.CLUSTER:
        status = ZclStatus.UNSUPPORTED_CLUSTER_COMMAND
        other = ZclStatus.UNSUPPORTED_MANUFACTURER_CLUSTER_COMMAND
    else:
        status = ZclStatus.UNSUPPORTED_GENERAL_COMMAND
        other = ZclStatus.UNSUPPORTED_MANUFACTURER_GENERAL_COMMAND
        if frame.command_id == GeneralCommandId.DEFAULT_RESPONSE:
            return None
    return default_response(frame, status if is_own else other)


def answer_read(
    frame: ZclFrame, command: ReadAttributes, held: Mapping[int, AttributeValue]
) -> ZclFrame:
    """Answer a read; what does not fit into one frame is left out (2.5.2.2) and asked for again."""
    results = tuple(_result(number, held) for number in command.ids)
    response = _answer(frame, ReadAttributesResponse(results))
    while len(zcl.encode(response)) > SECURED_PAYLOAD_OCTETS_MAX:
        results = results[:-1]
        response = _answer(frame, ReadAttributesResponse(results))
    return response


def answered(
    commands: CommandSet[Any], frame: ZclFrame, answer: ClusterCommand | ZclStatus | None
) -> ZclFrame | None:
    """Return the frame that answers a command of a cluster: another command, or a status."""
    if answer is None or isinstance(answer, ZclStatus):
        return None if answer is None else default_response(frame, answer)
    return commands.encode(answer, sequence=frame.sequence)


def answer_general(
    frame: ZclFrame, command: GeneralCommand, held: Mapping[int, AttributeValue]
) -> ZclFrame | None:
    """Answer a general command; None where nothing is to be said."""
    match command:
        case ReadAttributes():
            return answer_read(frame, command, held)
        case DefaultResponse():
            return None
        case WriteAttributes(attributes=written):
            failures = tuple(WriteFailure(_why(one.id, held), one.id) for one in written)
            return _answer(frame, WriteAttributesResponse(failures))
        case DiscoverAttributes(first=first, count_max=count_max):
            after = [number for number in sorted(held) if number >= first]
            found = tuple(
                DiscoveredAttribute(number, held[number].type) for number in after[:count_max]
            )
            is_complete = len(after) <= count_max
            return _answer(frame, DiscoverAttributesResponse(is_complete, found))
        case ConfigureReporting(rules=rules):
            refused = tuple(_unreportable(rule, held) for rule in rules)
            return _answer(frame, ConfigureReportingResponse(refused))
        case ReadReportingConfiguration(asked=asked):
            none = tuple(
                ReportingFailure(_not_reported(one.id, held), one.direction, one.id)
                for one in asked
            )
            return _answer(frame, ReadReportingConfigurationResponse(none))
        case _ if frame.command_id in _ANSWERS:
            return None
        case _:
            return unsupported(frame)


_ANSWERS = (
    GeneralCommandId.READ_ATTRIBUTES_RESPONSE,
    GeneralCommandId.WRITE_ATTRIBUTES_RESPONSE,
    GeneralCommandId.CONFIGURE_REPORTING_RESPONSE,
    GeneralCommandId.READ_REPORTING_CONFIGURATION_RESPONSE,
    GeneralCommandId.REPORT_ATTRIBUTES,
    GeneralCommandId.DISCOVER_ATTRIBUTES_RESPONSE,
)


def _unreportable(
    rule: ReportingRule | ReportingTimeout, held: Mapping[int, AttributeValue]
) -> ReportingFailure:
    """Refuse a rule: what a hub or a display holds is read, never reported."""
    is_asked_of_us = isinstance(rule, ReportingRule)
    direction = ReportDirection.SEND if is_asked_of_us else ReportDirection.EXPECT
    status = ZclStatus.UNREPORTABLE_ATTRIBUTE
    return ReportingFailure(
        status if rule.id in held else ZclStatus.UNSUPPORTED_ATTRIBUTE, direction, rule.id
    )


def _not_reported(number: int, held: Mapping[int, AttributeValue]) -> ZclStatus:
    return ZclStatus.NOT_FOUND if number in held else ZclStatus.UNSUPPORTED_ATTRIBUTE


def _result(number: int, held: Mapping[int, AttributeValue]) -> ReadResult:
    typed = held.get(number)
    if typed is None:
        return ReadResult(number, ZclStatus.UNSUPPORTED_ATTRIBUTE)
    return ReadResult(number, ZclStatus.SUCCESS, typed)


def _why(number: int, held: Mapping[int, AttributeValue]) -> ZclStatus:
    return ZclStatus.READ_ONLY if number in held else ZclStatus.UNSUPPORTED_ATTRIBUTE


def _answer(frame: ZclFrame, command: GeneralCommand) -> ZclFrame:
    return zcl_general.encode(command, Direction.SERVER_TO_CLIENT, sequence=frame.sequence)
