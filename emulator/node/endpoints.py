"""What each kind of device has: endpoints, Smart Energy device ids, clusters served and used.

Source: ZigBee Smart Energy Standard (07-5356) section 6 (device ids and their clusters), as
collected in han.md section 5; every device has Basic and both sides of Key Establishment. The
manufacturer code and the sizes are modelled [M].
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hanbench.protocol.ieee802154_commands import ROUTER_CAPABILITY, SLEEPY_CAPABILITY
from hanbench.protocol.zigbee.clusters.cluster import ClusterId as C
from hanbench.protocol.zigbee.zdo_descriptors import (
    LogicalType,
    NodeDescriptor,
    PowerDescriptor,
    SimpleDescriptor,
)

SMART_ENERGY = 0x0109
MANUFACTURER = 0x10C7
"""A manufacturer code that stands for nobody in particular [M]."""
ESI_ENDPOINT = 1
"""Where the hub is the Energy Services Interface of its HAN [M]."""
MIRROR_ENDPOINT = 9
"""Where the hub stands in for the gas meter [M]."""
BUFFER_OCTETS_MAX = 82
TRANSFER_OCTETS_MAX = 1_500
MAINS, DISPOSABLE = 1 << 0, 1 << 2
"""Sources in a power descriptor."""

_BOTH = (C.BASIC, C.KEY_ESTABLISHMENT)
_METER_SERVER = (C.TIME, C.PRICE, C.METERING, C.PREPAYMENT, C.TUNNELLING)
_DISPLAY_CLIENT = (
    C.TIME,
    C.KEEP_ALIVE,
    C.PRICE,
    C.METERING,
    C.MESSAGING,
    C.PREPAYMENT,
    C.CALENDAR,
    C.DEVICE_MANAGEMENT,
    C.EVENTS,
    C.OTA_UPGRADE,
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint of a kind of device."""

    number: int
    device_id: int
    server: tuple[int, ...]
    client: tuple[int, ...]


ENDPOINTS: Final[Mapping[str, tuple[Endpoint, ...]]] = {
    "CHF": (
        Endpoint(
            1,
            0x0500,
            (
                *_BOTH,
                C.TIME,
                C.OTA_UPGRADE,
                C.KEEP_ALIVE,
                C.PRICE,
                C.MESSAGING,
                C.TUNNELLING,
                C.CALENDAR,
                C.DEVICE_MANAGEMENT,
                C.EVENTS,
            ),
            (C.KEY_ESTABLISHMENT, C.TUNNELLING, C.METERING),
        ),
        Endpoint(MIRROR_ENDPOINT, 0x0501, (*_BOTH, C.METERING, C.PREPAYMENT), ()),
    ),
    "ESME": (
        Endpoint(
            1,
            0x0501,
            (*_BOTH, *_METER_SERVER, C.EVENTS),
            (C.KEY_ESTABLISHMENT, C.TIME, C.KEEP_ALIVE),
        ),
    ),
    "GSME": (
        Endpoint(
            1,
            0x0501,
            (*_BOTH, *_METER_SERVER, C.EVENTS),
            (C.KEY_ESTABLISHMENT, C.TIME, C.METERING, C.PREPAYMENT),
        ),
    ),
    "PPMID": (Endpoint(1, 0x0506, _BOTH, (C.KEY_ESTABLISHMENT, *_DISPLAY_CLIENT)),),
    "IHD": (Endpoint(1, 0x0502, _BOTH, (C.KEY_ESTABLISHMENT, *_DISPLAY_CLIENT)),),
    "CAD": (Endpoint(1, 0x0507, _BOTH, (C.KEY_ESTABLISHMENT, *_DISPLAY_CLIENT)),),
    "REPEATER": (Endpoint(1, 0x0008, _BOTH, (C.KEY_ESTABLISHMENT, C.KEEP_ALIVE)),),
}
"""By the device type of the installation file."""
DISPLAY_CLIENT: Final = tuple(int(one) for one in _DISPLAY_CLIENT)
"""What displays are clients of, besides Key Establishment."""


def capability_of(*, is_router: bool) -> int:
    """Return the capability information that a node joins with."""
    return ROUTER_CAPABILITY if is_router else SLEEPY_CAPABILITY


def node_descriptor(*, is_coordinator: bool, is_router: bool) -> NodeDescriptor:
    """Return the node descriptor of a device."""
    kind = LogicalType.ROUTER if is_router else LogicalType.END_DEVICE
    return NodeDescriptor(
        type_and_flags=LogicalType.COORDINATOR if is_coordinator else kind,
        mac_capability=capability_of(is_router=is_router),
        manufacturer=MANUFACTURER,
        buffer_octets_max=BUFFER_OCTETS_MAX,
        incoming_octets_max=TRANSFER_OCTETS_MAX,
        # Primary trust centre, and the revision that is complied with in bits 9 to 15 (R21).
        server_mask=(1 if is_coordinator else 0) | 21 << 9,
        outgoing_octets_max=TRANSFER_OCTETS_MAX,
    )


def power_descriptor(*, is_sleepy: bool, level: int) -> PowerDescriptor:
    """Return the power descriptor of a device: on the mains, or on a disposable battery."""
    source = DISPOSABLE if is_sleepy else MAINS
    # Mode 1: the receiver is on now and then, by the poll of the device.
    return PowerDescriptor(
        mode=int(is_sleepy), available_sources=source, current_source=source, level=level
    )


def simple_descriptor(endpoint: Endpoint) -> SimpleDescriptor:
    """Return the simple descriptor of an endpoint."""
    return SimpleDescriptor(
        endpoint=endpoint.number,
        profile=SMART_ENERGY,
        device_id=endpoint.device_id,
        version=0,
        server_clusters=tuple(int(one) for one in endpoint.server),
        client_clusters=tuple(int(one) for one in endpoint.client),
    )
