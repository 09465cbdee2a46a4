"""What a capture needs of a world that has run: its frames, its envelopes, its PAN and its keys."""

from dataclasses import replace

from hanbench.emulator.events import FrameSent, KeyMade, PanMoved, WanPassed
from hanbench.harness.captures.writing import CapturedFrame, CaptureRun, KeyChange, LinkKey
from hanbench.harness.homes.home import pan_of
from hanbench.harness.world import World
from hanbench.protocol.identifiers import Eui64, PanId
from hanbench.protocol.keys import Key, KeyUsage

Shown = FrameSent | KeyMade | PanMoved
"""The events that a capture shows something of."""


class Showing:
    """What a capture shows of a case, event by event: it knows the keys that came to be so far."""

    def __init__(self, head: CaptureRun) -> None:
        first = KeyChange(at_us=0, network_key=head.network_key, link_keys=head.link_keys)
        self._keys = [first]
        self._pan: PanId | None = None

    def items(self, event: Shown) -> list[CapturedFrame | KeyChange]:
        """Return a frame, a key that came to be, or all keys again where the network is now."""
        match event:
            case FrameSent():
                return [_captured(event)]
            case KeyMade():
                self._keys.append(replace(_key_change(event), pan=self._pan))
                return [self._keys[-1]]
            case PanMoved(pan=pan):
                self._pan = pan
                self._keys = [replace(known, at_us=event.at, pan=pan) for known in self._keys]
                return [*self._keys]


def head_of(world: World) -> CaptureRun:
    """Return what a capture of a case begins with, before there is any frame."""
    hub = world.home.neighbourhood.trust_centre
    return CaptureRun(
        name=f"{world.installation} {world.case.name}",
        pan=pan_of(world.case),
        epoch_unix_ns=int(world.case.scenario.epoch.timestamp()) * 1_000_000_000,
        network_key=world.keyring.key(hub, KeyUsage.NETWORK),
        link_keys=_link_keys(world, hub),
        frames=(),
    )


def capture_of(world: World) -> CaptureRun | None:
    """Return HAN and WAN of a case, in the order of time; None where nothing was sent at all."""
    shown = [event for event in world.trace.events if isinstance(event, Shown)]
    envelopes = [event for event in world.trace.events if isinstance(event, WanPassed)]
    if not envelopes and not any(isinstance(event, FrameSent) for event in shown):
        return None
    # Frames are noted when they are sent off, and go on the air a little later.
    shown.sort(key=lambda event: event.at)
    envelopes.sort(key=lambda event: event.at)
    head = head_of(world)
    showing = Showing(head)
    return replace(
        head,
        later_pans=tuple(event.pan for event in shown if isinstance(event, PanMoved)),
        frames=[item for event in shown for item in showing.items(event)],
        envelopes=[_passed(event) for event in envelopes],
    )


def captures_beside(world: World) -> tuple[CaptureRun, ...]:
    """Return those of the other Installations of a case, in the order of its file."""
    found = [capture_of(one) for one in world.companions]
    return tuple(one for one in found if one is not None)


def _captured(event: FrameSent) -> CapturedFrame:
    fate = "" if event.fate == "delivered" else f" [{event.fate}]"
    comment = f"{event.sender} to {event.receiver}: {event.frame_kind}{fate}"
    return CapturedFrame(event.at, event.frame, comment)


def _key_change(event: KeyMade) -> KeyChange:
    """The preamble is repeated with a key that came to be; only test material is ever recorded."""
    if event.usage == "network":
        key = Key(KeyUsage.NETWORK, event.key, is_test_material=True)
        return KeyChange(at_us=event.at, network_key=key, key_sequence=event.sequence)
    one, other = (Eui64(peer) for peer in event.peers)
    link = LinkKey(one, other, Key(KeyUsage.LINK, event.key, is_test_material=True))
    return KeyChange(at_us=event.at, link_keys=(link,))


def _passed(event: WanPassed) -> CapturedFrame:
    fates = {0: " [lost]", 1: ""}
    fate = fates.get(event.copies, f" [{event.copies} copies]")
    comment = f"{event.direction} {event.device}: {event.summary}{fate}"
    return CapturedFrame(event.at, event.envelope, comment)


def _link_keys(world: World, hub: Eui64) -> tuple[LinkKey, ...]:
    """The keys of the hub with each device, and of the electricity meter with each display."""
    devices = [device.eui64 for device in world.home.all if device.eui64 != hub]
    pairs = [(device, hub) for device in devices]
    for meter in world.home.meters.values():
        pairs += [(display.eui64, meter.eui64) for display in world.home.displays.values()]
    return tuple(LinkKey(one, two, world.keyring.link_key(one, two)) for one, two in pairs)
