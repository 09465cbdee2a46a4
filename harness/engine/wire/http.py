"""An engine behind HTTP: `http://HOST:PORT`, a POST for each message.

Source: RFC 9112 as far as a client needs it: `Content-Length`, chunked and closed bodies. Our own
since one limit of time has to cover the whole answer: `http.client` limits each read alone, so a
server that drips would hold the bench for ever; and it costs more than the turn.
"""

import select
import socket
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from urllib.parse import urlsplit

from typing_extensions import override

from hanbench.harness.engine.wire.messages import REPLY_OCTETS_MAX, Kind, shown
from hanbench.harness.engine.wire.transport import hangs, too_large, twice
from hanbench.harness.errors import Breakage, EngineError, ScenarioError
from hanbench.harness.fence import outside

CONNECT_LIMIT_S = 5.0
IDLE_LIMIT_S = 1.0
"""A connection that rested longer is not used again: the server may be about to close it."""
_HEAD_MAX = 32 << 10
_CHUNK = 1 << 16
_CHUNK_HEAD_MAX = 1 << 10


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens, and the path before the names of its messages."""

    host: str
    port: int
    path: str = ""

    @property
    def authority(self) -> str:
        """What stands in the field Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @override
    def __str__(self) -> str:
        return f"http://{self.authority}{self.path}"


