"""`hanbench device`: what each kind of device holds, when, and what is never shown."""

import json
from pathlib import Path

import pytest
from tests.harness.stepping.recorded import COMMIT, recorded
from tests.harness.sums.command import hanbench

from hanbench.harness.inspection.state import (
    NOT_SHOWN,
    Change,
    DeviceState,
    Section,
    changes,
    key_shown,
)
from hanbench.protocol.keys import Key, KeyUsage

METER = {"power", "SUA", "SUA executions", "other keys", "account", "tariff", "register",
         "UTRN cache", "event log", "security log", "utrn log", "belief"}  # fmt: skip
NODE = {"network", "network key", "link keys", "neighbour table", "routing table", "children",
        "bindings", "frame counts"}  # fmt: skip


def device(
    name: str, *more: object, scenario: str = "han/join-by-install-code"
) -> dict[str, object]:
    ran = hanbench("device", name, "--scenario", scenario, "--json", *more)
    assert ran.code == 0, ran.text
    sections: dict[str, object] = ran.data["sections"]
    return sections


@pytest.mark.parametrize(
    ("name", "scenario", "has"),
    [
        ("esme", "clean-two-fuel", METER | NODE),
        ("gsme", "clean-two-fuel", METER | NODE),
        ("hub", "clean-two-fuel", {"head-ends", "join table", "device log", "gas mirror"} | NODE),
        (
            "ppmid",
            "clean-two-fuel",
            {"receiver", "electricity reading", "notices", "top-ups"} | NODE,
        ),
        ("ihd", "han/ihd-shows-cost", {"receiver", "gas reading", "shows"} | NODE),
        ("new-cad", "han/join-by-install-code", {"handed on"} | NODE),
        ("repeater-1", "clean-two-fuel", {"relaying"} | NODE),
        ("esme", "clean-two-fuel[no-traffic]", METER | {"network", "frame counts"}),
    ],
)
def test_every_kind_of_device_is_told_of(name: str, scenario: str, has: set[str]) -> None:
    assert has <= set(device(name, scenario=scenario))


def test_the_state_is_that_of_the_instant() -> None:
    at = {"scenario": "clean-two-fuel"}
    old = device("gsme", "--at", COMMIT, **at)
    new = device("gsme", **at)
    early = device("gsme", "--at", "1s", **at)
    numbered = device("gsme", "--at", "start", **at)

    truths = [state["SUA"]["truth"] for state in (numbered, early, old, new)]  # type: ignore[index]  # JSON
    assert truths == ["OLD", "OLD", "OLD", "NEW"]
    assert old["belief"]["engine"] == "UNKNOWN"  # type: ignore[index]  # JSON
    assert new["belief"]["engine"] == "NEW"  # type: ignore[index]  # JSON
    assert early["belief"] == {"engine": None}


def test_a_text_for_people_names_the_instant_and_the_sections() -> None:
    ran = hanbench("device", "hub", "--scenario", "clean-two-fuel", "--at", "30min")

    assert ran.code == 0
    assert "at 00:30:00.000000 of secure/clean-two-fuel" in ran.text
    assert "gas mirror" in ran.text
    assert "rotate" not in ran.text or "message" in ran.text


def test_what_waits_in_the_mirror_is_told_with_its_instruction() -> None:
    ran = hanbench(
        "device", "hub", "--scenario", "clean-two-fuel", "--at", "10min", "--section", "mirror"
    )

    assert "read-sua-status" in ran.text


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("gmse", "--scenario", "clean-two-fuel"), 2, "did you mean 'gsme'?"),
        (("gsme", "--scenario", "clean-two-fule"), 2, "did you mean 'clean-two-fuel'?"),
        (("gsme",), 2, "Missing option '--scenario'"),
        (("gsme", "--scenario", "clean-two-fuel", "--at", "9h"), 1, "the run ends at"),
        (("gsme", "--scenario", "clean-two-fuel", "--at", "9999"), 1, "no number 9999"),
        (("gsme", "--scenario", "clean-two-fuel", "--at", "x/y"), 2, "is no place in a run"),
        (("gsme", "--scenario", "clean-two-fuel", "--section", "sau"), 2, "no section 'sau'"),
        (("gsme", "--scenario", "clean-two-fuel", "--section", "sau", "--json"), 2, "no section"),
    ],
)
def test_what_is_wrong_is_named(arguments: tuple[str, ...], code: int, says: str) -> None:
    ran = hanbench("device", *arguments)

    assert (ran.code, says in ran.text) == (code, True), ran.text


def test_a_device_of_another_home_goes_by_its_home() -> None:
    recording = recorded("rules/uneconomic-model")
    other = recording.world.companions[0].installation

    ran = hanbench("device", f"{other}/esme", "--scenario", "rules/uneconomic-model", "--json")

    assert json.loads(ran.text)["installation"] == other


def test_a_key_is_shown_if_it_is_test_material_and_never_otherwise() -> None:
    mine, test = bytes(range(16)), bytes(16)

    assert key_shown(Key(KeyUsage.SUA, mine)) == NOT_SHOWN
    assert key_shown(Key(KeyUsage.SUA, test, is_test_material=True)) == test.hex()
    assert key_shown(None) is None


def test_the_seed_moves_the_test_keys() -> None:
    def key(*more: object) -> object:
        return device("gsme", *more, scenario="clean-two-fuel")["other keys"]

    assert key() == key()
    assert key() != key("--seed", 7)


def state(**values: object) -> DeviceState:
    sections = (Section("a", values), Section("now", {"t": values.get("x")}, is_fleeting=True))  # type: ignore[arg-type]  # test values
    return DeviceState(
        installation="h", name="d", kind="ESME", eui64="", model="m", sections=sections
    )


def test_changes_are_told_value_by_value_and_time_is_none() -> None:
    assert changes(state(x=1, y={"p": 1}), state(x=2, y={"p": 1, "q": 3})) == (
        Change("a: x", 1, 2),
        Change("a: y, q", None, 3),
    )
    assert changes(state(x=None), state()) == (Change("a: x", None, None),)
    assert changes(state(y=1), state(y=1)) == ()


def test_the_device_of_a_users_own_keys_shows_none_of_them(tmp_path: Path) -> None:
    # The same home with a key file of its own: every octet of it must stay out of the output.
    installation = recorded().case.installation
    secrets = {
        name: {usage: f"{number:02x}" * 16 for number, usage in enumerate(usages, 0xA1)}
        for name, usages in {
            name: ("link", "sua", "master", "vend", "transport")
            if entry.is_meter
            else ("transport",)
            if entry.type == "CHF"
            else ("link",)
            for name, entry in installation.devices.items()
        }.items()
    }
    keys = {"keys": 1, "network": "ee" * 16, "devices": secrets}
    (tmp_path / "keys.yaml").write_text(json.dumps(keys))
    home = (Path("fixtures/installations/two-fuel.yaml")).read_text()
    (tmp_path / "home.yaml").write_text(home.replace("keys: test", "keys: keys.yaml"))
    scenario = (Path("fixtures/scenarios/secure/clean-two-fuel.yaml")).read_text()
    own = scenario.partition("variants:")[0].replace("two-fuel\n", "./home.yaml\n")
    expects = "expect:" + scenario.partition("expect:")[2]
    (tmp_path / "own.yaml").write_text(own + expects)

    for name in installation.devices:
        ran = hanbench("device", name, "--scenario", tmp_path / "own.yaml")
        assert ran.code == 0, ran.text
        assert NOT_SHOWN in ran.text
        assert not any(f"{number:02x}" * 16 in ran.text for number in (*range(0xA1, 0xA6), 0xEE))
