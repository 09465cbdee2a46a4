"""An alert that a meter does not raise is found where no step of the scenario looks for it."""

import dataclasses
from collections.abc import Callable

import pytest
from tests.ablations import alert_breaks
from tests.ablations.breaks import case
from tests.ablations.vending_breaks import hub_never_says, never_notes
from tests.suite_cases import world_of

from hanbench.emulator.events import (
    AlertRaised,
    EnvelopeDropped,
    InstructionJudged,
    LogWritten,
)
from hanbench.emulator.instant import HOUR_US, SECOND_US, Instant
from hanbench.emulator.meters import prepayment
from hanbench.emulator.meters.at_the_meter import Happening
from hanbench.emulator.meters.logs import MeterLogs
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference import migrate
from hanbench.harness.files.han_steps import PowerOff, PowerOn
from hanbench.harness.files.scenario_meter import AtTheMeter, CheckLog, Instruct
from hanbench.harness.files.scenario_process import CheckSupply
from hanbench.harness.judging import alert_table as table
from hanbench.harness.judging import alert_truth
from hanbench.harness.judging.outages import Outages
from hanbench.harness.running.run_case import run_with
from hanbench.harness.steps.taken_step import TakenStep
from hanbench.harness.verdict import CaseResult
from hanbench.protocol.sua import HAN_SUA_M1

FOUND_IN = {
    "8F51": "rules/code-bought-in-time-typed-late",
    "8F63": "rules/codes-that-are-refused",
    "8F64": "rules/codes-that-are-refused",
    "8F5B": "rules/codes-that-are-refused",
    "810E": "rules/codes-of-two-issuers",
    "8F0F": "rules/gas-runs-out-unresolved",
    "8F32": "rules/gas-runs-out-unresolved",
    "8F01": "rules/load-limit-and-outage",
    "8F33": "rules/load-limit-and-outage",
    "8F34": "rules/supply-restored-by-itself",
    "8F35": "rules/short-and-long-outage",
    "8F1D": "secure/power-cut-after-commit",
    "8168": "rules/emergency-credit-is-used-up",
    "8F3D": "secure/wrong-versions-lock-nobody-out",
    "8F60": "secure/replayed-code-keeps-failure-count",
    "81C5": "secure/locked-out-during-rotation",
    "8F47": "rules/codes-that-are-refused",
    "8F70": "secure/clean-two-fuel",
    "8183": "rules/a-meter-that-joins-says-so",
    "8F36": "rules/short-and-long-outage",
    "8F57": "rules/short-and-long-outage",
    "81C4": "rules/keypad-locked",
    "8F52": "rules/logs-cleared-by-an-engineer",
    "8F53": "rules/instruction-to-a-meter-without-a-key",
    "8F3E": "rules/attacks-leave-traces",
    "8F1F": "rules/gas-valve-and-battery",
    "8F12": "rules/third-party-display-added",
    "819D": "rules/not-fetched-in-time",
    **dict.fromkeys(("810D", "8119", "81AA", "81AB"), "rules/emergency-credit-is-used-up"),
    **dict.fromkeys(("8145", "81C6"), "rules/a-clock-is-set"),
    **dict.fromkeys(("81BF", "81BD", "81C0", "8184"), "rules/gas-valve-and-battery"),
    **dict.fromkeys(alert_breaks.TAMPERING, "rules/a-meter-is-tampered-with"),
}
OF_THE_HUB = ("8F12", "819D")


