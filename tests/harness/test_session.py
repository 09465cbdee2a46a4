"""The session with an engine: its actions, its time-outs, its deaths, and what it may not do."""

from collections.abc import Callable

import pytest

from hanbench.emulator.agenda import Agenda
from hanbench.emulator.instant import Instant
from hanbench.harness.engine.port import (
    Action,
    Answer,
    Authorisation,
    Believe,
    CallParty,
    ClaimOutcome,
    EndState,
    EngineEvent,
    Json,
    KeyBelief,
    Received,
    Recovered,
    RotationProfile,
    Send,
    Started,
    Stop,
    TimedOut,
    Turn,
    Woken,
    WriteJournal,
)
from hanbench.harness.errors import Breakage, EngineError
from hanbench.harness.faults.plan import JournalVerdict
from hanbench.harness.session import (
    ACTIONS_PER_TURN_MAX,
    RESTART_DELAY_US,
    TURNS_MAX,
    EngineSession,
    PartyReply,
    Surroundings,
)

HOME = Authorisation(
    installation="home-1",
    group_id="DA",
    hub="hub",
    hub_eui64="00-0d-6f-00-00-00-00-01",
    meters=(),
    rotation_profile=RotationProfile.SINGLE_SHOT,
    rotation_order=(),
    mirror_expiry_us=0,
)
START = Instant(0)
SEND = Send(id=1, hub="hub", envelope="aa", timeout_us=1_000)
CALL = CallParty(id=1, party="DCO", operation="authorise")
WRITE = WriteJournal(id=1, entry={"step": "sending-rotation"})
CLAIM = ClaimOutcome(installation="home-1", end_state=EndState.UNRESOLVED)
Script = Callable[[EngineEvent, int], object]


class Scripted:
    """An engine that does as its script says, and keeps what it was told."""

    def __init__(self, script: Script, told: list[EngineEvent]) -> None:
        self._script = script
        self._told = told
        self.is_killed = False

    def turn(self, event: EngineEvent, now_us: int) -> Turn:
        self._told.append(event)
        return self._script(event, now_us)  # type: ignore[return-value]

    def kill(self) -> None:
        self.is_killed = True


class Bench:
    """A session with a scripted engine in scripted surroundings."""

    def __init__(self, script: Script) -> None:
        self.agenda = Agenda()
        self.told: list[EngineEvent] = []
        self.engines: list[Scripted] = []
        self.believed: list[Believe] = []
        self.claimed: list[ClaimOutcome] = []
        self.crashes: list[str] = []
        self.story: list[str] = []
        self.message_ids = [5, 6, 7]
        self.reply = PartyReply({"code": "ff"}, delay_us=100)
        self.verdicts: dict[int, JournalVerdict] = {}
        self._script = script
        self.session = EngineSession(self._make, self.agenda, self._surroundings())

    def start(self) -> None:
        self.session.start(HOME, START)

    def run(self) -> None:
        while self.agenda.step():
            pass

    @property
    def broke(self) -> EngineError:
        assert self.session.broke is not None
        return self.session.broke

    def _make(self) -> Scripted:
        self.engines.append(Scripted(self._script, self.told))
        return self.engines[-1]

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            send=lambda _action, _now: self.message_ids.pop(0),
            call=lambda _action, _now: self.reply,
            journal=self._journal,
            believe=lambda action, _now: self.believed.append(action),
            outcome=lambda action, _now: self.claimed.append(action),
            told=lambda event, _now: self.story.append(event),
            crashed=lambda where, _now: self.crashes.append(where),
        )

    def _journal(self, number: int, entry: Json, now: Instant) -> JournalVerdict:
        del entry, now
        return self.verdicts.get(number, JournalVerdict.DURABLE)


def opening(*actions: Action, wait_until_us: int | None = None) -> Script:
    """Do this when it begins, and nothing afterwards."""
    first = Turn(actions=actions, wait_until_us=wait_until_us)
    return lambda event, _now: first if isinstance(event, Started) else Turn()


