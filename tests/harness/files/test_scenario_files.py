"""Scenario files: what is right is read, what is wrong is named with file, line, column and key."""

import re
from pathlib import Path

import pytest

from hanbench.emulator.instant import HOUR_US
from hanbench.harness.errors import ScenarioError
from hanbench.harness.faults.plan import Fault, FaultKind
from hanbench.harness.files.loader import Library
from hanbench.harness.files.scenario import Scenario
from hanbench.harness.files.scenario_faults import to_fault
from hanbench.harness.running.suites import suite_files, suite_names

POINT = "home-1/gsme/rotate-sua-key#1/try#1"
LIBRARY = Library()
"""One for all: installations and models that ship are read once."""
HEAD = "scenario: 1\ntitle: x\ninstallation: two-fuel\nexpect: {end_state: commissioned}\n"


def read(folder: Path, text: str) -> Scenario:
    path = folder / "s.yaml"
    path.write_text(text, encoding="utf-8")
    return LIBRARY.scenario(path, name="s", shown="s.yaml").scenario


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        read(folder, text)
    return str(caught.value)


@pytest.mark.parametrize("file", suite_files("secure"), ids=lambda file: file.name)
def test_every_shipped_scenario_is_read(file) -> None:
    loaded = LIBRARY.scenario(file.path, name=file.name, shown=file.shown)

    assert loaded.scenario.clauses, "a scenario names its clauses"
    assert loaded.scenario.if_it_went_wrong, "a scenario says what it would look like"


def test_the_secure_suite_is_there() -> None:
    assert "secure" in suite_names()


def test_the_defaults_are_those_of_the_format(tmp_path: Path) -> None:
    scenario = read(tmp_path, HEAD)

    assert (scenario.seed, scenario.traffic, scenario.profile) == (1, "instruction", "single-shot")
    assert scenario.limits.virtual_us == 60 * 24 * HOUR_US
    assert scenario.expect.verdict == "pass"
    assert scenario.expect.all_faults_fire


def test_faults_become_those_that_a_plan_takes(tmp_path: Path) -> None:
    faults = f"""faults:
  - {{at: {POINT}/reply/wan, does: drop}}
  - {{at: {POINT}/reply/wan, does: partition, of: gsme, for: forever}}
  - {{at: {POINT}/reply/wan, does: partition, of: wan, for: 5h}}
  - {{at: {POINT}/request/mirror, does: delay, by: 3h}}
  - {{at: {POINT}/request/wan, does: duplicate, by: 20min}}
  - {{at: {POINT}/execute/commit-key, does: power-cut, when: torn}}
  - {{at: home-1/engine/journal#3, does: crash, when: before}}
  - {{at: home-1/party/DCO/authorise#2, does: fail, error: BUSY}}
  - {{at: home-1/party/DCO/authorise#2, does: late, by: 1s}}
  - {{at: home-1/party/DCO/authorise#3, does: never}}
  - {{from: 40min, until: 3h, does: unavailable, party: DCO}}
  - {{from: 1h, until: 2h, does: partition, of: gsme}}
"""
    read_faults = [to_fault(entry) for entry in read(tmp_path, HEAD + faults).faults]

    assert read_faults[1] == Fault(
        does=FaultKind.PARTITION, at=f"{POINT}/reply/wan", of="gsme", for_us=None
    )
    assert read_faults[2].for_us == 5 * HOUR_US
    assert read_faults[3].by_us == 3 * HOUR_US
    assert read_faults[5].when == "torn"
    assert read_faults[7].error == "BUSY"
    assert (read_faults[10].from_us, read_faults[10].party) == (40 * 60_000_000, "DCO")
    assert (read_faults[11].from_us, read_faults[11].until_us) == (HOUR_US, 2 * HOUR_US)


