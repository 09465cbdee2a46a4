"""The tries of one unicast frame at the MAC: sent again until an acknowledgement comes back.

Source: IEEE 802.15.4-2011 section 5.1.6.4 (acknowledgements and retries), macMaxFrameRetries 3.
"""

from dataclasses import dataclass

from hanbench.emulator.fates import Delivery

TRIES_MAX = 4
"""The first and macMaxFrameRetries (3) more."""


@dataclass(frozen=True, slots=True)
class Try:
    """One time that a frame is sent: what a sniffer would note, and whether the ack came back."""

    fate: str
    delay_us: int = 0
    is_acknowledged: bool = False
    has_arrived: bool = False


DELIVERED = Try("delivered", is_acknowledged=True, has_arrived=True)
UNACKNOWLEDGED = Try("delivered", has_arrived=True)


def tries_for(copies: tuple[Delivery, ...]) -> tuple[Try, ...]:
    """Tell as a MAC would see it which copies of a unicast frame arrive.

    None: every try is lost. A duplicate: the ack was lost and the retry arrived too. A damaged copy
    is not acknowledged, so that it is sent again, unharmed.
    """
    if not copies:
        return (Try("lost"),) * TRIES_MAX
    last_good = max((i for i, copy in enumerate(copies) if not copy.is_damaged), default=None)
    tries = tuple(
        Try(
            "corrupt" if copy.is_damaged else "delivered",
            copy.delay_us,
            is_acknowledged=i == last_good,
            has_arrived=True,
        )
        for i, copy in enumerate(copies)
    )
    return (*tries, DELIVERED) if last_good is None else tries
