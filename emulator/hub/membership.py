"""Who is on a hub's HAN and who may come: its join table, its device log, its trust centre.

Sources: DUIST CCS01 and CCS02, alert 8F12 (domain.md 6.5); that the native join table and the log
are two things, and what was there at migration stays, is domain.md 10.8. What the alert's backup
looks like is modelled [M]: each device with the hash of its trust centre link key, empty until
there is one.
"""

from collections.abc import Callable

from hanbench.emulator.device import Output
from hanbench.emulator.instant import SECOND_US, Instant, after
from hanbench.emulator.node.trust_centre.device_log import DeviceLog
from hanbench.emulator.node.trust_centre.join_table import JoinTable, Member
from hanbench.emulator.node.trust_centre.trust_centre import TrustCentre, Who
from hanbench.emulator.node.zdo.node_object import NodeObject
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.hub_command import BadInstallCode, Logged, NotFound, Unlogged
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.zigbee import install_code
from hanbench.protocol.zigbee.mmo import mmo_hash

DEVICE_LOG_CHANGED = 0x8F12

RaiseAlert = Callable[[int, str, Instant], list[Output]]
NoteChange = Callable[[str, Eui64, Instant], None]
"""Records that a device was put on the log or taken off it."""


class HubMembership:
    """The members of one hub's HAN, and its log."""

    def __init__(
        self,
        joined: JoinTable,
        node: NodeObject | None,
        who: Who,
        alert: RaiseAlert,
        note: NoteChange,
    ) -> None:
        self.log = DeviceLog()
        self.trust_centre: TrustCentre | None = None
        self._alert = alert
        self._note = note
        if node is not None:
            self.trust_centre = node.become_trust_centre(joined, self.log, who)

    def watch(
        self, joined: Callable[[Member], None], gone: Callable[[Eui64, Instant], None]
    ) -> None:
        """Be told of who has joined and made a link key, and of who has left or was put out."""
        if self.trust_centre is not None:
            self.trust_centre.on_joined, self.trust_centre.on_gone = joined, gone

    def permit_joining(self, seconds: int, now: Instant) -> list[Output]:
        """Open the network for joiners; who is not on the log is refused all the same."""
        if self.trust_centre is None:
            return []
        return [*self.trust_centre.permit(seconds, now)]

    def update_network_key(self, now: Instant) -> list[Output]:
        """Replace the network key."""
        if self.trust_centre is None:
            return []
        return [*self.trust_centre.update_network_key(now)]

    def remove(self, device: Eui64, now: Instant) -> list[Output]:
        """Put a member out."""
        if self.trust_centre is None:
            return []
        return [*self.trust_centre.remove(device, now)]

    def add(
        self, device: Eui64, code: bytes, window_s: int, now: Instant, *, is_test: bool
    ) -> tuple[Logged | BadInstallCode, list[Output]]:
        """Put a device on the log by its install code, and open the window for it."""
        try:
            key = install_code.link_key(install_code.decode(code), is_test_material=is_test)
        except DecodeError as error:
            return BadInstallCode(error.field), []
        held = None if self.trust_centre is None else self.trust_centre.key_of_member(device)
        is_new = self.log.add(device, key, now, after(now, window_s * SECOND_US), held)
        outputs: list[Output] = []
        if is_new:
            self._note("logged", device, now)
            outputs += self._alert(DEVICE_LOG_CHANGED, self._backup(), now)
        return Logged(int(is_new)), [*outputs, *self.permit_joining(window_s, now)]

    def drop(self, device: Eui64, now: Instant) -> tuple[Unlogged | NotFound, list[Output]]:
        """Take a device off the log and off the HAN; its key goes to the historic log."""
        if device not in self.log:
            return NotFound(), []
        # Put out first, which may cost the power: a log without it would be answered NOT FOUND.
        told_to_leave = self.remove(device, now)
        self.log.remove(device)
        self._note("unlogged", device, now)
        outputs = self._alert(DEVICE_LOG_CHANGED, self._backup(), now)
        return Unlogged(), [*outputs, *told_to_leave]

    def _backup(self) -> str:
        return " ".join(
            f"{eui64:016x}={_hashed(entry.link_key)}" for eui64, entry in self.log.entries
        )


def _hashed(key: Key | None) -> str:
    return "" if key is None else mmo_hash(key.require(KeyUsage.LINK)).hex()[:8]
