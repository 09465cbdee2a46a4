"""Takes the steps about a meter: an Instruction, a look into its logs, a code typed late."""

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from hanbench.emulator.events import AlertRaised, LogWritten
from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.emulator.meters.at_the_meter import happen
from hanbench.emulator.meters.logs import Log
from hanbench.emulator.parties.operation import PartyError
from hanbench.harness.files.scenario_meter import (
    AtTheMeter,
    CheckBalance,
    CheckLog,
    Instruct,
    MeterStep,
    PressMeter,
    ReceiveN55,
    Route,
    TypeMade,
    TypeMany,
    TypeVended,
)
from hanbench.harness.world import World
from hanbench.protocol import instruction as instructions
from hanbench.protocol import utrn
from hanbench.protocol.answer import UtrnResult
from hanbench.protocol.instruction import (
    ArmSupply,
    DisableSupply,
    EnableSupply,
    Instruction,
    NoOp,
    PaymentMode,
    ReadSuaStatus,
    SetClock,
    SetPaymentMode,
)
from hanbench.protocol.utrn import VALUE_MAX, NativeCode, NativeType

ROUTES: Mapping[Route, tuple[str, str, Mapping[str, str]]] = {
    "smso-web": ("SMSO", "web_vend", {}),
    "psp-smso": ("PSP", "top_up", {"route": "smso"}),
    "dcc": ("PSP", "top_up", {"route": "dcc"}),
}
FIRST_REQUEST_ID = 0x7E00_0000
"""Away from the request ids of any engine and of a customer's codes."""
_KINDS: Mapping[str, Callable[..., Instruction]] = {
    "no-op": NoOp,
    "arm-supply": ArmSupply,
    "enable-supply": EnableSupply,
    "disable-supply": DisableSupply,
    "read-sua-status": ReadSuaStatus,
}
_MODES = {"credit-mode": PaymentMode.CREDIT, "prepayment-mode": PaymentMode.PREPAYMENT}


def act(world: World, step: MeterStep, vended: MutableMapping[str, str], now: Instant) -> str:
    """Take a step, and say what came of it."""
    match step:
        case ReceiveN55():
            return _receive(world, step, vended, now)
        case TypeVended():
            digits = vended.get(step.code)
            if digits is None:
                return f"no code {step.code} has been vended"
            return world.home.meters[step.device].enter_code(digits, "keypad", now).result.words
        case _:
            return _ACTS[type(step)](world, step, now)


def expected(step: MeterStep) -> str:
    """Return what should come of a step; nothing comes of what only happens."""
    return "" if isinstance(step, PressMeter | AtTheMeter) else str(step.expect)


def sold(world: World, device: str, pence: int, route: Route, now: Instant) -> str | None:
    """Return the code that somebody vends; None: nobody does by that route."""
    party, operation, more = ROUTES[route]
    asked = {"installation": world.installation, "device": device, "pence": pence, **more}
    said = world.organisations.call(party, operation, asked, now)
    return None if isinstance(said, PartyError) else str(said["utrn"])


def _press(world: World, step: PressMeter, now: Instant) -> str:
    meter = world.home.meters[step.device]
    (meter.press_a if step.button == "A" else meter.press_b)(now)
    return ""


def _at_the_meter(world: World, step: AtTheMeter, now: Instant) -> str:
    happen(world.home.meters[step.device].core, step.what, now)
    return ""


def _check_balance(world: World, step: CheckBalance, _now: Instant) -> str:
    return str(world.home.meters[step.device].metering.balance_pence)


_IN_LOG = ("in-log", "not-in-log")


def _check_log(world: World, step: CheckLog, _now: Instant) -> str:
    meter = world.home.meters.get(step.device)
    if step.expect in _IN_LOG and meter is not None:
        stands = [entry.code for log in Log for entry in meter.core.logs.entries(log)]
        return "in-log" if step.code in stands else "not-in-log"
    sought = AlertRaised if step.expect == "alerted" else LogWritten | AlertRaised
    is_noted = any(
        isinstance(event, sought) and (event.device, event.code) == (step.device, step.code)
        for event in world.trace.events
    )
    if step.expect == "alerted":
        return "alerted" if is_noted else "not-alerted"
    return "noted" if is_noted else "not-noted"


def _type_many(world: World, step: TypeMany, now: Instant) -> str:
    meter = world.home.meters[step.device]
    codes = [sold(world, step.device, step.pence, step.route, now) for _ in range(step.count)]
    results = [meter.enter_code(code, "keypad", now).result for code in codes if code is not None]
    return str(results.count(UtrnResult.ACCEPTED))


def _type_made(world: World, step: TypeMade, now: Instant) -> str:
    meter, sequence = world.home.meters[step.device], step.sequence
    kind = NativeType[step.kind.upper().replace("-", "_")]
    codes: tuple[NativeCode, ...] = (NativeCode(kind, sequence, min(step.value, VALUE_MAX)),)
    if kind is NativeType.VEND_SET:
        count = 1 if step.value <= VALUE_MAX else 2
        codes = utrn.vend_set(step.value, tuple(range(sequence, sequence + 2 * count, 2)))
    elif kind is NativeType.VEND_AND_TARIFF:
        codes = (*codes, NativeCode(kind, sequence + 2, step.unit_tenth_pence))
    digits = utrn.issue_entry(meter.core.entry.vend_key, meter.eui64, codes)
    return meter.enter_code(digits, "keypad", now).result.words


def _receive(world: World, step: ReceiveN55, vended: MutableMapping[str, str], now: Instant) -> str:
    asked = {"installation": world.installation, "device": step.device}
    said = world.organisations.call("S1SP", "n55_alerts", asked, now)
    codes = [] if isinstance(said, PartyError) else [str(it["utrn"]) for it in said["alerts"]]
    for number, code in enumerate(codes, start=1):
        vended[step.code] = vended[f"{step.code}-{number}"] = code
    return str(len(codes))


def _made(world: World, step: Instruct, now: Instant) -> Instruction:
    request_id = FIRST_REQUEST_ID + now % 0x100_0000
    if step.what == "set-clock":
        epoch_s = int(world.case.scenario.epoch.timestamp())
        return SetClock(request_id, epoch_s + (now + step.ahead_us) // SECOND_US)
    mode = _MODES.get(step.what)
    if mode is not None:
        return SetPaymentMode(request_id, mode)
    return _KINDS[step.what](request_id=request_id)


def instruct(world: World, step: Instruct, now: Instant) -> int:
    """Send an Instruction, and return its message id; 0 if DCO or S1SP refuse to make it."""
    instruction = _made(world, step, now)
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


_ACTS: Mapping[type[MeterStep], Callable[[World, Any, Instant], str]] = {
    CheckLog: _check_log,
    TypeMany: _type_many,
    PressMeter: _press,
    AtTheMeter: _at_the_meter,
    TypeMade: _type_made,
    CheckBalance: _check_balance,
}
