"""Runs made by hand, for reports of what no good engine does.

A lost answer that a probe resolves, a meter stranded by a torn commit, an engine that takes a
time-out for proof and is wrong, one that could not be judged, and one whose worker died.
"""

import json
from dataclasses import replace

from hanbench.emulator import events as e
from hanbench.emulator.instant import HOUR_US, MINUTE_US, SECOND_US, Instant
from hanbench.harness import events as h
from hanbench.harness.running.run_meta import RunMeta
from hanbench.harness.verdict import CaseResult, CaseRun, DeviceEnd, Finding, Verdict

HOME = "home-1"
LOST = "home-1/gsme/rotate-sua-key#1/try#1/reply/wan"
TORN = "home-1/gsme/rotate-sua-key#1/try#1/execute/commit-key"


def made_meta(
    *, is_partial: bool = False, selected: int = 5, scheme: str = "han-sua-m1"
) -> RunMeta:
    """Return what a run of the made cases would say of itself."""
    return RunMeta(
        command="hanbench run own --engine mine:Engine",
        suite="own",
        seed=None,
        traffic=None,
        engine="mine:Engine",
        scheme=scheme,
        started_at="2026-11-22T23:45:36Z",
        versions={"hanbench": "0.1.0", "python": "3.11.7"},
        selected=selected,
        is_partial=is_partial,
        wall_s=1.25,
    )


class Story:
    """Events in the order in which they are told, each some time after the one before."""

    def __init__(self) -> None:
        self.events: list[e.Event] = []
        self._now = Instant(0)
        self._sent = 0
        self._written = 0

    @property
    def now(self) -> Instant:
        return self._now

    def wait(self, delay_us: int) -> None:
        self._now = Instant(self._now + delay_us)

    def call(self, party: str, operation: str, device: str = "", error: str = "") -> None:
        arguments = {"installation": HOME} | ({"device": device} if device else {})
        result = {"error": error, "detail": "as it is"} if error else {"done": True}
        self.events.append(
            e.PartyCalled(
                self._now,
                HOME,
                "engine",
                party,
                operation,
                json.dumps(arguments),
                json.dumps(result),
                is_error=bool(error),
            )
        )
        self.wait(120_000)

    def send(self, device: str, instruction: str, version: int | None, *, copies: int = 1) -> None:
        self._sent += 1
        self.events.append(
            h.EngineSent(
                self._now, HOME, "hub", device, self._sent, instruction, version, 41, HOUR_US
            )
        )
        self._pass("down", device, "instruction", instruction, copies)

    def answer(self, device: str, outcome: str, *, copies: int = 1) -> None:
        self._pass("up", device, "answer", f"answer {outcome}", copies)

    def _pass(self, direction: str, device: str, kind: str, summary: str, copies: int) -> None:
        delays = (2 * SECOND_US,) * copies
        self.events.append(
            e.WanPassed(
                self._now, HOME, direction, device, self._sent, kind, summary, copies, delays, b""
            )
        )
        self.wait(2 * SECOND_US)

    def stored(self, device: str) -> None:
        self.events.append(e.MirrorChanged(self._now, HOME, device, self._sent, "stored"))

    def judged(self, device: str, instruction: str, outcome: str = "accepted") -> None:
        is_run = outcome == "accepted"
        self.events.append(
            e.InstructionJudged(
                self._now, HOME, device, self._sent, instruction, "00" * 8, outcome, 1, 42, is_run
            )
        )

    def key(self, device: str, version: int | None, because: str) -> None:
        self.events.append(
            e.KeyChanged(self._now, HOME, device, version, "aabbcc", None, 0, because)
        )

    def restarted(self, device: str, because: str) -> None:
        self.events.append(e.Restarted(self._now, HOME, device, because))

    def believed(self, device: str, key: str, truth: str, evidence: str) -> None:
        self.events.append(
            h.Believed(self._now, HOME, device, key, (), evidence, truth, can_still_move=False)
        )

    def told(self, event: str) -> None:
        self.events.append(h.EngineTold(self._now, HOME, event))

    def journal(self, step: str) -> None:
        self._written += 1
        entry = json.dumps({"step": step})
        self.events.append(h.Journalled(self._now, HOME, self._written, entry, "durable"))
        self.wait(2_000)

    def fault(self, point: str, does: str) -> None:
        self.events.append(h.FaultFired(self._now, HOME, point, f"{does} at {point}"))

    def step(self, step: str, result: str) -> None:
        self.events.append(h.StepTaken(self._now, HOME, step, result))

    def claim(self, end_state: str, detail: str) -> None:
        self.events.append(h.OutcomeClaimed(self._now, HOME, end_state, detail))

    def run(self, result: CaseResult) -> CaseRun:
        """Close the story with its result."""
        return CaseRun(
            result=replace(result, virtual_us=self._now, events=len(self.events)),
            trace=tuple(self.events),
        )


