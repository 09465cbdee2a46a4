"""Captures of HANs that stock Wireshark opens decrypted: one file, an interface and a PAN a run.

Source: han.md section 8, tried with tshark 4.0.17: it learns keys from Transport Key commands in
clear on the same PAN. So each run begins with a key preamble of such commands, which nobody sent:
each says so in its comment. It keeps keys for each PAN, so every run of a file has a PAN of its own
(`pan_moves`).

A run has two interfaces: its HAN, and the envelopes between head-ends and hub (link type USER0),
which `hanbench.lua` explains to Wireshark.

Only keys that are marked as test material are written. Frames under any other key stay encrypted.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hanbench.harness.captures import pcapng
from hanbench.harness.captures.pan_moves import PanAllotment, Pans, moved
from hanbench.protocol import ieee802154
from hanbench.protocol.identifiers import Eui64, PanId, ShortAddress
from hanbench.protocol.ieee802154 import MacFrame
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.zigbee import aps, aps_commands, nwk
from hanbench.protocol.zigbee.aps import ApsFrame
from hanbench.protocol.zigbee.aps_commands import ApsCommand
from hanbench.protocol.zigbee.nwk import NwkFrame

PREAMBLE_COMMENT = "synthetic: a test key for the reader of this capture; nobody sent this frame"

_TRUST_CENTRE_SHORT = ShortAddress(0)


@dataclass(frozen=True, slots=True)
class LinkKey:
    """A link key and the two that share it."""

    device: Eui64
    trust_centre: Eui64
    key: Key


@dataclass(frozen=True, slots=True)
class CapturedFrame:
    """One frame on the air, FCS included; the comment is shown beside it."""

    at_us: int
    frame: bytes
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """Keys that hold from an instant on: the preamble is repeated with them."""

    at_us: int
    network_key: Key | None = None
    key_sequence: int = 0
    link_keys: tuple[LinkKey, ...] = ()
    pan: PanId | None = None
    """Where the network is since it has changed its PAN id; None: where it began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureRun:
    """One case of a run: the HAN of one Installation from its first frame to its last."""

    name: str
    """Installation and case: the name of the interface."""
    pan: PanId
    """As drawn; moved when another run of the file has it."""
    later_pans: tuple[PanId, ...] = ()
    """Those that the network changed to; moved in the same way."""
    epoch_unix_ns: int
    """The wall clock at the scenario's instant 0."""
    network_key: Key
    link_keys: tuple[LinkKey, ...]
    frames: Iterable[CapturedFrame | KeyChange]
    """In the order of time."""
    envelopes: Iterable[CapturedFrame] = ()
    """What passed on the WAN, in the order of time."""


def write_capture(path: Path, runs: Sequence[CaptureRun], *, with_keys: bool = True) -> None:
    """Write the frames of all runs to one file, each run behind its key preamble.

    Raises:
        HarnessError: there are more runs than PANs.
    """
    allotment = PanAllotment()
    with path.open("wb") as file:
        file.write(pcapng.section_header())
        for number, run in enumerate(runs):
            pans = {pan: allotment.allot(pan) for pan in dict.fromkeys((run.pan, *run.later_pans))}
            _write_run(file, run, pans, 2 * number, with_keys=with_keys)


def frames_of(run: CaptureRun, pans: Pans, *, with_keys: bool = True) -> Iterator[CapturedFrame]:
    """Yield the frames of a run as on these PANs, behind the key preamble and its repetitions."""
    if with_keys:
        known = KeyChange(at_us=0, network_key=run.network_key, link_keys=run.link_keys)
        yield from captured_on(known, run.pan, pans)
    for item in run.frames:
        yield from captured_on(item, run.pan, pans, with_keys=with_keys)


def captured_on(
    item: CapturedFrame | KeyChange, drawn: PanId, pans: Pans, *, with_keys: bool = True
) -> Iterator[CapturedFrame]:
    """Yield a frame as on these PANs, or the preamble of keys that came to be.

    `drawn` is the PAN that the run began on.
    """
    if isinstance(item, CapturedFrame):
        yield CapturedFrame(item.at_us, moved(item.frame, pans), item.comment)
    elif with_keys:
        pan = drawn if item.pan is None else item.pan
        yield from _preamble(pans.get(pan, pan), item)


def _write_run(
    file: BinaryIO, run: CaptureRun, pans: Pans, interface: int, *, with_keys: bool
) -> None:
    pan = pans[run.pan]
    drawn = f", moved from {run.pan:#06x}, which another run has" if pan != run.pan else ""
    file.write(pcapng.interface(run.name, description=f"HAN of {run.name}, PAN {pan:#06x}{drawn}"))
    file.write(
        pcapng.interface(
            f"{run.name} WAN",
            pcapng.LINK_TYPE_USER0,
            f"HAN-WAN-M1 envelopes of {run.name}, head-ends to hub and back",
        )
    )
    han = ((interface, frame) for frame in frames_of(run, pans, with_keys=with_keys))
    wan = ((interface + 1, envelope) for envelope in run.envelopes)
    for number, captured in heapq.merge(han, wan, key=lambda pair: pair[1].at_us):
        at_ns = run.epoch_unix_ns + captured.at_us * 1_000
        file.write(pcapng.packet(number, at_ns, captured.frame, captured.comment))


def _preamble(pan: PanId, change: KeyChange) -> Iterator[CapturedFrame]:
    for command in _transport_key_commands(change):
        yield CapturedFrame(change.at_us, _in_clear(pan, command), PREAMBLE_COMMENT)


def _transport_key_commands(change: KeyChange) -> Iterator[ApsCommand]:
    if change.network_key is not None and change.network_key.is_test_material:
        yield aps_commands.TransportNetworkKey(
            key=change.network_key.require(KeyUsage.NETWORK),
            key_sequence=change.key_sequence,
            target=Eui64(0),
            source=Eui64(0),
        )
    for link in change.link_keys:
        if link.key.is_test_material:
            yield aps_commands.TransportTrustCentreLinkKey(
                key=link.key.require(KeyUsage.LINK),
                target=link.device,
                source=link.trust_centre,
            )


def _in_clear(pan: PanId, command: ApsCommand) -> bytes:
    """Return a broadcast of the trust centre without any protection."""
    command_frame = ApsFrame(
        frame_type=aps.FrameType.COMMAND,
        counter=0,
        delivery=aps.Delivery.BROADCAST,
        payload=aps_commands.encode(command),
    )
    network_frame = NwkFrame(
        frame_type=nwk.FrameType.DATA,
        target=nwk.ALL_DEVICES,
        source=_TRUST_CENTRE_SHORT,
        radius=1,
        sequence=0,
        payload=aps.encode(command_frame),
    )
    return ieee802154.encode(
        MacFrame(
            frame_type=ieee802154.FrameType.DATA,
            sequence=0,
            target_pan=pan,
            target_short=ieee802154.BROADCAST_SHORT,
            source_short=_TRUST_CENTRE_SHORT,
            payload=nwk.encode(network_frame),
        )
    )
