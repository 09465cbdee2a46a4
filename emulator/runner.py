"""Drives the devices and the media of one or more homes, in virtual time or in real time.

A device says what it sends and when it is next due; the runner carries what it sends through the
Han and the Wan, and comes back. One runner drives all devices, since a task for each would cost
three times as much an event. Nothing hangs: a run ends by itself, at its instant, at its limit of
events, or because it was told to, and says which.
"""

import enum
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from hanbench.emulator.agenda import Agenda, Callback, Entry
from hanbench.emulator.device import Device, Output, Poll, Transmission, WanSend
from hanbench.emulator.fates import Cause
from hanbench.emulator.han import Arrival
from hanbench.emulator.home import Home
from hanbench.emulator.instant import MILLISECOND_US, Instant, after
from hanbench.emulator.nvm import PowerCut
from hanbench.protocol.identifiers import ShortAddress

__all__ = ["Agenda", "Callback", "Clock", "Entry", "HeadEnd", "Home", "Runner", "StopReason"]

EVENTS_MAX = 5_000_000
DATA_REQUEST = "data-request"
"""The kind of frame by which a joiner asks its parent for its short address."""
MAC_FAILURE_US = 15 * MILLISECOND_US
"""When the radio gives a unicast frame up: four tries with their waits, about [M]."""

HeadEnd = Callable[[str, bytes, Instant], None]
"""Takes what a hub sent up: Installation, envelope, instant."""


class StopReason(enum.Enum):
    """Why a run ended."""

    NOTHING_PENDING = "nothing-pending"
    """Nothing is left that could ever happen."""
    INSTANT_CEILING = "instant-ceiling"
    EVENT_LIMIT = "event-limit"
    STOPPED = "stopped"
    """Somebody called `stop`."""


class Clock(Protocol):
    """Time as the asynchronous runner is given it: virtual or real."""

    def now(self) -> Instant:
        """Return the present instant."""
        ...

    async def sleep_until(self, instant: Instant) -> None:
        """Wait for an instant; to come back early is allowed."""
        ...


class _Post:
    """A device at its place, with the entries in the agenda that wake it and its stack."""

    __slots__ = ("device", "home", "is_dark", "stack_wake", "wake")

    def __init__(self, device: Device, home: Home) -> None:
        self.device = device
        self.home = home
        self.wake: Entry | None = None
        self.stack_wake: Entry | None = None
        self.is_dark = False


