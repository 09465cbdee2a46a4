"""ZigBee device objects: addresses, descriptors, binding and leaving, on profile 0 and endpoint 0.

Source: ZigBee Specification (05-3474), section 2.4 "ZigBee device profile", as collected in han.md
section 5; the two address responses and the descriptor responses are from memory of it and were
read back by tshark 4.0.17. Little-endian. The cluster number says which message it is, the first
octet is a transaction number, and a response (request | 8000) starts with a status.
"""

from dataclasses import dataclass

import construct as c

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.layout import Layout, OneOf, enumerated
from hanbench.protocol.layout_trace import Trace
from hanbench.protocol.zigbee import fields, zdo_addresses, zdo_descriptors, zdo_management
from hanbench.protocol.zigbee.zdo_descriptors import (
    NodeDescriptor,
    PowerDescriptor,
    SimpleDescriptor,
)
from hanbench.protocol.zigbee.zdo_status import ZdoStatus

ANNOUNCEMENT = 0x0013
"""The cluster of Device_annce, which a device sends when it has joined or moved."""
PERMIT_JOINING = 0x0036
"""The cluster of Mgmt_Permit_Joining_req, which is broadcast to routers (2.4.3.3.7)."""
RESPONSE = 0x8000
"""The bit of a cluster number that makes a response of it."""


@dataclass(frozen=True, slots=True)
class NodeDescriptorRequest:
    """Ask what a device can do."""

    short: ShortAddress


@dataclass(frozen=True, slots=True)
class NodeDescriptorResponse:
    """Say what a device can do."""

    status: ZdoStatus
    short: ShortAddress
    descriptor: NodeDescriptor | None = None


@dataclass(frozen=True, slots=True)
class PowerDescriptorRequest:
    """Ask how a device is powered."""

    short: ShortAddress


@dataclass(frozen=True, slots=True)
class PowerDescriptorResponse:
    """Say how a device is powered."""

    status: ZdoStatus
    short: ShortAddress
    descriptor: PowerDescriptor | None = None


@dataclass(frozen=True, slots=True)
class SimpleDescriptorRequest:
    """Ask what an endpoint serves and uses."""

    short: ShortAddress
    endpoint: int


@dataclass(frozen=True, slots=True)
class SimpleDescriptorResponse:
    """Say what an endpoint serves and uses."""

    status: ZdoStatus
    short: ShortAddress
    descriptor: SimpleDescriptor | None = None


@dataclass(frozen=True, slots=True)
class ActiveEndpointsRequest:
    """Ask which endpoints a device has."""

    short: ShortAddress


@dataclass(frozen=True, slots=True)
class ActiveEndpointsResponse:
    """List the endpoints of a device."""

    status: ZdoStatus
    short: ShortAddress
    endpoints: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchDescriptorRequest:
    """Ask which endpoints serve or use one of some clusters."""

    short: ShortAddress
    profile: int
    server_clusters: tuple[int, ...]
    client_clusters: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchDescriptorResponse:
    """List the endpoints that match."""

    status: ZdoStatus
    short: ShortAddress
    endpoints: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceAnnounce:
    """A device that has joined or rejoined tells its addresses."""

    short: ShortAddress
    eui64: Eui64
    capability: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BindRequest:
    """Bind a cluster of a source endpoint to a target endpoint (extended addresses only)."""

    source: Eui64
    source_endpoint: int
    cluster: int
    target: Eui64
    target_endpoint: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnbindRequest:
    """Undo a binding."""

    source: Eui64
    source_endpoint: int
    cluster: int
    target: Eui64
    target_endpoint: int


@dataclass(frozen=True, slots=True)
class BindResponse:
    """Say what became of a binding."""

    status: ZdoStatus


@dataclass(frozen=True, slots=True)
class UnbindResponse:
    """Say what became of an unbinding."""

    status: ZdoStatus


@dataclass(frozen=True, slots=True)
class LeaveRequest:
    """Tell a device to leave (Mgmt_Leave_req); bit 7 of the flags: rejoin, 6: with its children."""

    eui64: Eui64
    flags: int


@dataclass(frozen=True, slots=True)
class LeaveResponse:
    """Say what became of a request to leave."""

    status: ZdoStatus


@dataclass(frozen=True, slots=True)
class PermitJoiningRequest:
    """Let devices join for some seconds (Mgmt_Permit_Joining_req); SE allows 254 at most."""

    duration_s: int
    trust_centre_significance: int = 1


@dataclass(frozen=True, slots=True)
class PermitJoiningResponse:
    """Say what became of a request to permit joining."""

    status: ZdoStatus


@dataclass(frozen=True, slots=True)
class NotSupported:
    """Say that a request is not known here (2.4.2.2): the answer to a cluster without a layout."""

    request: int


Message = (
    NotSupported
    | zdo_addresses.Message
    | NodeDescriptorRequest
    | NodeDescriptorResponse
    | PowerDescriptorRequest
    | PowerDescriptorResponse
    | SimpleDescriptorRequest
    | SimpleDescriptorResponse
    | ActiveEndpointsRequest
    | ActiveEndpointsResponse
    | MatchDescriptorRequest
    | MatchDescriptorResponse
    | DeviceAnnounce
    | BindRequest
    | UnbindRequest
    | BindResponse
    | UnbindResponse
    | LeaveRequest
    | LeaveResponse
    | PermitJoiningRequest
    | PermitJoiningResponse
    | zdo_management.Message
)


@dataclass(frozen=True, slots=True)
class ZdoFrame:
    """One message under its transaction number, which the response repeats."""

    sequence: int
    message: Message


