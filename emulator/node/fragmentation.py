"""APS fragmentation: what is too long for a frame goes in blocks, one at a time.

Source: ZigBee specification (05-3474) section 2.2.8.4.5, with the settings of Smart Energy (window
1, 128 octets of incoming transfer by default, tables 5-8 and 5-9, read second-hand: han.md section
3). Every block has an APS header of its own and, secured, an auxiliary header and a MIC of its own.
"""

from dataclasses import dataclass, field

from hanbench.emulator.instant import SECOND_US, Instant, after
from hanbench.protocol.zigbee.aps import Fragment, Part

INCOMING_OCTETS_MAX = 1_500
"""What we reassemble; SE's default of 128 is too small for its own certificates in a tunnel [M]."""
REASSEMBLY_US = 20 * SECOND_US
"""How long an unfinished transfer is kept [M]."""
TRANSFERS_MAX = 4
"""How many unfinished transfers are kept at a time [M]."""
BITMAP_OF_ONE = 0xFF
"""Window 1: the lowest bit is the block's, the others stand beyond the window and are set."""


def blocks_of(payload: bytes, octets: int) -> tuple[bytes, ...]:
    """Cut a payload into blocks of so many octets."""
    return tuple(payload[at : at + octets] for at in range(0, len(payload), octets))


def header_of(index: int, total: int) -> Fragment:
    """Return the extended header of one block: the first tells how many there are."""
    return Fragment(Part.FIRST, total) if index == 0 else Fragment(Part.LATER, index)


def acknowledgement_of(block: Fragment) -> Fragment:
    """Return the extended header that acknowledges one block."""
    index = 0 if block.part is Part.FIRST else block.block
    return Fragment(block.part, index, BITMAP_OF_ONE)


@dataclass(slots=True)
class _Transfer:
    total: int
    expires_at: Instant
    blocks: dict[int, bytes] = field(default_factory=dict)


class Reassembler:
    """Puts the blocks of several senders together again."""

    def __init__(self) -> None:
        self._transfers: dict[tuple[int, int], _Transfer] = {}

    def take(
        self, sender: int, counter: int, block: Fragment, payload: bytes, now: Instant
    ) -> bytes | None:
        """Take one block; return the whole when it was the last that lacked.

        A block of a transfer whose first was never heard is of no use: the sender begins again.
        """
        self._expire(now)
        key = (sender, counter)
        if block.part is Part.FIRST:
            self._transfers.setdefault(
                key, _Transfer(block.block, after(now, REASSEMBLY_US))
            ).blocks[0] = payload
        transfer = self._transfers.get(key)
        if transfer is None:
            return None
        if block.part is Part.LATER and block.block < transfer.total:
            transfer.blocks[block.block] = payload
        held = sum(map(len, transfer.blocks.values()))
        if held > INCOMING_OCTETS_MAX:
            del self._transfers[key]
            return None
        self._make_room()
        if len(transfer.blocks) < transfer.total:
            return None
        self._transfers.pop(key, None)
        return b"".join(transfer.blocks[index] for index in range(transfer.total))

    def clear(self) -> None:
        """Forget what is unfinished."""
        self._transfers.clear()

    def _expire(self, now: Instant) -> None:
        stale = [key for key, one in self._transfers.items() if one.expires_at <= now]
        for key in stale:
            del self._transfers[key]

    def _make_room(self) -> None:
        while len(self._transfers) > TRANSFERS_MAX:
            del self._transfers[next(iter(self._transfers))]