def test_a_scenario_written_out_is_read_again(tmp_path: Path) -> None:
    faults = f"faults: [{{at: {POINT}/reply/wan, does: partition, of: gsme, for: 5h}}]\n"
    steps = "steps: [{after: outcome, delay: 90min, do: request-rollback}]\n"
    scenario = read(tmp_path, HEAD + faults + steps)

    written = scenario.model_dump_json(by_alias=True, exclude_none=True)

    assert '"for":"5h"' in written
    assert '"delay":"90min"' in written
    assert Scenario.model_validate_json(written) == scenario


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("seed: 1\ntitel: y\n", "s.yaml:6:1: titel: unknown key 'titel'; did you mean 'title'?"),
        ("seed: 1\nseed: 2\n", "s.yaml:6:1: seed: repeated key; it stands in line 5 already"),
        ("seed: '1'\n", "s.yaml:5:1: seed: expected a whole number, got '1'"),
        ("seed: -1\n", "s.yaml:5:1: seed: should be greater than or equal to 0; got -1"),
        ("seed: true\n", "expected a whole number, got true"),
        ("traffic: fast\n", "traffic: expected 'full', 'instruction' or 'off', got 'fast'"),
        ("epoch: 2021-03-01\n", "epoch: expected an instant such as 2021-03-01T09:00:00Z"),
        ("epoch: 2021-03-01T09:00:00\n", "epoch: expected an instant with its offset"),
        ("clauses: tmad/4.34A\n", "clauses: expected a list, got 'tmad/4.34A'"),
        ("clauses: [nonsense]\n", "clauses[0]: expected text of the form"),
        ("limits: {virtual: 60}\n", "limits.virtual: 60 is not a duration"),
        ("limits: {virtual: 60 days}\n", "limits.virtual: '60 days' is not a duration"),
        ("order: []\n", "order: expected at least 1 of them"),
        ("order: [gas]\n", "s.yaml:5:9: order[0]: no meter 'gas' in the Installation"),
        ("faults: [3]\n", "s.yaml:5:10: faults[0]: expected a mapping of keys, got 3"),
        ("faults: [{at: x}]\n", "faults[0]: missing key 'does'"),
        ("faults: [{does: dorp}]\n", "unknown 'dorp' for 'does'; did you mean 'drop'?"),
        ("faults: [{does: drop}]\n", "faults[0].at: missing key 'at'; expected a fault point"),
        ("faults: [{does: drop, at: x}]\n", "s.yaml:5:23: faults[0].at: 'x' is not a fault point"),
        (
            f"faults: [{{does: delay, at: {POINT}/reply/wan}}]\n",
            "faults[0].by: missing key 'by'; expected a duration, such as 3h",
        ),
        (
            f"faults: [{{does: delay, at: {POINT}/reply/wan, by: 3}}]\n",
            "faults[0].by: 3 is not a duration: expected a number with a unit",
        ),
        (
            f"faults: [{{does: drop, at: {POINT}/reply/wan, by: 3h}}]\n",
            "unknown key 'by'; expected one of does, at",
        ),
        (
            f"faults: [{{does: power-cut, at: {POINT}/reply/wan, when: torn}}]\n",
            "this fault strikes an NVM commit",
        ),
        (
            f"faults: [{{does: drop, at: {POINT}/execute/commit-key}}]\n",
            "this fault strikes a packet on its way",
        ),
        (
            "faults: [{does: crash, at: home-1/party/DCO/authorise#1, when: torn}]\n",
            "this fault strikes a journal write",
        ),
        (
            "faults: [{does: never, at: home-1/engine/journal#1}]\n",
            "this fault strikes a call to a party",
        ),
        (
            "faults: [{does: drop, at: home-2/gsme/no-op#1/try#1/reply/wan}]\n",
            "no Installation 'home-2' here; it is called 'home-1'",
        ),
        (
            "faults: [{does: drop, at: home-1/gmse/no-op#1/try#1/reply/wan}]\n",
            "no device 'gmse' in the Installation; did you mean 'gsme'?",
        ),
        ("faults: [{does: partition, of: gsme}]\n", "needs either `at` (a fault point) or `from`"),
        ("faults: [{does: partition, of: gas, from: 1h}]\n", "faults[0].of: no device 'gas'"),
        ("faults: [{does: partition, of: gsme, from: 2h, until: 1h}]\n", "later than `from`"),
        ("steps: [{do: dance, at: 1h}]\n", "unknown 'dance' for 'do'; expected one of top-up"),
        ("steps: [{do: request-rollback}]\n", "a step needs either `at`"),
        ("steps: [{do: resubmit, by: me, at: 1h}]\n", "steps[0].by: expected 'DCC' or 'supplier'"),
        ("steps: [{do: request-rollback, after: lunch}]\n", "'lunch' is not a fault point"),
        (
            "steps: [{do: top-up, at: 1h, device: esmee, pence: 5, route: dcc}]\n",
            "steps[0].device: no meter 'esmee' in the Installation; did you mean 'esme'?",
        ),
        (
            "steps: [{do: top-up, at: 1h, device: esme, pence: 5, route: dcc, expect: fine}]\n",
            "'fine' is no result; expected one of accepted, duplicate",
        ),
        ("parties: {BANK: {}}\n", "unknown key 'BANK'; expected one of SMSO, DCO"),
        ("parties: {SMSO: {wrong_key: [gas]}}\n", "parties.SMSO.wrong_key[0]: no meter 'gas'"),
        ("parties: {SMSO: {stale_counter: {gas: 7}}}\n", "no meter 'gas' in the Installation"),
        ("parameters: {gas: {sua.nvm: torn}}\n", "parameters.gas: no device 'gas'"),
        ("parameters: {gsme: {sua.nvn: torn}}\n", "has no such parameter"),
        ("parameters: {gsme: {sua.nvm: wet}}\n", "parameters.gsme: sua.nvm"),
        ("variants: {a: {colour: red}}\n", "variants.a.colour: unknown key 'colour'"),
        ("variants: {a: {faults: [{does: drop}]}}\n", "variants.a.faults[0].at: missing key 'at'"),
        ("variants: {a: {order: [gas]}}\n", "variants.a.order[0]: no meter 'gas'"),
        ("variants: {a: {installation: hut}}\n", "variants.a.installation: no installation 'hut'"),
        (
            "order: [gsme]\nvariants: {a: {installation: electricity-only}}\n",
            "no meter 'gsme' in the Installation",
        ),
        ("sweep: memory\n", "sweep: expected 'journal', got 'memory'"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    refused = refusal(tmp_path, HEAD + text)

    assert says in refused
    assert all(re.match(r"s\.yaml:\d+:\d+: ", line) for line in refused.splitlines())


def test_all_mistakes_of_a_file_are_listed_at_once(tmp_path: Path) -> None:
    refused = refusal(
        tmp_path,
        "scenario: 2\ntittle: x\ninstallation: hut\nseed: 1\nseed: 2\n"
        "limits: {virtual: 60}\nexpect: {end_state: gone, verdict: maybe}\n",
    )

    lines = refused.splitlines()
    assert [line.split(": ")[1] for line in lines] == [
        "scenario",
        "title",
        "tittle",
        "installation",
        "seed",
        "limits.virtual",
        "expect.end_state",
        "expect.verdict",
    ]


def test_mistakes_in_the_installation_are_listed_beside_those_of_the_scenario(
    tmp_path: Path,
) -> None:
    (tmp_path / "home.yaml").write_text("installation: 1\nname: home-1\ndevices: {}\n")

    refused = refusal(tmp_path, HEAD.replace("two-fuel", "home.yaml") + "seed: x\n")

    assert "s.yaml:5:1: seed: expected a whole number" in refused
    assert "the Installation has no ESME" in refused


@pytest.mark.parametrize("text", ["[]", "just text", "7", "null"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    assert "expected a mapping of keys" in refusal(tmp_path, text)


def test_a_further_home_with_a_list_in_it_is_there_for_the_steps(tmp_path: Path) -> None:
    also = "also: [{installation: two-fuel, name: next, smso: {silent: [gsme]}}]\n"
    steps = "steps: [{at: 1h, do: change-supplier, of: next, to: B}]\n"

    scenario = read(tmp_path, HEAD + also + steps)

    assert scenario.also[0].smso.silent == ("gsme",)
    assert "'neighbour'" in refusal(
        tmp_path, HEAD + also + steps.replace("of: next", "of: neighbour")
    )


def test_an_expected_violation_is_quoted_text(tmp_path: Path) -> None:
    text = HEAD.replace("commissioned}", 'commissioned, verdict: "violated: P7"}')

    assert read(tmp_path, text).expect.violated == "P7"
    assert "must stand in quotes" in refusal(tmp_path, "expect:\n  verdict: violated: P7\n")
