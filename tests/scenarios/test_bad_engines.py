"""What an engine can do wrong at the port: a verdict with a name, never a traceback of ours."""

from collections.abc import Callable

import pytest
from tests.suite_cases import case_of

from hanbench.harness.engine import watchdog
from hanbench.harness.engine.adapter import AsyncEngine, Port
from hanbench.harness.engine.port import (
    Believe,
    CallParty,
    ClaimOutcome,
    EndState,
    Engine,
    EngineEvent,
    KeyBelief,
    Send,
    Turn,
    WriteJournal,
)
from hanbench.harness.engines import GuardedEngine
from hanbench.harness.running.run_case import run_with
from hanbench.harness.verdict import CaseResult, Verdict
from hanbench.protocol.sua import HAN_SUA_M1


class Answering:
    """An engine that answers its first event with this, and all others with nothing."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    def turn(self, event: EngineEvent, now_us: int) -> Turn:
        del event, now_us
        answer, self._answer = self._answer, Turn()
        return answer  # type: ignore[return-value]


class Repeating:
    """An engine that answers every event with this."""

    def __init__(self, answer: Turn) -> None:
        self._answer = answer

    def turn(self, event: EngineEvent, now_us: int) -> Turn:
        del event, now_us
        return self._answer


def result_of(make: Callable[[], Engine]) -> CaseResult:
    return run_with(case_of("clean-two-fuel"), make, HAN_SUA_M1).result


def broken(make: Callable[[], Engine]) -> str:
    result = result_of(make)
    assert result.verdict is Verdict.FAIL
    assert [finding.name for finding in result.findings] == ["engine-broke"]
    return result.findings[0].detail


PARTY = CallParty(id=1, party="SMSO", operation="communications_check")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("nonsense", "nonsense"),
        ({"actions": [{"type": "dance"}]}, "nonsense"),
        ({"actions": [{"type": "send", "id": 1, "hub": "hub"}]}, "envelope"),
        (Turn(actions=(PARTY, PARTY)), "action id 1"),
        (Turn(actions=(Send(id=1, hub="nowhere", envelope="00", timeout_us=1),)), "no hub"),
        (Turn(actions=(Send(id=1, hub="hub", envelope="xyz", timeout_us=1),)), "not hex"),
        (
            Turn(actions=(Believe(device="toaster", key=KeyBelief.OLD, evidence=""),)),
            "no meter here",
        ),
        (
            Turn(actions=(ClaimOutcome(installation="x", end_state=EndState.EXCLUDED),)),
            "not given to it",
        ),
        (
            Turn(actions=(ClaimOutcome(installation="home-1", end_state=EndState.EXCLUDED),) * 2),
            "twice",
        ),
        (Turn(actions=(WriteJournal(id=1, entry={}),) * 1_001), "floods"),
    ],
)
def test_a_turn_that_is_none_is_named(answer: object, says: str) -> None:
    assert says in broken(lambda: Answering(answer))


def test_an_engine_that_waits_for_nothing_is_named_with_what_it_waits_for() -> None:
    assert "nothing left can wake it" in broken(lambda: Answering(Turn()))


def test_an_engine_that_asks_to_be_woken_in_the_past_for_ever_spins() -> None:
    assert "spins" in broken(lambda: Repeating(Turn(wait_until_us=0)))


def test_code_that_never_yields_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog.TurnWatch.__init__, "__defaults__", (0.2,))

    async def migrate(port: Port) -> None:
        while port.now_us >= 0:
            pass

    assert "did not end its turn" in broken(lambda: AsyncEngine(migrate))


def test_an_engine_that_raises_is_named_with_what_it_raised() -> None:
    async def migrate(port: Port) -> None:
        raise ZeroDivisionError(port.authorisation.installation)

    assert "ZeroDivisionError: home-1" in broken(lambda: AsyncEngine(migrate))


def test_an_engine_object_that_raises_is_named_too() -> None:
    class Raising:
        def turn(self, event: EngineEvent, now_us: int) -> Turn:
            raise KeyError(event.type, now_us)

    assert "KeyError" in broken(lambda: GuardedEngine(Raising()))


def test_a_refusal_of_a_party_is_an_answer_and_not_the_end() -> None:
    said: list[str] = []

    async def migrate(port: Port) -> None:
        for party, operation in (("NOBODY", "x"), ("DCO", "dance")):
            try:
                await port.party(party, operation)
            except Exception as error:  # noqa: BLE001  (whatever it is, it is looked at)
                said.append(str(error))
        port.outcome(port.authorisation.installation, EndState.ROLLED_BACK_INTACT)

    result = result_of(lambda: AsyncEngine(migrate))

    assert [finding.name for finding in result.findings] == [
        "supplier-not-told",
        "end-state",
        *["expectation"] * 4,
    ]
    assert "no party 'NOBODY'" in said[0]
    assert "dance" in said[1]


def test_garbage_on_the_wan_is_swallowed_and_times_out() -> None:
    heard: list[str] = []

    async def migrate(port: Port) -> None:
        try:
            await port.send("hub", "0011", 1_000_000)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is looked at)
            heard.append(type(error).__name__)
        port.outcome(port.authorisation.installation, EndState.ROLLED_BACK_INTACT)

    result_of(lambda: AsyncEngine(migrate))

    assert heard == ["NoAnswer"]
