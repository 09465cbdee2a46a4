"""The keys and frame counters of one node: what it seals, what it opens, what it drops.

Source: ZigBee specification (05-3474) sections 4.3.1 (NWK security), 4.4.1 (APS security), 4.3.1.2
(incoming counters) and 4.6.3.4 (network key update). A node holds the network key that is in use
and the one that will follow; it counts what it hears for each neighbour under each key apart, so
that a new key begins with counters of its own.
"""

import enum
from collections.abc import Mapping

from hanbench.emulator.node.bounded import remember
from hanbench.emulator.node.drops import Drop
from hanbench.protocol.errors import SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key
from hanbench.protocol.zigbee import aps, nwk
from hanbench.protocol.zigbee.aps import ApsFrame
from hanbench.protocol.zigbee.nwk import NwkFrame
from hanbench.protocol.zigbee.security import AuxHeader, KeyId

__all__ = ["COUNTER_STRIDE", "Drop", "KeyOrigin", "NodeSecurity"]

FIRST_SEQUENCE = 0
COUNTER_STRIDE = 0x400
"""A node writes its outgoing counters to NVM every so many frames and skips to the next multiple
when it restarts, so that it never repeats one [M]."""
SEQUENCE_MODULUS = 256
COUNTED_MAX = 64
"""The frame counters of how many senders are kept under one network key [M]. Whoever holds that key
can push another's out, and then repeat what it said: but it could as well have said it itself."""
_HALF = SEQUENCE_MODULUS // 2


class KeyOrigin(enum.StrEnum):
    """How a link key came about."""

    PROVISIONED = "provisioned"
    """With the home, which had established it long before."""
    INSTALL_CODE = "install-code"
    """Preconfigured: good for joining and nothing else."""
    CBKE_1 = "cbke-1"
    CBKE_2 = "cbke-2"
    APPLICATION = "application"
    """Made by the trust centre for two members."""


