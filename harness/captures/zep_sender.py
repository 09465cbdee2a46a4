"""Sends the frames of a run as ZEP over UDP, so that a live Wireshark watches the HAN.

The frames of a case go out while it runs, in the order of its virtual time: as fast as it goes, or
at a pace. The wall clock is read and slept on here: nothing in the run learns of it.
"""

import ipaddress
import socket
import time
from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple

from hanbench.harness.captures.pan_moves import Pans
from hanbench.harness.captures.writing import (
    CapturedFrame,
    CaptureRun,
    KeyChange,
    captured_on,
    frames_of,
)
from hanbench.harness.errors import CaptureError
from hanbench.protocol import zep
from hanbench.protocol.zep import ZepPacket

LOOPBACK = "127.0.0.1"
PORT_LAST = 0xFFFF
_SECOND_US = 1_000_000

Address = tuple[str, int]


def parse_address(text: str) -> Address:
    """Read `[HOST:]PORT`; without a host it is loopback, so nothing leaves this machine unasked.

    Raises:
        CaptureError: the port is no number from 1 to 65535, or the host is empty.
    """
    host, colon, port = text.rpartition(":")
    host = host.strip("[]") if colon else LOOPBACK
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) <= PORT_LAST:
        raise CaptureError(f"{text!r} is no address; expected [HOST:]PORT, such as {zep.UDP_PORT}")
    return host, int(port)


class Sniffed(NamedTuple):
    """How a listener finds one home."""

    device: int
    """Which sniffer heard it: the same for as long as the home is shown."""
    pans: Pans
    """Where its PANs are in the stream."""


class ZepSender:
    """An open socket."""

    def __init__(
        self,
        address: Address,
        *,
        pace: float | None = None,
        with_keys: bool = True,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = address
        self._pace = pace
        self._with_keys = with_keys
        self._sleep, self._clock = sleep, clock
        self._began: tuple[float, int] | None = None
        """The wall clock at the first frame, and that frame's instant."""
        self._sequence = 0
        self._socket = socket.socket(_family(address[0]), socket.SOCK_DGRAM)

    def __enter__(self) -> "ZepSender":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def reach(self) -> None:
        """Find out that the address is one.

        Raises:
            CaptureError: it is not.
        """
        host, port = self._address
        try:
            socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        except OSError as error:
            raise CaptureError(f"ZEP to {host} port {port}: {error.strerror or error}") from error

    def play(self, run: CaptureRun, sniffed: Sniffed) -> None:
        """Send the frames of a run as from this sniffer, its key preamble first.

        Raises:
            CaptureError: the address cannot be reached from here.
        """
        self._began = None
        for frame in frames_of(run, sniffed.pans, with_keys=self._with_keys):
            self._in_time(frame, run, sniffed.device)

    def go_on(self, run: CaptureRun, item: CapturedFrame | KeyChange, sniffed: Sniffed) -> None:
        """Send one more frame of a run that has begun, or the preamble of a key that came to be."""
        for frame in captured_on(item, run.pan, sniffed.pans, with_keys=self._with_keys):
            self._in_time(frame, run, sniffed.device)

    def _in_time(self, frame: CapturedFrame, run: CaptureRun, device: int) -> None:
        if self._pace:
            if self._began is None:
                self._began = (self._clock(), frame.at_us)
            began_s, first_us = self._began
            due_s = began_s + (frame.at_us - first_us) / _SECOND_US / self._pace
            self._sleep(max(0.0, due_s - self._clock()))
        self._send(frame.frame, run.epoch_unix_ns + frame.at_us * 1_000, device)

    def _send(self, frame: bytes, at_ns: int, device: int) -> None:
        packet = ZepPacket(frame=frame, at_ns=at_ns, sequence=self._sequence, device=device)
        self._sequence = (self._sequence + 1) & 0xFFFF_FFFF
        try:
            self._socket.sendto(zep.encode(packet), self._address)
        except ConnectionRefusedError:
            return  # nobody listens yet on that port of this machine: a sniffer does not mind
        except OSError as error:
            host, port = self._address
            raise CaptureError(f"ZEP to {host} port {port}: {error.strerror or error}") from error


def _family(host: str) -> socket.AddressFamily:
    try:
        version = ipaddress.ip_address(host).version
    except ValueError:
        return socket.AF_INET  # a name
    return socket.AF_INET6 if version == 6 else socket.AF_INET
