import pytest

from hanbench.emulator.instant import Instant
from hanbench.protocol import answer as answers
from hanbench.protocol import hub_command, wan
from hanbench.protocol import instruction as instructions
from hanbench.protocol.answer import AnswerMessage, Outcome
from hanbench.protocol.hub_command import (
    Alert,
    Buffered,
    CancelBuffered,
    Cancelled,
    ListBuffered,
    NotFound,
    TooLate,
)
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import NoOp
from hanbench.protocol.keys import KeyUsage
from hanbench.protocol.wan import Envelope, EnvelopeKind

S1SP = Eui64(0x90B3D51F30000002)
HUB = Eui64(0x00DB1234567890A2)
GSME = Eui64(0x00DB1234567890A1)
NO_OP = instructions.encode(NoOp(1))
ANSWER = answers.encode(AnswerMessage(Outcome.ACCEPTED, 1, 42, b"\x05", bytes(8)))


def prepared(bench):
    bench.succeed(bench.s1sp, "process_file_set", installation="home-1", devices=["esme", "gsme"])
    return bench


def transport(bench, device):
    return bench.keys.key(device, KeyUsage.TRANSPORT, S1SP)


def upward(bench, kind, payload, **changed):
    fields = {
        "kind": kind,
        "originator": GSME,
        "target": S1SP,
        "message_id": 7,
        "originator_counter": 1,
        "payload": payload,
    }
    envelope = Envelope(**{**fields, **changed})
    return wan.encode(envelope, transport(bench, envelope.originator)).hex()


def test_a_framed_instruction_carries_the_code_under_the_transport_mac(bench):
    prepared(bench).hand_over()
    code = bench.authorise(NO_OP, 1)

    framed = bench.gas(bench.s1sp, "frame", instruction=NO_OP.hex(), authorisation=code)

    envelope = wan.verify(bytes.fromhex(framed["envelope"]), transport(bench, GSME))
    command = instructions.decode_command(envelope.payload)
    assert (envelope.kind, envelope.target) == (EnvelopeKind.INSTRUCTION, GSME)
    assert envelope.message_id == framed["message_id"]
    assert command.instruction == NO_OP
    assert command.authorisation is not None
    assert command.authorisation.code.hex() == code["code"]


def test_the_s1sp_frames_without_a_code_for_the_meter_is_the_judge(bench):
    framed = prepared(bench).gas(bench.s1sp, "frame", instruction=NO_OP.hex())

    envelope = wan.decode(bytes.fromhex(framed["envelope"]))
    assert instructions.decode_command(envelope.payload).authorisation is None


def test_each_frame_has_its_own_message_id(bench):
    prepared(bench)

    framed = [bench.gas(bench.s1sp, "frame", instruction=NO_OP.hex()) for _ in range(3)]

    assert [one["message_id"] for one in framed] == [1, 2, 3]


def test_nothing_is_framed_without_a_file_set_that_passed(make_bench):
    bench = make_bench(file_set_failures={"home-1": 1})
    before = bench.refuse_gas(bench.s1sp, "frame", instruction=NO_OP.hex())
    failed = bench.refuse(bench.s1sp, "process_file_set", installation="home-1", devices=["gsme"])
    after = bench.refuse_gas(bench.s1sp, "frame_list")

    assert (before, failed, after) == ("NOT_PROCESSED", "FILE_SET_FAILED", "NOT_PROCESSED")
    assert prepared(bench).gas(bench.s1sp, "frame", instruction=NO_OP.hex())


def test_a_device_without_a_transport_key_fails_the_file_set(make_bench):
    bench = make_bench(lacking=((GSME, KeyUsage.TRANSPORT),))

    refused = bench.s1sp.call(
        "process_file_set", {"installation": "home-1", "devices": ["gsme"]}, Instant(0)
    )

    assert (refused.code, refused.detail) == (
        "FILE_SET_FAILED",
        "transport-key: gsme: no transport key",
    )


def test_octets_that_are_no_instruction_are_not_framed(bench):
    prepared(bench)

    assert bench.refuse_gas(bench.s1sp, "frame", instruction="ff") == "BAD_INSTRUCTION"


