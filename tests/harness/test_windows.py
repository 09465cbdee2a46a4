"""Windows that begin where a point is passed: steady traffic that is lost, a party, a clock."""

import pytest
from pydantic import ValidationError
from tests.suite_cases import case_of

from hanbench.emulator.events import FrameSent, PartyCalled
from hanbench.emulator.instant import MINUTE_US, SECOND_US, Instant
from hanbench.harness.files.scenario_faults import (
    ClockSkewFault,
    FaultEntry,
    LockOutFault,
    SilenceFault,
    UnavailableFault,
)
from hanbench.harness.running.case import Case
from hanbench.harness.running.run_case import run_case
from hanbench.harness.verdict import CaseRun, Verdict
from hanbench.harness.world import World

STATUS = "home-1/esme/read-sua-status#1/try#1/request/wan"
ROTATE = "home-1/gsme/rotate-sua-key#1/try#1/request/wan"
CLEAN = case_of("clean-two-fuel", "")


def with_faults(case: Case, *entries: FaultEntry) -> CaseRun:
    for number, entry in enumerate(entries):
        case = case.with_fault(str(number), entry)
    return run_case(case)


def reports_of_esme(run: CaseRun) -> list[tuple[Instant, str]]:
    return [
        (event.at, event.fate)
        for event in run.trace
        if isinstance(event, FrameSent) and event.sender == "esme" and event.frame_kind == "report"
    ]


def test_steady_traffic_is_lost_from_a_point_on_for_as_long_as_is_said_and_no_instruction_with_it():
    silence = {"does": "silence", "of": "esme", "at": STATUS, "for": "20min"}
    case = case_of("clean-two-fuel", "full-traffic")

    run = with_faults(case, SilenceFault.model_validate(silence))

    lost = [at for at, fate in reports_of_esme(run) if fate == "lost"]
    delivered = [at for at, fate in reports_of_esme(run) if fate == "delivered"]
    assert lost
    assert max(lost) - min(lost) < 20 * MINUTE_US
    assert max(lost) - min(lost) > 19 * MINUTE_US
    assert not [at for at in delivered if min(lost) < at < max(lost)]
    assert [at for at in delivered if at > max(lost)]
    assert run.result.faults_fired == 1
    assert run.result.verdict is Verdict.PASS
    assert run.result.claimed == "commissioned"


def test_a_meter_whose_polls_are_lost_answers_when_they_are_heard_again():
    silence = {"does": "silence", "of": "gsme", "at": ROTATE, "for": "2h"}

    run = with_faults(CLEAN, SilenceFault.model_validate(silence))

    assert run.result.claimed == "commissioned"
    assert run.result.virtual_us > 2 * 60 * MINUTE_US > run_case(CLEAN).result.virtual_us


def test_a_silence_of_old_from_an_instant_until_another_still_is_one():
    silence = {"does": "silence", "of": "esme", "from": "1min", "until": "3min"}
    case = case_of("clean-two-fuel", "full-traffic")

    run = with_faults(case, SilenceFault.model_validate(silence))

    lost = [at for at, fate in reports_of_esme(run) if fate == "lost"]
    assert min(lost) >= 60 * SECOND_US
    assert max(lost) < 180 * SECOND_US
    assert run.result.faults_fired == 1


def test_a_party_is_away_from_one_call_on():
    at = "home-1/party/DCO/escrow_successor/gsme#1"
    away = {"does": "unavailable", "party": "DCO", "at": at, "for": "2h"}

    run = with_faults(CLEAN, UnavailableFault.model_validate(away))

    calls = [one for one in run.trace if isinstance(one, PartyCalled) and one.party == "DCO"]
    refused = [one.at for one in calls if "UNAVAILABLE" in one.result]
    assert calls[0].at < refused[0]
    assert refused[-1] - refused[0] <= 120 * MINUTE_US
    assert calls[-1].at > refused[-1]
    assert run.result.claimed == "commissioned"


def test_a_clock_that_runs_fast_ends_a_lock_out_sooner_and_one_that_runs_slow_later():
    def locked_until_s(*when: str) -> list[int]:
        case = CLEAN.with_fault("l", LockOutFault(does="lock-out", of="gsme", at=ROTATE))
        for one in when:
            says = {"does": "clock-skew", "of": "gsme", "at": ROTATE, "when": one, "by": "4h"}
            case = case.with_fault("s", ClockSkewFault.model_validate(says))
        seen: list[int] = []

        def look(world: World) -> None:
            meter = world.home.meters["gsme"]

            def note(_: Instant) -> None:
                seen.append(meter.truth.locked_until // SECOND_US)

            for at_s in (3_600, 6_000):
                world.agenda.at(Instant(at_s * SECOND_US), note)

        run_case(case, look)
        return seen

    as_set, before_an_hour = locked_until_s()[1], locked_until_s("ahead")[0]
    assert before_an_hour == as_set
    assert locked_until_s("ahead")[1] == as_set - 600, "four hours a day are ten minutes an hour"
    assert locked_until_s("back")[1] == as_set + 600


@pytest.mark.parametrize(
    ("kind", "says", "expected"),
    [
        (
            SilenceFault,
            {"at": STATUS, "from": "1min"},
            "begins either `at` a fault point or `from`",
        ),
        (SilenceFault, {"at": STATUS, "until": "1min"}, "ends with `for`, not `until`"),
        (SilenceFault, {"for": "1min"}, "ends with `until`, not `for`"),
        (UnavailableFault, {"at": "home-1/party/SMSO/devices#1"}, "is no call to DCO"),
    ],
)
def test_a_window_that_begins_or_ends_twice_is_refused(kind, says, expected):
    does = "silence" if kind is SilenceFault else "unavailable"
    whose = {"of": "esme"} if kind is SilenceFault else {"party": "DCO"}

    with pytest.raises(ValidationError, match=expected):
        kind.model_validate({"does": does, **whose, **says})
