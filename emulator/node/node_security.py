"""The keys and frame counters of one node: what it seals, what it opens, what it drops.

Source: ZigBee specification (05-3474) sections 4.3.1 (NWK security), 4.4.1 (APS security) and
4.3.1.2 (incoming counters). One network key, sequence number 0; it is not replaced during a
scenario [M].
"""

import enum
from collections.abc import Mapping

from hanbench.protocol.errors import SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key
from hanbench.protocol.zigbee import aps, nwk
from hanbench.protocol.zigbee.aps import ApsFrame
from hanbench.protocol.zigbee.nwk import NwkFrame
from hanbench.protocol.zigbee.security import AuxHeader, KeyId

KEY_SEQUENCE = 0
COUNTER_STRIDE = 0x400
"""A node writes its outgoing counters to NVM every so many frames and skips to the next multiple
when it restarts, so that it never repeats one [M]."""


class Drop(enum.StrEnum):
    """Why a stack did not use a frame."""

    BAD_FCS = "bad-fcs"
    MALFORMED = "malformed"
    NOT_FOR_US = "not-for-us"
    NOT_SECURED = "not-secured"
    UNKNOWN_KEY = "unknown-key"
    UNKNOWN_ADDRESS = "unknown-address"
    BAD_MIC = "bad-mic"
    REPLAYED = "replayed"
    DUPLICATE = "duplicate"
    RADIUS_SPENT = "radius-spent"
    UNSUPPORTED = "unsupported"


class NodeSecurity:
    """Seals what a node sends and opens what it receives, counting both ways."""

    def __init__(
        self, me: Eui64, network_key: Key, link_keys: Mapping[Eui64, Key], first_counter: int
    ) -> None:
        self._me = me
        self._network_key = network_key
        self._link_keys = link_keys
        self._first_counter = first_counter
        self._network_sent = first_counter
        self._link_sent: dict[Eui64, int] = {}
        self._network_heard: dict[Eui64, int] = {}
        self._link_heard: dict[Eui64, int] = {}

    def seal_nwk(self, frame: NwkFrame) -> bytes:
        """Return the octets of the frame under the network key and our next counter."""
        aux = AuxHeader(
            key_id=KeyId.NETWORK,
            frame_counter=self._network_sent,
            source=self._me,
            key_sequence=KEY_SEQUENCE,
        )
        self._network_sent += 1
        return nwk.secure(frame, aux, self._network_key)

    def open_nwk(self, frame: NwkFrame, data: bytes) -> bytes | Drop:
        """Return the payload in clear of a frame decoded from `data`, or why it is dropped."""
        aux = frame.security
        if aux is None:
            return Drop.NOT_SECURED
        if aux.source is None or aux.key_sequence != KEY_SEQUENCE:
            return Drop.UNKNOWN_KEY
        if aux.frame_counter <= self._network_heard.get(aux.source, -1):
            return Drop.REPLAYED
        try:
            clear = nwk.unsecure(frame, data, self._network_key)
        except SecurityError:
            return Drop.BAD_MIC
        self._network_heard[aux.source] = aux.frame_counter
        return clear

    def seal_aps(self, frame: ApsFrame, peer: Eui64) -> bytes | Drop:
        """Return the octets of the frame under the link key shared with `peer`."""
        key = self._link_keys.get(peer)
        if key is None:
            return Drop.UNKNOWN_KEY
        counter = self._link_sent.get(peer, self._first_counter)
        self._link_sent[peer] = counter + 1
        # With the extended nonce, as the captured devices do: a sniffer that missed the join can
        # still open the frame.
        aux = AuxHeader(key_id=KeyId.LINK, frame_counter=counter, source=self._me)
        return aps.secure(frame, aux, key)

    def open_aps(self, frame: ApsFrame, data: bytes, peer: Eui64) -> bytes | Drop:
        """Return the payload in clear of a frame from `peer`, or why it is dropped."""
        aux = frame.security
        if aux is None:
            return frame.payload
        key = self._link_keys.get(peer)
        if key is None or aux.key_id is KeyId.NETWORK:
            return Drop.UNKNOWN_KEY
        if aux.frame_counter <= self._link_heard.get(peer, -1):
            return Drop.REPLAYED
        try:
            clear = aps.unsecure(frame, data, key, peer)
        except SecurityError:
            return Drop.BAD_MIC
        self._link_heard[peer] = aux.frame_counter
        return clear

    def restart(self) -> None:
        """Lose what is volatile: the neighbours' counters. Our own skip ahead, as NVM has them."""
        self._network_heard.clear()
        self._network_sent = _next_stride(self._network_sent)
        for peer, counter in self._link_sent.items():
            self._link_sent[peer] = _next_stride(counter)


def _next_stride(counter: int) -> int:
    return (counter // COUNTER_STRIDE + 1) * COUNTER_STRIDE
