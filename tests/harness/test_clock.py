"""The virtual-time loop."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import pytest

from hanbench.emulator.instant import DAY_US, SECOND_US, Instant
from hanbench.harness.clock import VirtualClock, VirtualLoop
from hanbench.harness.errors import DeadlockError, FenceError


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop()
    yield loop
    loop.close()


def run(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())


async def a_day_of_sleep() -> float:
    await asyncio.sleep(86_400)
    return asyncio.get_running_loop().time()


def test_a_day_of_sleep_passes_at_once() -> None:
    assert run(a_day_of_sleep) == 86_400.0


def test_equal_deadlines_run_in_the_order_in_which_they_were_set(loop: VirtualLoop) -> None:
    order: list[int] = []
    for number in range(50):
        loop.call_at(1.0, order.append, number)
    loop.call_later(2.0, loop.stop)

    loop.run_forever()

    assert order == list(range(50))


def test_deadlines_are_rounded_to_whole_microseconds(loop: VirtualLoop) -> None:
    order: list[str] = []
    loop.call_at(0.1 + 0.2, order.append, "first")
    loop.call_at(0.3, order.append, "second")

    assert loop.next_timer_us() == 300_000
    loop.step_until_idle(300_000)
    assert order == ["first", "second"]


def test_many_odd_sleeps_do_not_drift() -> None:
    async def main() -> int:
        for _ in range(10_000):
            await asyncio.sleep(0.1)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        return loop.now_us

    assert run(main) == 1_000 * SECOND_US


def test_time_stands_still_while_anything_is_ready(loop: VirtualLoop) -> None:
    seen: list[int] = []

    async def busy() -> None:
        for _ in range(10):
            await asyncio.sleep(0)
            seen.append(loop.now_us)

    async def main() -> None:
        task = asyncio.create_task(busy())
        await asyncio.sleep(1)
        seen.append(loop.now_us)
        await task

    loop.run_until_complete(main())

    assert seen == [0] * 10 + [SECOND_US]


def test_a_deadlock_names_the_tasks_that_are_stuck(loop: VirtualLoop) -> None:
    async def waits_for_a_reply() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(waits_for_a_reply(), name="gsme")
            group.create_task(waits_for_a_reply())

    with pytest.raises(DeadlockError) as caught:
        loop.run_until_complete(main())

    assert len(caught.value.stuck) == 3
    assert caught.value.stuck[1].startswith("gsme waits in waits_for_a_reply (test_clock.py:")
    assert "waits_for_a_reply-" in caught.value.stuck[2]


def test_a_loop_without_any_task_is_a_deadlock_too(loop: VirtualLoop) -> None:
    with pytest.raises(DeadlockError, match="no task is left"):
        loop.run_forever()


def test_a_callback_that_fails_ends_the_run(loop: VirtualLoop) -> None:
    def fail() -> None:
        raise ZeroDivisionError("the bug")

    loop.call_later(1, fail)
    loop.call_later(2, loop.stop)

    with pytest.raises(ZeroDivisionError, match="the bug"):
        loop.run_forever()
    assert loop.now_us == SECOND_US


def test_a_task_that_fails_and_that_nobody_awaits_ends_the_run() -> None:
    async def fail() -> None:
        raise ZeroDivisionError("the bug")

    async def main() -> None:
        asyncio.create_task(fail())  # noqa: RUF006  (that is the point)
        await asyncio.sleep(10)

    with pytest.raises(ZeroDivisionError, match="the bug"):
        run(main)


def test_time_outs_work_in_virtual_time() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(300):
                await asyncio.Event().wait()
        return asyncio.get_running_loop().time()

    assert run(main) == 300.0


def test_queues_locks_and_wait_work() -> None:
    async def main() -> list[int]:
        queue: asyncio.Queue[int] = asyncio.Queue(1)

        async def produce() -> None:
            for number in range(5):
                await queue.put(number)
                await asyncio.sleep(1)

        task = asyncio.create_task(produce())
        got = [await queue.get() for _ in range(5)]
        done, pending = await asyncio.wait([task])
        assert (len(done), len(pending)) == (1, 0)
        return got

    assert run(main) == [0, 1, 2, 3, 4]


def test_a_cancelled_timer_never_runs_and_is_swept(loop: VirtualLoop) -> None:
    ran: list[str] = []
    timers = [loop.call_at(1.0, ran.append, "cancelled") for _ in range(500)]
    loop.call_at(2.0, ran.append, "kept")
    for timer in timers:
        timer.cancel()
        timer.cancel()

    assert loop.next_timer_us() == 2 * SECOND_US
    assert len(loop._timers) == 1
    loop.step_until_idle(3 * SECOND_US)
    assert ran == ["kept"]


def test_a_timer_cancelled_at_its_own_instant_does_not_run(loop: VirtualLoop) -> None:
    ran: list[str] = []
    loop.call_at(1.0, lambda: later.cancel())  # noqa: PLW0108  (made below)
    later = loop.call_at(1.0, ran.append, "cancelled")
    last = loop.call_at(1.0, ran.append, "kept")

    loop.step_until_idle(SECOND_US)

    assert ran == ["kept"]
    last.cancel()
    assert loop.next_timer_us() is None


def test_a_step_runs_this_instant_and_nothing_later(loop: VirtualLoop) -> None:
    seen: list[int] = []

    async def ticks() -> None:
        while True:
            await asyncio.sleep(1)
            seen.append(loop.now_us)

    task = loop.create_task(ticks())

    assert loop.step_until_idle(500)
    assert (seen, loop.next_timer_us(), loop.now_us) == ([], SECOND_US + 500, 500)
    loop.step_until_idle(SECOND_US + 500)
    assert seen == [SECOND_US + 500]
    assert not task.done()


def test_a_step_inside_another_loop_gives_the_running_loop_back() -> None:
    inner = VirtualLoop()

    async def within() -> asyncio.AbstractEventLoop:
        await asyncio.sleep(0)
        return asyncio.get_running_loop()

    async def main() -> None:
        outer = asyncio.get_running_loop()
        hooks = sys.get_asyncgen_hooks()
        task = inner.create_task(within())
        inner.step_until_idle(7)
        assert task.result() is inner
        assert asyncio.get_running_loop() is outer
        assert sys.get_asyncgen_hooks() == hooks
        await asyncio.sleep(1)

    run(main)
    inner.close()


def test_a_step_that_does_not_come_to_rest_says_so(loop: VirtualLoop) -> None:
    async def spin() -> None:
        while True:  # noqa: ASYNC110  (that is the point)
            await asyncio.sleep(0)

    loop.create_task(spin(), name="spinner")

    assert not loop.step_until_idle(0, callbacks_max=1_000)


def test_a_step_goes_neither_back_nor_into_itself(loop: VirtualLoop) -> None:
    loop.step_until_idle(10)
    errors: list[str] = []

    def nested() -> None:
        with pytest.raises(RuntimeError, match="runs already"):
            loop.step_until_idle(20)
        errors.append("refused")

    loop.call_soon(nested)
    loop.step_until_idle(10)

    assert errors == ["refused"]
    with pytest.raises(ValueError, match="cannot go back from 10 us to 9 us"):
        loop.step_until_idle(9)


def test_the_clock_advances_without_suspending_when_nothing_else_is_due(loop: VirtualLoop) -> None:
    clock = VirtualClock(loop)

    async def main() -> None:
        before = loop._serial
        for day in range(1, 4):
            await clock.sleep_until(Instant(day * DAY_US))
        assert loop._serial == before, "no future and no timer was made"

    loop.run_until_complete(main())

    assert clock.now() == 3 * DAY_US


def test_the_clock_lets_what_is_due_first_or_at_the_same_instant_go_first(
    loop: VirtualLoop,
) -> None:
    clock, order = VirtualClock(loop), list[tuple[str, int]]()

    async def main() -> None:
        loop.call_at_us(5, lambda: order.append(("earlier", loop.now_us)))
        loop.call_at_us(10, lambda: order.append(("same", loop.now_us)))
        await clock.sleep_until(Instant(10))
        order.append(("clock", loop.now_us))
        loop.call_soon(order.append, ("ready", 0))
        await clock.sleep_until(Instant(10))
        await clock.sleep_until(Instant(3))
        order.append(("after", loop.now_us))

    loop.run_until_complete(main())

    assert order == [("earlier", 5), ("same", 10), ("clock", 10), ("ready", 0), ("after", 10)]


def test_a_cancelled_sleep_leaves_no_timer(loop: VirtualLoop) -> None:
    clock = VirtualClock(loop)
    loop.call_at_us(5, lambda: None)
    task = loop.create_task(clock.sleep_until(Instant(100)))
    loop.step_until_idle(5)

    task.cancel()
    loop.step_until_idle(5)

    assert task.cancelled()
    assert loop.next_timer_us() is None


def test_a_clock_within_a_step_does_not_move_time(loop: VirtualLoop) -> None:
    task = loop.create_task(VirtualClock(loop).sleep_until(Instant(100)))

    loop.step_until_idle(0)

    assert not task.done()
    assert (loop.now_us, loop.next_timer_us()) == (0, 100)


def test_closing_cancels_in_creation_order_and_lets_tasks_clean_up() -> None:
    loop, ended = VirtualLoop(), list[int]()

    async def wait(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(number)

    for number in range(20):
        loop.create_task(wait(number))
    loop.step_until_idle(0)

    loop.close()
    loop.close()

    assert ended == list(range(20))
    assert loop.is_closed()


def test_closing_leaves_a_task_behind_that_will_not_end() -> None:
    loop = VirtualLoop()

    async def stubborn() -> None:
        for _ in range(10):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue

    loop.create_task(stubborn())
    loop.step_until_idle(0)
    loop.close()

    assert loop.is_closed()


def test_what_needs_a_thread_raises_and_names_the_call() -> None:
    async def to_thread() -> None:
        await asyncio.to_thread(int)

    with pytest.raises(FenceError, match="run_in_executor"):
        run(to_thread)


def test_another_thread_cannot_reach_into_a_running_loop(loop: VirtualLoop) -> None:
    caught: list[FenceError] = []

    def reach() -> None:
        try:
            loop.call_soon_threadsafe(print)
        except FenceError as error:
            caught.append(error)

    async def main() -> None:
        thread = threading.Thread(target=reach)
        thread.start()
        thread.join()
        loop.call_soon_threadsafe(lambda: None)

    loop.run_until_complete(main())

    assert len(caught) == 1


def test_an_unfinished_async_generator_is_closed_by_its_own_loop(loop: VirtualLoop) -> None:
    closed_by: list[asyncio.AbstractEventLoop] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            closed_by.append(asyncio.get_running_loop())

    async def main() -> None:
        async for _ in numbers():
            break

    loop.create_task(main())
    loop.step_until_idle(0)

    assert closed_by == [loop]


ORDER = """
import asyncio
from hanbench.harness.clock import VirtualLoop
junk = [object() for _ in range(int(__import__("sys").argv[1]))]
order = []
async def wait(number):
    try:
        await asyncio.sleep(1000)
    finally:
        order.append(number)
async def main():
    try:
        async with asyncio.TaskGroup() as group:
            for number in range(40):
                group.create_task(wait(number))
            await asyncio.sleep(1)
            raise ValueError
    except* ValueError:
        pass
    futures = [asyncio.get_running_loop().create_future() for _ in range(40)]
    def settle():
        for number, future in enumerate(futures):
            future.set_result(number)
    asyncio.get_running_loop().call_later(1, settle)
    done, _ = await asyncio.wait(futures)
    order.extend(future.result() for future in done)
with asyncio.Runner(loop_factory=VirtualLoop) as runner:
    runner.run(main())
print(order)
"""


def test_sets_of_tasks_and_futures_iterate_alike_in_every_process() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-c", ORDER, str(seed * 1013)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
        ).stdout
        for seed in range(3)
    }

    assert len(printed) == 1
