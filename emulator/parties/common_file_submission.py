"""How a Migration Common File reaches the Commissioning Party: signed, or as names of devices.

Source: modelled [M]; see `protocol/migration`. Names are the short form: the Commissioning Party
then writes the file itself from the SMSO's records, unsigned, and one mechanism checks both.
"""

from dataclasses import dataclass
from typing import cast

from hanbench.emulator.parties.premises import Home, PremisesDevice
from hanbench.protocol.errors import DecodeError, SecurityError
from hanbench.protocol.migration import common_file, signature
from hanbench.protocol.migration.common_file import (
    CommonDevice,
    CommonFile,
    CommonInstallation,
    NetworkCertificate,
    Profile,
)
from hanbench.protocol.migration.common_file import DeviceType as FileDeviceType
from hanbench.protocol.migration.signature import PublicKeys, Signature

FILE = "MigrationCommonFile"


@dataclass(frozen=True, slots=True)
class Submission:
    """A file that is kept."""

    file: CommonFile
    is_signed: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file is not kept: the check that failed, and what is wrong."""

    check: str
    problem: str


def read_signed(octets: bytes, signed: bytes, trusted: PublicKeys) -> Submission | Refusal:
    """Read a file and its signature; nothing of a refused one is kept."""
    try:
        file = common_file.decode(octets, file=FILE)
    except DecodeError as error:
        return Refusal("schema", str(error))
    try:
        made = signature.decode(signed)
    except DecodeError as error:
        return Refusal("signature", str(error))
    if made.signer not in trusted:
        return Refusal("signer", _signature_problem(file, made, trusted))
    problem = _signature_problem(file, made, trusted)
    return Refusal("signature", problem) if problem else Submission(file, is_signed=True)


def _signature_problem(file: CommonFile, made: Signature, trusted: PublicKeys) -> str:
    try:
        signature.verify(common_file.encode(file), made, trusted, file=FILE)
    except SecurityError as error:
        return str(error)
    return ""


def from_names(
    name: str,
    home: Home,
    devices: tuple[PremisesDevice, ...],
    *,
    profile: Profile | None,
    group_id: str,
    certificates: tuple[NetworkCertificate, ...] = (),
) -> Submission:
    """Make the file of one Installation from the records of its devices."""
    entry = CommonInstallation(
        name=home.name,
        supplier=home.supplier,
        profile=profile,
        devices=tuple(_device(device) for device in devices),
        certificates=certificates,
    )
    file = CommonFile(name=name, group_id=group_id, installations=(entry,))
    return Submission(file, is_signed=False)


def _device(device: PremisesDevice) -> CommonDevice:
    return CommonDevice(
        name=device.name,
        eui64=device.eui64,
        # A repeater has no DCC type; the check `third-party` refuses it.
        type=cast("FileDeviceType", device.type),
        model=device.model,
        mode=device.mode,
    )
