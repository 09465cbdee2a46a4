"""A customer who had no way to top up for a time is found, with the time and who caused it."""

import dataclasses

import pytest
from tests.ablations.breaks import case
from tests.suite_cases import case_of, driven

from hanbench.emulator.events import KeyChanged, Restarted, UtrnEntered
from hanbench.emulator.instant import HOUR_US, MINUTE_US, Instant, after
from hanbench.emulator.parties.utrn_issue import UtrnIssuer
from hanbench.emulator.parties.utrn_period import CUT_OVER, Phase, SmsoRoute
from hanbench.harness.judging.top_up_watch import Span, TopUpWatch, judge_top_ups
from hanbench.harness.judging.ways_to_top_up import NEVER, PERIOD_US, CutOff
from hanbench.harness.world import World

NO_ARRANGEMENT = "rules/no-arrangement"
RESUBMITTED = "rules/cut-off-until-resubmitted"
LOCKED = "rules/keypad-locked"
USED_UP = "rules/sequences-are-used-up[after-the-period]"


def ended(name: str) -> World:
    return driven(case(name))[0]


def spans(world: World) -> dict[str, list[Span]]:
    judge_top_ups(world)
    found: dict[str, list[Span]] = {}
    for span in world.top_ups.spans:
        found.setdefault(span.device, []).append(span)
    return found


def called(world: World, operation: str) -> list[Instant]:
    return [it.at for it in world.trace.events if getattr(it, "operation", "") == operation]


def proved(world: World, device: str) -> Instant:
    at = world.organisations.dco.utrn_period_started_at(world.installation, device)
    assert at is not None
    return at


def test_who_had_no_way_between_the_start_and_the_first_proof_is_found_at_the_end() -> None:
    world = ended(NO_ARRANGEMENT)
    (started,) = called(world, "start_migration")

    found = spans(world)

    assert {name: (one.since, one.until) for name, (one,) in found.items()} == {
        "gsme": (started, proved(world, "gsme")),
        "esme": (started, proved(world, "esme")),
    }
    assert proved(world, "gsme") < proved(world, "esme")
    assert {one.by for one in judge_top_ups(world)} == {"SUPPLIER"}


def test_each_time_of_several_is_found_and_one_that_is_over_stays_found() -> None:
    world = ended(RESUBMITTED)
    first, second = called(world, "start_migration")

    gas, again = spans(world)["gsme"]

    assert gas.since == first
    assert gas.until is not None
    assert 72 * HOUR_US <= gas.until - first < 73 * HOUR_US
    assert (again.since, again.until) == (second, proved(world, "gsme"))
    assert [why.split(" and ")[0] for why in gas.whys] == [
        "the account is dcc",
        "the account is held-by-secure",
    ]


def test_it_is_told_from_when_until_when_and_by_whom() -> None:
    told = judge_top_ups(ended(NO_ARRANGEMENT))[0]

    assert told.detail.startswith("nobody could vend for gsme from 02:00:00.482000 until 02:30:")
    assert (told.name, told.by, told.clause) == (
        "customer-cut-off",
        "SUPPLIER",
        "domain/10.8-top-up",
    )
    assert told.at_us == 2 * HOUR_US + 482_000


def test_a_locked_keypad_cuts_off_only_while_the_wan_is_gone() -> None:
    assert spans(ended(LOCKED)) == {}
    world = ended(f"{LOCKED}[with-the-hub-off]")
    outcome = next(it.at for it in world.trace.events if it.kind == "outcome")

    (span,) = spans(world)["esme"]

    assert (span.since, span.until) == (
        after(outcome, 65 * MINUTE_US),
        after(outcome, 70 * MINUTE_US),
    )
    assert span.by == "device"
    assert span.whys == ("the keypad of esme is locked, and the hub has no power",)


def test_a_wan_that_is_cut_beside_a_locked_keypad_counts_until_the_first_of_them_ends() -> None:
    world = ended(LOCKED)
    meter = world.home.meters["esme"]
    since, lock_us = world.now, 15 * MINUTE_US
    for number in range(5):
        meter.enter_code(f"{number:020}", "keypad", world.now)
    world.plan.partition("wan", after(since, 6 * MINUTE_US))
    world.agenda.now = after(since, HOUR_US)

    (span,) = spans(world)["esme"]

    assert (span.since, span.until) == (since, after(since, 6 * MINUTE_US))
    for number in range(5):
        meter.enter_code(f"{number:020}", "keypad", world.now)
    world.plan.partition("wan", None)
    again = world.now
    world.agenda.now = after(again, HOUR_US)

    assert spans(world)["esme"][1].until == after(again, lock_us)


