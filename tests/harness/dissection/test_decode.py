"""`hanbench decode`: a named tree beside the hex, with keys of a file or the capture; bad input."""

import io
import json
import re
import socket
import struct
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console
from tests.emulator.node.net import HUB as NET_HUB
from tests.emulator.node.net import net
from tests.suite_cases import case_of

from hanbench.emulator.device import Packet
from hanbench.harness.captures import pcapng
from hanbench.harness.captures.reading import read_capture
from hanbench.harness.captures.writing import write_capture
from hanbench.harness.cli import cli
from hanbench.harness.dissection.keys import read_keys
from hanbench.harness.dissection.render import show
from hanbench.harness.dissection.tree import Dissection
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.running.run_case import run_with
from hanbench.protocol import answer, hub_command, ieee802154, instruction, wan, zep
from hanbench.protocol.identifiers import Eui64, PanId
from hanbench.protocol.keys import KeyUsage, derive_test_key
from hanbench.protocol.sua import HAN_SUA_M1, SuaScope
from hanbench.protocol.wan import Envelope, EnvelopeKind
from hanbench.protocol.zep import ZepPacket
from hanbench.protocol.zigbee import interpan, zcl
from hanbench.protocol.zigbee.clusters import tunnelling
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.interpan import InterPanFrame

VECTORS = Path(__file__).parents[3] / "fixtures" / "vectors"
LIFE = json.loads((VECTORS / "han_frames_generated.json").read_text())
LIFE_FRAMES = {row["name"]: row for row in LIFE["frames"]}
CAPTURED = json.loads((VECTORS / "captures_third_party.json").read_text())["frames"]
GOLDEN = Path(__file__).with_name("decoded_report.txt")
KEYS = f"""# the keys of the HAN life
network {LIFE["network_key"]} old network key
network {LIFE["network_key_2"]} new network key
link {LIFE["cbke_link_key"]} CBKE
link {LIFE["tc_link_key"]} install code
link {LIFE["app_link_key"]} application
"""


def decode(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["decode", *arguments])


