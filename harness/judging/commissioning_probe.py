"""Commissioned means: the meter answers an Instruction under the DCO's key. The bench asks it.

When a run is over, each meter that the inventory has as Commissioned is asked a no-op with a code
under the key that the DCO confirmed. It is a rehearsal over a copy of the meter's memory: nothing
in the judged run changes, whatever the answer is.
"""

from hanbench.emulator.instant import Instant
from hanbench.emulator.meters.esme import Esme
from hanbench.emulator.meters.gsme import Gsme
from hanbench.harness.parties.stolen_keys import command_under
from hanbench.harness.verdict import Finding
from hanbench.harness.world import World
from hanbench.protocol import answer as answers
from hanbench.protocol import instruction as instructions
from hanbench.protocol.answer import Outcome
from hanbench.protocol.errors import ProtocolError
from hanbench.protocol.instruction import NoOp
from hanbench.protocol.keys import Key
from hanbench.protocol.sua import AnswerScope, SuaScheme, SuaScope

_PROBE = NoOp(0x7E00_0000)
"""A request id of its own: in no result cache."""


def judge_commissioned(world: World) -> list[Finding]:
    """Ask every commissioned meter; a finding for each that does not answer as the DCO's own."""
    parties = world.organisations
    findings = []
    for name in world.case.installation.meter_names:
        if not parties.inventory.is_commissioned(world.installation, name):
            continue
        version = parties.dco.active_version(world.installation, name)
        key = parties.dco.own_keys(world.installation, name).get(version or 0)
        says = "the DCO has no key of its own that it confirmed"
        if key is not None and version is not None:
            says = _objection(world.scheme, world.home.meters[name], key, version, world.now)
        if says:
            findings.append(
                Finding(
                    name="commissioned-but-deaf",
                    device=name,
                    clause="domain/10.8-joint-outcome",
                    detail=f"{name} is Commissioned, and asked a no-op by the bench: {says}",
                    expected="an accepted answer, MACed under the key that the DCO confirmed",
                    at_us=world.now,
                )
            )
    return findings


def _objection(scheme: SuaScheme, meter: Esme | Gsme, key: Key, version: int, now: Instant) -> str:
    """Return what is wrong with a meter's answer under a key; empty if nothing is."""
    truth = meter.truth
    octets = instructions.encode(_PROBE)
    scope = SuaScope(
        eui64=meter.eui64,
        group=meter.core.gate.parameters.group,
        key_version=version,
        counter=truth.last_counter + 1,
        digest=instructions.digest(octets),
    )
    command = instructions.encode_command(command_under(scheme, key, scope, _PROBE))
    # A lock-out ends: what is asked is whether the key is the right one.
    when = Instant(max(now, truth.locked_until))
    judged = meter.core.gate.rehearsal().take(command, 0, when)
    answer = answers.decode(judged.answer)
    if answer.outcome is not Outcome.ACCEPTED:
        return f"it answers {answer.outcome.words}"
    told = AnswerScope(
        eui64=meter.eui64,
        key_version=version,
        request_digest=scope.digest,
        outcome=answer.outcome,
        last_counter=answer.last_counter,
        payload=answer.payload,
    )
    try:
        scheme.verify_answer(key, told, answer.mac)
    except ProtocolError as error:
        return str(error)
    return ""
