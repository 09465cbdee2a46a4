"""ZEP over loopback: what is sent is heard, in the order and at the pace of virtual time."""

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from hanbench.harness.captures.pan_moves import moved
from hanbench.harness.captures.writing import CapturedFrame, CaptureRun, KeyChange, frames_of
from hanbench.harness.captures.zep_sender import Address, Sniffed, ZepSender, parse_address
from hanbench.harness.errors import CaptureError
from hanbench.protocol import ieee802154, zep
from hanbench.protocol.identifiers import PanId, ShortAddress
from hanbench.protocol.ieee802154 import FrameType, MacFrame
from hanbench.protocol.keys import KeyUsage, derive_test_key

EPOCH_NS = 1_600_000_000_000_000_000
PAN = PanId(0x5342)
HERE = Sniffed(1, {PAN: PAN})


def frame(number: int) -> bytes:
    return ieee802154.encode(
        MacFrame(
            frame_type=FrameType.DATA,
            sequence=number,
            target_pan=PAN,
            target_short=ShortAddress(0),
            source_short=ShortAddress(1),
        )
    )


RUN = CaptureRun(
    name="home-1 own/case",
    pan=PAN,
    epoch_unix_ns=EPOCH_NS,
    network_key=derive_test_key("zep", KeyUsage.NETWORK),
    link_keys=(),
    frames=[CapturedFrame(at_us, frame(at_us // 500_000)) for at_us in (0, 500_000, 2_000_000)],
)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.bind(("127.0.0.1", 0))
        heard.settimeout(10)
        yield heard


def address(listener: socket.socket) -> Address:
    host, port = listener.getsockname()
    return host, port


def test_every_frame_is_heard_with_its_time_behind_the_key_preamble(
    listener: socket.socket,
) -> None:
    with ZepSender(address(listener)) as sender:
        sender.play(RUN, HERE)

    heard = [zep.decode(listener.recv(2048)) for _ in range(4)]
    assert [one.frame for one in heard] == [one.frame for one in frames_of(RUN, {RUN.pan: PAN})]
    assert [one.at_ns - EPOCH_NS for one in heard] == [0, 0, 500_000_000, 2_000_000_000]
    assert [one.sequence for one in heard] == [0, 1, 2, 3]


def test_without_keys_no_preamble_is_sent_and_a_second_run_has_a_pan_of_its_own(
    listener: socket.socket,
) -> None:
    with ZepSender(address(listener), with_keys=False) as sender:
        sender.play(RUN, HERE)
        sender.play(RUN, Sniffed(2, {PAN: PanId(0x5343)}))

    heard = [zep.decode(listener.recv(2048)).frame for _ in range(6)]
    assert heard[0] == frame(0)
    assert heard[3] == moved(frame(0), {PAN: PanId(0x5343)})


def test_at_a_pace_each_frame_waits_for_its_instant(listener: socket.socket) -> None:
    waits: list[float] = []
    now = [100.0]

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    with ZepSender(
        address(listener), pace=4, with_keys=False, sleep=sleep, clock=lambda: now[0]
    ) as sender:
        sender.play(RUN, HERE)

    assert waits == [0.0, 0.125, 0.375]


def test_nobody_listening_is_no_mistake(listener: socket.socket) -> None:
    deaf = address(listener)
    listener.close()

    with ZepSender(deaf) as sender:
        sender.play(RUN, HERE)


def test_a_frame_more_goes_on_with_the_pace_and_the_pan_of_its_run(
    listener: socket.socket,
) -> None:
    waits: list[float] = []
    other = PanId(0x5343)
    there = Sniffed(7, {PAN: other})
    with ZepSender(address(listener), pace=2, sleep=waits.append, clock=lambda: 0.0) as sender:
        sender.play(replace(RUN, frames=()), there)
        sender.go_on(RUN, CapturedFrame(3_000_000, frame(7)), there)
        key = KeyChange(at_us=4_000_000, network_key=RUN.network_key, key_sequence=1)
        sender.go_on(RUN, key, there)

    heard = [zep.decode(listener.recv(2048)) for _ in range(3)]
    assert heard[1].frame == moved(frame(7), {PAN: other})
    assert {one.device for one in heard} == {7}
    assert waits == [0.0, 1.5, 2.0]


def test_an_address_that_is_none_is_found_out_before_the_run() -> None:
    with ZepSender(("no-such-host.invalid", 17754)) as sender, pytest.raises(CaptureError) as told:
        sender.reach()

    assert "ZEP to no-such-host.invalid port 17754" in str(told.value)


def test_a_host_that_cannot_be_reached_is_named() -> None:
    with ZepSender(("no-such-host.invalid", 17754)) as sender, pytest.raises(CaptureError) as told:
        sender.play(RUN, HERE)

    assert "ZEP to no-such-host.invalid port 17754" in str(told.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("17754", ("127.0.0.1", 17754)),
        ("10.0.0.7:99", ("10.0.0.7", 99)),
        ("[::1]:17754", ("::1", 17754)),
    ],
)
def test_an_address_is_loopback_unless_it_names_a_host(text: str, expected: Address) -> None:
    assert parse_address(text) == expected


@pytest.mark.parametrize("text", ["", "0", "65536", "host:", ":17754", "17754x"])
def test_anything_else_is_no_address(text: str) -> None:
    with pytest.raises(CaptureError, match=r"expected \[HOST:\]PORT"):
        parse_address(text)