def made_runs() -> list[CaseRun]:
    """Return one run of each kind, by name."""
    return [confidently_wrong(), died(), resolved_by_a_probe(), stranded(), undecided()]


def _begun() -> Story:
    story = Story()
    story.told("started")
    story.journal("life")
    story.call("SMSO", "start_migration")
    story.journal("migration-started")
    for meter in ("esme", "gsme"):
        story.call("SMSO", "hand_over", meter)
        story.call("DCO", "accept_hand_over", meter)
        story.believed(meter, "OLD", "OLD", "the DCO holds the key that was handed over")
    return story


def _rotation_sent(story: Story, *, is_lost: bool = False) -> None:
    story.call("DCO", "authorise", "gsme")
    story.call("S1SP", "frame", "gsme")
    story.journal("sending-rotation")
    story.believed("gsme", "UNKNOWN", "OLD", "a rotation is under way")
    story.send("gsme", "rotate-sua-key", 1, copies=0 if is_lost else 1)
    story.stored("gsme")
    story.wait(29 * MINUTE_US)


def _committed_and_lost() -> Story:
    story = _begun()
    _rotation_sent(story)
    story.key("gsme", 2, "rotate-sua-key")
    story.judged("gsme", "rotate-sua-key")
    story.fault(LOST, "drop")
    story.answer("gsme", "ACCEPTED", copies=0)
    story.wait(70 * MINUTE_US)
    story.told("timed_out")
    return story


def resolved_by_a_probe() -> CaseRun:
    """The answer is lost, and a probe finds the new key."""
    story = _committed_and_lost()
    story.send("gsme", "no-op", 2)
    story.wait(10 * MINUTE_US)
    story.judged("gsme", "no-op")
    story.answer("gsme", "ACCEPTED")
    story.call("S1SP", "open")
    story.call("DCO", "read_answer", "gsme")
    story.believed("gsme", "NEW", "NEW", "an answer is MACed under version 2")
    story.claim("commissioned", "every meter answers under the DCO's key")
    return story.run(
        _result(
            "own/answer-lost",
            "The answer to the rotation is lost, and a probe finds the new key",
            claimed="commissioned",
            devices=(_end("esme", "OLD", "OLD"), _end("gsme", "NEW", "NEW")),
            faults=(f"drop at {LOST}",),
        )
    )


def stranded() -> CaseRun:
    """Power is cut in the middle of the commit: no valid key is left."""
    story = _begun()
    _rotation_sent(story)
    story.fault(TORN, "power-cut torn")
    story.restarted("gsme", "power cut at the commit of sua-keys: torn")
    story.wait(20 * SECOND_US)
    story.key("gsme", None, "power cut at the commit of sua-keys: torn")
    story.wait(40 * MINUTE_US)
    story.send("gsme", "read-sua-status", None)
    story.wait(30 * MINUTE_US)
    story.judged("gsme", "read-sua-status", "no-key")
    story.answer("gsme", "NO_KEY")
    story.call("DCO", "read_answer", "gsme", error="NoCandidateFits")
    story.claim("rolled-back-limited", "the gas meter's rotation is unresolved")
    return story.run(
        _result(
            'own/torn-commit[two <b>brackets</b> & "quotes"]',
            "Power is cut in the middle of the commit",
            claimed="rolled-back-limited",
            expected="stranded",
            stranded_by="device",
            devices=(_end("esme", "OLD", "OLD"), _end("gsme", "NEITHER", "UNKNOWN")),
            faults=(f"power-cut torn at {TORN}", "drop at home-1/gsme/no-op#9/try#1/request/wan"),
        )
    )


