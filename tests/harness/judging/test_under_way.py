"""Which rotations can still move a meter: until they arrive, are fenced off or lose their key."""

import dataclasses

import pytest

from hanbench.emulator.events import WanPassed
from hanbench.emulator.instant import Instant
from hanbench.emulator.sua.memory import KeyTruth
from hanbench.harness.judging.under_way import UnderWay
from hanbench.protocol import instruction as instructions
from hanbench.protocol import wan
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import (
    Authorisation,
    Command,
    ConfirmRotation,
    Instruction,
    NoOp,
    RotateSuaKey,
)
from hanbench.protocol.keys import KeyUsage, derive_test_key
from hanbench.protocol.wan import Envelope, EnvelopeKind

KEY = derive_test_key("under way", KeyUsage.TRANSPORT)
ROTATE = RotateSuaKey(request_id=1, version=2, wrapped_key=bytes(24), check_value=bytes(3))
CONFIRM = ConfirmRotation(request_id=1, version=2)
TRUTH = KeyTruth(
    current_version=1,
    check_value="aaaaaa",
    staged_version=None,
    staged_check_value="",
    max_version=1,
    last_counter=10,
    is_torn=False,
    failures=0,
    locked_until=Instant(0),
)
STAGED = dataclasses.replace(TRUTH, staged_version=2, staged_check_value="bbbbbb")
TORN = dataclasses.replace(TRUTH, current_version=None)


def framed(instruction: Instruction, version: int = 1, counter: int = 11) -> bytes:
    code = Authorisation(key_version=version, counter=counter, code=bytes(8))
    envelope = Envelope(
        kind=EnvelopeKind.INSTRUCTION,
        originator=Eui64(1),
        target=Eui64(2),
        message_id=7,
        originator_counter=1,
        payload=instructions.encode_command(Command(instructions.encode(instruction), code)),
    )
    return wan.encode(envelope, KEY)


def passed(
    octets: bytes, *delays_us: int, summary: str = "rotate-sua-key", direction: str = "down"
) -> WanPassed:
    return WanPassed(
        Instant(100),
        "home-1",
        direction,
        "gsme",
        7,
        "instruction",
        summary,
        len(delays_us),
        delays_us,
        octets,
    )


def can_move(
    *events: WanPassed, at: int = 105, truth: KeyTruth = TRUTH, device: str = "gsme"
) -> bool:
    under_way = UnderWay()
    for event in events:
        under_way.passed(event)
    return under_way.can_move(device, truth, (), Instant(at))


def waiting(octets: bytes, truth: KeyTruth = TRUTH) -> bool:
    return UnderWay().can_move("gsme", truth, (octets,), Instant(0))


@pytest.mark.parametrize(("at", "expected"), [(100, True), (149, True), (150, False)])
def test_a_rotation_is_under_way_until_its_last_copy_arrives(at: int, *, expected: bool) -> None:
    assert can_move(passed(framed(ROTATE), 50, 20), at=at) is expected


def test_a_lost_rotation_moves_nothing() -> None:
    assert not can_move(passed(framed(ROTATE)))


def test_a_rotation_of_another_meter_moves_it_alone() -> None:
    assert not can_move(passed(framed(ROTATE), 50), device="esme")


@pytest.mark.parametrize(
    "event",
    [
        passed(framed(NoOp(request_id=1)), 50, summary="no-op"),
        passed(framed(ROTATE), 50, direction="up"),
    ],
)
def test_what_is_no_rotation_on_its_way_down_is_none(event: WanPassed) -> None:
    assert not can_move(event)


@pytest.mark.parametrize(
    ("counter", "expected"), [(9, False), (10, False), (11, True), (1 << 40, True)]
)
def test_a_fence_above_a_rotation_kills_it(counter: int, *, expected: bool) -> None:
    assert waiting(framed(ROTATE, counter=counter)) is expected


@pytest.mark.parametrize(
    ("octets", "truth", "expected"),
    [
        (framed(ROTATE), TRUTH, True),
        (framed(ROTATE, version=2), TRUTH, False),
        (framed(ROTATE), TORN, False),
        (framed(CONFIRM, version=2, counter=1), TRUTH, False),
        (framed(CONFIRM, version=2, counter=1), STAGED, True),
        (framed(NoOp(request_id=1)), TRUTH, False),
        (b"no envelope", TRUTH, False),
    ],
)
def test_what_waits_in_the_mirror_is_read(
    octets: bytes, truth: KeyTruth, *, expected: bool
) -> None:
    assert waiting(octets, truth) is expected
