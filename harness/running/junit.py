"""`junit.xml`, for CI.

Source: the JUnit XML that Jenkins, GitLab and GitHub Actions read; there is no one schema. Names
are stable and unique, since GitLab counts only the first of two equal names; the seed is a
property. Characters that XML 1.0 forbids are written as pytest writes them, `#x1B`.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from hanbench.harness.running.run_meta import RunMeta
from hanbench.harness.verdict import CaseResult, Finding, Verdict

TEXT_MAX = 20_000
"""Characters of a failure's text: GitLab refuses files of 30 MB."""

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(path: Path, meta: RunMeta, cases: Sequence[CaseResult]) -> None:
    """Write the results of a run."""
    root = ET.Element("testsuites", {"name": "hanbench", **_totals(cases)})
    for suite, members in _by_suite(cases):
        root.append(_suite(suite, meta, members))
    ET.indent(root)
    path.write_bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")


def escape(text: str) -> str:
    """Write each character that XML 1.0 forbids as `#x` and its number."""
    return _FORBIDDEN.sub(lambda match: f"#x{ord(match[0]):02X}", text)


def _by_suite(cases: Sequence[CaseResult]) -> Iterator[tuple[str, list[CaseResult]]]:
    suites: dict[str, list[CaseResult]] = {}
    for result in sorted(cases, key=lambda one: one.case):
        suites.setdefault(_split(result)[0], []).append(result)
    yield from suites.items()


def _split(result: CaseResult) -> tuple[str, str]:
    """Part the suite from the rest; a variant may hold slashes of its own."""
    scenario, bracket, variant = result.case.partition("[")
    suite, slash, name = scenario.rpartition("/")
    return (suite if slash else "own"), name + bracket + variant


def _suite(suite: str, meta: RunMeta, cases: Sequence[CaseResult]) -> ET.Element:
    element = ET.Element(
        "testsuite",
        {
            "name": escape(f"hanbench.{suite}"),
            "timestamp": meta.started_at.removesuffix("Z"),
            **_totals(cases),
        },
    )
    stated = {"engine": meta.engine, "scheme": meta.scheme, "command": meta.command}
    _properties(element, {**stated, "partial": str(meta.is_partial).lower()})
    for result in cases:
        element.append(_case(suite, result))
    return element


def _case(suite: str, result: CaseResult) -> ET.Element:
    element = ET.Element(
        "testcase",
        classname=escape(f"hanbench.{suite}"),
        name=escape(_split(result)[1]),
        file=escape(result.scenario_file),
        time=f"{result.wall_s:.3f}",
    )
    stated = {
        "verdict": result.verdict.value,
        "seed": str(result.seed),
        "traffic": result.traffic,
        "profile": result.profile,
        "clauses": " ".join(result.clauses),
        "trace_hash": result.trace_hash,
        "story_hash": result.story_hash,
    }
    _properties(element, stated)
    kind = _outcome(result)
    if kind:
        says = result.findings[0].detail if result.findings else result.verdict.value
        attributes = {} if kind == "skipped" else {"type": result.verdict.value}
        child = ET.SubElement(element, kind, {"message": escape(says), **attributes})
        child.text = escape(_text(result)[:TEXT_MAX])
    return element


def _outcome(result: CaseResult) -> str:
    """The element that tells CI what happened; empty for a case that is as expected."""
    if result.verdict is Verdict.HARNESS_ERROR:
        return "error"
    if result.verdict is Verdict.NOT_APPLICABLE:
        return "skipped"
    return "" if result.is_as_expected else "failure"


def _text(result: CaseResult) -> str:
    head = [
        result.title,
        f"expected end state {result.expected_words}; claimed {result.claimed or 'nothing'}",
    ]
    return "\n".join(head + [_finding(finding) for finding in result.findings])


def _finding(finding: Finding) -> str:
    stated = {
        "device": finding.device,
        "clause": finding.clause,
        "expected": finding.expected,
        "truth": finding.truth,
        "believed": finding.believed,
    }
    evidence = [f"  {name}: {value}" for name, value in stated.items() if value]
    return "\n".join([f"{finding.name}: {finding.detail}", *evidence])


def _totals(cases: Sequence[CaseResult]) -> dict[str, str]:
    outcomes = [_outcome(result) for result in cases]
    return {
        "tests": str(len(cases)),
        "failures": str(outcomes.count("failure")),
        "errors": str(outcomes.count("error")),
        "skipped": str(outcomes.count("skipped")),
        "time": f"{sum(result.wall_s for result in cases):.3f}",
    }


def _properties(element: ET.Element, stated: dict[str, str]) -> None:
    properties = ET.SubElement(element, "properties")
    for name, value in stated.items():
        ET.SubElement(properties, "property", name=name, value=escape(value))
