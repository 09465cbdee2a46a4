"""Opens a capture file of any of the formats, by its first octets and never by its name."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from hanbench.harness.captures.packet import CapturedPacket
from hanbench.harness.captures.pcap import MAGICS, read_pcap
from hanbench.harness.captures.pcapng_blocks import SECTION_HEADER, read_losses, read_pcapng
from hanbench.harness.errors import CaptureError


def read_capture(
    path: Path, wanted: Callable[[str], bool] | None = None
) -> Iterator[CapturedPacket]:
    """Yield the packets of a file in its order.

    Those of an interface whose name is not `wanted` are counted, and not looked into.

    Raises:
        CaptureError: it is no capture, or ends too early; what was whole has been yielded before.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CaptureError(f"cannot be read: {error.strerror}", path=str(path)) from error
    try:
        yield from read_packets(data, wanted)
    except CaptureError as error:
        raise CaptureError(error.reason, path=str(path), at=error.at) from error


def losses_of(data: bytes) -> Mapping[str, int]:
    """Return by interface how many packets whoever captured them says to have lost."""
    return read_losses(data) if data[:4] == SECTION_HEADER else {}


def is_capture(data: bytes) -> bool:
    """Say whether octets begin like a capture file."""
    return data[:4] == SECTION_HEADER or data[:4] in MAGICS


def read_packets(
    data: bytes, wanted: Callable[[str], bool] | None = None
) -> Iterator[CapturedPacket]:
    """Yield the packets of the octets of a file; see `read_capture`."""
    if data[:4] == SECTION_HEADER:
        yield from read_pcapng(data) if wanted is None else read_pcapng(data, wanted)
    elif data[:4] in MAGICS:
        yield from read_pcap(data)
    elif not data:
        raise CaptureError("the file is empty", at=0)
    else:
        raise CaptureError(f"begins with {data[:4].hex()}: neither pcap nor pcapng", at=0)
