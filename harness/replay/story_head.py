"""The head of a replay file: what the case is and what came of it, for whoever was not there.

It is a comment, so it says nothing to the bench: what is run and compared stands in the keys below
it. Whatever an engine or a file put into a text becomes one line of printable characters here.
"""

import shlex
import textwrap
from collections.abc import Iterator, Sequence

from hanbench.emulator.durations import format_duration
from hanbench.emulator.instant import Instant, format_instant
from hanbench.emulator.model import DeviceType
from hanbench.harness.events import FaultFired
from hanbench.harness.files.installation import DeviceEntry
from hanbench.harness.judging.clauses import load_clauses
from hanbench.harness.running.case import Case
from hanbench.harness.verdict import CaseResult, CaseRun, DeviceEnd, Finding, Verdict

COLUMNS = 110
FINDINGS_MAX = 20
TEXT_MAX = 600
"""Characters of one text that are shown; the whole of it stands below."""
_TYPES: dict[DeviceType, str] = {
    "CHF": "communications hub",
    "ESME": "electricity meter",
    "GSME": "gas meter",
    "PPMID": "prepayment display",
    "IHD": "in-home display",
    "CAD": "consumer access device",
    "REPEATER": "repeater",
}


def story_head(name: str, case: Case, run: CaseRun) -> str:
    """Return the comment for a file of that name, each line begun with `#`."""
    result = run.result
    parts = (
        ("A recorded case of hanbench. Run it again, look into it, or make it smaller",),
        (f"The case is {result.case}",),
        ("The home", *_home(case)),
        ("What drives it", *_drives(case, result)),
        ("What goes wrong, each fault at the point that its cause names", *_faults(case, run)),
        ("What was expected", *_expected(case, result)),
        ("What was seen", *_seen(result)),
        ("What is wrong with that", *_findings(result)),
    )
    first, *others = ("".join(_comment(part)) for part in parts)
    return "#\n".join((first + "".join(_commands(name, result)), *others))


def _comment(part: Sequence[str]) -> Iterator[str]:
    head, *lines = part
    yield from _wrapped(f"{head}:" if lines else head, "# ")
    for line in lines:
        yield from _wrapped(line, "#   ")


def _wrapped(text: str, indent: str) -> Iterator[str]:
    """Yield a text as lines of a comment; names and paths are never cut."""
    shown = "".join(one if one.isprintable() else " " for one in text)
    if len(shown) > TEXT_MAX:
        shown = f"{shown[:TEXT_MAX]} ..."
    lines = textwrap.wrap(
        shown,
        COLUMNS,
        initial_indent=indent,
        subsequent_indent=f"{indent}    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    yield from (f"{line}\n" for line in lines)


def _home(case: Case) -> Iterator[str]:
    installation = case.installation
    yield f"{installation.name}, as {case.scenario.installation} has it"
    for name, device in installation.devices.items():
        yield f"{name}: {_device(device)}"
    if case.scenario.also:
        yield "and further Installations, as `also` says below"


def _device(device: DeviceEntry) -> str:
    words = [_TYPES[device.type], device.model]
    if device.is_meter:
        words += [device.payment_mode, f"SUA key version {device.sua.version}"]
    if device.third_party:
        words.append("a third party's")
    if device.via:
        words.append(f"joined through {device.via}")
    if not device.joined:
        words.append("no member yet")
    return ", ".join(words)


def _drives(case: Case, result: CaseResult) -> Iterator[str]:
    yield f"scenario {case.scenario_name}: {result.title}"
    yield f"engine {case.engine}"
    yield (
        f"scheme {case.scheme}, rotation profile {result.profile}, traffic {result.traffic}, "
        f"seed {result.seed}"
    )
    if case.parts:
        yield f"devices and parties of {case.parts}"
    if case.scenario.steps:
        yield f"{len(case.scenario.steps)} steps, under `steps` below"


def _faults(case: Case, run: CaseRun) -> Iterator[str]:
    struck = {event.fault: event.at for event in run.trace if isinstance(event, FaultFired)}
    for number, fault in enumerate(map(str, case.all_faults), 1):
        at = struck.get(fault)
        what = "did not strike" if at is None else f"struck at {_clock(at)}"
        yield f"{number}. {fault}, {what if run.trace else 'not known whether it struck'}"
    if not case.all_faults:
        yield "nothing: the case has no fault"


def _expected(case: Case, result: CaseResult) -> Iterator[str]:
    expect = case.scenario.expect
    within = expect.within_us
    soon = f", within {format_duration(within)} after the last fault" if within else ""
    yield f"end state: {result.expected_words}{soon}"
    if result.expected_verdict is not Verdict.PASS:
        yield f"verdict: {expect.verdict}"
    if result.if_it_went_wrong:
        yield f"if it went wrong: {result.if_it_went_wrong}"


def _seen(result: CaseResult) -> Iterator[str]:
    yield f"verdict: {result.verdict.value}; the engine claimed {result.claimed or 'nothing'}"
    yield from map(_end, result.devices)
    if result.stranded_by:
        yield f"a meter is stranded, by the {result.stranded_by}"


def _end(end: DeviceEnd) -> str:
    version = "" if end.truth_version is None else f" (version {end.truth_version})"
    because = f", because {end.evidence}" if end.evidence else ""
    believed = f"the engine believes {end.belief or 'nothing'}{because}"
    return f"{end.device} truly holds {end.truth}{version}; {believed}"


def _findings(result: CaseResult) -> Iterator[str]:
    found = result.all_found
    for finding in found[:FINDINGS_MAX]:
        yield from _finding(finding)
    if len(found) > FINDINGS_MAX:
        yield f"and {len(found) - FINDINGS_MAX} more"
    if not found:
        yield "nothing was found"
    for address in dict.fromkeys(one.clause for one in found if one.clause):
        clause = load_clauses().get(address)
        if clause is not None:
            yield f"[{address}] {clause.statement} ({clause.kind}: {clause.source})"


def _finding(finding: Finding) -> Iterator[str]:
    clause = f" [{finding.clause}]" if finding.clause else ""
    when = "" if finding.at_us is None else f", at {_clock(Instant(finding.at_us))}"
    by = f", of {finding.by}" if finding.by else ""
    yield f"{finding.name}{clause}{by}{when}: {finding.detail}"
    stated = (
        ("expected", finding.expected),
        ("truth", finding.truth),
        ("believed", finding.believed),
    )
    said = "; ".join(f"{what}: {value}" for what, value in stated if value)
    if said:
        yield said


def _commands(name: str, result: CaseResult) -> Iterator[str]:
    """Yield the commands, each on a line of its own, however long: they are there to be copied."""
    file = shlex.quote(name)
    yield f"#   hanbench replay {file}\n"
    yield f"#   hanbench replay {file} --step\n"
    if any(one.at_us is not None for one in result.findings):
        yield f"#   hanbench replay {file} --break-on finding\n"
    if result.verdict is Verdict.FAIL:
        yield f"#   hanbench shrink {file}\n"


def _clock(at: Instant) -> str:
    return format_instant(at).partition(".")[0]
