"""The lower half of a node's stack: MAC and NWK frames, sealed hop by hop, and who they are for.

Source: ZigBee specification (05-3474) sections 3.6.3 (routing), 3.6.5 (broadcasts) and 4.3.1
(security). Each hop opens a frame and seals it anew under its own counter, with the radius one
less; the NWK source and sequence number stay.
"""

from typing import NamedTuple

from hanbench.emulator.device import Transmission
from hanbench.emulator.fates import Cause
from hanbench.emulator.instant import SECOND_US, Instant, after
from hanbench.emulator.node.bounded import remember
from hanbench.emulator.node.drops import Drop
from hanbench.emulator.node.membership import Membership
from hanbench.emulator.node.node_security import NodeSecurity
from hanbench.protocol import ieee802154
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.ieee802154 import BROADCAST_PAN, BROADCAST_SHORT, MacFrame
from hanbench.protocol.zigbee import nwk
from hanbench.protocol.zigbee.nwk import FrameType, NwkFrame

DUPLICATE_US = 9 * SECOND_US
"""How long a frame is remembered: NWK sequence numbers come round (nwkNetworkBroadcastDeliveryTime,
used for unicast frames too [M])."""
SEEN_MAX = 256
"""How many frames are remembered at most [M]; the oldest gives way."""


class Opened(NamedTuple):
    """A NWK frame that reached us, with its payload in clear."""

    frame: NwkFrame
    clear: bytes
    hop: Eui64 | None
    """Who sent it over the last hop; None where nothing proves or tells it."""


