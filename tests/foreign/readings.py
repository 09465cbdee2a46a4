"""What we read in the frames of a capture, message by message, from the outermost to the innermost.

The messages stand in the order in which tshark shows their fields, for `tshark_fields`.
"""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.foreign.tshark_fields import Cells
from tests.foreign.tshark_fields_mac import OnTheAir
from tests.foreign.tshark_fields_nwk import Sealed
from tests.foreign.tshark_fields_zcl import General, InCluster

from hanbench.harness.captures.pan_moves import PanAllotment, Pans
from hanbench.harness.captures.writing import CapturedFrame, CaptureRun, KeyChange, captured_on
from hanbench.protocol import ieee802154, ieee802154_commands
from hanbench.protocol.errors import DecodeError, SecurityError
from hanbench.protocol.identifiers import Eui64, ShortAddress
from hanbench.protocol.ieee802154 import MacFrame
from hanbench.protocol.keys import Key
from hanbench.protocol.zigbee import (
    aps,
    aps_commands,
    interpan,
    nwk,
    nwk_commands,
    zcl,
    zcl_general,
    zdo,
)
from hanbench.protocol.zigbee.aps import ApsFrame, Part
from hanbench.protocol.zigbee.clusters import catalogue
from hanbench.protocol.zigbee.interpan import InterPanFrame
from hanbench.protocol.zigbee.nwk import NwkFrame
from hanbench.protocol.zigbee.security import MIC_OCTETS
from hanbench.protocol.zigbee.zcl import ZclFrame

SMART_ENERGY, ZDO = 0x0109, 0
ACK_OCTETS = 5
INTER_PAN = 3
"""The frame type of a NWK header, in its lowest bits, that is no more than a stub."""


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
    parts: list[object]
    """All that was read, from the outermost to the innermost."""
    nwk: NwkFrame | None = None
    aps: ApsFrame | None = None
    inner: ApsFrame | None = None
    """What a Tunnel command carries for a joiner."""
    zcl: ZclFrame | None = None
    clear: bytes = b""
    """What the NWK frame holds, in clear."""
    payload: bytes = b""
    """What the APS frame holds, in clear."""
    whole: bytes = b""
    """The same, put together where it came in blocks; empty until the last one."""
    inner_payload: bytes = b""
    """What the tunnelled frame holds, in clear."""
    cells: Cells | None = None
    """What tshark should print of it, once that is known."""


