"""A capture as a log: the HAN-WAN-M1 envelopes in a pcap or pcapng, by interface.

They are looked for on the WAN side first (link type USER0). A capture of the HAN alone is opened as
`hanbench decode` opens it, with the keys that are given and those that it shows, and the envelopes
are put together of their Tunnelling frames; a frame that a repeater sends on brings the same
envelope twice, which is read once.

What goes down and what comes up is told by the kind of the envelope. A capture of hanbench has a
pair of interfaces a case, and says in a comment what was lost behind the place of recording.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from hanbench.harness.captures.link import Carried, CarriedKind, unwrap
from hanbench.harness.captures.packet import CapturedPacket
from hanbench.harness.captures.reading import losses_of, read_capture
from hanbench.harness.dissection.frame import FrameReader
from hanbench.harness.dissection.keys import KeyTable
from hanbench.harness.errors import CaptureError
from hanbench.harness.field_log.clocks import Onwards
from hanbench.harness.field_log.entries import (
    Direction,
    Exchange,
    FieldLog,
    LogProblem,
    Recorded,
    way_of,
)
from hanbench.protocol import wan
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import format_eui64

_LOST = "[lost]"
_HOPS_US = 2_000_000
"""How long one envelope may be on its way over repeaters: a copy within it is no second sending."""


def read_capture_log(path: Path, keys: KeyTable | None = None) -> FieldLog:
    """Read the envelopes of a capture; what is damaged is told with its packet."""
    reader = _Reader(FrameReader(keys or KeyTable()))
    problems = [LogProblem(0, f"keys: {one}") for one in keys.problems] if keys else []
    try:
        for packet in read_capture(path):
            reader.packet(packet, unwrap(packet))
    except CaptureError as error:
        problems.append(LogProblem(0, error.reason))
    sides = reader.wan or reader.han
    problems += [
        LogProblem(0, f"a gap: the capture lost {count} packets of {name or 'it'}", is_loss=True)
        for name, count in losses_of(path.read_bytes()).items()
        if name in sides
    ]
    exchanges = tuple(Exchange(name=name, entries=tuple(one)) for name, one in sides.items())
    return FieldLog(
        path=str(path),
        exchanges=exchanges,
        problems=(*problems, *reader.problems),
        passed_over=dict(reader.passed_over),
    )


@dataclass(slots=True)
class _Reader:
    frames: FrameReader
    wan: dict[str, list[Recorded]] = field(default_factory=dict)
    han: dict[str, list[Recorded]] = field(default_factory=dict)
    problems: list[LogProblem] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)
    _first_ns: dict[str, int] = field(default_factory=dict)
    _onwards: dict[str, Onwards] = field(default_factory=dict)

    def packet(self, packet: CapturedPacket, carried: Carried | None) -> None:
        """Take one packet in."""
        if carried is None:
            self.passed_over["other packets"] += 1
        elif carried.kind is CarriedKind.ENVELOPE:
            self._take(self.wan, packet, carried.octets)
        else:
            self._frame(packet, carried)

    def _frame(self, packet: CapturedPacket, carried: Carried) -> None:
        self.passed_over["frames of the HAN"] += 1
        heard = self.frames.envelopes.heard
        before = len(heard)
        self.frames.frame(carried.octets, has_fcs=carried.has_fcs, number=packet.number)
        for octets in heard[before:]:
            self._take(self.han, packet, octets)

    def _take(self, side: dict[str, list[Recorded]], packet: CapturedPacket, octets: bytes) -> None:
        first_ns = self._first_ns.setdefault(packet.interface, packet.at_ns or 0)
        onwards = self._onwards.setdefault(packet.interface, Onwards())
        given_us = onwards.last_us
        if packet.at_ns is not None:
            given_us = (packet.at_ns - first_ns) // 1_000
        at_us, says = onwards.take(given_us)
        if says is not None:
            self.problems.append(LogProblem(packet.number, f"packet {packet.number}: {says}"))
        try:
            entry = _recorded(packet, octets, at_us, is_commented=side is self.wan)
        except DecodeError as error:
            says = f"packet {packet.number}: no HAN-WAN-M1 envelope: {error}"
            self.problems.append(LogProblem(packet.number, says, is_loss=True))
            return
        entries = side.setdefault(packet.interface, [])
        is_relayed = side is self.han and any(
            one.octets == octets and entry.at_us - one.at_us <= _HOPS_US for one in entries
        )
        if not is_relayed:
            entries.append(entry)


def _recorded(packet: CapturedPacket, octets: bytes, at_us: int, *, is_commented: bool) -> Recorded:
    envelope = wan.decode(octets)
    way = way_of(envelope.kind)
    home_end = envelope.target if way is Direction.DOWN else envelope.originator
    comment = packet.comment if is_commented else ""
    return Recorded(
        line=packet.number,
        at_us=at_us,
        direction=way,
        device=_named(comment) or format_eui64(home_end),
        octets=octets,
        envelope=envelope,
        copies=0 if comment.endswith(_LOST) else 1,
    )


def _named(comment: str) -> str:
    """Return the device that a comment of ours names: `down gsme: rotate-sua-key [lost]`."""
    head, colon, _ = comment.partition(":")
    way, _, device = head.partition(" ")
    return device if colon and way in tuple(Direction) else ""