def confidently_wrong() -> CaseRun:
    """The engine takes the time-out as proof that nothing happened."""
    story = _committed_and_lost()
    at = story.now
    story.believed("gsme", "OLD", "NEW", "no answer came in time")
    story.step("top-up gsme 1000 psp-smso keypad accepted", "accepted")
    story.send("gsme", "read-sua-status", None)
    story.claim("rolled-back-sua-intact", "nothing was changed")
    finding = Finding(
        name="confidently-wrong",
        device="gsme",
        clause="property/P9",
        at_us=at,
        detail="the engine was certain of OLD for gsme, but it holds NEW",
        expected="UNKNOWN until there is proof",
        truth="NEW",
        believed="OLD: no answer came in time",
    )
    outcome = Finding(
        name="outcome-contradicts-truth",
        device="gsme",
        clause="domain/10.8-joint-outcome",
        detail="rolled-back-sua-intact was claimed, but gsme holds NEW",
        expected="rolled-back-sua-intact",
        truth="esme OLD, gsme NEW",
    )
    return story.run(
        _result(
            "own/answer-lost[time-out-taken-as-old]",
            "The answer to the rotation is lost, and the engine guesses",
            verdict=Verdict.FAIL,
            findings=(finding, outcome),
            claimed="rolled-back-sua-intact",
            stranded_by="",
            devices=(_end("esme", "OLD", "OLD"), _end("gsme", "NEW", "OLD")),
            faults=(f"drop at {LOST}",),
        )
    )


def undecided() -> CaseRun:
    """The fault never found its moment, so the run proves nothing."""
    story = _begun()
    story.claim("commissioned", "")
    finding = Finding(
        name="fault-never-fired",
        detail=f"the moment of `drop at {LOST}` never came",
    )
    return story.run(
        _result(
            "own/undecided",
            "A fault whose moment never comes",
            verdict=Verdict.INCONCLUSIVE,
            findings=(finding,),
            claimed="commissioned",
            devices=(_end("esme", "OLD", "OLD"), _end("gsme", "OLD", "")),
            faults=(f"drop at {LOST}",),
        )
    )


def died() -> CaseRun:
    """The worker was killed: there is a result, and no trace."""
    finding = Finding(name="worker-killed", detail="the worker was killed by signal 9 (seed 7)")
    result = _result(
        "own/died",
        "A case whose worker is killed",
        verdict=Verdict.HARNESS_ERROR,
        findings=(finding,),
        claimed="",
        devices=(),
        faults=(f"drop at {LOST}",),
    )
    return CaseRun(
        result=replace(result, trace_hash="", story_hash="", frames_by_kind={}), trace=()
    )


def _end(device: str, truth: str, belief: str) -> DeviceEnd:
    return DeviceEnd(
        device=device,
        truth=truth,
        truth_version={"OLD": 1, "NEW": 2}.get(truth),
        belief=belief,
        evidence="no answer came in time" if belief != truth else "an authenticated answer",
        supply_state="enabled",
        balance_pence=1486,
    )


def _result(
    case: str,
    title: str,
    *,
    claimed: str,
    devices: tuple[DeviceEnd, ...],
    faults: tuple[str, ...],
    expected: str = "commissioned",
    verdict: Verdict = Verdict.PASS,
    findings: tuple[Finding, ...] = (),
    stranded_by: str = "",
) -> CaseResult:
    name, _, variant = case.partition("[")
    return CaseResult(
        case=case,
        title=title,
        scenario_file=f"{name}.yaml",
        variant=variant.removesuffix("]"),
        verdict=verdict,
        expected_verdict=Verdict.PASS,
        findings=findings,
        clauses=("def/sua", "seed0/sua-rollback", "own/unknown"),
        if_it_went_wrong="The engine would claim OLD, and every later Instruction be refused.",
        seed=7,
        traffic="instruction",
        profile="single-shot",
        claimed=claimed,
        expected=expected,
        stranded_by=stranded_by,
        devices=devices,
        faults=faults,
        faults_fired=min(len(faults), 1),
        trace_hash="ab" * 32,
        story_hash="cd" * 32,
        virtual_us=0,
        wall_s=0.062,
        events=0,
        frames_by_kind={"ack": 69, "poll": 9, "tunnel": 33},
        assumptions=(
            "SUA scheme: HAN-SUA-M1, a synthetic model of this project",
            "liberty-100: sua.lock_out = 15min: modelled: longer than a mistake",
            f"secure-gsme-synthetic: sua.nvm = {'torn' if stranded_by else 'atomic'}: modelled",
        ),
    )
