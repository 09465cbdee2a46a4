"""What the adversaries of domain.md 10.6 send, each with nothing but what it holds.

What they know of a meter beside keys they read off the WAN, as anybody there can: the version and
the last counter stand in clear in its answers.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from hanbench.emulator.events import WanPassed
from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.operation import PartyError
from hanbench.harness.envelope_names import read_envelope
from hanbench.harness.parties.organisations import S1SP_EUI64, SMSO_EUI64
from hanbench.harness.parties.stolen_keys import command_under, enveloped, read_transcript
from hanbench.harness.steps.adversary_steps import Adversary, Attack
from hanbench.harness.streams import draw_bytes
from hanbench.harness.world import World
from hanbench.protocol import answer as answers
from hanbench.protocol import instruction as instructions
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import (
    Authorisation,
    Command,
    DisableSupply,
    Instruction,
    NoOp,
)
from hanbench.protocol.keys import KEY_OCTETS, Key, KeyUsage
from hanbench.protocol.sua import SuaScope
from hanbench.protocol.sua_rotation import wrap_successor
from hanbench.protocol.wan import EnvelopeKind

FIRST_ID = 0x6800_0000
"""Message and request ids: above those of `forgery`, below those of the SMSO's jobs."""
_OTHERS = (KeyUsage.VEND, KeyUsage.TRANSPORT, KeyUsage.MASTER)
_UNKNOWN_BY = 7
"""How far above its own the version is that a meter cannot know."""


def attack(world: World, step: Attack, now: Instant) -> tuple[int, ...]:
    """Send what the adversary has, and return the message ids."""
    sent = []
    for _ in range(step.count):
        for octets in _ARSENAL[step.by](world, step.device, now):
            world.send_down(octets, announce=False)
            sent.append(world.message_id(octets))
    return tuple(sent)


def _with_old_key(world: World, device: str, _now: Instant) -> Iterator[bytes]:
    instruction = instructions.encode(DisableSupply(_next_id(world)))
    yield world.organisations.smso.rogue_command(world.installation, device, instruction)


def _with_master_key(world: World, device: str, _now: Instant) -> Iterator[bytes]:
    """Wrap a key of its own, and put the old key's code on it: under the old version, and the new.

    The master key opens nothing by itself: a rotation wants a code of the key that is held.
    """
    eui64, (version, last) = _eui64(world, device), _seen(world, device)
    master = world.keyring.key(eui64, KeyUsage.MASTER)
    number = _next_id(world)
    drawn = draw_bytes(world.case.seed, "adversary", "key", number, length=KEY_OCTETS)
    own = Key(KeyUsage.SUA, drawn, is_test_material=True)
    successor = wrap_successor(world.scheme, master, own, eui64, version + 1)
    rotate = successor.rotate(number)
    old = world.keyring.key(eui64, KeyUsage.SUA)
    for claimed in (version - 1, version):
        scope = _scope(eui64, claimed, last + 1, rotate)
        yield _framed(world, device, command_under(world.scheme, old, scope, rotate), SMSO_EUI64)


def _with_transcript(world: World, device: str, _now: Instant) -> Iterator[bytes]:
    eui64, (version, last) = _eui64(world, device), _seen(world, device)
    master = world.keyring.key(eui64, KeyUsage.MASTER)
    went_down = [one.envelope for one in _passed(world, "down")]
    stolen = read_transcript(world.scheme, master, went_down, eui64).get(version)
    if stolen is not None:
        noop = NoOp(_next_id(world))
        scope = _scope(eui64, version, last + 1, noop)
        yield _framed(world, device, command_under(world.scheme, stolen, scope, noop), SMSO_EUI64)


