"""From a world that has run to the verdict on its case.

First the oracle's findings; then what the scenario expects; then whether the run proves anything at
all: a fault that never struck, a step whose moment never came or a limit that ended the run make it
inconclusive, and inconclusive never counts as a pass.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from hanbench.emulator.durations import format_duration
from hanbench.emulator.events import FrameSent
from hanbench.emulator.instant import after, format_instant
from hanbench.harness.engine.port import EndState
from hanbench.harness.envelope_names import is_intact
from hanbench.harness.events import OutcomeClaimed
from hanbench.harness.judging.assumptions import assumptions_of
from hanbench.harness.judging.commissioning_probe import judge_commissioned
from hanbench.harness.judging.cut_off_truth import judge_cut_offs
from hanbench.harness.judging.gate_probe import judge_gates
from hanbench.harness.judging.han_truth import differences, han_truth
from hanbench.harness.judging.oracle import RunEnd, Truth
from hanbench.harness.judging.outcome_rules import is_lost_unheard
from hanbench.harness.judging.report_judge import judge_reports
from hanbench.harness.judging.so_far import judged
from hanbench.harness.running.results import unfinished
from hanbench.harness.steps.taking import StepPlan
from hanbench.harness.verdict import ANY, CaseResult, DeviceEnd, Finding, Verdict
from hanbench.harness.world import World

STRANDED = "stranded"
NOT_CLAIMABLE = frozenset({EndState.ROLLED_BACK_LIMITED, EndState.UNRESOLVED})
"""What an engine may say of an Installation with a stranded meter, which it cannot know."""


def judge(world: World, steps: StepPlan, stopped_because: str, wall_s: float) -> CaseResult:
    """Return the result of the case."""
    end = run_end(world)
    findings = _broke(world)
    if not findings:
        findings += judged(world, end, steps.of(world.installation))
        findings += _stranded(world, end)
        findings += _unexpected(world, end, steps)
        findings += judge_commissioned(world)
        findings += judge_reports(world)
        findings += judge_gates(world, end)
    ends = [(other, run_end(other)) for other in world.companions]
    findings += [found for other, its_end in ends for found in _companion(other, its_end, steps)]
    party_faults = _party_faults(world)
    findings += _unexpected_of_parties(world, party_faults)
    doubts = _doubts(world, steps, stopped_because)
    expected = world.case.scenario.expect
    return CaseResult(
        case=world.case.name,
        title=world.case.scenario.title,
        scenario_file=world.case.scenario_file,
        variant=world.case.variant,
        verdict=_verdict(findings, doubts),
        expected_verdict=_expected_verdict(expected.verdict, expected.violated, findings),
        findings=tuple(findings + doubts),
        clauses=world.case.scenario.clauses,
        if_it_went_wrong=world.case.scenario.if_it_went_wrong,
        seed=world.case.seed,
        traffic=world.case.scenario.traffic,
        profile=world.case.scenario.profile,
        claimed=end.claimed.value if end.claimed else "",
        expected=expected.end_state or "",
        stranded_by=stranded_by(world, end),
        devices=tuple(_device_end(world, end, meter.name) for meter in end.meters),
        faults=tuple(str(fault) for fault in world.case.all_faults),
        faults_fired=sum(one.plan.fired_count for one in (world, *world.companions)),
        trace_hash=world.trace.trace_hash,
        story_hash=world.trace.story_hash,
        virtual_us=world.now,
        wall_s=wall_s,
        events=len(world.shared.trace.events),
        frames_by_kind=dict(sorted(world.shared.trace.frames_by_kind.items())),
        other_devices=_other_devices(ends),
        party_faults=party_faults,
        assumptions=assumptions_of(world.case),
        epoch=world.case.scenario.epoch,
    )


def under_way(world: World, because: Finding, wall_s: float) -> CaseResult:
    """Return what can be said of a case that is not over: the truths and the beliefs so far."""
    end = run_end(world)
    return replace(
        unfinished(world.case, Verdict.INCONCLUSIVE, because, wall_s).result,
        claimed=end.claimed.value if end.claimed else "",
        devices=tuple(_device_end(world, end, meter.name) for meter in end.meters),
        faults_fired=sum(one.plan.fired_count for one in (world, *world.companions)),
        virtual_us=world.now,
    )


def run_end(world: World) -> RunEnd:
    """Gather what the oracle looks at."""
    parties = world.organisations
    return RunEnd(
        # Frames are most of a trace, and say nothing that an invariant asks about.
        events=tuple(event for event in world.trace.events if type(event) is not FrameSent),
        meters=world.truth.ends(parties.dco, parties.inventory, parties.smso),
        evidence=tuple(world.evidence),
        claimed=world.claims[-1].end_state if world.session.has_claimed else None,
        is_intact=partial(is_intact, keys=world.keyring),
    )


def _companion(world: World, end: RunEnd, steps: StepPlan) -> list[Finding]:
    """Judge another Installation of the world by the same invariants, and name it."""
    findings = _broke(world)
    if not findings:
        findings += judged(world, end, steps.of(world.installation))
        findings += _stranded(world, end)
        findings += judge_commissioned(world)
        if world.case.scenario.migrates:
            findings += _end_state_unexpected(world, end)
    home = world.installation
    return [replace(one, detail=f"{home}: {one.detail}") for one in findings]


def _other_devices(ends: Sequence[tuple[World, RunEnd]]) -> tuple[DeviceEnd, ...]:
    return tuple(
        replace(_device_end(other, end, meter.name), installation=other.installation)
        for other, end in ends
        for meter in end.meters
    )


def _party_faults(world: World) -> tuple[Finding, ...]:
    """Gather what parties did wrong, in all Installations of the world."""
    watch = world.shared.party_watch
    others = tuple(
        replace(fault, detail=f"{other.installation}: {fault.detail}")
        for other in world.companions
        for fault in watch.of(other.installation)
    )
    return (*watch.of(world.installation), *others)


def _unexpected_of_parties(world: World, faults: tuple[Finding, ...]) -> list[Finding]:
    """A party that does wrong though the scenario does not say so is a finding, and the reverse."""
    wanted = world.case.scenario.expect.party_faults
    found = [f"{fault.clause} by {fault.by}" for fault in faults]
    findings = [fault for fault, said in zip(faults, found, strict=True) if said not in wanted]
    findings += [
        Finding(
            name="party-fault-not-found",
            clause=said.split(" by ")[0],
            detail=f"no party was found to break {said}",
            expected=said,
        )
        for said in wanted
        if said not in found and world.case.scenario.expect.all_comes_true
    ]
    return findings


def _broke(world: World) -> list[Finding]:
    broke = world.session.broke
    if broke is None:
        return []
    return [Finding(name="engine-broke", detail=f"{broke.reason}: {broke}", at_us=world.now)]


def _stranded(world: World, end: RunEnd) -> list[Finding]:
    """A stranded meter is a finding unless the scenario is about one."""
    expected = world.case.scenario.expect.end_state
    if expected == STRANDED:
        return []
    by = stranded_by(world, end)
    if expected == ANY and by == "device" and _claims_no_more_than_it_can_know(end):
        return []  # a declared loss (domain.md 10.8)
    return [
        Finding(
            name=STRANDED,
            device=meter.name,
            clause="seed0/sua-rollback",
            detail=f"{meter.name} holds no valid key: a site visit (by the {by})",
            truth=meter.truth,
        )
        for meter in end.meters
        if meter.truth is Truth.NEITHER or not meter.is_known_to_dco_or_old
    ]


def _claims_no_more_than_it_can_know(end: RunEnd) -> bool:
    if end.claimed is EndState.ROLLED_BACK_INTACT:
        lost = [meter for meter in end.meters if meter.truth is Truth.NEITHER]
        return bool(lost) and all(is_lost_unheard(meter, end) for meter in lost)
    return end.claimed in NOT_CLAIMABLE


def stranded_by(world: World, end: RunEnd) -> str:
    """A torn commit is the device's doing; a key that nobody holds the engine's or the DCO's."""
    if any(meter.truth is Truth.NEITHER for meter in end.meters):
        return "device"
    lost = [meter.name for meter in end.meters if not meter.is_known_to_dco_or_old]
    if not lost:
        return ""
    faults = world.shared.party_watch.of(world.installation)
    thrown_away = [it.device for it in faults if it.clause == "domain/10.8-escrow"]
    return "DCO" if all(name in thrown_away for name in lost) else "engine"


