"""What all clusters share: their numbers, and how a cluster's commands become frames.

Source: ZigBee Cluster Library specification (075123), section 2.4, and ZigBee Smart Energy Standard
(07-5356) Annex D for the numbers, as collected in han.md section 6.
"""

import enum
from collections.abc import Mapping
from typing import Generic

import construct as c

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.layout import Message, OneOf
from hanbench.protocol.layout_trace import Trace
from hanbench.protocol.zigbee.zcl import Direction, FrameType, ZclFrame


class ClusterId(enum.IntEnum):
    """The clusters of a Smart Energy HAN."""

    BASIC = 0x0000
    POWER_CONFIGURATION = 0x0001
    IDENTIFY = 0x0003
    TIME = 0x000A
    OTA_UPGRADE = 0x0019
    KEEP_ALIVE = 0x0025
    PRICE = 0x0700
    DEMAND_RESPONSE = 0x0701
    METERING = 0x0702
    MESSAGING = 0x0703
    TUNNELLING = 0x0704
    PREPAYMENT = 0x0705
    CALENDAR = 0x0707
    DEVICE_MANAGEMENT = 0x0708
    EVENTS = 0x0709
    KEY_ESTABLISHMENT = 0x0800


CLIENT = Direction.CLIENT_TO_SERVER
SERVER = Direction.SERVER_TO_CLIENT

_PREFIX_OCTETS = 2


class CommandSet(Generic[Message]):
    """The commands of one cluster, told apart by direction and command number."""

    def __init__(
        self,
        cluster: ClusterId,
        commands: Mapping[tuple[Direction, int], tuple[type[Message], c.Struct]],
    ) -> None:
        self.cluster = cluster
        self._kinds = OneOf(
            cluster.name.lower().replace("_", "-"),
            {bytes(sender_and_id): command for sender_and_id, command in commands.items()},
        )
        self._types = tuple(kind for kind, _ in commands.values())

    def decode(self, frame: ZclFrame) -> Message:
        """Read the cluster command in a frame.

        Raises:
            DecodeError: it is a general or manufacturer's command, an unknown one, or malformed.
        """
        if frame.frame_type is not FrameType.CLUSTER or frame.manufacturer is not None:
            raise DecodeError("it is no command of this cluster", field="zcl.control")
        return self._kinds.decode(bytes([frame.direction, frame.command_id]) + frame.payload)

    def knows(self, frame: ZclFrame) -> bool:
        """Whether a frame's command is one of this cluster's; its payload may be anything."""
        is_ours = frame.frame_type is FrameType.CLUSTER and frame.manufacturer is None
        return is_ours and self._kinds.knows(bytes([frame.direction, frame.command_id]))

    def trace(self, frame: ZclFrame) -> tuple[str, Trace]:
        """Name a command, and say where each field lies; octet 1 is the command number."""
        return self._kinds.trace(bytes([frame.direction, frame.command_id]) + frame.payload)

    def encode(
        self, command: Message, *, sequence: int, disable_default_response: bool = True
    ) -> ZclFrame:
        """Return the frame for a command; raise `EncodeError` if a field does not fit."""
        if not isinstance(command, self._types):
            raise EncodeError(f"{type(command).__name__} is no command of {self.cluster.name}")
        data = self._kinds.encode(command)
        return ZclFrame(
            frame_type=FrameType.CLUSTER,
            direction=Direction(data[0]),
            sequence=sequence,
            command_id=data[1],
            payload=data[_PREFIX_OCTETS:],
            disable_default_response=disable_default_response,
        )
