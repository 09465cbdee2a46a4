"""Why a stack did not use a frame, and how often."""

import enum
from dataclasses import dataclass, field


class Drop(enum.StrEnum):
    """Why a stack did not use a frame."""

    BAD_FCS = "bad-fcs"
    MALFORMED = "malformed"
    NOT_FOR_US = "not-for-us"
    NOT_JOINED = "not-joined"
    NOT_SECURED = "not-secured"
    UNKNOWN_KEY = "unknown-key"
    UNKNOWN_ADDRESS = "unknown-address"
    BAD_MIC = "bad-mic"
    REPLAYED = "replayed"
    DUPLICATE = "duplicate"
    RADIUS_SPENT = "radius-spent"
    NO_ROUTE = "no-route"
    NO_ROOM = "no-room"
    """A table of bounded size is full of what came before."""
    NOT_ACKNOWLEDGED = "not-acknowledged"
    TOO_LONG = "too-long"
    REFUSED = "refused"
    UNSUPPORTED = "unsupported"
    NO_ENDPOINT = "no-endpoint"
    """For an endpoint that is not there, or under a profile that it does not have."""


@dataclass(slots=True)
class Counters:
    """What a stack did since it was made."""

    sent: int = 0
    received: int = 0
    """Packets, acknowledgements and commands for this node."""
    relayed: int = 0
    dropped: dict[Drop, int] = field(default_factory=dict)

    def drop(self, reason: Drop) -> None:
        """Count one frame that was not used."""
        self.dropped[reason] = self.dropped.get(reason, 0) + 1
