"""What `hanbench decode` does with its options: octets or a capture, explained packet by packet."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from hanbench.harness.captures.link import CarriedKind, unwrap
from hanbench.harness.captures.packet import CapturedPacket
from hanbench.harness.captures.reading import read_capture
from hanbench.harness.dissection.frame import FrameReader
from hanbench.harness.dissection.keys import KeyTable, read_keys
from hanbench.harness.dissection.render import brief, record, show
from hanbench.harness.dissection.tree import Dissection, counted
from hanbench.harness.errors import CaptureError
from hanbench.harness.running.results import EXIT_OK, EXIT_USAGE
from hanbench.protocol import zep
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.ieee802154 import FCS_OCTETS, fcs

KINDS = ("frame", "envelope", "instruction", "command", "answer")
_SECOND_NS = 1_000_000_000
_DATED_BEFORE_S = 253_402_300_800
"""The year 10000, which no clock of Python's has."""
_DATAGRAM_OCTETS_MAX = 2048
_ZEP_LINK_TYPE, _BARE_LINK_TYPE = 195, 230


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeRequest:
    """The options of one `hanbench decode`."""

    what: str = ""
    kind: str = "frame"
    keys: Path | None = None
    has_fcs: bool | None = None
    """None: find out."""
    frames: tuple[int, ...] = ()
    limit: int | None = None
    as_json: bool = False
    is_brief: bool = False
    """One line a packet."""
    listen: tuple[str, int] | None = None


def execute(request: DecodeRequest, console: Console) -> int:
    """Print what was asked for; return 2 if some of the input could not be read, else 0.

    Raises:
        CaptureError: there is no such file, or the text is no hex.
    """
    keys = _keys(request.keys)
    reader = FrameReader(keys)
    out = _Output(request, console)
    mistakes = list(keys.problems)
    try:
        if request.listen is not None:
            out.packets(reader, _heard(request.listen))
        elif Path(request.what).is_file():
            out.packets(reader, read_capture(Path(request.what)))
        else:
            out.octets(reader, _octets(request.what))
    except CaptureError as error:
        mistakes.append(str(error))
    if not out.shown and not mistakes:
        mistakes.append(f"{request.what}: nothing to decode in it: {_none_of(out)}")
    elif out.passed_over and not mistakes:
        click.echo(f"hanbench: passed over: {_others(out)}", err=True)
    for mistake in mistakes:
        click.echo(f"hanbench: {mistake}", err=True)
    return EXIT_USAGE if mistakes or out.failed else EXIT_OK


def _none_of(out: "_Output") -> str:
    return f"it has {_others(out)}" if out.passed_over else "it has no packets"


def _others(out: "_Output") -> str:
    kinds = ", ".join(str(one) for one in out.link_types)
    return f"{counted(out.passed_over, 'packet')} of link type {kinds} without a frame in ZEP"


class _Output:
    """Prints packets, as a tree or as JSON lines, and counts what went wrong."""

    def __init__(self, request: DecodeRequest, console: Console) -> None:
        self._request = request
        self._console = console
        self.shown = 0
        self.passed_over = 0
        self.link_types: dict[int, None] = {}
        """Of the packets that were passed over."""
        self.failed = False
        """Whether octets that were asked for by themselves could not be read."""

    def octets(self, reader: FrameReader, octets: bytes) -> None:
        """Explain octets from the command line."""
        told = _explained(reader, self._request, octets)
        self.failed = bool(told.errors)
        self._show(
            {"kind": self._request.kind},
            f"{self._request.kind}, {counted(len(octets), 'octet')}",
            told,
        )

    def packets(self, reader: FrameReader, packets: Iterator[CapturedPacket]) -> None:
        """Explain the packets that were asked for; the others are read too, for their keys."""
        wanted, limit = self._request.frames, self._request.limit
        last = max(wanted, default=None)
        for packet in packets:
            told = self._read(reader, packet)
            if told is None:
                self.passed_over += 1
                self.link_types[packet.link_type] = None
            elif not wanted or packet.number in wanted:
                self._show(*_title(packet), told)
            is_enough = limit is not None and self.shown >= limit
            if is_enough or (last is not None and packet.number >= last):
                return
        if wanted and not self.shown:
            raise CaptureError(f"{self._request.what}: no packet {', '.join(map(str, wanted))}")

    @staticmethod
    def _read(reader: FrameReader, packet: CapturedPacket) -> Dissection | None:
        try:
            carried = unwrap(packet)
        except CaptureError as error:
            told = Dissection(packet.data)
            told.layer("Capture").error = str(error)
            return told
        if carried is None:
            return None
        if carried.kind is CarriedKind.ENVELOPE:
            told = Dissection(carried.octets)
            reader.envelopes.envelope(told, carried.octets)
            return told
        # What stands at the end of a frame that was cut is no FCS.
        has_fcs = carried.has_fcs and not packet.is_cut
        told = reader.frame(carried.octets, has_fcs=has_fcs, number=packet.number)
        if packet.is_cut:
            told.layers[0].notes.append("the capture kept only the beginning of this frame")
        return told

    def _show(self, title: dict[str, object], words: str, told: Dissection) -> None:
        self.shown += 1
        if self._request.as_json:
            click.echo(json.dumps(record(title, told)))
        elif self._request.is_brief:
            self._console.file.write(f"{brief(title, told)}\n")
        else:
            show(self._console, words, told)