def lines_of_json(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def keys(tmp_path: Path) -> str:
    path = tmp_path / "keys.txt"
    path.write_text(KEYS)
    return str(path)


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("capture") / "han.pcapng"
    run = run_with(case_of("clean-two-fuel"), lambda: AsyncEngine(migrate), HAN_SUA_M1)
    assert run.capture is not None
    write_capture(path, [run.capture])
    return path


def test_a_secured_report_is_printed_as_the_golden_file_has_it(keys: str) -> None:
    octets = LIFE_FRAMES["metering_report_extnonce"]["frame_with_fcs"]

    result = decode(octets, "--keys", keys)

    assert result.exit_code == 0
    assert result.stdout == GOLDEN.read_text()


@pytest.mark.parametrize("row", LIFE["frames"], ids=[row["name"] for row in LIFE["frames"]])
def test_every_frame_of_a_han_life_is_decoded_to_its_end(row: dict[str, Any], keys: str) -> None:
    (told,) = lines_of_json(decode(row["frame_with_fcs"], "--keys", keys, "--json"))

    # Without the frames before it, nobody can know the sender's EUI-64.
    if row["name"] != "metering_report_noextnonce":
        assert told["errors"] == []


@pytest.mark.parametrize("octets", range(31))
def test_a_frame_cut_in_a_header_names_the_layer_the_field_and_the_octet(octets: int) -> None:
    whole = bytes.fromhex(LIFE_FRAMES["metering_report_extnonce"]["frame_with_fcs"])
    in_layer = next(name for name, end in (("MAC", 9), ("NWK", 31)) if octets < end)

    result = decode(whole[:octets].hex() or "00", "--no-fcs", "--json")

    (told,) = lines_of_json(result)
    (error,) = told["errors"]
    assert result.exit_code == 2
    assert error.startswith(f"{in_layer}: ")
    if octets != 9:  # there the NWK layer begins, and not one octet of it is there
        words = r"[A-Z]+: [a-z0-9 ]+ at octet \d+: cut short: .* needed, .* left"
        assert re.fullmatch(words, error)
    shown = [(node["from"], node["to"]) for layer in told["layers"] for node in layer["fields"]]
    assert (
        "".join(bytes(whole)[start:end].hex() for start, end in shown)
        == whole[: max(octets, 1)].hex()
    ), "each octet that came is shown, read or not"


def test_what_lies_behind_a_garbled_header_is_shown_unread() -> None:
    whole = bytearray.fromhex(LIFE_FRAMES["metering_report_extnonce"]["frame_with_fcs"])
    whole[9] ^= 0x3C

    (told,) = lines_of_json(decode(bytes(whole[:-2]).hex(), "--no-fcs", "--json"))

    assert told["errors"] == ["NWK: nwk.control: 0x0274 is not protocol version 2 at octet 9"]
    last = told["layers"][-1]["fields"][-1]
    assert (last["name"], last["to"]) == ("not read", len(whole) - 2)


@pytest.mark.parametrize("row", CAPTURED, ids=[row["name"] for row in CAPTURED])
def test_real_sniffed_frames_are_opened(row: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "keys.txt"
    path.write_text(f"network {row['network_key']}\nlink {row['tc_link_key']}\n")

    result = decode(row["mac_frame_no_fcs"], "--no-fcs", "--keys", str(path), "--json")

    (told,) = lines_of_json(result)
    names = [layer["name"] for layer in told["layers"]]
    assert not [error for error in told["errors"] if "sealed" in error]
    if "nwk_payload_plain" in row and row.get("mac_type") == 1:
        assert names[2] in ("APS", "NWK command")


def test_a_whole_migration_is_decoded_with_the_keys_that_the_capture_shows(capture: Path) -> None:
    result = decode(str(capture), "--json")

    told = lines_of_json(result)
    assert result.exit_code == 0
    assert [one["errors"] for one in told if one["errors"]] == []
    last = [one["layers"][-1] for one in told]
    summaries = {f"{one['name']}: {one.get('summary', '')}" for one in last}
    assert "SUA: key version 1, counter 42" in summaries
    assert any(one["name"] == "Answer payload" for one in last)


def test_single_packets_are_chosen_and_the_keys_before_them_count(capture: Path) -> None:
    few = lines_of_json(decode(str(capture), "--json", "--limit", "3"))
    one = lines_of_json(decode(str(capture), "--json", "--frame", "19"))

    assert [told["frame"] for told in few] == [1, 2, 3]
    assert [told["frame"] for told in one] == [19]
    assert one[0]["errors"] == []


def test_without_keys_a_frame_says_that_it_stays_sealed() -> None:
    result = decode(LIFE_FRAMES["metering_report_extnonce"]["frame_with_fcs"])

    assert result.exit_code == 2
    assert "not decoded: the payload stays sealed: no network key is known" in result.stdout
    assert "aux source: " in result.stdout


def test_a_wrong_key_is_said_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "keys.txt"
    path.write_text("network " + "00" * 16)

    result = decode(LIFE_FRAMES["metering_report_extnonce"]["frame_with_fcs"], "--keys", str(path))

    said = "the MIC does not hold under this key, nor under any other of 1: wrong key, or a"
    assert f"{said} damaged frame?" in result.stdout


def test_a_cut_frame_names_the_field_and_the_octet() -> None:
    result = decode("61889b621a0000f0f1091200003aac1e", "--no-fcs")

    assert result.exit_code == 2
    assert "not decoded: sequence at octet 16: " in result.stdout


def test_a_bad_line_of_a_key_file_is_named_and_costs_no_other(tmp_path: Path) -> None:
    path = tmp_path / "keys.txt"
    path.write_text(KEYS + "network 1234\nwater " + "00" * 16 + "\n")
    octets = LIFE_FRAMES["metering_report_extnonce"]["frame_with_fcs"]

    result = decode(octets, "--keys", str(path))

    assert result.exit_code == 2
    assert f"{path}:7: the key has 2 octets, not 16" in result.stderr
    assert f"{path}:8: unknown key type 'water'; expected TYPE HEX [LABEL]" in result.stderr
    assert "opened with the link key" in result.stdout


def test_wiresharks_own_key_lines_and_install_codes_are_read() -> None:
    code = "83FED3407A939723A5C639B26916D505C3B5"

    lines = (
        '"00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff","Normal","x"',
        '"00112233445566778899aabbccddeeff","Reverse","y"',
        f"install-code {code} joiner",
        f"install-code 00{code} bad",
        "link zz",
    )
    table = read_keys("\n".join(lines).encode())

    links = {one.label: one.key.value.hex() for one in table.of(KeyUsage.LINK)}
    assert links["joiner"].upper() == "66B6900981E1EE3CA4206B6B861C02BB"
    assert links["y"] == links["x"][::-2] or bytes.fromhex(links["y"])[::-1].hex() == links["x"]
    assert [problem.split(":")[1] for problem in table.problems] == ["4", "5"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere.pcap",), "'nowhere.pcap' is neither a file nor hex"),
        (("123",), "the hex has 3 digits, an odd number"),
        ((), "name a capture or give hex, or say --listen"),
        (("00", "--keys", "none.txt"), "none.txt: cannot be read"),
        (("--listen", "port"), "expected [HOST:]PORT"),
    ],
)
def test_bad_input_is_named(
    arguments: tuple[str, ...], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hanbench.harness import cli as commands  # noqa: PLC0415

    monkeypatch.setattr("sys.argv", ["hanbench", "decode", *arguments])

    result = CliRunner().invoke(cli, ["decode", *arguments])

    assert result.exit_code != 0
    told = result.output + str(result.exception or "")
    assert says in told
    assert commands._code() == 2


def test_a_cut_capture_is_printed_as_far_as_it_goes(capture: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.pcapng"
    path.write_bytes(capture.read_bytes()[:5000])

    result = decode(str(path))

    assert result.exit_code == 2
    assert "cut.pcapng: the file ends within a block" in result.stderr
    assert "frame 19 " in result.stdout


def test_another_link_type_is_said_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "wifi.pcapng"
    path.write_bytes(
        pcapng.section_header() + pcapng.interface("wifi", 105) + pcapng.packet(0, 0, b"\x80")
    )

    result = decode(str(path))

    assert "not decoded: link type 105 holds no 802.15.4 frames" in result.stdout


def envelope(kind: EnvelopeKind, payload: bytes, *, message_id: int = 3) -> bytes:
    return wan.encode(
        Envelope(
            kind=kind,
            originator=Eui64(1),
            target=Eui64(2),
            message_id=message_id,
            originator_counter=4,
            payload=payload,
        ),
        derive_test_key("decode", KeyUsage.TRANSPORT),
    )


def command(key_version: int = 1) -> bytes:
    octets = instruction.encode(instruction.NoOp(7))
    scope = SuaScope(eui64=Eui64(2), key_version=1, counter=9, digest=instruction.digest(octets))
    code = HAN_SUA_M1.issue(derive_test_key("decode", KeyUsage.SUA), scope)
    return instruction.encode_command(
        instruction.Command(octets, instruction.Authorisation(key_version, 9, code))
    )


def test_an_envelope_is_checked_with_the_keys_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.txt"
    path.write_text(
        f"transport {derive_test_key('decode', KeyUsage.TRANSPORT).value.hex()} head-end\n"
        f"sua {derive_test_key('decode', KeyUsage.SUA).value.hex()} esme v1\n"
    )

    good = decode(envelope(EnvelopeKind.INSTRUCTION, command()).hex(), "--as", "envelope",
                  "--keys", str(path))  # fmt: skip
    forged = decode(envelope(EnvelopeKind.INSTRUCTION, command(2)).hex(), "--as", "envelope",
                    "--keys", str(path))  # fmt: skip

    assert "the transport MAC verifies under 'head-end'" in good.stdout
    assert "Instruction: NoOp" in good.stdout
    assert "the SUA code verifies under 'esme v1'" in good.stdout
    assert "the SUA code verifies under none of 1 keys" in forged.stdout


@pytest.mark.parametrize(
    ("kind", "octets", "says"),
    [
        ("instruction", instruction.encode(instruction.SetClock(7, 1_614_589_200)),
         "utc s: 2021-03-01T09:00:00Z"),
        ("command", command(), "SUA: key version 1, counter 9"),
        ("answer", answer.encode(answer.AnswerMessage(answer.Outcome.BAD_CODE, 1, 9)),
         "Answer: BAD_CODE, key version 1"),
        ("envelope",
         envelope(EnvelopeKind.HUB_COMMAND,
                  hub_command.encode_command(hub_command.CancelBuffered(Eui64(7), 9))),
         "Hub: CancelBuffered"),
        ("envelope",
         envelope(EnvelopeKind.HUB_ANSWER, hub_command.encode_answer(hub_command.Cancelled(2))),
         "count: 2"),
        ("envelope",
         envelope(EnvelopeKind.ALERT, hub_command.encode_alert(hub_command.Alert(0x8F3D, "no"))),
         "code: 0x8f3d"),
    ],
)  # fmt: skip
def test_what_the_wan_carries_is_explained_by_itself(kind: str, octets: bytes, says: str) -> None:
    result = decode(octets.hex(), "--as", kind)

    assert result.exit_code == 0
    assert says in result.stdout


@pytest.mark.parametrize("kind", ["envelope", "instruction", "command", "answer"])
def test_octets_that_are_none_name_what_is_wrong(kind: str) -> None:
    result = decode("ff", "--as", kind)

    assert result.exit_code == 2
    assert "not decoded: " in result.stdout


@pytest.fixture
def port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    return number


def test_zep_is_decoded_live(port: int) -> None:
    stop = threading.Event()

    def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            # Nobody knows when the listener is ready, so it is sent until it has been heard.
            while not stop.wait(0.01):
                sender.sendto(b"another's datagram", ("127.0.0.1", port))
                packet = ZepPacket(frame=ieee802154.acknowledgement(7), at_ns=0, sequence=0)
                sender.sendto(zep.encode(packet), ("127.0.0.1", port))

    thread = threading.Thread(target=send)
    thread.start()
    try:
        result = decode("--listen", str(port), "--limit", "2")
    finally:
        stop.set()
        thread.join()

    assert result.exit_code == 0
    assert result.stdout.count("FCS: correct") == 2


# One line a packet


def test_brief_prints_a_line_a_packet_with_who_when_and_what(capture: Path) -> None:
    lines = decode("--brief", str(capture)).stdout.splitlines()
    packets = list(read_capture(capture))

    assert len(lines) == len(packets)
    report = next(
        line for line in lines if "Metering, report" in line.lower() or "Metering" in line
    )
    number, clock, rest = report.split(maxsplit=2)
    assert packets[int(number) - 1].number == int(number)
    assert clock.count(":") == 2
    assert " to 0x" in rest


def test_brief_tells_of_an_envelope_what_is_in_it(capture: Path) -> None:
    lines = decode(str(capture), "--brief").output.splitlines()

    assert any("RotateSuaKey, key version 1, counter" in line for line in lines)
    assert any("ACCEPTED, key version 1, to read-sua-status" in line for line in lines)
    polls = [line for line in lines if "MAC command: DataRequest" in line]
    assert polls
    assert all(" to 0x0000" in line for line in polls)


@pytest.mark.parametrize("width", [80, 120])
def test_on_a_terminal_long_lines_go_on_in_their_column(width: int) -> None:
    told = Dissection(b"")
    layer = told.layer("Envelope")
    layer.notes.append("the answer MAC verifies under 'the key of a meter with a long name' " * 2)
    text = io.StringIO()

    show(Console(file=text, width=width, force_terminal=True, color_system=None), "a title", told)

    lines = text.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert [line.startswith(" " * 37) for line in lines if "key of a" in line] == [True, True]


def test_brief_says_what_could_not_be_read_in_the_same_line() -> None:
    octets = LIFE_FRAMES["metering_report_extnonce"]["frame_with_fcs"]

    (line,) = decode("--brief", octets).stdout.splitlines()

    assert "! NWK: the payload stays sealed" in line
    assert f"{len(octets) // 2}" in line


def test_brief_and_json_are_not_said_at_once(capture: Path) -> None:
    result = decode("--brief", "--json", str(capture))

    assert result.exit_code == 2
    assert "not both" in result.stderr


# Blocks, and frames between PANs

METER = Eui64(0xB1)


def sent_in_blocks(tmp_path: Path, *, order: tuple[int, ...] | None = None) -> Path:
    """One envelope in blocks with a frame, a header and a MIC each, as the stacks send it."""
    home = net(METER)
    frame = tunnelling.COMMANDS.encode(tunnelling.TransferToServer(1, bytes(200)), sequence=9)
    packet = Packet(NET_HUB, METER, int(ClusterId.TUNNELLING), zcl.encode(frame))
    home.send(home.stacks[NET_HUB].send(packet, home.now))
    home.advance(60)
    blocks = [sent.frame for sent in home.air if sent.sender == NET_HUB and len(sent.frame) > 60]
    chosen = blocks if order is None else [blocks[place] for place in order]
    path = tmp_path / "blocks.pcapng"
    records = [pcapng.packet(0, place * 1_000, one) for place, one in enumerate(chosen)]
    path.write_bytes(b"".join([pcapng.section_header(), pcapng.interface("han"), *records]))
    return path


@pytest.fixture
def net_keys(tmp_path: Path) -> str:
    network = derive_test_key("net", KeyUsage.NETWORK).value.hex()
    link = derive_test_key("net", KeyUsage.LINK, *sorted((NET_HUB, METER))).value.hex()
    path = tmp_path / "net-keys.txt"
    path.write_text(f"network {network}\nlink {link}\n")
    return str(path)


def layers(told: dict[str, Any]) -> list[str]:
    return [layer["name"] for layer in told["layers"]]


def test_a_message_in_blocks_is_explained_with_its_last_block(
    tmp_path: Path, net_keys: str
) -> None:
    path = sent_in_blocks(tmp_path)

    told = lines_of_json(decode("--json", "--keys", net_keys, str(path)))

    assert len(told) >= 3
    assert all(layers(one) == ["MAC", "NWK", "APS"] for one in told[:-1])
    assert layers(told[-1])[:4] == ["MAC", "NWK", "APS", "ZCL"]
    notes = [note for one in told for layer in one["layers"] for note in layer.get("notes", [])]
    for number in range(1, len(told) + 1):
        assert any(f"block {number} of {len(told)}" in note for note in notes)
    whole = told[-1]["layers"][3]
    assert "TransferToServer" in whole["summary"] or "Tunnelling" in whole["summary"]


def test_blocks_that_come_out_of_order_are_put_together_and_a_missing_one_is_waited_for(
    tmp_path: Path, net_keys: str
) -> None:
    count = len(list(read_capture(sent_in_blocks(tmp_path))))
    swapped = (0, *reversed(range(1, count)))

    told = lines_of_json(
        decode("--json", "--keys", net_keys, str(sent_in_blocks(tmp_path, order=swapped)))
    )
    without = lines_of_json(
        decode("--json", "--keys", net_keys, str(sent_in_blocks(tmp_path, order=swapped[:-1])))
    )

    assert "ZCL" in layers(told[-1])
    assert all("ZCL" not in layers(one) for one in (*told[:-1], *without))


def test_a_block_whose_first_was_not_captured_is_said_to_be_of_an_unknown_number(
    tmp_path: Path, net_keys: str
) -> None:
    told = lines_of_json(
        decode("--json", "--keys", net_keys, str(sent_in_blocks(tmp_path, order=(1, 2))))
    )

    notes = [note for one in told for layer in one["layers"] for note in layer.get("notes", [])]
    assert any("block 2 of unknown" in note for note in notes)
    assert all("ZCL" not in layers(one) for one in told)


def inter_pan(payload: bytes) -> bytes:
    return ieee802154.encode(
        ieee802154.MacFrame(
            frame_type=ieee802154.FrameType.DATA,
            sequence=1,
            target_pan=PanId(0xFFFF),
            target_short=ieee802154.BROADCAST_SHORT,
            source_pan=PanId(0x1234),
            source_eui64=METER,
            payload=payload,
        )
    )


PRICE = InterPanFrame(
    delivery=interpan.Delivery.BROADCAST,
    profile=0x0109,
    cluster=0x0700,
    payload=bytes.fromhex("01 05 00 01"),
)


def test_a_frame_between_pans_is_explained_to_its_command() -> None:
    octets = inter_pan(interpan.encode(PRICE)).hex()

    told = lines_of_json(decode("--json", octets))[0]

    assert layers(told) == ["MAC", "Inter-PAN", "ZCL"]
    assert told["errors"] == []
    fields = {field["name"]: field.get("value") for field in told["layers"][1]["fields"]}
    assert fields["cluster"] == "0x0700 Price"
    assert "GetCurrentPrice" in told["layers"][2]["summary"]
    (line,) = decode("--brief", octets).stdout.splitlines()
    assert "GetCurrentPrice" in line


def test_a_cut_frame_between_pans_names_the_field_and_the_octet() -> None:
    payload = interpan.encode(PRICE)

    told = lines_of_json(decode("--json", inter_pan(payload[:4]).hex()))[0]

    (error,) = told["errors"]
    assert error.startswith("Inter-PAN: cluster at octet ")


def test_what_a_frame_between_pans_carries_may_be_no_command() -> None:
    payload = interpan.encode(replace(PRICE, payload=b"\x01"))

    told = lines_of_json(decode("--json", inter_pan(payload).hex()))[0]

    (error,) = told["errors"]
    assert error.startswith("ZCL: ")


def test_a_key_that_stands_where_its_type_should_is_not_printed(tmp_path: Path) -> None:
    secret = "5342414c4c4f4e4e4554574f524b3031"
    path = tmp_path / "keys.txt"
    path.write_text(f"{secret} network\n")
    octets = LIFE_FRAMES["metering_report_extnonce"]["frame_with_fcs"]

    result = decode(octets, "--keys", str(path))

    assert f"{path}:1: unknown key type of 32 characters; expected TYPE HEX" in result.stderr
    assert secret not in result.stdout + result.stderr


def test_a_capture_of_something_else_is_said_to_be_one(tmp_path: Path) -> None:
    ethernet = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    path = tmp_path / "lan.pcap"
    path.write_bytes(ethernet + struct.pack("<IIII", 0, 0, 4, 4) + b"abcd")

    result = decode(str(path))

    assert result.exit_code == 2
    says = "nothing to decode in it: it has 1 packet of link type 1 without a frame in ZEP"
    assert says in result.stderr


def pcap_of(path: Path, link_type: int, *packets: bytes, on_air: int | None = None) -> str:
    """Write a pcap file, and return its name."""
    records = (
        struct.pack("<IIII", 1, 0, len(one), len(one) if on_air is None else on_air) + one
        for one in packets
    )
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link_type)
    path.write_bytes(header + b"".join(records))
    return str(path)


def test_a_frame_that_the_capture_cut_has_no_fcs_and_names_the_octet_where_it_ends(
    tmp_path: Path,
) -> None:
    whole = bytes.fromhex(LIFE_FRAMES["metering_report_extnonce"]["frame_with_fcs"])
    path = pcap_of(tmp_path / "cut.pcap", 195, whole[:18], on_air=len(whole))

    (told,) = lines_of_json(decode("--json", path))

    says = "NWK: frame counter at octet 18: cut short: 4 octets are needed, none is left"
    assert told["errors"] == [says]
    mac = told["layers"][0]
    assert "FCS" not in [field["name"] for field in mac["fields"]]
    assert mac["notes"] == ["the capture kept only the beginning of this frame"]


def zep_in_ip(payload: bytes) -> bytes:
    udp = struct.pack(">HHHH", 40000, zep.UDP_PORT, 8 + len(payload), 0) + payload
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0)
    return header + bytes((127, 0, 0, 1)) * 2 + udp


def test_a_zep_datagram_that_is_damaged_is_said_to_be_so_and_what_is_none_is_counted(
    tmp_path: Path,
) -> None:
    good = zep.encode(ZepPacket(frame=ieee802154.acknowledgement(7), at_ns=0, sequence=0))
    acknowledged = b"EX\x02\x02" + bytes(4)
    packets = (good, good[:-2], good[:20], b"EX\x01" + good[3:], acknowledged, b"hello")
    path = pcap_of(tmp_path / "zep.pcap", 101, *map(zep_in_ip, packets))

    result = decode("--json", path)

    told = lines_of_json(result)
    assert result.exit_code == 0
    assert [one["frame"] for one in told] == [1, 2, 3, 4]
    assert [one["errors"] for one in told] == [
        [],
        ["Capture: zep.length: 5, but 3 octets follow (octet 59)"],
        ["Capture: zep: 20 octets are less than its header (octet 48)"],
        ["Capture: zep.type: version 1, type 1 is no v2 data packet (octet 30)"],
    ]
    passed_over = "hanbench: passed over: 2 packets of link type 101 without a frame in ZEP\n"
    assert result.stderr == passed_over


def test_a_time_that_no_calendar_has_costs_no_packet(tmp_path: Path) -> None:
    path = tmp_path / "damaged.pcapng"
    packets = [pcapng.packet(0, at_ns, ieee802154.acknowledgement(7)) for at_ns in (2**64 - 1, 5)]
    far = pcapng.interface("han").replace(b"\x09\x00\x01\x00\x09", b"\x09\x00\x01\x00\x00")
    path.write_bytes(b"".join([pcapng.section_header(), far, *packets]))

    told = lines_of_json(decode("--json", str(path)))

    assert [one["at"] for one in told] == [
        "18446744073709551615.000000000 s since 1970",
        "1970-01-01T00:00:05.000000000Z",
    ]
    assert len(decode("--brief", str(path)).stdout.splitlines()) == 2


def test_a_key_file_that_is_partly_no_text_keeps_its_other_lines(tmp_path: Path) -> None:
    path = tmp_path / "keys.txt"
    path.write_bytes(b"link \xff\xfe\n" + KEYS.encode())
    octets = LIFE_FRAMES["metering_report_extnonce"]["frame_with_fcs"]

    result = decode(octets, "--keys", str(path))

    assert result.exit_code == 2
    assert f"{path}:1: is not UTF-8 text at octet 5" in result.stderr
    assert "opened with the link key" in result.stdout


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("install-code zz", "the install code is not hex"),
        ("install-code 83FED3407A939723A5C639B26916D505C3B6", "c3b6 does not match the code"),
        ("install-code 83FED3", "3 octets are no install code"),
        ('"00112233","Normal","x"', "the key has 4 octets, not 16"),
        ('"zz","Normal","x"', 'expected "HEX","Normal" or "Reverse","LABEL"'),
        ("network 00", "the key has 1 octet, not 16"),
        ("network", "the key has 0 octets, not 16"),
    ],
)
def test_what_is_wrong_with_a_key_is_said(line: str, says: str) -> None:
    table = read_keys(f"# a comment\n{line}\n".encode())

    (problem,) = table.problems
    assert problem.startswith("keys:2: ")
    assert says in problem
    assert table.held == {}


def test_a_message_of_the_device_object_has_its_name_beside_its_number(keys: str) -> None:
    octets = LIFE_FRAMES["device_annce"]["frame_with_fcs"]

    (told,) = lines_of_json(decode("--json", "--keys", keys, octets))

    support = next(layer for layer in told["layers"] if layer["name"] == "APS")
    (cluster,) = [field["value"] for field in support["fields"] if field["name"] == "cluster"]
    assert cluster == "0x0013 DeviceAnnounce"


@pytest.mark.parametrize(
    ("name", "between", "what"),
    [
        ("data_request", " to 0x0000 ", "DataRequest"),
        ("assoc_request", "…00-02 to 0x0000 ", "AssociationRequest"),
        ("beacon_request", "- to 0xffff ", "BeaconRequest"),
        ("beacon", "0x0000 to - ", "Beacon"),
        ("assoc_request/ack", "", "MAC: ack of "),
    ],
)
def test_brief_names_both_ends_of_a_radio_frame_and_what_an_ack_is_for(
    name: str, between: str, what: str
) -> None:
    (line,) = decode("--brief", LIFE_FRAMES[name]["frame_with_fcs"]).stdout.splitlines()

    assert between in line
    assert what in line
