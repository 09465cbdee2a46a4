"""From `exec:COMMAND` or `http://HOST:PORT` to engines; one process a worker, however many cases.

What is wrong with the name is a `ScenarioError` before anything runs: a command that does not
exist, a port that is closed, a program that says no hello.
"""

import select
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

from hanbench.harness.engine.wire.http import EngineServer, parse_address
from hanbench.harness.engine.wire.messages import printable
from hanbench.harness.engine.wire.process import EngineProcess
from hanbench.harness.engine.wire.remote import Peer
from hanbench.harness.engine.wire.transport import Transport
from hanbench.harness.engines import TURN_LIMIT_S
from hanbench.harness.errors import EngineError, ScenarioError

EXEC, HTTP, HTTPS = "exec:", "http://", "https://"

NAME_MAX = 80
_PEERS: dict[tuple[str, Path], Peer] = {}
"""Those of this worker, by their names on the command line and the folder it was typed in."""


def peer_of(spec: str, *, turn_limit_s: float = TURN_LIMIT_S) -> Peer:
    """Return the process or server of a name; it is reached when it is first asked.

    Raises:
        ScenarioError: the name is none, or its command does not exist.
    """
    which = (spec, Path.cwd())
    if which not in _PEERS:
        _PEERS[which] = Peer(_connection(spec), limit_s=turn_limit_s)
    peer = _PEERS[which]
    peer.limit_s = turn_limit_s
    return peer


def greet(spec: str, *, turn_limit_s: float = TURN_LIMIT_S) -> str:
    """Reach an engine once before anything runs, let go of it, and return how it calls itself.

    Raises:
        ScenarioError: it is not there, or does not speak this version of the port.
    """
    peer = Peer(_connection(spec), limit_s=turn_limit_s)
    try:
        return printable(peer.hello().engine, NAME_MAX)
    except EngineError as error:
        raise ScenarioError(f"--engine {spec}: {error.reason}: {error.detail}") from error
    finally:
        peer.close()


def _connection(spec: str) -> Callable[[], Transport]:
    if spec.startswith(HTTPS):
        raise ScenarioError(f"--engine {spec}: the bench posts to http:// alone")
    if spec.startswith(HTTP):
        address = parse_address(spec)
        return lambda: EngineServer(address)
    command = _command(spec)
    return lambda: EngineProcess(command)


def _command(spec: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(spec.removeprefix(EXEC)))
    except ValueError as error:
        raise ScenarioError(f"--engine {spec}: {error}") from error
    if not words:
        raise ScenarioError(f"--engine {spec}: expected exec:COMMAND, such as exec:./my-engine")
    if shutil.which(words[0]) is None:
        raise ScenarioError(f"--engine {spec}: there is no command {words[0]!r}")
    if not hasattr(select, "poll"):
        raise ScenarioError(f"--engine {spec}: exec needs a POSIX system; http:// does not")
    return words
