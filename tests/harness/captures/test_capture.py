"""Captures: the key preamble opens every frame for stock tshark, and only test keys are written."""

import dataclasses
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from hanbench.harness.captures import writing as capture
from hanbench.harness.captures.reading import read_capture
from hanbench.harness.captures.writing import CapturedFrame, CaptureRun, KeyChange, LinkKey
from hanbench.protocol import ieee802154
from hanbench.protocol.identifiers import Eui64, PanId
from hanbench.protocol.keys import Key, KeyUsage

Tshark = Callable[..., list[str]]

VECTORS = Path(__file__).parents[3] / "fixtures" / "vectors" / "han_frames_generated.json"
LIFE = json.loads(VECTORS.read_text())
HUB = Eui64(int(LIFE["eui64"]["comms_hub"], 16))
METER = Eui64(int(LIFE["eui64"]["gsme"], 16))
PAN = PanId(0x5342)
EPOCH_NS = 1_700_000_000_000_000_000

GATE = (
    "zbee_sec.encrypted_payload || zbee_sec.extended_source_unknown || _ws.malformed"
    " || wpan.fcs.bad"
)
"""han.md section 8: prints a frame that tshark could not open or did not believe."""
ENCRYPTED = "zbee_sec.encrypted_payload"


def key(usage: KeyUsage, name: str, *, is_test_material: bool = True) -> Key:
    return Key(usage, bytes.fromhex(LIFE[name]), is_test_material=is_test_material)


def link_keys(*names: str, is_test_material: bool = True) -> tuple[LinkKey, ...]:
    return tuple(
        LinkKey(METER, HUB, key(KeyUsage.LINK, name, is_test_material=is_test_material))
        for name in names
    )


def frames(pan: PanId = PAN, without: Iterable[str] = ()) -> list[CapturedFrame]:
    """Return the HAN life of the fixture, moved to another PAN (no MIC covers the PAN)."""
    return [
        CapturedFrame(at_us * 1000, moved(bytes.fromhex(row["frame_with_fcs"]), pan), row["name"])
        for at_us, row in enumerate(LIFE["frames"])
        if row["name"] not in without
    ]


def moved(octets: bytes, pan: PanId) -> bytes:
    frame = ieee802154.decode(octets)
    target = pan if frame.target_pan == PAN else frame.target_pan
    source = pan if frame.source_pan == PAN else frame.source_pan
    return ieee802154.encode(frame._replace(target_pan=target, source_pan=source))


def run(pan: PanId = PAN, **changes: object) -> CaptureRun:
    whole = CaptureRun(
        name=f"home-{pan:04x}",
        pan=pan,
        epoch_unix_ns=EPOCH_NS,
        network_key=key(KeyUsage.NETWORK, "network_key"),
        link_keys=link_keys("tc_link_key", "cbke_link_key"),
        frames=frames(pan),
    )
    return dataclasses.replace(whole, **changes)  # type: ignore[arg-type]


def test_stock_tshark_opens_every_frame_of_a_han_life(tmp_path: Path, tshark: Tshark) -> None:
    path = tmp_path / "han.pcapng"

    capture.write_capture(path, [run()])

    assert tshark(path, "-Y", GATE) == []
    assert len(tshark(path)) == 3 + len(LIFE["frames"])


def test_stock_tshark_opens_two_homes_with_equal_addresses_in_one_file(
    tmp_path: Path, tshark: Tshark
) -> None:
    path = tmp_path / "han.pcapng"

    capture.write_capture(path, [run(), run(PanId(0x5343))])

    assert tshark(path, "-Y", GATE) == []
    reports = tshark(path, "-Y", "zbee_zcl_se.met.attr_id == 0x0400", "-T", "fields",
                     "-e", "frame.interface_name", "-e", "frame.comment")  # fmt: skip
    names = [
        "metering_report_extnonce",
        "metering_report_noextnonce",
        "metering_report_newkey",
    ]
    assert reports == [f"home-{pan}\t{name}" for pan in ("5342", "5343") for name in names]


def test_the_preamble_is_what_opens_the_frames(tmp_path: Path, tshark: Tshark) -> None:
    path = tmp_path / "han.pcapng"

    capture.write_capture(path, [run()], with_keys=False)

    assert len(tshark(path)) == len(LIFE["frames"])
    assert len(tshark(path, "-Y", ENCRYPTED)) > 40