class Runner:
    """Drives homes, and carries envelopes between their hubs and the head-ends."""

    def __init__(
        self, homes: Sequence[Home], head_end: HeadEnd, agenda: Agenda | None = None
    ) -> None:
        self.agenda = agenda if agenda is not None else Agenda()
        self._head_end = head_end
        self._is_stopped = False
        self._homes = {home.installation: home for home in homes}
        posts = [_Post(device, home) for home in homes for device in home.devices]
        self._posts = {(post.home.installation, post.device.eui64): post for post in posts}
        self._by_name = {(post.home.installation, post.device.name): post for post in posts}
        for post in posts:
            self._rearm(post)

    @property
    def now(self) -> Instant:
        """How far time has come."""
        return self.agenda.now

    def home(self, installation: str) -> Home:
        """Return a home; raise `KeyError` if there is none of that name."""
        return self._homes[installation]

    def device(self, installation: str, name: str) -> Device:
        """Return a device; raise `KeyError` if there is none of that name."""
        return self._by_name[installation, name].device

    def send_down(self, installation: str, octets: bytes, cause: Cause | None) -> None:
        """Hand an envelope to the WAN, for the hub of a home."""
        home = self._homes[installation]
        for at, copy in home.wan.down(octets, cause, self.now):
            self.agenda.at(at, partial(self._to_hub, home, copy))

    def emit(self, installation: str, name: str, outputs: Sequence[Output]) -> None:
        """Send what a device returned when somebody else called it: a keypad, a button."""
        self._perform(self._by_name[installation, name], outputs, self.now)

    def let(self, installation: str, name: str, do: Callable[[], Sequence[Output]]) -> None:
        """Let somebody else call a device, which may lose its power by that; send what it says."""
        post = self._by_name[installation, name]
        try:
            outputs = do()
        except PowerCut as cut:
            outputs = self._lost_power(post, cut, self.now)
        self._perform(post, outputs, self.now)

    def restart(self, installation: str, name: str, because: str) -> None:
        """Cut the power of a device and give it back."""
        post = self._by_name[installation, name]
        post.home.held.forget(post.device.eui64)
        self._perform(post, post.device.restart(self.now, because), self.now)

    def power_off(self, installation: str, name: str) -> None:
        """Take the power of a device away: it sends, hears and does nothing until it is back."""
        post = self._by_name[installation, name]
        if not post.is_dark:
            post.device.go_dark(self.now)
        post.is_dark = True
        post.home.dark[post.device.eui64] = None
        post.home.held.forget(post.device.eui64)

    def power_on(self, installation: str, name: str) -> None:
        """Give a device its power back."""
        post = self._by_name[installation, name]
        if post.is_dark:
            post.is_dark = False
            post.home.dark.pop(post.device.eui64, None)
            self._perform(post, post.device.restart(self.now, "power"), self.now)
            post.device.dark_since = None

    def partition(self, installation: str, of: str, until: Instant | None) -> None:
        """Cut off the WAN (`wan`) or a device of the HAN until an instant; None: for good."""
        home = self._homes[installation]
        if of == "wan":
            home.wan.partition(until)
        else:
            home.han.partition(self._by_name[installation, of].device.eui64, until)

    def stop(self) -> None:
        """End the run after what is happening now."""
        self._is_stopped = True

    def step(self) -> bool:
        """Let the next thing happen; return False when nothing is left."""
        return self.agenda.step()

    def run_until(self, until: Instant, events_max: int = EVENTS_MAX) -> StopReason:
        """Run in virtual time without asyncio, and say why it ended."""
        limit = self.agenda.events_run + events_max
        while True:
            reason = self._why_stop(until, limit)
            if reason is not None:
                return self._end(reason, until)
            self.step()

    async def run(self, clock: Clock, until: Instant, events_max: int = EVENTS_MAX) -> StopReason:
        """Run by a clock, and say why it ended."""
        limit = self.agenda.events_run + events_max
        while True:
            reason = self._why_stop(until, limit)
            if reason is StopReason.INSTANT_CEILING:
                await clock.sleep_until(until)
                if clock.now() < until:
                    continue  # woken early: something nearer may have been put down
            if reason is not None:
                return self._end(reason, until)
            due = self.agenda.next_instant()
            if due is not None and due > clock.now():
                await clock.sleep_until(due)
            if due is not None and due <= clock.now():
                self.step()

    def _why_stop(self, until: Instant, limit: int) -> StopReason | None:
        if self._is_stopped:
            return StopReason.STOPPED
        due = self.agenda.next_instant()
        if due is None:
            return StopReason.NOTHING_PENDING
        if due > until:
            return StopReason.INSTANT_CEILING
        return StopReason.EVENT_LIMIT if self.agenda.events_run >= limit else None

    def _end(self, reason: StopReason, until: Instant) -> StopReason:
        self._is_stopped = False
        if reason is StopReason.INSTANT_CEILING:
            self.agenda.run_due(until)  # nothing is due: this moves time to the ceiling
        return reason

    def _rearm(self, post: _Post) -> None:
        """Keep one wake of the device and one of its stack in the agenda, at their deadlines."""
        device = post.device
        post.wake = self._at(device.deadline, post.wake, post, self._wake)
        post.stack_wake = self._at(device.stack.deadline, post.stack_wake, post, self._wake_stack)

    def _at(
        self,
        deadline: Instant | None,
        entry: Entry | None,
        post: _Post,
        wake: Callable[[_Post, Instant], None],
    ) -> Entry | None:
        if entry is not None and entry.is_pending:
            if entry.when == deadline:
                return entry
            entry.cancel()
        return None if deadline is None else self.agenda.at(deadline, partial(wake, post))

    def _wake(self, post: _Post, now: Instant) -> None:
        if post.is_dark:
            return
        try:
            outputs = post.device.wake(now)
        except PowerCut as cut:
            outputs = self._lost_power(post, cut, now)
        self._perform(post, outputs, now)

    def _wake_stack(self, post: _Post, now: Instant) -> None:
        if post.is_dark:
            return
        sent: Sequence[Output]
        try:
            sent = post.device.stack.wake(now)
        except PowerCut as cut:
            sent = self._lost_power(post, cut, now)
        self._perform(post, sent, now)

    def _lost_power(self, post: _Post, cut: PowerCut, now: Instant) -> list[Output]:
        """Restart a device that lost its power over a commit; what it was about to say is lost."""
        post.home.held.forget(post.device.eui64)
        return post.device.restart(now, str(cut))

    def _to_hub(self, home: Home, octets: bytes, now: Instant) -> None:
        post = self._posts[home.installation, home.hub.eui64]
        try:
            outputs = home.hub.receive_wan(octets, now)
        except PowerCut as cut:
            outputs = self._lost_power(post, cut, now)
        self._perform(post, outputs, now)

    def _receive(self, post: _Post, transmission: Transmission, now: Instant) -> None:
        try:
            outputs = post.device.receive(transmission, now)
        except PowerCut as cut:
            outputs = self._lost_power(post, cut, now)
        self._perform(post, outputs, now)

    def _perform(self, post: _Post, outputs: Sequence[Output], now: Instant) -> None:
        for output in outputs:
            if isinstance(output, Transmission):
                self._transmit(post.home, output, now)
            elif isinstance(output, Poll):
                self._poll(post, output, now)
            else:
                self._send_up(post.home, output, now)
        self._rearm(post)

    def _transmit(
        self, home: Home, transmission: Transmission, now: Instant, *, is_asked_for: bool = False
    ) -> None:
        receiver, is_awaited = transmission.receiver, home.hub.awaits(transmission)
        if not (is_asked_for or is_awaited) and home.waits_for_poll(receiver):
            home.held.hold(transmission, now)
            return
        arrivals = self._carry(home, transmission, now)
        if is_awaited:
            self._report_to_hub(home, transmission, arrivals, now)
        elif not arrivals and home.is_sleepy(receiver):
            home.held.hold(transmission, now)
        elif not arrivals and receiver is not None:
            post = self._posts[home.installation, transmission.sender]
            at = after(now, MAC_FAILURE_US)
            self.agenda.at(at, partial(self._failed, post, transmission))

    def _carry(self, home: Home, transmission: Transmission, now: Instant) -> list[Arrival]:
        """Put a frame on the air, and bring it to those who hear it."""
        has_pending = transmission.frame_kind == DATA_REQUEST and self._holds_for(
            home, transmission, now
        )
        receiver = transmission.receiver
        is_tuned = receiver is None or home.is_tuned(receiver, transmission.frame)
        arrivals = home.han.transmit(
            transmission, now, home.is_listening, has_pending=has_pending, is_tuned=is_tuned
        )
        for at, eui64, heard in arrivals:
            post = self._posts[home.installation, eui64]
            self.agenda.at(at, partial(self._receive, post, heard))
        return arrivals

    def _holds_for(self, home: Home, request: Transmission, now: Instant) -> bool:
        """Whether a parent holds something for the one that asks: the pending bit of its ack."""
        if request.receiver is None:
            return False
        # A forged beacon may have named a parent that nobody is.
        parent = self._posts.get((home.installation, request.receiver))
        return parent is not None and parent.device.stack.has_pending(request.sender, now)

    def _failed(self, post: _Post, transmission: Transmission, now: Instant) -> None:
        self._perform(post, post.device.stack.failed(transmission, now), now)

    def _report_to_hub(
        self, home: Home, transmission: Transmission, arrivals: list[Arrival], now: Instant
    ) -> None:
        # The last copy is the one that was acknowledged.
        at = arrivals[-1][0] if arrivals else after(now, MAC_FAILURE_US)
        self.agenda.at(at, partial(self._sent, home, transmission, is_delivered=bool(arrivals)))

    def _sent(
        self, home: Home, transmission: Transmission, now: Instant, *, is_delivered: bool
    ) -> None:
        post = self._posts[home.installation, home.hub.eui64]
        if not is_delivered:
            post.device.stack.lost(transmission)
        self._perform(post, home.hub.sent(transmission, now, is_delivered=is_delivered), now)

    def _poll(self, post: _Post, poll: Poll, now: Instant) -> None:
        home, child = post.home, post.device
        is_of_hub = poll.parent == home.hub.eui64
        addresses = child.stack.poll_addresses
        told = [] if addresses is None else self._told(home, poll, addresses[0], now)
        has_held = home.held.has_any(poll.parent, poll.child, now)
        has_pending = bool(told) or has_held
        has_pending = has_pending or (is_of_hub and home.hub.has_pending(poll.child, now))
        is_answered = home.han.poll(
            poll,
            now,
            has_pending=has_pending,
            is_on=home.hears_polls_of(poll),
            addresses=addresses,
            pan=child.stack.pan,
            next_sequence=child.stack.next_poll_sequence,
        )
        self._perform(post, child.stack.polled(now, is_answered=is_answered), now)
        if not is_answered:
            return
        child.poll_answered(has_pending, now)
        if not home.is_listening(poll.child):
            return
        if told:
            self._transmit(home, told[0], now, is_asked_for=True)
        elif has_held:
            self._hand_out(home, poll, now)
        elif is_of_hub:
            # The hub makes the frame when it is asked: what waits is in the mirror, unencoded. A
            # repeater has only what was sent to it.
            hub_post = self._posts[home.installation, home.hub.eui64]
            self._perform(hub_post, home.hub.polled(poll.child, now), now)

    def _told(
        self, home: Home, poll: Poll, short: ShortAddress, now: Instant
    ) -> list[Transmission]:
        """What the parent tells one that polls and is no child of its any more."""
        parent = self._posts.get((home.installation, poll.parent))
        if parent is None or not home.hears_polls_of(poll):
            return []
        if not home.han.is_in_reach(poll, now):
            return []
        told = parent.device.stack.heard_poll(poll.child, short, now)
        if told:
            home.held.disown(poll.parent, poll.child)
        return told

    def _hand_out(self, home: Home, poll: Poll, now: Instant) -> None:
        """Send what a parent holds for a child; it is held on until the child has it."""
        until, held = home.held.release(poll.parent, poll.child)
        if not self._carry(home, held, now):
            home.held.put_back(held, until)

    def _send_up(self, home: Home, output: WanSend, now: Instant) -> None:
        for at, copy in home.wan.up(output.envelope, output.cause, now):
            self.agenda.at(at, partial(self._head_end, home.installation, copy))
