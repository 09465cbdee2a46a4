"""An engine in a process of its own: `exec:COMMAND`, a JSON line each way over stdin and stdout.

The process is started without a shell, in a session of its own, so that Ctrl-C at the terminal is
the bench's to handle, and killing it takes with it what it started. It ends with its worker
(Linux: by a signal of the kernel; elsewhere by the end of its stdin). Its stderr is its own to
write to: the last of it is shown when it fails.
"""

import atexit
import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic

from hanbench.harness.engine.wire.messages import REPLY_OCTETS_MAX, Kind, printable, shown
from hanbench.harness.engine.wire.transport import hangs, too_large, twice
from hanbench.harness.errors import Breakage, EngineError
from hanbench.harness.fence import outside

STDERR_KEPT = 8 << 10
STDERR_LINES_SHOWN = 12
_CHUNK = 1 << 16
_LAST_WORDS_S = 1.0
"""How long a process that has closed its stdout is given to say why and to end."""
_GONE = select.POLLHUP | select.POLLERR if hasattr(select, "poll") else 0
_PR_SET_PDEATHSIG = 1


class EngineProcess:
    """A process, and what of its output has not been taken yet."""

    is_ours = True

    def __init__(self, command: Sequence[str]) -> None:
        """Start it.

        Raises:
            EngineError: it cannot be started.
        """
        try:
            with outside():
                self._process = subprocess.Popen(  # noqa: S603  (the user's own command)
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    bufsize=0,
                    start_new_session=True,
                    preexec_fn=_ends_with_us,  # noqa: PLW1509  (a system call, no lock is taken)
                )
        except OSError as error:
            says = f"{command[0]} cannot be started: {error.strerror}"
            raise EngineError(says, reason=Breakage.DIED) from error
        streams = (self._process.stdin, self._process.stdout, self._process.stderr)
        self._in, self._out, self._err = (_descriptor(stream) for stream in streams)
        os.set_blocking(self._in, False)
        self._listening = select.poll()
        for descriptor in (self._out, self._err):
            os.set_blocking(descriptor, False)
            self._listening.register(descriptor, select.POLLIN)
        self._got = bytearray()
        self._stderr = bytearray()
        self._is_closed = False
        atexit.register(self.close)

    def ask(self, kind: Kind, message: bytes, *, limit_s: float) -> bytes:
        """Write a line and read one."""
        if self._is_closed:
            raise EngineError("its process has ended", reason=Breakage.DIED)
        try:
            return self._ask(kind, message, limit_s)
        except EngineError as error:
            raise self._with_last_words(error) from None

    def close(self) -> None:
        """Kill it, and whatever it started in its session."""
        if self._is_closed:
            return
        self._is_closed = True
        atexit.unregister(self.close)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert stream is not None, "all three are pipes"
            stream.close()

    def _ask(self, kind: Kind, message: bytes, limit_s: float) -> bytes:
        until_s = monotonic() + limit_s
        rest = memoryview(message + b"\n")
        rest = rest[self._write(rest) :]
        while True:
            if not self._wait(until_s, is_writing=bool(rest)):
                raise hangs(kind, limit_s)
            rest = rest[self._write(rest) :] if rest else rest
            line = self._line(kind)
            if line is not None:
                return line

    def _write(self, rest: memoryview) -> int:
        try:
            return os.write(self._in, rest)
        except BlockingIOError:
            return 0
        except BrokenPipeError:
            return len(rest)  # reading says that it is gone, and how

    def _wait(self, until_s: float, *, is_writing: bool) -> bool:
        """Take in what there is; return False when time is up."""
        left_s = until_s - monotonic()
        if left_s <= 0:
            return False
        if is_writing:
            self._listening.register(self._in, select.POLLOUT)
        ready = self._listening.poll(left_s * 1000)
        if is_writing:
            self._listening.unregister(self._in)
        for descriptor, _ in ready:
            if descriptor != self._in:
                self._take(descriptor)
        return True

    def _take(self, descriptor: int) -> None:
        try:
            octets = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            return
        if descriptor == self._err:
            if not octets:
                self._listening.unregister(descriptor)
            self._stderr += octets
            del self._stderr[:-STDERR_KEPT]
        elif octets:
            self._got += octets
        else:
            raise self._died()

    def _line(self, kind: Kind) -> bytes | None:
        end = self._got.find(b"\n")
        if (end if end >= 0 else len(self._got)) > REPLY_OCTETS_MAX:
            raise too_large(kind, REPLY_OCTETS_MAX)
        if end < 0:
            return None
        line = bytes(self._got[:end])
        if self._got[end + 1 :].strip():
            raise twice(kind)
        self._got.clear()
        return line

    def _died(self) -> EngineError:
        try:
            with outside():  # waiting with a limit sleeps
                code = self._process.wait(_LAST_WORDS_S)
        except subprocess.TimeoutExpired:
            says = "it closed its standard output"
        else:
            how = f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
            says = f"its process ended: {how}"
        if self._got:
            says += f", in the middle of `{shown(bytes(self._got))}`"
        return EngineError(says, reason=Breakage.DIED)

    def _with_last_words(self, error: EngineError) -> EngineError:
        """End it, and add to the error what it wrote to stderr last."""
        until_s = monotonic() + _LAST_WORDS_S
        if error.reason is Breakage.DIED:
            while monotonic() < until_s and self._drain():
                pass
        else:
            self._drain()
        self.close()
        lines = self._stderr.decode("utf-8", "replace").split("\n")
        told = [printable(line.rstrip()) for line in lines if line.strip()][-STDERR_LINES_SHOWN:]
        says = "\n".join([f"{error.detail}; its stderr ends:", *told]) if told else error.detail
        return EngineError(says, reason=error.reason)

    def _drain(self) -> bool:
        """Take in more of stderr; return False when there is no more."""
        try:
            octets = os.read(self._err, _CHUNK)
        except BlockingIOError:
            listening = select.poll()
            listening.register(self._err, select.POLLIN)
            return self._process.poll() is None and bool(listening.poll(_LAST_WORDS_S * 100))
        self._stderr += octets
        del self._stderr[:-STDERR_KEPT]
        return bool(octets)


def _descriptor(stream: object) -> int:
    fileno: Callable[[], int] | None = getattr(stream, "fileno", None)
    assert fileno is not None, "all three are pipes"
    return fileno()


_PRCTL = getattr(ctypes.CDLL(None), "prctl", None) if sys.platform == "linux" else None


def _ends_with_us() -> None:
    """Have the kernel kill the new process when the worker that started it is gone."""
    if _PRCTL is not None:
        _PRCTL(_PR_SET_PDEATHSIG, signal.SIGKILL)