class NwkLayer:
    """Sequence numbers, sealing and duplicates of one node."""

    def __init__(self, membership: Membership, security: NodeSecurity) -> None:
        self.membership = membership
        self._security = security
        self._mac_sequence = 0
        self._nwk_sequence = 0
        self._seen: dict[int, Instant] = {}

    def begin_at(self, mac_sequence: int, nwk_sequence: int) -> None:
        """Begin to count elsewhere than at 1: a device that starts draws both by lot."""
        self._mac_sequence, self._nwk_sequence = mac_sequence & 0xFF, nwk_sequence & 0xFF

    def next_mac_sequence(self) -> int:
        """Return the next MAC sequence number."""
        self._mac_sequence = (self._mac_sequence + 1) & 0xFF
        return self._mac_sequence

    def frame(self, frame_type: FrameType, target: ShortAddress, payload: bytes) -> NwkFrame:
        """Begin a frame of our own."""
        self._nwk_sequence = (self._nwk_sequence + 1) & 0xFF
        return NwkFrame(
            frame_type=frame_type,
            target=target,
            source=self.membership.short,
            radius=nwk.RADIUS_MAX,
            sequence=self._nwk_sequence,
            payload=payload,
            discovers_route=not nwk.is_broadcast(target),
        )

    def to_air(
        self,
        frame: NwkFrame,
        hop: Eui64 | None,
        kind: str,
        cause: Cause | None,
        *,
        hop_short: ShortAddress | None = None,
        is_secured: bool = True,
    ) -> Transmission:
        """Seal a frame and wrap it for the next hop; None: to all in range.

        `hop_short` is given where the address map lacks the hop: a joiner on its way in.

        Raises:
            EncodeError: it is longer than the radio allows.
        """
        me = self.membership
        short = BROADCAST_SHORT if hop is None else hop_short
        mac = MacFrame(
            frame_type=ieee802154.FrameType.DATA,
            sequence=self.next_mac_sequence(),
            payload=self._security.seal_nwk(frame) if is_secured else nwk.encode(frame),
            target_pan=me.pan,
            target_short=me.short_of[hop] if short is None and hop is not None else short,
            source_short=me.short,
            ack_request=hop is not None,
        )
        return Transmission(
            sender=me.me,
            receiver=hop,
            frame=ieee802154.encode(mac),
            frame_kind=kind,
            cause=cause,
        )

    def to_sleepers(self, frame: NwkFrame, kind: str, cause: Cause | None) -> list[Transmission]:
        """Return the copies of a broadcast to all devices for our children that sleep (3.6.5).

        They are unicast at the MAC, so that they wait for a poll as any other frame.
        """
        if frame.target != nwk.ALL_DEVICES:
            return []
        me = self.membership
        return [
            self.to_air(frame, child, kind, cause)
            for child in me.sleeping_children
            if me.short_of.get(child) not in (None, frame.source)
        ]

    def hear(self, octets: bytes) -> MacFrame | Drop:
        """Return the MAC frame that these octets carry to us, or why it is dropped."""
        try:
            mac = ieee802154.decode(octets)
        except DecodeError as error:
            return Drop.BAD_FCS if error.field == ieee802154.FCS_FIELD else Drop.MALFORMED
        return mac if self._is_for_us(mac) else Drop.NOT_FOR_US

    def open(self, mac: MacFrame) -> Opened | Drop:
        """Return the NWK frame in a data frame with its payload in clear, or why it is dropped."""
        try:
            frame = nwk.decode(mac.payload)
        except DecodeError:
            return Drop.MALFORMED
        if frame.target == nwk.ALL_ROUTERS and not self.membership.is_router:
            return Drop.NOT_FOR_US  # not worth opening (3.6.5)
        if frame.security is None:
            short = mac.source_short
            hop = None if short is None else self.membership.eui64_of.get(short)
            return Opened(frame, frame.payload, hop)
        clear = self._security.open_nwk(frame, mac.payload)
        if isinstance(clear, Drop):
            return clear
        hop = frame.security.source
        if hop is not None and mac.source_short is not None:
            self._note(hop, mac.source_short)
        if frame.source_eui64 is not None:
            self._note(frame.source_eui64, frame.source)
        return Opened(frame, clear, hop)

    def reopen(self, transmission: Transmission) -> NwkFrame | None:
        """Return a frame that we sealed for the air as it was before; None if it has no NWK."""
        try:
            mac = ieee802154.decode(transmission.frame)
            frame = nwk.decode(mac.payload)
        except DecodeError:
            return None
        aux = frame.security
        if aux is None or aux.key_sequence != self._security.active_sequence:
            return None
        clear = nwk.unsecure(frame, mac.payload, self._security.network_key)
        return frame._replace(payload=clear, security=None)

    def is_duplicate(self, frame: NwkFrame, now: Instant) -> bool:
        """Say whether this unicast frame was here before, and remember it.

        Counters catch a frame repeated by one neighbour; this catches one that came by two ways,
        sent again because the acknowledgement of the first was lost.
        """
        seen, key = self._seen, frame.source << 8 | frame.sequence
        if frame.source == self.membership.short:
            return True
        until = seen.get(key)
        if until is not None:
            if now < until:
                return True
            del seen[key]  # so that it stands last, as the youngest
        if len(seen) >= SEEN_MAX:
            self._forget_old(now)
        remember(self._seen, key, after(now, DUPLICATE_US), SEEN_MAX)
        return False

    def restart(self) -> None:
        """Forget what was heard."""
        self._seen.clear()

    def _forget_old(self, now: Instant) -> None:
        self._seen = {key: until for key, until in self._seen.items() if now < until}

    def _note(self, eui64: Eui64, short: ShortAddress) -> None:
        """Learn who a stranger is; one that is known says so itself when it moves (3.6.1.9)."""
        me = self.membership
        if eui64 not in me.short_of and short not in me.eui64_of:
            me.hear_of(eui64, short)

    def _is_for_us(self, mac: MacFrame) -> bool:
        me = self.membership
        if mac.frame_type is ieee802154.FrameType.DATA:
            return mac.target_pan == me.pan and mac.target_short in (me.short, BROADCAST_SHORT)
        if mac.frame_type is ieee802154.FrameType.BEACON:
            return True
        if mac.target_eui64 is not None:
            return mac.target_eui64 == me.me
        is_ours = mac.target_pan in (me.pan, BROADCAST_PAN)
        return is_ours and mac.target_short in (me.short, BROADCAST_SHORT)