def started(*actions: Action, wait_until_us: int | None = None) -> Bench:
    bench = Bench(opening(*actions, wait_until_us=wait_until_us))
    bench.start()
    return bench


def test_an_answer_in_time_goes_to_its_send_and_the_time_out_is_off() -> None:
    bench = started(SEND)

    bench.session.received("hub", b"\x0c", 5, Instant(10))
    bench.run()

    assert bench.told[1:] == [Received(hub="hub", envelope="0c", to=1)]
    assert bench.session.waits_for == "nothing"
    assert bench.agenda.events_run == 0, "the time-out was still on the agenda"


def test_a_late_answer_comes_unasked() -> None:
    bench = started(SEND)

    bench.run()
    bench.session.received("hub", b"\x0c", 5, Instant(2_000))

    assert bench.told[1:] == [TimedOut(to=1), Received(hub="hub", envelope="0c", to=None)]


def test_a_second_copy_of_an_answer_comes_unasked() -> None:
    bench = started(SEND)

    bench.session.received("hub", b"\x0c", 5, Instant(10))
    bench.session.received("hub", b"\x0c", 5, Instant(11))

    assert [event.to for event in bench.told[1:] if isinstance(event, Received)] == [1, None]


def test_an_envelope_sent_again_keeps_its_answer_when_the_first_send_times_out() -> None:
    bench = Bench(opening(SEND, Send(id=2, hub="hub", envelope="aa", timeout_us=5_000)))
    bench.message_ids = [5, 5]
    bench.start()

    bench.agenda.step()
    bench.session.received("hub", b"\x0c", 5, Instant(2_000))

    assert bench.told[1:] == [TimedOut(to=1), Received(hub="hub", envelope="0c", to=2)]


def test_an_alert_is_no_answer_to_an_envelope_that_was_none() -> None:
    bench = Bench(opening(SEND))
    bench.message_ids = [-1]
    bench.start()

    bench.session.received("hub", b"\x0c", -1, Instant(10))
    bench.run()

    assert bench.told[1:] == [Received(hub="hub", envelope="0c", to=None), TimedOut(to=1)]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (PartyReply({"code": "ff"}, delay_us=100), Answer(to=1, result={"code": "ff"})),
        (
            PartyReply(None, "REFUSED", "not now", 100),
            Answer(to=1, error="REFUSED", detail="not now"),
        ),
    ],
)
def test_a_party_answers_when_its_time_has_come(reply: PartyReply, expected: Answer) -> None:
    bench = Bench(opening(CALL))
    bench.reply = reply
    bench.start()

    assert bench.session.in_flight == 1
    bench.run()

    assert bench.told[1:] == [expected]
    assert bench.agenda.now == 100
    assert bench.session.in_flight == 0


def test_an_engine_with_a_call_that_is_never_answered_waits_for_nothing() -> None:
    bench = Bench(opening(CALL))
    bench.reply = PartyReply(None, is_answered=False)
    bench.start()

    assert bench.session.is_waiting_for_nothing
    assert bench.session.waits_for == "DCO.authorise"


@pytest.mark.parametrize(
    ("actions", "wait_until_us"), [((SEND,), None), ((CALL,), None), ((WRITE,), None), ((), 50)]
)
def test_an_engine_that_something_will_wake_does_not_wait_for_nothing(
    actions: tuple[Action, ...], wait_until_us: int | None
) -> None:
    assert not started(*actions, wait_until_us=wait_until_us).session.is_waiting_for_nothing


def test_an_engine_that_has_claimed_may_rest() -> None:
    bench = started(CLAIM)

    assert bench.claimed == [CLAIM]
    assert not bench.session.is_waiting_for_nothing


def test_a_wake_that_is_asked_for_anew_replaces_the_one_before() -> None:
    bench = started(wait_until_us=50)

    bench.session.stop("asked", Instant(10))
    bench.run()

    assert bench.told[1:] == [Stop(reason="asked")]


def test_the_engine_is_woken_when_it_asked_to_be() -> None:
    bench = started(wait_until_us=50)

    bench.run()

    assert bench.told[1:] == [Woken()]
    assert bench.agenda.now == 50


