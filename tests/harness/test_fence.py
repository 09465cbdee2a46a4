"""The fence around a simulated run."""

# ruff: noqa: PLW0108  (the names must be looked up inside the fence)

import logging
import os
import random
import re
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from hanbench.harness.errors import FenceError
from hanbench.harness.fence import FENCED, fence, outside

CALLS: dict[str, Callable[[], object]] = {
    "time.time": lambda: time.time(),
    "time.monotonic": lambda: time.monotonic(),
    "time.perf_counter_ns": lambda: time.perf_counter_ns(),
    "time.sleep": lambda: time.sleep(0),
    "random.random": lambda: random.random(),
    "random.shuffle": lambda: random.shuffle([]),
    "random.SystemRandom": lambda: random.SystemRandom().random(),
    "os.urandom": lambda: os.urandom(1),
    "os.system": lambda: os.system("true"),
    "uuid.uuid4": lambda: uuid.uuid4(),
    "threading.Thread.start": lambda: threading.Thread(target=int).start(),
    "socket.socket": lambda: socket.socket(),
    "socket.create_connection": lambda: socket.create_connection(("localhost", 1)),
    "subprocess.Popen": lambda: subprocess.run([sys.executable, "-V"], check=False),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_fenced_call_raises_and_is_named(name: str) -> None:
    with fence(), pytest.raises(FenceError) as caught:
        CALLS[name]()

    assert caught.value.call == name
    assert f"{name} was called inside a simulated run" in str(caught.value)


def test_leaving_the_fence_restores_every_call() -> None:
    def table() -> list[object]:
        return [
            getattr(sys.modules[module], name.split(".")[0])
            for module, names in FENCED.items()
            for name in names.split()
            if hasattr(sys.modules[module], name.split(".")[0])
        ]

    before = [*table(), threading.Thread.start, subprocess.Popen.__init__, socket.socket.__init__]
    with pytest.raises(ZeroDivisionError), fence():
        raise ZeroDivisionError

    after = [*table(), threading.Thread.start, subprocess.Popen.__init__, socket.socket.__init__]
    assert all(one is other for one, other in zip(before, after, strict=True))
    assert time.time() > 0


def test_a_fence_within_a_fence_keeps_the_outer_one() -> None:
    with fence():
        with fence():
            pass
        with pytest.raises(FenceError):
            time.time()


def test_seeded_generators_are_let_through() -> None:
    with fence():
        assert random.Random(7).random() == random.Random(7).random()


def test_the_transport_may_reach_outside_for_a_moment() -> None:
    with fence():
        with outside():
            assert time.time() > 0
        with pytest.raises(FenceError, match=r"time\.time"):
            time.time()


def test_nobody_but_the_transport_and_the_fork_of_an_exploration_goes_outside() -> None:
    root = Path(__file__).parents[2]
    sources = [path for layer in ("emulator", "harness") for path in (root / layer).rglob("*.py")]
    using = {
        path.relative_to(root).as_posix()
        for path in sources
        if re.search(r"\boutside\(\)", path.read_text(encoding="utf-8"))
    }

    assert using == {
        "harness/fence.py",
        "harness/engine/wire/http.py",
        "harness/engine/wire/process.py",
        "harness/explore/branches.py",
    }


def test_log_records_may_have_their_time_stamp() -> None:
    with fence():
        record = logging.LogRecord("a", logging.INFO, __file__, 1, "text", None, None)

    assert record.created > 0


def test_other_threads_are_let_through() -> None:
    seen: list[float] = []
    begin, end = threading.Event(), threading.Event()

    def read_the_clock() -> None:
        begin.wait()
        seen.append(time.time())
        end.set()

    thread = threading.Thread(target=read_the_clock)
    thread.start()
    with fence():
        begin.set()
        end.wait()
    thread.join()

    assert len(seen) == 1
