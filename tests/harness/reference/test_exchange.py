"""One Instruction and its answer: in time, too late, damaged, or never."""

import pytest
from tests.prepared_engine import meters, of_kind, played
from tests.suite_cases import case_of, changed

from hanbench.emulator.instant import MINUTE_US
from hanbench.harness.engine.reference.exchange import (
    LISTENING_TIMEOUT_US,
    Line,
    Reading,
    Sent,
    timeout_us,
)
from hanbench.harness.engine.reference.work import Work
from hanbench.harness.events import EngineSent
from hanbench.harness.files.scenario_faults import CorruptFault, DelayFault, DropFault
from hanbench.harness.parties.authorisation import authorisation_of
from hanbench.protocol.instruction import NoOp, ReadSuaStatus

CLEAN = case_of("clean-two-fuel")
REPLY = "home-1/esme/read-sua-status#1/try#1/reply/wan"


def status(work: Work) -> ReadSuaStatus:
    return ReadSuaStatus(request_id=work.line.next_request_id())


def asked(*faults: object) -> list[Reading | None]:
    readings: list[Reading | None] = []

    async def play(work: Work) -> None:
        esme, _ = meters(work)
        readings.append(await work.line.ask(esme, status(work)))

    played(changed(CLEAN, faults=faults), play)
    return readings


def test_an_answer_is_read_with_the_key_that_macs_it() -> None:
    (reading,) = asked()

    assert reading is not None
    assert reading.outcome == "accepted"
    assert reading.key is not None
    assert reading.key.version == 1
    assert reading.last_counter == 41


@pytest.mark.parametrize(
    "fault",
    [
        DropFault.model_validate({"at": REPLY, "does": "drop"}),
        CorruptFault.model_validate({"at": REPLY, "does": "corrupt"}),
        DelayFault.model_validate({"at": REPLY, "does": "delay", "by": "10min"}),
    ],
)
def test_nothing_usable_in_time_is_nothing(fault: object) -> None:
    assert asked(fault) == [None]


def test_a_late_answer_is_read_against_what_was_sent_and_only_once() -> None:
    late: list[list[tuple[Sent, Reading]]] = []
    delay = DelayFault.model_validate({"at": REPLY, "does": "delay", "by": "10min"})

    async def play(work: Work) -> None:
        esme, _ = meters(work)
        assert await work.line.ask(esme, status(work)) is None
        late.append(await work.line.late_answers())
        await work.port.sleep_until(20 * MINUTE_US)
        late.append(await work.line.late_answers())
        late.append(await work.line.late_answers())

    played(changed(CLEAN, faults=(delay,)), play)

    assert [len(answers) for answers in late] == [0, 1, 0]
    sent, reading = late[1][0]
    assert (sent.device, sent.counter, reading.outcome) == ("esme", None, "accepted")


def test_a_guarded_instruction_carries_the_next_counter_of_its_key() -> None:
    sent: list[tuple[Sent, int]] = []

    async def keep(one: Sent, message_id: int) -> None:
        sent.append((one, message_id))

    async def play(work: Work) -> None:
        esme, _ = meters(work)
        for _ in range(2):
            no_op = NoOp(request_id=work.line.next_request_id())
            await work.line.ask(esme, no_op, under_version=1, before_send=keep)

    world = played(CLEAN, play)

    assert [one.counter for one, _ in sent] == [42, 43]
    assert [event.message_id for event in of_kind(world, EngineSent)] == [mid for _, mid in sent]


def test_what_is_awaited_before_sending_ends_before_it_is_sent() -> None:
    instants: list[int] = []

    async def play(work: Work) -> None:
        async def wait(_sent: Sent, _message_id: int) -> None:
            await work.port.sleep_until(5 * MINUTE_US)
            instants.append(work.port.now_us)

        esme, _ = meters(work)
        await work.line.ask(esme, status(work), before_send=wait)

    world = played(CLEAN, play)

    assert [event.at for event in of_kind(world, EngineSent)] == instants


def test_a_cancellation_is_for_meters_that_sleep() -> None:
    async def play(work: Work) -> None:
        for meter in meters(work):
            await work.line.cancel_buffered(meter)

    sent = of_kind(played(CLEAN, play), EngineSent)

    assert [event.instruction for event in sent] == ["cancel-buffered"]


def test_no_two_lives_or_attempts_share_a_request_id() -> None:
    ids: list[int] = []
    for attempt in (1, 2, 3):
        authorisation = authorisation_of(CLEAN, attempt=attempt)
        for life in (1, 2, 40):
            line = Line(None, authorisation, life)  # type: ignore[arg-type]
            ids += [line.next_request_id() for _ in range(100)]

    assert len(set(ids)) == len(ids)
    assert max(ids) < 0x7F00_0000, "above are the customers' codes"


def test_a_sleeping_meter_is_given_two_wakes() -> None:
    esme, gsme = authorisation_of(CLEAN).meters

    assert timeout_us(esme) == LISTENING_TIMEOUT_US
    assert timeout_us(gsme) == 70 * MINUTE_US
