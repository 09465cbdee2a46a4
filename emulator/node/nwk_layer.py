"""The lower half of a node's stack: MAC and NWK frames, sealed hop by hop, and relaying.

Source: ZigBee specification (05-3474) sections 3.6.3 (routing), 3.6.5 (broadcasts) and 4.3.1
(security). Each hop opens a frame and seals it anew under its own counter, with the radius one
less; the NWK source and sequence number stay.
"""

from collections import deque

from hanbench.emulator.device import Transmission
from hanbench.emulator.fates import Cause
from hanbench.emulator.node.neighbourhood import Neighbourhood
from hanbench.emulator.node.node_security import Drop, NodeSecurity
from hanbench.protocol import ieee802154
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.ieee802154 import BROADCAST_SHORT, MacFrame
from hanbench.protocol.zigbee import nwk
from hanbench.protocol.zigbee.nwk import FrameType, NwkFrame

DUPLICATE_WINDOW = 16
"""How many sequence numbers of each source are remembered [M]."""


class NwkLayer:
    """Sequence numbers, routes and duplicates of one node."""

    def __init__(self, me: Eui64, neighbourhood: Neighbourhood, security: NodeSecurity) -> None:
        addresses = neighbourhood.addresses
        self.short_of = {a.eui64: a.short for a in addresses}
        self.eui64_of = {a.short: a.eui64 for a in addresses}
        self.short = self.short_of[me]
        self.is_router = me in neighbourhood.routers
        self._me = me
        self._neighbourhood = neighbourhood
        self._security = security
        self._mac_sequence = 0
        self._nwk_sequence = 0
        self._seen: dict[ShortAddress, deque[int]] = {}

    def frame(self, frame_type: FrameType, target: ShortAddress, payload: bytes) -> NwkFrame:
        """Begin a frame of our own."""
        self._nwk_sequence = (self._nwk_sequence + 1) & 0xFF
        return NwkFrame(
            frame_type=frame_type,
            target=target,
            source=self.short,
            radius=nwk.RADIUS_MAX,
            sequence=self._nwk_sequence,
            payload=payload,
            discovers_route=not nwk.is_broadcast(target),
        )

    def to_air(
        self, frame: NwkFrame, target: Eui64 | None, kind: str, cause: Cause | None
    ) -> Transmission:
        """Seal a frame and wrap it for the next hop to `target`; None: to all in range.

        Raises:
            EncodeError: it is longer than the radio allows.
        """
        next_hop = None if target is None else self._neighbourhood.next_hop(self._me, target)
        self._mac_sequence = (self._mac_sequence + 1) & 0xFF
        mac = MacFrame(
            frame_type=ieee802154.FrameType.DATA,
            sequence=self._mac_sequence,
            payload=self._security.seal_nwk(frame),
            target_pan=self._neighbourhood.pan,
            target_short=BROADCAST_SHORT if next_hop is None else self.short_of[next_hop],
            source_short=self.short,
            ack_request=next_hop is not None,
        )
        return Transmission(
            sender=self._me,
            receiver=next_hop,
            frame=ieee802154.encode(mac),
            frame_kind=kind,
            cause=cause,
        )

    def open(self, octets: bytes) -> tuple[NwkFrame, bytes] | Drop:
        """Return the NWK frame that these octets carry to us and its payload in clear."""
        try:
            mac = ieee802154.decode(octets)
            if not self._is_for_us(mac):
                return Drop.NOT_FOR_US
            frame = nwk.decode(mac.payload)
        except DecodeError as error:
            return Drop.BAD_FCS if error.field == ieee802154.FCS_FIELD else Drop.MALFORMED
        if frame.target == nwk.ALL_ROUTERS and not self.is_router:
            return Drop.NOT_FOR_US  # not worth opening (3.6.5)
        clear = self._security.open_nwk(frame, mac.payload)
        return clear if isinstance(clear, Drop) else (frame, clear)

    def relay(
        self, frame: NwkFrame, clear: bytes, transmission: Transmission
    ) -> Transmission | Drop:
        """Return the frame as this router sends it on."""
        if frame.radius <= 1:
            return Drop.RADIUS_SPENT
        is_broadcast = nwk.is_broadcast(frame.target)
        target = None if is_broadcast else self.eui64_of.get(frame.target)
        if target is None and not is_broadcast:
            return Drop.UNKNOWN_ADDRESS
        onward = frame._replace(radius=frame.radius - 1, payload=clear, security=None)
        return self.to_air(onward, target, transmission.frame_kind, transmission.cause)

    def is_duplicate(self, frame: NwkFrame) -> bool:
        """Say whether this NWK frame was here before, and remember it.

        Counters catch a frame repeated by one neighbour; this catches the same frame from two, and
        our own broadcasts when a router sends them on.
        """
        seen = self._seen.setdefault(frame.source, deque(maxlen=DUPLICATE_WINDOW))
        if frame.source == self.short or frame.sequence in seen:
            return True
        seen.append(frame.sequence)
        return False

    def neighbour_routers(self) -> list[ShortAddress]:
        """Return the routers that this node hears directly, by short address."""
        hops = self._neighbourhood.next_hops
        return sorted(
            self.short_of[router]
            for router in self._neighbourhood.routers
            if router != self._me and (self._me, router) not in hops
        )

    def restart(self) -> None:
        """Forget what was heard."""
        self._seen.clear()

    def _is_for_us(self, mac: MacFrame) -> bool:
        return (
            mac.frame_type is ieee802154.FrameType.DATA
            and mac.target_pan == self._neighbourhood.pan
            and mac.target_short in (self.short, BROADCAST_SHORT)
        )
