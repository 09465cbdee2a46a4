"""Explains what APS carries: ZDO, ZCL, commands of the trust centre, and tunnelled envelopes."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hanbench.harness.dissection.envelope import EnvelopeReader
from hanbench.harness.dissection.tree import Dissection, Layer, Node, blame, take
from hanbench.harness.dissection.words import cluster_name
from hanbench.protocol import tunnel_segments
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.tunnel_segments import Reassembly
from hanbench.protocol.zigbee import zcl, zcl_general, zdo
from hanbench.protocol.zigbee.clusters import catalogue
from hanbench.protocol.zigbee.clusters.tunnelling import TransferToClient, TransferToServer
from hanbench.protocol.zigbee.zcl import FrameType, ZclFrame

Route = tuple[int | None, int, int]
"""PAN, NWK source and NWK target: whose segments and blocks belong together."""


@dataclass(slots=True)
class _Begun:
    state: Reassembly = field(default_factory=Reassembly)
    frames: list[int] = field(default_factory=list)


@dataclass(slots=True)
class ApplicationReader:
    """Reads application payloads, and puts envelopes together over several frames."""

    envelopes: EnvelopeReader
    _begun: dict[tuple[Route, int], _Begun] = field(default_factory=dict)

    def zdo(self, told: Dissection, cluster: int, data: bytes, at: int) -> None:
        """Explain a message of the device object."""
        kind, traced = zdo.trace(cluster, data)
        layer = told.layer("ZDO", kind)
        sequence = Node(
            name="sequence",
            text=str(data[0]) if data else "",
            start=at,
            end=at + 1,
            octets=data[:1],
        )
        layer.nodes.append(sequence)
        composed = cluster.to_bytes(2, "big") + data[1:]
        take(layer, traced, composed, at - 1)
        _check(layer, lambda: zdo.decode(cluster, data), data, at)

    def zcl(
        self, told: Dissection, cluster: int, data: bytes, at: int, route: Route, number: int
    ) -> None:
        """Explain a ZCL frame, and the segment in it if it is a tunnelled one."""
        layer = told.layer("ZCL", cluster_name(cluster, None))
        take(layer, zcl.trace(data), data, at, cluster)
        try:
            frame = zcl.decode(data)
        except DecodeError as error:
            blame(layer, error, data, at)
            return
        kind = self._command(layer, cluster, frame, at + len(data) - len(frame.payload))
        layer.summary = (
            f"{cluster_name(cluster, None)}, {kind or f'command {frame.command_id:#04x}'}"
        )
        try:
            command = catalogue.decode(cluster, frame)
        except DecodeError as error:
            blame(layer, error, data, at)
            return
        if isinstance(command, TransferToServer | TransferToClient):
            start = at + len(data) - len(command.data)
            self._segment(told, command.data, start, (route, command.tunnel_id), number)

    @staticmethod
    def _command(layer: Layer, cluster: int, frame: ZclFrame, at: int) -> str:
        header = bytes((frame.command_id,))
        if frame.frame_type is FrameType.GENERAL:
            kind, traced = zcl_general.trace(frame)
        elif cluster in catalogue.COMMAND_SETS:
            header = bytes((frame.direction, frame.command_id))
            kind, traced = catalogue.COMMAND_SETS[cluster].trace(frame)
        else:
            return ""
        take(layer, traced, header + frame.payload, at - len(header), cluster)
        return kind

    def _segment(
        self, told: Dissection, data: bytes, at: int, key: tuple[Route, int], number: int
    ) -> None:
        try:
            segment = tunnel_segments.decode(data)
        except DecodeError as error:
            told.layers[-1].notes.append(f"what the tunnel carries is no segment of ours: {error}")
            return
        layer = told.layer("Segment")
        take(layer, tunnel_segments.trace(data), data, at)
        end = segment.offset + len(segment.chunk)
        layer.summary = f"octets {segment.offset} to {end - 1} of {segment.total}"
        begun = self._begun.setdefault(key, _Begun())
        if segment.offset == 0:
            begun.frames = []
        begun.frames.append(number)
        begun.state, whole = begun.state.take(segment)
        if whole is not None:
            carriers = ", ".join(str(one) for one in begun.frames)
            self.envelopes.envelope(told, whole, f"put together from frames {carriers}")


def _check(layer: Layer, decode: Callable[[], object], data: bytes, at: int) -> None:
    try:
        decode()
    except DecodeError as error:
        blame(layer, error, data, at)
