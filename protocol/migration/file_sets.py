"""S1SP Required File Set and DCO Required File Set: what each of the two works from.

Source: TMAD v5.1 conclusions name both and say that a failed check stops the processing of an
Installation within that file set alone (5.27(c)(iii); 16.4 and 16.5 differ). Their layouts are not
public: modelled [M]. The S1SP's set names devices; the DCO's has the SMSO's sealed hand-over of
each meter, which nobody else can open. An Installation stands in a set once.
"""

import functools
from dataclasses import dataclass, field
from typing import Literal, cast

from hanbench.protocol.errors import EncodeError, FileError, FileProblem
from hanbench.protocol.identifiers import Eui64, format_eui64, parse_eui64
from hanbench.protocol.migration import xml_file
from hanbench.protocol.migration.value_kinds import (
    DEVICE_TYPE,
    EUI64,
    FILE_NAME,
    FIRMWARE,
    NAME,
    OCTETS,
    one_of,
)
from hanbench.protocol.migration.xml_shape import (
    CONTENT_VERSION,
    VERSION,
    VERSION_ATTRIBUTE,
    Attribute,
    Child,
    Element,
    Node,
)

_HEAD = (
    VERSION,
    Attribute("name", FILE_NAME, "the name of this file"),
    Attribute("commonFile", FILE_NAME, "the Migration Common File that it belongs to"),
)
_NAME = Attribute("name", NAME, "its name")
_S1SP_DEVICE = Element(
    "Device",
    "a device that the S1SP is to serve",
    (
        _NAME,
        Attribute("eui64", EUI64, "its address"),
        Attribute("type", DEVICE_TYPE, "its type, as in DUIS"),
        Attribute("firmware", FIRMWARE, "its firmware version", is_optional=True),
    ),
)
_DCO_METER = Element(
    "Meter",
    "a meter whose key the DCO is to hold",
    (
        _NAME,
        Attribute("eui64", EUI64, "its address"),
        Attribute("type", one_of("ESME", "GSME"), "its type"),
        Attribute("handOver", OCTETS, "the SMSO's sealed hand-over file"),
    ),
)
S1SP_SHAPE = Element(
    "S1SPRequiredFileSet",
    "what the S1SP works from",
    _HEAD,
    (Child(Element("Installation", "one Installation", (_NAME,), (Child(_S1SP_DEVICE),))),),
)
DCO_SHAPE = Element(
    "DCORequiredFileSet",
    "what the DCO works from",
    _HEAD,
    (Child(Element("Installation", "one Installation", (_NAME,), (Child(_DCO_METER),))),),
)


@dataclass(frozen=True, slots=True)
class ServedDevice:
    """A device of the S1SP's set."""

    name: str
    eui64: Eui64
    type: Literal["ESME", "GSME", "CHF", "GPF", "PPMID", "IHD", "CAD", "HCALCS"]
    firmware: str = ""


@dataclass(frozen=True, slots=True)
class HandedOverMeter:
    """A meter of the DCO's set, with the octets that the SMSO sealed for the DCO."""

    name: str
    eui64: Eui64
    type: Literal["ESME", "GSME"]
    hand_over: bytes


@dataclass(frozen=True, slots=True)
class ServedInstallation:
    """An Installation of the S1SP's set."""

    name: str
    devices: tuple[ServedDevice, ...]
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class HandedOverInstallation:
    """An Installation of the DCO's set."""

    name: str
    meters: tuple[HandedOverMeter, ...]
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class S1spFileSet:
    """An S1SP Required File Set."""

    name: str
    common_file: str
    installations: tuple[ServedInstallation, ...]


@dataclass(frozen=True, slots=True)
class DcoFileSet:
    """A DCO Required File Set."""

    name: str
    common_file: str
    installations: tuple[HandedOverInstallation, ...]


@functools.lru_cache(maxsize=xml_file.FILES_KEPT)
def encode_s1sp(message: S1spFileSet) -> bytes:
    """Write the canonical octets.

    Raises:
        EncodeError: a value does not fit, or an Installation stands in it twice.
    """
    children = tuple(
        Node("Installation", {"name": it.name}, tuple(_device_node(one) for one in it.devices))
        for it in message.installations
    )
    return _write(S1SP_SHAPE, message.name, message.common_file, children)


def decode_s1sp(data: bytes, *, file: str = "S1SPRequiredFileSet") -> S1spFileSet:
    """Read a file, whole or not at all.

    Raises:
        FileError: every rule of the layout that it breaks.
    """
    node = _read(S1SP_SHAPE, data, file)
    installations = tuple(
        ServedInstallation(it.values["name"], tuple(map(_device, it.children)), it.line)
        for it in node.children
    )
    return S1spFileSet(node.values["name"], node.values["commonFile"], installations)


@functools.lru_cache(maxsize=xml_file.FILES_KEPT)
def encode_dco(message: DcoFileSet) -> bytes:
    """Write the canonical octets.

    Raises:
        EncodeError: a value does not fit, or an Installation stands in it twice.
    """
    children = tuple(
        Node("Installation", {"name": it.name}, tuple(_meter_node(one) for one in it.meters))
        for it in message.installations
    )
    return _write(DCO_SHAPE, message.name, message.common_file, children)


def decode_dco(data: bytes, *, file: str = "DCORequiredFileSet") -> DcoFileSet:
    """Read a file, whole or not at all.

    Raises:
        FileError: every rule of the layout that it breaks.
    """
    node = _read(DCO_SHAPE, data, file)
    installations = tuple(
        HandedOverInstallation(it.values["name"], tuple(map(_meter, it.children)), it.line)
        for it in node.children
    )
    return DcoFileSet(node.values["name"], node.values["commonFile"], installations)


def _write(shape: Element, name: str, common_file: str, children: tuple[Node, ...]) -> bytes:
    values = {VERSION_ATTRIBUTE: CONTENT_VERSION, "name": name, "commonFile": common_file}
    data = xml_file.write(shape, Node(shape.name, values, children))
    for problem in _repeats(children, name):
        raise EncodeError(f"{shape.name}: {problem.reason}")
    return data


def _read(shape: Element, data: bytes, file: str) -> Node:
    node = xml_file.read(shape, data, file=file)
    problems = _repeats(node.children, file)
    if problems:
        raise FileError(*problems)
    return node


def _repeats(installations: tuple[Node, ...], file: str) -> tuple[FileProblem, ...]:
    inner = (
        it for one in installations for it in xml_file.repeats(one.children, "name", file=file)
    )
    return (*xml_file.repeats(installations, "name", file=file), *inner)


def _device_node(it: ServedDevice) -> Node:
    values = {"name": it.name, "eui64": format_eui64(it.eui64), "type": it.type}
    return Node("Device", values | ({"firmware": it.firmware} if it.firmware else {}))


def _meter_node(it: HandedOverMeter) -> Node:
    values = {"name": it.name, "eui64": format_eui64(it.eui64), "type": it.type}
    return Node("Meter", values | {"handOver": it.hand_over.hex()})


def _device(node: Node) -> ServedDevice:
    return ServedDevice(
        node.values["name"],
        parse_eui64(node.values["eui64"]),
        cast("Literal['ESME']", node.values["type"]),
        node.values.get("firmware", ""),
    )


def _meter(node: Node) -> HandedOverMeter:
    return HandedOverMeter(
        node.values["name"],
        parse_eui64(node.values["eui64"]),
        cast("Literal['ESME', 'GSME']", node.values["type"]),
        bytes.fromhex(node.values["handOver"]),
    )
