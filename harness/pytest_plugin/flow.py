"""The world of an async test: it lives in the test's own loop of virtual time.

While the test waits, the world goes on; an hour slept is an hour of the home. The world is stepped
as long as nothing of the test is due, and then leaves the loop to it.
"""

import asyncio
from collections.abc import Callable

from hanbench.emulator.instant import Instant
from hanbench.harness.clock import VirtualLoop, VirtualTask
from hanbench.harness.steering import SteeredCase


def flow_in_loop(steered: SteeredCase) -> "Flow | None":
    """Return the flow of a world, if somebody asks from within a loop; its migration begins then.

    Raises:
        TypeError: the loop is not one of virtual time.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    if not isinstance(loop, VirtualLoop):
        raise TypeError(
            f"the world of a test lives in virtual time, and this loop is a {type(loop).__name__}"
        )
    return Flow(steered, loop)


class Flow:
    """Runs the world of a test as its loop's time passes."""

    def __init__(self, steered: SteeredCase, loop: VirtualLoop) -> None:
        self._steered = steered
        self._loop = loop
        self._began_us = loop.now_us
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[bool]]] = []
        self._sleep: asyncio.Future[None] | None = None
        steered.clock = self._now
        steered.begin()
        self._task: VirtualTask[None] = loop.create_task(self._run(), name="the bench")
        self._task.add_done_callback(_pass_on)

    def nudge(self) -> None:
        """Look at once what is due: somebody did something."""
        if self._sleep is not None and not self._sleep.done():
            self._sleep.set_result(None)

    async def until(self, instant: Instant) -> None:
        """Wait for an instant of the world."""
        await asyncio.sleep(max(0, instant - self._now()) / 1e6)

    async def until_over(self) -> None:
        """Wait until the run is over, as `hanbench run` has it."""
        self._steered.watch_until(self._now())
        await self._wait(lambda: False)

    async def until_true(self, question: Callable[[], bool]) -> bool:
        """Wait until a question is answered with yes; return False if the run is over before."""
        return await self._wait(question)

    async def _wait(self, question: Callable[[], bool]) -> bool:
        if question():
            return True
        answer: asyncio.Future[bool] = self._loop.create_future()
        self._waiting.append((question, answer))
        self.nudge()
        return await answer

    def _now(self) -> Instant:
        return Instant(self._loop.now_us - self._began_us)

    async def _run(self) -> None:
        while True:
            with self._steered.inside():
                due = self._go_on()
            self._sleep = self._loop.create_future()
            timer = None
            if due is not None:
                timer = self._loop.call_at_us(self._began_us + due, self.nudge)
            try:
                await self._sleep
            finally:
                if timer is not None:
                    timer.cancel()

    def _go_on(self) -> Instant | None:
        """Step the world as long as the loop has nothing else to do; return what it waits for."""
        agenda = self._steered.world.agenda
        while not self._steered.is_closed and not self._steered.is_stopped:
            self._answer()
            due = agenda.next_instant()
            if due is None or self._steered.is_closed:
                return None
            if due > self._now() and not self._loop.advance_to(self._began_us + due):
                return due
            self._steered.driving.step()
        self._answer()
        return None

    def _answer(self) -> None:
        """Answer those who wait, if there is an answer."""
        if not self._waiting:
            return
        is_over = self._steered.is_closed or not self._steered.driving.goes_on()
        left = []
        for question, answer in self._waiting:
            if answer.done():
                continue
            is_true = question()
            if is_true or is_over:
                answer.set_result(is_true)
            else:
                left.append((question, answer))
        self._waiting = left


def _pass_on(task: asyncio.Task[None]) -> None:
    """Let what went wrong in the bench end the test, and not be forgotten with the task."""
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error