def test_a_repeated_preamble_opens_the_frames_after_a_key_change(
    tmp_path: Path, tshark: Tshark
) -> None:
    path = tmp_path / "han.pcapng"
    # Without the frame that transports it, tshark cannot learn the second network key.
    lost = frames(without=["transport_key_nwk2"])
    at = next(n for n, frame in enumerate(lost) if frame.comment == "metering_report_newkey")
    change = KeyChange(
        at_us=lost[at].at_us, network_key=key(KeyUsage.NETWORK, "network_key_2"), key_sequence=1
    )

    capture.write_capture(path, [run(frames=lost)])
    assert tshark(path, "-Y", GATE) != []
    capture.write_capture(path, [run(frames=[*lost[:at], change, *lost[at:]])])
    assert tshark(path, "-Y", GATE) == []
    capture.write_capture(path, [run(frames=[*lost[:at], change, *lost[at:]])], with_keys=False)
    assert len(tshark(path)) == len(lost)


def test_a_preamble_frame_says_that_nobody_sent_it(tmp_path: Path) -> None:
    path = tmp_path / "han.pcapng"

    capture.write_capture(path, [run()])

    packets = list(read_capture(path))
    comments = [packet.comment for packet in packets]
    assert comments == [capture.PREAMBLE_COMMENT] * 3 + [row["name"] for row in LIFE["frames"]]


def test_frames_keep_their_instants_and_octets(tmp_path: Path) -> None:
    path = tmp_path / "han.pcapng"

    capture.write_capture(path, [run(), run(PanId(0x5343))], with_keys=False)

    packets = list(read_capture(path))
    assert [packet.at_ns for packet in packets[:3]] == [
        EPOCH_NS,
        EPOCH_NS + 1_000_000,
        EPOCH_NS + 2_000_000,
    ]
    expected = [frame.frame for frame in [*frames(), *frames(PanId(0x5343))]]
    assert [packet.data for packet in packets] == expected


def test_a_users_own_keys_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "han.pcapng"
    own = run(
        network_key=key(KeyUsage.NETWORK, "network_key", is_test_material=False),
        link_keys=link_keys("tc_link_key", "cbke_link_key", is_test_material=False),
        frames=[
            *frames(),
            KeyChange(
                at_us=1_000_000,
                network_key=key(KeyUsage.NETWORK, "network_key_2", is_test_material=False),
                link_keys=link_keys("app_link_key", is_test_material=False),
            ),
        ],
    )

    capture.write_capture(path, [own])

    written = path.read_bytes()
    for name in ("network_key", "tc_link_key", "cbke_link_key", "network_key_2", "app_link_key"):
        assert bytes.fromhex(LIFE[name]) not in written
    assert len(list(read_capture(path))) == len(LIFE["frames"])


def test_a_test_key_is_written_beside_a_users_own(tmp_path: Path) -> None:
    path = tmp_path / "han.pcapng"

    capture.write_capture(path, [run(link_keys=link_keys("cbke_link_key", is_test_material=False))])

    written = path.read_bytes()
    assert bytes.fromhex(LIFE["network_key"]) in written
    assert bytes.fromhex(LIFE["cbke_link_key"]) not in written


def test_stock_tshark_opens_two_homes_that_drew_one_pan(tmp_path: Path, tshark: Tshark) -> None:
    path = tmp_path / "han.pcapng"

    capture.write_capture(path, [run(), run(), run(PanId(0x5343))])

    assert tshark(path, "-Y", GATE) == []
    pans = tshark(path, "-Y", "zbee_aps.cmd.key_type == 1 && frame.comment contains synthetic",
                  "-T", "fields", "-e", "wpan.dst_pan")  # fmt: skip
    assert pans == ["0x5342", "0x5343", "0x5344"]


def test_a_moved_run_says_so_in_its_interface(tmp_path: Path, tshark: Tshark) -> None:
    path = tmp_path / "han.pcapng"

    capture.write_capture(path, [run(), run()])

    told = tshark(path, "-T", "fields", "-e", "frame.interface_description")
    assert told[0] == "HAN of home-5342, PAN 0x5342"
    assert told[-1] == "HAN of home-5342, PAN 0x5343, moved from 0x5342, which another run has"


def test_envelopes_stand_among_the_frames_in_the_order_of_time(tmp_path: Path) -> None:
    path = tmp_path / "han.pcapng"
    passed = [CapturedFrame(2_500, b"envelope", "down gsme: no-op")]

    capture.write_capture(path, [run(envelopes=passed)], with_keys=False)

    packets = list(read_capture(path))
    (at,) = (n for n, packet in enumerate(packets) if packet.link_type == 147)
    assert packets[at].data == b"envelope"
    assert packets[at].interface == "home-5342 WAN"
    assert [packet.at_ns for packet in packets[at - 1 : at + 2]] == [
        EPOCH_NS + n for n in (2_000_000, 2_500_000, 3_000_000)
    ]
