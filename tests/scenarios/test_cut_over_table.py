"""Every cell of the cut-over table (domain.md 1.6), for each meter, around each of its boundaries.

The table is written here once more, in words of the public text and not by the parties' own data.
A home is run once to learn its boundaries; then somebody buys and types a code by each route for
each meter, a microsecond before and after each boundary and at instants drawn by lot.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.suite_cases import changed

from hanbench.emulator.durations import format_duration
from hanbench.emulator.events import PartyCalled
from hanbench.emulator.instant import HOUR_US, Instant
from hanbench.emulator.parties import utrn_period
from hanbench.harness.driving import drive
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.fence import fence
from hanbench.harness.files.loader import Library
from hanbench.harness.files.scenario_steps import TopUp
from hanbench.harness.running.case import Case, expand
from hanbench.harness.running.run_case import set_up
from hanbench.harness.steps.taking import StepPlan
from hanbench.harness.world import World
from hanbench.protocol.sua import HAN_SUA_M1

PERIOD_US = 336 * HOUR_US
METERS = ("esme", "gsme")
ROUTES = ("smso-web", "psp-smso", "dcc")
HEAD = 'scenario: 1\ntitle: x\ntraffic: "off"\nauthorised: {at: 2h}\nlimits: {virtual: 60d}\n'
ROTATED = "home-1/esme/rotate-sua-key#1/try#1/request/wan"
SETTINGS = {
    "gas-first": "installation: two-fuel\n",
    "electricity-first": "installation: two-fuel\norder: [esme, gsme]\n",
    "electricity-much-later": (
        f"installation: two-fuel\nfaults: [{{at: {ROTATED}, does: drop}}]\n"
    ),
    "no-arrangement": "installation: two-fuel-plain\n",
    "rolled-back": (
        "installation: two-fuel\n"
        "faults: [{at: home-1/party/DCO/process_signed_file_set#1, does: fail, "
        "error: FILE_SET_FAILED}]\n"
    ),
    "rolled-back-without-an-arrangement": (
        "installation: two-fuel-plain\n"
        "faults: [{at: home-1/party/DCO/process_signed_file_set#1, does: fail, "
        "error: FILE_SET_FAILED}]\n"
    ),
}


@dataclass(frozen=True)
class Course:
    """What happened in a home, as far as the cut-over goes by it."""

    started_at: Instant
    """When the meters were moved to the DCC account."""
    proved_at: dict[str, Instant]
    """By meter, when the step of 3.14C(a) succeeded for it."""
    has_arrangement: bool

    def is_open(self, meter: str, route: str, at: int) -> bool:
        """Whether the table has a `yes` in this cell."""
        proved_at = self.proved_at.get(meter)
        if at < self.started_at:
            return route != "dcc"
        if route == "smso-web":
            return False
        if route == "dcc":
            return proved_at is not None and at >= proved_at
        return self.has_arrangement and (proved_at is None or at < proved_at + PERIOD_US)

    def instants(self, lots: random.Random) -> Iterator[int]:
        """Yield the instants to look at: around each boundary, and any."""
        for boundary in (self.started_at, *self.proved_at.values()):
            yield from (boundary - 1, boundary + 1)
        ends = [proved_at + PERIOD_US for proved_at in self.proved_at.values()]
        for end in ends:
            yield from (end - 1, end, end + 1)
        last = max(ends, default=self.started_at + PERIOD_US) + 24 * HOUR_US
        yield from (lots.randrange(1, self.started_at) for _ in range(3))
        yield from (lots.randrange(self.started_at, last) for _ in range(6))


def case_of(tmp_path, setting: str) -> Case:
    path = tmp_path / "s.yaml"
    end = "rolled-back-sua-intact" if setting.startswith("rolled-back") else "commissioned"
    path.write_text(f"{HEAD}{SETTINGS[setting]}expect: {{end_state: {end}}}\n", encoding="utf-8")
    return expand(Library().scenario(path, name="s"))[0]


def driven(case: Case) -> tuple[World, StepPlan]:
    world, plan = set_up(case, lambda: AsyncEngine(migrate), HAN_SUA_M1)
    with fence(), world.session.watch.armed():
        assert drive(world, plan) == ""
    assert world.claims[-1].end_state == case.scenario.expect.end_state
    return world, plan


def course_of(world: World) -> Course:
    started = next(
        event.at
        for event in world.trace.events
        if isinstance(event, PartyCalled) and event.operation == "start_migration"
    )
    began = world.organisations.dco.utrn_period_started_at
    proved = {meter: began(world.installation, meter) for meter in METERS}
    return Course(
        started,
        {meter: at for meter, at in proved.items() if at is not None},
        world.case.installation.supplier.arrangement_with_smso,
    )


def bought(meter: str, route: str, at: int, *, is_open: bool) -> TopUp:
    return TopUp.model_validate(
        {
            "do": "top-up",
            "at": format_duration(at),
            "device": meter,
            "route": route,
            "pence": 1,
            "expect": "accepted" if is_open else "refused",
        }
    )


def looked_at(case: Case, course: Course, seed: int) -> list[tuple[str, str, int, str, str]]:
    """Buy and type a code in every cell; return the cells that came out otherwise."""
    lots = random.Random(seed)
    steps = [
        bought(meter, route, at, is_open=course.is_open(meter, route, at))
        for at in course.instants(lots)
        for meter in METERS
        for route in ROUTES
    ]
    world, plan = driven(changed(case, steps=tuple(steps)))
    assert course_of(world) == course, "the customer has moved a boundary"
    assert plan.never_taken() == []
    return [
        (step.device, step.route, step.at_us or 0, expected, found)
        for entry, expected, found in plan.unmet()
        if isinstance(step := entry.step, TopUp)
    ]


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_cell_of_the_cut_over_is_open_or_shut_at_the_right_moment(tmp_path, setting) -> None:
    case = case_of(tmp_path, setting)
    course = course_of(driven(case)[0])

    assert looked_at(case, course, seed=len(setting)) == []


def test_the_settings_have_clocks_that_start_in_either_order(tmp_path) -> None:
    courses = {one: course_of(driven(case_of(tmp_path, one))[0]) for one in SETTINGS}

    gas, electricity = (courses[one].proved_at for one in ("gas-first", "electricity-first"))
    assert gas["gsme"] < gas["esme"]
    assert electricity["esme"] < electricity["gsme"]
    late = courses["electricity-much-later"].proved_at
    assert late["esme"] - late["gsme"] > gas["esme"] - gas["gsme"]
    assert courses["rolled-back"].proved_at == {}
    assert not courses["no-arrangement"].has_arrangement
    assert courses["gas-first"].has_arrangement


@pytest.mark.parametrize("off_by_us", [-1, 1])
def test_a_period_that_is_a_microsecond_off_is_seen(tmp_path, monkeypatch, off_by_us) -> None:
    case = case_of(tmp_path, "gas-first")
    course = course_of(driven(case)[0])
    monkeypatch.setattr(utrn_period, "UTRN_PERIOD_US", PERIOD_US + off_by_us)

    wrong = looked_at(case, course, seed=1)

    assert {(meter, route) for meter, route, *_ in wrong} == {(one, "psp-smso") for one in METERS}