def test_answers_stand_beside_their_calls_in_the_story_and_the_rest_is_told() -> None:
    bench = started(CALL, wait_until_us=500)

    bench.run()

    assert bench.story == ["started"]
    assert [event.type for event in bench.told] == ["started", "answer"]


def test_a_belief_goes_to_the_world() -> None:
    belief = Believe(device="gsme", key=KeyBelief.OLD, evidence="")

    assert started(belief).believed == [belief]


def test_a_durable_entry_is_acknowledged() -> None:
    bench = started(WRITE)

    bench.run()

    assert bench.told[1:] == [Answer(to=1, result={})]
    assert bench.session.journal == [WRITE.entry]
    assert bench.crashes == []


@pytest.mark.parametrize(
    ("verdict", "journal"),
    [
        (JournalVerdict.KILLED_BEFORE, []),
        (JournalVerdict.KILLED_AFTER, [WRITE.entry]),
        (JournalVerdict.KILLED_TORN, [{"torn": str(WRITE.entry)[:14]}]),
    ],
)
def test_a_killed_engine_is_back_with_what_its_journal_holds(
    verdict: JournalVerdict, journal: list[Json]
) -> None:
    bench = Bench(opening(WRITE, CLAIM, wait_until_us=5))
    bench.verdicts = {1: verdict}

    bench.start()
    assert bench.engines[0].is_killed
    bench.run()

    assert bench.told[1:] == [Recovered(authorisation=HOME, journal=tuple(journal))]
    assert bench.agenda.now == RESTART_DELAY_US
    assert len(bench.crashes) == 1
    assert bench.claimed == [], "what stood behind the killing write was done all the same"
    assert len(bench.engines) == 2


def test_answers_of_an_earlier_life_are_dropped() -> None:
    call, write = CALL.model_copy(update={"id": 7}), WRITE.model_copy(update={"id": 8})
    bench = Bench(opening(SEND, call, write))
    bench.reply = PartyReply({}, delay_us=2 * RESTART_DELAY_US)
    bench.verdicts = {1: JournalVerdict.KILLED_AFTER}

    bench.start()
    bench.run()

    assert [event.type for event in bench.told] == ["started", "recovered"]


def test_an_answer_of_an_earlier_life_is_none_to_the_same_id_of_the_next() -> None:
    instants: list[int] = []

    def script(event: EngineEvent, now: int) -> Turn:
        instants.append(now)
        if isinstance(event, Started):
            return Turn(actions=(CALL, WRITE.model_copy(update={"id": 2})))
        return Turn(actions=(CALL,)) if isinstance(event, Recovered) else Turn()

    bench = Bench(script)
    bench.reply = PartyReply({}, delay_us=RESTART_DELAY_US + 50)
    bench.verdicts = {1: JournalVerdict.KILLED_AFTER}
    bench.start()

    assert bench.session.in_flight == 2, "the answer, and the engine that comes back"
    bench.run()

    assert [event.type for event in bench.told] == ["started", "recovered", "answer"]
    assert instants == [0, RESTART_DELAY_US, 2 * RESTART_DELAY_US + 50]
    assert bench.session.in_flight == 0


def test_an_envelope_for_an_earlier_life_comes_unasked() -> None:
    bench = Bench(opening(SEND, WRITE.model_copy(update={"id": 2})))
    bench.verdicts = {1: JournalVerdict.KILLED_AFTER}
    bench.start()

    bench.session.received("hub", b"\x0c", 5, Instant(1))
    assert len(bench.told) == 1, "a dead engine was told something"
    bench.run()
    bench.session.received("hub", b"\x0c", 5, bench.agenda.now)

    assert bench.told[2:] == [Received(hub="hub", envelope="0c", to=None)]


