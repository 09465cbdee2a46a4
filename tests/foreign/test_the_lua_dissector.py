"""The shipped Lua dissector names envelopes, Instructions and the SUA layer for stock tshark."""

import enum
import random
import re
import typing
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.emulator.node.net import HUB, net
from tests.foreign.test_tshark_reassembles import METER, captured, keys
from tests.suite_cases import case_of

from hanbench.emulator.device import Packet
from hanbench.emulator.events import WanPassed
from hanbench.harness.captures import pcapng
from hanbench.harness.captures.writing import CapturedFrame, write_capture
from hanbench.harness.dissection.envelope import EnvelopeReader
from hanbench.harness.dissection.keys import KeyTable
from hanbench.harness.dissection.tree import Dissection
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.files.loader import fixtures_folder
from hanbench.harness.running.run_case import run_with
from hanbench.harness.verdict import CaseRun
from hanbench.protocol import answer, hub_command, ieee802154, instruction, tunnel_segments, wan
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64, PanId, ShortAddress
from hanbench.protocol.ieee802154 import MacFrame
from hanbench.protocol.keys import KeyUsage, derive_test_key
from hanbench.protocol.sua import HAN_SUA_M1
from hanbench.protocol.tunnel_segments import Reassembly
from hanbench.protocol.wan import Envelope, EnvelopeKind
from hanbench.protocol.zigbee import aps, nwk, zcl
from hanbench.protocol.zigbee.aps import ApsFrame
from hanbench.protocol.zigbee.clusters import tunnelling
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.nwk import NwkFrame

Tshark = Callable[..., list[str]]

DISSECTOR = f"lua_script:{fixtures_folder('wireshark') / 'hanbench.lua'}"
FIELDS = (
    "hanwan.kind",
    "hanwan.message_id",
    "haninstruction.type",
    "haninstruction.request_id",
    "hansua.key_version",
    "hansua.counter",
    "hansua.code",
    "hananswer.outcome",
    "hansua.mac",
    "hanwan.mac",
)
NAMES = [argument for name in FIELDS for argument in ("-e", name)]
KEY = derive_test_key("lua", KeyUsage.TRANSPORT)


@pytest.fixture(scope="module")
def ran() -> CaseRun:
    return run_with(case_of("clean-two-fuel"), lambda: AsyncEngine(migrate), HAN_SUA_M1)


def expected(octets: bytes) -> str:
    """What the fields of one envelope should say, read by our own decoders."""
    envelope = wan.decode(octets)
    told = [""] * len(FIELDS)
    told[0], told[1] = str(int(envelope.kind)), str(envelope.message_id)
    told[9] = octets[-wan.MAC_OCTETS :].hex()
    if envelope.kind is EnvelopeKind.INSTRUCTION:
        command = instruction.decode_command(envelope.payload)
        inner = instruction.decode(command.instruction)
        told[2], told[3] = f"0x{inner.type:02x}", str(inner.request_id)
        code = command.authorisation
        if code is not None:
            told[4:7] = [str(code.key_version), str(code.counter), code.code.hex()]
    elif envelope.kind is EnvelopeKind.ANSWER:
        message = answer.decode(envelope.payload)
        told[4], told[7] = str(message.key_version), str(int(message.outcome))
        told[8] = message.mac.hex()
    return "\t".join(told)


@pytest.mark.parametrize("where", ["!wpan", "zbee_nwk"])
def test_what_it_says_of_each_envelope_is_what_we_say(
    tmp_path: Path, tshark: Tshark, ran: CaseRun, where: str
) -> None:
    path = tmp_path / "han.pcapng"
    assert ran.capture is not None
    write_capture(path, [ran.capture])
    sent = [event for event in ran.trace if isinstance(event, WanPassed)]

    said = tshark(path, "-X", DISSECTOR, "-Y", f"hanwan && {where}", "-T", "fields", *NAMES)

    # An envelope crosses the WAN and the HAN once each, in this clean run.
    assert sorted(said) == sorted(expected(event.envelope) for event in sent)
    assert len(said) > 10
    assert any("\t0x40\t" in line for line in said)


