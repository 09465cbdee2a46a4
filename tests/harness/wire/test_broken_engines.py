"""Engines in another process that do what no engine should: each has a verdict that says so."""

import json
import sys
from pathlib import Path

import pytest
from tests.suite_cases import case_of
from wired_engines import STDIO, has_ended, hashes, run_by

from hanbench.harness.engine.port import Recovered
from hanbench.harness.engine.wire.messages import REPLY_OCTETS_MAX, shown
from hanbench.harness.engine.wire.reach import greet
from hanbench.harness.engines import load_engine
from hanbench.harness.errors import Breakage, EngineError, ScenarioError
from hanbench.harness.parties.authorisation import authorisation_of
from hanbench.harness.verdict import CaseResult, Verdict

AUTHORISATION = authorisation_of(case_of("clean-two-fuel"))
LIMIT_S = 1.0
"""For those that hang; the others have as long as a loaded machine may take."""
HANG = frozenset({"hangs", "drips", "floods stderr"})
PROGRAM = """
import json, os, signal, sys

def say(**said): write(json.dumps(said))
def write(text): sys.stdout.write(text + "\\n"); sys.stdout.flush()

way = sys.argv[1]
for line in sys.stdin:
    told = json.loads(line)
    kind = told["type"]
    if kind == "hello":
        say(type="hello", port=2 if way == "other version" else 1, engine="broken")
        if way == "greets twice":
            say(type="hello", port=1)
        continue
    if kind != "turn":
        if way == "no reset" and kind == "reset":
            say(type="end")
        elif way == "twice at the end" and kind == "end":
            say(type="turn", turn=1)
        else:
            say(type=kind)
        continue
    turn = told["turn"]
    if way == "dies":
        sys.stderr.write("cannot open the key store\\nsecond line\\n")
        sys.exit(3)
    elif way == "is killed": os.kill(os.getpid(), signal.SIGKILL)
    elif way == "closes": os.close(1); sys.stdin.read()
    elif way == "hangs": sys.stdin.read()
    elif way == "stops reading": signal.pause()
    elif way == "drips":
        while True: sys.stdout.write(" "); sys.stdout.flush(); signal.sigtimedwait([], 0.01)
    elif way == "floods":
        while True: sys.stdout.write("x" * 65536)
    elif way == "floods stderr":
        while True: sys.stderr.write("x" * 65536 + "\\n")
    elif way == "too large": say(type="turn", turn=turn, pad="x" * (1 << 20))
    elif way == "many actions":
        one = {"type": "believe", "device": "esme", "key": "OLD", "evidence": ""}
        say(type="turn", turn=turn, actions=[one] * 1001)
    elif way == "twice": sys.stdout.write(json.dumps({"type": "turn", "turn": turn}) + "\\n" +
        json.dumps({"type": "turn", "turn": turn}) + "\\n"); sys.stdout.flush()
    elif way == "twice at the end":
        outcome = {"type": "outcome", "installation": "home-1", "end_state": "unresolved"}
        say(type="turn", turn=turn, actions=[outcome])
    elif way == "ahead": say(type="turn", turn=turn + 1)
    elif way == "behind": say(type="turn", turn=turn - 1)
    elif way == "another kind": say(type="reset")
    elif way == "no json": write("hello, I am an engine")
    elif way == "half a line": sys.stdout.write('{"type": "tu'); sys.stdout.flush(); sys.exit(0)
    elif way == "not utf-8": sys.stdout.buffer.write(b'{"type": "\\xff"}\\n'); sys.stdout.flush()
    elif way == "a list": write("[]")
    elif way == "not a number": write('{"type":"turn","turn":%d,"wait_until_us":NaN}' % turn)
    elif way == "no number in an entry":
        write('{"type":"turn","turn":%d,"actions":[{"type":"journal","id":1,'
              '"entry":{"a":Infinity}}]}' % turn)
    elif way == "deep": write('{"type":"turn","turn":' + "[" * 5000 + "]" * 5000 + "}")
    elif way == "text for a number": say(type="turn", turn=turn, wait_until_us="5")
    elif way == "unknown key": say(type="turn", turn=turn, wait_until=5)
    elif way == "unknown action": say(type="turn", turn=turn, actions=[{"type": "sleep"}])
    elif way == "says so": say(type="error", detail="no licence")
    else:
        say(type="turn", turn=turn)
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("broken") / "broken.py"
    path.write_text(PROGRAM)
    return path


def spec(program: Path, way: str) -> str:
    return f'exec:{sys.executable} -S "{program}" "{way}"'


def broken(program: Path, way: str) -> str:
    limit_s = LIMIT_S if way in HANG else 20.0
    result = run_by(spec(program, way), case_of("clean-two-fuel"), turn_limit_s=limit_s)
    return verdict_of(result)


def verdict_of(result: CaseResult) -> str:
    assert result.verdict is Verdict.FAIL
    (finding,) = [one for one in result.findings if one.name == "engine-broke"]
    return finding.detail


@pytest.mark.parametrize(
    ("way", "says"),
    [
        ("dies", "died: turn 1 (`started`): its process ended: exit code 3"),
        ("is killed", "died: turn 1 (`started`): its process ended: killed by SIGKILL"),
        ("closes", "died: turn 1 (`started`): it closed its standard output"),
        ("hangs", "hangs: turn 1 (`started`): no answer to `turn` within 1 s"),
        ("drips", "hangs: turn 1 (`started`): no answer to `turn` within 1 s"),
        ("floods stderr", "hangs: turn 1 (`started`): no answer to `turn` within 1 s"),
        ("floods", "too-large: turn 1 (`started`): its answer to `turn` has more than"),
        ("too large", f"has more than {REPLY_OCTETS_MAX} octets"),
        ("many actions", "floods: 1001 actions in one turn"),
        ("twice", "answered-twice: turn 1 (`started`): it sent more than one answer to `turn`"),
        ("ahead", "out-of-order: turn 1 (`started`): it answered turn 2 when it was told turn 1"),
        ("behind", "answered-twice: turn 1 (`started`): it answered turn 0 twice"),
        ("another kind", "out-of-order: turn 1 (`started`): it answered `reset` to `turn`"),
        ("no json", "nonsense: turn 1 (`started`): Invalid JSON"),
        ("half a line", 'in the middle of `{"type": "tu`'),
        ("not utf-8", "nonsense: turn 1 (`started`): Invalid JSON"),
        ("a list", "nonsense: turn 1 (`started`): Input should be an object"),
        ("not a number", "nonsense: turn 1 (`started`): wait_until_us"),
        ("no number in an entry", "nonsense: turn 1 (`started`): not JSON"),
        ("deep", "nonsense: turn 1 (`started`)"),
        ("text for a number", "wait_until_us: Input should be a valid integer"),
        ("unknown key", "wait_until: Extra inputs are not permitted"),
        ("unknown action", "nonsense: turn 1 (`started`): actions.0"),
        ("says so", "raised: turn 1 (`started`): no licence"),
        ("no reset", "out-of-order: it answered `end` to `reset`"),
        ("other version", "other-version: it speaks version 2 of the engine port, the bench 1"),
        ("greets twice", "answered-twice"),
    ],
)
def test_what_it_does_wrong_is_the_verdict(program: Path, way: str, says: str) -> None:
    assert says in broken(program, way)


def test_a_second_greeting_is_one_too_many_however_late_it_comes(tmp_path: Path) -> None:
    late = tmp_path / "late.py"
    late.write_text(
        'import sys\nfor line in sys.stdin: print(\'{"type":"hello","port":1}\', flush=True)\n'
    )
    result = run_by(f"exec:{sys.executable} -S {late}", case_of("clean-two-fuel"))

    assert verdict_of(result).startswith("answered-twice: it answered `hello` twice")


def test_one_that_answers_twice_at_its_very_end_is_found_out(program: Path) -> None:
    assert "answered-twice" in broken(program, "twice at the end")


def test_what_it_wrote_to_stderr_is_shown(program: Path) -> None:
    told = broken(program, "dies")

    assert told.endswith("its stderr ends:\ncannot open the key store\nsecond line")


def test_one_that_says_nothing_waits_for_nothing(program: Path) -> None:
    assert broken(program, "does nothing").startswith("waits: waits for nothing")


def test_an_engine_that_stops_reading_hangs_and_does_not_hold_the_bench(program: Path) -> None:
    engine = load_engine(spec(program, "stops reading"), turn_limit_s=LIMIT_S)()

    journal = tuple({"pad": "x" * 60_000} for _ in range(20))
    with pytest.raises(EngineError) as caught:
        engine.turn(Recovered(authorisation=AUTHORISATION, journal=journal), 0)

    assert caught.value.reason is Breakage.HANGS


def test_a_journal_beyond_all_reason_is_a_flood(program: Path) -> None:
    engine = load_engine(spec(program, "does nothing"), turn_limit_s=LIMIT_S)()
    journal = tuple({"pad": "x" * 1_000_000} for _ in range(17))

    with pytest.raises(EngineError) as caught:
        engine.turn(Recovered(authorisation=AUTHORISATION, journal=journal), 0)

    assert caught.value.reason is Breakage.FLOODS
    engine.kill()  # type: ignore[attr-defined]


def test_the_bench_goes_on_with_the_next_scenario(tmp_path: Path) -> None:
    """A process that broke once is started again, and its next case is judged for itself."""
    flag = tmp_path / "has-broken"
    wrapper = tmp_path / "once.py"
    wrapper.write_text(
        "import pathlib, sys\n"
        f"flag = pathlib.Path({str(flag)!r})\n"
        "if not flag.exists():\n"
        '    sys.stdin.readline(); print(\'{"type":"hello","port":1}\', flush=True)\n'
        "    flag.touch(); sys.exit(1)\n"
        "from hanbench.harness.engine.serve_stdio import main\n"
        "sys.exit(main([]))\n"
    )
    once = f"exec:{sys.executable} {wrapper}"
    case = case_of("clean-two-fuel")

    assert "died: its process ended: exit code 1" in verdict_of(run_by(once, case))
    assert hashes(run_by(once, case)) == hashes(run_by(STDIO, case))


def test_a_process_that_ended_between_two_scenarios_is_started_again(tmp_path: Path) -> None:
    wrapper = tmp_path / "one_case.py"
    wrapper.write_text(
        "import sys\n"
        "from hanbench.harness.engines import load_engine\n"
        "from hanbench.harness.engine.wire.service import Service\n"
        "service = Service(load_engine('reference'), 'one case')\n"
        "for line in sys.stdin.buffer:\n"
        "    sys.stdout.buffer.write(service.answer(line) + b'\\n'); sys.stdout.flush()\n"
        "    if b'\"end\"' in line: break\n"
    )
    once = f"exec:{sys.executable} {wrapper}"
    case = case_of("clean-two-fuel")

    assert hashes(run_by(once, case)) == hashes(run_by(once, case))


def test_killing_it_kills_what_it_started(tmp_path: Path) -> None:
    marker = tmp_path / "pid"
    script = tmp_path / "starts.sh"
    script.write_text(
        "#!/bin/sh\n"
        f"{sys.executable} -S -c 'import signal; signal.pause()' & echo $! > {marker}\n"
        'read hello; echo \'{"type":"hello","port":1}\'; wait\n'
    )
    script.chmod(0o755)
    result = run_by(f"exec:{script}", case_of("clean-two-fuel"), turn_limit_s=LIMIT_S)

    assert verdict_of(result).startswith("hangs: no answer to `reset`")
    assert has_ended(int(marker.read_text()))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("exec:", "expected exec:COMMAND"),
        ("exec:./no-such-engine --now", "there is no command './no-such-engine'"),
        ("exec:no-such-engine-anywhere", "there is no command"),
        ("exec:'unbalanced", "No closing quotation"),
        ("https://localhost:8080", "posts to http:// alone"),
        ("http://localhost", "expected http://HOST:PORT"),
        ("http://localhost:http", "--engine http://localhost:http"),
        ("http://user@localhost:80", "expected http://HOST:PORT"),
        ("http://127.0.0.1:1", "--engine http://127.0.0.1:1: died"),
        (f"exec:{sys.executable} -c pass", "its process ended: exit code 0"),
        ("exec:true", "died: its process ended"),
    ],
)
def test_an_engine_that_cannot_be_reached_is_named_before_anything_runs(
    name: str, says: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        greet(name, turn_limit_s=5.0)

    assert says in str(caught.value)
    assert name in str(caught.value)


def test_a_greeting_says_how_the_engine_calls_itself(program: Path) -> None:
    assert greet(spec(program, "does nothing")) == "broken"


def test_what_an_engine_says_moves_no_terminal(tmp_path: Path) -> None:
    path = tmp_path / "loud.py"
    path.write_text(
        "import sys\n"
        'sys.stdin.readline(); print(\'{"type":"hello","port":1,"engine":"a\\\\u001b[2Jb"}\','
        " flush=True)\n"
        "sys.stdin.readline(); sys.stderr.write('\\x1b[31mred\\n')\n"
    )
    loud = f"exec:{sys.executable} -S {path}"

    assert greet(loud) == "a\ufffd[2Jb"
    detail = verdict_of(run_by(loud, case_of("clean-two-fuel")))
    assert detail.endswith("\n\ufffd[31mred")


def test_what_is_shown_of_its_words_can_be_printed() -> None:
    assert shown(b"\x1b[31mred\n") == "\ufffd[31mred\ufffd"
    assert shown(json.dumps("x" * 500).encode()).endswith("...")
