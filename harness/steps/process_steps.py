"""What the steps of `scenario_process` do: they reach the shared parties, never an engine."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from hanbench.emulator.events import PartyCalled
from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.operation import Json, PartyError
from hanbench.harness.canonical_json import canonical
from hanbench.harness.files.scenario_governance import DecideMatter, Decommission
from hanbench.harness.files.scenario_process import (
    AddCertificate,
    AuthoriseAgain,
    ChangeSupplier,
    CheckCertificate,
    CheckClearance,
    CheckConfiguration,
    CheckFirmware,
    CheckSmi,
    CheckStep,
    CheckSupply,
    EpclEntry,
    FileMistake,
    GiveAgain,
    GoDormant,
    HandInFile,
    ProcessStep,
    RequiredFileSet,
    ResumeDormant,
    Separation,
    SmiUpdate,
    StopRequest,
    SubmitAuthorisation,
    SuspendDormant,
    TypeCode,
)
from hanbench.harness.steps import governance_steps
from hanbench.harness.steps.authorisation_steps import submit_authorisation
from hanbench.harness.steps.file_steps import hand_in_file
from hanbench.harness.steps.many_in_one_set import hand_in_set
from hanbench.harness.steps.mistaken_file import hand_in_mistake
from hanbench.harness.world import World
from hanbench.protocol.answer import UtrnResult

REFUSED = "refused"
NATIVE_BELOW = 1 << 66
"""Native codes are numbers of 66 bits; every code of the GBCS form is larger (domain.md 4)."""


def act(world: World, step: ProcessStep, now: Instant) -> str:
    """Take a step, and say what came of it."""
    return _ACTS[type(step)](world, step, now)


def expected(step: ProcessStep) -> str | None:
    """Return what should come of a step; None: nothing is said about it."""
    match step:
        case ChangeSupplier() | GoDormant() | SuspendDormant() | ResumeDormant():
            return "done"
        case Decommission() | DecideMatter():
            return "done"
        case StopRequest():
            return step.expect or None
        case CheckConfiguration():
            return str(step.expect)
        case _:
            return step.expect


def _request_stop(world: World, step: StopRequest, now: Instant) -> str:
    asked = {"installation": step.of} | ({"meter": step.meter} if step.meter else {})
    said = _call(world, "SUPPLIER", "request_stop", asked, now)
    if isinstance(said, str):
        return said
    # The migration reports are counted from the trace: when a stop was asked for stands in 010.
    world.trace.append(
        PartyCalled(
            now,
            step.of,
            "supplier",
            "SUPPLIER",
            "request_stop",
            canonical(asked),
            canonical(said),
            is_error=False,
        )
    )
    return f"{len(said['stopped'])} stopped"


def _suspend(world: World, step: SuspendDormant | ResumeDormant, now: Instant) -> str:
    suspends = isinstance(step, SuspendDormant)
    operation = "suspend_dormant" if suspends else "resume_dormant"
    said = _call(world, "MCC", operation, {}, now)
    return said if isinstance(said, str) else "done"


def _change_supplier(world: World, step: ChangeSupplier, _now: Instant) -> str:
    world.organisations.premises.change_supplier(step.of, step.to, step.meter)
    world.organisations.supplier.arrange(step.to, has_arrangement=step.arrangement)
    world.organisations.dsp.add_user(step.to)
    return "done"


def _go_dormant(world: World, step: GoDormant, _now: Instant) -> str:
    world.organisations.premises.go_dormant(step.of, step.meter)
    return "done"


def _check_clearance(world: World, step: CheckClearance, now: Instant) -> str:
    said = _call(world, "MCC", "clearance", {"installation": step.of}, now)
    return said if isinstance(said, str) else ", ".join(said["reasons"]) or "cleared"


def _check_smi(world: World, step: CheckSmi, _now: Instant) -> str:
    status = world.organisations.inventory.status_of(world.installation, step.device)
    return status or "absent"


def _type_code(world: World, step: TypeCode, now: Instant) -> str:
    result = world.home.meters[step.device].enter_code(step.digits, "keypad", now).result
    if result is UtrnResult.ACCEPTED and int(step.digits) >= NATIVE_BELOW:
        says = f"{step.device} takes {step.digits}, which is no native code of Secure's"
        fault = ("domain/utrn-forms", "device", step.device, says)
        world.shared.party_watch.note(world.installation, fault, now)
    return result.words


def _check_supply(world: World, step: CheckSupply, _now: Instant) -> str:
    return world.home.meters[step.device].metering.supply.words


def _add_certificate(world: World, step: AddCertificate, now: Instant) -> str:
    home = world.organisations.premises.home(world.installation)
    supplier = step.sender or ("" if isinstance(home, PartyError) else home.supplier)
    asked: Json = {
        "installation": world.installation,
        "role": step.role,
        "serial": step.serial,
        "sender": supplier,
    }
    said = world.organisations.call("S1SP", "add_network_certificate", asked, now)
    return said.code if isinstance(said, PartyError) else "added"


def _check_certificate(world: World, step: CheckCertificate, _now: Instant) -> str:
    held = world.organisations.network_certificates.of(world.installation, step.role)
    return "absent" if held is None else f"{held.serial} by {held.by}"


def _check_step(world: World, step: CheckStep, now: Instant) -> str:
    asked = {"installation": world.installation}
    said = _call(world, "COMMISSIONING_PARTY", "check", asked, now)
    if isinstance(said, str):
        return said
    found = [check["passed"] for check in said["checks"] if check["step"] == step.step]
    return ("passed" if all(found) else "failed") if found else "absent"


def _check_firmware(world: World, step: CheckFirmware, _now: Instant) -> str:
    return world.organisations.firmware.of(world.installation, step.device)


def _check_configuration(world: World, step: CheckConfiguration, _now: Instant) -> str:
    held = world.organisations.configuration.of(world.installation, step.device)
    return str(held[step.setting])


def _give_again(world: World, _step: GiveAgain, _now: Instant) -> str:
    if not world.session.has_claimed:
        return "under-way"
    world.begin(attempt=world.organisations.accounts.of(world.installation).starts + 1)
    return "started"


def _authorise_again(world: World, step: AuthoriseAgain, now: Instant) -> str:
    home = world.organisations.premises.home(step.of)
    supplier = step.supplier or ("" if isinstance(home, PartyError) else home.supplier)
    asked: Json = {"installation": step.of, "supplier": supplier, "day": step.day}
    said = world.organisations.call("MCC", "authorise", asked, now)
    return said.code if isinstance(said, PartyError) else "accepted"


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


def _separation(world: World, _step: Separation, now: Instant) -> str:
    due = _call(world, "EPCL", "separation", {}, now)
    if isinstance(due, str) or due["separation_us"] is None:
        return "open"
    epoch = world.case.scenario.epoch
    return (epoch + timedelta(microseconds=int(due["separation_us"]))).date().isoformat()


def _call(world: World, party: str, operation: str, arguments: Json, now: Instant) -> Json | str:
    answer = world.organisations.call(party, operation, arguments, now)
    return f"{REFUSED}: {answer.code}" if isinstance(answer, PartyError) else answer


_ACTS: Mapping[type[ProcessStep], Callable[[World, Any, Instant], str]] = {
    StopRequest: _request_stop,
    SubmitAuthorisation: submit_authorisation,
    HandInFile: hand_in_file,
    RequiredFileSet: hand_in_set,
    FileMistake: hand_in_mistake,
    SuspendDormant: _suspend,
    ResumeDormant: _suspend,
    EpclEntry: _enter,
    Separation: _separation,
    ChangeSupplier: _change_supplier,
    GoDormant: _go_dormant,
    AuthoriseAgain: _authorise_again,
    GiveAgain: _give_again,
    CheckClearance: _check_clearance,
    TypeCode: _type_code,
    CheckSupply: _check_supply,
    AddCertificate: _add_certificate,
    CheckCertificate: _check_certificate,
    CheckFirmware: _check_firmware,
    CheckConfiguration: _check_configuration,
    CheckStep: _check_step,
    SmiUpdate: _update_smi,
    CheckSmi: _check_smi,
    **governance_steps.ACTS,
}
