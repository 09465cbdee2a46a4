"""What zigpy reads in a ZDO message or a command of Metering, and what we read there, as one list.

Both are taken apart to the numbers and octets that they consist of, in their order. zigpy has a
field for each bit that we keep in one number: how wide those are, stands in `BITS`.
"""

import dataclasses
import enum
from collections.abc import Iterator
from typing import Any

import zigpy.types as t

from hanbench.protocol.zigbee import zdo, zdo_addresses, zdo_descriptors, zdo_management
from hanbench.protocol.zigbee.clusters import metering
from hanbench.protocol.zigbee.zcl_general import WriteAttributesResponse
from hanbench.protocol.zigbee.zcl_reporting import ConfigureReportingResponse

Atom = int | bytes

BITS: dict[tuple[type, str], tuple[int, ...]] = {
    (zdo_descriptors.NodeDescriptor, "type_and_flags"): (3, 1, 1, 3),
    (zdo_descriptors.NodeDescriptor, "band_and_flags"): (3, 5),
    (zdo_management.NeighbourEntry, "kind_and_relationship"): (2, 2, 3, 1),
    (zdo_management.NeighbourEntry, "permits_joining"): (2, 6),
    (zdo_management.RouteEntry, "flags"): (3, 1, 1, 1, 2),
}
COUNTED = {
    (metering.GetProfileResponse, "intervals"),
    (metering.GetSampledDataResponse, "samples"),
}
"""Lists whose length zigpy has in a field of its own."""
EXTENDED = 3
"""The mode of a binding's target, which we do not keep: our decoder takes no other."""
BOUND = (zdo.BindRequest, zdo.UnbindRequest, zdo_management.BindingEntry)


def of_zigpy(value: Any) -> Iterator[Atom]:
    """Yield what a value of zigpy's consists of."""
    match value:
        case None:
            return
        case t.EUI64():
            yield int.from_bytes(value.serialize(), "little")
        case int():
            yield int(value)
        case bytes():
            yield bytes(value)
        case t.Struct():
            yield from of_zigpy([*value.as_dict(skip_missing=True).values()])
        case _:
            for item in value:
                yield from of_zigpy(item)


def of_ours(value: object) -> Iterator[Atom]:
    """Yield what one of our messages consists of."""
    match value:
        case None:
            return
        case enum.Enum() | int():
            yield int(value)  # type: ignore[arg-type]
        case bytes():
            yield value
        case tuple():
            for item in value:
                yield from of_ours(item)
        case zdo_addresses.Associated(start=start, shorts=shorts):
            # Without a child the page has no beginning.
            yield from (len(shorts), *((start, *shorts) if shorts else ()))
        case ConfigureReportingResponse(failures=()) | WriteAttributesResponse(failures=()):
            yield 0  # one status that says that all is well
        case _:
            yield from _fields(value)


def _fields(message: object) -> Iterator[Atom]:
    for field in dataclasses.fields(message):  # type: ignore[arg-type]
        said = getattr(message, field.name)
        if isinstance(message, BOUND) and field.name == "target":
            yield EXTENDED
        if (type(message), field.name) in COUNTED:
            yield len(said)
        widths = BITS.get((type(message), field.name))
        if widths is None:
            yield from of_ours(said)
            continue
        for width in widths:
            yield said & (1 << width) - 1
            said >>= width
