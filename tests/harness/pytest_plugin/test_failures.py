"""A test that fails prints what `hanbench run` prints, and leaves its replay file."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from hanbench.harness.cli import cli
from hanbench.harness.replay.replaying import replay_file
from hanbench.harness.running.cases import Bench as RunHere
from hanbench.harness.running.results import EXIT_OK

LYING = """
from hanbench.harness.engine.port import EndState, KeyBelief

async def migrate(port):
    for meter in port.authorisation.meters:
        port.believe(meter.name, KeyBelief.NEW, "it will be all right")
    port.outcome(port.authorisation.installation, EndState.COMMISSIONED)
"""


def test_the_text_is_that_of_hanbench_run_and_the_replay_stands_in_junit(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = "lying:migrate"
    project.makepyfile(lying=LYING)
    project.makepyfile(
        test_mine="""
        def test_lost(bench):
            bench.load("secure/rotation-response-lost").run()

        def test_asserts(bench, installation):
            bench.run_until("1s")
            assert installation.gsme.key_truth == "NEW"
        """
    )

    done = project.runpytest_inprocess(f"--hanbench-engine={spec}", "--junitxml=junit.xml")

    done.assert_outcomes(failed=2)
    printed = done.stdout.str()
    ran = CliRunner().invoke(
        cli,
        [
            "run",
            "rotation-response-lost",
            "-j0",
            "--no-report",
            "--no-capture",
            "--out",
            "run",
            "--engine",
            spec,
            "-k",
            "not two-phase",
        ],
    )
    theirs = ran.output[ran.output.index("fail  secure/") :].split("  again")[0]
    assert "confidently-wrong" in theirs
    assert theirs in printed
    assert "again      hanbench replay runs/pytest/test_mine.py-test_lost.yaml" in printed
    assert "FAILED test_mine.py::test_lost - fail secure/rotation-response-lost" in printed
    assert (
        "gsme       truly holds OLD (version 1); the engine believes NEW, because it will be"
        in printed
    )
    entries = {case.get("name"): case for case in ET.parse("junit.xml").iter("testcase")}
    said = {one.get("name"): one.get("value") for one in entries["test_lost"].iter("property")}
    path = "runs/pytest/test_mine.py-test_lost.yaml"
    assert said["hanbench_replay"] == path
    assert said["verdict"] == "fail"
    assert f"[[ATTACHMENT|{path}]]" in "".join(
        one.text or "" for one in entries["test_lost"].iter("system-out")
    )
    monkeypatch.chdir(project.path)
    for name in ("test_lost", "test_asserts"):
        path = f"runs/pytest/test_mine.py-{name}.yaml"
        assert replay_file(Path(path), bench=RunHere(None)) == EXIT_OK
