"""The general commands that a server answers in the same way whatever the cluster.

Source: ZigBee Cluster Library specification (075123), section 2.5. Attributes of a meter or a hub
are not for the HAN to write: each is READ_ONLY, and one that does not exist is said to.
"""

from collections.abc import Mapping
from typing import Any

from hanbench.protocol.zigbee import zcl_general
from hanbench.protocol.zigbee.attributes import AttributeValue
from hanbench.protocol.zigbee.clusters.catalogue import ClusterCommand
from hanbench.protocol.zigbee.clusters.cluster import CommandSet
from hanbench.protocol.zigbee.zcl import Direction, ZclFrame, ZclStatus
from hanbench.protocol.zigbee.zcl_general import (
    DefaultResponse,
    DiscoverAttributes,
    DiscoverAttributesResponse,
    DiscoveredAttribute,
    GeneralCommand,
    GeneralCommandId,
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
    return _answer(frame, DefaultResponse(frame.command_id, status))


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
    """Answer a general command other than a read; None where nothing is to be said."""
    match command:
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
            return default_response(frame, ZclStatus.UNSUPPORTED_GENERAL_COMMAND)


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


def _why(number: int, held: Mapping[int, AttributeValue]) -> ZclStatus:
    return ZclStatus.READ_ONLY if number in held else ZclStatus.UNSUPPORTED_ATTRIBUTE


def _answer(frame: ZclFrame, command: GeneralCommand) -> ZclFrame:
    return zcl_general.encode(command, Direction.SERVER_TO_CLIENT, sequence=frame.sequence)
