"""The 35 acceptance scenarios of the domain notes (section 11): each has a file in `rules`."""

import pytest

from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.running.phases import load_phases

TABLE: dict[int, tuple[str, ...]] = {
    1: ("two-clocks",),
    2: ("stop-on-time", "stop-late", "stop-on-the-day"),
    3: ("last-joined-active",),
    4: ("last-joined-dormant",),
    5: ("third-party-display-added", "third-party-served"),
    6: ("utrn-period-to-the-minute",),
    7: ("web-vend-right-after-the-start",),
    8: ("n55-lost",),
    9: ("rollback-limited-then-told",),
    10: ("rotation-fetched-after-the-time-out",),
    11: ("file-set-fails-at-dco",),
    12: ("five-attempts",),
    13: ("gas-meter-without-han",),
    14: ("missing-master-key",),
    15: ("cancelled-before-and-after-the-file",),
    16: ("network-certificates-not-carried",),
    17: ("communications-check-fails",),
    18: ("gbcs-code-typed",),
    19: ("gas-runs-out-unresolved",),
    20: ("one-meter-moved-the-other-not",),
    21: ("mixed-home-rolled-back",),
    22: ("commissioning-fails-after-rotation",),
    23: ("mirror-forgets-a-rotation",),
    24: ("network-key-update-in-rotation",),
    25: ("smso-goes-on-commanding",),
    26: ("change-of-supplier",),
    27: ("two-authorisations",),
    28: ("n55-late", "n55-for-the-wrong-meter"),
    29: ("smi-updates-out-of-order",),
    30: ("fifth-attempt-under-way", "stopped-attempts-do-not-count"),
    31: ("network-certificates-afterwards", "network-certificates-late"),
    32: ("dormant-firmware-half-way", "dormant-configuration-half-way", "dormant-suspended"),
    33: ("entry-of-mdust", "entry-of-uit-a"),
    34: ("no-epcl-entry", "separation-date"),
    35: ("no-prepayment-keys-and-no-5-9-10",),
}
PHASES = ("MDUST", "UIT-A")
"""33 is about the suite as a whole too: its tags for the test phases."""


def test_every_one_of_the_thirty_five_has_a_place() -> None:
    assert sorted(TABLE) == list(range(1, 36))


@pytest.mark.parametrize("number", TABLE)
def test_each_has_a_file_of_the_suite_rules(number: int) -> None:
    rules = fixtures_folder("scenarios") / "rules"

    assert [name for name in TABLE[number] if not (rules / f"{name}.yaml").is_file()] == []


def test_no_file_stands_for_two_of_them() -> None:
    files = [name for names in TABLE.values() for name in names]

    assert len(files) == len(set(files))


@pytest.mark.parametrize(("name", "number"), list(zip(PHASES, TABLE[33], strict=True)))
def test_a_phase_is_entered_on_its_first_day_by_its_own_scenario(name: str, number: str) -> None:
    phase = load_phases()[name]
    path = fixtures_folder("scenarios") / "rules" / f"{number}.yaml"

    scenario = Library().scenario(path, name=f"rules/{number}").scenario

    assert scenario.epoch.date() == phase.begins
    assert name in scenario.phases
    assert any(f"rules/{number}" in criterion.scenarios for criterion in phase.entry)


def test_the_tags_for_the_test_phases_have_entry_criteria_and_scenarios_of_the_rules() -> None:
    phases = load_phases()
    tagged = [path.read_text() for path in (fixtures_folder("scenarios") / "rules").glob("*.yaml")]

    assert tuple(phases) == PHASES
    for name, phase in phases.items():
        assert phase.entry
        assert any(f"phases: [{name}]" in text for text in tagged)
