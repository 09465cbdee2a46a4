"""From what is proved of each meter to the claim, and never a claim beyond the proof."""

import json

import pytest
from tests.prepared_engine import of_kind, prepared
from tests.suite_cases import case_of, changed, driven

from hanbench.emulator.events import PartyCalled
from hanbench.harness.engine.adapter import AsyncEngine, Port
from hanbench.harness.engine.reference.belief import Belief, KeyName
from hanbench.harness.engine.reference.outcome import conclude
from hanbench.harness.engine.reference.rotation import rotate
from hanbench.harness.events import Believed, Journalled, OutcomeClaimed
from hanbench.harness.files.scenario_faults import FailFault, UnavailableFault
from hanbench.harness.running.case import Case
from hanbench.harness.world import World

CLEAN = case_of("clean-two-fuel")
OLD, NEW = KeyName(1, "aaaaaa"), KeyName(2, "bbbbbb")
BELIEFS = {
    "none": None,
    "OLD": Belief(OLD),
    "UNKNOWN": Belief(OLD).rotation_sent(NEW, 5),
    "NEW": Belief(OLD).rotation_sent(NEW, 5).answered_under(NEW),
}


def concluded(
    esme: str = "OLD", gsme: str = "OLD", *, refusal: str = "", case: Case = CLEAN
) -> World:
    """Return the world after an engine with these beliefs has drawn its conclusion."""

    async def migrate(port: Port) -> None:
        work = await prepared(port)
        work.memory.is_started = True
        work.memory.refusal = refusal
        work.memory.meters["esme"].belief = BELIEFS[esme]
        work.memory.meters["gsme"].belief = BELIEFS[gsme]
        await conclude(work)

    world, _, _ = driven(case, lambda: AsyncEngine(migrate))
    assert world.session.broke is None, str(world.session.broke)
    return world


def claim(world: World) -> tuple[str, str]:
    (claimed,) = of_kind(world, OutcomeClaimed)
    return claimed.end_state, claimed.detail


def notified(world: World) -> dict[str, str]:
    (told,) = [e for e in of_kind(world, PartyCalled) if e.operation == "notify"]
    return dict(json.loads(told.arguments))


def fails(party: str, operation: str) -> FailFault:
    return FailFault.model_validate(
        {"at": f"home-1/party/{party}/{operation}#1", "does": "fail", "error": "REFUSED"}
    )


@pytest.mark.parametrize(
    ("esme", "gsme", "refusal", "end_state"),
    [
        ("OLD", "OLD", "", "rolled-back-sua-intact"),
        ("none", "none", "", "rolled-back-sua-intact"),
        ("OLD", "UNKNOWN", "", "rolled-back-limited"),
        ("UNKNOWN", "OLD", "", "unresolved"),
        ("UNKNOWN", "UNKNOWN", "", "unresolved"),
        ("OLD", "NEW", "", "unresolved"),
        ("UNKNOWN", "NEW", "", "unresolved"),
        ("OLD", "OLD", "excluded: gsme: MISSING_MASTER_KEY", "excluded"),
        ("OLD", "UNKNOWN", "excluded: gsme: MISSING_MASTER_KEY", "rolled-back-limited"),
    ],
)
def test_a_claim_says_what_the_beliefs_allow(
    esme: str, gsme: str, refusal: str, end_state: str
) -> None:
    assert claim(concluded(esme, gsme, refusal=refusal))[0] == end_state


def rotated(*devices: str, case: Case = CLEAN) -> World:
    """Return the world after an engine has moved these meters, and concluded."""

    async def migrate(port: Port) -> None:
        work = await prepared(port)
        work.memory.is_started = True
        for device in devices:
            await rotate(work, work.meter(device))
        await conclude(work)

    world, _, _ = driven(case, lambda: AsyncEngine(migrate))
    assert world.session.broke is None, str(world.session.broke)
    return world


def test_both_meters_moved_is_commissioned_and_each_is_checked_first() -> None:
    world = rotated("gsme", "esme")

    assert claim(world)[0] == "commissioned"
    assert {meter.is_held_by_dco for meter in world.truth.ends(world.organisations.dco)} == {True}


def test_the_electricity_meter_alone_is_electricity_only() -> None:
    world = rotated("esme")

    assert claim(world)[0] == "commissioned-electricity-only"
    assert world.truth.of("gsme") == "OLD"


def test_gas_alone_is_never_commissioned_and_never_rolled_back() -> None:
    world = rotated("gsme")

    assert claim(world)[0] == "unresolved"
    assert "roll_back" not in [event.operation for event in of_kind(world, PartyCalled)]


def test_a_commissioning_that_fails_is_unresolved() -> None:
    case = changed(CLEAN, faults=(fails("COMMISSIONING_PARTY", "commission_by_file"),))

    end_state, detail = claim(rotated("gsme", "esme", case=case))

    assert end_state == "unresolved"
    assert "commissioning failed" in detail


def test_an_smso_that_does_not_take_it_back_leaves_it_unresolved() -> None:
    end_state, detail = claim(concluded(case=changed(CLEAN, faults=(fails("SMSO", "roll_back"),))))

    assert end_state == "unresolved"
    assert "did not take the Installation back" in detail


def test_an_outcome_stands_though_the_supplier_cannot_be_told() -> None:
    away = UnavailableFault.model_validate(
        {"from": "0s", "until": "30d", "does": "unavailable", "party": "SUPPLIER"}
    )

    assert claim(concluded(case=changed(CLEAN, faults=(away,))))[0] == "rolled-back-sua-intact"


def test_the_supplier_is_told_whose_the_next_step_is_after_a_roll_back() -> None:
    active = notified(concluded())
    retried = changed(case_of("dormant-retried-by-dcc"), faults=(), steps=())
    dormant = notified(concluded(case=retried))

    assert active["outcome"] == dormant["outcome"] == "rolled-back-sua-intact"
    assert "the supplier arranges esme, gsme with Secure" in active["detail"]
    assert "the DCC retries esme, gsme (Dormant)" in dormant["detail"]


def test_no_next_step_is_told_where_nothing_was_rolled_back() -> None:
    assert "retries" not in notified(rotated("gsme", "esme"))["detail"]


def test_the_outcome_is_journalled_before_it_is_claimed_and_beliefs_are_stated() -> None:
    events = concluded("OLD", "UNKNOWN").trace.events
    claimed_at = next(n for n, event in enumerate(events) if isinstance(event, OutcomeClaimed))
    noted = [event for event in events[:claimed_at] if isinstance(event, Journalled)][-1]

    assert json.loads(noted.entry)["step"] == "outcome"
    stated = [event.key for event in events[:claimed_at] if isinstance(event, Believed)]
    assert stated == ["OLD", "UNKNOWN"]


def test_an_outcome_of_an_earlier_life_is_claimed_again_and_nothing_else_is_done() -> None:
    async def migrate(port: Port) -> None:
        work = await prepared(port)
        work.memory.outcome = {"end_state": "rolled-back-limited", "detail": "as before"}
        await conclude(work)

    world, _, _ = driven(CLEAN, lambda: AsyncEngine(migrate))

    assert claim(world) == ("rolled-back-limited", "as before")
    assert "notify" not in [event.operation for event in of_kind(world, PartyCalled)]
