"""The world of a case: what it lets an engine do, and what it writes down of it."""

import json
from collections.abc import Awaitable, Callable

import pytest
from tests import prepared_engine
from tests.suite_cases import case_of, changed, driven, world_of

from hanbench.emulator.events import PartyCalled, WanPassed
from hanbench.emulator.instant import HOUR_US, SECOND_US
from hanbench.harness.engine.adapter import AsyncEngine, NoAnswer, PartyRefused, Port
from hanbench.harness.engine.port import EndState, EngineEvent, KeyBelief, Received, Started, Turn
from hanbench.harness.engine.reference.work import Work
from hanbench.harness.events import Believed, EngineSent, EngineTold, FaultFired, Journalled
from hanbench.harness.files.scenario_faults import FailFault, LateFault, NeverFault, PartitionFault
from hanbench.harness.parties.organisations import S1SP_EUI64, SMSO_EUI64
from hanbench.harness.running.case import Case
from hanbench.harness.running.run_case import drive
from hanbench.harness.steps.taking import StepPlan
from hanbench.harness.world import PARTY_LATENCY_US, World
from hanbench.protocol import instruction as instructions
from hanbench.protocol import wan
from hanbench.protocol.instruction import ReadSuaStatus, RotateSuaKey

CLEAN = case_of("clean-two-fuel")
CHECK = "home-1/party/SMSO/communications_check#1"
STATUS = instructions.encode(ReadSuaStatus(request_id=1)).hex()
Migrate = Callable[[Port], Awaitable[None]]


