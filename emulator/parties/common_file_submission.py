"""How a Migration Common File reaches the Commissioning Party: signed, or as names of devices.

Source: modelled [M]; see `protocol/migration`. Names are the short form: the Commissioning Party
then writes the file itself from the SMSO's records, unsigned, and one mechanism checks both.
"""

from dataclasses import dataclass
from typing import cast

from hanbench.emulator.parties.premises import Home, PremisesDevice
from hanbench.emulator.parties.signed_file import FileCodec, Refusal, read_signed
from hanbench.protocol.migration import common_file
from hanbench.protocol.migration.common_file import (
    CommonDevice,
    CommonFile,
    CommonInstallation,
    NetworkCertificate,
    Profile,
)
from hanbench.protocol.migration.common_file import DeviceType as FileDeviceType
from hanbench.protocol.migration.signature import PublicKeys

_CODEC = FileCodec("MigrationCommonFile", common_file.decode, common_file.encode)


@dataclass(frozen=True, slots=True)
class Submission:
    """A file that is kept."""

    file: CommonFile
    is_signed: bool


def read_submission(octets: bytes, signature: bytes, trusted: PublicKeys) -> Submission | Refusal:
    """Read a file and its signature; nothing of a refused one is kept."""
    file = read_signed(_CODEC, octets, signature, trusted)
    return file if isinstance(file, Refusal) else Submission(file, is_signed=True)


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