def _unexpected(world: World, end: RunEnd, steps: StepPlan) -> list[Finding]:
    findings = _end_state_unexpected(world, end) if world.case.scenario.migrates else []
    findings += _han_unexpected(world)
    findings += judge_cut_offs(world)
    for name, wanted in world.case.scenario.expect.devices.items():
        ended = _device_end(world, end, name)
        found = {
            "truth": ended.truth,
            "belief": ended.belief,
            "supply_state": ended.supply_state,
            "balance_pence": ended.balance_pence,
        }
        for key, value in wanted.model_dump(exclude_none=True, exclude={"clause"}).items():
            if found[key] != value:
                findings.append(
                    Finding(
                        name="expectation",
                        clause=wanted.clause or world.case.scenario.expect.clause or "",
                        device=name,
                        detail=f"{name}: {key} is {found[key] or 'not stated'}, not {value}",
                        expected=str(value),
                        truth=ended.truth,
                        believed=f"{ended.belief}: {ended.evidence}" if ended.belief else "nothing",
                    )
                )
    for entry, expected, came in steps.unmet() if world.case.scenario.expect.all_comes_true else ():
        where = f" in {entry.step.installation}" if entry.step.installation else ""
        came_out = f"came out as {came or 'nothing'}, not {expected}"
        detail = f"the step `{entry.words}`{where} {came_out}"
        findings.append(
            Finding(
                name="step",
                clause=entry.step.clause or "",
                detail=detail,
                expected=expected,
                truth=came,
                at_us=entry.at,
            )
        )
    return findings


