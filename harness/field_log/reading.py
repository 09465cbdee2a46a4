"""Opens a log of any of the formats, by what it begins with and never by its name."""

from collections.abc import Sequence
from pathlib import Path

from hanbench.harness.captures.reading import is_capture
from hanbench.harness.dissection.keys import KeyTable, read_keys
from hanbench.harness.errors import ScenarioError
from hanbench.harness.field_log.capture_log import read_capture_log
from hanbench.harness.field_log.entries import Exchange, FieldLog
from hanbench.harness.field_log.text_log import HEADER, is_text_log, read_text_log, version_of
from hanbench.harness.field_log.trace_log import is_trace, read_trace

LOG_OCTETS_MAX = 1_000_000_000
NAMES_SHOWN = 40
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
        return read_text_log(str(path), _text(path, data))
    if is_trace(data):
        return read_trace(str(path), _text(path, data))
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
        besides = ", ".join(f"{count} {kind}" for kind, count in log.passed_over.items())
        says = f"no envelope in it{f'; it holds {besides}' if besides else ''}"
        raise ScenarioError(
            says, path=log.path, expected="HAN-WAN-M1 envelopes, or the keys of the HAN (--keys)"
        )
    if not meant:
        says = f"no exchange {named!r} in it; it has:{_listed(log.exchanges)}"
        raise ScenarioError(says, path=log.path)
    if len(meant) > 1:
        says = f"{len(meant)} exchanges; say which by --case, a part of its name will do:"
        raise ScenarioError(says + _listed(meant), path=log.path)
    return meant[0]


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


def _text(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ScenarioError("not UTF-8", path=str(path), line=line) from error
