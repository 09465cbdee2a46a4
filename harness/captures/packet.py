"""One packet of a capture file, whatever the file's format."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedPacket:
    """The octets of a packet, and what the file says about them."""

    number: int
    """From 1, as every tool counts them."""
    link_type: int
    """LINKTYPE of the pcap registry, e.g. 195."""
    data: bytes
    at_ns: int | None = None
    """Since 1970; None where the file keeps no time."""
    interface: str = ""
    comment: str = ""
    is_cut: bool = False
    """Whether the capture kept less than was on the air."""
