"""A migration run through the plugin is the migration that `hanbench run` runs."""

from pathlib import Path

import pytest
from tests.suite_cases import case_of

from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.pytest_plugin.bench_view import Bench
from hanbench.harness.replay.replay_file import compare, read_replay, write_replay
from hanbench.harness.running.case import Case, expand
from hanbench.harness.running.run_case import run_case

CASES = [
    ("secure/clean-two-fuel", ""),
    ("secure/clean-two-fuel", "two-phase"),
    ("secure/rotation-response-lost", ""),
    ("secure/power-cut-torn-commit", ""),
    ("secure/top-up-through-the-utrn-period", ""),
    ("rules/stop-on-the-day", ""),
]


def shipped(scenario: str, variant: str) -> Case:
    path = fixtures_folder("scenarios") / f"{scenario}.yaml"
    loaded = Library().scenario(path, name=scenario, shown=f"{scenario}.yaml")
    return next(case for case in expand(loaded) if case.variant == variant)


@pytest.mark.parametrize(("scenario", "variant"), CASES)
def test_a_case_has_the_verdict_the_findings_and_the_hashes_of_hanbench_run(
    bench: Bench, scenario: str, variant: str
) -> None:
    ours = bench.load(scenario, variant).run()

    theirs = run_case(shipped(scenario, variant)).result
    assert (ours.verdict, ours.findings) == (theirs.verdict, theirs.findings)
    assert (ours.story_hash, ours.trace_hash) == (theirs.story_hash, theirs.trace_hash)
    assert ours.devices == theirs.devices


def test_stopping_on_the_way_changes_nothing(bench: Bench) -> None:
    bench.run_until("gsme/rotate-sua-key#1/try#1/request/wan")
    bench.run_until("20min")
    assert bench.step()
    ours = bench.run()

    assert ours.trace_hash == run_case(case_of("clean-two-fuel")).result.trace_hash


def test_what_is_done_by_hand_is_done_again_by_the_replay_file(
    bench: Bench, tmp_path: Path
) -> None:
    meter = bench.installation.gsme
    bench.run_until("gsme/rotate-sua-key#1/try#1/request/wan")
    assert meter.key_truth == "OLD"
    assert meter.top_up(500, route="smso-web", expect="refused") == "refused"
    bench.run_for("3h")
    sent = bench.dco.instruct("esme")
    bench.run_for("1min")
    assert sent.outcome == "executed"
    bench.run_for("2d")
    bench.run()

    path = tmp_path / "again.yaml"
    write_replay(path, bench.case, bench.steered.end())
    recorded, case = read_replay(path)
    comparison = compare(recorded, case, run_case(case))
    assert comparison.is_same_trace, (comparison.recorded, comparison.replayed)


def test_a_meter_and_the_parties_can_be_asked_while_the_engine_works(bench: Bench) -> None:
    home, engine = bench.installation, bench.engine
    before = home.gsme.reading
    bench.run_until("gsme/rotate-sua-key#1/try#1/execute/commit-key")
    assert (engine.claimed, engine.belief("gsme"), home.gsme.key_truth) == ("", "UNKNOWN", "NEW")
    bench.run_until("outcome")

    assert engine.claimed == "commissioned"
    assert engine.belief("gsme") == home.gsme.key_truth == "NEW"
    assert engine.journal
    assert bench.dco.holds_key_of("gsme")
    assert [call.arguments["device"] for call in bench.smso.called("hand_over")] == ["esme", "gsme"]
    assert home.gsme.reading > before
    assert home.ppmid.screen
    assert [one.name for one in home.meters] == ["esme", "gsme"]
    assert "home-1/engine/journal" in " ".join(bench.points)
    assert bench.run().is_as_expected
