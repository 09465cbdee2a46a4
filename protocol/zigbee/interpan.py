"""Inter-PAN frames: what a device outside the network may say to one inside, never secured.

Source: Smart Energy Standard (07-5356) annex B "Inter-PAN transmission mechanism" [M]. A stub NWK
header of the frame control alone, then a stub APS header. Little-endian.
"""

from dataclasses import dataclass

import construct as c

from hanbench.protocol.errors import EncodeError
from hanbench.protocol.layout import Layout, enumerated
from hanbench.protocol.layout_trace import Trace
from hanbench.protocol.zigbee.aps import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class InterPanFrame:
    """One inter-PAN frame; PANs and addresses stand in the MAC header."""

    cluster: int
    profile: int
    payload: bytes = b""
    delivery: Delivery = Delivery.UNICAST
    group: int | None = None


_LAYOUT = Layout(
    "inter-pan",
    c.Struct(
        # Frame type 3, protocol version 2.
        "nwk_control" / c.Const(b"\x0b\x00"),
        "control"
        / c.BitStruct(
            c.Const(0, c.BitsInteger(4)),
            "delivery" / enumerated(Delivery, c.BitsInteger(2)),
            c.Const(3, c.BitsInteger(2)),
        ),
        "group" / c.If(c.this.control.delivery == Delivery.GROUP, c.Int16ul),
        "cluster" / c.Int16ul,
        "profile" / c.Int16ul,
        "payload" / c.GreedyBytes,
    ),
)


def decode(data: bytes) -> InterPanFrame:
    """Read a MAC payload that is an inter-PAN frame; raise `DecodeError`."""
    raw = _LAYOUT.decode(data)
    return InterPanFrame(
        cluster=raw.cluster,
        profile=raw.profile,
        payload=raw.payload,
        delivery=raw.control.delivery,
        group=raw.group,
    )


def encode(frame: InterPanFrame) -> bytes:
    """Write an inter-PAN frame as a MAC payload; raise `EncodeError`."""
    if (frame.delivery is Delivery.GROUP) != (frame.group is not None):
        raise EncodeError("inter-pan.group: stands with group delivery, and only there")
    return _LAYOUT.encode(
        {
            "control": {"delivery": frame.delivery},
            "group": frame.group,
            "cluster": frame.cluster,
            "profile": frame.profile,
            "payload": frame.payload,
        }
    )


def trace(data: bytes) -> Trace:
    """Say where each field of a frame lies, as far as it can be read."""
    return _LAYOUT.trace(data)
