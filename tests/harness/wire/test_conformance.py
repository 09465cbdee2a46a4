"""One conformance suite for the engine port, run against every form of the reference engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.suite_cases import case_of, changed
from wired_engines import HTTP, STDIO, hashes, run_by, serving

from hanbench.harness.engine.port import (
    Answer,
    Engine,
    Recovered,
    Started,
    Stop,
    TimedOut,
    Turn,
    Woken,
    WriteJournal,
)
from hanbench.harness.engines import MakeEngine, load_engine
from hanbench.harness.errors import Breakage, EngineError
from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.files.scenario_faults import CrashFault
from hanbench.harness.parties.authorisation import authorisation_of
from hanbench.harness.running.case import Case, expand
from hanbench.harness.running.run_case import run_with
from hanbench.protocol.sua import HAN_SUA_M1

AUTHORISATION = authorisation_of(case_of("clean-two-fuel"))
STARTED = Started(authorisation=AUTHORISATION)


@pytest.fixture(scope="module")
def addresses() -> Iterator[dict[str, str]]:
    with serving(*HTTP) as address:
        yield {"in process": "reference", "exec": STDIO, "http": address}


@pytest.fixture(params=["in process", "exec", "http"])
def spec(request: pytest.FixtureRequest, addresses: dict[str, str]) -> str:
    return addresses[request.param]


@pytest.fixture
def make(spec: str) -> MakeEngine:
    return load_engine(spec)


@pytest.fixture
def engine(make: MakeEngine) -> Iterator[Engine]:
    made = make()
    yield made
    kill(made)


def life_of(turn: Turn) -> object:
    """Return the number of the life that an engine journals first of all."""
    (action,) = turn.actions
    assert isinstance(action, WriteJournal)
    assert (action.id, action.entry["step"]) == (1, "life")
    return action.entry["life"]


def kill(engine: Engine) -> None:
    engine.kill()  # type: ignore[attr-defined]


def reference(case: Case) -> tuple[str, str, str]:
    return hashes(run_by("reference", case))


def test_the_first_turn_of_a_life_asks_for_its_journal(engine: Engine) -> None:
    turn = engine.turn(STARTED, 0)

    assert life_of(turn) == 1
    assert turn.wait_until_us is None


def test_an_answer_leads_on_and_its_wait_is_an_instant(engine: Engine) -> None:
    engine.turn(STARTED, 0)

    turn = engine.turn(Answer(to=1, result={}), 2_000)

    (action,) = turn.actions
    assert action.type == "party"
    assert (action.id, action.party, action.operation) == (2, "SMSO", "communications_check")
    assert turn.wait_until_us == 2_000 + 300 * 1_000_000


def test_what_nobody_waits_for_is_passed_over(engine: Engine) -> None:
    engine.turn(STARTED, 0)

    assert engine.turn(Answer(to=77, result={}), 1) == Turn()
    assert engine.turn(TimedOut(to=78), 2) == Turn()
    assert engine.turn(Woken(), 3) == Turn()


def test_a_refusal_is_told_with_its_code_and_detail(engine: Engine) -> None:
    engine.turn(STARTED, 0)
    engine.turn(Answer(to=1, result={}), 1)

    turn = engine.turn(Answer(to=2, error="NO_SUCH_INSTALLATION", detail="home-1"), 2)

    assert turn.actions[0] == WriteJournal(
        id=3, entry={"step": "refused", "why": "NO_SUCH_INSTALLATION: home-1"}
    )


def test_a_wake_comes_when_it_was_asked_for(engine: Engine) -> None:
    engine.turn(STARTED, 0)
    asked = engine.turn(Answer(to=1, result={}), 1)
    assert asked.wait_until_us is not None

    silent = engine.turn(Woken(), asked.wait_until_us)

    assert silent.actions == ()
    assert silent.wait_until_us == asked.wait_until_us + 1_800 * 1_000_000


def test_a_stop_is_heeded(engine: Engine) -> None:
    engine.turn(STARTED, 0)
    engine.turn(Stop(reason="the supplier asked"), 1)

    turn = engine.turn(Answer(to=1, result={}), 2)

    assert "SMSO communications_check" not in [
        f"{one.party} {one.operation}" for one in turn.actions if one.type == "party"
    ]


def test_two_lives_do_not_know_of_each_other(make: MakeEngine) -> None:
    one, other = make(), make()

    first = one.turn(STARTED, 0)
    one.turn(Answer(to=1, result={}), 1)
    second = other.turn(STARTED, 0)

    assert first == second
    kill(one)
    assert other.turn(Answer(to=1, result={}), 2).actions[0].type == "party"
    kill(other)


def test_a_life_after_a_crash_knows_its_journal_and_nothing_else(make: MakeEngine) -> None:
    before = make()
    before.turn(STARTED, 0)
    getattr(before, "crash", before.kill)()  # type: ignore[attr-defined]

    after = make()
    journal = ({"step": "life", "life": 1}, {"torn": "{'st"})
    turn = after.turn(Recovered(authorisation=AUTHORISATION, journal=journal), 9)

    assert life_of(turn) == 2
    kill(after)


@pytest.mark.parametrize(
    "variant",
    ["", "two-phase", "esme-first", pytest.param("full-traffic", marks=pytest.mark.slow)],
)
def test_a_clean_migration_has_the_same_trace_and_story_in_every_form(
    spec: str, variant: str
) -> None:
    case = case_of("clean-two-fuel", variant)

    assert hashes(run_by(spec, case)) == reference(case)
    assert reference(case)[0] == "pass"


def test_twice_the_same_engine_is_twice_the_same_trace(spec: str) -> None:
    case = case_of("wan-duplicates-and-reorders")

    assert hashes(run_by(spec, case)) == hashes(run_by(spec, case)) == reference(case)


@pytest.mark.parametrize("when", ["before", "torn", "after"])
@pytest.mark.parametrize("number", [1, 9])
def test_a_crash_at_a_named_point_ends_the_same_in_every_form(
    spec: str, number: int, when: str
) -> None:
    fault = CrashFault(does="crash", at=f"home-1/engine/journal#{number}", when=when)  # type: ignore[arg-type]
    case = changed(case_of("clean-two-fuel"), faults=(fault,))

    result = run_by(spec, case)

    assert hashes(result) == reference(case)
    assert result.verdict.value == "pass"
    assert result.faults_fired == 1


def test_a_second_attempt_begins_without_the_memory_of_the_first(spec: str) -> None:
    case = case_of("dormant-retried-by-dcc")

    assert hashes(run_by(spec, case)) == reference(case)


def test_many_installations_have_a_life_each(spec: str) -> None:
    case = rules("stop-on-the-day")

    assert case.companions
    assert hashes(run_by(spec, case)) == reference(case)


def test_an_engine_that_raises_is_the_same_verdict_in_every_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    (tmp_path / "raising.py").write_text(
        "async def migrate(port):\n    await port.journal({})\n    raise KeyError('boom')\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    command = (*HTTP, "raising:migrate")
    with serving(*command, folder=tmp_path) as address:
        found = [
            run_by(spec, case_of("clean-two-fuel")).findings[0].detail
            for spec in ("raising:migrate", f"{STDIO} raising:migrate", address)
        ]

    assert all("KeyError: 'boom' [raising.py:3 in migrate" in detail for detail in found)
    assert all(detail.startswith("raised: ") for detail in found)
    assert request.node is not None


def test_who_is_told_to_begin_in_the_middle_says_so(engine: Engine, spec: str) -> None:
    if spec == "reference":
        pytest.skip("in process it is the bench's own error, and no engine's")

    with pytest.raises(EngineError) as caught:
        engine.turn(Woken(), 0)

    assert caught.value.reason in {Breakage.RAISED, Breakage.DIED}


def rules(scenario: str) -> Case:
    path = fixtures_folder("scenarios") / "rules" / f"{scenario}.yaml"
    return expand(Library().scenario(path, name=f"rules/{scenario}"))[0]


def test_a_case_is_reset_although_the_one_before_broke_off(spec: str) -> None:
    left_open = load_engine(spec)()
    left_open.turn(STARTED, 0)
    case = case_of("clean-two-fuel")

    result = run_with(case, load_engine(spec), HAN_SUA_M1).result

    assert hashes(result) == reference(case)
    kill(left_open)
