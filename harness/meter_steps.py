"""Takes the steps about a meter: an Instruction, a look into its logs, a code typed late."""

from collections.abc import Callable, Mapping, MutableMapping

from hanbench.emulator.events import AlertRaised, LogWritten
from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.operation import PartyError
from hanbench.harness.scenario_meter import Instruct, MeterStep, ReceiveN55, TypeVended
from hanbench.harness.world import World
from hanbench.protocol import instruction as instructions
from hanbench.protocol.instruction import (
    ArmSupply,
    DisableSupply,
    EnableSupply,
    Instruction,
    NoOp,
    ReadSuaStatus,
)

FIRST_REQUEST_ID = 0x7E00_0000
"""Away from the request ids of any engine and of a customer's codes."""
_KINDS: Mapping[str, Callable[..., Instruction]] = {
    "no-op": NoOp,
    "arm-supply": ArmSupply,
    "enable-supply": EnableSupply,
    "disable-supply": DisableSupply,
    "read-sua-status": ReadSuaStatus,
}


def act(world: World, step: MeterStep, vended: MutableMapping[str, str], now: Instant) -> str:
    """Take a step, and say what came of it."""
    if isinstance(step, ReceiveN55):
        return _receive(world, step, vended, now)
    if isinstance(step, TypeVended):
        digits = vended.get(step.code)
        if digits is None:
            return f"no code {step.code} has been vended"
        return world.home.meters[step.device].enter_code(digits, "keypad", now).result.words
    is_noted = any(
        isinstance(event, LogWritten | AlertRaised)
        and (event.device, event.code) == (step.device, step.code)
        for event in world.trace.events
    )
    return "noted" if is_noted else "not-noted"


def _receive(world: World, step: ReceiveN55, vended: MutableMapping[str, str], now: Instant) -> str:
    asked = {"installation": world.installation, "device": step.device}
    said = world.organisations.call("S1SP", "n55_alerts", asked, now)
    codes = [] if isinstance(said, PartyError) else [str(it["utrn"]) for it in said["alerts"]]
    for number, code in enumerate(codes, start=1):
        vended[step.code] = vended[f"{step.code}-{number}"] = code
    return str(len(codes))


def instruct(world: World, step: Instruct, now: Instant) -> int:
    """Send an Instruction, and return its message id; 0 if DCO or S1SP refuse to make it."""
    instruction = _KINDS[step.what](request_id=FIRST_REQUEST_ID + now % 0x100_0000)
    octets = instructions.encode(instruction).hex()
    asked: dict[str, object] = {
        "installation": world.installation,
        "device": step.device,
        "instruction": octets,
    }
    parties = world.organisations
    if instruction.type.is_guarded:
        version = parties.dco.active_version(world.installation, step.device)
        code = parties.call("DCO", "authorise", {**asked, "version": version or 1}, now)
        if isinstance(code, PartyError):
            return 0
        asked["authorisation"] = code
    framed = parties.call("S1SP", "frame", asked, now)
    if isinstance(framed, PartyError):
        return 0
    envelope = bytes.fromhex(str(framed["envelope"]))
    world.send_down(envelope, announce=False)
    return world.message_id(envelope)
