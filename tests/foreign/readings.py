"""What we read in the frames of a capture: the same facts that tshark prints, for comparison."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hanbench.harness.captures.writing import CapturedFrame, CaptureRun, KeyChange
from hanbench.protocol import ieee802154
from hanbench.protocol.errors import DecodeError, SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.ieee802154 import MacFrame
from hanbench.protocol.keys import Key
from hanbench.protocol.zigbee import aps, aps_commands, nwk, nwk_commands, zcl, zcl_general
from hanbench.protocol.zigbee.aps import ApsFrame
from hanbench.protocol.zigbee.nwk import NwkFrame
from hanbench.protocol.zigbee.zcl import ZclFrame
from hanbench.protocol.zigbee.zcl_general import (
    ReadAttributes,
    ReadAttributesResponse,
    ReportAttributes,
)
from hanbench.protocol.zigbee.zcl_reporting import (
    ConfigureReporting,
    ReportingRule,
)

KEY_TYPES = {
    aps_commands.RequestApplicationLinkKey: 2,
    aps_commands.TransportNetworkKey: 1,
    aps_commands.TransportApplicationLinkKey: 3,
    aps_commands.TransportTrustCentreLinkKey: 4,
}


@dataclass(slots=True)
class Keys:
    """The keys that hold at a point of a capture."""

    network: dict[int, Key] = field(default_factory=dict)
    links: dict[frozenset[Eui64], list[Key]] = field(default_factory=dict)

    def learn(self, change: KeyChange) -> None:
        if change.network_key is not None:
            self.network[change.key_sequence] = change.network_key
        for link in change.link_keys:
            pair = frozenset((link.device, link.trust_centre))
            self.links.setdefault(pair, []).insert(0, link.key)


@dataclass(slots=True)
class Reading:
    """One frame, layer by layer; None where a layer is not there."""

    mac: MacFrame
    nwk: "NwkFrame | None" = None
    nwk_command: int | None = None
    aps: "ApsFrame | None" = None
    inner: "ApsFrame | None" = None
    """What a Tunnel command carries for a joiner."""
    aps_commands: tuple[int, ...] = ()
    key_types: tuple[int, ...] = ()
    zcl: "ZclFrame | None" = None
    attributes: tuple[int, ...] = ()
    values: tuple[int, ...] = ()
    types: tuple[int, ...] = ()
    """Of the attributes that come with one."""
    texts: tuple[str, ...] = ()


def readings(run: CaptureRun) -> Iterator[tuple[CapturedFrame, Reading]]:
    """Yield each frame of a run and what we read in it."""
    keys = Keys()
    keys.learn(KeyChange(at_us=0, network_key=run.network_key, link_keys=run.link_keys))
    addresses: dict[int, Eui64] = {}
    for item in run.frames:
        if isinstance(item, KeyChange):
            keys.learn(item)
        else:
            yield item, read(item.frame, keys, addresses)


def read(octets: bytes, keys: Keys, addresses: dict[int, Eui64]) -> Reading:
    """Read one frame; raise what our decoders raise."""
    reading = Reading(ieee802154.decode(octets))
    if reading.mac.frame_type is not ieee802154.FrameType.DATA:
        return reading
    frame = reading.nwk = nwk.decode(reading.mac.payload)
    clear = frame.payload
    if frame.security is not None:
        assert frame.security.key_sequence is not None
        clear = nwk.unsecure(frame, reading.mac.payload, keys.network[frame.security.key_sequence])
        if frame.security.source is not None and reading.mac.source_short == frame.source:
            addresses[frame.source] = frame.security.source
    if frame.frame_type is nwk.FrameType.COMMAND:
        nwk_commands.decode(clear)
        reading.nwk_command = clear[0]
        return reading
    _read_aps(reading, clear, keys, addresses)
    return reading


def _read_aps(reading: Reading, data: bytes, keys: Keys, addresses: dict[int, Eui64]) -> None:
    message = reading.aps = aps.decode(data)
    payload = message.payload
    if message.security is not None:
        payload = _opened(message, data, keys, list(addresses.values()))
    if message.frame_type is aps.FrameType.COMMAND:
        _read_command(reading, payload, keys, addresses)
    elif _is_whole_message(message):
        _read_zcl(reading, payload)


def _read_command(
    reading: Reading, payload: bytes, keys: Keys, addresses: dict[int, Eui64]
) -> None:
    command = aps_commands.decode(payload)
    reading.aps_commands += (payload[0],)
    if type(command) in KEY_TYPES:
        reading.key_types += (KEY_TYPES[type(command)],)
    if isinstance(command, aps_commands.Tunnel):
        inner = reading.inner = aps.decode(command.frame)
        opened = _opened(inner, command.frame, keys, list(addresses.values()))
        _read_command(reading, opened, keys, addresses)


def _is_whole_message(message: ApsFrame) -> bool:
    is_ours = message.frame_type is aps.FrameType.DATA and message.profile == 0x0109
    return is_ours and message.fragment is None


def _read_zcl(reading: Reading, payload: bytes) -> None:
    frame = reading.zcl = zcl.decode(payload)
    if frame.frame_type is not zcl.FrameType.GENERAL:
        return
    match zcl_general.decode(frame):
        case ReportAttributes(attributes=reported):
            typed = [(one.id, one.typed) for one in reported]
        case ReadAttributesResponse(results=results):
            typed = [(one.id, one.typed) for one in results]
        case ReadAttributes(ids=ids):
            reading.attributes = ids
            return
        case ConfigureReporting(rules=rules):
            reading.attributes = tuple(rule.id for rule in rules)
            reading.types = tuple(rule.type for rule in rules if isinstance(rule, ReportingRule))
            changes = [rule.change for rule in rules if isinstance(rule, ReportingRule)]
            reading.values = tuple(change for change in changes if isinstance(change, int))
            return
        case _:
            return
    reading.attributes = tuple(number for number, _ in typed)
    reading.types = tuple(value.type for _, value in typed if value is not None)
    reading.texts = tuple(
        value.value for _, value in typed if value is not None and isinstance(value.value, str)
    )
    reading.values = tuple(
        value.value for _, value in typed if value is not None and isinstance(value.value, int)
    )


def _opened(message: ApsFrame, data: bytes, keys: Keys, known: Sequence[Eui64]) -> bytes:
    """Open a message with whichever key of its sender fits."""
    assert message.security is not None
    for pair, held in keys.links.items():
        if message.security.source is not None and message.security.source not in pair:
            continue
        for key in held:
            try:
                return aps.unsecure(message, data, key, message.security.source)
            except SecurityError:
                continue
    raise DecodeError(f"no key opens it (of {len(known)} senders)", field="aps.payload")
