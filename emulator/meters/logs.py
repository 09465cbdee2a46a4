"""The logs of a meter, and which code goes into which of them.

Source of the codes: the GBCS alert and event codes, as Smart DCC's public gbcs-parser lists them;
their routing follows one SMETS2 meter's manual (Aclara SGM1400) and is inferred for Secure's
(domain.md 3.3). Codes that the manual does not route are alerts without a log entry [M].

A log is bounded: when it is full, the oldest entry goes. Logs live in memory that keeps its
contents without power, and writing one is no fault point.
"""

import enum
from collections import deque
from dataclasses import dataclass

from hanbench.emulator.events import AlertRaised, LogWritten, Recorder
from hanbench.emulator.instant import Instant


class Log(enum.Enum):
    """Which of a meter's logs."""

    EVENT = "event"
    SECURITY = "security"
    UTRN = "utrn"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of a log."""

    at: Instant
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Route:
    """What a code means, and where it goes."""

    meaning: str
    log: Log | None = None
    is_alert: bool = False


ROUTES: dict[str, Route] = {
    "8F3D": Route("trusted source authentication failure", is_alert=True),
    "8F3E": Route("unauthorised communication access attempted", Log.SECURITY),
    "8F1E": Route("integrity or format check of a command failed", Log.SECURITY),
    "8F30": Route("source lacks authority", is_alert=True),
    "8F53": Route("authentication or authorisation failure", is_alert=True),
    "8F60": Route("malformed, out-of-order or unexpected command", is_alert=True),
    "8F51": Route("duplicate UTRN", is_alert=True),
    "8F63": Route("UTRN not authentic", is_alert=True),
    "8F64": Route("UTRN not for this device", is_alert=True),
    "8F5B": Route("credit would exceed the maximum of one top-up", is_alert=True),
    "8F47": Route("credit would exceed the maximum balance", Log.SECURITY),
    "81C4": Route("manual entry of UTRNs suspended", Log.EVENT, is_alert=True),
    "81C5": Route("UTRN rejected as locked out", Log.EVENT),
    "810E": Route("credit added locally", is_alert=True),
    "810D": Route("credit is low", is_alert=True),
    "8119": Route("emergency credit available", is_alert=True),
    "81AA": Route("emergency credit exhausted", Log.EVENT, is_alert=True),
    "81AB": Route("emergency credit activated", Log.EVENT, is_alert=True),
    "8F0F": Route("credit below the disablement threshold", is_alert=True),
    "8F32": Route("supply armed", is_alert=True),
    "8F33": Route("supply armed by load limit", is_alert=True),
    "8F34": Route("supply enabled after restoration", is_alert=True),
    "8168": Route("supply disabled, then armed on activation of emergency credit", is_alert=True),
    "8F01": Route("import above the load limit", is_alert=True),
    "81BF": Route("uncontrolled gas flow: supply armed", Log.EVENT, is_alert=True),
    "81BD": Route("the supply could not be connected", Log.EVENT, is_alert=True),
    "81C0": Route("the supply could not be disconnected", Log.EVENT, is_alert=True),
    "8184": Route("gas valve tested", Log.EVENT),
    "8F1D": Route("power loss of the GSME", Log.EVENT, is_alert=True),
    "8F1F": Route("battery is low", Log.EVENT, is_alert=True),
    "8183": Route("joined the smart metering HAN", Log.EVENT, is_alert=True),
    "8F35": Route("outage restored", Log.EVENT, is_alert=True),
    "8F36": Route("outage of three minutes or more restored", Log.EVENT, is_alert=True),
    "8F57": Route("supply interrupted", Log.EVENT),
    "8F70": Route("security credentials updated", Log.SECURITY),
    "8F3F": Route("tampered with", Log.SECURITY, is_alert=True),
    "8F73": Route("battery cover removed", Log.SECURITY, is_alert=True),
    "8F74": Route("meter cover removed", Log.SECURITY, is_alert=True),
    "8F75": Route("strong magnetic field", Log.SECURITY, is_alert=True),
    "8F76": Route("terminal cover removed", Log.SECURITY, is_alert=True),
    "8F77": Route("second terminal cover removed", Log.SECURITY, is_alert=True),
    "8F78": Route("opened in another way", Log.SECURITY, is_alert=True),
    "81C2": Route("tilted", Log.SECURITY, is_alert=True),
    "81C3": Route("upright again", Log.SECURITY),
    "8F52": Route("log cleared", Log.EVENT),
    "8145": Route("clock adjusted", Log.EVENT),
    "81C6": Route("clock not adjusted: outside the tolerance", Log.EVENT, is_alert=True),
}


class MeterLogs:
    """The event, security and UTRN logs of one meter, each of them first in, first out."""

    def __init__(self, device: str, installation: str, record: Recorder, capacity: int) -> None:
        self._device = device
        self._installation = installation
        self._record = record
        self._entries: dict[Log, deque[LogEntry]] = {log: deque(maxlen=capacity) for log in Log}

    def entries(self, log: Log) -> tuple[LogEntry, ...]:
        """Return what one log holds, oldest first."""
        return tuple(self._entries[log])

    def note(self, code: str, now: Instant, detail: str = "") -> None:
        """Put a code of `ROUTES` where it goes: into a log, to the head-end, or both."""
        route = ROUTES[code]
        text = f"{route.meaning}: {detail}" if detail else route.meaning
        if route.log is not None:
            self.write(route.log, code, text, now)
        if route.is_alert:
            self._record(AlertRaised(now, self._installation, self._device, code, text))

    def write(self, log: Log, code: str, text: str, now: Instant) -> None:
        """Append an entry; in a full log it takes the place of the oldest."""
        self._entries[log].append(LogEntry(now, code, text))
        self._record(LogWritten(now, self._installation, self._device, log.value, code, text))

    def clear(self, log: Log, now: Instant) -> None:
        """Empty one log, and say so in the event log."""
        self._entries[log].clear()
        self.note("8F52", now, log.value)
