"""A supplier sends its Migration Authorisation as a step of a scenario, in order or not."""

import re
from collections.abc import Mapping
from dataclasses import replace

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.network_certificates import NetworkRole
from hanbench.emulator.parties.operation import PartyError
from hanbench.harness.files.scenario_process import SubmitAuthorisation
from hanbench.harness.parties.authorisation_files import (
    authorisation_files,
    group_of,
    password_file,
    protected,
    stamp,
)
from hanbench.harness.running.case import Case
from hanbench.harness.world import World

_PLACE = re.compile(r"^[^:]*:(\d+): ([a-z0-9-]+): ")
"""File, line and rule: how every refusal of a file begins."""


def submit_authorisation(world: World, step: SubmitAuthorisation, now: Instant) -> str:
    """Send the file, and say `accepted`, or where it breaks which rule."""
    case = _carrying(world.case, step)
    group = group_of(case, step.of)
    files = authorisation_files(case, {group: stamp(case, now)})
    file = next(one for one in files if one.group == group)
    octets = file.octets
    for change in step.change:
        octets = octets.replace(change.old.encode(), change.new.encode())
    asked: dict[str, object] = {"name": file.name, "file": octets.hex()}
    if step.opened_by != "anybody":
        asked["file"] = protected(file, octets, case.seed).hex()
        if step.opened_by != "no-password":
            name, content = password_file(file, is_right=step.opened_by == "its-password")
            asked |= {"password_name": name, "password_file": content.hex()}
    answer = world.organisations.call("MCC", "submit_authorisation", asked, now)
    if not isinstance(answer, PartyError):
        return "accepted"
    place = _PLACE.match(answer.detail)
    return f"refused: {place[1]}: {place[2]}" if place else f"refused: {answer.code}"


def _carrying(case: Case, step: SubmitAuthorisation) -> Case:
    """Return the case with the network certificates that this file has for its Installation."""
    if step.certificates is None:
        return case
    if step.of != case.installation.name:
        others = tuple(
            _with_certificates(it, step.certificates) if it.installation.name == step.of else it
            for it in case.companions
        )
        return replace(case, companions=others)
    return _with_certificates(case, step.certificates)


def _with_certificates(case: Case, carried: Mapping[NetworkRole, str]) -> Case:
    authorised = case.scenario.authorised.model_copy(update={"certificates": dict(carried)})
    return replace(case, scenario=case.scenario.model_copy(update={"authorised": authorised}))