def parse_address(url: str) -> Address:
    """Read `http://HOST:PORT` or `http://HOST:PORT/PATH`.

    Raises:
        ScenarioError: it is something else.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ScenarioError(f"--engine {url}: {error}") from error
    is_plain = not (parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme != "http" or not parts.hostname or not port or not is_plain:
        raise ScenarioError(f"--engine {url}: expected http://HOST:PORT, such as http://[::1]:8080")
    return Address(parts.hostname, port, parts.path.rstrip("/"))


class EngineServer:
    """A server, and the connection to it that is kept."""

    is_ours = False

    def __init__(self, address: Address) -> None:
        self._address = address
        self._socket: socket.socket | None = None
        self._used_s = 0.0
        self._got = bytearray()

    def ask(self, kind: Kind, message: bytes, *, limit_s: float) -> bytes:
        """Post a message and read the answer."""
        until_s = monotonic() + limit_s
        try:
            return self._ask(kind, message, until_s)
        except TimeoutError:
            self.close()
            raise hangs(kind, limit_s) from None
        except EngineError:
            self.close()
            raise
        except OSError as error:
            self.close()
            says = f"{self._address}: {error.strerror or error}"
            raise EngineError(says, reason=Breakage.DIED) from error

    def close(self) -> None:
        """Hang up; the server goes on."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._got.clear()

    def _ask(self, kind: Kind, message: bytes, until_s: float) -> bytes:
        connection = self._connection(until_s)
        head = (
            f"POST {self._address.path}/{kind} HTTP/1.1\r\nHost: {self._address.authority}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(message)}\r\n\r\n"
        )
        connection.settimeout(_left_s(until_s))
        connection.sendall(head.encode("latin-1") + message)
        status, fields = self._head(kind, until_s)
        body = self._body(kind, fields, until_s)
        if self._got:
            raise twice(kind)
        if fields.get("connection", "").lower() == "close" or "length" not in fields:
            self.close()
        self._used_s = monotonic()
        if status != "200":
            reason = Breakage.RAISED if status.startswith("5") else Breakage.NONSENSE
            raise EngineError(
                f"HTTP {status} to `{kind}`: {shown(body) or 'no body'}", reason=reason
            )
        return body

    def _connection(self, until_s: float) -> socket.socket:
        kept = self._socket
        if kept is not None and monotonic() - self._used_s < IDLE_LIMIT_S:
            if not select.select([kept], [], [], 0)[0]:
                return kept
            with suppress(OSError):
                if kept.recv(1, socket.MSG_PEEK):
                    raise EngineError("it sent what nobody asked for", reason=Breakage.TWICE)
        self.close()
        with outside():
            where = (self._address.host, self._address.port)
            made = socket.create_connection(where, min(CONNECT_LIMIT_S, _left_s(until_s)))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = made
        return made

    def _more(self, until_s: float) -> bool:
        """Read some more; return False at the end of the connection."""
        connection = self._socket
        assert connection is not None, "asked for by a request under way"
        connection.settimeout(_left_s(until_s))
        octets = connection.recv(_CHUNK)
        self._got += octets
        return bool(octets)

    def _until(self, mark: bytes, until_s: float, limit: int) -> bytes:
        """Take what stands before a mark."""
        while (end := self._got.find(mark, 0, limit + len(mark))) < 0:
            if len(self._got) > limit:
                raise EngineError(f"not HTTP: `{shown(bytes(self._got))}`")
            if not self._more(until_s):
                raise _hung_up(bytes(self._got))
        taken = bytes(self._got[:end])
        del self._got[: end + len(mark)]
        return taken

    def _exactly(self, count: int, until_s: float) -> bytes:
        while len(self._got) < count:
            if not self._more(until_s):
                raise _hung_up(bytes(self._got))
        taken = bytes(self._got[:count])
        del self._got[:count]
        return taken

    def _head(self, kind: Kind, until_s: float) -> tuple[str, dict[str, str]]:
        """Read the status and the fields that matter; `length` is the kind of body."""
        first, *lines = self._until(b"\r\n\r\n", until_s, _HEAD_MAX).decode("latin-1").split("\r\n")
        version, _, rest = first.partition(" ")
        if not version.startswith("HTTP/1."):
            raise EngineError(f"not HTTP: `{shown(first.encode())}`")
        given = {name.strip().lower(): value.strip() for name, _, value in map(_field, lines)}
        fields = {"connection": given.get("connection", "")}
        if "chunked" in given.get("transfer-encoding", "").lower():
            fields["length"] = "chunked"
        elif "content-length" in given:
            length = given["content-length"]
            if not (length.isascii() and length.isdigit()):
                raise EngineError(f"Content-Length: `{shown(length.encode())}`")
            if len(length) > len(str(REPLY_OCTETS_MAX)) or int(length) > REPLY_OCTETS_MAX:
                raise too_large(kind, REPLY_OCTETS_MAX)
            fields["length"] = length
        return rest[:3], fields

    def _body(self, kind: Kind, fields: dict[str, str], until_s: float) -> bytes:
        length = fields.get("length")
        if length is None:
            while self._more(until_s):
                if len(self._got) > REPLY_OCTETS_MAX:
                    raise too_large(kind, REPLY_OCTETS_MAX)
            return self._exactly(len(self._got), until_s)
        if length != "chunked":
            return self._exactly(int(length), until_s)
        body = b""
        while (size := self._chunk_size(until_s)) > 0:
            if len(body) + size > REPLY_OCTETS_MAX:
                raise too_large(kind, REPLY_OCTETS_MAX)
            body += self._exactly(size, until_s)
            self._exactly(2, until_s)
        while self._until(b"\r\n", until_s, _CHUNK_HEAD_MAX):
            pass  # trailers
        return body

    def _chunk_size(self, until_s: float) -> int:
        line = self._until(b"\r\n", until_s, _CHUNK_HEAD_MAX)
        digits = line.partition(b";")[0].strip()
        try:
            return int(digits.decode("ascii"), 16) if not digits.startswith(b"-") else _bad(line)
        except ValueError:
            return _bad(line)


def _bad(line: bytes) -> int:
    raise EngineError(f"the size of a chunk is `{shown(line)}`")


def _field(line: str) -> tuple[str, str, str]:
    return line.partition(":")


def _left_s(until_s: float) -> float:
    left_s = until_s - monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s


def _hung_up(got: bytes) -> EngineError:
    middle = f" in the middle of `{shown(got)}`" if got else " without an answer"
    return EngineError(f"it hung up{middle}", reason=Breakage.DIED)
