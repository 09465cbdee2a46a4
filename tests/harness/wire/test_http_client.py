"""The bench as an HTTP client: whatever a server sends, it ends in an answer or a verdict."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from tests.suite_cases import case_of
from wired_engines import run_by

from hanbench.harness.engine.wire.http import EngineServer, parse_address
from hanbench.harness.engine.wire.messages import REPLY_OCTETS_MAX
from hanbench.harness.errors import Breakage, EngineError
from hanbench.harness.fence import fence

Script = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def scripted(*scripts: Script) -> Iterator[EngineServer]:
    """Serve each connection by the next script, and hang up when it ends."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for script in scripts:
            connection, _ = listening.accept()
            with connection, suppress(ConnectionError):  # the bench hung up on it
                script(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    server = EngineServer(parse_address(f"http://127.0.0.1:{listening.getsockname()[1]}"))
    try:
        yield server
    finally:
        server.close()
        thread.join(5)
        listening.close()


def request(connection: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        got += connection.recv(65536)
    head, _, body = got.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answering(*answers: bytes) -> Script:
    def script(connection: socket.socket) -> None:
        for answer in answers:
            request(connection)
            connection.sendall(answer)

    return script


def ask(server: EngineServer, limit_s: float = 20.0) -> bytes:
    return server.ask("turn", b"{}", limit_s=limit_s)


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 2\r\n\r\n[]",
        OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n1;a=b\r\n]\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\nTrailer: 1\r\n\r\n",
        OK + b"\r\n[]",
        b"HTTP/1.0 200 OK\r\ncontent-length:2\r\n\r\n[]",
    ],
    ids=["length", "chunks", "trailer", "closed", "old"],
)
def test_each_kind_of_body_is_read(answer: bytes) -> None:
    with scripted(answering(answer)) as server:
        assert ask(server) == b"[]"


def test_one_connection_is_kept_for_all_messages() -> None:
    answer = OK + b"Content-Length: 2\r\n\r\n[]"
    with scripted(answering(answer, answer, answer)) as server:
        assert [ask(server) for _ in range(3)] == [b"[]"] * 3


def test_a_connection_that_the_server_closed_is_made_anew() -> None:
    answer = OK + b"Content-Length: 2\r\nConnection: close\r\n\r\n[]"
    with scripted(answering(answer), answering(answer)) as server:
        assert [ask(server), ask(server)] == [b"[]", b"[]"]


def test_the_message_is_posted_to_the_path_of_its_kind() -> None:
    seen: list[bytes] = []

    def script(connection: socket.socket) -> None:
        seen.append(request(connection))
        connection.sendall(OK + b"Content-Length: 2\r\n\r\n[]")

    with scripted(script) as server:
        ask(server)

    head, _, body = seen[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /turn HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nContent-Type: application/json" in head
    assert body == b"{}"


def dripping(connection: socket.socket) -> None:
    request(connection)
    connection.settimeout(0.01)
    connection.sendall(OK)
    while True:
        try:
            connection.sendall(b"X: y\r\n")
            if not connection.recv(1):
                return
        except TimeoutError:
            continue
        except OSError:
            return


def silent(connection: socket.socket) -> None:
    request(connection)
    connection.recv(1)


@pytest.mark.parametrize("script", [dripping, silent])
def test_one_limit_covers_the_whole_answer(script: Script) -> None:
    with scripted(script) as server, pytest.raises(EngineError) as caught:
        ask(server, limit_s=0.3)

    assert caught.value.reason is Breakage.HANGS
    assert "no answer to `turn` within 0.3 s" in caught.value.detail


@pytest.mark.parametrize(
    ("answer", "reason", "says"),
    [
        (b"", Breakage.DIED, "it hung up without an answer"),
        (OK, Breakage.DIED, "in the middle of"),
        (OK + b"Content-Length: 5\r\n\r\n[]", Breakage.DIED, "in the middle of `[]`"),
        (b"SSH-2.0-server\r\n\r\n", Breakage.NONSENSE, "not HTTP: `SSH-2.0-server`"),
        (b"x" * 40_000, Breakage.NONSENSE, "not HTTP: `xxxx"),
        (OK + b"Content-Length: -1\r\n\r\n", Breakage.NONSENSE, "Content-Length: `-1`"),
        (OK + b"Content-Length: 99999999999\r\n\r\n", Breakage.SIZE, "more than 1048576"),
        (OK + b"\r\n" + b"x" * (REPLY_OCTETS_MAX + 9), Breakage.SIZE, "more than 1048576"),
        (
            OK + b"Transfer-Encoding: chunked\r\n\r\n200000\r\n",
            Breakage.SIZE,
            "more than 1048576",
        ),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", Breakage.NONSENSE, "chunk is `zz`"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", Breakage.NONSENSE, "chunk is `-1`"),
        (OK + b"Content-Length: 2\r\n\r\n[]" * 2, Breakage.TWICE, "more than one answer"),
        (OK + b"Content-Length: 2\r\n\r\n[]" + OK, Breakage.TWICE, "more than one answer"),
        (
            b"HTTP/1.1 500 Oh\r\nContent-Length: 4\r\n\r\nboom",
            Breakage.RAISED,
            "HTTP 500 to `turn`: boom",
        ),
        (
            b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
            Breakage.NONSENSE,
            "HTTP 404 to `turn`: no body",
        ),
    ],
)
def test_what_is_no_answer_is_named(answer: bytes, reason: Breakage, says: str) -> None:
    with scripted(answering(answer)) as server, pytest.raises(EngineError) as caught:
        ask(server)

    assert caught.value.reason is reason
    assert says in caught.value.detail


def test_a_second_answer_that_comes_later_is_found_at_the_next_turn() -> None:
    arrived = threading.Event()

    def script(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(OK + b"Content-Length: 2\r\n\r\n[]")
        arrived.wait(5)
        connection.sendall(OK + b"Content-Length: 2\r\n\r\n[]")
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)

    with scripted(script) as server:
        ask(server)
        kept = server._socket
        assert kept is not None
        arrived.set()
        kept.settimeout(5)
        kept.recv(1, socket.MSG_PEEK)  # until it is here
        with pytest.raises(EngineError, match="nobody asked for") as caught:
            ask(server)

    assert caught.value.reason is Breakage.TWICE


def test_a_server_is_reached_through_the_fence_and_nothing_else_is() -> None:
    with scripted(answering(OK + b"Content-Length: 2\r\n\r\n[]")) as server, fence():
        assert ask(server) == b"[]"
        with pytest.raises(Exception, match=r"socket\.create_connection"):
            socket.create_connection(("127.0.0.1", 1))


def test_a_case_goes_on_over_a_server_that_dies() -> None:
    hello = OK + b'Content-Length: 25\r\n\r\n{"type":"hello","port":1}'
    reset = OK + b'Content-Length: 16\r\n\r\n{"type":"reset"}'
    with scripted(answering(hello, reset, b"")) as server:
        result = run_by(str(server._address), case_of("clean-two-fuel"), turn_limit_s=20.0)

    assert [one.name for one in result.findings] == ["engine-broke"]
    assert "died: turn 1 (`started`): it hung up" in result.findings[0].detail
