"""A fault that makes no sense where it is laid is refused by the file, and is no error of a run."""

from pathlib import Path

import pytest
from tests.suite_cases import run

from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.loader import Library
from hanbench.harness.running.case import expand
from hanbench.harness.verdict import Verdict

SCENARIO = """
scenario: 1
title: A fault
clauses: [def/sua]
installation: two-fuel
also:
  - {{installation: two-fuel-ihd, name: theirs}}
faults:
  - {fault}
expect: {{end_state: commissioned}}
"""
THIRD_PARTY_GAS = """
scenario: 1
title: A meter that is not migrated is locked out
clauses: [def/sua]
installation: electricity-and-third-party-gas
faults:
  - {does: lock-out, of: other-gas, at: home-1/esme/rotate-sua-key#1/try#1/request/wan}
expect: {end_state: commissioned}
"""
AT = "at: {home}/esme/rotate-sua-key#1/try#1/request/wan"
OURS, THEIRS = AT.format(home="home-1"), AT.format(home="theirs")


def read(folder: Path, fault: str) -> None:
    path = folder / "scenario.yaml"
    path.write_text(SCENARIO.format(fault=fault), encoding="utf-8")
    Library().scenario(path, name="x")


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            f"{{does: power-off, of: esme, {OURS}}}",
            "esme is of type ESME: it tells of an outage",
        ),
        (
            f"{{does: battery-end, of: esme, {OURS}}}",
            "esme is of type ESME: it is on the mains",
        ),
        (f"{{does: battery-end, of: hub, {THEIRS}}}", "hub is of type CHF: it is on the mains"),
        (f"{{does: lock-out, of: hub, {OURS}}}", "it has no SUA codes that could be wrong"),
        (f"{{does: lock-out, of: ppmid, {OURS}}}", "ppmid is of type PPMID: it has no SUA codes"),
        (f"{{does: clock-jump, of: ppmid, by: 2h, {OURS}}}", "nothing goes by its clock"),
        (f"{{does: clock-skew, of: cad, by: 2h, {OURS}}}", "nothing goes by its clock"),
        (f"{{does: restart, of: wan, {OURS}}}", "of: wan is no device; only a partition is"),
        ("{does: silence, of: wan, from: 1h}", "of: wan is no device; only a partition is"),
        ("{does: unavailable, party: DCC, from: 1h}", "party: no party 'DCC'"),
        ("{does: fail, at: home-1/party/SMS/hand_over/gsme#1}", "at: no party 'SMS'"),
    ],
)
def test_a_fault_that_makes_no_sense_there_is_named(tmp_path: Path, fault: str, says: str) -> None:
    with pytest.raises(ScenarioError) as found:
        read(tmp_path, fault)

    assert says in str(found.value)


@pytest.mark.parametrize(
    "fault",
    [
        f"{{does: battery-end, of: gsme, {OURS}}}",
        f"{{does: lock-out, of: esme, {THEIRS}}}",
        f"{{does: clock-jump, of: hub, by: 2h, {OURS}}}",
        f"{{does: partition, of: wan, {OURS}}}",
        "{does: unavailable, party: DCO, from: 1h}",
        "{does: fail, at: home-1/party/SMSO/hand_over/gsme#1}",
    ],
)
def test_one_that_makes_sense_is_taken(tmp_path: Path, fault: str) -> None:
    read(tmp_path, fault)


def test_a_meter_that_is_no_part_of_the_migration_can_be_locked_out_as_well(
    tmp_path: Path,
) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text(THIRD_PARTY_GAS, encoding="utf-8")
    (case,) = expand(Library().scenario(path, name="x"))

    result = run(case)

    assert result.faults_fired == 1
    assert result.verdict is not Verdict.HARNESS_ERROR