def decode(cluster: int, data: bytes) -> ZdoFrame:
    """Read the message that a cluster number announces.

    Raises:
        DecodeError: the number is unknown, or not every octet is accounted for.
    """
    if not data:
        raise DecodeError("it is empty", field="zdo.sequence")
    if not 0 <= cluster <= 0xFFFF:
        raise DecodeError(f"{cluster:#x} is no cluster number", field="zdo.cluster")
    if is_refusal(cluster, data):
        return ZdoFrame(data[0], NotSupported(cluster & ~RESPONSE))
    return ZdoFrame(data[0], _MESSAGES.decode(_numbered(cluster) + data[1:]))


def knows(cluster: int) -> bool:
    """Whether a message has this number, whatever its octets are."""
    return _MESSAGES.knows(_numbered(cluster))


def is_refusal(cluster: int, data: bytes) -> bool:
    """Whether these octets refuse a request that is not known here either."""
    is_unknown = cluster & RESPONSE != 0 and not knows(cluster)
    return is_unknown and data[1:] == bytes([ZdoStatus.NOT_SUPPORTED])


def encode(frame: ZdoFrame) -> tuple[int, bytes]:
    """Return the cluster number and the octets; raise `EncodeError` if a field does not fit."""
    sequence = _SEQUENCE.encode({"sequence": frame.sequence})
    if isinstance(frame.message, NotSupported):
        number = frame.message.request | RESPONSE
        if frame.message.request & RESPONSE or knows(number):
            raise EncodeError(f"{number:#06x} has an answer of its own")
        return number, sequence + bytes([ZdoStatus.NOT_SUPPORTED])
    data = _MESSAGES.encode(frame.message)
    return int.from_bytes(data[:2], "big"), sequence + data[2:]


_SEQUENCE = Layout("zdo", c.Struct("sequence" / c.Int8ul))
_STATUS = enumerated(ZdoStatus, fields.U8)
_REFUSAL = Layout("zdo", c.Struct("status" / _STATUS))
_LIST = fields.counted(fields.U8, fields.U16)
_SHORT = "short" / fields.U16
_ENDPOINTS = c.Struct(
    "status" / _STATUS, _SHORT, "endpoints" / fields.counted(fields.U8, fields.U8)
)
_BINDING = c.Struct(
    "source" / fields.EUI64,
    "source_endpoint" / fields.U8,
    "cluster" / fields.U16,
    # The target is extended address and endpoint (mode 3); groups are not used in Smart Energy.
    c.Const(b"\x03"),
    "target" / fields.EUI64,
    "target_endpoint" / fields.U8,
)
_STATUS_ONLY = c.Struct("status" / _STATUS)


def _numbered(cluster: int) -> bytes:
    return cluster.to_bytes(2, "big")


_MESSAGES: OneOf[Message] = OneOf(
    "zdo",
    {
        _numbered(0x0002): (NodeDescriptorRequest, c.Struct(_SHORT)),
        _numbered(0x0003): (PowerDescriptorRequest, c.Struct(_SHORT)),
        _numbered(0x0004): (SimpleDescriptorRequest, c.Struct(_SHORT, "endpoint" / fields.U8)),
        _numbered(0x0005): (ActiveEndpointsRequest, c.Struct(_SHORT)),
        _numbered(0x0006): (
            MatchDescriptorRequest,
            c.Struct(
                _SHORT,
                "profile" / fields.U16,
                "server_clusters" / _LIST,
                "client_clusters" / _LIST,
            ),
        ),
        _numbered(0x0013): (
            DeviceAnnounce,
            c.Struct(_SHORT, "eui64" / fields.EUI64, "capability" / fields.U8),
        ),
        _numbered(0x0021): (BindRequest, _BINDING),
        _numbered(0x0022): (UnbindRequest, _BINDING),
        _numbered(0x0034): (LeaveRequest, c.Struct("eui64" / fields.EUI64, "flags" / fields.U8)),
        _numbered(PERMIT_JOINING): (
            PermitJoiningRequest,
            c.Struct("duration_s" / fields.U8, "trust_centre_significance" / fields.U8),
        ),
        _numbered(0x8002): (
            NodeDescriptorResponse,
            c.Struct(
                "status" / _STATUS, _SHORT, fields.optional("descriptor", zdo_descriptors.NODE)
            ),
        ),
        _numbered(0x8003): (
            PowerDescriptorResponse,
            c.Struct(
                "status" / _STATUS, _SHORT, fields.optional("descriptor", zdo_descriptors.POWER)
            ),
        ),
        _numbered(0x8004): (
            SimpleDescriptorResponse,
            c.Struct("status" / _STATUS, _SHORT, "descriptor" / zdo_descriptors.SIMPLE),
        ),
        _numbered(0x8005): (ActiveEndpointsResponse, _ENDPOINTS),
        _numbered(0x8006): (MatchDescriptorResponse, _ENDPOINTS),
        _numbered(0x8021): (BindResponse, _STATUS_ONLY),
        _numbered(0x8022): (UnbindResponse, _STATUS_ONLY),
        _numbered(0x8034): (LeaveResponse, _STATUS_ONLY),
        _numbered(0x8036): (PermitJoiningResponse, _STATUS_ONLY),
        **{_numbered(cluster): one for cluster, one in zdo_addresses.MESSAGES.items()},
        **{_numbered(cluster): one for cluster, one in zdo_management.MESSAGES.items()},
    },
)


def trace(cluster: int, data: bytes) -> tuple[str, Trace]:
    """Name the message that a cluster number announces, and say where each field lies.

    Octets are counted from the transaction number, one before the first field, as 1.
    """
    octets = _numbered(cluster) + data[1:]
    if is_refusal(cluster, data):
        return NotSupported.__name__, _REFUSAL.trace(octets, 2)
    return _MESSAGES.trace(octets)
