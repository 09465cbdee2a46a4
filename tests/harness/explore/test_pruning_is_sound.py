"""What a campaign leaves out hides nothing: each case ends as it says, and each break is seen.

The first scope is one trunk whose branches end in two ways. After a WAN cut of 26 hours the last
probe decides whether the gas meter's key gets known; where it does not, the engine of the zoo that
is tried there claims more than it knows. Its mistake shows at the very end of a run alone, so
nothing but the memory of how runs ended stands between it and a campaign that passes it. The second
scope is the reference engine under faults that leave it in many states: it shows what has to count.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from ruamel.yaml import YAML
from tests.harness.explore.pruning_breaks import BREAKS, BrokenWorkers
from tests.harness.explore.test_campaign import campaign_of, case_of, end_of

from hanbench.harness.explore.batches import batches_of, run_last_tries
from hanbench.harness.explore.campaign import Campaign
from hanbench.harness.explore.hazards import HAZARDS
from hanbench.harness.explore.merging import (
    KNOWN,
    learnt_from,
    read_known,
    try_until_known,
    write_known,
)
from hanbench.harness.explore.request import chosen_case
from hanbench.harness.explore.run_phase import run_phase
from hanbench.harness.explore.trial import CONVERGES_WITHIN_US, Trial, explored, try_case
from hanbench.harness.explore.tries import Try
from hanbench.harness.files.scenario_faults import DropFault
from hanbench.harness.files.scenario_steps import Step
from hanbench.harness.running.case import Case, RunOptions
from hanbench.harness.running.pool import Workers

CLAIMS_TOO_MUCH = "hanbench.harness.zoo.outcomes:claims_intact_with_gas_unknown"
SENDS_A_CODE_TWICE = "hanbench.harness.zoo.codes:retries_without_a_new_code"
CUT = "WAN cut for 26 h"
LAST_PROBE = ("cancel-buffered#6", "read-sua-status#7", "gsme/no-op#1", "rotate-sua-key#2")
LOST = "gsme/rotate-sua-key#1/try#1/request/wan"

SEEN_AT_THE_END = (
    "what is broken does not count",
    "any point of a kind is known",
    "wrong runs are known",
    "the last fault need not have struck",
)

SEEN_BY_STATES = (
    "pairs are alike in every world",
    "the state of the meters does not count",
    "the tries that were spent do not count",
)

Ends = dict[str, tuple[object, ...]]


@dataclass(frozen=True)
class Scope:
    """The pairs that a campaign is asked about."""

    engine: str
    hazards: tuple[str, ...]
    first: str = ""
    """The hazard that the trunks begin with; empty: each."""
    around: tuple[str, ...] = ("",)
    """What the names of the second points hold."""
    only: str = LOST
    """What the names of the first points hold."""
    phase: str = "rotation"
    """Empty: anywhere."""
    parts: str = ""
    step: str = ""
    """A step of the scenario, in YAML."""
    scenario: str = "secure/clean-two-fuel"
    traffic: str = "off"

    @property
    def case(self) -> Case:
        """What is explored."""
        options = RunOptions(engine=self.engine, traffic=self.traffic)  # type: ignore[arg-type]
        case = replace(chosen_case(self.scenario, "", options), parts=self.parts)
        if not self.step:
            return case
        step = TypeAdapter(Step).validate_python(YAML(typ="safe").load(self.step))
        return replace(case, scenario=case.scenario.model_copy(update={"steps": (step,)}))

    def campaign(self, folder: Path, workers: Workers, *, prunes: bool) -> Campaign:
        """Record, and run the singles that are the trunks of the scope."""
        few = [hazard for hazard in HAZARDS if hazard.name in self.hazards]
        phase = run_phase(self.phase) if self.phase else None
        bounds = {"faults": 2, "phase": phase, "prunes": prunes}
        one = campaign_of(self.case, folder, workers, self.only, few, **bounds)
        one.record()
        one.run(one.singles(), lambda *_: None)
        return one

    def pairs_of(self, one: Campaign) -> list[Try]:
        pairs = [
            pair for pair in one.pairs() if pair.possibilities[0].hazard.startswith(self.first)
        ]
        return [
            pair
            for pair in pairs
            if any(part in pair.possibilities[-1].place.name for part in self.around)
        ]

    def truth(self, folder: Path) -> Ends:
        """How each case of the scope ends when it is run to its end; its singles too."""
        with Workers(2) as workers:
            whole = self.campaign(folder, workers, prunes=False)
            assert whole.covered is not None
            singles = {one.name: end_of(trial) for one, trial in whole.covered.tried}
            batches = list(batches_of(self.pairs_of(whole)))
            came = run_last_tries(whole.case, batches, workers, None)
            return singles | {one.name: end_of(trial) for one, trial in came}


LAST_WORD = Scope(CLAIMS_TOO_MUCH, (CUT, "drop"), first=CUT, around=LAST_PROBE)
STATES = Scope(
    "reference",
    (CUT, "drop", "delay past the time-out", "meter locked out", "engine killed after"),
)
EVERY_HAZARD = Scope(
    "reference",
    tuple(hazard.name for hazard in HAZARDS),
    only=(
        "gsme/rotate-sua-key#1/try#1/request/wan or DCO/authorise/gsme#1 "
        "or journal/sending-rotation/gsme#1 or gsme/rotate-sua-key#1/try#1/execute/commit-key"
    ),
)
"""Of each kind of point one, with all that can go wrong there and after it in the rotation."""
ON_THE_HAN = Scope(
    "reference",
    ("router dead for 2 h", "frame counter stuck", "meter out of reach for 26 h", "drop"),
    only="esme/rotate-sua-key#1/try#1/request/han#1 or esme/rotate-sua-key#1/try#1/request/wan",
    around=("esme/", "gsme/no-op"),
    scenario="han/meter-behind-a-dying-repeater",
    traffic="instruction",
)
"""The hazards that need real frames, and a router, where there are both."""


@dataclass(frozen=True)
class Said:
    """What a pruned campaign says of its scope."""

    ends: Ends
    merged: int
    stand_ins: tuple[tuple[str, str], ...]

    def untrue(self, truth: Ends) -> list[str]:
        """The cases that end otherwise when they are run, or than the one that stands for them."""
        wrong = [name for name, end in self.ends.items() if end != truth[name]]
        return wrong + [
            pair
            for pair, stand_in in self.stand_ins
            if pair in truth and stand_in in truth and truth[pair] != truth[stand_in]
        ]


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Ends:
    return LAST_WORD.truth(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def truth_of_states(tmp_path_factory: pytest.TempPathFactory) -> Ends:
    return STATES.truth(tmp_path_factory.mktemp("states"))


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A file for a planted memory, of which no later test is to know."""
    yield (tmp_path / KNOWN).resolve()
    read_known.cache_clear()