@dataclass(slots=True)
class Reader:
    """Reads the frames of one network in their order; raises what our decoders raise."""

    keys: Keys
    addresses: dict[ShortAddress, Eui64] = field(default_factory=dict)
    """Who is behind a short address, by what was heard."""
    blocks: dict[tuple[object, ...], tuple[int, dict[int, bytes]]] = field(default_factory=dict)
    """How many blocks a message has that is not whole yet, and those that have come."""

    def read(self, octets: bytes) -> Reading:
        """Read one frame."""
        if len(octets) == ACK_OCTETS:
            return _acknowledgement(octets)
        mac = ieee802154.decode(octets)
        reading = Reading(mac, [OnTheAir(octets), mac])
        match mac.frame_type:
            case ieee802154.FrameType.BEACON:
                reading.parts.append(ieee802154_commands.decode_beacon(mac.payload))
            case ieee802154.FrameType.COMMAND:
                reading.parts.append(ieee802154_commands.decode(mac.payload))
            case ieee802154.FrameType.DATA if mac.payload[0] & INTER_PAN == INTER_PAN:
                message = interpan.decode(mac.payload)
                reading.parts.append(message)
                _read_application(reading, message, message.payload)
            case ieee802154.FrameType.DATA:
                self._read_nwk(reading)
        return reading

    def _read_nwk(self, reading: Reading) -> None:
        mac = reading.mac
        frame = reading.nwk = nwk.decode(mac.payload)
        reading.parts.append(frame)
        clear = frame.payload
        if frame.security is not None:
            assert frame.security.key_sequence is not None
            key = self.keys.network[frame.security.key_sequence]
            clear = nwk.unsecure(frame, mac.payload, key)
            mic = frame.payload[-MIC_OCTETS:]
            reading.parts.append(Sealed(frame.security, mic, key.value if clear else None))
            if frame.security.source is not None and mac.source_short == frame.source:
                self.addresses[frame.source] = frame.security.source
        reading.clear = clear
        if frame.frame_type is nwk.FrameType.COMMAND:
            reading.parts.append(nwk_commands.decode(clear))
        else:
            self._read_aps(reading, clear)

    def _read_aps(self, reading: Reading, data: bytes) -> None:
        message = reading.aps = aps.decode(data)
        reading.parts.append(message)
        reading.payload = self._opened(reading, message, data)
        match message.frame_type:
            case aps.FrameType.COMMAND:
                reading.whole = reading.payload
                self._read_command(reading, reading.payload)
            case aps.FrameType.DATA:
                whole = self._whole(reading, message)
                if whole is not None:
                    reading.whole = whole
                    _read_application(reading, message, whole)

    def _read_command(self, reading: Reading, payload: bytes) -> None:
        command = aps_commands.decode(payload)
        reading.parts.append(command)
        if isinstance(command, aps_commands.Tunnel):
            inner = reading.inner = aps.decode(command.frame)
            reading.parts.append(inner)
            reading.inner_payload = self._opened(reading, inner, command.frame)
            self._read_command(reading, reading.inner_payload)

    def _opened(self, reading: Reading, message: ApsFrame, data: bytes) -> bytes:
        """Open a message with whichever key of its sender fits."""
        aux = message.security
        if aux is None:
            return message.payload
        assert reading.nwk is not None
        source = self.addresses.get(reading.nwk.source) if aux.source is None else aux.source
        for pair, held in self.keys.links.items():
            if source is not None and source not in pair:
                continue
            for key in held:
                try:
                    payload = aps.unsecure(message, data, key, source)
                except SecurityError:
                    continue
                mic = message.payload[-MIC_OCTETS:]
                reading.parts.append(Sealed(aux, mic, key.value if payload else None))
                return payload
        raise DecodeError(f"no key of {source} opens it", field="aps.payload")

    def _whole(self, reading: Reading, message: ApsFrame) -> bytes | None:
        """Return a message that stands in one frame, or all of whose blocks have been read."""
        fragment = message.fragment
        if fragment is None:
            return reading.payload
        assert reading.nwk is not None
        name = (reading.nwk.source, reading.nwk.target, message.cluster, message.counter)
        if fragment.part is Part.FIRST:
            count, blocks = self.blocks.setdefault(name, (fragment.block, {}))
            blocks[0] = reading.payload
        elif name in self.blocks:
            count, blocks = self.blocks[name]
            blocks[fragment.block] = reading.payload
        else:
            return None  # once more a block of what was whole before, as on the next hop
        if len(blocks) < count:
            return None
        del self.blocks[name]
        return b"".join(blocks[number] for number in range(count))


@functools.lru_cache(maxsize=2 * 256)  # two frames of five are such, and there are no more of them
def _acknowledgement(octets: bytes) -> Reading:
    mac = ieee802154.decode(octets)
    return Reading(mac, [OnTheAir(octets), mac])


def _read_application(reading: Reading, message: ApsFrame | InterPanFrame, payload: bytes) -> None:
    assert message.cluster is not None
    if message.profile == ZDO:
        frame = zdo.decode(message.cluster, payload)
        reading.parts += [frame, frame.message]
    elif message.profile == SMART_ENERGY:
        reading.zcl = zcl.decode(payload)
        reading.parts.append(InCluster(message.cluster, reading.zcl))
        if reading.zcl.frame_type is zcl.FrameType.GENERAL:
            command = zcl_general.decode(reading.zcl)
            reading.parts.append(General(message.cluster, command, reading.zcl.manufacturer))
        else:
            reading.parts.append(catalogue.decode(message.cluster, reading.zcl))


def readings(run: CaptureRun, pans: Pans | None = None) -> Iterator[tuple[CapturedFrame, Reading]]:
    """Yield each frame of a run, as on these PANs, and what we read in it."""
    keys = Keys()
    keys.learn(KeyChange(at_us=0, network_key=run.network_key, link_keys=run.link_keys))
    reader = Reader(keys)
    for item in run.frames:
        if isinstance(item, KeyChange):
            keys.learn(item)
        else:
            for captured in captured_on(item, run.pan, pans or {}):
                yield captured, reader.read(captured.frame)


def all_readings(runs: Sequence[CaptureRun]) -> Iterator[tuple[CapturedFrame, Reading]]:
    """Yield the same for all runs of one file, each on the PANs that it has there."""
    allotment = PanAllotment()
    for run in runs:
        pans = {pan: allotment.allot(pan) for pan in dict.fromkeys((run.pan, *run.later_pans))}
        yield from readings(run, pans)
