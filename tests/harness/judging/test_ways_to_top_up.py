"""Whoever leaves a prepayment customer without a way to top up is named."""

import dataclasses

import pytest
from tests.suite_cases import case_of, driven, world_of

from hanbench.emulator.parties.s1sp import S1sp
from hanbench.emulator.parties.smso import Smso
from hanbench.emulator.parties.utrn_period import CUT_OVER, Phase, SmsoRoute
from hanbench.harness.judging.top_up_watch import judge_top_ups
from hanbench.harness.judging.ways_to_top_up import PERIOD_US, WaysToTopUp
from hanbench.harness.world import World
from hanbench.protocol import utrn
from hanbench.protocol.answer import UtrnResult
from hanbench.protocol.utrn import SEQUENCE_MAX, NativeCode, NativeType

CLEAN = case_of("clean-two-fuel")
CUT_OFF = case_of("no-arrangement-cuts-the-customer-off")
TORN = case_of("power-cut-torn-commit")


@pytest.fixture
def migrated() -> World:
    return driven(CLEAN)[0]


def after_the_period(world: World) -> World:
    world.agenda.now += PERIOD_US + 1  # type: ignore[assignment]
    return world


def blamed(world: World) -> dict[str, str]:
    return {finding.device: finding.by for finding in judge_top_ups(world)}


def test_a_customer_has_a_way_before_in_and_after_the_period() -> None:
    assert blamed(world_of(CLEAN)) == {}
    world = driven(CLEAN)[0]
    assert blamed(world) == {}
    assert blamed(after_the_period(world)) == {}


def test_a_verdict_on_a_next_code_ends_with_the_memory_that_it_was_made_from(
    migrated: World,
) -> None:
    """Both issuers' next codes are found good, then typed, as if they had been sold twice."""
    parties, meter = migrated.organisations, migrated.home.meters["esme"]
    ways = WaysToTopUp(migrated.installation, parties, migrated.home, migrated.medium, migrated.han)
    assert ways.cut_off("esme", migrated.now) is None

    for issuer in (parties.smso, parties.s1sp):
        code = issuer.next_code(migrated.installation, "esme")
        assert isinstance(code, str)
        assert meter.enter_code(code, "keypad", migrated.now).result is UtrnResult.ACCEPTED
    found = ways.cut_off("esme", migrated.now)

    assert found is not None
    assert "holds the SMSO's next code for spent" in found.why


def test_a_supplier_without_an_arrangement_is_named() -> None:
    assert blamed(driven(CUT_OFF)[0]) == {"esme": "SUPPLIER", "gsme": "SUPPLIER"}


def test_an_smso_that_drops_those_it_has_an_arrangement_for_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = driven(TORN)[0]
    assert blamed(world) == {}
    over = dataclasses.replace(CUT_OVER[Phase.ROLLED_BACK], smso=SmsoRoute.OVER)
    monkeypatch.setitem(CUT_OVER, Phase.ROLLED_BACK, over)

    found = judge_top_ups(world)

    assert {finding.by for finding in found} == {"SMSO"}
    assert "which is open by the table" in found[0].detail


def test_an_s1sp_that_keeps_its_route_shut_is_named_when_the_other_is_over(
    migrated: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(S1sp, "can_vend", lambda *_: False)
    assert blamed(migrated) == {}
    monkeypatch.setattr(type(migrated), "now", property(lambda self: self.agenda.now + PERIOD_US))

    assert blamed(migrated) == {"esme": "S1SP", "gsme": "S1SP"}


def test_an_issuer_whose_codes_the_meter_would_refuse_is_named(
    migrated: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Smso, "can_vend", lambda *_: False)
    meter = migrated.home.meters["gsme"]
    monkeypatch.setattr(S1sp, "next_code", lambda *_: "00000000000000000001")
    assert blamed(migrated) == {"esme": "SMSO", "gsme": "SMSO"}
    code = utrn.issue(meter.core.entry.vend_key, meter.eui64, NativeCode(NativeType.VEND_ADD, 1, 1))
    monkeypatch.setattr(S1sp, "next_code", lambda *_: code)
    assert meter.enter_code(code, "wan", migrated.now).result is UtrnResult.ACCEPTED

    found = {finding.device: finding.detail for finding in judge_top_ups(migrated)}

    assert "gsme holds the S1SP's next code for spent" in found["gsme"]
    assert "esme would refuse the S1SP's next code: incorrect" in found["esme"]


def test_looking_for_a_way_vends_nothing(migrated: World) -> None:
    smso = migrated.organisations.smso
    before = smso.last_sequence("home-1", "gsme"), smso.next_code("home-1", "gsme")

    judge_top_ups(migrated)

    assert (smso.last_sequence("home-1", "gsme"), smso.next_code("home-1", "gsme")) == before
    assert before[0] < SEQUENCE_MAX


def test_who_is_dark_or_on_credit_is_owed_no_code() -> None:
    world = driven(CUT_OFF)[0]
    world.runner.power_off("home-1", "gsme")
    judge_top_ups(world)

    assert [span.device for span in world.top_ups.spans if span.until is None] == ["esme"]
    assert {span.device: span.until for span in world.top_ups.spans}["gsme"] == world.now
