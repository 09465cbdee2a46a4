"""Takes the step of a service user: hands in a service request, signs, and waits for the result.

The result comes later, so what came of the step is told through a call-back when it is there.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from hanbench.emulator.events import PartyCalled
from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.operation import Json, PartyError
from hanbench.emulator.parties.service_requests import (
    REQUESTS,
    SIGNED,
    TRANSFORM,
)
from hanbench.harness.files.scenario_process import HandIn
from hanbench.harness.parties.migration_signers import test_signers
from hanbench.harness.world import World
from hanbench.protocol.migration import signature

NO_RESULT = "no-result"
Ended = Callable[[str], None]


class _Taken(NamedTuple):
    """A request that was acknowledged, and what was signed with it."""

    variant: int
    signed: Json
    request_id: str


def hand_in(world: World, step: HandIn, now: Instant, ended: Ended) -> None:
    """Hand a request in; `ended` is told `I0`, the code that refused it, or `no-result`."""
    row = REQUESTS[step.request]
    variant = row.variants[0] if step.variant is None else step.variant
    signed: Json = {}
    if step.variant in SIGNED:
        signed = _signed(b"no Pre-Command".hex(), step)
    _send(world, step, variant, signed, now, ended)


def _send(
    world: World, step: HandIn, variant: int, signed: Json, now: Instant, ended: Ended
) -> None:
    asked = {**_arguments(world, step), "variant": variant, **signed}
    answer = _call(world, "request", asked, now)
    if isinstance(answer, PartyError):
        ended(answer.code)
        return
    due = Instant(int(answer["responds_at_us"]))
    taken = _Taken(variant, signed, str(answer["request_id"]))
    world.agenda.at(due, partial(_answered, world, step, taken, ended))


def _answered(world: World, step: HandIn, taken: _Taken, ended: Ended, now: Instant) -> None:
    asked = {"installation": world.installation, "request_id": taken.request_id}
    answer = _call(world, "response", asked, now)
    if isinstance(answer, PartyError) or answer["code"] != "I0":
        ended(NO_RESULT)
    elif taken.variant == TRANSFORM and step.variant is None:
        _send(world, step, SIGNED[0], _signed(answer["pre_command"], step), now, ended)
    elif step.again:
        once = step.model_copy(update={"again": False})
        _send(world, once, taken.variant, taken.signed, now, ended)
    else:
        if step.request == "8.11":
            _log(world, step.device, now)
        ended("I0")


def _signed(pre_command: str, step: HandIn) -> Json:
    made = signature.sign(bytes.fromhex(pre_command), test_signers()[step.signs])
    return {"pre_command": pre_command, "signature": signature.encode(made).hex()}


def _arguments(world: World, step: HandIn) -> Json:
    installation = world.case.installation
    entry = installation.devices[step.device]
    more: Json = {}
    if step.request == "12.2":
        more = {"type": step.type or entry.type, "model": entry.model[:30]}
    elif step.request == "8.11":
        more = {"install_code": world.home.nodes.install_code(step.device).hex()}
    elif step.request.startswith("8.7"):
        more = {"other_device": step.other or _esme(world)}
    return {
        "installation": world.installation,
        "device": step.device,
        "reference": step.request,
        "role": step.role,
        "sender": step.sender or installation.supplier.name,
        **more,
    }


def _esme(world: World) -> str:
    devices = world.case.installation.devices
    return next(name for name, entry in devices.items() if entry.type == "ESME")


def _log(world: World, device: str, now: Instant) -> None:
    """Have the hub put the device on its log; one that has joined keeps its key (CCS01)."""
    hub = world.home.hub
    code = world.home.nodes.install_code(device)
    eui64 = world.case.installation.devices[device].eui64
    _, outputs = hub.membership.add(eui64, code, 180, now, is_test=True)
    world.runner.emit(world.installation, hub.name, outputs)


def _call(world: World, operation: str, asked: Json, now: Instant) -> Json | PartyError:
    answer = world.organisations.call("DSP", operation, asked, now)
    is_error = isinstance(answer, PartyError)
    said = {"error": answer.code, "detail": answer.detail} if is_error else answer  # type: ignore[union-attr]
    who = str(asked.get("sender", "service user"))
    world.trace.append(
        PartyCalled(
            now,
            world.installation,
            who,
            "DSP",
            operation,
            json.dumps(asked, sort_keys=True),
            json.dumps(said, sort_keys=True),
            is_error,
        )
    )
    return answer
