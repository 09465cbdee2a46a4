"""What a child that sleeps agrees with its parent: how long it may be silent.

Source: ZigBee specification (05-3474, revision 21) section 3.6.10: asked after each join and
rejoin (han.md section 2). How often it asks a parent that does not answer, and that it then goes by
the default, are modelled [M].

    joined, rejoined ──End Device Timeout Request──> answered
                          └──1 s, three times──> the parent's default
"""

from hanbench.emulator.device import Transmission
from hanbench.emulator.instant import SECOND_US, Instant, after
from hanbench.emulator.node.management import Management
from hanbench.emulator.node.parent.children import TIMEOUT_DEFAULT
from hanbench.protocol.zigbee.nwk_commands import (
    EndDeviceTimeoutRequest,
    EndDeviceTimeoutResponse,
    TimeoutStatus,
)

KIND = "timeout"
ANSWER_US = SECOND_US
TRIES_MAX = 3


class ChildTimeout:
    """One child's side."""

    def __init__(self, management: Management, timeout: int = TIMEOUT_DEFAULT) -> None:
        self.deadline: Instant | None = None
        self.agreed: int | None = None
        """The number that the parent has agreed to; None: it has not, and goes by its default."""
        self._management = management
        self._timeout = timeout
        self._tries = 0

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for an answer, with its receiver on."""
        return self.deadline is not None

    def begin(self, now: Instant) -> list[Transmission]:
        """Ask the parent; one that routes is nobody's child in this sense."""
        self._tries, self.agreed = 0, None
        return self._ask(now)

    def answered(self, response: EndDeviceTimeoutResponse) -> None:
        """Take the parent's answer."""
        if self.is_waiting and response.status == TimeoutStatus.SUCCESS:
            self.agreed = self._timeout
        self.deadline = None

    def wake(self, now: Instant) -> list[Transmission]:
        """Ask again, or let it be."""
        if self.deadline is None or self.deadline > now:
            return []
        return self._ask(now)

    def stop(self) -> None:
        """Wait no more."""
        self.deadline = None

    def _ask(self, now: Instant) -> list[Transmission]:
        me = self._management.membership
        parent = None if me.parent is None else me.short_of.get(me.parent)
        if me.is_router or parent is None or self._tries == TRIES_MAX:
            self.deadline = None
            return []
        self._tries += 1
        self.deadline = after(now, ANSWER_US)
        request = EndDeviceTimeoutRequest(self._timeout)
        return self._management.nwk_command(request, parent, KIND, now)
