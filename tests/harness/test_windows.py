"""Windows that begin where a point is passed: steady traffic that is lost, a party, a clock."""

import pytest
from pydantic import ValidationError
from tests.suite_cases import case_of

from hanbench.emulator.events import FrameSent, MirrorChanged, PartyCalled
from hanbench.emulator.instant import HOUR_US, MINUTE_US, SECOND_US, Instant
from hanbench.harness.files.scenario_faults import (
    ClockJumpFault,
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

            for at_s in (2_000, 6_000):
                world.agenda.at(Instant(at_s * SECOND_US), note)

        run_case(case, look)
        return seen

    as_set, at_first = locked_until_s()[1], locked_until_s("ahead")[0]
    assert at_first == as_set
    # Four hours a day are 100 s in ten minutes, of which six have passed since the skew began.
    assert locked_until_s("ahead")[1] == as_set - 600
    assert locked_until_s("back")[1] == as_set + 600


@pytest.mark.parametrize(("when", "by_s"), [("ahead", 26 * 3_600), ("back", -26 * 3_600)])
def test_a_clock_that_jumps_is_what_its_meter_shows(when: str, by_s: int):
    says = {"does": "clock-jump", "of": "gsme", "at": ROTATE, "when": when, "by": "26h"}
    shown: list[int] = []

    def look(world: World) -> None:
        clock = world.home.meters["gsme"].core.clock
        at = Instant(1_820 * SECOND_US)
        world.agenda.at(at, lambda now: shown.append(clock.utc_s(now)))

    run_case(CLEAN, look)
    run_case(CLEAN.with_fault("j", ClockJumpFault.model_validate(says)), look)

    assert shown[1] - shown[0] == by_s


def test_what_waits_in_the_mirror_goes_when_the_hubs_clock_says_so():
    case = case_of("rotation-response-lost-comms-gone", "")

    def gone_at(when: str) -> Instant:
        at = "home-1/hub/cancel-buffered#1/try#1/request/wan"
        says = {"does": "clock-skew", "of": "hub", "at": at, "when": when, "by": "4h"}
        run = run_case(case.with_fault("s", ClockSkewFault.model_validate(says)))
        return expiries(run)[-1]

    by_the_true_clock = expiries(run_case(case))[-1]
    # In its 24 h a clock that gains 4 h a day has gained some 3 h and a half, one that loses 5.
    assert 3 * HOUR_US < by_the_true_clock - gone_at("ahead") < 4 * HOUR_US
    assert 4 * HOUR_US < gone_at("back") - by_the_true_clock < 5 * HOUR_US


def expiries(run: CaseRun) -> list[Instant]:
    return [
        event.at
        for event in run.trace
        if isinstance(event, MirrorChanged) and event.change == "expired"
    ]


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
