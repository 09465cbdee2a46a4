"""What the steps of `scenario_governance` do: they reach the shared parties, never an engine."""

from collections.abc import Callable, Mapping
from typing import Any

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.operation import Json, PartyError
from hanbench.harness.files.scenario_governance import (
    DecideMatter,
    Decommission,
    ReferMatter,
    UpdateCos,
)
from hanbench.harness.world import World


def _decommission(world: World, _step: Decommission, now: Instant) -> str:
    return _said(world, "MCC", "decommission_requesting_party", {}, "done", now)


def _decide(world: World, step: DecideMatter, now: Instant) -> str:
    asked: Json = {"installation": world.installation, "matter": step.matter}
    return _said(world, "MCC", "decide_matter", asked, "done", now)


def _refer(world: World, step: ReferMatter, now: Instant) -> str:
    home = world.organisations.premises.home(world.installation)
    supplier = step.supplier or ("" if isinstance(home, PartyError) else home.supplier)
    asked: Json = {
        "installation": world.installation,
        "number": step.number,
        "supplier": supplier,
    }
    return _said(world, "MCC", "refer_matter", asked, "referred", now)


def _update_cos(world: World, step: UpdateCos, now: Instant) -> str:
    asked: Json = {
        "installation": world.installation,
        "device": step.device,
        "supplier": step.supplier,
        "counter": step.counter,
    }
    return _said(world, "S1SP", "update_cos_credentials", asked, "updated", now)


def _said(world: World, party: str, operation: str, asked: Json, good: str, now: Instant) -> str:
    answer = world.organisations.call(party, operation, asked, now)
    return answer.code if isinstance(answer, PartyError) else good


ACTS: Mapping[type[Any], Callable[[World, Any, Instant], str]] = {
    Decommission: _decommission,
    DecideMatter: _decide,
    ReferMatter: _refer,
    UpdateCos: _update_cos,
}
