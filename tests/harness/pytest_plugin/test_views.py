"""What a test sees of the home and the parties, and what it may ask for."""

import pytest

from hanbench.harness.errors import PartyRefused, ScenarioError
from hanbench.harness.pytest_plugin.bench_view import Bench


def test_devices_show_what_they_are(bench: Bench) -> None:
    home = bench.installation
    bench.run_until("1h")

    assert [one.type for one in home][:3] == ["CHF", "ESME", "GSME"]
    assert home["ppmid"].han.joined
    assert home.hub.face
    assert (home.gsme.failures, home.gsme.is_locked, home.gsme.supply) == (0, False, "enabled")
    assert isinstance(home.gsme.codes, tuple)
    assert "home-1" in repr(home.gsme) + repr(home)
    with pytest.raises(AttributeError, match="no device 'toaster' in home-1; there are hub, "):
        _ = home.toaster


def test_parties_are_asked_and_may_refuse(bench: Bench) -> None:
    assert bench.smso.can_vend("esme")
    assert bench.smso.ask("web_vend", device="esme", pence=100)["utrn"]
    with pytest.raises(PartyRefused, match="NO_SUCH_DEVICE"):
        bench.dco.ask("candidates", device="toaster")
    sent = bench.smso.set_tariff("esme", unit_tenth_pence=200)
    bench.run_until("outcome")

    assert sent.outcome == "executed"
    assert bench.dco.active_version("esme") == 2
    assert [version for version, _ in bench.dco.keys("esme")] == [1, 2]
    assert not any(call.is_refused for call in bench.party("S1SP").calls)
    assert bench.asked == ["SMSO.web_vend", "DCO.candidates"]


def test_a_test_may_have_another_home(bench: Bench) -> None:
    bench.load("clean-two-fuel", installation="two-fuel-dormant")

    assert bench.case.installation.devices["esme"].mode == "dormant"
    assert bench.run().is_as_expected


@pytest.mark.parametrize(
    ("scenario", "changes", "says"),
    [
        ("clean-two-feul", {}, "did you mean 'clean-two-fuel'"),
        ("clean-two-fuel[three-phase]", {}, "no variant 'three-phase'; did you mean 'two-phase'"),
        ("secure", {}, "a test runs one"),
        ("clean-two-fuel", {"installation": "two-feul"}, "did you mean 'two-fuel'"),
        ("clean-two-fuel", {"sede": 2}, "unknown key 'sede'; did you mean 'seed'"),
        ("clean-two-fuel", {"seed": object()}, "what a file could not hold"),
    ],
)
def test_a_choice_that_is_none_is_named(
    bench: Bench, scenario: str, changes: dict[str, object], says: str
) -> None:
    with pytest.raises(ScenarioError, match=says.replace("[", r"\[")):
        bench.load(scenario, **changes).run()


def test_nothing_is_chosen_any_more_once_the_world_is_there(bench: Bench) -> None:
    bench.begin()

    with pytest.raises(RuntimeError, match="the world of this test is there already"):
        bench.load("clean-electricity-only")
    with pytest.raises(ScenarioError, match="the step 'dance' of the test"):
        bench.do("dance")
