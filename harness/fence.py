"""The fence around a simulated run: time, chance, threads and sockets raise, and name the call.

A run must depend on its seed alone. Each callable of the table is replaced, for the thread that
entered, by one that raises `FenceError`; leaving the fence restores them. Other threads (a test
runner's) are let through, and so is `logging`, whose time stamps steer nothing.

One place may reach outside: the transport of an engine in another process (`harness/engine/wire`),
within `outside()`. What it brings in is the engine's turn and nothing else.

What cannot be fenced so: a name that was imported before (`from time import time`), types written
in C (`datetime.now`), and OpenSSL's own generator. `hanbench verify` finds what slips through.
"""

import importlib
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hanbench.harness.errors import FenceError

_RANDOM = (
    "betavariate choice choices expovariate gammavariate gauss getrandbits lognormvariate "
    "normalvariate paretovariate randbytes randint random randrange sample seed shuffle triangular "
    "uniform vonmisesvariate weibullvariate"
)
FENCED: dict[str, str] = {
    "time": "monotonic monotonic_ns perf_counter perf_counter_ns sleep time time_ns",
    "random": f"{_RANDOM} _urandom",
    "os": "fork forkpty popen posix_spawn posix_spawnp system urandom",
    "uuid": "uuid1 uuid4",
    "_thread": "start_new_thread",
    "threading": "Thread.start",
    "socket": "socket.__init__ create_connection getaddrinfo gethostbyname",
    "subprocess": "Popen.__init__",
}
"""Module -> the names in it that are fenced, functions and methods of Python classes."""
_LET_THROUGH = frozenset({"logging"})
_SPOKEN = {"random._urandom": "random.SystemRandom", "socket.socket.__init__": "socket.socket"}
"""What to call a private name by."""


@contextmanager
def fence() -> Iterator[None]:
    """Let every fenced call of this thread raise `FenceError` until the block is left."""
    owner = threading.get_ident()
    originals: list[tuple[object, str, Callable[..., object]]] = []
    try:
        for holder, attribute, spoken in _targets():
            original: Callable[..., object] = getattr(holder, attribute)
            originals.append((holder, attribute, original))
            setattr(holder, attribute, _guard(original, spoken, owner))
        yield
    finally:
        for holder, attribute, original in reversed(originals):
            setattr(holder, attribute, original)


@contextmanager
def outside() -> Iterator[None]:
    """Let this thread reach through the fence until the block is left; for the transport alone."""
    me = threading.get_ident()
    _OUTSIDE.append(me)
    try:
        yield
    finally:
        _OUTSIDE.remove(me)


_OUTSIDE: list[int] = []
"""The threads that are outside now."""


def _targets() -> Iterator[tuple[object, str, str]]:
    for module_name, names in FENCED.items():
        for name in names.split():
            holder: object = importlib.import_module(module_name)
            *path, attribute = name.split(".")
            for part in path:
                holder = getattr(holder, part)
            if hasattr(holder, attribute):  # some are not there on every platform
                full = f"{module_name}.{name}"
                yield holder, attribute, _SPOKEN.get(full, full.removesuffix(".__init__"))


def _guard(original: Callable[..., object], spoken: str, owner: int) -> Callable[..., object]:
    def fenced(*args: object, **kwargs: object) -> object:
        me = threading.get_ident()
        if me == owner and me not in _OUTSIDE and _caller() not in _LET_THROUGH:
            raise FenceError(spoken)
        return original(*args, **kwargs)

    return fenced


def _caller() -> str:
    return str(sys._getframe(2).f_globals.get("__name__", ""))  # noqa: SLF001  (documented)
