"""What the steps of `scenario_process` do: they reach the shared parties, never an engine."""

from datetime import timedelta

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.operation import Json, PartyError
from hanbench.harness.authorisation_steps import submit_authorisation
from hanbench.harness.file_steps import hand_in_file
from hanbench.harness.scenario_process import (
    CheckSmi,
    EpclEntry,
    HandIn,
    HandInFile,
    ProcessStep,
    Separation,
    SmiUpdate,
    StopRequest,
    SubmitAuthorisation,
    SuspendDormant,
)
from hanbench.harness.world import World

REFUSED = "refused"


def act(world: World, step: ProcessStep, now: Instant) -> str:
    """Take a step, and say what came of it."""
    match step:
        case StopRequest():
            asked = {"installation": step.of} | ({"meter": step.meter} if step.meter else {})
            said = _call(world, "SUPPLIER", "request_stop", asked, now)
            return f"{len(said['stopped'])} stopped" if isinstance(said, dict) else said
        case SubmitAuthorisation():
            return submit_authorisation(world, step, now)
        case HandInFile():
            return hand_in_file(world, step, now)
        case EpclEntry():
            return _enter(world, step, now)
        case Separation():
            return _separation(world, now)
        case SmiUpdate():
            return _update_smi(world, step, now)
        case CheckSmi():
            status = world.organisations.inventory.status_of(world.installation, step.device)
            return status or "absent"
        case _:
            suspends = isinstance(step, SuspendDormant)
            operation = "suspend_dormant" if suspends else "resume_dormant"
            said = _call(world, "MCC", operation, {}, now)
            return said if isinstance(said, str) else "done"


def expected(step: ProcessStep) -> str | None:
    """Return what should come of a step; None: nothing is said about it."""
    match step:
        case (
            SubmitAuthorisation()
            | HandInFile()
            | EpclEntry()
            | Separation()
            | HandIn()
            | SmiUpdate()
            | CheckSmi()
        ):
            return step.expect
        case StopRequest():
            return step.expect or None
        case _:
            return "done"


def _enter(world: World, step: EpclEntry, now: Instant) -> str:
    entered = _call(world, "EPCL", "propose", {"model": step.model, "way": step.way}, now)
    if isinstance(entered, dict) and step.way == "migration" and step.approved:
        entered = _call(world, "EPCL", "approve", {"model": step.model}, now)
    if isinstance(entered, str):
        return entered
    return "waiting" if entered["effective_since_us"] is None else "effective"


def _update_smi(world: World, step: SmiUpdate, now: Instant) -> str:
    asked: Json = {
        "installation": world.installation,
        "device": step.device,
        "status": step.status,
        "effective_at_us": step.effective_us,
    }
    said = world.organisations.call("INVENTORY", "set_status", asked, now)
    if isinstance(said, PartyError):
        return said.code
    return "overtaken" if said["is_overtaken"] else "applied"


def _separation(world: World, now: Instant) -> str:
    due = _call(world, "EPCL", "separation", {}, now)
    if isinstance(due, str) or due["separation_us"] is None:
        return "open"
    epoch = world.case.scenario.epoch
    return (epoch + timedelta(microseconds=int(due["separation_us"]))).date().isoformat()


def _call(world: World, party: str, operation: str, arguments: Json, now: Instant) -> Json | str:
    answer = world.organisations.call(party, operation, arguments, now)
    return f"{REFUSED}: {answer.code}" if isinstance(answer, PartyError) else answer