def envelope(
    kind: EnvelopeKind,
    payload: bytes,
    *,
    message_id: int = 3,
    ends: tuple[Eui64, Eui64] = (Eui64(1), Eui64(2)),
) -> bytes:
    return wan.encode(
        Envelope(
            kind=kind,
            originator=ends[0],
            target=ends[1],
            message_id=message_id,
            originator_counter=4,
            payload=payload,
        ),
        KEY,
    )


def alone(path: Path, ran: CaseRun, *octets: bytes) -> None:
    """Write a capture of these envelopes and nothing else."""
    assert ran.capture is not None
    run = type(ran.capture)(
        name="own",
        pan=ran.capture.pan,
        epoch_unix_ns=0,
        network_key=ran.capture.network_key,
        link_keys=(),
        frames=(),
        envelopes=[CapturedFrame(at, one) for at, one in enumerate(octets)],
    )
    write_capture(path, [run], with_keys=False)


HUB_COMMANDS: list[hub_command.HubCommand] = [
    hub_command.CancelBuffered(Eui64(7), 9),
    hub_command.ListBuffered(Eui64(7)),
    hub_command.ClearBuffered(),
    hub_command.LogDevice(device=Eui64(7), window_s=60, install_code=b"\x83\xfe\xd3"),
    hub_command.UnlogDevice(Eui64(7)),
]
HUB_ANSWERS: list[hub_command.HubAnswer] = [
    hub_command.Cancelled(2),
    hub_command.TooLate(),
    hub_command.NotFound(),
    hub_command.Buffered((5, 6)),
    hub_command.Logged(1),
    hub_command.Unlogged(),
    hub_command.BadInstallCode("install-code.crc"),
]


def test_hub_commands_answers_and_alerts_have_names_too_and_a_cut_one_is_marked(
    tmp_path: Path, tshark: Tshark, ran: CaseRun
) -> None:
    path = tmp_path / "han.pcapng"
    commands = [
        envelope(EnvelopeKind.HUB_COMMAND, hub_command.encode_command(one)) for one in HUB_COMMANDS
    ]
    answers = [
        envelope(EnvelopeKind.HUB_ANSWER, hub_command.encode_answer(one)) for one in HUB_ANSWERS
    ]
    alert = hub_command.encode_alert(hub_command.Alert(0x8F3D, "refused"))
    more = [envelope(EnvelopeKind.ALERT, alert), envelope(EnvelopeKind.INSTRUCTION, b"\0\x10\x40")]
    alone(path, ran, *commands, *answers, *more)

    said = tshark(path, "-X", DISSECTOR, "-T", "fields", "-e", "_ws.col.Info")
    marked = tshark(path, "-X", DISSECTOR, "-Y", MARKED, "-T", "fields", "-e", "frame.number",
                    "-e", "hanwan.cut_short")  # fmt: skip

    names = [type(one).__name__ for one in (*HUB_COMMANDS, *HUB_ANSWERS)]
    assert said[:-1] == [f"{name}, message 3" for name in (*names, "alert 8F3D")]
    assert [line.split()[0] for line in marked] == [f"{len(said)}"]
    assert set(typing.get_args(hub_command.HubCommand)) == set(map(type, HUB_COMMANDS))
    assert set(typing.get_args(hub_command.HubAnswer)) == set(map(type, HUB_ANSWERS))


MARKED = "hanwan.cut_short || hanwan.refused"
TABLES: dict[str, type[enum.IntEnum]] = {
    "KINDS": EnvelopeKind,
    "TYPES": instruction.InstructionType,
    "OUTCOMES": answer.Outcome,
    "REGISTERS": instruction.Register,
    "MODES": instruction.PaymentMode,
    "LOGS": instruction.LogName,
    "RESULTS": answer.UtrnResult,
}


@pytest.mark.parametrize("name", TABLES)
def test_its_tables_are_those_of_the_codecs(name: str) -> None:
    source = (fixtures_folder("wireshark") / "hanbench.lua").read_text()
    table = re.search(rf"^local {name} = \{{(.*?)\}}$", source, re.DOTALL | re.MULTILINE)

    assert table is not None
    rows = re.findall(r'\[(\w+)\] = "(\w+)"', table[1])
    assert {int(number, 0): word for number, word in rows} == {
        one.value: one.name for one in TABLES[name]
    }