def offers_no_emergency_credit(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(prepayment, "_offer_emergency", lambda account, _rules: (account, ()))


def run_without_looking(name: str) -> CaseResult:
    """Run a case without the steps that look for a code."""
    whole = case(name)
    steps = tuple(it for it in whole.scenario.steps if not isinstance(it, CheckLog))
    scenario = whole.scenario.model_copy(update={"steps": steps})
    blind = dataclasses.replace(whole, scenario=scenario)
    return run_with(blind, lambda: AsyncEngine(migrate), HAN_SUA_M1).result


@pytest.mark.parametrize("code", FOUND_IN)
def test_a_code_that_is_left_out_is_found_by_its_clause(
    monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    leave_out = hub_never_says(int(code, 16)) if code in OF_THE_HUB else never_notes(code)
    leave_out(monkeypatch)
    missing = [one for one in run_without_looking(FOUND_IN[code]).findings if one.by == "device"]

    assert {one.name for one in missing} == {"alert-missing"}
    assert code in missing[0].detail
    assert {one.clause for one in missing} == {f"alert/{code}"}


@pytest.mark.parametrize(
    ("clause", "leave_out", "variant"),
    [
        ("alert/8F1E", alert_breaks.hub_drops_in_silence, ""),
        ("alert/8F3D-hub", hub_never_says(0x8F3D), "[an-octet-changed]"),
    ],
)
def test_a_hub_that_says_nothing_of_what_it_cannot_read_or_trust_is_found(
    monkeypatch: pytest.MonkeyPatch, clause: str, leave_out: Callable[..., None], variant: str
) -> None:
    name = f"rules/octets-that-are-no-envelope{variant}"
    assert run_without_looking(name).is_as_expected

    leave_out(monkeypatch)
    (found,) = run_without_looking(name).findings

    assert (found.name, found.device, found.clause) == ("alert-missing", "hub", clause)


@pytest.mark.parametrize(
    ("break_it", "where", "clauses"),
    [
        (alert_breaks.sets_any_clock, "a-clock-is-set", {"alert/81C6", "alert/8145"}),
        (alert_breaks.opens_gas_without_a_test, "gas-valve-and-battery", {"alert/81BF"}),
        (
            alert_breaks.a_stuck_switch_is_thought_to_move,
            "gas-valve-and-battery",
            {"alert/81BD", "alert/81C0"},
        ),
        (offers_no_emergency_credit, "emergency-credit-is-used-up", {"alert/8119"}),
    ],
)
def test_what_befell_a_meter_is_told_by_its_deeds_and_not_by_what_it_noted(
    monkeypatch: pytest.MonkeyPatch,
    break_it: Callable[..., None],
    where: str,
    clauses: set[str],
) -> None:
    break_it(monkeypatch)
    found = run_without_looking(f"rules/{where}").findings

    assert clauses <= {one.clause for one in found if one.name == "alert-missing"}


def test_a_valve_that_sticks_again_once_it_was_free_is_told_of_again() -> None:
    whole = case("rules/gas-valve-and-battery")
    steps = [it for it in whole.scenario.steps if not isinstance(it, CheckLog | CheckSupply)]
    last = max(it.delay_us for it in steps)
    off = next(it for it in steps if isinstance(it, Instruct))
    again = [
        valve(Happening.VALVE_FREED, last + HOUR_US),
        valve(Happening.VALVE_STUCK, last + 3 * HOUR_US),
        off.model_copy(update={"delay_us": last + 4 * HOUR_US}),
        off.model_copy(update={"delay_us": last + 6 * HOUR_US}),
    ]
    scenario = whole.scenario.model_copy(update={"steps": (*steps, *again)})
    result = run_with(
        dataclasses.replace(whole, scenario=scenario), lambda: AsyncEngine(migrate), HAN_SUA_M1
    )

    assert not {"alert-missing", "alert-undue"} & {one.name for one in result.result.findings}
    told = [it.at for it in result.trace if isinstance(it, AlertRaised) and it.code == "81C0"]
    assert len(told) == 2, "the first vain move of each time is told"


def valve(what: Happening, delay_us: int) -> AtTheMeter:
    said = {"after": "outcome", "do": "at-the-meter", "device": "gsme", "what": what}
    return AtTheMeter.model_validate(said).model_copy(update={"delay_us": delay_us})


def test_an_envelope_that_is_dropped_in_silence_is_found() -> None:
    """No scenario's envelope gets past the hub with a wrong MAC: the event is put in by hand."""
    world = world_of(case("secure/clean-two-fuel"))
    world.trace.append(EnvelopeDropped(Instant(5), world.installation, "esme", b""))
    (found,) = alert_truth.judge_alerts(world)
    assert (found.clause, found.at_us, found.device) == ("alert/8F3E", 5, "esme")

    world.trace.append(LogWritten(Instant(5), world.installation, "esme", "security", "8F3E", ""))
    assert alert_truth.judge_alerts(world) == []


@pytest.mark.parametrize("scenario", sorted(dict.fromkeys(FOUND_IN.values())))
def test_without_a_break_nothing_is_missing(scenario: str) -> None:
    found = run_without_looking(scenario).findings

    assert not {"alert-missing", "alert-undue"} & {one.name for one in found}


def test_every_code_that_is_judged_has_been_left_out_once() -> None:
    judged = {code for due in table.OF_A_CODE.values() for code in due}
    judged |= {*table.OF_AN_INSTRUCTION.values(), *table.OF_A_RESTART.values()}
    judged |= table.NEVER_WITHOUT_CAUSE

    # No scenario gets a malformed Instruction past the transport MAC; a hub's is left out above.
    assert judged - FOUND_IN.keys() == {"8F1E"}


@pytest.mark.parametrize("outcome", table.OF_AN_INSTRUCTION)
def test_each_refusal_of_an_instruction_is_to_be_told(outcome: str) -> None:
    world = world_of(case("secure/clean-two-fuel"))
    refused = InstructionJudged(
        Instant(5), world.installation, "gsme", 1, "no-op", "00", outcome, 1, 1, executed=False
    )
    world.trace.append(refused)
    (found,) = alert_truth.judge_alerts(world)

    assert found.clause == f"alert/{table.OF_AN_INSTRUCTION[outcome]}"


def swaps(one: str, other: str, patch: pytest.MonkeyPatch) -> None:
    note = MeterLogs.note
    exchanged = {one: other, other: one}

    def swapped(self: MeterLogs, code: str, now: Instant, detail: str = "") -> None:
        note(self, exchanged.get(code, code), now, detail)

    patch.setattr(MeterLogs, "note", swapped)


def test_a_limit_of_one_top_up_is_told_from_that_of_the_balance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    swaps("8F5B", "8F47", monkeypatch)
    found = run_without_looking("rules/codes-that-are-refused").findings

    assert {(one.name, one.device, one.clause) for one in found} == {
        ("alert-missing", "gsme", "alert/8F5B"),
        ("alert-undue", "gsme", "alert/8F47"),
        ("alert-missing", "esme", "alert/8F47"),
        ("alert-undue", "esme", "alert/8F5B"),
    }


def test_an_outage_of_two_minutes_that_is_told_as_a_long_one_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alert_breaks.every_outage_is_long(monkeypatch)
    (found,) = run_without_looking("rules/short-and-long-outage").findings

    assert (found.name, found.clause, found.by) == ("alert-undue", "alert/8F36", "device")


@pytest.mark.parametrize("code", sorted(table.NEVER_WITHOUT_CAUSE))
def test_a_code_without_a_cause_is_found(code: str) -> None:
    world = world_of(case("secure/clean-two-fuel"))
    name = "hub" if code in OF_THE_HUB else "gsme"
    world.trace.append(AlertRaised(Instant(5), world.installation, name, code, ""))
    (found,) = alert_truth.judge_alerts(world)

    assert (found.name, found.clause, found.device) == ("alert-undue", f"alert/{code}", name)


def test_what_befell_a_meter_without_power_is_not_asked_of_it() -> None:
    whole = case("rules/short-and-long-outage")
    said = {"at": "5h", "do": "at-the-meter", "device": "esme", "what": Happening.TILTED}
    tilted = AtTheMeter.model_validate(said)
    steps = (
        switched(4 * HOUR_US, "off"),
        tilted,
        switched(6 * HOUR_US, "on"),
        tilted.model_copy(update={"at_us": 7 * HOUR_US}),
    )
    dark = dataclasses.replace(whole, scenario=whole.scenario.model_copy(update={"steps": steps}))
    result = run_with(dark, lambda: AsyncEngine(migrate), HAN_SUA_M1)

    assert result.result.findings == ()
    noted = [it.at for it in result.trace if isinstance(it, AlertRaised) and it.code == "81C2"]
    assert noted == [7 * HOUR_US]


def test_an_outage_counts_from_its_start_and_is_told_once_the_meter_has_booted() -> None:
    outages = Outages(taken((1, "off"), (2, "off"), (4, "on"), (5, "on")))
    boot_us = 2 * SECOND_US

    dark = [at for at in range(8) if outages.is_dark("esme", Instant(at * SECOND_US), boot_us)]

    assert dark == [1, 2, 3, 4, 5]
    assert list(outages.told_of("esme", boot_us, Instant(99 * SECOND_US))) == [
        (6 * SECOND_US, 3 * SECOND_US)
    ]
    assert list(outages.told_of("esme", boot_us, Instant(5 * SECOND_US))) == []
    assert list(outages.told_of("gsme", boot_us, Instant(99 * SECOND_US))) == []


def test_an_outage_that_ends_in_the_next_one_is_told_by_nobody() -> None:
    outages = Outages(taken((1, "off"), (4, "on"), (5, "off"), (9, "on")))

    told = list(outages.told_of("esme", 2 * SECOND_US, Instant(99 * SECOND_US)))

    assert told == [(11 * SECOND_US, 4 * SECOND_US)]


def taken(*switches: tuple[int, str]) -> list[TakenStep]:
    return [
        TakenStep(switched(at * SECOND_US, way), at=Instant(at * SECOND_US)) for at, way in switches
    ]


def switched(at_us: int, way: str) -> PowerOff | PowerOn:
    kind = PowerOff if way == "off" else PowerOn
    return kind.model_validate({"at": f"{at_us}us", "do": f"power-{way}", "device": "esme"})
