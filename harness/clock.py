"""Virtual time: an asyncio loop without a selector, whose clock jumps when nothing is ready.

Instants are whole microseconds. Equal deadlines run in the order in which they were set, and tasks
and futures are hashed by a creation counter, so that the sets inside `asyncio.wait` and
`asyncio.TaskGroup` iterate alike in every process. (A set whose members collide modulo its size
still orders them by insertion, which is deterministic too.)

There are no threads and no sockets: what would need them raises. When nothing is ready and no timer
is set, tasks that still wait can never be woken: `DeadlockError` names them.
"""

import asyncio
import heapq
import sys
import threading
import weakref
from asyncio import _get_running_loop, _set_running_loop
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextvars import Context
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

from typing_extensions import override

from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.harness.errors import DeadlockError, FenceError

_T = TypeVar("_T")
_Args = TypeVarTuple("_Args")

CALLBACKS_MAX = 1_000_000
"""Callbacks in one instant after which code is taken to spin."""
_CLOSING_CALLBACKS_MAX = 10_000
_CLOSING_ROUNDS = 3
_CANCELLED_KEPT = 100
"""Cancelled timers that may lie in the heap before it is swept."""


class VirtualTask(asyncio.Task[_T]):
    """A task with a hash and a name that do not depend on its address."""

    def __init__(
        self,
        coroutine: Coroutine[Any, Any, _T] | Generator[Any, None, _T],
        *,
        serial: int,
        loop: asyncio.AbstractEventLoop,
        name: str | None = None,
        context: Context | None = None,
    ) -> None:
        # The base class puts the task into a set, so the hash is needed first.
        self.serial = serial
        label = getattr(coroutine, "__qualname__", "task")
        # asyncio's own names count all tasks of the process.
        super().__init__(coroutine, loop=loop, name=name or f"{label}-{serial}", context=context)

    @override
    def __hash__(self) -> int:
        return self.serial

    @override
    def __eq__(self, other: object) -> bool:
        return self is other


