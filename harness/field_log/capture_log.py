"""A capture as a log: the HAN-WAN-M1 envelopes in a pcap or pcapng, by interface.

What goes down and what comes up is told by the kind of the envelope. A capture of hanbench has a
pair of interfaces a case, and says in a comment what was lost behind the place of recording.
"""

from collections import Counter
from pathlib import Path

from hanbench.harness.captures.link import CarriedKind, unwrap
from hanbench.harness.captures.packet import CapturedPacket
from hanbench.harness.captures.reading import read_capture
from hanbench.harness.errors import CaptureError
from hanbench.harness.field_log.entries import (
    Direction,
    Exchange,
    FieldLog,
    LogProblem,
    Recorded,
)
from hanbench.protocol import wan
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import format_eui64
from hanbench.protocol.wan import EnvelopeKind

_DOWN = (EnvelopeKind.INSTRUCTION, EnvelopeKind.HUB_COMMAND)
_LOST = "[lost]"


def read_capture_log(path: Path) -> FieldLog:
    """Read the envelopes of a capture; what is damaged is told with its packet."""
    entries: dict[str, list[Recorded]] = {}
    first_ns: dict[str, int] = {}
    problems: list[LogProblem] = []
    passed_over: Counter[str] = Counter()
    try:
        for packet in read_capture(path):
            carried = unwrap(packet)
            if carried is None or carried.kind is not CarriedKind.ENVELOPE:
                passed_over["frames of the HAN" if carried else "other packets"] += 1
                continue
            first = first_ns.setdefault(packet.interface, packet.at_ns or 0)
            try:
                entry = _recorded(packet, carried.octets, first)
            except DecodeError as error:
                says = f"packet {packet.number}: no HAN-WAN-M1 envelope: {error}"
                problems.append(LogProblem(packet.number, says))
                continue
            entries.setdefault(packet.interface, []).append(entry)
    except CaptureError as error:
        problems.append(LogProblem(0, error.reason))
    exchanges = tuple(
        Exchange(name=name, entries=tuple(recorded)) for name, recorded in entries.items()
    )
    return FieldLog(
        path=str(path),
        exchanges=exchanges,
        problems=tuple(problems),
        passed_over=dict(passed_over),
    )


def _recorded(packet: CapturedPacket, octets: bytes, first_ns: int) -> Recorded:
    envelope = wan.decode(octets)
    is_down = envelope.kind in _DOWN
    home_end = envelope.target if is_down else envelope.originator
    return Recorded(
        line=packet.number,
        at_us=max(0, (packet.at_ns or 0) - first_ns) // 1_000,
        direction=Direction.DOWN if is_down else Direction.UP,
        device=_named(packet.comment) or format_eui64(home_end),
        octets=octets,
        envelope=envelope,
        copies=0 if packet.comment.endswith(_LOST) else 1,
    )


def _named(comment: str) -> str:
    """Return the device that a comment of ours names: `down gsme: rotate-sua-key [lost]`."""
    head, colon, _ = comment.partition(":")
    way, _, device = head.partition(" ")
    return device if colon and way in tuple(Direction) else ""
