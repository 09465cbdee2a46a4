"""`junit.xml` as CI reads it."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st
from junitparser import JUnitXml
from scripted_cases import load_case, scripted_run
from tests.harness.running.test_results import META

from hanbench.harness.running.junit import TEXT_MAX, escape, write_junit
from hanbench.harness.verdict import CaseResult, Verdict


def results(folder: Path) -> list[CaseResult]:
    passing = scripted_run(load_case(folder)).result
    failing = scripted_run(load_case(folder), Verdict.FAIL).result
    return [
        replace(passing, case="secure/b"),
        replace(failing, case="secure/a[two-phase, journal#3/after]"),
        replace(failing, case="secure/c", verdict=Verdict.HARNESS_ERROR),
        replace(failing, case="own", verdict=Verdict.NOT_APPLICABLE),
        replace(failing, case="secure/d", verdict=Verdict.INCONCLUSIVE),
        replace(failing, case="secure/e", expected_verdict=Verdict.FAIL),
    ]


def test_another_reader_counts_what_we_wrote(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"

    write_junit(path, META, results(tmp_path))

    read = JUnitXml.fromfile(str(path))
    assert (read.tests, read.failures, read.errors, read.skipped) == (6, 2, 1, 1)
    assert [suite.name for suite in read] == ["hanbench.own", "hanbench.secure"]
    secure = list(read)[1]
    assert [case.name for case in secure] == ["a[two-phase, journal#3/after]", "b", "c", "d", "e"]
    assert len({(case.classname, case.name) for suite in read for case in suite}) == 6


def test_a_failure_tells_the_truth_beside_the_belief(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"

    write_junit(path, META, results(tmp_path))

    failure = ET.fromstring(path.read_bytes()).find(".//failure")
    assert failure is not None
    assert failure.get("message") == "the engine claims OLD and the meter holds NEW"
    assert "truth: NEW" in str(failure.text)


def test_seed_and_time_stand_in_properties_and_not_in_names(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"

    write_junit(path, META, results(tmp_path))

    root = ET.fromstring(path.read_bytes())
    seeds = root.findall(".//testcase/properties/property[@name='seed']")
    assert {seed.get("value") for seed in seeds} == {"1"}


def test_characters_that_xml_forbids_are_spelled_out(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    bad = results(tmp_path)[1]
    nasty = "red \x1b[31m nul \x00 not a character \ufffe lone \ud800 end"
    bad = replace(bad, title=nasty, findings=(replace(bad.findings[0], detail=nasty),))

    write_junit(path, META, [bad])

    failure = ET.fromstring(path.read_bytes()).find(".//failure")
    assert failure is not None
    assert failure.get("message") == "red #x1B[31m nul #x00 not a character #xFFFE lone #xD800 end"


def test_a_long_text_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    bad = replace(results(tmp_path)[1], title="x" * 10 * TEXT_MAX)

    write_junit(path, META, [bad])

    assert path.stat().st_size < 2 * TEXT_MAX


@given(st.text(st.characters(codec=None)))
def test_any_escaped_text_is_well_formed(text: str) -> None:
    element = ET.fromstring(ET.tostring(_element(escape(text)), encoding="utf-8"))

    assert (element.text or "") == escape(text).replace("\r\n", "\n").replace("\r", "\n")


def _element(text: str) -> ET.Element:
    element = ET.Element("failure")
    element.text = text
    return element
