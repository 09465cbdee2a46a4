"""Takes the keys that the trust centre hands out, and only from it.

Source: ZigBee specification (05-3474) sections 4.4.2 (transport key) and 4.4.7 (switch key). A
first network key comes without NWK security, under the key-transport key of a link key; a later one
under the network key as well; an application link key under the key-load key.
"""

from hanbench.emulator.instant import Instant
from hanbench.emulator.node.device_object import HeardAps
from hanbench.emulator.node.joining.credentials import Credentials
from hanbench.emulator.node.joining.joiner import Joiner, Phase, Purpose
from hanbench.emulator.node.management import Management
from hanbench.emulator.node.node_security import KeyOrigin
from hanbench.emulator.node.surroundings import Surroundings
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.zigbee.aps_commands import TransportApplicationLinkKey, TransportNetworkKey
from hanbench.protocol.zigbee.security import KeyId


class KeyIntake:
    """What a member does with keys that come to it."""

    def __init__(
        self,
        management: Management,
        surroundings: Surroundings,
        credentials: Credentials,
        joiner: Joiner,
    ) -> None:
        self._management = management
        self._surroundings = surroundings
        self._credentials = credentials
        self._joiner = joiner

    def network_key(self, command: TransportNetworkKey, heard: HeardAps) -> bool:
        """Take a network key; True if it is the one that we waited for to get in."""
        me, security = self._management.membership, self._management.security
        if heard.key_id is not KeyId.KEY_TRANSPORT or command.target not in (me.me, Eui64(0)):
            return False
        key = self._key(KeyUsage.NETWORK, command.key)
        if heard.is_nwk_secured:
            if heard.source == me.trust_centre:
                security.add_network_key(key, command.key_sequence)
            return False
        if self._joiner.phase is not Phase.AWAITING_KEY:
            return False
        security.start_over(key, command.key_sequence)
        me.trust_centre = heard.source
        me.vouch(heard.source, ShortAddress(0))
        if self._joiner.purpose is Purpose.JOIN:
            assert self._credentials.install_key is not None, "the key was opened with it"
            first = self._credentials.install_key
            security.set_link_key(heard.source, first, KeyOrigin.INSTALL_CODE)
        return True

    def switch(self, sequence: int, heard: HeardAps, now: Instant) -> None:
        """Use another network key from now on, if the trust centre says so."""
        if not heard.is_nwk_secured or heard.source != self._management.membership.trust_centre:
            return
        if self._management.security.switch_network_key(sequence):
            self._surroundings.note("key-switched", now, f"sequence {sequence}")

    def link_key(self, command: TransportApplicationLinkKey, heard: HeardAps) -> bool:
        """Take a link key for another member; False if it is not the trust centre's."""
        if heard.key_id is not KeyId.KEY_LOAD:
            return False
        if heard.source != self._management.membership.trust_centre:
            return False
        key = self._key(KeyUsage.LINK, command.key)
        self._management.security.set_link_key(command.partner, key, KeyOrigin.APPLICATION)
        return True

    def _key(self, usage: KeyUsage, value: bytes) -> Key:
        return Key(usage, value, is_test_material=self._credentials.is_test_material)
