"""Calls to parties that are away: patience with an end, and none where it cures nothing."""

import pytest
from tests.suite_cases import case_of, changed, driven

from hanbench.emulator.instant import SECOND_US
from hanbench.harness.engine.adapter import AsyncEngine, PartyRefused, Port
from hanbench.harness.engine.port import EndState
from hanbench.harness.engine.reference.parties import (
    ANSWER_WITHIN_S,
    PAUSE_S,
    TRIES,
    PartyGoneError,
    call,
)
from hanbench.harness.events import OutcomeClaimed
from hanbench.harness.files.scenario_faults import FailFault, NeverFault, UnavailableFault

CLEAN = case_of("clean-two-fuel")
POINT = "home-1/party/SMSO/communications_check"
LATENCY_US = 120_000


def fails(number: int, error: str = "UNAVAILABLE") -> FailFault:
    return FailFault.model_validate({"at": f"{POINT}#{number}", "does": "fail", "error": error})


def never(number: int) -> NeverFault:
    return NeverFault.model_validate({"at": f"{POINT}#{number}", "does": "never"})


def called(*faults: object) -> tuple[str, int]:
    """Return how the call ended, and when."""

    async def migrate(port: Port) -> None:
        said = "answered"
        try:
            await call(port, "SMSO", "communications_check", {"installation": "home-1"})
        except PartyRefused as refusal:
            said = refusal.code
        except PartyGoneError as gone:
            said = str(gone)
        port.outcome("home-1", EndState.UNRESOLVED, said)

    world, _, _ = driven(changed(CLEAN, faults=faults), lambda: AsyncEngine(migrate))
    claimed = next(e for e in world.trace.events if isinstance(e, OutcomeClaimed))
    return claimed.detail, claimed.at


def test_a_party_that_is_there_answers_at_once() -> None:
    assert called() == ("answered", LATENCY_US)


def test_an_outage_is_waited_out() -> None:
    assert called(fails(1), fails(2)) == (
        "answered",
        2 * PAUSE_S * SECOND_US + 3 * LATENCY_US,
    )


def test_a_call_that_is_never_answered_is_made_again() -> None:
    assert called(never(1)) == ("answered", (ANSWER_WITHIN_S + PAUSE_S) * SECOND_US + LATENCY_US)


@pytest.mark.parametrize("error", ["REFUSED", "BAD_REQUEST"])
def test_an_error_that_waiting_does_not_cure_is_not_waited_out(error: str) -> None:
    assert called(fails(1, error)) == (error, LATENCY_US)


def test_patience_has_an_end_and_says_so() -> None:
    away = UnavailableFault.model_validate(
        {"from": "0s", "until": "30d", "does": "unavailable", "party": "SMSO"}
    )

    said, at = called(away)

    assert said == f"SMSO did not answer communications_check in {TRIES} tries"
    assert at == (TRIES - 1) * PAUSE_S * SECOND_US + TRIES * LATENCY_US
