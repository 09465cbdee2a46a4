"""What scapy knows of applications: ZCL frames, general commands, and of the commands of Price,
Metering and ZDO a few.
"""

from collections.abc import Callable
from typing import Any

from scapy.layers import zigbee
from scapy.packet import Packet
from tests.foreign.tshark_fields_zcl import General, InCluster

from hanbench.protocol.zigbee import attributes, zcl_general, zcl_reporting, zdo
from hanbench.protocol.zigbee.attributes import AttributeValue
from hanbench.protocol.zigbee.clusters import metering, price


def _frame(part: InCluster) -> Packet:
    frame = part.frame
    return zigbee.ZigbeeClusterLibrary(
        disable_default_response=frame.disable_default_response,
        command_direction=int(frame.direction),
        manufacturer_specific=frame.manufacturer is not None,
        manufacturer_code=frame.manufacturer,
        zcl_frametype=int(frame.frame_type),
        transaction_sequence=frame.sequence,
        command_identifier=frame.command_id,
    )


def _octets(typed: AttributeValue | None) -> bytes:
    return b"" if typed is None else attributes.encode(typed)[1:]


def _read_result(it: zcl_general.ReadResult) -> Packet:
    return zigbee.ZCLReadAttributeStatusRecord(
        attribute_identifier=it.id,
        status=int(it.status),
        attribute_data_type=None if it.typed is None else int(it.typed.type),
        attribute_value=_octets(it.typed),
    )


def _attribute(it: zcl_general.Attribute) -> Packet:
    return zigbee.ZCLAttributeReport(
        attribute_identifier=it.id,
        attribute_data_type=int(it.typed.type),
        attribute_data=_octets(it.typed),
    )


def _written(it: zcl_general.Attribute) -> Packet:
    return zigbee.ZCLWriteAttributeRecord(
        attribute_identifier=it.id,
        attribute_data_type=int(it.typed.type),
        attribute_data=_octets(it.typed),
    )


def _rule(it: zcl_reporting.ReportingRule | zcl_reporting.ReportingTimeout) -> Packet:
    if isinstance(it, zcl_reporting.ReportingTimeout):
        return zigbee.ZCLConfigureReportingRecord(
            attribute_direction=1, attribute_identifier=it.id, timeout_period=it.timeout_s
        )
    change = None if it.change is None else AttributeValue(it.type, it.change)
    return zigbee.ZCLConfigureReportingRecord(
        attribute_direction=0,
        attribute_identifier=it.id,
        attribute_data_type=int(it.type),
        min_reporting_interval=it.interval_s_min,
        max_reporting_interval=it.interval_s_max,
        reportable_change=_octets(change),
    )


def _not_written(failures: tuple[zcl_general.WriteFailure, ...]) -> list[Packet]:
    kind = zigbee.ZCLWriteAttributeStatusRecord
    if not failures:
        return [kind(status=0)]
    return [kind(status=int(it.status), attribute_identifier=it.id) for it in failures]


def _not_configured(failures: tuple[zcl_reporting.ReportingFailure, ...]) -> list[Packet]:
    kind = zigbee.ZCLConfigureReportingResponseRecord
    if not failures:
        return [kind(status=0)]
    return [
        kind(
            status=int(it.status),
            attribute_direction=int(it.direction),
            attribute_identifier=it.id,
        )
        for it in failures
    ]


