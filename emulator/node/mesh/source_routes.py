"""Source routing: the ways that devices told the concentrator, and frames that say their own way.

Source: ZigBee specification (05-3474) sections 3.6.3.3 (source routing), 3.6.3.6 (many-to-one) and
3.4.5 (route record), as collected in han.md section 2. A frame without room for its way goes by the
routing table.
"""

from dataclasses import dataclass

from hanbench.emulator.node.bounded import remember
from hanbench.emulator.node.membership import Membership
from hanbench.emulator.node.outgoing import Outgoing
from hanbench.protocol import ieee802154
from hanbench.protocol.identifiers import Eui64, ShortAddress

RELAYS_MAX = 5
"""How many relays a source route of ours holds at most [M]."""
RECORDS_MAX = 64
"""How many devices' ways are remembered [M]; the oldest gives way."""
HEADERS = 11 + 8 + 14 + 4
"""MAC with FCS, NWK header, auxiliary header and MIC, in octets."""


@dataclass(frozen=True, slots=True)
class Record:
    """The relays on the way of a device to the concentrator, nearest to the device first."""

    relays: tuple[ShortAddress, ...]


class SourceRoutes:
    """As a concentrator: how each device that said so is reached."""

    def __init__(self, membership: Membership) -> None:
        self.records: dict[ShortAddress, Record] = {}
        self._membership = membership

    def learn(self, source: ShortAddress, relays: tuple[ShortAddress, ...]) -> None:
        """Take the way that a device recorded."""
        remember(self.records, source, Record(relays), RECORDS_MAX)

    def forget(self, target: ShortAddress) -> None:
        """Lose the way to a device."""
        self.records.pop(target, None)

    def fail(self, hop: Eui64) -> None:
        """Lose every way over a neighbour that does not answer."""
        short = self._membership.short_of.get(hop)
        self.records = {
            target: record
            for target, record in self.records.items()
            if short not in (target, *record.relays)
        }

    def of(self, out: Outgoing) -> tuple[Outgoing, Eui64] | None:
        """Return a frame of ours with its way in it, and who is sent it first; None: no such way.

        The way of a device in reach has no relays: nothing need be said then.
        """
        record = self.records.get(out.frame.target)
        if record is None or out.frame.relays is not None:
            return None
        if out.frame.source != self._membership.short:
            return None
        relays = record.relays
        if not relays:
            hop = self._membership.eui64_of.get(out.frame.target)
            return None if hop is None else (out, hop)
        first = self._membership.eui64_of.get(relays[-1])
        name = 0 if out.frame.source_eui64 is None else 8
        octets = HEADERS + name + len(out.frame.payload) + 2 + 2 * len(relays)
        if first is None or octets > ieee802154.FRAME_OCTETS_MAX:
            return None
        routed = out.frame._replace(relays=relays, relay_index=len(relays) - 1)
        return out._replace(frame=routed), first

    def clear(self) -> None:
        """Forget every way."""
        self.records.clear()
