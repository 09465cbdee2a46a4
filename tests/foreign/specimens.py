"""Frames with every message that we can write in them, as no capture of a suite has them all."""

from dataclasses import dataclass

from tests.foreign import specimen_frames, specimen_messages


@dataclass(frozen=True, slots=True)
class Specimen:
    """A frame and what it is one of."""

    kind: str
    octets: bytes


FAMILIES = (
    specimen_frames.mac,
    specimen_frames.network,
    specimen_frames.application,
    specimen_messages.general_frames,
    specimen_messages.cluster_frames,
    specimen_messages.value_frames,
    specimen_messages.zdo_frames,
    specimen_messages.block_frames,
    specimen_frames.inter_pan,
    specimen_frames.sealed,
)


def specimens() -> list[Specimen]:
    """Return all of them, the same ones each time."""
    return [Specimen(family.__name__, octets) for family in FAMILIES for octets in family()]
