"""Commissioning by signed files: the S1SP's Commissioning File in, the outcomes out.

Source: TMAD v5.1 conclusions: the Commissioning Party receives an S1SP Commissioning File. What it
holds, that the S1SP signs it and that the outcomes come back signed is modelled [M]; see
`protocol/migration/commissioning.py`. What may be commissioned is decided as for names of devices.
"""

from collections.abc import Iterable
from typing import Literal

from hanbench.emulator.parties.operation import (
    UNKNOWN_NAMES,
    ErrorMeaning,
    FileHex,
    Hex,
    Names,
    OfInstallation,
    Operation,
    PartyError,
    Schema,
)
from hanbench.emulator.parties.premises import PremisesDevice
from hanbench.emulator.parties.signed_file import FILE_REFUSED, FileCodec, Refusal, read_signed
from hanbench.protocol.identifiers import format_eui64
from hanbench.protocol.migration import commissioning, signature
from hanbench.protocol.migration.commissioning import (
    CommissioningFile,
    CommissioningOutcomes,
    DeviceOutcome,
    InstallationOutcome,
    MovedDevice,
    MovedInstallation,
)
from hanbench.protocol.migration.common_file import CommonInstallation
from hanbench.protocol.migration.signature import PublicKeys, Signer

_CODEC = FileCodec(
    "S1SPCommissioningFile",
    commissioning.decode_commissioning,
    commissioning.encode_commissioning,
)
NO_SIGNER = ErrorMeaning("NO_SIGNER", "The party holds no key to sign its file with.")


class CommissioningFileRequest(OfInstallation):
    """The devices whose keys have moved, and the Migration Common File that they stand in."""

    devices: Names
    """The hub is among them, named or not."""
    common_file: str


class SignedFile(Schema):
    """A file and its detached signature."""

    file: Hex
    signature: Hex


class CommissioningSubmission(OfInstallation):
    """An S1SP Commissioning File in which the Installation stands."""

    file: FileHex
    signature: Hex


class CommissioningAnswer(Schema):
    """The outcome, and the signed file that tells it."""

    outcome: Literal["commissioned", "commissioned-electricity-only", "refused"]
    error: str
    """Of a refusal: why."""
    file: Hex
    """CommissioningOutcomes (`docs/migration-files.md`)."""
    signature: Hex


COMMISSIONING_FILE = Operation(
    name="commissioning_file",
    purpose="Have the S1SP write and sign its Commissioning File for an Installation.",
    arguments=CommissioningFileRequest,
    result=SignedFile,
    errors=(*UNKNOWN_NAMES, NO_SIGNER),
    stated="The Commissioning Party receives an S1SP Commissioning File (TMAD v5.1 conclusions).",
    modelled="Its layout, its signature, and that a meter stands in it with its key version.",
    example=(
        {"installation": "home-1", "devices": ["esme"], "common_file": "MCF-home-1-1"},
        {"file": "3c3f", "signature": "48414e"},
    ),
)


def write_commissioning(
    installation: str,
    common_file: str,
    devices: Iterable[tuple[PremisesDevice, int | None]],
    signer: Signer,
) -> SignedFile:
    """Write and sign a Commissioning File; each meter comes with the version of its key."""
    moved = tuple(MovedDevice(it.name, it.eui64, version) for it, version in devices)
    message = CommissioningFile(
        name=f"S1SP-CF/{common_file}"[:128],
        common_file=common_file,
        installations=(MovedInstallation(installation, moved),),
    )
    return _signed(commissioning.encode_commissioning(message), signer)


def read_commissioning(
    asked: CommissioningSubmission, trusted: PublicKeys, common_file: str
) -> MovedInstallation | PartyError:
    """Read a Commissioning File, and return what it says of the Installation."""
    octets, made = bytes.fromhex(asked.file), bytes.fromhex(asked.signature)
    read = read_signed(_CODEC, octets, made, trusted)
    if isinstance(read, Refusal):
        return PartyError(FILE_REFUSED.code, read.problem)
    if read.common_file != common_file:
        says = f"{read.name}:1: common-file: {read.common_file}; expected {common_file}"
        return PartyError(FILE_REFUSED.code, says)
    entry = next((it for it in read.installations if it.name == asked.installation), None)
    if entry is None:
        says = f"{read.name}:1: installation: {asked.installation} does not stand in it"
        return PartyError(FILE_REFUSED.code, says)
    return entry


def wrong_device(
    entry: MovedInstallation, records: Iterable[PremisesDevice], file: str
) -> PartyError | None:
    """Refuse a file that has a device which is not on record so."""
    known = {it.name: it.eui64 for it in records}
    for it in entry.devices:
        if known.get(it.name) != it.eui64:
            says = f"{it.name} is not on record as {format_eui64(it.eui64)}"
            return PartyError(FILE_REFUSED.code, f"{file}:{entry.line}: records: {says}")
    return None


def write_outcomes(
    entry: CommonInstallation, common_file: str, commissioned: tuple[str, ...], error: str
) -> CommissioningOutcomes:
    """Say what became of an Installation and of each device of its Migration Common File."""
    meters = [it.name for it in entry.devices if it.type in ("ESME", "GSME")]
    is_whole = all(name in commissioned for name in meters)
    outcome = InstallationOutcome(
        name=entry.name,
        outcome="refused"
        if error
        else "commissioned"
        if is_whole
        else "commissioned-electricity-only",
        error_code=error,
        devices=tuple(
            DeviceOutcome(
                it.name, it.eui64, "Commissioned" if it.name in commissioned else "NotCommissioned"
            )
            for it in entry.devices
        ),
    )
    return CommissioningOutcomes(f"CO/{common_file}"[:128], common_file, (outcome,))


def answer(outcomes: CommissioningOutcomes, signer: Signer) -> CommissioningAnswer:
    """Sign the outcomes of one Installation."""
    (one,) = outcomes.installations
    signed = _signed(commissioning.encode_outcomes(outcomes), signer)
    return CommissioningAnswer(
        outcome=one.outcome, error=one.error_code, file=signed.file, signature=signed.signature
    )


def _signed(canonical: bytes, signer: Signer) -> SignedFile:
    made = signature.encode(signature.sign(canonical, signer))
    return SignedFile(file=canonical.hex(), signature=made.hex())
