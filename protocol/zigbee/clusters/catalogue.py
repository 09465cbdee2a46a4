"""All clusters by number: reads and writes a ZCL frame without knowing its cluster beforehand.

Source: none, this only gathers the modules beside it.
"""

from types import MappingProxyType
from typing import Any, Final

from hanbench.protocol.errors import DecodeError
from hanbench.protocol.zigbee import zcl_general
from hanbench.protocol.zigbee.clusters import (
    basic,
    calendar,
    demand_response,
    device_management,
    events,
    key_establishment,
    messaging,
    metering,
    ota_upgrade,
    prepayment,
    price,
    tunnelling,
)
from hanbench.protocol.zigbee.clusters.cluster import CommandSet
from hanbench.protocol.zigbee.zcl import FrameType, ZclFrame

ClusterCommand = (
    basic.Command
    | calendar.Command
    | demand_response.Command
    | device_management.Command
    | events.Command
    | key_establishment.Command
    | messaging.Command
    | metering.Command
    | ota_upgrade.Command
    | prepayment.Command
    | price.Command
    | tunnelling.Command
)
Command = zcl_general.GeneralCommand | ClusterCommand

COMMAND_SETS: Final[MappingProxyType[int, CommandSet[Any]]] = MappingProxyType(
    {
        int(module.CLUSTER): module.COMMANDS
        for module in (
            basic,
            calendar,
            demand_response,
            device_management,
            events,
            key_establishment,
            messaging,
            metering,
            ota_upgrade,
            prepayment,
            price,
            tunnelling,
        )
    }
)
"""The clusters with commands of their own; Time and Keep-Alive have attributes only."""


def decode(cluster: int, frame: ZclFrame) -> Command:
    """Read the command in a frame of a cluster.

    Raises:
        DecodeError: the command is unknown or malformed, or the cluster is not supported.
    """
    if frame.frame_type is FrameType.GENERAL:
        return zcl_general.decode(frame)
    if cluster not in COMMAND_SETS:
        raise DecodeError(f"no commands are known for cluster {cluster:#06x}", field="cluster")
    command: ClusterCommand = COMMAND_SETS[cluster].decode(frame)
    return command
