"""What is left out of a campaign hides nothing from the looks at a whole run either.

A verdict looks at alerts, third-party devices, ways to top up and UTRNs too. The mistakes of
`pair_mistakes` show to one of them each, and only where two faults strike, so nothing but the look
where a run is ended early stands between them and a campaign that passes them.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.harness.explore.pruning_breaks import BREAKS
from tests.harness.explore.test_campaign import campaign_of, case_of
from tests.harness.explore.test_pruning_is_sound import Scope, as_good, said_under
from tests.harness.explore.test_state import states

from hanbench.emulator.instant import Instant
from hanbench.emulator.meters.utrn_cache import UtrnCache
from hanbench.emulator.meters.utrn_entry import CACHE
from hanbench.harness.engines import load_engine
from hanbench.harness.explore.hazards import HAZARDS
from hanbench.harness.explore.merging import (
    KNOWN,
    can_prune,
    read_known,
    try_until_known,
    write_known,
)
from hanbench.harness.explore.places import Place, premises_of
from hanbench.harness.explore.state import StateWatch
from hanbench.harness.explore.trial import explored, try_case
from hanbench.harness.files.scenario_faults import (
    FailFault,
    FaultEntry,
    PartitionFault,
    SecondEngineFault,
)
from hanbench.harness.running.case import Case
from hanbench.harness.running.pool import Workers
from hanbench.harness.running.run_case import run_world
from hanbench.harness.schemes import load_scheme
from hanbench.harness.world import World

MISTAKES = "tests.harness.explore.pair_mistakes"
TOP_UP = "{at: 10ms, do: top-up, device: gsme, pence: 500, route: smso-web}"
REQUEST, ANSWER = "gsme/rotate-sua-key#1/try#1/request/wan", "gsme/no-op#1/try#1/reply/wan"
EARLIER = "gsme/read-sua-status#1/try#1/request/wan"
TWO = "second engine started"
TWICE = ("party asked twice, first heard", "party asked twice, second heard")

SCOPES = {
    "alert-missing": Scope(
        "reference",
        ("meter restarts", "meter locked out", "drop"),
        only=EARLIER,
        parts=f"{MISTAKES}:goes_quiet_after_a_restart",
        phase="",
        around=("gsme/rotate-sua-key#1/try#1",),
    ),
    "third-party-unserved": Scope(
        "reference",
        ("hub restarts", "drop"),
        only=REQUEST,
        parts=f"{MISTAKES}:evicts_at_its_second_restart",
        around=("no-op#1/try#1/request",),
    ),
    "utrns-revived": Scope(
        "reference",
        ("meter restarts", "drop"),
        only=REQUEST,
        parts=f"{MISTAKES}:forgets_spent_codes_at_its_second_restart",
        step=TOP_UP,
        around=("gsme/no-op#1/try#1/request",),
    ),
    "customer-cut-off": Scope(
        "reference",
        TWICE,
        only="party/SMSO/hand_over/esme#1",
        parts=f"{MISTAKES}:shuts_after_two_repeats",
        phase="hand-over",
        around=("SMSO/hand_over", "DCO/accept"),
    ),
    "migrated-twice": Scope(
        f"{MISTAKES}:starts_again_whatever_has_come_of_it",
        (TWO, "party fails", "party never answers"),
        first=TWO,
        only="journal/sending-rotation/gsme#1",
        around=("party/SMSO/", "party/MCC/", "party/EPCL/"),
    ),
}
"""By what is found: few pairs of which some are wrong, by their second fault alone."""

PAIRS = {
    "alert-missing": (("meter restarts", EARLIER), ("meter locked out", REQUEST)),
    "third-party-unserved": (("hub restarts", REQUEST), ("hub restarts", ANSWER)),
    "utrns-revived": (("meter restarts", EARLIER), ("meter restarts", REQUEST)),
    "customer-cut-off": (
        (TWICE[0], "party/SMSO/hand_over/esme#1"),
        (TWICE[1], "party/SMSO/hand_over/gsme#1"),
    ),
}


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A file for a planted memory, of which no later test is to know."""
    yield (tmp_path / KNOWN).resolve()
    read_known.cache_clear()


def struck_by(case: Case, hazard: str, point: str) -> Case:
    """Put one fault into a case."""
    place = Place(f"home-1/{point}", Instant(0), 60_000_000, "")
    entry = next(one for one in HAZARDS if one.name == hazard).at(place, premises_of(case))
    assert entry is not None
    return case.with_fault(hazard, entry)


