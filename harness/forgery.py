"""What an adversary who holds the transport key, but no SUA key, can send (P1, P8, P11).

It is an S1SP alone: its envelopes pass step 0, and its codes are guesses drawn from the seed.
"""

from hanbench.harness.organisations import S1SP_EUI64
from hanbench.harness.streams import draw_bytes
from hanbench.harness.world import World
from hanbench.protocol import instruction as instructions
from hanbench.protocol import wan
from hanbench.protocol.instruction import Authorisation, Command, NoOp
from hanbench.protocol.keys import KeyUsage
from hanbench.protocol.wan import Envelope, EnvelopeKind

FIRST_MESSAGE_ID = 0x6000_0000
"""Away from those of the S1SP and the SMSO, so that a story never mixes them."""


def forged_commands(world: World, device: str, count: int) -> list[bytes]:
    """Return envelopes with no-ops under the right version and counter, and wrong codes."""
    return [_forged(world, device) for _ in range(count)]


def _forged(world: World, device: str) -> bytes:
    number = world.forgeries
    world.forgeries += 1
    meter = world.home.meters[device]
    truth = meter.truth
    code = draw_bytes(world.case.seed, "adversary", "code", number, length=world.scheme.code_octets)
    command = Command(
        instructions.encode(NoOp(request_id=FIRST_MESSAGE_ID + number)),
        Authorisation(truth.current_version or 1, truth.last_counter + 1, code),
    )
    envelope = Envelope(
        kind=EnvelopeKind.INSTRUCTION,
        originator=S1SP_EUI64,
        target=meter.eui64,
        message_id=FIRST_MESSAGE_ID + number,
        originator_counter=FIRST_MESSAGE_ID + number,
        payload=instructions.encode_command(command),
    )
    key = world.keyring.key(meter.eui64, KeyUsage.TRANSPORT, S1SP_EUI64)
    return wan.encode(envelope, key)
