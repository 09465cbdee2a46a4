"""What an adversary can send who holds one half of what a meter wants (P1, P8, P11).

An S1SP alone has the transport key and no SUA key: its envelopes pass step 0, and its codes are
guesses drawn from the seed, or missing. A DCO alone makes true codes, and its envelopes are sealed
under a key that it had to guess.
"""

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.operation import PartyError
from hanbench.harness.parties.organisations import S1SP_EUI64
from hanbench.harness.streams import draw_bytes
from hanbench.harness.world import World
from hanbench.protocol import instruction as instructions
from hanbench.protocol import wan
from hanbench.protocol.instruction import Authorisation, Command, NoOp
from hanbench.protocol.keys import KEY_OCTETS, Key, KeyUsage
from hanbench.protocol.wan import Envelope, EnvelopeKind

FIRST_MESSAGE_ID = 0x6000_0000
"""Away from those of the S1SP and the SMSO, so that a story never mixes them."""


def forged_commands(world: World, device: str, count: int) -> list[bytes]:
    """Return envelopes with no-ops under the right version and counter, and wrong codes."""
    return [_forged(world, device) for _ in range(count)]


def _forged(world: World, device: str) -> bytes:
    number = _next(world)
    meter = world.home.meters[device]
    truth = meter.truth
    code = draw_bytes(world.case.seed, "adversary", "code", number, length=world.scheme.code_octets)
    command = Command(
        instructions.encode(NoOp(request_id=FIRST_MESSAGE_ID + number)),
        Authorisation(truth.current_version or 1, truth.last_counter + 1, code),
    )
    return _sealed(world, device, number, command, _transport_key(world, device))


def by_s1sp_alone(world: World, device: str) -> bytes:
    """Return an envelope of the S1SP with a guarded Instruction and no code at all."""
    number = _next(world)
    command = Command(instructions.encode(NoOp(request_id=FIRST_MESSAGE_ID + number)), None)
    return _sealed(world, device, number, command, _transport_key(world, device))


def by_dco_alone(world: World, device: str, now: Instant) -> bytes | None:
    """Return an envelope with a code that the DCO issued, sealed under a key of its own making.

    None: it is not entitled to the meter, and makes no code.
    """
    number = _next(world)
    instruction = instructions.encode(NoOp(request_id=FIRST_MESSAGE_ID + number))
    truth = world.home.meters[device].truth
    asked = {
        "installation": world.installation,
        "device": device,
        "instruction": instruction.hex(),
        "version": truth.current_version or 1,
    }
    made = world.organisations.call("DCO", "authorise", asked, now)
    if isinstance(made, PartyError):
        return None
    code = Authorisation(made["key_version"], made["counter"], bytes.fromhex(made["code"]))
    guess = draw_bytes(world.case.seed, "adversary", "transport", number, length=KEY_OCTETS)
    key = Key(KeyUsage.TRANSPORT, guess, is_test_material=True)
    return _sealed(world, device, number, Command(instruction, code), key)


def _next(world: World) -> int:
    world.forgeries += 1
    return world.forgeries - 1


def _transport_key(world: World, device: str) -> Key:
    meter = world.home.meters[device]
    return world.keyring.key(meter.eui64, KeyUsage.TRANSPORT, S1SP_EUI64)


def _sealed(world: World, device: str, number: int, command: Command, key: Key) -> bytes:
    envelope = Envelope(
        kind=EnvelopeKind.INSTRUCTION,
        originator=S1SP_EUI64,
        target=world.home.meters[device].eui64,
        message_id=FIRST_MESSAGE_ID + number,
        originator_counter=FIRST_MESSAGE_ID + number,
        payload=instructions.encode_command(command),
    )
    return wan.encode(envelope, key)
