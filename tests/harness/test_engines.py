"""Engines and schemes named on the command line."""

from pathlib import Path

import pytest
from tests.suite_cases import case_of

from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.port import Started, Turn, Woken
from hanbench.harness.engines import load_engine
from hanbench.harness.errors import Breakage, EngineError, ScenarioError
from hanbench.harness.parties.authorisation import authorisation_of
from hanbench.harness.schemes import installed_schemes, load_scheme
from hanbench.protocol.sua import HAN_SUA_M1

HOME = authorisation_of(case_of("clean-two-fuel"))
MODULE = """
import functools
from hanbench.harness.engine.port import Turn

class Mine:
    def turn(self, event, now_us):
        return Turn(wait_until_us=now_us)

class Raises:
    def turn(self, event, now_us):
        raise KeyError("boom")

class Leaves:
    def turn(self, event, now_us):
        raise SystemExit(0)

def broken():
    raise ZeroDivisionError("oh")

def nothing():
    return 7

async def migrate(port):
    return None

class Straight:
    def __init__(self, port):
        self.port = port

    async def migrate(self):
        return None

class Awaited:
    async def __call__(self, port):
        return None

awaited = Awaited()
partly = functools.partial(migrate)

NUMBER = 5
"""


@pytest.fixture
def _own_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "engine_of_a_user.py").write_text(MODULE)
    (tmp_path / "engine_that_raises.py").write_text("1 / 0")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)


def test_the_reference_engine_is_made_anew_for_each_life() -> None:
    make = load_engine("reference")

    assert make() is not make()
    assert callable(make().turn)


@pytest.mark.usefixtures("_own_module")
def test_a_class_of_the_users_own_is_an_engine() -> None:
    engine = load_engine("engine_of_a_user:Mine")()

    assert engine.turn(Woken(), 5) == Turn(wait_until_us=5)


@pytest.mark.usefixtures("_own_module")
@pytest.mark.parametrize("name", ["Raises", "Leaves"])
def test_whatever_its_code_raises_is_the_engines_own_failure(name: str) -> None:
    engine = load_engine(f"engine_of_a_user:{name}")()

    with pytest.raises(EngineError, match=r"\[engine_of_a_user\.py") as caught:
        engine.turn(Woken(), 5)

    assert caught.value.reason is Breakage.RAISED


@pytest.mark.usefixtures("_own_module")
@pytest.mark.parametrize("name", ["migrate", "Straight", "awaited", "partly"])
def test_straight_line_code_is_put_behind_the_adapter(name: str) -> None:
    engine = load_engine(f"engine_of_a_user:{name}")()

    assert isinstance(engine, AsyncEngine)
    assert engine.turn(Started(authorisation=HOME), 0) == Turn()
    assert engine.is_finished


@pytest.mark.usefixtures("_own_module")
@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("exec:./engine", "there is no command './engine'"),
        ("http://localhost", "expected http://HOST:PORT"),
        ("https://localhost:8080", "posts to http:// alone"),
        ("mine", "expected MODULE:NAME"),
        (":engine", "expected MODULE:NAME"),
        ("no_such_module:engine", "no module 'no_such_module' is installed"),
        ("engine_of_a_user:Yours", "engine_of_a_user has no 'Yours'"),
        ("engine_of_a_user:NUMBER", "expected a class or function"),
    ],
)
def test_what_is_no_engine_is_refused_by_name(spec: str, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_engine(spec)

    assert says in str(caught.value)


@pytest.mark.usefixtures("_own_module")
def test_a_module_that_raises_is_the_engines_fault() -> None:
    with pytest.raises(EngineError, match="importing engine_that_raises raised ZeroDivisionError"):
        load_engine("engine_that_raises:engine")


@pytest.mark.usefixtures("_own_module")
def test_a_factory_that_raises_or_makes_no_engine_is_the_engines_fault() -> None:
    with pytest.raises(EngineError, match="making the engine: ZeroDivisionError: oh"):
        load_engine("engine_of_a_user:broken")()
    with pytest.raises(EngineError, match="a int is no engine"):
        load_engine("engine_of_a_user:nothing")()


def test_the_built_in_scheme_is_registered_as_any_other_would_be() -> None:
    assert "han-sua-m1" in installed_schemes()
    assert load_scheme("han-sua-m1") is HAN_SUA_M1
    assert load_scheme("hanbench.protocol.sua:HAN_SUA_M1") is HAN_SUA_M1


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("han-sua-m2", "did you mean 'han-sua-m1'?"),
        ("no_such_module:scheme", "no module"),
        ("hanbench.protocol.sua:MAC_OCTETS", "not a SUA scheme; it lacks name, code_octets"),
    ],
)
def test_what_is_no_scheme_is_refused_by_name(spec: str, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_scheme(spec)

    assert says in str(caught.value)
