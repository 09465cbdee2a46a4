"""What a head-end may ask of a hub's gas mirror, and what the mirror tells the meter.

Sources: that the mirror answers a report of the sleeping meter with notification flags is the
ZigBee Smart Energy Standard (07-5356) section D.3 (han.md section 6); which flags this hub sets for
what is modelled [M]. Hub commands are the model's own (domain.md 10.8).
"""

from hanbench.emulator.hub.gas_mirror import Cancellation, GasMirror
from hanbench.emulator.instant import Instant
from hanbench.protocol import hub_command
from hanbench.protocol.hub_command import (
    EVERY_MESSAGE,
    Buffered,
    CancelBuffered,
    HubAnswer,
    NotFound,
    TooLate,
)
from hanbench.protocol.zigbee.clusters.metering import (
    FunctionalFlag,
    MirrorReportAttributeResponse,
    NotificationScheme,
)

_FOR_AN_ENVELOPE = FunctionalFlag.STAY_AWAKE_REQUEST_WAN | FunctionalFlag.TUNNEL_MESSAGE_PENDING
_FOR_A_DISPLAY = FunctionalFlag.STAY_AWAKE_REQUEST_HAN


def buffered(mirror: GasMirror | None) -> Buffered:
    """List the messages of head-ends that wait, in the order in which the meter would get them."""
    waiting = mirror.in_offer_order if mirror else ()
    return Buffered(tuple(held.message_id for held in waiting if held.is_envelope))


def cancel(mirror: GasMirror | None, command: CancelBuffered, now: Instant) -> HubAnswer:
    """Cancel one message, or every one."""
    if mirror is None:
        return NotFound()
    is_all = command.message_id == EVERY_MESSAGE
    result = mirror.cancel_all(now) if is_all else mirror.cancel(command.message_id, now)
    match result.says:
        case Cancellation.CANCELLED:
            return hub_command.Cancelled(result.dropped)
        case Cancellation.TOO_LATE:
            return TooLate()
        case Cancellation.NOT_FOUND:
            return NotFound()


def notification(mirror: GasMirror | None, now: Instant) -> MirrorReportAttributeResponse:
    """Return what a meter that has reported is told: whether it should stay awake, and why."""
    flags = FunctionalFlag(0)
    for held in mirror.waiting if mirror else ():
        if held.available_from <= now:
            flags |= _FOR_AN_ENVELOPE if held.is_envelope else _FOR_A_DISPLAY
    return MirrorReportAttributeResponse(NotificationScheme.FUNCTIONAL_FLAGS_ALONE, (int(flags),))
