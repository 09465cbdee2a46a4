"""The last part of joining: a link key of our own in place of the install code's.

Source: ZigBee Smart Energy Standard (07-5356) section 5.4.7.3 and annex C.3; as collected in han.md
sections 5 and 7. An unknown issuer makes the joiner leave; other failures are tried again after the
time that the other side asks for.

    has the network key ─> Match_Desc for 0x0800 ─> key establishment ─> joined
                                └── no answer, failure ──> again ──3 times──> leaves
"""

from collections.abc import Callable

from hanbench.emulator.device import Packet, Transmission
from hanbench.emulator.instant import SECOND_US, Instant, after
from hanbench.emulator.node.endpoints import SMART_ENERGY
from hanbench.emulator.node.joining.cbke_session import Failure
from hanbench.emulator.node.joining.credentials import Credentials
from hanbench.emulator.node.joining.joiner import Joiner
from hanbench.emulator.node.joining.key_establishment import KeyEstablishment
from hanbench.emulator.node.management import Management
from hanbench.emulator.node.node_security import KeyOrigin
from hanbench.emulator.node.surroundings import Surroundings
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.keys import Key
from hanbench.protocol.zigbee import zdo
from hanbench.protocol.zigbee.certificates import Suite
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.key_establishment import TerminateStatus

MATCH_WAIT_US = 10 * SECOND_US
TRIES_MAX = 3

Ask = Callable[[zdo.Message, Eui64, Instant], list[Transmission]]


class Securing:
    """How one joiner comes to its own link key."""

    def __init__(
        self,
        management: Management,
        surroundings: Surroundings,
        credentials: Credentials,
        joiner: Joiner,
        keys: KeyEstablishment,
        *,
        ask: Ask,
        leave: Callable[[Instant], list[Transmission]],
    ) -> None:
        self.deadline: Instant | None = None
        self._management = management
        self._surroundings = surroundings
        self._credentials = credentials
        self._joiner = joiner
        self._keys = keys
        self._ask = ask
        self._leave = leave
        self._tries = 0
        self._suites: list[Suite] = []

    def begin(self, now: Instant) -> list[Transmission]:
        """Begin, as soon as the network key is here."""
        self._tries = 0
        self._suites = sorted(self._credentials.certificates, reverse=True)
        return self._seek(now)

    def wake(self, now: Instant) -> list[Transmission]:
        """Try again when it is time."""
        if self.deadline is None or self.deadline > now:
            return []
        return self._seek(now)

    def matched(
        self, response: zdo.MatchDescriptorResponse, source: Eui64, now: Instant
    ) -> list[Packet]:
        """Take where the trust centre does key establishment."""
        if source != self._management.membership.trust_centre or not response.endpoints:
            return []
        if not self._suites:
            return []
        self.deadline = None
        return self._keys.begin(source, response.endpoints[0], self._suites[0], now)

    def established(self, peer: Eui64, key: Key, suite: Suite, now: Instant) -> None:
        """Take the link key that was made: we are joined."""
        origin = KeyOrigin.CBKE_1 if suite is Suite.SUITE_1 else KeyOrigin.CBKE_2
        self._management.security.set_link_key(peer, key, origin)
        self._joiner.secured()
        parent = self._management.membership.parent
        through = "" if parent is None else self._surroundings.name_of(parent)
        self._surroundings.note("joined", now, f"through {through}, by {origin.value}")

    def failed(self, failure: Failure, now: Instant) -> None:
        """Take that an exchange came to nothing."""
        if failure.status is TerminateStatus.UNKNOWN_ISSUER:
            self._suites = []
        elif failure.status is TerminateStatus.UNSUPPORTED_SUITE:
            self._suites = self._suites[1:]
        self.deadline = after(now, failure.wait_s * SECOND_US)

    def stop(self) -> None:
        """Forget what was under way."""
        self.deadline = None

    def _seek(self, now: Instant) -> list[Transmission]:
        """Ask the trust centre where key establishment is, or give up."""
        self._tries += 1
        if self._tries > TRIES_MAX or not self._suites:
            self.deadline = None
            self._surroundings.note("gave-up", now, "no link key could be made")
            return self._leave(now)
        self.deadline = after(now, MATCH_WAIT_US)
        request = zdo.MatchDescriptorRequest(
            short=ShortAddress(0),
            profile=SMART_ENERGY,
            server_clusters=(int(ClusterId.KEY_ESTABLISHMENT),),
        )
        return self._ask(request, self._management.membership.trust_centre, now)