def payloads_by_request() -> list[bytes]:
    """A request of each kind with a payload of its own, and its answer right behind it."""
    asked: list[tuple[instruction.Instruction, bytes]] = [
        (
            instruction.ReadRegister(7, instruction.Register.IMPORT_WH),
            answer.encode_reading(answer.RegisterReading(instruction.Register.IMPORT_WH, -5)),
        ),
        (
            instruction.ReadLog(8, instruction.LogName.EVENT, 0, 2),
            answer.encode_log_page(answer.LogPage(9, (answer.LogLine(77, 0x8F3D, "né"),) * 2)),
        ),
        (
            instruction.AddCreditUtrn(9, "1" * 20),
            answer.encode_utrn(answer.UtrnAnswer(answer.UtrnResult.DUPLICATE, 0, -250)),
        ),
    ]
    found = []
    for number, (request, payload) in enumerate(asked):
        command = instruction.encode_command(instruction.Command(instruction.encode(request)))
        said = answer.encode(answer.AnswerMessage(answer.Outcome.ACCEPTED, 1, 9, payload, b"mac"))
        found += [
            envelope(EnvelopeKind.INSTRUCTION, command, message_id=number),
            envelope(EnvelopeKind.ANSWER, said, message_id=number, ends=(Eui64(2), Eui64(1))),
        ]
    return found


def test_what_an_answer_carries_is_named_by_what_it_answers(
    tmp_path: Path, tshark: Tshark, ran: CaseRun
) -> None:
    path = tmp_path / "han.pcapng"
    alone(path, ran, *payloads_by_request())
    fields = ("register", "value", "log.total", "log.code", "log.text", "utrn.result",
              "utrn.balance_pence")  # fmt: skip
    names = [part for name in fields for part in ("-e", f"hananswer.{name}")]

    said = tshark(path, "-X", DISSECTOR, "-Y", "hananswer", "-T", "fields", *names)

    assert [line.split("\t") for line in said] == [
        ["1", "-5", "", "", "", "", ""],
        ["", "", "9", "0x8f3d,0x8f3d", "né,né", "", ""],
        ["", "", "", "", "", "1", "-250"],
    ]
    assert tshark(path, "-X", DISSECTOR, "-Y", MARKED) == []


def damaged(whole: bytes, lots: random.Random) -> bytes:
    """Octets that are nearly an envelope, or hardly one."""
    octets = bytearray(whole)
    for _ in range(lots.randrange(4)):
        # Lengths and kinds stand at the beginning, where a mistake matters most.
        at = lots.randrange(min(len(octets), lots.choice((2, 36, 60, 200))))
        octets[at] = lots.choice((0, 1, 2, 3, 4, 5, 0x50, 0xFF, lots.randrange(256)))
    if lots.random() < 0.3:
        octets = octets[: lots.randrange(1, len(octets) + 1)]
    return bytes(octets) + bytes(lots.choice((0, 0, 0, 1, 9)))


def test_of_damaged_envelopes_it_marks_those_that_we_refuse_and_ends_on_none(
    tmp_path: Path, tshark: Tshark, ran: CaseRun
) -> None:
    lots = random.Random(1)
    path = tmp_path / "damaged.pcapng"
    sent = [event.envelope for event in ran.trace if isinstance(event, WanPassed)]
    hub = [envelope(EnvelopeKind.HUB_COMMAND, hub_command.encode_command(one))
           for one in HUB_COMMANDS]  # fmt: skip
    hub += [envelope(EnvelopeKind.HUB_ANSWER, hub_command.encode_answer(one))
            for one in HUB_ANSWERS]  # fmt: skip
    whole = [*sent, *hub, *payloads_by_request()]
    garbage = [lots.randbytes(lots.randrange(1, 90)) for _ in range(200)]
    octets = [*whole, *(damaged(lots.choice(whole), lots) for _ in range(3000)), *garbage]
    alone(path, ran, *octets)

    said = tshark(path, "-X", DISSECTOR, "-V", "-Y", "hanwan")
    marked = tshark(path, "-X", DISSECTOR, "-Y", MARKED, "-T", "fields", "-e", "frame.number")

    assert [line for line in said if "Lua Error" in line] == []
    assert sum(line.startswith("Frame ") for line in said) == len(octets)
    reader = EnvelopeReader(KeyTable())
    refused = []
    for number, one in enumerate(octets, 1):
        told = Dissection(one)
        reader.envelope(told, one)
        if told.errors:
            refused.append(f"{number}")
    assert marked == refused
    assert len(whole) < len(refused) < len(octets) - len(whole)