def _explained(reader: FrameReader, request: DecodeRequest, octets: bytes) -> Dissection:
    told = Dissection(octets)
    explain: dict[str, Callable[[], object]] = {
        "envelope": lambda: reader.envelopes.envelope(told, octets),
        "command": lambda: reader.envelopes.command(told, octets),
        "instruction": lambda: reader.envelopes.instruction(told, octets),
        "answer": lambda: reader.envelopes.answer(told, octets),
    }
    if request.kind in explain:
        explain[request.kind]()
        return told
    ends_with_fcs = fcs(octets[:-FCS_OCTETS]) == octets[-FCS_OCTETS:]
    has_fcs = ends_with_fcs if request.has_fcs is None else request.has_fcs
    told = reader.frame(octets, has_fcs=has_fcs)
    if request.has_fcs is None and not has_fcs:
        told.layers[0].notes.append("its last two octets are no FCS: read as a frame without one")
    return told


def _title(packet: CapturedPacket) -> tuple[dict[str, object], str]:
    title: dict[str, object] = {"frame": packet.number}
    words = [f"frame {packet.number}"]
    if packet.at_ns is not None:
        whole, rest = divmod(packet.at_ns, _SECOND_NS)
        # Of a damaged file the time may be none that a calendar has.
        is_dated = 0 <= whole < _DATED_BEFORE_S
        day = f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}" if is_dated else f"{whole}"
        title["at"] = f"{day}.{rest:09d}{'Z' if is_dated else ' s since 1970'}"
        words.append(str(title["at"]))
    if packet.interface:
        title["interface"] = packet.interface
        words.append(packet.interface)
    if packet.comment:
        title["comment"] = packet.comment
        words.append(f"({packet.comment})")
    return title, "  ".join(words)


def _keys(path: Path | None) -> KeyTable:
    if path is None:
        return KeyTable()
    try:
        return read_keys(path.read_bytes(), str(path))
    except OSError as error:
        raise CaptureError(f"cannot be read: {error.strerror}", path=str(path)) from error


def _octets(text: str) -> bytes:
    digits = re.sub(r"[\s:\-]|0x", "", text)
    bad = re.search(r"[^0-9A-Fa-f]", digits)
    if bad is not None or not digits:
        raise CaptureError(f"{text!r} is neither a file nor hex")
    if len(digits) % 2:
        raise CaptureError(f"the hex has {len(digits)} digits, an odd number")
    return bytes.fromhex(digits)


def _heard(address: tuple[str, int]) -> Iterator[CapturedPacket]:
    """Yield ZEP packets as they come, until Ctrl-C."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        try:
            listener.bind(address)
        except OSError as error:
            raise CaptureError(f"cannot listen on port {address[1]}: {error.strerror}") from error
        number = 0
        while True:
            datagram = listener.recv(_DATAGRAM_OCTETS_MAX)
            try:
                heard = zep.decode(datagram)
            except DecodeError as error:
                if zep.is_meant(datagram):
                    click.echo(f"hanbench: a datagram was passed over: {error}", err=True)
                continue  # else it is another's
            number += 1
            yield CapturedPacket(
                number=number,
                link_type=_ZEP_LINK_TYPE if heard.has_fcs else _BARE_LINK_TYPE,
                data=heard.frame,
                at_ns=heard.at_ns,
                interface=f"ZEP {address[1]}",
            )