def _han_unexpected(world: World) -> list[Finding]:
    return [
        Finding(
            name="han",
            device=name,
            clause=world.case.scenario.expect.clause or "",
            detail=f"{name}: {what} is {found}, not {expected}",
            expected=expected,
            truth=found,
            at_us=world.now,
        )
        for name, wanted in world.case.scenario.expect.han.items()
        for what, expected, found in differences(wanted, han_truth(world, name, world.now))
    ]


def _end_state_unexpected(world: World, end: RunEnd) -> list[Finding]:
    expected = world.case.scenario.expect.end_state or ""
    claimed = end.claimed.value if end.claimed else "nothing"
    if expected == ANY:
        return _late(world)
    if expected == STRANDED:
        is_met = bool(stranded_by(world, end)) and _claims_no_more_than_it_can_know(end)
    else:
        is_met = claimed == expected
    if is_met:
        return []
    detail = f"the engine claimed {claimed}: {world.claims[-1].detail if world.claims else ''}"
    truths = ", ".join(f"{meter.name} {meter.truth}" for meter in end.meters)
    return [
        Finding(
            name="end-state",
            clause=world.case.scenario.expect.clause or "",
            detail=detail,
            expected=expected,
            truth=truths,
        )
    ]


def _late(world: World) -> list[Finding]:
    """Once nothing goes wrong any more, a run converges to a named end state in a stated time."""
    within_us = world.case.scenario.expect.within_us
    if within_us is None or not world.plan.struck:
        return []
    passed = max(after(at, fault.lasts_us) for fault, at in world.plan.struck)
    claims = [event.at for event in world.trace.events if isinstance(event, OutcomeClaimed)]
    claimed_at = claims[0] if claims else None
    if claimed_at is None or claimed_at <= after(passed, within_us):
        return []  # without a claim, the oracle says so
    allowed = format_duration(within_us)
    return [
        Finding(
            name="late-to-converge",
            detail=f"the outcome was claimed more than {allowed} after the last fault had passed",
            expected=f"by {format_instant(after(passed, within_us))}",
            truth=format_instant(claimed_at),
            at_us=claimed_at,
        )
    ]


def _doubts(world: World, steps: StepPlan, stopped_because: str) -> list[Finding]:
    """What keeps a run from proving anything."""
    doubts = []
    if world.case.scenario.expect.all_faults_fire:
        doubts += [
            Finding(name="fault-never-fired", detail=f"the fault `{fault}` never struck")
            for home in (world, *world.companions)
            for fault in home.plan.unfired
        ]
    if world.case.scenario.expect.all_comes_true:
        doubts += [
            Finding(name="step-never-taken", detail=f"the step `{entry.words}` was never taken")
            for entry in steps.never_taken()
        ]
    if stopped_because:
        doubts.append(Finding(name="limit", detail=stopped_because, at_us=world.now))
    return doubts


def _verdict(findings: list[Finding], doubts: list[Finding]) -> Verdict:
    if findings:
        return Verdict.FAIL
    return Verdict.INCONCLUSIVE if doubts else Verdict.PASS


def _expected_verdict(stated: str, violated: str, findings: list[Finding]) -> Verdict:
    """A scenario that expects a break is as expected only if that broke and nothing else."""
    if not violated:
        return Verdict(stated)
    named = (violated, f"property/{violated}")  # P7 says it as well as property/P7
    is_that = all(finding.name == violated or finding.clause in named for finding in findings)
    # With any other finding, or none, the case must not come out as expected.
    return Verdict.FAIL if is_that else Verdict.PASS


def _device_end(world: World, end: RunEnd, name: str) -> DeviceEnd:
    meter = world.home.meters[name]
    last = end.last_belief(name)
    ended = end.meter(name)
    return DeviceEnd(
        device=name,
        truth=ended.truth.value,
        truth_version=ended.version,
        belief=last.key if last else "",
        evidence=last.evidence if last else "",
        supply_state=meter.metering.supply.words,
        balance_pence=meter.metering.balance_pence,
    )
