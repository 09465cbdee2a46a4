"""Opens a log of any of the formats, by what it begins with and never by its name."""

import codecs
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from hanbench.harness.captures.reading import is_capture
from hanbench.harness.dissection.keys import KeyTable, read_keys
from hanbench.harness.errors import ScenarioError
from hanbench.harness.field_log.capture_log import read_capture_log
from hanbench.harness.field_log.entries import Exchange, FieldLog, LogProblem
from hanbench.harness.field_log.text_log import HEADER, is_text_log, read_text_log, version_of
from hanbench.harness.field_log.trace_log import is_trace, read_trace

LOG_OCTETS_MAX = 1_000_000_000
NAMES_SHOWN = 40
PROBLEMS_SHOWN = 100
_ENVELOPES = "HAN-WAN-M1 envelopes, or the keys of the HAN (--keys)"
_NOT_UTF_8 = re.compile(r"[\udc80-\udcff]")
_ESCAPED = 0xDC00
"""Above it Python keeps an octet that it cannot decode."""
_VERSION = "1"
_EXPECTED = f"a trace.jsonl, a pcap or pcapng, or a text log that begins with `{HEADER}`"


def read_log(path: Path, keys: Path | None = None) -> FieldLog:
    """Read a log; `keys` is a key file as `hanbench decode` reads it, for a capture of the HAN.

    Raises:
        ScenarioError: there is no such file, or it is none of the formats, or of another version.
    """
    data = _octets(path)
    if is_capture(data):
        return read_capture_log(path, _keys(keys))
    if is_text_log(data):
        version = version_of(data)
        if version != _VERSION:
            says = f"a log of version {version}, and this bench reads version {_VERSION}"
            raise ScenarioError(says, path=str(path), line=1)
        return _as_text(path, data, read_text_log)
    if is_trace(data):
        return _as_text(path, data, read_trace)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ScenarioError("a text in UTF-16", path=str(path), expected="UTF-8")
    raise ScenarioError("no log of a kind that is known", path=str(path), expected=_EXPECTED)


def choose(log: FieldLog, named: str) -> Exchange:
    """Return the exchange that is meant: the one of that name or part of a name, or the only one.

    Raises:
        ScenarioError: there is none, or there are several; lists their names.
    """
    for one in log.exchanges if named else ():
        if named in (one.name, *one.name.split()):
            return one
    meant = [one for one in log.exchanges if named in one.name]
    if not log.exchanges or not any(one.envelopes for one in log.exchanges):
        wrong = "".join(f"\n{one}" for one in problem_lines(log, log.problems))
        raise ScenarioError(f"{nothing_in(log)} (expected {_ENVELOPES}){wrong}", path=log.path)
    if not meant:
        says = f"no exchange {named!r} in it; it has:{_listed(log.exchanges)}"
        raise ScenarioError(says, path=log.path)
    if len(meant) > 1:
        says = f"{len(meant)} exchanges; say which by --case, a part of its name will do:"
        raise ScenarioError(says + _listed(meant), path=log.path)
    return meant[0]


def nothing_in(log: FieldLog) -> str:
    """Say that a log holds no envelope, and what it holds besides."""
    besides = ", ".join(f"{count} {kind}" for kind, count in log.passed_over.items())
    return f"no envelope in it{f'; it holds {besides}' if besides else ''}"


def problem_lines(log: FieldLog, problems: Sequence[LogProblem]) -> list[str]:
    """Say what is wrong, a line each; of very much the first."""
    lines = [f"{log.place(one.line)}: {one.says}" for one in problems[:PROBLEMS_SHOWN]]
    left = len(problems) - len(lines)
    return [*lines, *([f"{log.path}: and {left} more such lines"] if left else [])]


def _listed(exchanges: Sequence[Exchange]) -> str:
    """Name exchanges, a line each; of very many the first."""
    names = [one.name or "(without a name)" for one in exchanges]
    shown = [f"\n  {name}" for name in names[:NAMES_SHOWN]]
    left = len(names) - len(shown)
    return "".join(shown) + (f"\n  and {left} more" if left else "")


def _keys(path: Path | None) -> KeyTable | None:
    return None if path is None else read_keys(_octets(path), str(path))


def _octets(path: Path) -> bytes:
    try:
        if path.stat().st_size > LOG_OCTETS_MAX:
            raise ScenarioError(f"above {LOG_OCTETS_MAX} octets", path=str(path))
        return path.read_bytes()
    except OSError as error:
        raise ScenarioError(f"cannot be read: {error.strerror}", path=str(path)) from error


def _as_text(path: Path, data: bytes, read: Callable[[str, str], FieldLog]) -> FieldLog:
    """Read a log of text; an octet that is no UTF-8 is told with its line, and costs no other."""
    text = data.decode("utf-8-sig", "surrogateescape")
    bad = [
        LogProblem(number, f"not UTF-8: octet 0x{ord(found.group()) - _ESCAPED:02X}")
        for number, line in enumerate(text.splitlines(), 1)
        if (found := _NOT_UTF_8.search(line)) is not None
    ]
    log = read(str(path), _NOT_UTF_8.sub("\ufffd", text) if bad else text)
    return replace(log, problems=(*bad, *log.problems)) if bad else log
