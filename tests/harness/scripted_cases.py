"""Cases made in memory, and workers' work that needs no world. Workers import this by its name."""

import os
import signal
from dataclasses import replace
from pathlib import Path

from hanbench.emulator.events import FrameSent
from hanbench.emulator.instant import Instant
from hanbench.harness.captures.writing import CaptureRun
from hanbench.harness.errors import HarnessError
from hanbench.harness.events import FaultFired, OutcomeClaimed, StepTaken
from hanbench.harness.files.loader import Library
from hanbench.harness.files.scenario_faults import CrashFault
from hanbench.harness.running.case import Case, RunOptions, expand
from hanbench.harness.running.results import unfinished
from hanbench.harness.trace import Trace
from hanbench.harness.verdict import CaseRun, DeviceEnd, Finding, Verdict
from hanbench.protocol.identifiers import PanId
from hanbench.protocol.keys import KeyUsage, derive_test_key

POINT = "home-1/gsme/rotate-sua-key#1/try#1/reply/wan"
LIBRARY = Library()
"""One for all: installations and models that ship are read once."""
SCENARIO = f"""\
scenario: 1
title: A scripted case
clauses: [tmad/3.14C]
installation: two-fuel
faults:
  - {{at: {POINT}, does: drop}}
expect: {{end_state: commissioned}}
"""


def load_cases(
    folder: Path, text: str = SCENARIO, *, name: str = "own/scripted"
) -> tuple[Case, ...]:
    """Write a scenario file and return its cases."""
    path = folder / "scripted.yaml"
    path.write_text(text, encoding="utf-8")
    return expand(LIBRARY.scenario(path, name=name, shown="scripted.yaml"), RunOptions())


def load_case(folder: Path, *, name: str = "own/scripted") -> Case:
    """Return one case."""
    return load_cases(folder, name=name)[0]


def run_scripted(case: Case) -> CaseRun:
    """Give a result that the name of the case asks for."""
    if "killed" in case.name:
        os.kill(os.getpid(), signal.SIGKILL)
    if "leaves" in case.name:
        os._exit(7)
    if "hangs" in case.name:
        while True:
            pass
    if "bug" in case.name:
        raise ZeroDivisionError("the bench divides by zero")
    if "refused" in case.name:
        raise HarnessError("the bench cannot go on")
    verdict = {"wrong": Verdict.FAIL, "unclear": Verdict.INCONCLUSIVE}.get(
        next((word for word in ("wrong", "unclear") if word in case.name), ""), Verdict.PASS
    )
    return scripted_run(case, verdict)


def sweep_scripted(case: Case) -> tuple[Case, ...]:
    """Two cases for each sweep."""
    if "killed" in case.name:
        os.kill(os.getpid(), signal.SIGKILL)
    return tuple(
        case.with_fault(
            f"journal#{number}/after",
            CrashFault(does="crash", at=f"home-1/engine/journal#{number}", when="after"),
        )
        for number in (1, 2)
    )


def scripted_run(case: Case, verdict: Verdict = Verdict.PASS, *, believed: str = "NEW") -> CaseRun:
    """Make a run with a short trace."""
    trace = Trace()
    home = case.installation.name
    trace.append(FrameSent(Instant(1_000), home, "hub", "gsme", b"\x01\x02", "tunnel"))
    trace.append(FaultFired(Instant(2_000), home, POINT, "drop"))
    trace.append(StepTaken(Instant(3_000), home, "an answer \x1b", believed))
    trace.append(OutcomeClaimed(Instant(4_000_000), home, "commissioned", "both keys are new"))
    finding = Finding(
        name="confidently-wrong",
        detail="the engine claims OLD and the meter holds NEW",
        device="gsme",
        clause="P9",
        expected="UNKNOWN",
        truth="NEW",
        believed="OLD, since nothing came in time",
    )
    findings = () if verdict is Verdict.PASS else (finding,)
    end = DeviceEnd(
        device="gsme",
        truth="NEW",
        truth_version=2,
        belief=believed,
        evidence="an answer under the new key",
        supply_state="enabled",
        balance_pence=1500,
    )
    result = replace(
        unfinished(case, verdict, finding, 0.01).result,
        findings=findings,
        claimed="commissioned",
        devices=(end,),
        faults_fired=1,
        trace_hash=trace.trace_hash,
        story_hash=trace.story_hash,
        virtual_us=4_000_000,
        events=len(trace.events),
        frames_by_kind=dict(trace.frames_by_kind),
    )
    return CaseRun(result=result, trace=tuple(trace.events))


def with_capture(run: CaseRun, pan: int) -> CaseRun:
    """Add a capture without frames."""
    capture = CaptureRun(
        name=run.result.case,
        pan=PanId(pan),
        epoch_unix_ns=0,
        network_key=derive_test_key("scripted", KeyUsage.NETWORK),
        link_keys=(),
        frames=(),
    )
    return replace(run, capture=capture)