@pytest.mark.parametrize("finding", PAIRS)
def test_what_a_look_at_a_whole_run_would_find_keeps_a_run_from_being_ended(
    finding: str, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = explored(SCOPES[finding].case)
    first, second = PAIRS[finding]
    once = struck_by(case, *first)
    wrong = try_case(struck_by(once, *second))
    assert try_case(once)["verdict"] == "pass"
    assert {one["name"] for one in wrong["findings"]} == {finding}
    # All that it came to after its last fault is remembered, as if it had ended well.
    assert write_known(memory, [("a planted memory", as_good(wrong))]) > 10

    again = try_until_known(memory, struck_by(once, *second))

    assert again["verdict"] == "fail"
    assert "goes_on_as" not in again
    BREAKS["what was done wrong is not looked at"](monkeypatch)
    ended = try_until_known(memory, struck_by(once, *second))
    assert ended.get("goes_on_as") == "a planted memory"


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("finding", SCOPES)
def test_pruned_and_unpruned_agree_in_what_those_looks_find(
    finding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scope = SCOPES[finding]
    # A campaign prunes nothing where parts may remember what is not seen. These remember what the
    # scope's own first fault decides.
    monkeypatch.setattr("hanbench.harness.explore.campaign.can_prune", lambda _: True)
    truth = scope.truth(tmp_path / "whole")

    said = said_under("", tmp_path / "pruned", monkeypatch, scope)

    assert said.untrue(truth) == []
    found = [name for name, end in said.ends.items() if finding in str(end[1])]
    assert 0 < len(found) < len(said.ends)
    assert said.merged > 0


def evicted(world: World) -> None:
    member = world.home.hub.joined.named("shelf-display")
    assert member is not None
    world.home.hub.joined.unjoin(member.eui64)


def spent(world: World) -> None:
    world.home.meters["gsme"].core.entry.nvm.write(CACHE, UtrnCache((7,)))


def without_arrangement(world: World) -> None:
    supplier = world.case.installation.supplier.name
    world.organisations.supplier.arrange(supplier, has_arrangement=False)


def commissioned(world: World) -> None:
    world.organisations.inventory.commission(world.installation, "esme")


def started_once_more(world: World) -> None:
    world.organisations.accounts.start(world.installation, world.now)


def guessed(world: World) -> None:
    entry = world.home.meters["gsme"].core.entry
    for _ in range(2):
        entry.enter("1" * 20, "keypad", world.now)


def state_after(happens: Callable[[World], object], case: Case | None = None) -> str:
    """The state at a point that is passed after something has happened to the world."""
    given = explored(case_of()) if case is None else case

    def prepare(world: World) -> None:
        StateWatch(world)
        told = world.plan.on_point

        def passed(point: str, now: Instant) -> None:
            if point == f"home-1/{EARLIER}":
                happens(world)
            if told is not None:
                told(point, now)

        world.plan.on_point = passed

    world, _ = run_world(given, load_engine("reference"), load_scheme(given.scheme), prepare)
    return next(one.state for one in world.plan.seen if one.name == f"home-1/{REQUEST}")


@pytest.fixture(scope="module")
def untouched() -> str:
    return state_after(lambda _: None)


@pytest.mark.parametrize(
    "happens",
    [evicted, spent, without_arrangement, commissioned, started_once_more, guessed],
    ids=lambda one: one.__name__,
)
def test_worlds_that_a_later_look_tells_apart_are_not_alike(
    happens: Callable[[World], None], untouched: str
) -> None:
    assert state_after(happens) != untouched


@pytest.mark.parametrize(
    ("sooner", "later"),
    [("at: 2h", "at: 3h"), ("after: outcome, delay: 2h", "at: 3h")],
)
def test_what_comes_by_the_clock_counts_by_how_far_ahead_it_is(sooner: str, later: str) -> None:
    step = ", do: top-up, device: gsme, pence: 500, route: smso-web}"
    one, other = (
        explored(Scope("reference", (), step=f"{{{when}{step}").case) for when in (sooner, later)
    )

    assert state_after(lambda _: None, one) != state_after(lambda _: None, other)
    assert state_after(lambda _: None, one) == state_after(lambda _: None, one)


def test_a_window_that_is_yet_to_come_counts(untouched: str) -> None:
    def with_window(begins: str) -> Case:
        entry: FaultEntry = PartitionFault.model_validate(
            {"does": "partition", "of": "wan", "from": begins, "until": "40h"}
        )
        return explored(case_of()).with_fault("window", entry)

    sooner, later = (state_after(lambda _: None, with_window(one)) for one in ("20h", "30h"))

    assert len({sooner, later, untouched}) == 3


def test_a_case_of_several_homes_is_not_pruned() -> None:
    """What is in the other homes is not looked at where a run is ended early."""
    case = explored(case_of())

    assert can_prune(case)
    assert not can_prune(replace(case, companions=(case,)))


def test_a_part_that_remembers_what_nobody_sees_is_not_pruned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first restart leaves the world as it was; only the hub that counts them knows of it."""
    case = replace(case_of(), parts=f"{MISTAKES}:evicts_at_its_second_restart")
    few = [one for one in HAZARDS if one.name == "hub restarts"]
    with Workers(1) as workers:
        asked = campaign_of(case, tmp_path, workers, f"{EARLIER} or {REQUEST}", few, faults=2)
        asked.record()
        asked.run(asked.singles(), lambda *_: None)
    twice = f"hub restarts at home-1/{EARLIER}, then hub restarts at home-1/{REQUEST}"

    assert twice in {pair.name for pair in asked.pairs()}
    assert asked.stand_ins == []
    assert not (tmp_path / KNOWN).exists()
    # Were it pruned, the pair would go by a single that passes.
    monkeypatch.setattr("hanbench.harness.explore.campaign.can_prune", lambda _: True)
    pruned = campaign_of(case, tmp_path, workers, f"{EARLIER} or {REQUEST}", few, faults=2)
    pruned.record()
    pruned.run(pruned.singles(), lambda *_: None)
    assert twice not in {pair.name for pair in pruned.pairs()}


def test_a_second_engine_counts_by_what_it_waits_for() -> None:
    """It waits out an outage, and what it asks for next depends on whose outage that was."""
    second = SecondEngineFault(
        does="second-engine", at="home-1/engine/journal/sending-rotation/gsme#1"
    )

    def later(*faults: FaultEntry) -> str:
        found = states(second, *faults)
        return found["home-1/party/DCO/escrow_successor/esme#1"]

    start, check = (
        FailFault(does="fail", at=f"home-1/party/{asked}#2")
        for asked in ("SMSO/start_migration", "MCC/clearance")
    )

    assert len({later(), later(start), later(check)}) == 3