def test_the_end_of_a_period_is_found_at_its_instant_though_nobody_looked() -> None:
    world = ended(USED_UP)

    (span,) = spans(world)["gsme"]

    assert span.since == after(proved(world, "gsme"), PERIOD_US)
    assert (span.until, span.by) == (None, "S1SP")


def test_an_smso_that_shuts_its_route_while_a_home_is_migrated_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over = dataclasses.replace(CUT_OVER[Phase.MIGRATING], smso=SmsoRoute.OVER)
    monkeypatch.setitem(CUT_OVER, Phase.MIGRATING, over)
    world = driven(case_of("clean-two-fuel"))[0]

    found = judge_top_ups(world)

    assert {(one.device, one.by) for one in found} == {("esme", "SMSO"), ("gsme", "SMSO")}
    assert all(" until " in one.detail for one in found)


def test_who_looks_at_the_end_alone_overlooks_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("look", "catch_up", "carried_out", "told"):
        monkeypatch.setattr(TopUpWatch, name, lambda *_: None)

    assert judge_top_ups(ended(RESUBMITTED)) == []


class Told:
    """Ways that are open, or shut, as a test says."""

    def __init__(self) -> None:
        self.is_shut = False
        self.looked = 0

    def cut_off(self, _device: str, _now: Instant) -> CutOff | None:
        self.looked += 1
        return CutOff("it was said so", "SMSO") if self.is_shut else None

    def changes_at(self, _device: str, _now: Instant) -> Instant:
        return NEVER


def watched(ways: Told) -> TopUpWatch:
    return TopUpWatch(("esme",), ways)  # type: ignore[arg-type]


@pytest.mark.parametrize(("later_us", "number"), [(0, 0), (1, 1)])
def test_a_change_that_is_undone_at_its_own_instant_cut_nobody_off(
    later_us: int, number: int
) -> None:
    ways = Told()
    watch = watched(ways)

    ways.is_shut = True
    watch.look(Instant(5))
    ways.is_shut = False
    watch.look(Instant(5 + later_us))

    assert len(watch.spans) == number


def test_a_code_that_is_entered_and_a_device_that_comes_back_are_looked_at_and_no_frame() -> None:
    ways = Told()
    watch = watched(ways)

    watch.told(UtrnEntered(Instant(1), "home-1", "esme", "keypad", "accepted", 100))
    watch.told(Restarted(Instant(2), "home-1", "esme", "power cut"))
    assert ways.looked == 2
    watch.told(KeyChanged(Instant(3), "home-1", "esme", 2, "aabbcc", None, 0, "rotate-sua-key"))

    assert ways.looked == 2


@pytest.mark.parametrize("name", ["secure/clean-two-fuel", NO_ARRANGEMENT])
def test_watching_makes_few_codes(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    made: list[str] = []
    issue = UtrnIssuer.next_code
    monkeypatch.setattr(
        UtrnIssuer, "next_code", lambda self, *of: made.append("") or issue(self, *of)
    )

    world = ended(name)

    assert 0 < len(made) <= 24
    assert len(called(world, "frame")) > 5


@pytest.mark.parametrize("name", [RESUBMITTED, NO_ARRANGEMENT, "secure/clean-two-fuel"])
def test_what_is_asked_for_most_is_not_looked_at(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It may not change a route: else a way would be missed, or the list be wrong."""
    seen: list[tuple[str, str]] = []
    carried_out = TopUpWatch.carried_out

    def compared(watch: TopUpWatch, party: str, operation: str, now: Instant) -> None:
        carried_out(watch, party, operation, now)
        found = watch.spans
        watch.look(now)
        if watch.spans != found:
            seen.append((party, operation))

    monkeypatch.setattr(TopUpWatch, "carried_out", compared)
    ended(name)

    assert seen == []