def tunnelled(data: bytes, number: int, tunnel: int) -> bytes:
    """A frame in clear that carries these octets in a tunnel."""
    transfer = tunnelling.TransferToServer(tunnel, data)
    command = tunnelling.COMMANDS.encode(transfer, sequence=number & 0xFF)
    message = ApsFrame(
        frame_type=aps.FrameType.DATA,
        counter=number & 0xFF,
        delivery=aps.Delivery.UNICAST,
        target_endpoint=1,
        source_endpoint=1,
        cluster=int(ClusterId.TUNNELLING),
        profile=0x0109,
        payload=zcl.encode(command),
    )
    network = NwkFrame(
        frame_type=nwk.FrameType.DATA,
        target=ShortAddress(2),
        source=ShortAddress(3),
        radius=30,
        sequence=number & 0xFF,
        payload=aps.encode(message),
    )
    return ieee802154.encode(
        MacFrame(
            frame_type=ieee802154.FrameType.DATA,
            sequence=number & 0xFF,
            target_pan=PanId(0x1234),
            target_short=network.target,
            source_short=network.source,
            payload=nwk.encode(network),
        )
    )


def test_of_damaged_segments_it_puts_together_what_we_put_together(
    tmp_path: Path, tshark: Tshark, ran: CaseRun
) -> None:
    lots = random.Random(2)
    whole = [event.envelope for event in ran.trace if isinstance(event, WanPassed)]
    segments: list[bytes] = []
    while len(segments) < 3000:
        for one in tunnel_segments.segment(lots.choice(whole)):
            chance = lots.random()
            if chance < 0.9:
                segments.append(one)
            if chance > 0.85:  # once more, damaged, or something else
                segments.append(lots.choice((one, damaged(one, lots), lots.randbytes(9))))
    frames = [tunnelled(one, number, 1) for number, one in enumerate(segments)]
    path = tmp_path / "segments.pcapng"
    packets = [pcapng.packet(0, at, one) for at, one in enumerate(frames)]
    path.write_bytes(b"".join([pcapng.section_header(), pcapng.interface("han"), *packets]))

    said = tshark(path, "-X", DISSECTOR, "-2", "-V")
    theirs = tshark(path, "-X", DISSECTOR, "-Y", "hanwan.version", "-T", "fields",
                    "-e", "frame.number")  # fmt: skip

    assert [line for line in said if "Lua Error" in line] == []
    state, ours = Reassembly(), []
    for number, one in enumerate(segments, 1):
        try:
            state, complete = state.take(tunnel_segments.decode(one))
        except DecodeError:
            continue
        if complete is not None:
            ours.append(f"{number}")
    assert theirs == ours
    assert len(ours) > 100


def test_a_long_envelope_in_sealed_frames_is_put_together_though_wireshark_takes_it_for_gbcs(
    tmp_path: Path, tshark: Tshark
) -> None:
    text = "x" * 250
    whole = envelope(EnvelopeKind.ALERT, hub_command.encode_alert(hub_command.Alert(1, text)))
    home = net(METER)
    # Of a total from 256 on the first octet is a GBCS command to Wireshark.
    assert len(whole) >= 0x100
    for number, segment in enumerate(tunnel_segments.segment(whole)):
        frame = tunnelling.COMMANDS.encode(tunnelling.TransferToServer(1, segment), sequence=number)
        packet = Packet(HUB, METER, int(ClusterId.TUNNELLING), zcl.encode(frame))
        home.send(home.stacks[HUB].send(packet, home.now))
    home.advance(60)

    path = captured(home, tmp_path / "long.pcapng")
    said = tshark(path, *keys(), "-X", DISSECTOR, "-Y", "hanwan.alert.text", "-T", "fields",
                  "-e", "hanwan.alert.text")  # fmt: skip

    assert said == [text]
