"""Straight-line engines on the engine port."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from hanbench.emulator.instant import SECOND_US
from hanbench.harness.engine.adapter import Alert, AsyncEngine, NoAnswer, PartyRefused, Port
from hanbench.harness.engine.port import (
    Answer,
    Authorisation,
    Believe,
    CallParty,
    Candidate,
    ClaimOutcome,
    EndState,
    KeyBelief,
    Received,
    Recovered,
    RotationProfile,
    Send,
    Started,
    Stop,
    TimedOut,
    Turn,
    Woken,
    WriteJournal,
)
from hanbench.harness.engine.watchdog import turn_limit
from hanbench.harness.errors import Breakage, EngineError, HarnessError

HOME = Authorisation(
    installation="home-1",
    group_id="DA",
    hub="hub",
    hub_eui64="00-0d-6f-00-00-00-00-01",
    meters=(),
    rotation_profile=RotationProfile.SINGLE_SHOT,
    rotation_order=(),
    mirror_expiry_us=0,
)
STARTED = Started(authorisation=HOME)

Migrate = Callable[[Port], Coroutine[Any, Any, None]]


def started(migrate: Migrate, now_us: int = 0) -> tuple[AsyncEngine, Turn]:
    engine = AsyncEngine(migrate)
    return engine, engine.turn(STARTED, now_us)


def broken(migrate: Migrate) -> EngineError:
    with pytest.raises(EngineError) as caught:
        started(migrate)
    return caught.value


def test_a_straight_line_engine_takes_a_turn_for_each_answer() -> None:
    async def migrate(port: Port) -> None:
        result = await port.party("DCO", "authorise", device="gsme")
        await port.journal({"code": result["code"]})
        answer = await port.send("hub", "0a0b", 5_000)
        port.believe("gsme", KeyBelief.NEW, answer, (Candidate(version=2, check_value="aa"),))
        port.outcome(port.authorisation.installation, EndState.COMMISSIONED, "done")

    engine, turn = started(migrate)

    assert turn == Turn(
        actions=(CallParty(id=1, party="DCO", operation="authorise", arguments={"device": "gsme"}),)
    )
    assert engine.turn(Answer(to=1, result={"code": "ff"}), 1) == Turn(
        actions=(WriteJournal(id=2, entry={"code": "ff"}),)
    )
    assert engine.turn(Answer(to=2), 2) == Turn(
        actions=(Send(id=3, hub="hub", envelope="0a0b", timeout_us=5_000),)
    )
    assert not engine.is_finished
    assert engine.turn(Received(hub="hub", envelope="0c", to=3), 3) == Turn(
        actions=(
            Believe(
                device="gsme",
                key=KeyBelief.NEW,
                evidence="0c",
                candidates=(Candidate(version=2, check_value="aa"),),
            ),
            ClaimOutcome(installation="home-1", end_state=EndState.COMMISSIONED, detail="done"),
        )
    )
    assert engine.is_finished
    assert engine.turn(Woken(), 4) == Turn()


def test_a_class_can_be_an_engine() -> None:
    class Mine:
        def __init__(self, port: Port) -> None:
            self.port = port

        async def migrate(self) -> None:
            self.port.outcome("home-1", EndState.EXCLUDED)

    engine = AsyncEngine(Mine)

    assert engine.turn(STARTED, 0).actions == (
        ClaimOutcome(installation="home-1", end_state=EndState.EXCLUDED),
    )


def test_a_party_error_raises_its_code_and_detail() -> None:
    async def migrate(port: Port) -> None:
        with pytest.raises(PartyRefused) as caught:
            await port.party("DCO", "authorise")
        port.outcome("home-1", EndState.UNRESOLVED, f"{caught.value.code}/{caught.value.detail}")

    engine, _ = started(migrate)
    turn = engine.turn(Answer(to=1, error="UNAVAILABLE", detail="until ten"), 1)

    assert turn.actions[0] == ClaimOutcome(
        installation="home-1", end_state=EndState.UNRESOLVED, detail="UNAVAILABLE/until ten"
    )


def test_a_time_out_raises_no_answer() -> None:
    async def migrate(port: Port) -> None:
        with pytest.raises(NoAnswer, match="send 1"):
            await port.send("hub", "00", 1)

    engine, _ = started(migrate)
    engine.turn(TimedOut(to=1), 1)

    assert engine.is_finished


def test_coroutines_of_an_engine_run_side_by_side() -> None:
    async def migrate(port: Port) -> None:
        async with asyncio.TaskGroup() as group:
            for device in ("esme", "gsme"):
                group.create_task(port.party("DCO", "escrow", device=device))

    engine, turn = started(migrate)

    assert [action.id for action in turn.actions if isinstance(action, CallParty)] == [1, 2]
    engine.turn(Answer(to=2, result={}), 1)
    assert not engine.is_finished
    engine.turn(Answer(to=1, result={}), 2)
    assert engine.is_finished


def test_sleeping_asks_to_be_woken_at_the_right_instant() -> None:
    async def migrate(port: Port) -> None:
        await asyncio.sleep(1.5)
        await port.sleep_until(4 * SECOND_US)
        await port.sleep_until(1)
        port.outcome("home-1", EndState.UNRESOLVED, str(port.now_us))

    engine, turn = started(migrate, now_us=SECOND_US)

    assert turn == Turn(wait_until_us=2_500_000)
    assert engine.turn(Woken(), 2_000_000) == Turn(wait_until_us=2_500_000), "woken too soon"
    assert engine.turn(Woken(), 2_500_000) == Turn(wait_until_us=4_000_000)
    assert engine.turn(Woken(), 4_000_000).actions == (
        ClaimOutcome(installation="home-1", end_state=EndState.UNRESOLVED, detail="4000000"),
    )


def test_a_call_may_be_given_up_and_its_late_answer_passes_over() -> None:
    async def migrate(port: Port) -> None:
        for _ in range(2):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(300):
                    await port.party("DCO", "authorise")
        await port.party("DCO", "authorise")

    engine, turn = started(migrate)
    assert turn.wait_until_us == 300 * SECOND_US
    engine.turn(Woken(), 300 * SECOND_US)
    engine.turn(Answer(to=1, result={}), 301 * SECOND_US)
    engine.turn(Woken(), 600 * SECOND_US)
    engine.turn(Answer(to=99, error="UNKNOWN"), 600 * SECOND_US)
    engine.turn(TimedOut(to=99), 600 * SECOND_US)
    assert not engine.is_finished
    engine.turn(Answer(to=3, result={}), 601 * SECOND_US)
    assert engine.is_finished


def test_alerts_and_late_answers_come_unasked() -> None:
    seen: list[Alert] = []

    async def migrate(port: Port) -> None:
        with pytest.raises(NoAnswer):
            await port.send("hub", "00", 1)
        seen.extend([await port.next_alert(), await port.next_alert()])
        await port.journal({})
        port.outcome("home-1", EndState.UNRESOLVED, "+".join(port.take_unsolicited()))
        assert port.take_unsolicited() == ()

    engine, _ = started(migrate)
    engine.turn(Received(hub="hub", envelope="a1"), 1)
    engine.turn(TimedOut(to=1), 2)
    engine.turn(Received(hub="hub", envelope="a2", to=1), 3)
    engine.turn(Received(hub="hub", envelope="a3"), 4)
    turn = engine.turn(Answer(to=2), 5)

    assert seen == [Alert("hub", "a1"), Alert("hub", "a2", answers=1)]
    assert turn.actions == (
        ClaimOutcome(installation="home-1", end_state=EndState.UNRESOLVED, detail="a3"),
    )


def test_a_stop_request_can_be_asked_for_and_awaited() -> None:
    async def migrate(port: Port) -> None:
        assert (port.stop_requested, port.stop_reason) == (False, None)
        reason = await port.until_stopped()
        assert port.stop_requested
        assert reason == port.stop_reason == await port.until_stopped()
        port.outcome("home-1", EndState.ROLLED_BACK_INTACT, reason)

    engine, turn = started(migrate)
    assert turn == Turn()

    turn = engine.turn(Stop(reason="supplier"), 1)

    assert turn.actions[0] == ClaimOutcome(
        installation="home-1", end_state=EndState.ROLLED_BACK_INTACT, detail="supplier"
    )


def test_a_cancelled_wait_for_news_does_not_disturb_the_next() -> None:
    async def migrate(port: Port) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await port.next_alert()
        await port.until_stopped()

    engine, _ = started(migrate)
    engine.turn(Woken(), SECOND_US)
    engine.turn(Stop(reason="x"), SECOND_US)

    assert engine.is_finished


def test_a_recovered_engine_reads_its_journal() -> None:
    journals: list[object] = []

    async def migrate(port: Port) -> None:
        journals.append(port.recovered)

    started(migrate)
    AsyncEngine(migrate).turn(Recovered(authorisation=HOME, journal=({"step": "x"},)), 9)

    assert journals == [None, ({"step": "x"},)]


def test_an_engine_that_raises_is_shown_by_its_own_frames() -> None:
    async def deeper() -> None:
        await asyncio.sleep(0)
        raise KeyError("serial")

    async def migrate(_port: Port) -> None:
        await deeper()

    error = broken(migrate)

    assert error.reason is Breakage.RAISED
    assert str(error).startswith("KeyError: 'serial' [test_adapter.py:")
    assert "in migrate `await deeper()` > test_adapter.py:" in str(error)
    assert "adapter.py:" not in str(error).replace("test_adapter.py:", "")
    assert "/" not in str(error)


def test_every_error_of_a_group_is_shown_and_addresses_are_not() -> None:
    async def fail(text: object) -> None:
        raise ValueError(text)

    async def migrate(_port: Port) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail(object()))
            group.create_task(fail(""))

    text = str(broken(migrate))

    assert "2 errors: ValueError: <object object> [" in text
    assert "| ValueError [" in text


def test_a_background_task_that_fails_unseen_breaks_the_engine() -> None:
    async def fail() -> None:
        raise ValueError("unseen")

    async def migrate(port: Port) -> None:
        asyncio.create_task(fail())  # noqa: RUF006  (that is the point)
        await port.next_alert()

    assert "ValueError: unseen" in str(broken(migrate))


def test_a_background_task_that_is_left_running_ends_with_the_engine() -> None:
    ended: list[bool] = []

    async def wait() -> None:
        try:
            await asyncio.sleep(1_000)
        finally:
            ended.append(True)

    async def migrate(_port: Port) -> None:
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        assert not task.done()

    engine, turn = started(migrate)

    assert turn == Turn()
    assert (ended, engine.is_finished) == ([True], True)


@pytest.mark.parametrize("code", [0, 3])
def test_an_engine_that_exits_is_a_broken_engine(code: int) -> None:
    async def migrate(_port: Port) -> None:
        raise SystemExit(code)

    assert f"SystemExit: {code}" in str(broken(migrate))


def test_an_engine_that_cancels_itself_is_a_broken_engine() -> None:
    async def migrate(_port: Port) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(1)

    assert "CancelledError" in str(broken(migrate))


def test_an_engine_that_yields_for_ever_spins() -> None:
    async def migrate(_port: Port) -> None:
        while True:  # noqa: ASYNC110  (that is the point)
            await asyncio.sleep(0)

    error = broken(migrate)

    assert error.reason is Breakage.SPINS
    assert "100000 steps in one turn" in str(error)


def test_an_engine_that_never_yields_spins() -> None:
    async def migrate(_port: Port) -> None:
        while True:
            pass

    with pytest.raises(EngineError, match="in migrate") as caught, turn_limit(0.05):
        started(migrate)
    assert caught.value.reason is Breakage.SPINS


@pytest.mark.parametrize("swallows", [False, True])
def test_an_engine_that_floods_is_stopped(swallows: bool) -> None:
    async def migrate(port: Port) -> None:
        for _ in range(2_000):
            try:
                port.believe("gsme", KeyBelief.OLD, "")
            except EngineError:
                if not swallows:
                    raise

    if swallows:
        assert len(started(migrate)[1].actions) == 1_000
    else:
        assert broken(migrate).reason is Breakage.FLOODS


def test_what_is_no_json_is_refused_where_it_is_sent() -> None:
    async def migrate(port: Port) -> None:
        await port.party("DCO", "authorise", code=b"\x00")

    assert "bytes is not JSON serializable [test_adapter.py:" in str(broken(migrate))


def test_neither_side_can_change_what_the_other_holds() -> None:
    async def migrate(port: Port) -> None:
        entry: dict[str, Any] = {"list": [1]}
        writing = asyncio.create_task(port.journal(entry))
        await asyncio.sleep(0)
        entry["list"].append(2)
        await writing
        result = await port.party("DCO", "escrow")
        result["key"] = "changed"

    engine, turn = started(migrate)
    assert turn.actions == (WriteJournal(id=1, entry={"list": [1]}),)

    engine.turn(Answer(to=1), 1)
    result = {"key": "given"}
    engine.turn(Answer(to=2, result=result), 2)
    assert result == {"key": "given"}


def test_a_killed_engine_asks_for_nothing_more() -> None:
    async def migrate(port: Port) -> None:
        try:
            await port.next_alert()
        finally:
            port.outcome("home-1", EndState.UNRESOLVED)

    engine, _ = started(migrate)
    waiting = engine.describe_waiting()
    assert waiting[0].startswith("migrate waits in _migrate (adapter.py:")
    assert "> migrate (test_adapter.py:" in waiting[0]
    engine.kill()

    assert engine.describe_waiting() == ()
    assert engine.turn(Woken(), 1) == Turn()
    AsyncEngine(migrate).kill()


def test_a_broken_engine_stays_dead() -> None:
    async def migrate(_port: Port) -> None:
        raise ValueError

    engine = AsyncEngine(migrate)
    with pytest.raises(EngineError):
        engine.turn(STARTED, 0)

    assert engine.turn(Woken(), 1) == Turn()


def test_the_bench_is_held_to_the_contract_as_well() -> None:
    async def migrate(port: Port) -> None:
        await port.next_alert()

    with pytest.raises(HarnessError, match="`woken` before it was started"):
        AsyncEngine(migrate).turn(Woken(), 0)
    engine, _ = started(migrate)
    with pytest.raises(HarnessError, match="`started` a second time"):
        engine.turn(STARTED, 0)


def test_equal_events_give_equal_turns() -> None:
    async def migrate(port: Port) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(9):
                group.create_task(port.journal({"number": number}))
        port.outcome("home-1", EndState.COMMISSIONED)

    def story() -> str:
        engine, turn = started(migrate)
        turns = [turn]
        turns.extend(engine.turn(Answer(to=number), number) for number in range(1, 10))
        return json.dumps([turn.model_dump() for turn in turns])

    assert story() == story()
