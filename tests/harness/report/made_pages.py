"""Pages of the other commands, made by hand or of something small, beside those of a run."""

from dataclasses import replace
from pathlib import Path

from tests.suite_cases import case_of

from hanbench.harness.explore.page import write_page as write_exploration_page
from hanbench.harness.explore.parting import Line, Step
from hanbench.harness.explore.parting import Parting as StoryParting
from hanbench.harness.explore.record import (
    Exploration,
    FailedCase,
    FoundFinding,
    HazardRow,
    ShrunkCase,
    SightRow,
)
from hanbench.harness.model_agreement.agreement import Agreement, Disagreement
from hanbench.harness.model_agreement.judgement import ModelJudgement, judge_claims
from hanbench.harness.model_check.exploration import explore
from hanbench.harness.model_check.scopes import SMALL
from hanbench.harness.replay.replay_file import compare, read_replay, write_replay
from hanbench.harness.report.model_page import write_model_page
from hanbench.harness.report.replay_page import write_replay_page
from hanbench.harness.report.verification_page import Verification, write_verification
from hanbench.harness.running.run_case import run_case
from hanbench.harness.verdict import CaseResult, Finding, Verdict
from hanbench.harness.verify.partings import Difference, Parting
from hanbench.harness.verify.settings import SETTINGS
from hanbench.harness.zoo.keeping import Against
from hanbench.harness.zoo.page import write_page as write_zoo_page
from hanbench.harness.zoo.sightings import Sighting, Visit

POINT = "home-1/gsme/rotate-sua-key#1/try#1/reply/wan"


def write_kin(folder: Path) -> None:
    """Write a page of each of the other commands into the folder of a run."""
    write_exploration_page(folder, made_exploration(), [made_story_parting()])
    write_zoo_page(folder / "zoo.html", [made_visit()], against=Against.ALL)
    write_verification(folder, made_verification(differs=True), "{}")
    write_model_page(folder, small_judgement(), parted_agreement(), 1.5)
    write_replay_of(folder)


def write_replay_of(folder: Path, *, story: str = "") -> Path:
    """Write the page of a replay; another story in its file makes it part."""
    case = case_of("smso-refuses-hand-over")
    run = run_case(case)
    file = folder / "recorded.yaml"
    write_replay(file, case, run)
    recorded, again = read_replay(file)
    if story:
        recorded = recorded.model_copy(update={"story": story})
    comparison = compare(recorded, again, run)
    is_same = comparison.is_same_story and comparison.step is None
    return write_replay_page(folder, file, recorded, run, comparison, is_reproduced=is_same)


def made_exploration() -> Exploration:
    """Return a campaign that found one failure, and in which one hazard never mattered."""
    found = FoundFinding(
        name="confidently-wrong",
        device="gsme",
        clause="property/P9",
        detail="the engine was certain of OLD for gsme, but it holds NEW",
    )
    return Exploration(
        case="secure/clean-two-fuel",
        title="Two fuels, nothing goes wrong",
        engine="mine:Engine",
        scheme="han-sua-m1",
        seed=1,
        traffic="instruction",
        versions={"hanbench": "0.1.0"},
        places=120,
        planned=400,
        run=400,
        pruned=12,
        is_whole=True,
        hazards=(
            _hazard("drop", fired=60, mattered=31, failed=1),
            _hazard("delay over the next time-out", fired=60, mattered=0, failed=0),
        ),
        sights=(
            SightRow(name="a rotation response was lost", times=3),
            SightRow(name="x", times=0),
        ),
        failed=(
            FailedCase(
                name=f"drop at {POINT}",
                way="confidently-wrong gsme",
                faults=(f"drop at {POINT}",),
                claimed="rolled-back-sua-intact",
                findings=(found,),
            ),
        ),
        shrunk=(
            ShrunkCase(
                failure="confidently-wrong gsme",
                faults=(f"drop at {POINT}",),
                steps=("left out the ppmid",),
                runs=9,
                is_minimal=True,
                replay="replay/confidently-wrong-gsme.yaml",
            ),
        ),
        wall_s=12.5,
    )


