"""Where each field of a message lies: the same layouts that codecs use, walked octet by octet.

Source: none, this is ours. A decoder answers with a message; whoever explains octets to a person
also wants to know which field lies where, and how far a broken message can be read. So a layout is
parsed here part by part, and what was read before a mistake is kept.
"""

import io
from dataclasses import dataclass
from typing import Any, NamedTuple

import construct as c

from hanbench.protocol.layout_words import in_words


class FieldTrace(NamedTuple):
    """One field: octets `start` to `end` (exclusive); `children` are the parts of a nested one."""

    name: str
    value: Any
    start: int
    end: int
    children: "tuple[FieldTrace, ...]" = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """The fields of a message, as far as it can be read."""

    fields: tuple[FieldTrace, ...]
    error: str = ""
    """What is wrong; empty if the layout accounts for every octet it was asked to."""
    error_field: str = ""
    error_at: int = 0


class _StopError(Exception):
    """The walk ended at an octet, within a field."""

    def __init__(self, reason: str, path: str, at: int) -> None:
        super().__init__(reason)
        self.reason, self.path, self.at = reason, path, at


def trace(layout: "c.Construct[Any, Any]", data: bytes, start: int = 0) -> Trace:
    """Walk over the octets from `start` on by a layout; never raises for what they hold."""
    stream = io.BytesIO(data)
    stream.seek(start)
    found: list[FieldTrace] = []
    context = _context(None, stream)
    try:
        _Walk().walk(layout, stream, context, found, "")
    except _StopError as stop:
        return Trace(tuple(found), stop.reason, stop.path, stop.at)
    return Trace(tuple(found))


def _context(outer: Any, stream: io.BytesIO) -> Any:
    """Return what construct hands down to the parts of a layout."""
    kinds = {"_parsing": True, "_building": False, "_sizing": False}
    return c.Container(_=outer, _params=None, _io=stream, _index=None, **kinds)


class _Walk:
    """One walk over the octets of a message."""

    def walk(
        self, con: Any, stream: io.BytesIO, context: Any, out: list[FieldTrace], at: str
    ) -> Any:
        """Parse one construct, put its parts into `out`, and return its value."""
        match con:
            case c.Renamed():
                return self.walk(con.subcon, stream, context, out, at)
            case c.Struct() | c.FocusedSeq():
                return self._struct(con, stream, context, out, at)
            case c.IfThenElse():
                is_first: Any = con.condfunc
                chosen = con.thensubcon if is_first(context) else con.elsesubcon
                return self.walk(chosen, stream, context, out, at)
            case c.Switch():
                chosen = con.cases.get(con.keyfunc(context), con.default)
                return self.walk(chosen, stream, context, out, at)
            case c.Adapter():
                raw = self.walk(con.subcon, stream, context, out, at)
                return self._guarded(con._decode, stream, at, raw, context, at)  # noqa: SLF001
            case c.Array() | c.RepeatUntil() | c.GreedyRange():
                return self._items(con, stream, context, out, at)
            case c.Prefixed():
                return self._prefixed(con, stream, context, out, at)
            case _:
                return self._guarded(con._parsereport, stream, at, stream, context, at)  # noqa: SLF001

    def _struct(
        self, con: Any, stream: io.BytesIO, context: Any, out: list[FieldTrace], at: str
    ) -> Any:
        inner = _context(context, stream)
        values: Any = c.Container()
        for part in con.subcons:
            name = part.name or ""
            value = self._named(part, name, stream, inner, out, f"{at}.{name}" if name else at)
            if name:
                values[name] = inner[name] = value
        return values[con.parsebuildfrom] if isinstance(con, c.FocusedSeq) else values

    def _named(
        self, part: Any, name: str, stream: io.BytesIO, context: Any, out: list[FieldTrace], at: str
    ) -> Any:
        start, inside = stream.tell(), list[FieldTrace]()
        value = None
        try:
            value = self.walk(part, stream, context, inside, at)
        finally:
            if stream.tell() > start or inside:
                end = max([stream.tell(), *(child.end for child in inside)])
                out.append(FieldTrace(name, value, start, end, tuple(inside)))
        return value

    def _items(
        self, con: Any, stream: io.BytesIO, context: Any, out: list[FieldTrace], at: str
    ) -> Any:
        items: Any = c.ListContainer()
        count = (
            con.count(context)
            if callable(getattr(con, "count", 0))
            else getattr(con, "count", None)
        )
        while count is None or len(items) < count:
            if isinstance(con, c.GreedyRange) and stream.tell() >= len(stream.getbuffer()):
                break
            name = f"[{len(items)}]"
            items.append(self._named(con.subcon, name, stream, context, out, at + name))
            is_last: Any = getattr(con, "predicate", None)
            if is_last is not None and is_last(items[-1], items, context):
                break
        return items

    def _prefixed(
        self, con: Any, stream: io.BytesIO, context: Any, out: list[FieldTrace], at: str
    ) -> Any:
        length = self.walk(con.lengthfield, stream, context, [], f"{at}.length")
        start = stream.tell()
        if start + length > len(stream.getbuffer()):
            raise _StopError(f"{length} octets are announced, and fewer follow", at, start)
        part = io.BytesIO(bytes(stream.getbuffer()[: start + length]))
        part.seek(start)
        value = self.walk(con.subcon, part, context, out, at)
        stream.seek(start + length)
        return value

    @staticmethod
    def _guarded(step: Any, stream: io.BytesIO, at: str, *arguments: Any) -> Any:
        start = stream.tell()
        try:
            return step(*arguments)
        except (c.ConstructError, ValueError, KeyError) as error:
            stream.seek(start)
            raise _StopError(in_words(error), at, start) from error
