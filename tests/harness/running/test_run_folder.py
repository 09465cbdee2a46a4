"""The run folder, whole and partial."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from scripted_cases import load_case, scripted_run, with_capture
from tests.harness.running.test_results import META

from hanbench.harness.captures.writing import CaptureRun, write_capture
from hanbench.harness.errors import ScenarioError
from hanbench.harness.running.case import Case
from hanbench.harness.running.results import read_results
from hanbench.harness.running.run_folder import RunFolder, Writers, create_run_folder, slug
from hanbench.harness.running.run_meta import RunMeta
from hanbench.harness.verdict import CaseRun, Verdict


def some_runs(folder: Path) -> list[tuple[Case, CaseRun]]:
    case = load_case(folder)
    named = [replace(case, name=f"own/{name}") for name in ("b", "a[x, journal#1/after]", "c")]
    verdicts = (Verdict.PASS, Verdict.FAIL, Verdict.PASS)
    return [(one, scripted_run(one, verdict)) for one, verdict in zip(named, verdicts, strict=True)]


def test_each_result_is_on_disk_as_soon_as_it_comes(tmp_path: Path) -> None:
    folder = create_run_folder(tmp_path / "out", stamp="x", suite="own")
    pairs = some_runs(tmp_path)

    folder.add(1, *pairs[1])

    lines = (tmp_path / "out" / "results.jsonl").read_text().splitlines()
    assert [json.loads(line)["case"] for line in lines] == ["own/a[x, journal#1/after]"]
    assert (tmp_path / "out" / "replay" / "own-a-x-journal-1-after.yaml").is_file()


def test_the_trace_has_the_order_of_the_run_whatever_order_cases_end_in(tmp_path: Path) -> None:
    folder = create_run_folder(tmp_path / "out", stamp="x", suite="own")
    pairs = some_runs(tmp_path)

    for place in (2, 0, 1):
        folder.add(place, *pairs[place])
    folder.finish(META, [run for _, run in pairs], Writers())

    records = [
        json.loads(line) for line in (tmp_path / "out" / "trace.jsonl").read_text().splitlines()
    ]
    assert list(dict.fromkeys(record["case"] for record in records)) == [
        case.name for case, _ in pairs
    ]
    assert records[0] == {
        "case": "own/b",
        "kind": "frame",
        "at": 1000,
        "installation": "home-1",
        "sender": "hub",
        "receiver": "gsme",
        "frame": "0102",
        "frame_kind": "tunnel",
        "fate": "delivered",
    }


def test_a_partial_run_leaves_every_file_of_what_ran(tmp_path: Path) -> None:
    folder = create_run_folder(tmp_path / "out", stamp="x", suite="own")
    pairs = some_runs(tmp_path)
    written: list[str] = []

    def report(path: Path, runs: Sequence[CaseRun], meta: RunMeta, _: object) -> None:
        written.append(f"{path.name} of {len(runs)}, partial {meta.is_partial}")

    folder.add(2, *pairs[2])
    folder.finish(replace(META, is_partial=True), [pairs[2][1]], Writers(report=report))

    results = read_results(tmp_path / "out" / "results.json")
    assert [case.case for case in results.cases] == ["own/c"]
    assert results.run.is_partial
    assert written == ["report.html of 1, partial True"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "junit.xml",
        "reports",
        "results.json",
        "trace.jsonl",
    ]


def test_one_capture_holds_every_case_and_the_dissector_stands_beside_it(tmp_path: Path) -> None:
    folder = create_run_folder(tmp_path / "out", stamp="x", suite="own")
    runs = [
        with_capture(run, pan) for (_, run), pan in zip(some_runs(tmp_path), (5, 6, 5), strict=True)
    ]
    written: dict[str, list[str]] = {}

    def capture(path: Path, captures: Sequence[CaptureRun]) -> None:
        written[path.name] = [one.name for one in captures]
        write_capture(path, captures)

    folder.finish(META, runs, Writers(capture=capture))

    assert written == {"han.pcapng": ["own/a[x, journal#1/after]", "own/b", "own/c"]}
    assert "wtap.USER0" in (tmp_path / "out" / "hanbench.lua").read_text()


def test_the_capture_holds_the_other_homes_of_a_case_beside_its_own(tmp_path: Path) -> None:
    folder = create_run_folder(tmp_path / "out", stamp="x", suite="own")
    (_, first), (_, second), _ = some_runs(tmp_path)
    own, other = with_capture(first, 5), with_capture(second, 6).capture
    assert other is not None
    written: list[str] = []

    def capture(_path: Path, captures: Sequence[CaptureRun]) -> None:
        written.extend(one.name for one in captures)

    folder.finish(META, [replace(own, others=(other,))], Writers(capture=capture))

    assert written == ["own/b", "own/a[x, journal#1/after]"]


def test_latest_points_at_the_newest_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    first = create_run_folder(None, stamp="20261122T234536Z", suite="secure")
    second = create_run_folder(None, stamp="20261122T234536Z", suite="secure")

    assert first.path == Path("runs/20261122T234536Z-secure")
    assert second.path == Path("runs/20261122T234536Z-secure-2")
    assert (tmp_path / "runs" / "latest").resolve() == (tmp_path / second.path).resolve()


def test_a_folder_that_somebody_calls_latest_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kept = tmp_path / "runs" / "latest" / "mine.txt"
    kept.parent.mkdir(parents=True)
    kept.write_text("mine")

    create_run_folder(None, stamp="x", suite="secure")

    assert kept.read_text() == "mine"
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["latest", "x-secure"]


def test_a_named_folder_is_written_again_but_never_over_other_files(tmp_path: Path) -> None:
    out = tmp_path / "out"
    pairs = some_runs(tmp_path)
    folder = create_run_folder(out, stamp="x", suite="own")
    folder.add(0, *pairs[1])
    folder.finish(META, [pairs[1][1]], Writers(capture=write_capture))

    create_run_folder(out, stamp="x", suite="own")

    assert not list((out / "replay").glob("*.yaml"))
    assert not (out / "results.json").exists()
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("mine")
    with pytest.raises(ScenarioError, match="holds other files"):
        create_run_folder(foreign, stamp="x", suite="own")
    with pytest.raises(ScenarioError, match="is a file"):
        create_run_folder(foreign / "thesis.txt", stamp="x", suite="own")


def test_a_folder_that_cannot_be_written_is_a_clear_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ScenarioError, match="the run cannot be written"):
        create_run_folder(tmp_path / "file" / "out", stamp="x", suite="own")


def test_a_slug_needs_no_quotes_in_a_shell() -> None:
    assert slug("secure/a[two-phase, journal#3/after]") == "secure-a-two-phase-journal-3-after"
    assert slug("...") == "run"


def test_a_folder_object_makes_its_folder(tmp_path: Path) -> None:
    RunFolder(tmp_path / "a" / "b")

    assert (tmp_path / "a" / "b" / "trace.jsonl").is_file()
