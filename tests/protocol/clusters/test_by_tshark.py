"""Every supported cluster command as the real tshark reads it: nobody here wrote that."""

from collections.abc import Callable
from pathlib import Path

from hanbench.harness.captures import pcapng
from hanbench.protocol import ieee802154
from hanbench.protocol.identifiers import PanId, ShortAddress
from hanbench.protocol.ieee802154 import MacFrame
from hanbench.protocol.zigbee import aps, nwk, zcl
from hanbench.protocol.zigbee.aps import ApsFrame
from hanbench.protocol.zigbee.clusters.catalogue import COMMAND_SETS, ClusterCommand
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.nwk import NwkFrame

Tshark = Callable[..., list[str]]


def in_clear(cluster: ClusterId, command: ClusterCommand) -> bytes:
    application = ApsFrame(
        frame_type=aps.FrameType.DATA,
        counter=0,
        target_endpoint=1,
        source_endpoint=1,
        cluster=cluster,
        profile=0x0109,
        payload=zcl.encode(COMMAND_SETS[cluster].encode(command, sequence=1)),
    )
    network = NwkFrame(
        frame_type=nwk.FrameType.DATA,
        target=ShortAddress(1),
        source=ShortAddress(0),
        radius=1,
        sequence=0,
        payload=aps.encode(application),
    )
    return ieee802154.encode(
        MacFrame(
            frame_type=ieee802154.FrameType.DATA,
            sequence=0,
            target_pan=PanId(0x5342),
            target_short=ShortAddress(1),
            source_short=ShortAddress(0),
            payload=nwk.encode(network),
        )
    )


def test_tshark_reads_every_command_to_its_end(
    tmp_path: Path, tshark: Tshark, examples: list[tuple[ClusterId, ClusterCommand]]
) -> None:
    path = tmp_path / "commands.pcapng"
    packets = [
        pcapng.packet(0, at_ns, in_clear(cluster, command), type(command).__name__)
        for at_ns, (cluster, command) in enumerate(examples)
    ]
    path.write_bytes(b"".join([pcapng.section_header(), pcapng.interface("commands"), *packets]))

    unread = tshark(path, "-Y", "_ws.malformed || data", "-T", "fields", "-e", "frame.comment")

    assert tshark(path, "-Y", "zbee_zcl", "-T", "fields", "-e", "frame.comment") == [
        type(command).__name__ for _, command in examples
    ]
    # What a tunnel carries is ours and no protocol of tshark's.
    assert unread == ["TransferToServer", "TransferToClient"]
