"""Broadcasts that are sent again until every router in reach was heard to repeat them.

Source: ZigBee specification (05-3474) section 3.6.5 (passive acknowledgement) and 3.6.3.5 (retries
of route requests). A broadcast is acknowledged by nobody; a router that repeats it shows thereby
that it heard it. A frame is sealed when it is sent and not when it is put here, since frame
counters must leave a node in their order.

    put ──jitter──> sent ──all were heard to repeat it, or an answer came──> done
                      └──interval──> sent again ──tries spent──> done
"""

from dataclasses import dataclass
from typing import NamedTuple

from hanbench.emulator.instant import Instant, after
from hanbench.emulator.node.outgoing import Outgoing
from hanbench.protocol.identifiers import Eui64

Key = tuple[str, int, int]
"""What a frame is known by: its sort, its source, its number."""


class Plan(NamedTuple):
    """How often a frame is sent at most, and how far apart."""

    tries: int
    interval_us: int


@dataclass(slots=True)
class _Repeat:
    out: Outgoing
    tries_left: int
    interval_us: int
    due: Instant
    awaited: dict[Eui64, None]
    is_sent: bool = False


class Repeats:
    """What one node will send by itself, once or again."""

    def __init__(self) -> None:
        self.deadline: Instant | None = None
        """When `due` is next worth calling; None: nothing waits."""
        self._waiting: dict[Key, _Repeat] = {}

    def begin(
        self,
        key: Key,
        out: Outgoing,
        now: Instant,
        plan: Plan,
        *,
        awaited: dict[Eui64, None],
        delay_us: int = 0,
    ) -> list[Outgoing]:
        """Take a frame; return it if it goes at once, and keep it for what is left of its plan.

        `awaited` are the neighbours who are to be heard repeating it.
        """
        one = _Repeat(out, plan.tries, plan.interval_us, after(now, delay_us), awaited)
        self._waiting[key] = one
        sent = [] if delay_us else self._take(key, one, now)
        self._plan()
        return sent

    def heard(self, key: Key, hop: Eui64) -> None:
        """Take that a neighbour repeated a frame."""
        one = self._waiting.get(key)
        if one is None or one.awaited.pop(hop, key) is key:
            return
        if one.is_sent and not one.awaited:
            self.drop(key)

    def drop(self, key: Key) -> None:
        """Send a frame no more: it is answered, or forgotten."""
        if self._waiting.pop(key, None) is not None:
            self._plan()

    def due(self, now: Instant) -> list[Outgoing]:
        """Return what is to be sent now."""
        if self.deadline is None or now < self.deadline:
            return []
        sent: list[Outgoing] = []
        for key, one in [*self._waiting.items()]:
            if one.due <= now:
                sent += self._take(key, one, now)
        self._plan()
        return sent

    def clear(self) -> None:
        """Forget everything."""
        self._waiting.clear()
        self.deadline = None

    def _take(self, key: Key, one: _Repeat, now: Instant) -> list[Outgoing]:
        """Send a frame once, and keep it only while somebody is awaited and tries are left."""
        one.is_sent = True
        one.tries_left -= 1
        one.due = after(now, one.interval_us)
        if not one.tries_left or not one.awaited:
            del self._waiting[key]
        return [one.out]

    def _plan(self) -> None:
        self.deadline = min((one.due for one in self._waiting.values()), default=None)