class NodeSecurity:
    """Seals what a node sends and opens what it receives, counting both ways."""

    def __init__(
        self,
        me: Eui64,
        network_key: Key | None,
        link_keys: Mapping[Eui64, Key],
        first_counter: int = 1,
    ) -> None:
        self._me = me
        self._first_counter = first_counter
        self.active_sequence = FIRST_SEQUENCE
        """Number of the network key that is in use."""
        self._network_keys = {} if network_key is None else {FIRST_SEQUENCE: network_key}
        self._network_sent = first_counter
        self._stride = 1
        self._network_heard: dict[int, dict[Eui64, int]] = {FIRST_SEQUENCE: {}}
        self._link_keys = dict(link_keys)
        self._origins = dict.fromkeys(link_keys, KeyOrigin.PROVISIONED)
        self._link_sent: dict[Eui64, int] = {}
        self._link_heard: dict[Eui64, int] = {}
        self.preconfigured: Key | None = None
        """The link key of the install code: what opens the first network key, whoever sends it."""

    @property
    def has_network_key(self) -> bool:
        """Whether it can speak on its network at all."""
        return self.active_sequence in self._network_keys

    @property
    def network_key(self) -> Key:
        """The network key in use, of which there must be one."""
        return self._network_keys[self.active_sequence]

    def holds_network_key(self, sequence: int) -> bool:
        """Whether it has the network key of this number, in use or not."""
        return sequence in self._network_keys

    def network_key_of(self, sequence: int) -> Key:
        """Return the network key of a number, which must be held."""
        return self._network_keys[sequence]

    def start_over(self, key: Key, sequence: int) -> None:
        """Begin on a network with this key; under the key that it holds, its counts go on."""
        heard = self._heard_under(key, sequence)
        self._network_keys = {sequence: key}
        self._network_heard = {sequence: heard}
        self.active_sequence = sequence
        self._network_sent = _next_stride(self._network_sent)

    def add_network_key(self, key: Key, sequence: int) -> None:
        """Take a network key; it is used from `switch_network_key` on."""
        heard = self._heard_under(key, sequence)
        self._network_keys[sequence] = key
        self._network_heard[sequence] = heard

    def switch_network_key(self, sequence: int) -> bool:
        """Use another network key, with counters of its own; False if it is not known."""
        if sequence not in self._network_keys:
            return False
        if sequence == self.active_sequence:
            return True
        self.active_sequence = sequence
        self._network_sent = self._first_counter
        # The key before is kept until the next comes, for those who switch late.
        newest = (sequence, (sequence - 1) % SEQUENCE_MODULUS)
        self._network_keys = {n: key for n, key in self._network_keys.items() if n in newest}
        self._network_heard = {n: self._network_heard.get(n, {}) for n in self._network_keys}
        return True

    def forget_network(self) -> None:
        """Lose every network key, as one who leaves does."""
        self._network_keys.clear()
        self._network_heard.clear()

    def link_key(self, peer: Eui64) -> Key | None:
        """Return the link key shared with a peer; None if there is none."""
        return self._link_keys.get(peer)

    @property
    def peers(self) -> tuple[Eui64, ...]:
        """Those with whom a link key is shared."""
        return tuple(self._link_keys)

    def link_key_origin(self, peer: Eui64) -> KeyOrigin | None:
        """Return how the link key shared with a peer came about; None without one."""
        return self._origins.get(peer)

    def is_preconfigured(self, peer: Eui64) -> bool:
        """Whether the link key shared with a peer is good for joining alone."""
        return self._origins.get(peer) is KeyOrigin.INSTALL_CODE

    def set_link_key(self, peer: Eui64, key: Key, origin: KeyOrigin) -> None:
        """Replace the link key shared with a peer; what was heard under another is forgotten.

        Our own counter goes on. A peer that kept a key which we hand out once more (the old one of
        a device that comes back) would take a counter from the beginning for a replay.
        """
        known = self._link_keys.get(peer)
        if known is None or known.value != key.value:
            self._link_heard.pop(peer, None)
        self._link_keys[peer] = key
        self._origins[peer] = origin

    def forget_link_key(self, peer: Eui64) -> None:
        """Lose the link key shared with a peer."""
        self._link_keys.pop(peer, None)
        self._origins.pop(peer, None)

    def seal_nwk(self, frame: NwkFrame) -> bytes:
        """Return the octets of the frame under the network key in use and our next counter."""
        aux = AuxHeader(
            key_id=KeyId.NETWORK,
            frame_counter=self._network_sent,
            source=self._me,
            key_sequence=self.active_sequence,
        )
        self._network_sent += self._stride
        return nwk.secure(frame, aux, self._network_keys[self.active_sequence])

    def open_nwk(self, frame: NwkFrame, data: bytes) -> bytes | Drop:
        """Return the payload in clear of a frame decoded from `data`, or why it is dropped."""
        aux = frame.security
        if aux is None:
            return Drop.NOT_SECURED
        sequence = aux.key_sequence
        if aux.source is None or sequence is None or sequence not in self._network_keys:
            return Drop.UNKNOWN_KEY
        heard = self._network_heard[sequence]
        last = heard.get(aux.source, -1)
        if aux.frame_counter <= last:
            return Drop.REPLAYED
        try:
            clear = nwk.unsecure(frame, data, self._network_keys[sequence])
        except SecurityError:
            return Drop.BAD_MIC
        if last < 0:
            remember(heard, aux.source, aux.frame_counter, COUNTED_MAX)
        heard[aux.source] = aux.frame_counter
        if sequence != self.active_sequence and self._is_newer(sequence):
            # Whoever missed the broadcast switches when the others have (4.6.3.4).
            self.switch_network_key(sequence)
        return clear

    def seal_aps(
        self, frame: ApsFrame, peer: Eui64, key_id: KeyId = KeyId.LINK, key: Key | None = None
    ) -> bytes | Drop:
        """Return the octets of the frame under the link key shared with `peer`, or another key."""
        used = self._link_keys.get(peer) if key is None else key
        if used is None:
            return Drop.UNKNOWN_KEY
        counter = self._link_sent.get(peer, self._first_counter)
        self._link_sent[peer] = counter + self._stride
        # With the extended nonce, as the captured devices do: a sniffer that missed the join can
        # still open the frame.
        aux = AuxHeader(key_id=key_id, frame_counter=counter, source=self._me)
        return aps.secure(frame, aux, used)

    def open_aps(self, frame: ApsFrame, data: bytes, peer: Eui64) -> bytes | Drop:
        """Return the payload in clear of a frame from `peer`, or why it is dropped."""
        aux = frame.security
        if aux is None:
            return frame.payload
        keys = self._keys_for(aux.key_id, peer)
        if not keys:
            return Drop.UNKNOWN_KEY
        if aux.frame_counter <= self._link_heard.get(peer, -1):
            return Drop.REPLAYED
        for key in keys:
            try:
                clear = aps.unsecure(frame, data, key, peer)
            except SecurityError:
                continue
            self._link_heard[peer] = aux.frame_counter
            return clear
        return Drop.BAD_MIC

    @property
    def next_counter(self) -> int:
        """The frame counter of the next frame under the network key."""
        return self._network_sent

    def next_link_counter(self, peer: Eui64) -> int:
        """Return the frame counter of the next frame under the link key shared with a peer."""
        return self._link_sent.get(peer, self._first_counter)

    def last_heard(self, peer: Eui64) -> tuple[int | None, int | None]:
        """Return the last counters of a peer: under the network key in use, and the link key."""
        network = self._network_heard.get(self.active_sequence, {}).get(peer)
        return network, self._link_heard.get(peer)

    @property
    def is_stuck(self) -> bool:
        """Whether its counters stand still."""
        return self._stride == 0

    def stick(self) -> None:
        """Send the same frame counter from here on, as a worn memory does, until a restart."""
        self._stride = 0

    def restart(self) -> None:
        """Lose what is volatile: the neighbours' counters. Our own skip ahead, as NVM has them."""
        self._stride = 1
        for heard in self._network_heard.values():
            heard.clear()
        self._network_sent = _next_stride(self._network_sent)
        for peer, counter in self._link_sent.items():
            self._link_sent[peer] = _next_stride(counter)

    def _keys_for(self, key_id: KeyId, peer: Eui64) -> tuple[Key, ...]:
        """Return the keys that may open an APS frame, the likeliest first."""
        if key_id is KeyId.NETWORK:
            return ()
        key = self._link_keys.get(peer)
        first = () if key is None else (key,)
        # Outside, a network key may come under the link key that we once made or under that of
        # the install code (CCS02: either half of the window); inside, under the former alone.
        is_inside = key is not None and self.has_network_key
        if key_id is not KeyId.KEY_TRANSPORT or self.preconfigured is None or is_inside:
            return first
        return (*first, self.preconfigured)

    def _heard_under(self, key: Key, sequence: int) -> dict[Eui64, int]:
        """Return what was counted under a network key: nothing, unless it is the one we hold."""
        held = self._network_keys.get(sequence)
        if held is None or held.value != key.value:
            return {}
        return self._network_heard.get(sequence, {})

    def _is_newer(self, sequence: int) -> bool:
        return 0 < (sequence - self.active_sequence) % SEQUENCE_MODULUS < _HALF


def _next_stride(counter: int) -> int:
    return (counter // COUNTER_STRIDE + 1) * COUNTER_STRIDE
