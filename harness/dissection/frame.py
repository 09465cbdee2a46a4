"""Explains a frame of a HAN, from the MAC to the SUA layer, opening it with the keys that fit.

What a capture shows is learnt on the way: keys in Transport Key commands, and whose short address
is whose EUI-64, which a frame without an extended nonce needs.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from hanbench.harness.dissection.application import ApplicationReader, Route
from hanbench.harness.dissection.envelope import EnvelopeReader
from hanbench.harness.dissection.keys import KeyTable
from hanbench.harness.dissection.sealing import mic, unsealed
from hanbench.harness.dissection.tree import Dissection, Layer, Node, blame, take
from hanbench.protocol import ieee802154, ieee802154_commands
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.ieee802154 import FCS_OCTETS, MacFrame
from hanbench.protocol.keys import KeyUsage
from hanbench.protocol.zigbee import aps, aps_commands, interpan, nwk, nwk_commands, zdo
from hanbench.protocol.zigbee.aps import ApsFrame, Part
from hanbench.protocol.zigbee.nwk import NwkFrame
from hanbench.protocol.zigbee.security import KeyId

Read = TypeVar("Read")

_INTER_PAN = 3
_ZDO_PROFILE = 0
_KEY_KINDS = (
    aps_commands.TransportApplicationLinkKey
    | aps_commands.TransportNetworkKey
    | aps_commands.TransportTrustCentreLinkKey
)


class FrameReader:
    """Reads the frames of one capture in order."""

    def __init__(self, keys: KeyTable) -> None:
        self._keys = keys
        self.envelopes = EnvelopeReader(keys)
        self._application = ApplicationReader(self.envelopes)
        self._addresses: dict[tuple[int | None, int], Eui64] = {}
        self._blocks: dict[tuple[Route, int], dict[int, bytes]] = {}
        self._block_counts: dict[tuple[Route, int], int] = {}

    def frame(self, octets: bytes, *, has_fcs: bool = True, number: int = 1) -> Dissection:
        """Explain one frame."""
        told = Dissection(octets)
        layer = told.layer("MAC")
        body = octets[:-FCS_OCTETS] if has_fcs else octets
        take(layer, ieee802154.trace(body), body)
        right = ieee802154.fcs(body)
        if has_fcs:
            self._fcs(layer, octets, right)
        mac = _or_error(layer, lambda: ieee802154.decode(body + right), body)
        if mac is None:
            return told
        layer.summary = mac.frame_type.name.lower().replace("_", " ")
        at = len(body) - len(mac.payload)
        match mac.frame_type:
            case ieee802154.FrameType.DATA:
                self._network(told, mac, at, number)
            case ieee802154.FrameType.COMMAND:
                kind, traced = ieee802154_commands.trace(mac.payload)
                take(told.layer("MAC command", kind), traced, mac.payload, at)
            case ieee802154.FrameType.BEACON:
                beacon = told.layer("Beacon", "of a ZigBee PRO network")
                take(beacon, ieee802154_commands.trace_beacon(mac.payload), mac.payload, at)
            case ieee802154.FrameType.ACK:
                layer.summary = f"ack of {mac.sequence}"
        return told

    @staticmethod
    def _fcs(layer: Layer, octets: bytes, right: bytes) -> None:
        sent = octets[-FCS_OCTETS:]
        text = "correct" if sent == right else f"wrong, {right.hex()} would be right"
        if sent != right:
            layer.notes.append("FCS: damaged on the air, or the sniffer wrote RSSI and LQI there")
        start = max(0, len(octets) - FCS_OCTETS)
        layer.nodes.append(Node(name="FCS", text=text, start=start, end=len(octets), octets=sent))

    def _network(self, told: Dissection, mac: MacFrame, at: int, number: int) -> None:
        data = mac.payload
        if data and data[0] & _INTER_PAN == _INTER_PAN:
            self._inter_pan(told, mac, at, number)
            return
        layer = told.layer("NWK")
        take(layer, nwk.trace(data), data, at)
        frame = _or_error(layer, lambda: nwk.decode(data), data, at)
        if frame is None:
            return
        layer.summary = (
            f"{frame.frame_type.name.lower()} {frame.source:#06x} to {frame.target:#06x}"
        )
        at += len(data) - len(frame.payload)
        clear: bytes | None = frame.payload
        if frame.security is not None:
            layer.nodes.append(mic(frame.payload, at))
            clear = unsealed(
                layer, self._keys, KeyUsage.NETWORK, lambda key: nwk.unsecure(frame, data, key)
            )
        self._meet(mac, frame)
        if clear is None:
            return
        if frame.frame_type is nwk.FrameType.COMMAND:
            kind, traced = nwk_commands.trace(clear)
            command = told.layer("NWK command", kind)
            take(command, traced, clear, at)
            _or_error(command, lambda: nwk_commands.decode(clear), clear, at)
        else:
            route = (mac.target_pan, frame.source, frame.target)
            self._support(told, clear, at, (route, self._sender(mac, frame)), number)

    def _inter_pan(self, told: Dissection, mac: MacFrame, at: int, number: int) -> None:
        """Explain a frame of somebody outside the network, which nothing ever seals."""
        data = mac.payload
        layer = told.layer("Inter-PAN")
        take(layer, interpan.trace(data), data, at)
        frame = _or_error(layer, lambda: interpan.decode(data), data, at)
        if frame is None:
            return
        layer.summary = f"{frame.delivery.name.lower()}, cluster {frame.cluster:#06x}"
        at += len(data) - len(frame.payload)
        route = (mac.target_pan, mac.source_short or 0, mac.target_short or 0)
        self._application.zcl(told, frame.cluster, frame.payload, at, route, number)

    def _meet(self, mac: MacFrame, frame: NwkFrame) -> None:
        """Note whose address is whose: a first hop protects its own frame."""
        if frame.source_eui64 is not None:
            self._addresses[mac.target_pan, frame.source] = frame.source_eui64
            return
        protector = frame.security.source if frame.security is not None else None
        if protector is not None and mac.source_short == frame.source:
            self._addresses[mac.target_pan, frame.source] = protector

    def _sender(self, mac: MacFrame, frame: NwkFrame) -> Eui64 | None:
        return frame.source_eui64 or self._addresses.get((mac.target_pan, frame.source))

    def _support(
        self,
        told: Dissection,
        data: bytes,
        at: int,
        origin: tuple[Route, Eui64 | None],
        number: int,
    ) -> None:
        layer = told.layer("APS")
        take(layer, aps.trace(data), data, at)
        frame = _or_error(layer, lambda: aps.decode(data), data, at)
        if frame is None:
            return
        layer.summary = f"{frame.frame_type.name.lower()}, counter {frame.counter}"
        if frame.profile == _ZDO_PROFILE and frame.cluster is not None:
            _name_message(layer, frame.cluster)
        at += len(data) - len(frame.payload)
        clear: bytes | None = frame.payload
        if frame.security is not None:
            layer.nodes.append(mic(frame.payload, at))
            is_network = frame.security.key_id is KeyId.NETWORK
            usage = KeyUsage.NETWORK if is_network else KeyUsage.LINK
            clear = unsealed(
                layer, self._keys, usage, lambda key: aps.unsecure(frame, data, key, origin[1])
            )
        if clear is None or frame.frame_type is aps.FrameType.ACK:
            return
        if frame.frame_type is aps.FrameType.COMMAND:
            self._command(told, clear, at, origin, number)
            return
        if frame.fragment is not None:
            whole = self._joined(layer, frame, clear, origin[0])
            if whole is None:
                return
            clear, at = whole, 0
        self._message(told, frame, clear, at, (origin[0], number))

    def _message(
        self, told: Dissection, frame: ApsFrame, data: bytes, at: int, place: tuple[Route, int]
    ) -> None:
        cluster = frame.cluster or 0
        if frame.profile == _ZDO_PROFILE:
            self._application.zdo(told, cluster, data, at)
        else:
            self._application.zcl(told, cluster, data, at, *place)

    def _command(
        self,
        told: Dissection,
        data: bytes,
        at: int,
        origin: tuple[Route, Eui64 | None],
        number: int,
    ) -> None:
        kind, traced = aps_commands.trace(data)
        layer = told.layer("APS command", kind)
        take(layer, traced, data, at)
        command = _or_error(layer, lambda: aps_commands.decode(data), data, at)
        if isinstance(command, aps_commands.Tunnel):
            start = at + len(data) - len(command.frame)
            self._support(told, command.frame, start, origin, number)
        elif isinstance(command, _KEY_KINDS):
            is_network = isinstance(command, aps_commands.TransportNetworkKey)
            usage = KeyUsage.NETWORK if is_network else KeyUsage.LINK
            self._keys.add(f"learnt in frame {number}", usage, command.key)
            layer.notes.append(f"this {usage.value} key is used from here on")

    def _joined(self, layer: Layer, frame: ApsFrame, clear: bytes, route: Route) -> bytes | None:
        """Put the blocks of a fragmented message together; None until all are there."""
        assert frame.fragment is not None
        key = (route, frame.counter)
        is_first = frame.fragment.part is Part.FIRST
        index = 0 if is_first else frame.fragment.block
        if is_first:
            self._blocks[key] = {}
            self._block_counts[key] = frame.fragment.block
        self._blocks.setdefault(key, {})[index] = clear
        count, held = self._block_counts.get(key), self._blocks[key]
        layer.notes.append(f"block {index + 1} of {count if count is not None else 'unknown'}")
        if count is None or any(number not in held for number in range(count)):
            return None
        layer.notes.append("the message is whole; its octets are counted from its own first one")
        return b"".join(held[number] for number in range(count))


def _name_message(layer: Layer, cluster: int) -> None:
    """Put the message of the device object beside its number, where a cluster's name would be."""
    text = f"{cluster:#06x} {zdo.trace(cluster, bytes(1))[0]}".rstrip()
    layer.nodes = [replace(one, text=text) if one.name == "cluster" else one for one in layer.nodes]


def _or_error(layer: Layer, decode: Callable[[], Read], data: bytes, at: int = 0) -> Read | None:
    """Return what a decoder reads; else say in the layer what is wrong, and in which octet."""
    try:
        return decode()
    except DecodeError as error:
        blame(layer, error, data, at)
        return None
