"""The plain text log, version 1 (docs/field-log.md): a line an envelope.

    # hanbench-log 1
    2021-03-01T09:00:02.500Z  down  gsme  010190b3d51f...
    2021-03-01T09:00:03.100Z  up    gsme  010200db1234...
    2021-03-01T09:10:00Z      gap   the recorder was restarted

What a line may hold is a HAN-WAN-M1 envelope in hex; colons and hyphens in it are passed over.
"""

import re

from hanbench.harness.field_log.clocks import LogClock
from hanbench.harness.field_log.entries import (
    GIVEN_UP,
    LINES_BAD_MAX,
    Direction,
    Exchange,
    FieldLog,
    Gap,
    LogProblem,
    Recorded,
    way_of,
)
from hanbench.protocol import wan
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64, format_eui64

HEADER = "# hanbench-log 1"
_ANY_HEADER = re.compile(r"#\s*hanbench-log\s+(\S+)")
_FIELDS = 4
_GAP = "gap"
_NOT_HEX = re.compile(r"[^0-9A-Fa-f]")


def is_text_log(data: bytes) -> bool:
    """Say whether a file claims to be one, of whatever version."""
    return _ANY_HEADER.match(data[:80].decode("utf-8", "replace").lstrip("\ufeff")) is not None


def version_of(data: bytes) -> str:
    """Return the version that the first line states."""
    found = _ANY_HEADER.match(data[:80].decode("utf-8", "replace").lstrip("\ufeff"))
    return found.group(1) if found else ""


def read_text_log(path: str, text: str) -> FieldLog:
    """Read the lines; a bad one is a problem and costs no other."""
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        if words and not words.startswith("#"):
            reader.line(number, words)
        if not reader.entries and len(reader.problems) >= LINES_BAD_MAX:
            reader.problems.append(LogProblem(number, GIVEN_UP))
            break
    exchange = Exchange(name="", entries=tuple(reader.entries))
    return FieldLog(path=path, exchanges=(exchange,), problems=tuple(reader.problems))


class _Reader:
    def __init__(self) -> None:
        self.entries: list[Recorded | Gap] = []
        self.problems: list[LogProblem] = []
        self._clock = LogClock()
        self._names: dict[Eui64, tuple[str, int]] = {}

    def line(self, number: int, words: str) -> None:
        """Take one line in."""
        stamp, *rest = words.split(maxsplit=1)
        try:
            at_us = self._clock.read(stamp)
            self.problems += [LogProblem(number, says) for says in self._clock.problems]
            what, *tail = rest[0].split(maxsplit=1) if rest else [""]
            if what == _GAP:
                self.entries.append(Gap(number, tail[0] if tail else "the log says so"))
                return
            self._envelope(number, at_us, words)
        except ValueError as error:
            self.problems.append(LogProblem(number, str(error), is_loss=True))
        except DecodeError as error:
            says = f"no HAN-WAN-M1 envelope: {error}"
            self.problems.append(LogProblem(number, says, is_loss=True))

    def _envelope(self, number: int, at_us: int, words: str) -> None:
        fields = words.split(maxsplit=_FIELDS - 1)
        if len(fields) < _FIELDS:
            raise ValueError(
                f"{len(fields)} fields; expected timestamp, down or up, device, octets in hex"
            )
        _, way, device, digits = fields
        if way not in tuple(Direction):
            raise ValueError(f"{way!r} is no direction; expected down, up or gap")
        octets = octets_of(digits)
        envelope = wan.decode(octets)
        right_way = way_of(envelope.kind)
        if way != right_way:
            says = (
                f"{envelope.kind.words} goes {right_way}, and the line says {way}; "
                "what it holds is gone by"
            )
            self.problems.append(LogProblem(number, says))
        entry = Recorded(
            line=number,
            at_us=at_us,
            direction=right_way,
            device=device,
            octets=octets,
            envelope=envelope,
        )
        self._name(entry)
        self.entries.append(entry)

    def _name(self, entry: Recorded) -> None:
        """Notice a device that goes by two names, or a name by two devices."""
        name, line = self._names.setdefault(entry.meter, (entry.device, entry.line))
        if name != entry.device:
            says = (
                f"{format_eui64(entry.meter)} is called {entry.device} here and {name} in line "
                f"{line}; the address is gone by"
            )
            self.problems.append(LogProblem(entry.line, says))


def octets_of(digits: str) -> bytes:
    """Read hex, with colons, hyphens or blanks between the octets.

    Raises:
        ValueError: it is no hex; says which character is not, or that a digit is missing.
    """
    bare = re.sub(r"[\s:\-]", "", digits)
    bad = _NOT_HEX.search(bare)
    if bad is not None:
        raise ValueError(f"bad hex: {bad.group()!r} at digit {bad.start() + 1}")
    if len(bare) % 2:
        raise ValueError(f"bad hex: {len(bare)} digits, an odd number")
    return bytes.fromhex(bare)


def write_text_log(exchange: Exchange) -> str:
    """Write an exchange as a text log, such as to send it to somebody."""
    lines = [HEADER]
    for one in exchange.entries:
        if isinstance(one, Recorded):
            stamp = f"+{one.at_us // 1_000_000}.{one.at_us % 1_000_000:06}"
            lines.append(f"{stamp} {one.direction.value} {one.device} {one.octets.hex()}")
    return "\n".join(lines) + "\n"
