"""The frames of a failure: those near what struck and what was found, explained, by their number.

They are read back from the run's own capture, so a number here is the one that Wireshark shows, and
what cannot be opened there is not opened here: frames under a user's own keys stay sealed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hanbench.emulator.events import Event, FrameSent, WanPassed
from hanbench.emulator.instant import Instant
from hanbench.harness.captures.packet import CapturedPacket
from hanbench.harness.captures.pcapng import LINK_TYPE_USER0
from hanbench.harness.captures.reading import read_capture
from hanbench.harness.captures.writing import PREAMBLE_COMMENT
from hanbench.harness.dissection.frame import FrameReader
from hanbench.harness.dissection.keys import KeyTable
from hanbench.harness.dissection.tree import Dissection, Layer, Node
from hanbench.harness.report.spoken import clock
from hanbench.protocol.keys import KEY_OCTETS

HEX_OCTETS = 8
_WAN = " WAN"
_DULL = ("ack", "poll", "link-status", "report", "aps-ack", "many-to-one", "beacon-request")
"""Kinds of frames that carry nothing of the migration's exchanges."""
_SECRET = "a key: left out"  # noqa: S105  (says that there is none)


@dataclass(frozen=True, slots=True)
class FrameShown:
    """One frame as a page shows it."""

    number: int
    """In the capture, from 1."""
    clock: str
    where: str
    """`HAN` or `WAN`."""
    between: str
    """Who to whom and what kind, as the capture's comment says it."""
    octets: int
    says: str
    """The innermost layer in words."""
    tree: str
    """Every field, one a line."""


@dataclass(frozen=True, slots=True)
class FramesShown:
    """The frames of one case."""

    shown: tuple[FrameShown, ...]
    captured: int
    """How many frames the capture has of the case."""
    first: int
    last: int
    """The numbers of its first and last frame."""


def packets_of(capture: Path, cases: Sequence[str]) -> dict[str, list[CapturedPacket]]:
    """Return the packets of some cases; nothing if there is no capture.

    Raises:
        CaptureError: the file is damaged.
    """
    found: dict[str, list[CapturedPacket]] = {case: [] for case in cases}
    if not cases or not capture.is_file():
        return found
    of_interface: dict[str, str] = {}

    def is_wanted(interface: str) -> bool:
        bare = interface.removesuffix(_WAN)
        case = next((one for one in cases if bare == one or bare.endswith(f" {one}")), "")
        of_interface[interface] = case
        return bool(case)

    for packet in read_capture(capture, is_wanted):
        # A capture without names of interfaces is none of ours.
        if case := of_interface.get(packet.interface, ""):
            found[case].append(packet)
    return found


def frames_shown(
    packets: Sequence[CapturedPacket],
    trace: Sequence[Event],
    moments: Sequence[Instant],
    most: int,
) -> FramesShown | None:
    """Explain the frames near some moments, `most` of them; None where there is none at all."""
    epoch_ns = _epoch_ns(packets, trace)
    if epoch_ns is None:
        return None
    chosen = _nearest(packets, [epoch_ns + at * 1_000 for at in moments], most)
    sent = [one for one in packets if one.comment != PREAMBLE_COMMENT]
    return FramesShown(
        shown=tuple(_explained(packets, chosen, epoch_ns)),
        captured=len(sent),
        first=sent[0].number,
        last=sent[-1].number,
    )


def _epoch_ns(packets: Sequence[CapturedPacket], trace: Sequence[Event]) -> int | None:
    """Return the wall clock at instant 0, by what was sent first on the HAN or on the WAN."""
    for kind, is_wan in ((FrameSent, False), (WanPassed, True)):
        began = min((event.at for event in trace if isinstance(event, kind)), default=None)
        times = (
            one.at_ns
            for one in packets
            if _is_wan(one) is is_wan and one.comment != PREAMBLE_COMMENT and one.at_ns is not None
        )
        first = min(times, default=None)
        if began is not None and first is not None:
            return first - began * 1_000
    return None


def _is_wan(packet: CapturedPacket) -> bool:
    return packet.link_type == LINK_TYPE_USER0


def _is_dull(packet: CapturedPacket) -> bool:
    kind = packet.comment.partition(": ")[2].partition(" [")[0]
    return not _is_wan(packet) and (kind in _DULL or packet.comment == PREAMBLE_COMMENT)


def _nearest(packets: Sequence[CapturedPacket], moments_ns: Sequence[int], most: int) -> set[int]:
    """Choose the frames nearest to the moments; without any, the last ones."""

    def distance(packet: CapturedPacket) -> int:
        at_ns = packet.at_ns or 0
        return min((abs(at_ns - one) for one in moments_ns), default=-at_ns)

    telling = [one for one in packets if not _is_dull(one)]
    return {one.number for one in sorted(telling, key=distance)[:most]}


def _explained(
    packets: Sequence[CapturedPacket], chosen: set[int], epoch_ns: int
) -> Iterator[FrameShown]:
    """Explain the chosen ones; those that bring keys, or parts of a message, are read too."""
    reader = FrameReader(KeyTable())
    last = max(chosen, default=0)
    for packet in packets:
        if packet.number > last:
            return
        if packet.number not in chosen and packet.comment != PREAMBLE_COMMENT and _is_dull(packet):
            continue
        told = _read(reader, packet)
        if packet.number in chosen:
            yield FrameShown(
                number=packet.number,
                clock=clock(Instant(((packet.at_ns or 0) - epoch_ns) // 1_000)),
                where="WAN" if _is_wan(packet) else "HAN",
                between=packet.comment,
                octets=len(packet.data),
                says=told.summary or (told.layers[0].name if told.layers else ""),
                tree="\n".join(_lines(told)),
            )


def _read(reader: FrameReader, packet: CapturedPacket) -> Dissection:
    if not _is_wan(packet):
        return reader.frame(packet.data, number=packet.number)
    told = Dissection(packet.data)
    reader.envelopes.envelope(told, packet.data)
    return told


def _lines(told: Dissection) -> Iterator[str]:
    for layer in told.layers:
        yield f"{layer.name}: {layer.summary}" if layer.summary else layer.name
        for node in layer.nodes:
            yield from _fields(layer, node, 1)
        for note in layer.notes:
            yield f"  note: {note}"
        if layer.error:
            yield f"  not decoded: {layer.error}"


def _fields(layer: Layer, node: Node, depth: int) -> Iterator[str]:
    is_key = len(node.octets) == KEY_OCTETS and "key" in node.name.lower()
    octets = node.octets[:HEX_OCTETS].hex() + ("…" if len(node.octets) > HEX_OCTETS else "")
    says = _SECRET if is_key else node.text or octets
    yield f"{'  ' * depth}{node.name}" + (f": {says}" if says else "")
    for child in node.children:
        yield from _fields(layer, child, depth + 1)
