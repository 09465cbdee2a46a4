"""The two worked engines: clean scenarios pass, and every form of them tells the same story."""

import shutil
import sys
from functools import partial
from pathlib import Path

import pytest
from tests.suite_cases import case_of, swept
from wired_engines import ENGINES, hashes, node, run_by, serving

from hanbench.harness.engine.wire.http import EngineServer, parse_address
from hanbench.harness.engine.wire.remote import Peer
from hanbench.harness.verdict import Verdict

CLEAN = [
    "",
    "two-phase",
    *(
        pytest.param(variant, marks=pytest.mark.slow)
        for variant in ("esme-first", "plain-home", "full-traffic", "no-traffic")
    ),
]
PYTHON = f"exec:{sys.executable} -S {ENGINES / 'cautious.py'}"


def javascript() -> str:
    return f"exec:{node()} {ENGINES / 'cautious.mjs'}"


@pytest.fixture(scope="module", autouse=True)
def _in_process() -> None:
    sys.path.append(str(ENGINES))


@pytest.fixture(params=["python", "javascript"])
def engine(request: pytest.FixtureRequest) -> str:
    return PYTHON if request.param == "python" else javascript()


@pytest.mark.parametrize("variant", CLEAN)
def test_they_pass_the_clean_scenarios(engine: str, variant: str) -> None:
    result = run_by(engine, case_of("clean-two-fuel", variant))

    assert result.findings == ()
    assert result.verdict is Verdict.PASS


@pytest.mark.parametrize("variant", ["", "two-phase"])
def test_in_process_over_stdio_and_over_http_they_tell_one_story(variant: str) -> None:
    case = case_of("clean-two-fuel", variant)
    in_process = hashes(run_by("cautious:engine", case))

    assert hashes(run_by(PYTHON, case)) == in_process
    with serving(sys.executable, "cautious.py", "--http", "0", folder=ENGINES) as address:
        assert hashes(run_by(address, case)) == in_process
    assert hashes(run_by(javascript(), case)) == in_process, "they are twins"
    with serving(node(), "cautious.mjs", "--http", "0", folder=ENGINES) as address:
        assert hashes(run_by(address, case)) == in_process


@pytest.mark.parametrize("name", ["cautious.py", "cautious.mjs"])
def test_a_server_answers_a_second_worker_while_the_first_keeps_its_connection(name: str) -> None:
    program = sys.executable if name.endswith(".py") else node()
    with serving(program, name, "--http", "0", folder=ENGINES) as address:
        workers = [Peer(partial(EngineServer, parse_address(address)), limit_s=60.0) for _ in "12"]

        assert [one.hello().port for one in workers] == [1, 1]

        for one in workers:
            one.close()


@pytest.mark.parametrize(
    "scenario",
    ["rotation-response-lost", "duplicate-rotate-after-commit", "rotation-fetched-late"],
)
def test_a_lost_answer_does_not_make_them_wrong(engine: str, scenario: str) -> None:
    result = run_by(engine, case_of(scenario))

    assert result.findings == ()


def test_what_they_cannot_know_they_call_unknown(engine: str) -> None:
    result = run_by(engine, case_of("rotation-response-lost-comms-gone"))

    assert {end.belief for end in result.devices} >= {"UNKNOWN"}
    assert result.verdict is Verdict.PASS


def test_one_that_is_killed_goes_on_from_its_journal(engine: str) -> None:
    chosen = [case for case in swept("engine-crash-at-each-journal-write") if "#9/" in case.name]

    results = [run_by(engine, case) for case in chosen]

    assert [result.faults_fired for result in results] == [1, 1, 1]
    assert all(result.findings == () for result in results)


def test_each_is_short_enough_to_read() -> None:
    for name in ("cautious.py", "cautious.mjs", "hanbench_port.py", "hanbench_port.mjs"):
        assert len((ENGINES / name).read_text().splitlines()) < 300


def test_each_adapter_is_one_file_that_needs_nothing(tmp_path: Path) -> None:
    """Copied alone, beside an engine of three lines, it is enough."""
    for name in ("hanbench_port.py", "hanbench_port.mjs"):
        shutil.copy(ENGINES / name, tmp_path)
    (tmp_path / "mine.py").write_text(
        "from hanbench_port import serve\n"
        "async def migrate(port):\n"
        "    port.outcome(port.authorisation['installation'], 'not-started')\n"
        "serve(migrate, 'mine')\n"
    )
    (tmp_path / "mine.mjs").write_text(
        'import { serve } from "./hanbench_port.mjs";\n'
        "serve(async (port) => {\n"
        '  port.outcome(port.authorisation.installation, "not-started");\n'
        '}, "mine");\n'
    )
    programs = (f"{sys.executable} -S", "mine.py"), (node(), "mine.mjs")
    case = case_of("clean-two-fuel")

    claimed = [
        run_by(f"exec:{program} {tmp_path / name}", case).claimed for program, name in programs
    ]

    assert claimed == ["not-started", "not-started"]


def test_an_error_of_a_users_code_is_told_with_its_traceback(tmp_path: Path) -> None:
    for name in ("hanbench_port.py", "hanbench_port.mjs"):
        shutil.copy(ENGINES / name, tmp_path)
    (tmp_path / "mine.py").write_text(
        "from hanbench_port import serve\n"
        "async def migrate(port):\n    await port.sleep(5)\n    print('about to')\n    1 / 0\n"
        "serve(migrate, 'mine')\n"
    )
    (tmp_path / "mine.mjs").write_text(
        'import { serve } from "./hanbench_port.mjs";\n'
        "serve(async (port) => {\n  await port.sleep(5);\n  null.boom;\n}, 'mine');\n"
    )
    case = case_of("clean-two-fuel")

    python = run_by(f"exec:{sys.executable} {tmp_path / 'mine.py'}", case).findings[0].detail
    script = run_by(f"exec:{node()} {tmp_path / 'mine.mjs'}", case).findings[0].detail

    assert "raised: turn 2 (`woken`): ZeroDivisionError: division by zero" in python
    assert "raised: turn 2 (`woken`): TypeError" in script