def _with_changed_scope(world: World, device: str, now: Instant) -> Iterator[bytes]:
    """Have the DCO issue one code, and offer it for everything but what it was issued for."""
    noop = NoOp(_next_id(world))
    octets = instructions.encode(noop)
    asked = {
        "installation": world.installation,
        "device": device,
        "instruction": octets.hex(),
        "version": _seen(world, device)[0],
    }
    # Not through the engine's door: the DCO is asked by an insider of the S1SP, and nobody is told.
    made = world.organisations.dco.call("authorise", asked, now)
    if isinstance(made, PartyError):
        return
    code = Authorisation(made["key_version"], made["counter"], bytes.fromhex(made["code"]))
    flipped = bytes([code.code[0] ^ 1, *code.code[1:]])
    for command in (
        Command(instructions.encode(DisableSupply(noop.request_id)), code),
        Command(instructions.encode(NoOp(noop.request_id + 1)), code),
        Command(octets, replace(code, counter=code.counter + 1)),
        Command(octets, replace(code, key_version=code.key_version - 1)),
        Command(octets, replace(code, code=flipped)),
    ):
        yield _framed(world, device, command, S1SP_EUI64)
    for other in world.case.installation.meter_names:
        if other != device:
            yield _framed(world, other, Command(octets, code), S1SP_EUI64)


def _with_other_keys(world: World, device: str, _now: Instant) -> Iterator[bytes]:
    eui64, (version, last) = _eui64(world, device), _seen(world, device)
    for usage in _OTHERS:
        peer = (S1SP_EUI64,) if usage is KeyUsage.TRANSPORT else ()
        value = world.keyring.key(eui64, usage, *peer).value
        noop = NoOp(_next_id(world))
        scope = _scope(eui64, version, last + 1, noop)
        as_sua = Key(KeyUsage.SUA, value)
        yield _framed(world, device, command_under(world.scheme, as_sua, scope, noop), S1SP_EUI64)


def _with_unknown_version(world: World, device: str, _now: Instant) -> Iterator[bytes]:
    version, last = _seen(world, device)
    number = _next_id(world)
    code = draw_bytes(world.case.seed, "adversary", "code", number, length=world.scheme.code_octets)
    authorisation = Authorisation(version + _UNKNOWN_BY, last + 1, code)
    command = Command(instructions.encode(NoOp(number)), authorisation)
    yield _framed(world, device, command, S1SP_EUI64)


_ARSENAL: dict[Adversary, Callable[[World, str, Instant], Iterator[bytes]]] = {
    Adversary.OLD_KEY: _with_old_key,
    Adversary.MASTER_KEY: _with_master_key,
    Adversary.TRANSCRIPT: _with_transcript,
    Adversary.CHANGED_SCOPE: _with_changed_scope,
    Adversary.OTHER_KEYS: _with_other_keys,
    Adversary.UNKNOWN_VERSION: _with_unknown_version,
}


def _seen(world: World, device: str) -> tuple[int, int]:
    """Return version and last counter of a meter, by the newest of its answers on the WAN."""
    newest = (1, 0)
    for event in _passed(world, "up"):
        envelope = read_envelope(event.envelope)
        if envelope is None or envelope.originator != _eui64(world, device):
            continue
        if envelope.kind is not EnvelopeKind.ANSWER:
            continue
        try:
            answer = answers.decode(envelope.payload)
        except DecodeError:
            continue
        newest = max(newest, (answer.key_version, answer.last_counter))
    return newest


def _passed(world: World, direction: str) -> Iterator[WanPassed]:
    for event in world.trace.events:
        if isinstance(event, WanPassed) and event.direction == direction:
            yield event


def _next_id(world: World) -> int:
    world.forgeries += 2  # a changed request id takes the one in between
    return FIRST_ID + world.forgeries


def _eui64(world: World, device: str) -> Eui64:
    return world.home.meters[device].eui64


def _scope(eui64: Eui64, version: int, counter: int, instruction: Instruction) -> SuaScope:
    return SuaScope(
        eui64=eui64,
        key_version=max(version, 1),
        counter=counter,
        digest=instructions.digest(instructions.encode(instruction)),
    )


def _framed(world: World, device: str, command: Command, sender: Eui64) -> bytes:
    eui64 = _eui64(world, device)
    return enveloped(
        command,
        sender=sender,
        target=eui64,
        message_id=_next_id(world),
        transport=world.keyring.key(eui64, KeyUsage.TRANSPORT, sender),
    )
