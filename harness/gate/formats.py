"""What the gate tells other tools: CTRF, SARIF 2.1.0, GitHub annotations, a Markdown summary.

Sources: the CTRF schema (ctrf.io), SARIF 2.1.0 (OASIS), GitHub's workflow commands. Names are those
of the run, stable and unique; a failure stands at the line of its variant in the scenario file.
"""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from hanbench.harness.gate.fingerprint import fingerprint, in_words
from hanbench.harness.gate.judgement import Line
from hanbench.harness.running.results import Results
from hanbench.harness.verdict import CaseResult, Verdict

ANNOTATIONS_MAX = 10
"""GitHub shows no more of a step; what is beyond stands in the summary."""
_STATUS = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.INCONCLUSIVE: "other",
    Verdict.NOT_APPLICABLE: "skipped",
    Verdict.HARNESS_ERROR: "other",
}


def ctrf(results: Results) -> dict[str, Any]:
    """Return the run in the Common Test Report Format."""
    tests = [_ctrf_test(result) for result in results.cases]
    counts = dict.fromkeys(("passed", "failed", "pending", "skipped", "other"), 0)
    for test in tests:
        counts[test["status"]] += 1
    return {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "results": {
            "tool": {"name": "hanbench", "version": results.run.versions.get("hanbench", "")},
            "summary": {"tests": len(tests), **counts, "start": 0, "stop": _ms(results.run.wall_s)},
            "tests": tests,
        },
    }


def sarif(results: Results) -> dict[str, Any]:
    """Return what is not as expected as a SARIF log; each finding's name is a rule."""
    failed = [one for one in results.cases if not one.is_as_expected]
    rules = dict.fromkeys(_rule(one) for one in failed)
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "hanbench",
                        "version": results.run.versions.get("hanbench", ""),
                        "rules": [{"id": rule} for rule in rules],
                    }
                },
                "results": [_sarif_result(one) for one in failed],
            }
        ],
    }


def annotations(lines: Sequence[Line]) -> tuple[str, ...]:
    """Return workflow commands for the first ten lines, and one for how many there are."""
    shown = [_annotation(line) for line in lines[:ANNOTATIONS_MAX]]
    if len(lines) > ANNOTATIONS_MAX:
        more = len(lines) - ANNOTATIONS_MAX
        shown.append(f"::error title=hanbench gate::... and {more} more; see the summary")
    return tuple(shown)


def markdown(results: Results, lines: Sequence[Line]) -> str:
    """Return the summary of a job's page."""
    state = "open" if not lines else "shut"
    shown = {name: n for name, n in results.counts.items() if n and "-as-" not in name}
    counts = ", ".join(f"{n} {name}" for name, n in shown.items())
    suite, engine = _cell(results.run.suite), _cell(results.run.engine)
    ran = f"{len(results.cases)} cases of `{suite}` with the engine `{engine}`"
    said = [
        f"## hanbench gate: {state}",
        "",
        f"{ran}: {counts or 'none'}.",
    ]
    if lines:
        said += ["", "| why | case | what |", "|---|---|---|"]
        said += [f"| {one.why.value} | `{_cell(one.case)}` | {_cell(one.says)} |" for one in lines]
    return "\n".join(said) + "\n"


def line_of(result: CaseResult) -> int:
    """Return the line of a case in its scenario file: its variant, or what is expected; else 1."""
    text = _scenario_text(result.scenario_file)
    variant = result.variant.split(",")[0].strip()
    marks = [f"  {variant}:"] if variant else []
    for mark in (*marks, "expect:"):
        for number, line in enumerate(text.splitlines(), start=1):
            if line.startswith(mark):
                return number
    return 1


def _scenario_text(name: str) -> str:
    shipped = resources.files("hanbench.fixtures") / "scenarios"
    for place in (Path(name), shipped.joinpath(*name.split("/"))):
        try:
            return place.read_text(encoding="utf-8")
        except OSError:
            continue
    return ""


def _ctrf_test(result: CaseResult) -> dict[str, Any]:
    status = _STATUS[result.verdict]
    if result.is_as_expected:
        status = "skipped" if result.verdict is Verdict.NOT_APPLICABLE else "passed"
    elif status == "passed":
        status = "failed"  # it should not have passed
    test: dict[str, Any] = {
        "name": result.case,
        "status": status,
        "duration": _ms(result.wall_s),
        "suite": result.case.split("/")[0],
        "filePath": result.scenario_file,
    }
    if status != "passed":
        test["message"] = in_words(result)
        test["trace"] = "\n".join(one.detail for one in result.findings)
    return test


def _sarif_result(result: CaseResult) -> dict[str, Any]:
    detail = result.findings[0].detail if result.findings else "nothing was found that should be"
    return {
        "ruleId": _rule(result),
        "level": "error" if result.verdict is Verdict.FAIL else "warning",
        "message": {"text": f"{result.case}: {detail}"},
        "partialFingerprints": {"hanbench/1": fingerprint(result)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": result.scenario_file},
                    "region": {"startLine": line_of(result)},
                }
            }
        ],
    }


def _rule(result: CaseResult) -> str:
    return result.findings[0].name if result.findings else result.verdict.value


def _annotation(line: Line) -> str:
    place = ""
    if line.result is not None:
        place = f"file={_property(line.result.scenario_file)},line={line_of(line.result)},"
    return (
        f"::error {place}title={_property(f'hanbench gate: {line.why.value}')}::{_data(line.text)}"
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("`", "'")


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
