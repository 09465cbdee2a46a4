"""S1SP Commissioning File, and the commissioning outcomes that answer it.

Source: TMAD v5.1 conclusions: the Commissioning Party receives an S1SP Commissioning File; what it
holds, and how the outcome is told, is not public: modelled [M]. The S1SP names the devices whose
keys have moved; the Commissioning Party answers each Installation with an end state and each device
with its SMI status.
"""

import functools
from dataclasses import dataclass, field
from typing import Literal, cast

from hanbench.protocol.errors import EncodeError, FileError, FileProblem
from hanbench.protocol.identifiers import Eui64, format_eui64, parse_eui64
from hanbench.protocol.migration import xml_file
from hanbench.protocol.migration.value_kinds import (
    COUNTER,
    ERROR_CODE,
    EUI64,
    FILE_NAME,
    NAME,
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

Outcome = Literal["commissioned", "commissioned-electricity-only", "refused"]
DeviceStatus = Literal["Commissioned", "NotCommissioned"]

_NAME = Attribute("name", NAME, "its name")
_EUI64 = Attribute("eui64", EUI64, "its address")
COMMISSIONING_SHAPE = Element(
    "S1SPCommissioningFile",
    "the devices that the S1SP asks to be commissioned",
    (
        VERSION,
        Attribute("name", FILE_NAME, "the name of this file"),
        Attribute("commonFile", FILE_NAME, "the Migration Common File that it belongs to"),
    ),
    (
        Child(
            Element(
                "Installation",
                "one Installation",
                (_NAME,),
                (
                    Child(
                        Element(
                            "Device",
                            "a device to be commissioned",
                            (
                                _NAME,
                                _EUI64,
                                Attribute(
                                    "keyVersion",
                                    COUNTER,
                                    "of a meter: the version of the SUA key that it holds",
                                    is_optional=True,
                                ),
                            ),
                        )
                    ),
                ),
            )
        ),
    ),
)
OUTCOMES_SHAPE = Element(
    "CommissioningOutcomes",
    "what became of the Installations of a Migration Common File",
    (
        VERSION,
        Attribute("name", FILE_NAME, "the name of this file"),
        Attribute("commonFile", FILE_NAME, "the Migration Common File that it answers"),
    ),
    (
        Child(
            Element(
                "Installation",
                "one Installation",
                (
                    _NAME,
                    Attribute(
                        "outcome",
                        one_of("commissioned", "commissioned-electricity-only", "refused"),
                        "how it ended",
                    ),
                    Attribute(
                        "errorCode",
                        ERROR_CODE,
                        "of a refusal: the check that failed",
                        is_optional=True,
                    ),
                ),
                (
                    Child(
                        Element(
                            "Device",
                            "a device of the file",
                            (
                                _NAME,
                                _EUI64,
                                Attribute(
                                    "status",
                                    one_of("Commissioned", "NotCommissioned"),
                                    "its status now",
                                ),
                            ),
                        ),
                        at_least=0,
                    ),
                ),
            )
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class MovedDevice:
    """A device to be commissioned; a meter with the version of its key."""

    name: str
    eui64: Eui64
    key_version: int | None = None


@dataclass(frozen=True, slots=True)
class MovedInstallation:
    """An Installation whose keys have moved."""

    name: str
    devices: tuple[MovedDevice, ...]
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class CommissioningFile:
    """An S1SP Commissioning File."""

    name: str
    common_file: str
    installations: tuple[MovedInstallation, ...]


@dataclass(frozen=True, slots=True)
class DeviceOutcome:
    """What became of a device."""

    name: str
    eui64: Eui64
    status: DeviceStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationOutcome:
    """What became of an Installation; an error code stands with a refusal alone."""

    name: str
    outcome: Outcome
    error_code: str = ""
    devices: tuple[DeviceOutcome, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class CommissioningOutcomes:
    """The answer to a Migration Common File."""

    name: str
    common_file: str
    installations: tuple[InstallationOutcome, ...]


@functools.lru_cache(maxsize=xml_file.FILES_KEPT)
def encode_commissioning(message: CommissioningFile) -> bytes:
    """Write the canonical octets.

    Raises:
        EncodeError: a value does not fit, or an Installation stands in it twice.
    """
    children = tuple(
        Node("Installation", {"name": it.name}, tuple(map(_moved_node, it.devices)))
        for it in message.installations
    )
    return _write(COMMISSIONING_SHAPE, message.name, message.common_file, children)


def decode_commissioning(data: bytes, *, file: str = "S1SPCommissioningFile") -> CommissioningFile:
    """Read a file, whole or not at all.

    Raises:
        FileError: every rule that it breaks.
    """
    node = _read(COMMISSIONING_SHAPE, data, file)
    installations = tuple(
        MovedInstallation(it.values["name"], tuple(map(_moved, it.children)), it.line)
        for it in node.children
    )
    return CommissioningFile(node.values["name"], node.values["commonFile"], installations)


@functools.lru_cache(maxsize=xml_file.FILES_KEPT)
def encode_outcomes(message: CommissioningOutcomes) -> bytes:
    """Write the canonical octets.

    Raises:
        EncodeError: a value does not fit, or a rule of the file is broken.
    """
    children = tuple(map(_outcome_node, message.installations))
    return _write(OUTCOMES_SHAPE, message.name, message.common_file, children)


def decode_outcomes(data: bytes, *, file: str = "CommissioningOutcomes") -> CommissioningOutcomes:
    """Read a file, whole or not at all.

    Raises:
        FileError: every rule that it breaks.
    """
    node = _read(OUTCOMES_SHAPE, data, file)
    installations = tuple(map(_outcome, node.children))
    return CommissioningOutcomes(node.values["name"], node.values["commonFile"], installations)


def _write(shape: Element, name: str, common_file: str, children: tuple[Node, ...]) -> bytes:
    values = {VERSION_ATTRIBUTE: CONTENT_VERSION, "name": name, "commonFile": common_file}
    data = xml_file.write(shape, Node(shape.name, values, children))
    for problem in _problems(children, name):
        raise EncodeError(f"{shape.name}: {problem.reason}")
    return data


def _read(shape: Element, data: bytes, file: str) -> Node:
    node = xml_file.read(shape, data, file=file)
    problems = _problems(node.children, file)
    if problems:
        raise FileError(*problems)
    return node


def _problems(installations: tuple[Node, ...], file: str) -> tuple[FileProblem, ...]:
    found = list(xml_file.repeats(installations, "name", file=file))
    for one in installations:
        found += xml_file.repeats(one.children, "name", file=file)
        has_code = "errorCode" in one.values
        if has_code is not (one.values.get("outcome") == "refused"):
            says = f"{one.values['name']}: an errorCode stands with the outcome refused, and alone"
            found.append(FileProblem(file, one.line, "error-code", says))
    return tuple(sorted(found, key=lambda it: it.line))


def _moved_node(it: MovedDevice) -> Node:
    values = {"name": it.name, "eui64": format_eui64(it.eui64)}
    version = {} if it.key_version is None else {"keyVersion": str(it.key_version)}
    return Node("Device", values | version)


def _moved(node: Node) -> MovedDevice:
    version = node.values.get("keyVersion")
    return MovedDevice(
        node.values["name"],
        parse_eui64(node.values["eui64"]),
        None if version is None else int(version),
    )


def _outcome_node(it: InstallationOutcome) -> Node:
    values = {"name": it.name, "outcome": it.outcome}
    code = {"errorCode": it.error_code} if it.error_code else {}
    devices = tuple(
        Node("Device", {"name": one.name, "eui64": format_eui64(one.eui64), "status": one.status})
        for one in it.devices
    )
    return Node("Installation", values | code, devices)


def _outcome(node: Node) -> InstallationOutcome:
    return InstallationOutcome(
        name=node.values["name"],
        outcome=cast("Outcome", node.values["outcome"]),
        error_code=node.values.get("errorCode", ""),
        devices=tuple(
            DeviceOutcome(
                it.values["name"],
                parse_eui64(it.values["eui64"]),
                cast("DeviceStatus", it.values["status"]),
            )
            for it in node.children
        ),
        line=node.line,
    )
