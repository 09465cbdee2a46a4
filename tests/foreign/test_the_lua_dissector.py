"""The shipped Lua dissector names envelopes, Instructions and the SUA layer for stock tshark."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.suite_cases import case_of

from hanbench.emulator.events import WanPassed
from hanbench.harness.captures.writing import CapturedFrame, write_capture
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.files.loader import fixtures_folder
from hanbench.harness.running.run_case import run_with
from hanbench.harness.verdict import CaseRun
from hanbench.protocol import answer, hub_command, instruction, wan
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import KeyUsage, derive_test_key
from hanbench.protocol.sua import HAN_SUA_M1
from hanbench.protocol.wan import Envelope, EnvelopeKind

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


def envelope(kind: EnvelopeKind, payload: bytes) -> bytes:
    return wan.encode(
        Envelope(
            kind=kind,
            originator=Eui64(1),
            target=Eui64(2),
            message_id=3,
            originator_counter=4,
            payload=payload,
        ),
        KEY,
    )


def test_hub_commands_answers_and_alerts_have_names_too_and_a_cut_one_is_marked(
    tmp_path: Path, tshark: Tshark, ran: CaseRun
) -> None:
    path = tmp_path / "han.pcapng"
    assert ran.capture is not None
    octets = [
        envelope(
            EnvelopeKind.HUB_COMMAND,
            hub_command.encode_command(hub_command.CancelBuffered(Eui64(7), 9)),
        ),
        envelope(EnvelopeKind.HUB_ANSWER, hub_command.encode_answer(hub_command.Buffered((5, 6)))),
        envelope(
            EnvelopeKind.ALERT, hub_command.encode_alert(hub_command.Alert(0x8F3D, "refused"))
        ),
        envelope(EnvelopeKind.INSTRUCTION, b"\x00\x10\x40"),
    ]
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

    said = tshark(path, "-X", DISSECTOR, "-T", "fields", "-e", "_ws.col.Info")
    marked = tshark(path, "-X", DISSECTOR, "-Y", "hanwan.cut_short", "-T", "fields", "-e",
                    "frame.number")  # fmt: skip

    assert said[:3] == [
        "CancelBuffered, message 3",
        "Buffered, message 3",
        "alert 8F3D, message 3",
    ]
    assert marked == ["4"]