class VirtualFuture(asyncio.Future[_T]):
    """A future with a hash that does not depend on its address."""

    def __init__(self, *, serial: int, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self.serial = serial

    @override
    def __hash__(self) -> int:
        return self.serial

    @override
    def __eq__(self, other: object) -> bool:
        return self is other


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop in virtual time; also one that another loop can step, instant by instant."""

    # Of the base class, and known to no stub.
    _ready: deque[asyncio.Handle]
    _stopping: bool
    _thread_id: int | None
    _check_closed: Callable[[], None]
    _asyncgen_firstiter_hook: Callable[[AsyncGenerator[Any, Any]], None]
    _asyncgen_finalizer_hook: Callable[[AsyncGenerator[Any, Any]], None]

    def __init__(self, start_us: int = 0) -> None:
        super().__init__()
        self.now_us = start_us
        self._timers: list[tuple[int, int, asyncio.TimerHandle]] = []
        self._serial = 0
        self._cancelled_timers = 0
        self._failures: list[BaseException] = []
        self._tasks: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()
        """Those of this loop: `asyncio.all_tasks` looks through the tasks of all loops, and a day
        has a thousand of them."""
        self._is_stepping = False
        self._is_closing = False

    @override
    def time(self) -> float:
        return self.now_us / SECOND_US

    @override
    def create_task(
        self,
        coro: Coroutine[Any, Any, _T] | Generator[Any, None, _T],
        *,
        name: object = None,
        context: Context | None = None,
    ) -> VirtualTask[_T]:
        self._check_closed()
        label = None if name is None else str(name)
        task = VirtualTask(coro, serial=self._next(), loop=self, name=label, context=context)
        self._tasks.add(task)
        return task

    @override
    def create_future(self) -> VirtualFuture[Any]:
        return VirtualFuture(serial=self._next(), loop=self)

    @override
    def call_at(
        self,
        when: float,
        callback: Callable[[*_Args], object],
        *args: *_Args,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        return self._set_timer(round(when * SECOND_US), callback, args, context)

    @override
    def call_later(
        self,
        delay: float,
        callback: Callable[[*_Args], object],
        *args: *_Args,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        return self._set_timer(self.now_us + round(delay * SECOND_US), callback, args, context)

    def call_at_us(self, when_us: int, callback: Callable[[], object]) -> asyncio.TimerHandle:
        """Call back at a whole microsecond; one that has passed means this instant."""
        return self._set_timer(when_us, callback, (), None)

    def next_timer_us(self) -> int | None:
        """Return when the next timer is due, or None when no timer is set."""
        timers = self._timers
        while timers and timers[0][2].cancelled():
            heapq.heappop(timers)
            self._cancelled_timers -= 1
        return timers[0][0] if timers else None

    @property
    def is_ready(self) -> bool:
        """Whether anything can run at this instant without time moving on."""
        due_us = self.next_timer_us()
        return bool(self._ready) or (due_us is not None and due_us <= self.now_us)

    def advance_to(self, when_us: int) -> bool:
        """Move time on without running anything, if nothing else is due by then.

        Returns False, and leaves time alone, when something is, or while the loop is stepped.
        """
        if self._is_stepping or self._ready:
            return False
        due_us = self.next_timer_us()
        if due_us is not None and due_us <= when_us:
            return False
        self.now_us = max(self.now_us, when_us)
        return True

    def step_until_idle(self, now_us: int, *, callbacks_max: int = CALLBACKS_MAX) -> bool:
        """Run all that is ready at `now_us`, and nothing later; may be called inside another loop.

        Returns False if `callbacks_max` callbacks did not come to rest.

        Raises:
            ValueError: `now_us` lies before the time of this loop.
            RuntimeError: the loop is closed or runs already.
        """
        self._check_closed()
        if self.is_running():
            raise RuntimeError("this loop runs already")
        if now_us < self.now_us:
            raise ValueError(f"time cannot go back from {self.now_us} us to {now_us} us")
        self.now_us = now_us
        outer, hooks = _get_running_loop(), sys.get_asyncgen_hooks()
        self._enter()
        try:
            return self._run_until_idle(callbacks_max)
        finally:
            self._is_stepping = False
            self._thread_id = None
            sys.set_asyncgen_hooks(*hooks)
            _set_running_loop(outer)

    def stuck_tasks(self) -> tuple[str, ...]:
        """Name the tasks that are not done, and where each waits, in creation order."""
        return tuple(_describe(task) for task in self._pending_tasks())

    @override
    def close(self) -> None:
        """Cancel what still waits, in creation order, let it clean up at this instant, and close.

        A task that will not end is left behind: closing always returns.
        """
        if not self.is_closed() and not self.is_running():
            self._is_closing = True
            for _ in range(_CLOSING_ROUNDS):
                if not self._cancel_pending():
                    break
            for task in self._pending_tasks():
                task._log_destroy_pending = False  # type: ignore[attr-defined]  # noqa: SLF001
            self._timers.clear()
        super().close()

    @override
    def default_exception_handler(self, context: dict[str, Any]) -> None:
        # A callback that fails, or a task that fails and that nobody awaits, is a bug and ends the
        # run; asyncio would log it and go on.
        error = context.get("exception")
        if isinstance(error, BaseException) and self.is_running() and not self._is_closing:
            self._failures.append(error)
        else:
            super().default_exception_handler(context)

    @override
    def call_soon_threadsafe(
        self,
        callback: Callable[[*_Args], object],
        *args: *_Args,
        context: Context | None = None,
    ) -> asyncio.Handle:
        # asyncio itself uses it from this thread (signals, generators that are collected).
        if self._thread_id not in {None, threading.get_ident()}:
            raise FenceError("loop.call_soon_threadsafe from another thread")
        return self.call_soon(callback, *args, context=context)

    @override
    def run_in_executor(self, executor: object, func: Callable[[*_Args], _T], *args: *_Args) -> Any:
        raise FenceError("loop.run_in_executor")

    def _next(self) -> int:
        self._serial += 1
        return self._serial

    def _set_timer(
        self,
        when_us: int,
        callback: Callable[[*_Args], object],
        args: tuple[*_Args],
        context: Context | None,
    ) -> asyncio.TimerHandle:
        self._check_closed()
        handle = asyncio.TimerHandle(when_us / SECOND_US, callback, args, self, context)
        # Without the mark, cancelling it would not be told to `_timer_handle_cancelled`.
        handle._scheduled = True  # type: ignore[attr-defined]  # noqa: SLF001
        heapq.heappush(self._timers, (when_us, self._next(), handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:  # noqa: ARG002
        self._cancelled_timers += 1
        if self._cancelled_timers > max(_CANCELLED_KEPT, len(self._timers) // 2):
            self._timers = [entry for entry in self._timers if not entry[2].cancelled()]
            heapq.heapify(self._timers)
            self._cancelled_timers = 0

    def _run_once(self) -> None:
        """Run what is ready; when nothing is, move time to the next timer first."""
        if not self._ready and not self._stopping:
            due_us = self.next_timer_us()
            if due_us is None:
                raise DeadlockError(self.stuck_tasks())
            self.now_us = max(self.now_us, due_us)
        self._take_due_timers()
        self._run_ready()

    def _enter(self) -> None:
        self._is_stepping = True
        self._thread_id = threading.get_ident()
        sys.set_asyncgen_hooks(
            firstiter=self._asyncgen_firstiter_hook, finalizer=self._asyncgen_finalizer_hook
        )
        # One loop inside another is fenced by asyncio only in `run_forever`; a step never suspends.
        _set_running_loop(self)

    def _run_until_idle(self, callbacks_max: int) -> bool:
        callbacks = 0
        self._take_due_timers()
        while self._ready:
            callbacks += self._run_ready()
            if callbacks >= callbacks_max:
                return False
            self._take_due_timers()
        return True

    def _take_due_timers(self) -> None:
        timers = self._timers
        while timers and timers[0][0] <= self.now_us:
            handle = heapq.heappop(timers)[2]
            handle._scheduled = False  # type: ignore[attr-defined]  # noqa: SLF001
            if handle.cancelled():
                self._cancelled_timers -= 1
            else:
                self._ready.append(handle)

    def _run_ready(self) -> int:
        """Run the callbacks that are ready now, not those they add; return how many."""
        ready = self._ready
        count = len(ready)
        for _ in range(count):
            handle = ready.popleft()
            if not handle.cancelled():
                handle._run()  # noqa: SLF001  (so a loop runs it)
                if self._failures:
                    raise self._failures.pop()
        return count

    def _pending_tasks(self) -> list[asyncio.Task[Any]]:
        return sorted((task for task in self._tasks if not task.done()), key=hash)

    def _cancel_pending(self) -> bool:
        """Cancel every task in creation order and let each clean up; False if there was none."""
        pending = self._pending_tasks()
        for task in pending:
            task.cancel("the loop closes")
        if pending:
            self.step_until_idle(self.now_us, callbacks_max=_CLOSING_CALLBACKS_MAX)
        return bool(pending)


class VirtualClock:
    """The clock of a run in virtual time, for whoever drives the devices."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def now(self) -> Instant:
        """Return the present instant."""
        return Instant(self._loop.now_us)

    async def sleep_until(self, instant: Instant) -> None:
        """Return at `instant`; without suspending if nothing else is due by then."""
        loop = self._loop
        if instant <= loop.now_us:
            if loop.is_ready:
                await asyncio.sleep(0)
        elif not loop.advance_to(instant):
            woken = loop.create_future()
            timer = loop.call_at_us(instant, lambda: _wake(woken))
            try:
                await woken
            finally:
                timer.cancel()


def _wake(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)


def _describe(task: asyncio.Task[Any]) -> str:
    """Say what a task is called and where its code waits (file names only: no machine paths)."""
    places: list[str] = []
    waiting: Any = task.get_coro()
    while waiting is not None:
        frame = getattr(waiting, "cr_frame", None)
        if frame is None:
            break
        path = Path(frame.f_code.co_filename)
        if "asyncio" not in path.parts:
            places.append(f"{frame.f_code.co_name} ({path.name}:{frame.f_lineno})")
        waiting = getattr(waiting, "cr_await", None)
    where = " > ".join(places)
    return f"{task.get_name()} waits in {where}" if where else f"{task.get_name()} waits"
