"""An alert that a meter does not raise is found where no step of the scenario looks for it."""

import dataclasses

import pytest
from tests.ablations.breaks import case
from tests.ablations.vending_breaks import never_notes
from tests.suite_cases import world_of

from hanbench.emulator.events import EnvelopeDropped, LogWritten
from hanbench.emulator.instant import Instant
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference import migrate
from hanbench.harness.files.scenario_meter import CheckLog
from hanbench.harness.judging import alert_truth
from hanbench.harness.running.run_case import run_with
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
}


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
    never_notes(code)(monkeypatch)
    missing = [one for one in run_without_looking(FOUND_IN[code]).findings if one.by == "device"]

    assert {one.name for one in missing} == {"alert-missing"}
    assert code in missing[0].detail
    assert {one.clause for one in missing} == {f"alert/{code}"}


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

    assert "alert-missing" not in {one.name for one in found}


def test_every_code_that_is_judged_has_been_left_out_once() -> None:
    judged = {code for due in alert_truth.OF_A_CODE.values() for code in due}
    judged |= {*alert_truth.OF_AN_INSTRUCTION.values(), *alert_truth.OF_A_RESTART.values()}

    # One of the two that Account High has; the clause is that of the other.
    assert judged - FOUND_IN.keys() == {"8F47"}
