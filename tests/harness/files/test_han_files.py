"""What scenario and installation files say about the HAN: steps, expectations, who has joined."""

import json
from pathlib import Path

import pytest

from hanbench.emulator.instant import HOUR_US, MINUTE_US, SECOND_US
from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.han_expectation import HanExpectation
from hanbench.harness.files.han_steps import HAN_STEPS, Look, PermitJoining, Reach
from hanbench.harness.files.loader import Library
from hanbench.harness.files.scenario import Scenario
from hanbench.harness.judging.han_truth import HanTruth, differences

LIBRARY = Library()
HEAD = "scenario: 1\ntitle: x\ninstallation: two-fuel\nmigrates: false\nexpect: {}\n"
HUB = "hub: {type: CHF, eui64: 00-DB-12-34-56-78-90-A2, model: skyline-i-510}"
ESME = "esme: {type: ESME, eui64: 00-DB-12-34-56-78-90-A0, model: liberty-100, mode: active}"


def read(folder: Path, text: str) -> Scenario:
    path = folder / "s.yaml"
    path.write_text(text, encoding="utf-8")
    return LIBRARY.scenario(path, name="s", shown="s.yaml").scenario


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        read(folder, text)
    return str(caught.value)


def home_refusal(folder: Path, more: str) -> str:
    path = folder / "home.yaml"
    text = f"installation: 1\nname: home-1\ndevices:\n  {HUB}\n  {ESME}\n{more}"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        Library().home(path, shown="home.yaml")
    return str(caught.value)


def test_steps_on_the_han_name_any_device(tmp_path: Path) -> None:
    steps = """steps:
  - {at: 1min, do: permit-joining}
  - {at: 2min, do: log-device, device: cad, window: 60s}
  - {at: 3min, do: reach, device: shelf-display, loses: [repeater-1], gains: [hub]}
  - {at: 4min, do: look, device: ppmid, joined: true, served_within: 2h, shows: [credit]}
lasts: 1h
"""

    scenario = read(tmp_path, HEAD + steps)

    permit, _, reach, look = scenario.steps
    assert isinstance(permit, PermitJoining)
    assert permit.window_us == 180 * SECOND_US
    assert isinstance(reach, Reach)
    assert reach.loses == ("repeater-1",)
    assert isinstance(look, Look)
    assert (look.joined, look.served_within_us, look.shows) == (True, 2 * HOUR_US, ("credit",))
    assert scenario.lasts_us == 60 * MINUTE_US


def test_every_word_for_a_step_on_the_han_is_known() -> None:
    words = "permit-joining log-device unlog-device join leave rejoin update-network-key"

    assert set(words.split()) < HAN_STEPS
    assert "top-up" not in HAN_STEPS


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("steps: [{at: 1s, do: join, device: cda}]\n", "no device 'cda'"),
        ("steps: [{at: 1s, do: top-up, device: cad, pence: 1, route: dcc}]\n", "no meter 'cad'"),
        ("steps: [{at: 1s, do: reach, device: cad, loses: [hbu]}]\n", "no device 'hbu'"),
        ("steps: [{at: 1s, do: reach, device: cad}]\n", "`reach` needs `loses` or `gains`"),
        ("steps: [{at: 1s, do: permit-joining, window: 2h}]\n", "a window is 1 to 3600 s"),
        ("steps: [{at: 1s, do: log-device, device: cad, install_code: 0x}]\n", "install_code"),
        ("steps: [{at: 1s, do: look, device: cad, parent: nobody}]\n", "no device 'nobody'"),
        ("steps: [{at: 1s, do: look, device: cad, reached_over: me}]\n", "no device 'me'"),
        ("steps: [{at: 1s, do: look, device: cad, jined: true}]\n", "did you mean 'joined'"),
    ],
)
def test_a_mistake_on_the_han_is_named(tmp_path: Path, more: str, says: str) -> None:
    assert says in refusal(tmp_path, HEAD + more)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD.replace("migrates: false\n", ""), "missing key 'end_state'"),
        (HEAD.replace("{}", "{end_state: commissioned}"), "`migrates` is false"),
        (HEAD + "variants: {x: {expect: {end_state: excluded}}}\n", "variants.x.expect"),
        (HEAD.replace("{}", "{han: {nobody: {joined: true}}}"), "no device 'nobody'"),
    ],
)
def test_an_end_state_goes_with_a_migration(tmp_path: Path, text: str, says: str) -> None:
    assert says in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("out_of_reach: [[hub, esmee]]\n", "no device 'esmee' here; did you mean 'esme'?"),
        ("device_log: [cad]\n", "device_log[0]: no device 'cad' here"),
        ("out_of_reach: [[hub]]\n", "out_of_reach"),
        ("weak_links: [{between: [hub, esmee], cost: 3}]\n", "weak_links[0].between[1]: no device"),
        ("weak_links: [{between: [hub, esme], cost: 8}]\n", "weak_links[0].cost"),
        ("weak_links: [{between: [hub, esme], cost: 1}]\n", "weak_links[0].cost"),
    ],
)
def test_an_installation_names_only_devices_that_it_has(
    tmp_path: Path, more: str, says: str
) -> None:
    assert says in home_refusal(tmp_path, more)


TRUTH = HanTruth(
    joined=True,
    member=True,
    in_device_log=False,
    parent="repeater-1",
    reached_over="repeater-2",
    told=("parent-lost", "rejoined"),
    link_key="cbke-1",
    network_key_sequence=1,
    served_before_us=5 * MINUTE_US,
    face=("credit £1.00",),
    dropped={"replayed": 2},
)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ({}, []),
        ({"joined": True, "parent": "repeater-1", "link_key": "cbke-1"}, []),
        ({"joined": False}, [("joined", "no", "yes")]),
        ({"reached_over": "hub"}, [("reached_over", "hub", "repeater-2")]),
        ({"told": ["rejoined"]}, []),
        ({"told": ["left"]}, [("told", "left", "parent-lost, rejoined")]),
        ({"not_told": ["left"]}, []),
        ({"not_told": ["rejoined"]}, [("told", "no rejoined", "parent-lost, rejoined")]),
        ({"in_device_log": True}, [("in_device_log", "yes", "no")]),
        ({"network_key_sequence": 0}, [("network_key_sequence", "0", "1")]),
        ({"served_within": "6min"}, []),
        ({"served_within": "4min"}, [("served", "within 240 s", "300 s ago")]),
        ({"shows": ["credit"], "does_not_show": ["debt"]}, []),
        ({"shows": ["debt"]}, [("face", "'debt' on it", "credit £1.00")]),
        ({"does_not_show": ["credit"]}, [("face", "no 'credit' on it", "credit £1.00")]),
        ({"dropped": {"replayed": 2}}, []),
        ({"dropped": {"bad-mic": 1}}, [("dropped bad-mic", "at least 1", "0")]),
    ],
)
def test_what_differs_from_an_expectation_is_named(
    expected: dict[str, object], found: list[tuple[str, str, str]]
) -> None:
    assert [*differences(HanExpectation.model_validate_json(json.dumps(expected)), TRUTH)] == found
