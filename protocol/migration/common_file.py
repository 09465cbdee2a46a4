"""Migration Common File (MCF): the Installations and devices that are to be migrated.

Source: TMAD v5.1 conclusions name the file and say what stands in it: at most one PPMID, IHD and
CAD an Installation, the last to join (4.34A, 4.44A); no third-party device; network certificates
where the Authorisation had them in time. Its layout is not public: modelled [M].

Reading it says only that it is a file of this layout. Whether its content may be migrated is for
the checks of the Commissioning Party, which have error codes of their own; so a device may be
repeated.
"""

import functools
from dataclasses import dataclass, field
from typing import Literal, cast

from hanbench.protocol.identifiers import Eui64, format_eui64, parse_eui64
from hanbench.protocol.migration import xml_file
from hanbench.protocol.migration.value_kinds import (
    DEVICE_TYPE,
    EUI64,
    FILE_NAME,
    GROUP_ID,
    MODE,
    MODEL,
    NAME,
    ORGANISATION,
    SERIAL,
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

Profile = Literal["all-active", "all-dormant", "mixed"]
DeviceType = Literal["ESME", "GSME", "CHF", "GPF", "PPMID", "IHD", "CAD", "HCALCS"]
Mode = Literal["active", "dormant"]

_DEVICE = Element(
    "Device",
    "a device to be migrated",
    (
        Attribute("name", NAME, "its name within the Installation"),
        Attribute("eui64", EUI64, "its address"),
        Attribute("type", DEVICE_TYPE, "its type, as in DUIS"),
        Attribute("model", MODEL, "its device model, which wants an EPCL entry", is_optional=True),
        Attribute("mode", MODE, "of a meter: Active or Dormant", is_optional=True),
    ),
)
_CERTIFICATE = Element(
    "NetworkCertificate",
    "a certificate of a network operator that the Authorisation carried",
    (
        Attribute("role", one_of("DNO", "GT"), "electricity or gas"),
        Attribute("serial", SERIAL, "its serial number"),
    ),
)
_INSTALLATION = Element(
    "Installation",
    "one SMETS1 Installation",
    (
        Attribute("name", NAME, "its name"),
        Attribute("supplier", ORGANISATION, "its Responsible Supplier"),
        Attribute(
            "profile",
            one_of("all-active", "all-dormant", "mixed"),
            "the modes of its meters, by which 4.34A or 4.44A holds",
            is_optional=True,
        ),
    ),
    (Child(_DEVICE), Child(_CERTIFICATE, at_least=0)),
)
SHAPE = Element(
    "MigrationCommonFile",
    "the Installations that are to be migrated",
    (
        VERSION,
        Attribute("name", FILE_NAME, "the name of this file"),
        Attribute("groupId", GROUP_ID, "DA for Secure"),
        Attribute(
            "authorisation",
            FILE_NAME,
            "the name of the Migration Authorisation that it is under",
            is_optional=True,
        ),
    ),
    (Child(_INSTALLATION),),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonDevice:
    """One device to be migrated."""

    name: str
    eui64: Eui64
    type: DeviceType
    model: str = ""
    mode: Mode | None = None
    line: int = field(default=0, compare=False)
    """Where it stands in the file that it was read from."""


@dataclass(frozen=True, slots=True)
class NetworkCertificate:
    """A certificate of a network operator."""

    role: Literal["DNO", "GT"]
    serial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonInstallation:
    """One Installation to be migrated."""

    name: str
    supplier: str
    devices: tuple[CommonDevice, ...]
    profile: Profile | None = None
    certificates: tuple[NetworkCertificate, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonFile:
    """A Migration Common File."""

    name: str
    installations: tuple[CommonInstallation, ...]
    group_id: str = "DA"
    authorisation: str = ""
    """The name of the Migration Authorisation; empty where the file names none."""


@functools.lru_cache(maxsize=xml_file.FILES_KEPT)
def encode(message: CommonFile) -> bytes:
    """Write the canonical octets.

    Raises:
        EncodeError: a value does not fit, or nothing is to be migrated.
    """
    values = {
        VERSION_ATTRIBUTE: CONTENT_VERSION,
        "name": message.name,
        "groupId": message.group_id,
        **_given("authorisation", message.authorisation),
    }
    children = tuple(_installation_node(it) for it in message.installations)
    return xml_file.write(SHAPE, Node(SHAPE.name, values, children))


@functools.lru_cache(maxsize=xml_file.FILES_KEPT)
def decode(data: bytes, *, file: str = "MigrationCommonFile") -> CommonFile:
    """Read a file, whole or not at all; `file` is how messages call it.

    Raises:
        FileError: every rule of the layout that it breaks.
    """
    node = xml_file.read(SHAPE, data, file=file)
    return CommonFile(
        name=node.values["name"],
        group_id=node.values["groupId"],
        authorisation=node.values.get("authorisation", ""),
        installations=tuple(_installation(it) for it in node.children),
    )


def _given(name: str, value: str | None) -> dict[str, str]:
    return {name: value} if value else {}


def _installation_node(it: CommonInstallation) -> Node:
    values = {"name": it.name, "supplier": it.supplier, **_given("profile", it.profile)}
    certificates = tuple(
        Node(_CERTIFICATE.name, {"role": one.role, "serial": one.serial}) for one in it.certificates
    )
    return Node(_INSTALLATION.name, values, (*map(_device_node, it.devices), *certificates))


def _device_node(it: CommonDevice) -> Node:
    values = {"name": it.name, "eui64": format_eui64(it.eui64), "type": it.type}
    return Node(_DEVICE.name, values | _given("model", it.model) | _given("mode", it.mode))


def _installation(node: Node) -> CommonInstallation:
    return CommonInstallation(
        name=node.values["name"],
        supplier=node.values["supplier"],
        profile=cast("Profile | None", node.values.get("profile")),
        devices=tuple(_device(it) for it in node.named(_DEVICE.name)),
        certificates=tuple(
            NetworkCertificate(cast("Literal['DNO', 'GT']", it.values["role"]), it.values["serial"])
            for it in node.named(_CERTIFICATE.name)
        ),
        line=node.line,
    )


def _device(node: Node) -> CommonDevice:
    return CommonDevice(
        name=node.values["name"],
        eui64=parse_eui64(node.values["eui64"]),
        type=cast("DeviceType", node.values["type"]),
        model=node.values.get("model", ""),
        mode=cast("Mode | None", node.values.get("mode")),
        line=node.line,
    )