class Listening:
    """An engine that does nothing and keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[EngineEvent] = []

    def turn(self, event: EngineEvent, now_us: int) -> Turn:
        del now_us
        self.told.append(event)
        return Turn()


def played(migrate: Migrate, case: Case = CLEAN) -> World:
    """Return the world after an engine has done this, and then given up."""

    async def whole(port: Port) -> None:
        await migrate(port)
        port.outcome("home-1", EndState.ROLLED_BACK_INTACT)

    world, _, _ = driven(case, lambda: AsyncEngine(whole))
    assert world.session.broke is None
    return world


async def framed(work: Work, device: str) -> str:
    answer = await work.party("S1SP", "frame", device=device, instruction=STATUS)
    return str(answer["envelope"])


async def checks(port: Port) -> None:
    await port.party("SMSO", "communications_check", installation="home-1")


def calls(world: World) -> list[PartyCalled]:
    return [event for event in world.trace.events if isinstance(event, PartyCalled)]


def test_a_fresh_world_is_quiet_and_has_told_nobody_anything() -> None:
    world = world_of(CLEAN)

    assert world.is_quiet
    assert world.now == 0
    assert world.trace.events == []


def test_the_engine_is_started_on_the_installation_with_its_attempt() -> None:
    engine = Listening()
    world = world_of(CLEAN, lambda: engine)

    world.begin(attempt=2, by="DCC")

    (started,) = engine.told
    assert isinstance(started, Started)
    assert (started.authorisation.attempt, started.authorisation.resubmitted_by) == (2, "DCC")


def test_a_call_is_written_down_with_what_came_of_it() -> None:
    (call,) = calls(played(checks))

    assert (call.caller, call.party, call.operation) == ("engine", "SMSO", "communications_check")
    assert json.loads(call.arguments) == {"installation": "home-1"}
    assert not call.is_error


def test_a_party_answers_after_its_latency_and_a_fault_adds_to_it() -> None:
    late = LateFault.model_validate({"at": CHECK, "does": "late", "by": "7s"})
    instants: list[int] = []

    async def migrate(port: Port) -> None:
        await checks(port)
        instants.append(port.now_us)

    played(migrate)
    played(migrate, changed(CLEAN, faults=(late,)))

    assert instants == [PARTY_LATENCY_US, PARTY_LATENCY_US + 7 * SECOND_US]


def test_a_call_that_a_fault_refuses_never_reaches_its_party() -> None:
    point = "home-1/party/SMSO/start_migration#1"
    fails = FailFault.model_validate({"at": point, "does": "fail", "error": "UNAVAILABLE"})

    async def migrate(port: Port) -> None:
        with pytest.raises(PartyRefused, match="UNAVAILABLE"):
            await port.party("SMSO", "start_migration", installation="home-1")

    world = played(migrate, changed(CLEAN, faults=(fails,)))

    assert calls(world)[0].is_error
    assert world.home.hub.head_end_in_charge == SMSO_EUI64
    fired = [event.point for event in world.trace.events if isinstance(event, FaultFired)]
    assert fired == [point]


def test_a_call_that_is_never_answered_reaches_nobody_and_leaves_the_engine_waiting() -> None:
    never = NeverFault.model_validate({"at": CHECK, "does": "never"})

    world, _, _ = driven(changed(CLEAN, faults=(never,)), lambda: AsyncEngine(checks))  # type: ignore[arg-type]

    assert json.loads(calls(world)[0].result) == {"never": "answered"}
    assert "waits for SMSO.communications_check" in str(world.session.broke)


def test_a_refusal_of_a_party_is_written_down_as_one() -> None:
    async def migrate(port: Port) -> None:
        with pytest.raises(PartyRefused):
            await port.party("DCO", "escrow_successor", installation="home-1", device="gsme")

    (call,) = calls(played(migrate))

    assert call.is_error
    assert set(json.loads(call.result)) == {"error", "detail"}


def test_the_hub_follows_the_account_from_the_smso_to_the_dcc_and_back() -> None:
    in_charge: list[int] = []

    async def migrate(port: Port) -> None:
        for operation in ("communications_check", "start_migration", "roll_back"):
            await port.party("SMSO", operation, installation="home-1")
            in_charge.append(world.home.hub.head_end_in_charge)
        port.outcome("home-1", EndState.ROLLED_BACK_INTACT)

    world = world_of(CLEAN, lambda: AsyncEngine(migrate))
    drive(world, StepPlan(world))
    world.session.close()

    assert in_charge == [SMSO_EUI64, S1SP_EUI64, SMSO_EUI64]


def test_what_is_sent_goes_down_under_a_name_and_can_be_found_again() -> None:
    sent: list[str] = []

    async def play(work: Work) -> None:
        sent.append(await framed(work, "esme"))
        sent.append(await work.port.send("hub", sent[0], 60 * SECOND_US))

    world = prepared_engine.played(CLEAN, play)

    name = "home-1/esme/read-sua-status#1/try#1"
    assert world.sent == {name: bytes.fromhex(sent[0])}
    assert world.message_id(world.sent[name]) == world.message_id(bytes.fromhex(sent[1]))
    (noted,) = [event for event in world.trace.events if isinstance(event, EngineSent)]
    assert (noted.device, noted.instruction, noted.counter) == ("esme", "read-sua-status", None)
    assert ("home-1", "esme") in world.shared.heard


def test_what_is_no_envelope_goes_down_nameless_and_comes_to_nothing() -> None:
    world = world_of(CLEAN)

    assert world.send_down(b"no envelope") == ""
    assert world.message_id(b"no envelope") == 0
    assert world.sent == {}


def test_an_adversarys_envelope_is_no_fault_point() -> None:
    octets = next(iter(driven(CLEAN)[0].sent.values()))
    world = world_of(CLEAN)

    assert world.send_down(octets, announce=False) == ""
    assert world.sent == {}
    assert world.send_down(octets) == "home-1/esme/read-sua-status#1/try#1"
    assert list(world.sent) == ["home-1/esme/read-sua-status#1/try#1"]


def test_a_world_is_not_quiet_while_an_instruction_is_under_way_to_a_sleeping_meter() -> None:
    quiet: list[bool] = []

    async def migrate(port: Port) -> None:
        work = await prepared_engine.prepared(port)
        with pytest.raises(NoAnswer):
            await port.send("hub", await framed(work, "gsme"), SECOND_US)
        for until_us in (0, 10 * SECOND_US, HOUR_US):
            await port.sleep_until(until_us)
            quiet.append(world.is_quiet)
        port.outcome("home-1", EndState.UNRESOLVED)

    world = world_of(CLEAN, lambda: AsyncEngine(migrate))
    drive(world, StepPlan(world))
    world.session.close()

    assert quiet == [False, False, True]


def test_a_damaged_answer_is_told_to_the_engine_unasked() -> None:
    world, _, _ = driven(CLEAN)
    engine = Listening()
    listening = world_of(CLEAN, lambda: engine)
    listening.begin()
    octets = next(
        event.envelope
        for event in world.trace.events
        if isinstance(event, WanPassed) and event.direction == "up"
    )

    listening._from_hub("home-1", octets[:-20], listening.now)
    listening._from_hub("home-1", octets, listening.now)

    received = [event for event in engine.told if isinstance(event, Received)]
    assert [event.to for event in received] == [None, None]
    assert [name for _, name in listening.shared.heard] in (["gsme"], ["esme"])


def test_a_belief_is_written_down_beside_the_truth() -> None:
    async def migrate(port: Port) -> None:
        port.believe("gsme", KeyBelief.NEW, "a guess", ())

    (belief,) = [e for e in played(migrate).trace.events if isinstance(e, Believed)]

    assert (belief.device, belief.key, belief.truth) == ("gsme", "NEW", "OLD")
    assert not belief.can_still_move


def test_a_rotation_in_the_mirror_can_still_move_its_meter_until_it_has() -> None:
    async def play(work: Work) -> None:
        _, gsme = prepared_engine.meters(work)
        impatient = gsme.model_copy(update={"wake_interval_us": 0})
        successor = await work.party("DCO", "escrow_successor", device="gsme")
        rotation = RotateSuaKey(
            request_id=1,
            version=int(successor["version"]),
            wrapped_key=bytes.fromhex(str(successor["wrapped"])),
            check_value=bytes.fromhex(str(successor["check_value"])),
        )
        assert await work.line.ask(impatient, rotation, under_version=1) is None
        work.state_belief(gsme, "too soon")
        await work.port.sleep_until(HOUR_US)
        work.state_belief(gsme, "too late")

    world = prepared_engine.played(CLEAN, play)

    beliefs = prepared_engine.of_kind(world, Believed)
    assert [(one.truth, one.can_still_move) for one in beliefs] == [("OLD", True), ("NEW", False)]


def test_journal_entries_are_written_down_as_canonical_json() -> None:
    async def migrate(port: Port) -> None:
        await port.journal({"b": 1, "a": [2]})

    (entry,) = [e for e in played(migrate).trace.events if isinstance(e, Journalled)]

    assert (entry.number, entry.entry, entry.fate) == (1, '{"a":[2],"b":1}', "durable")


def test_what_read_answer_shows_is_kept_as_evidence() -> None:
    world, _, _ = driven(CLEAN)

    assert {one.device for one in world.evidence} == {"esme", "gsme"}
    assert {one.truth for one in world.evidence} == {"OLD", "NEW"}


def test_a_timed_partition_strikes_by_itself() -> None:
    cut = PartitionFault.model_validate(
        {"from": "1s", "until": "2h", "does": "partition", "of": "wan"}
    )

    async def play(work: Work) -> None:
        await work.port.sleep_until(3 * SECOND_US)
        with pytest.raises(NoAnswer):
            await work.port.send("hub", await framed(work, "esme"), 60 * SECOND_US)
        await work.port.sleep_until(3 * HOUR_US)
        await work.port.send("hub", await framed(work, "esme"), 60 * SECOND_US)

    world = prepared_engine.played(changed(CLEAN, faults=(cut,)), play)

    assert world.plan.unfired == ()


def test_the_engine_is_told_nothing_that_is_the_smsos() -> None:
    world, _, _ = driven(case_of("smso-goes-on-commanding"))
    told = [event.event for event in prepared_engine.of_kind(world, EngineTold)]
    up = [
        wan.decode(event.envelope).target
        for event in prepared_engine.of_kind(world, WanPassed)
        if event.direction == "up"
        for _ in range(event.copies)
    ]

    assert SMSO_EUI64 in up
    assert told.count("received") == up.count(S1SP_EUI64)