def said_under(
    name: str,
    folder: Path,
    patch: pytest.MonkeyPatch,
    scope: Scope = LAST_WORD,
    *,
    branches: bool = True,
) -> Said:
    """Run the scope with all that a campaign leaves out, under a break; none without a name."""
    if name:
        BREAKS[name](patch)
    with BrokenWorkers(name) as workers:
        pruned = scope.campaign(folder, workers, prunes=True)
        batches = list(batches_of(scope.pairs_of(pruned)))
        known = (folder / KNOWN).resolve()
        came = dict(run_last_tries(pruned.case, batches, workers, known, branches=branches))
    return Said(
        ends={one.name: end_of(trial) for one, trial in came.items()},
        merged=sum("goes_on_as" in trial for trial in came.values()),
        stand_ins=tuple((one.name, other.name) for one, other in pruned.stand_ins),
    )


def of(said: Said, truth: Ends) -> Ends:
    return {name: truth[name] for name in said.ends}


def failing(ends: Ends) -> set[str]:
    return {name for name, end in ends.items() if end[0] == "fail"}


@pytest.mark.timeout(300)
def test_a_branch_ends_early_only_as_a_run_ended_that_stood_where_it_stands(
    truth: Ends, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = said_under("", tmp_path, monkeypatch)

    assert said.untrue(truth) == []
    assert 10 < len(failing(said.ends)) < len(said.ends), "both ends are of one trunk"
    assert 10 < said.merged <= len(said.ends) - len(failing(said.ends)), "no failure is merged"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_was_struck_in_an_exchange_counts_until_that_is_over(
    truth: Ends, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that has lost its first frame passes the second one like any other."""
    said = said_under("the faults at work do not count", tmp_path, monkeypatch)

    untrue = said.untrue(truth)
    assert any("read-sua-status#7/try#1/reply/han#1" in name for name in untrue), untrue


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_branches_that_learnt_from_wrong_ones_would_pass_the_mistake(
    truth: Ends, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = said_under("wrong branches are learnt from", tmp_path, monkeypatch)

    assert failing(said.ends) < failing(of(said, truth)), "some of what fails is called good"
    assert set(said.untrue(truth)) == failing(of(said, truth)) - failing(said.ends)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SEEN_AT_THE_END)
def test_leaving_out_too_much_is_seen(
    name: str, truth: Ends, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Branches strike as they begin, so a fault that is still to strike is of whole runs.
    branches = name != "the last fault need not have struck"

    said = said_under(name, tmp_path, monkeypatch, branches=branches)

    assert said.untrue(truth) != []


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["", *SEEN_BY_STATES])
def test_no_pair_is_told_an_end_that_is_not_its_own(
    name: str, truth_of_states: Ends, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = said_under(name, tmp_path, monkeypatch, STATES)

    assert bool(said.untrue(truth_of_states)) == bool(name), "all is well, or the break is seen"
    assert said.merged > 50
    assert len(said.stand_ins) > 50


@pytest.mark.soak
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize(
    ("scope", "without", "stand_ins"),
    [(EVERY_HAZARD, {"router dead for 2 h"}, 50), (ON_THE_HAN, set(), 0)],
    ids=["every hazard", "those of frames and routers"],
)
def test_no_hazard_whatever_makes_pruned_and_unpruned_disagree(
    scope: Scope, without: set[str], stand_ins: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """18,000 pairs: minutes on quiet cores, most of it for what a campaign would leave out."""
    truth = scope.truth(tmp_path / "whole")

    said = said_under("", tmp_path / "pruned", monkeypatch, scope)

    struck = {name.split(" at home-1/")[0] for pair in truth for name in pair.split(", then ")}
    assert struck == set(scope.hazards) - without
    assert said.untrue(truth) == []
    assert said.merged > 50
    assert len(said.stand_ins) >= stand_ins


def dropped(engine: str) -> Case:
    lost = DropFault(does="drop", at=f"home-1/{LOST}")
    return explored(case_of(engine=engine)).with_fault("lost", lost)


def as_good(trial: Trial, **changed: object) -> Trial:
    return trial | {"verdict": "pass", "findings": [], **changed}  # type: ignore[return-value]


def test_a_run_that_did_wrong_goes_on_to_its_own_end_whatever_is_remembered(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = dropped(SENDS_A_CODE_TWICE)
    wrong = try_case(case)
    assert wrong["verdict"] == "fail"
    states = len(wrong["places"])
    # What it did wrong lies before the last states that it passed: those alone are remembered.
    late = as_good(wrong, places=wrong["places"][states // 2 :])
    assert write_known(memory, [("a planted memory", late)]) > 10

    again = try_until_known(memory, case)

    assert again["verdict"] == "fail"
    assert "goes_on_as" not in again
    BREAKS["what was done wrong is not looked at"](monkeypatch)
    assert try_until_known(memory, case)["goes_on_as"] == "a planted memory"


def test_an_end_that_would_come_too_late_is_waited_for(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = dropped("reference")
    good = try_case(case)
    late = good | {"virtual_us": good["virtual_us"] + CONVERGES_WITHIN_US}
    write_known(memory, [("a planted memory", late)])  # type: ignore[list-item]

    assert "goes_on_as" not in try_until_known(memory, case)
    BREAKS["an end may come too late"](monkeypatch)
    assert try_until_known(memory, case)["goes_on_as"] == "a planted memory"


@pytest.mark.parametrize("verdict", ["fail", "inconclusive", "harness-error"])
def test_nothing_is_remembered_of_a_run_that_did_not_end_well(verdict: str, memory: Path) -> None:
    trial = try_case(explored(case_of()))
    passed = [("a state", trial["virtual_us"])]
    bad: Trial = trial | {"verdict": verdict}  # type: ignore[assignment]

    assert write_known(memory, [("bad", bad)]) == 0
    assert json.loads(memory.read_text("utf-8")) == {"ends": [], "states": {}}
    assert learnt_from(bad, passed) == {}  # type: ignore[arg-type]
    assert list(learnt_from(trial, passed)) == ["a state"]  # type: ignore[arg-type]
