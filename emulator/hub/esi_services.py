"""What a hub serves as the Energy Services Interface of its HAN: texts, calendar, names, firmware.

Sources: ZigBee Smart Energy Standard (07-5356), sections D.5 (Messaging), D.9 (Calendar), D.10
(Device Management) and D.11 (Events), and ZCL (075123) section 11.13 (OTA Upgrade), as collected in
han.md section 6. What a Secure hub holds is not public: it starts with none of these things, and
what there is not is NOT_FOUND [M]. A message lives until its time is over or it is cancelled.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hanbench.emulator.hub.image_server import Image, ImageServer
from hanbench.emulator.instant import MINUTE_US, START, Instant
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee.clusters import (
    calendar,
    device_management,
    events,
    messaging,
    ota_upgrade,
    price,
)
from hanbench.protocol.zigbee.clusters import time as time_cluster
from hanbench.protocol.zigbee.clusters.catalogue import ClusterCommand
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.ota_upgrade import ImageId
from hanbench.protocol.zigbee.zcl import ZclStatus

SERVED = (
    ClusterId.OTA_UPGRADE,
    ClusterId.PRICE,
    ClusterId.MESSAGING,
    ClusterId.CALENDAR,
    ClusterId.DEVICE_MANAGEMENT,
    ClusterId.EVENTS,
)
CONFIRMED_MAX = 32
"""How many confirmations of messages a hub remembers [M]."""
UNTIL_CANCELLED_MINUTES = 0xFFFF
NOTHING_CLEARED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EsiContent:
    """What the head-end has put on a hub before a home begins."""

    held: tuple[ClusterCommand, ...] = ()
    images: tuple[Image, ...] = ()
    running: Mapping[Eui64, ImageId] = field(default_factory=dict)
    """What each device runs, as the hub knows from its last query."""
    message: str = ""
    gas_price: price.PublishPrice | None = None
    """What the gas meter published last, before the home began."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message to the consumer, since when, and whether it was confirmed."""

    message: messaging.DisplayMessage
    since: Instant
    confirmed_utc: int | None = None


@dataclass(slots=True, kw_only=True)
class EsiServices:
    """What the ESI endpoint of a hub holds, and its answers."""

    utc_s: Callable[[Instant], int]
    """The hub's clock: Unix seconds."""
    images: ImageServer = field(default_factory=ImageServer)
    held: tuple[ClusterCommand, ...] = ()
    """What the head-end put there to be fetched: calendars and their parts, a change of supplier or
    tenancy, the site id, the customer's number; each is the command that publishes it."""
    gas_price: price.PublishPrice | None = None
    """As the gas meter last published it, for displays that ask the mirror."""
    last_message: Shown | None = None
    confirmed: deque[int] = field(default_factory=lambda: deque(maxlen=CONFIRMED_MAX))
    """The messages that were confirmed last, by number, in that order."""

    def provision(self, content: EsiContent) -> None:
        """Hold what the head-end has put there."""
        self.held, self.gas_price = content.held, content.gas_price
        self.images = ImageServer(content.images, dict(content.running))
        if content.message:
            self.message(content.message, START)

    def message(
        self, text: str, now: Instant, *, minutes: int = UNTIL_CANCELLED_MINUTES, number: int = 1
    ) -> messaging.DisplayMessage:
        """Take a text for the consumer; it wants a confirmation. It replaces the one before."""
        shown = messaging.DisplayMessage(
            message_id=number,
            control=messaging.MessageControl.CONFIRMATION,
            start_utc=self._utc(now),
            duration_minutes=minutes,
            text=text,
        )
        self.last_message = Shown(shown, now)
        return shown

    def cancel(self) -> messaging.CancelMessage | None:
        """Withdraw the message; None if there is none."""
        if self.last_message is None:
            return None
        number = self.last_message.message.message_id
        self.last_message = None
        return messaging.CancelMessage(number, 0)

    def take(
        self, command: ClusterCommand, source: Eui64, now: Instant
    ) -> ClusterCommand | ZclStatus:
        """Return the command that answers a client's, or a status."""
        match command:
            case messaging.GetLastMessage():
                return self._last_message(now)
            case messaging.MessageConfirmation(message_id=number):
                self.confirmed.append(number)
                return ZclStatus.SUCCESS
            case events.ClearEventLog():
                return events.ClearEventLogResponse(NOTHING_CLEARED)
            case price.GetCurrentPrice() | price.GetScheduledPrices():
                return _found(self.gas_price)
            case ota_upgrade.ImagePageRequest():
                return self.images.page(command, source, now)
            case _ if isinstance(command, ota_upgrade.Command):
                return self.images.take(command, source, self._utc(now))
            case _:
                return self._held(command)

    def _held(self, command: ClusterCommand) -> ClusterCommand | ZclStatus:
        if type(command) in _NEVER_HELD:
            return ZclStatus.NOT_FOUND
        wanted = _PUBLISHED_AS.get(type(command))
        if wanted is None:
            return ZclStatus.UNSUPPORTED_CLUSTER_COMMAND
        matching = (one for one in self.held if type(one) is wanted and _is_meant(command, one))
        return _found(next(matching, None))

    def _last_message(self, now: Instant) -> messaging.DisplayMessage | ZclStatus:
        held = self.last_message
        if held is None:
            return ZclStatus.NOT_FOUND
        minutes = held.message.duration_minutes
        is_over = minutes != UNTIL_CANCELLED_MINUTES and now - held.since >= minutes * MINUTE_US
        return ZclStatus.NOT_FOUND if is_over else held.message

    def _utc(self, now: Instant) -> int:
        return max(0, time_cluster.from_unix(self.utc_s(now)))


_PUBLISHED_AS: dict[type[ClusterCommand], type[ClusterCommand]] = {
    calendar.GetCalendar: calendar.PublishCalendar,
    calendar.GetDayProfiles: calendar.PublishDayProfile,
    calendar.GetWeekProfiles: calendar.PublishWeekProfile,
    calendar.GetSeasons: calendar.PublishSeasons,
    calendar.GetSpecialDays: calendar.PublishSpecialDays,
    device_management.GetChangeOfSupplier: device_management.PublishChangeOfSupplier,
    device_management.GetChangeOfTenancy: device_management.PublishChangeOfTenancy,
    device_management.GetSiteId: device_management.UpdateSiteId,
    device_management.GetCin: device_management.UpdateCin,
}
_NEVER_HELD = (
    messaging.GetMessageCancellation,
    calendar.GetCalendarCancellation,
    events.GetEventLog,
)
"""The hub serves these and has nothing to say."""


def _is_meant(asked: ClusterCommand, held: ClusterCommand) -> bool:
    """Whether a part of a calendar is of the one asked for, and not before the first wanted."""
    if isinstance(asked, calendar.GetDayProfiles) and isinstance(held, calendar.PublishDayProfile):
        return asked.calendar_id == held.calendar_id and held.day >= asked.first_day
    if isinstance(asked, calendar.GetWeekProfiles) and isinstance(
        held, calendar.PublishWeekProfile
    ):
        return asked.calendar_id == held.calendar_id and held.week >= asked.first_week
    if isinstance(asked, calendar.GetSeasons) and isinstance(held, calendar.PublishSeasons):
        return asked.calendar_id == held.calendar_id
    return True


def _found(held: ClusterCommand | None) -> ClusterCommand | ZclStatus:
    return ZclStatus.NOT_FOUND if held is None else held
