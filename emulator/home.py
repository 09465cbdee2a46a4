"""One Installation as it is driven: its devices, its hub, its HAN and its WAN."""

from collections.abc import Mapping, Sequence

from hanbench.emulator.device import Device, Poll
from hanbench.emulator.han import Han
from hanbench.emulator.hub.comms_hub import CommsHub
from hanbench.emulator.node.indirect_queue import IndirectQueue
from hanbench.emulator.wan import Wan
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.ieee802154 import BROADCAST_PAN


class Home:
    """The devices and the media of one Installation."""

    def __init__(
        self, installation: str, devices: Sequence[Device], hub: CommsHub, han: Han, wan: Wan
    ) -> None:
        self.installation = installation
        self.devices = tuple(devices)
        self.hub = hub
        self.han = han
        self.wan = wan
        self.held = IndirectQueue()
        self.dark: dict[Eui64, None] = {}
        """Devices without power."""
        self._by_address: Mapping[Eui64, Device] = {one.eui64: one for one in self.devices}

    def is_listening(self, eui64: Eui64) -> bool:
        """Whether a device has its receiver on."""
        device = self._by_address.get(eui64)
        if device is None or eui64 in self.dark:
            return False
        return device.is_listening or device.stack.is_busy

    def is_tuned(self, eui64: Eui64, frame: bytes) -> bool:
        """Whether a device's radio takes, and acknowledges, a frame that is sent to it alone.

        The PAN that a frame is for stands behind frame control and sequence number.
        """
        device = self._by_address.get(eui64)
        pan = None if device is None else device.stack.pan
        return pan in (None, BROADCAST_PAN) or frame[3:5] == pan.to_bytes(2, "little")

    def hears_polls_of(self, poll: Poll) -> bool:
        """Whether a parent is on, and on the PAN of a child that polls it."""
        parent = self._by_address.get(poll.parent)
        if parent is None or poll.parent in self.dark:
            return False
        pan = self._by_address[poll.child].stack.pan
        return pan is None or parent.stack.pan == pan

    def is_sleepy(self, eui64: Eui64 | None) -> bool:
        """Whether a device gets its frames by polling."""
        if eui64 is None or eui64 in self.dark:
            return False
        device = self._by_address.get(eui64)
        return device is not None and device.is_sleepy

    def waits_for_poll(self, eui64: Eui64 | None) -> bool:
        """Whether a frame for a device must wait for its next poll.

        A parent does not know when a child is awake: it holds every frame until it is asked. One
        that is on its way into the network has its receiver on.
        """
        if eui64 is None or not self.is_sleepy(eui64):
            return False
        return not self._by_address[eui64].stack.is_busy