COMMANDS: dict[type, Callable[[Any], Packet]] = {
    zcl_general.ReadAttributes: lambda it: zigbee.ZCLGeneralReadAttributes(
        attribute_identifiers=list(it.ids)
    ),
    zcl_general.ReadAttributesResponse: lambda it: zigbee.ZCLGeneralReadAttributesResponse(
        read_attribute_status_record=[_read_result(one) for one in it.results]
    ),
    zcl_general.WriteAttributes: lambda it: zigbee.ZCLGeneralWriteAttributes(
        write_records=[_written(one) for one in it.attributes]
    ),
    zcl_general.WriteAttributesResponse: lambda it: zigbee.ZCLGeneralWriteAttributesResponse(
        status_records=_not_written(it.failures)
    ),
    zcl_general.ReportAttributes: lambda it: zigbee.ZCLGeneralReportAttributes(
        attribute_reports=[_attribute(one) for one in it.attributes]
    ),
    zcl_general.DefaultResponse: lambda it: zigbee.ZCLGeneralDefaultResponse(
        response_command_identifier=it.command_id, status=int(it.status)
    ),
    zcl_reporting.ConfigureReporting: lambda it: zigbee.ZCLGeneralConfigureReporting(
        config_records=[_rule(one) for one in it.rules]
    ),
    zcl_reporting.ConfigureReportingResponse: lambda it: (
        zigbee.ZCLGeneralConfigureReportingResponse(status_records=_not_configured(it.failures))
    ),
}
"""The general commands; scapy has none that discovers attributes or reads a configuration."""


def _publish_price(it: price.PublishPrice) -> Packet | None:
    if it.tail is None:
        return None  # scapy knows the long form alone
    return zigbee.ZCLPricePublishPrice(
        provider_id=it.provider_id,
        rate_label=bytes([len(it.rate_label)]) + it.rate_label,
        issuer_event_id=it.issuer_event_id,
        current_time=it.current_utc,
        unit_of_measure=it.unit_of_measure,
        currency=it.currency,
        price_trailing_digit=it.digit_and_tier,
        number_of_price_tiers=it.tiers_and_register,
        start_time=it.start_utc,
        duration_in_minutes=it.duration_minutes,
        price=it.price,
        price_ratio=it.tail.price_ratio,
        generation_price=it.tail.generation_price,
        generation_price_ratio=it.tail.generation_price_ratio,
        alternate_cost_delivered=it.tail.alternate_cost,
        alternate_cost_unit=it.tail.alternate_cost_unit,
        alternate_cost_trailing_digit=it.tail.alternate_cost_digit,
        number_of_block_thresholds=it.tail.block_thresholds,
        price_control=it.tail.control,
    )


CLUSTERS: dict[type, Callable[[Any], Packet | None]] = {
    price.GetCurrentPrice: lambda it: zigbee.ZCLPriceGetCurrentPrice(
        reserved=it.options >> 1, Requestor_Rx_On_When_Idle=it.options & 1
    ),
    price.GetScheduledPrices: lambda it: zigbee.ZCLPriceGetScheduledPrices(
        start_time=it.start_utc, number_of_events=it.count_max
    ),
    price.PublishPrice: _publish_price,
    metering.GetProfile: lambda it: zigbee.ZCLMeteringGetProfile(
        Interval_Channel=it.channel, End_Time=it.end_utc, NumberOfPeriods=it.count
    ),
}
"""The commands of clusters that scapy knows."""


def _general(part: General) -> Packet | None:
    build = COMMANDS.get(type(part.command))
    return None if build is None else build(part.command)


def _announcement(it: zdo.DeviceAnnounce) -> Packet:
    names = ("alternate_pan_coordinator", "device_type", "power_source", "receiver_on_when_idle")
    high = ("reserved1", "reserved2", "security_capability", "allocate_address")
    bits = {name: it.capability >> number & 1 for number, name in enumerate((*names, *high))}
    return zigbee.ZDPDeviceAnnce(nwk_addr=it.short, ieee_addr=it.eui64, **bits)


ZCL: dict[type, Callable[[Any], Packet | None]] = {
    InCluster: _frame,
    General: _general,
    **CLUSTERS,
    zdo.ZdoFrame: lambda it: zigbee.ZigbeeDeviceProfile(trans_seqnum=it.sequence),
    zdo.DeviceAnnounce: _announcement,
    zdo.ActiveEndpointsRequest: lambda it: zigbee.ZDPActiveEPReq(nwk_addr=it.short),
}