def test_a_new_life_may_use_its_ids_again() -> None:
    first, again = Turn(actions=(SEND, WRITE.model_copy(update={"id": 2}))), Turn(actions=(SEND,))
    bench = Bench(
        lambda event, _: (
            first
            if isinstance(event, Started)
            else again
            if isinstance(event, Recovered)
            else Turn()
        )
    )
    bench.verdicts = {1: JournalVerdict.KILLED_BEFORE}

    bench.start()
    bench.run()

    assert bench.session.broke is None
    assert bench.told[-1] == TimedOut(to=1)


def test_a_new_attempt_has_a_fresh_journal_and_may_claim_again() -> None:
    bench = started(WRITE, CLAIM)
    bench.run()

    bench.start()

    assert bench.session.journal == [WRITE.entry]
    assert bench.claimed == [CLAIM, CLAIM]
    assert bench.engines[0].is_killed
    assert bench.session.journal_writes == 2


def test_a_new_attempt_in_the_minute_after_a_crash_is_not_recovered_over() -> None:
    bench = Bench(opening(WRITE))
    bench.verdicts = {1: JournalVerdict.KILLED_AFTER}
    bench.start()

    bench.session.start(HOME, Instant(5))
    bench.run()

    assert [event.type for event in bench.told] == ["started", "started", "answer"]


@pytest.mark.parametrize(
    ("turn", "says"),
    [
        (Turn(actions=(SEND, SEND)), "the action id 1 while that one still waits"),
        (Turn(actions=(CALL, WRITE)), "the action id 1 while that one still waits"),
        (Turn(actions=(CLAIM, CLAIM)), "twice"),
        ({"actions": [{"type": "dance"}]}, "actions.0"),
        ("nonsense", "turn"),
    ],
)
def test_what_no_engine_may_do_is_kept_as_its_breakage(turn: object, says: str) -> None:
    bench = Bench(lambda _event, _now: turn)

    bench.start()

    assert says in str(bench.broke)


def test_an_id_is_free_again_when_its_answer_has_come() -> None:
    bench = Bench(lambda event, _: Turn(actions=(CALL,)) if event.type == "started" else Turn())
    bench.start()
    bench.run()
    bench.session.tell(Started(authorisation=HOME), bench.agenda.now)

    assert bench.session.broke is None


def test_a_plain_mapping_is_a_turn_too() -> None:
    bench = Bench(
        lambda event, _: {"wait_until_us": 9} if isinstance(event, Started) else {"actions": []}
    )

    bench.start()
    bench.run()

    assert bench.session.broke is None
    assert bench.told[-1] == Woken()


def test_a_flood_of_actions_is_one() -> None:
    belief = Believe(device="gsme", key=KeyBelief.OLD, evidence="")
    assert started(*(belief,) * ACTIONS_PER_TURN_MAX).session.broke is None

    broke = started(*(belief,) * (ACTIONS_PER_TURN_MAX + 1)).broke

    assert broke.reason is Breakage.FLOODS


def test_an_engine_that_turns_on_the_spot_spins() -> None:
    bench = Bench(lambda _event, _now: Turn(wait_until_us=0))
    bench.start()

    bench.run()

    assert bench.broke.reason is Breakage.SPINS


def test_an_engine_of_too_many_turns_floods() -> None:
    bench = Bench(lambda _event, now: Turn(wait_until_us=now + 1))
    bench.start()

    bench.run()

    assert bench.broke.reason is Breakage.FLOODS
    assert len(bench.told) == TURNS_MAX


def test_a_broken_engine_is_told_nothing_more() -> None:
    bench = Bench(lambda _event, _now: "nonsense")
    bench.start()

    bench.session.stop("asked", Instant(1))

    assert len(bench.told) == 1


def test_an_engine_that_cannot_be_made_is_a_breakage() -> None:
    def unmade() -> Scripted:
        raise EngineError("no such engine")

    bench = Bench(opening())
    session = EngineSession(unmade, bench.agenda, bench._surroundings())
    session.start(HOME, START)

    assert "no such engine" in str(session.broke)


def test_closing_ends_the_engine_once() -> None:
    bench = started()

    bench.session.close()
    bench.session.close()

    assert bench.engines[0].is_killed
