"""A meter on a stand: one emulated meter of a home, fed envelopes by hand and at given instants.

No HAN and no hub stand between: an envelope is cut into Tunnelling segments as the hub would do it,
the meter does all that it does (transport MAC, SUA gate, memory, answer), and its answer is put
together again. The model check and the replay of a log drive a meter in this way.
"""

from collections.abc import Iterator

from hanbench.emulator.device import Packet
from hanbench.emulator.events import Event
from hanbench.emulator.fates import CommitFate, committed, undisturbed
from hanbench.emulator.instant import Instant, after
from hanbench.emulator.nvm import PowerCut
from hanbench.emulator.sua.memory import KeyTruth
from hanbench.emulator.zcl_sender import ZclSender
from hanbench.harness.homes.home import Fates, HomeBuilder
from hanbench.harness.homes.keyring import Keyring
from hanbench.harness.parties.organisations import S1SP_EUI64, SMSO_EUI64
from hanbench.harness.running.case import Case
from hanbench.protocol import tunnel_segments
from hanbench.protocol.sua import SuaScheme
from hanbench.protocol.tunnel_segments import Reassembly
from hanbench.protocol.zigbee import zcl
from hanbench.protocol.zigbee.clusters import tunnelling
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.tunnelling import TransferToClient, TransferToServer

_TUNNEL_ID = 1
_HEAD_ENDS = (SMSO_EUI64, S1SP_EUI64)


def keyring_of(case: Case) -> Keyring:
    """Return the keys of a case, as its world has them."""
    return Keyring(f"{case.installation.name}/{case.seed}", case.home.keys)


class MeterStand:
    """One meter, and the hand that feeds it."""

    def __init__(
        self,
        case: Case,
        scheme: SuaScheme,
        device: str,
        *,
        commit: CommitFate = committed,
        keyring: Keyring | None = None,
    ) -> None:
        self.events: list[Event] = []
        fates = Fates(self.events.append, undisturbed, commit)
        keys = keyring or keyring_of(case)
        home = HomeBuilder(case, keys, scheme, _HEAD_ENDS, fates).build()
        self.meter = home.meters[device]
        self._sender = ZclSender(home.hub.eui64, self.meter.core.setup.policy)

    @property
    def truth(self) -> KeyTruth:
        """What the meter's memory holds."""
        return self.meter.truth

    def take(self, envelope: bytes, now: Instant) -> tuple[bytes, ...]:
        """Hand the meter an envelope; return its answers: none, or one.

        A power cut at a commit restarts it; call `boot` to have it back.
        """
        answers: list[bytes] = []
        held = Reassembly()
        try:
            for part in tunnel_segments.segment(envelope):
                for segment in _segments_in(self.meter.core.take(self._packet(part), now)):
                    held, whole = held.take(segment)
                    answers += [] if whole is None else [whole]
        except PowerCut as cut:
            self.meter.restart(now, str(cut))
        return tuple(answers)

    def lose_power(self, now: Instant, because: str) -> None:
        """Let the meter go dark."""
        self.meter.restart(now, because)

    def boot(self) -> Instant:
        """Let a dark meter come back, and return when that is."""
        dark_until = self.meter.core.dark_until
        assert dark_until is not None, "only a dark meter boots"
        self.meter.core.due(dark_until)
        return after(dark_until, 0)

    def _packet(self, segment: bytes) -> Packet:
        command = TransferToServer(_TUNNEL_ID, segment)
        return self._sender.command(self.meter.eui64, ClusterId.TUNNELLING, command, kind="tunnel")


def _segments_in(packets: list[Packet]) -> Iterator[tunnel_segments.Segment]:
    for packet in packets:
        if packet.cluster != ClusterId.TUNNELLING:
            continue
        command = tunnelling.COMMANDS.decode(zcl.decode(packet.payload))
        if isinstance(command, TransferToClient):
            yield tunnel_segments.decode(command.data)