def _hazard(name: str, *, fired: int, mattered: int, failed: int) -> HazardRow:
    return HazardRow(
        hazard=name,
        places=120,
        applicable=60,
        not_applicable=60,
        run=60,
        fired=fired,
        mattered=mattered,
        declared=0,
        failed=failed,
    )


def made_story_parting() -> StoryParting:
    """Return a failing case beside the nearest that passes: its reply is lost."""
    same = Step("00:29:02", "key", "gsme now holds key v2")
    fault = Step("00:29:04", "fault", f"fault: drop at {POINT}")
    came = Step("00:29:04", "wan", "hub to S1SP: answer ACCEPTED gsme")
    lost = Step("00:29:04", "lost", "hub to S1SP: answer ACCEPTED gsme, lost on the way")
    failed = failing_result()
    return StoryParting(
        lacks=f"drop at {POINT}",
        passing=replace(failed, verdict=Verdict.PASS, findings=()),
        failing=failed,
        earlier=(Step("00:00:01", "call", "the engine calls SMSO: start_migration"),),
        lines=(
            Line(same, same),
            Line(None, fault),
            Line(came, lost, is_first=True),
            Line(None, Step("", "skipped", "12 steps later")),
        ),
        raw=("  before", "- answer ACCEPTED", "+ answer ACCEPTED is lost"),
    )


def failing_result() -> CaseResult:
    """Return the result of a case that fails."""
    found = Finding(
        name="confidently-wrong",
        detail="the engine was certain of OLD for gsme, but it holds NEW",
        device="gsme",
        clause="property/P9",
        expected="UNKNOWN until there is proof",
    )
    result = run_case(case_of("smso-refuses-hand-over")).result
    return replace(result, verdict=Verdict.FAIL, findings=(found,))


def made_visit() -> Visit:
    """Return a specimen that is caught."""
    sighting = Sighting(
        case="secure/rotation-response-lost",
        faults=1,
        finding="confidently-wrong",
        clauses=("property/P9",),
        detail="the engine was certain of OLD for gsme, but it holds NEW",
    )
    return Visit(
        name="assumes_old_on_time_out",
        kind="engine",
        mistake="Nothing came back, so nothing can have happened.",
        spec="hanbench.harness.zoo.beliefs:assumes_old_on_time_out",
        known_case="secure/rotation-response-lost",
        known_finding="confidently-wrong",
        known_clause="property/P9",
        is_clean_passed=True,
        is_as_known=True,
        minimal=sighting,
        caught_in=27,
        tried=191,
    )


def made_verification(*, differs: bool) -> Verification:
    """Return a verification of two cases, one of which may differ."""
    difference = Difference(
        case="own/clock", first="A", second="B", trace_differs=True, story_differs=True
    )
    parting = Parting(
        event=7, first='{"kind":"belief"}', second='{"kind":"journal"}', before=('{"kind":"key"}',)
    )
    return Verification(
        what=("own",),
        engine="mine:Engine",
        scheme="han-sua-m1",
        settings=SETTINGS,
        is_layout_fixed=True,
        cases={"own/clock": ("ab" * 32, "cd" * 32), "own/other": ("ef" * 32, "01" * 32)},
        differences=((difference, parting),) if differs else (),
        wall_s=3.5,
    )


def small_judgement() -> ModelJudgement:
    """Return what one small scope comes to, in which a claim must break."""
    questions = [one for one in SMALL if one.name == "kept"][:1]
    return judge_claims(questions, [explore(one.scope, one.profile) for one in questions])


def parted_agreement() -> Agreement:
    """Return a comparison in which the model and the emulator part."""
    parted = Disagreement(
        story=("the engine sends ROTATE", "the meter takes it"),
        what="the key of the meter",
        model="NEW",
        emulator="OLD",
    )
    return Agreement(12, 80, (parted,))