@pytest.mark.parametrize(
    ("operation", "arguments", "command"),
    [
        ("frame_cancel", {"message_id": 6}, CancelBuffered(GSME, 6)),
        ("frame_cancel", {"message_id": 0}, CancelBuffered(GSME, 0)),
        ("frame_list", {}, ListBuffered(GSME)),
    ],
)
def test_a_hub_command_goes_to_the_hub_and_names_the_meter(bench, operation, arguments, command):
    framed = prepared(bench).gas(bench.s1sp, operation, **arguments)

    envelope = wan.verify(bytes.fromhex(framed["envelope"]), transport(bench, HUB))
    assert (envelope.kind, envelope.target) == (EnvelopeKind.HUB_COMMAND, HUB)
    assert hub_command.decode_command(envelope.payload) == command


def test_an_answer_is_opened_for_the_dco_to_read(bench):
    octets = upward(bench, EnvelopeKind.ANSWER, ANSWER)

    opened = bench.succeed(bench.s1sp, "open", envelope=octets)

    assert opened == {
        "kind": "answer",
        "installation": "home-1",
        "device": "gsme",
        "message_id": 7,
        "answer": ANSWER.hex(),
        "outcome": "accepted",
        "payload": "05",
        "hub_answer": None,
        "alert": None,
    }


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (Cancelled(2), {"result": "cancelled", "cancelled": 2, "message_ids": []}),
        (TooLate(), {"result": "too-late", "cancelled": 0, "message_ids": []}),
        (NotFound(), {"result": "not-found", "cancelled": 0, "message_ids": []}),
        (Buffered((3, 1)), {"result": "buffered", "cancelled": 0, "message_ids": [3, 1]}),
    ],
)
def test_what_the_hub_answers_is_told_in_words(bench, message, told):
    payload = hub_command.encode_answer(message)
    octets = upward(bench, EnvelopeKind.HUB_ANSWER, payload, originator=HUB)

    opened = bench.succeed(bench.s1sp, "open", envelope=octets, installation="home-1")

    assert (opened["kind"], opened["device"], opened["hub_answer"]) == ("hub-answer", "hub", told)


def test_an_alert_is_told_with_its_code(bench):
    payload = hub_command.encode_alert(Alert(0x8F3D, "wrong code"))

    opened = bench.succeed(bench.s1sp, "open", envelope=upward(bench, EnvelopeKind.ALERT, payload))

    assert opened["alert"] == {"code": "8F3D", "text": "wrong code"}


def test_every_flipped_bit_of_an_envelope_is_noticed(bench):
    octets = bytes.fromhex(upward(bench, EnvelopeKind.ANSWER, ANSWER))

    for bit in range(8 * len(octets)):
        flipped = bytearray(octets)
        flipped[bit // 8] ^= 1 << bit % 8
        code = bench.refuse(bench.s1sp, "open", envelope=flipped.hex())
        assert code in ("BAD_MAC", "MALFORMED", "NOT_FOR_US"), bit


@pytest.mark.parametrize("length", range(1, 40))
def test_a_truncated_envelope_is_malformed(bench, length):
    octets = bytes.fromhex(upward(bench, EnvelopeKind.ANSWER, ANSWER))[:length]

    assert bench.refuse(bench.s1sp, "open", envelope=octets.hex()) == "MALFORMED"


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (EnvelopeKind.ANSWER, b"\xff"),
        (EnvelopeKind.HUB_ANSWER, b"\xff"),
        (EnvelopeKind.ALERT, b"\xff"),
        (EnvelopeKind.INSTRUCTION, b""),
        (EnvelopeKind.HUB_COMMAND, b""),
    ],
)
def test_an_authentic_envelope_without_a_message_for_us_is_malformed(bench, kind, payload):
    assert bench.refuse(bench.s1sp, "open", envelope=upward(bench, kind, payload)) == "MALFORMED"


@pytest.mark.parametrize(
    "changed", [{"target": Eui64(5)}, {"originator": Eui64(5)}], ids=["elsewhere", "stranger"]
)
def test_an_envelope_of_others_is_not_for_us(bench, changed):
    octets = upward(bench, EnvelopeKind.ANSWER, ANSWER, **changed)

    assert bench.refuse(bench.s1sp, "open", envelope=octets) == "NOT_FOR_US"


def test_an_envelope_from_another_installation_is_refused_when_one_is_named(bench):
    octets = upward(bench, EnvelopeKind.ANSWER, ANSWER)

    code = bench.refuse(bench.s1sp, "open", envelope=octets, installation="home-2")

    assert code == "NOT_FOR_US"
