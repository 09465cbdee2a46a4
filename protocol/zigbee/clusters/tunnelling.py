"""Tunnelling cluster (0x0704): carries another protocol's octets between two devices.

Source: ZigBee Smart Energy Standard (07-5356), section D.6, as collected in han.md section 6. The
layouts of the transfer error, the flow control and the protocol list are from memory of it and were
read back by tshark 4.0.17. Little-endian.

On our HANs it carries HAN-WAN-M1 envelopes in segments (`protocol/tunnel_segments.py`, [M]).
"""

import enum
from dataclasses import dataclass

import construct as c

from hanbench.protocol.layout import enumerated
from hanbench.protocol.zigbee import fields
from hanbench.protocol.zigbee.clusters.cluster import CLIENT, SERVER, ClusterId, CommandSet

CLUSTER = ClusterId.TUNNELLING

MANUFACTURER_NONE = 0xFFFF
MAX_TRANSFER_OCTETS = 1500
"""MaximumIncomingTransferSize."""


class AttributeId(enum.IntEnum):
    """Attributes of the server."""

    CLOSE_TUNNEL_TIMEOUT = 0x0000


class TunnelProtocol(enum.IntEnum):
    """What a tunnel can carry."""

    DLMS_COSEM = 0
    IEC_61107 = 1
    ANSI_C12 = 2
    M_BUS = 3
    SML = 4
    CLIMATE_TALK = 5
    GB_HRGP = 6
    IPV6 = 7
    IPV4 = 8
    NULL = 9
    TEST = 199
    MANUFACTURER_DEFINED = 200


class TunnelStatus(enum.IntEnum):
    """Answer to a request for a tunnel."""

    SUCCESS = 0
    BUSY = 1
    NO_MORE_TUNNEL_IDS = 2
    PROTOCOL_NOT_SUPPORTED = 3
    FLOW_CONTROL_NOT_SUPPORTED = 4


class TransferStatus(enum.IntEnum):
    """Why transferred data was refused."""

    NO_SUCH_TUNNEL = 0
    WRONG_DEVICE = 1
    DATA_OVERFLOW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestTunnel:
    """Ask for a tunnel."""

    protocol: TunnelProtocol
    manufacturer: int = MANUFACTURER_NONE
    has_flow_control: bool = False
    max_transfer_octets: int = MAX_TRANSFER_OCTETS


@dataclass(frozen=True, slots=True)
class RequestTunnelResponse:
    """Give the number of the tunnel, or say why there is none."""

    tunnel_id: int
    status: TunnelStatus
    max_transfer_octets: int = MAX_TRANSFER_OCTETS


@dataclass(frozen=True, slots=True)
class CloseTunnel:
    """Give a tunnel back."""

    tunnel_id: int


@dataclass(frozen=True, slots=True)
class TunnelClosed:
    """Tell the client that its tunnel timed out (Tunnel Closure Notification)."""

    tunnel_id: int


@dataclass(frozen=True, slots=True)
class TransferToServer:
    """Carry octets from the client (TransferData)."""

    tunnel_id: int
    data: bytes


@dataclass(frozen=True, slots=True)
class TransferToClient:
    """Carry octets from the server (TransferData)."""

    tunnel_id: int
    data: bytes


@dataclass(frozen=True, slots=True)
class TransferErrorToServer:
    """The client refuses the server's octets (TransferDataError)."""

    tunnel_id: int
    status: TransferStatus


@dataclass(frozen=True, slots=True)
class TransferErrorToClient:
    """The server refuses the client's octets (TransferDataError)."""

    tunnel_id: int
    status: TransferStatus


@dataclass(frozen=True, slots=True)
class GetProtocols:
    """Ask which protocols are served, from an offset in the list."""

    offset: int


@dataclass(frozen=True, slots=True)
class SupportedProtocol:
    """One entry of the list."""

    manufacturer: int
    protocol: TunnelProtocol


@dataclass(frozen=True, slots=True)
class SupportedProtocols:
    """List the protocols; unless `is_complete` there are more."""

    is_complete: bool
    protocols: tuple[SupportedProtocol, ...]


Command = (
    RequestTunnel
    | RequestTunnelResponse
    | CloseTunnel
    | TunnelClosed
    | TransferToServer
    | TransferToClient
    | TransferErrorToServer
    | TransferErrorToClient
    | GetProtocols
    | SupportedProtocols
)

_PROTOCOL = enumerated(TunnelProtocol, fields.U8)
_TUNNEL = c.Struct("tunnel_id" / fields.U16)
_TRANSFER = c.Struct("tunnel_id" / fields.U16, "data" / c.GreedyBytes)
_ERROR = c.Struct("tunnel_id" / fields.U16, "status" / enumerated(TransferStatus, fields.U8))
_SUPPORTED = fields.record(
    SupportedProtocol, c.Struct("manufacturer" / fields.U16, "protocol" / _PROTOCOL)
)

COMMANDS: CommandSet[Command] = CommandSet(
    CLUSTER,
    {
        (CLIENT, 0x00): (
            RequestTunnel,
            c.Struct(
                "protocol" / _PROTOCOL,
                "manufacturer" / fields.U16,
                "has_flow_control" / fields.BOOL,
                "max_transfer_octets" / fields.U16,
            ),
        ),
        (CLIENT, 0x01): (CloseTunnel, _TUNNEL),
        (CLIENT, 0x02): (TransferToServer, _TRANSFER),
        (CLIENT, 0x03): (TransferErrorToServer, _ERROR),
        (CLIENT, 0x06): (GetProtocols, c.Struct("offset" / fields.U8)),
        (SERVER, 0x00): (
            RequestTunnelResponse,
            c.Struct(
                "tunnel_id" / fields.U16,
                "status" / enumerated(TunnelStatus, fields.U8),
                "max_transfer_octets" / fields.U16,
            ),
        ),
        (SERVER, 0x01): (TransferToClient, _TRANSFER),
        (SERVER, 0x02): (TransferErrorToClient, _ERROR),
        (SERVER, 0x05): (
            SupportedProtocols,
            c.Struct(
                "is_complete" / fields.BOOL, "protocols" / fields.counted(fields.U8, _SUPPORTED)
            ),
        ),
        (SERVER, 0x06): (TunnelClosed, _TUNNEL),
    },
)
