"""`hanbench report`: written again from the run folder, or refused by name with nothing touched."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.harness.report.html_pages import broken_links, pages_in

from hanbench.harness.cli import EXIT_USAGE, cli
from hanbench.harness.errors import ScenarioError

CASE = "smso-refuses-hand-over"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with one failure: the engine of the zoo that takes a time-out for proof."""
    out = tmp_path_factory.mktemp("ran") / "run"
    words = ["run", CASE, "rotation-response-lost", "--jobs", "0", "--out", str(out)]
    engine = ["--engine", "hanbench.harness.zoo.beliefs:assumes_old_on_time_out"]
    assert CliRunner().invoke(cli, [*words, *engine]).exit_code == 1
    return out


@pytest.fixture
def run(ran: Path, tmp_path: Path) -> Path:
    """The same, to be damaged."""
    copy = tmp_path / "run"
    copy.mkdir()
    for path in ran.rglob("*"):
        target = copy / path.relative_to(ran)
        if path.is_dir():
            target.mkdir(exist_ok=True)
        else:
            target.write_bytes(path.read_bytes())
    return copy


def contents(folder: Path) -> dict[str, bytes]:
    paths = sorted(folder.rglob("*"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths if path.is_file()}


def typed(*words: str) -> tuple[int, str]:
    """Type a command; a mistake of the user's ends as the command line ends it."""
    done = CliRunner().invoke(cli, [*words])
    if isinstance(done.exception, ScenarioError):
        return EXIT_USAGE, str(done.exception)
    return done.exit_code, done.output


def test_the_report_of_a_run_is_the_same_when_it_is_written_again(run: Path, ran: Path) -> None:
    for page in pages_in(run):
        page.unlink()

    code, said = typed("report", str(run))

    assert code == 0, said
    before, after = contents(ran), contents(run)
    assert set(before) == set(after)
    there = {name for name in before if name.endswith(".html")}
    assert any(name.startswith("failures/") for name in there)
    for name in there:
        mine = after[name].replace(str(run).encode(), b"").replace(run.name.encode(), b"")
        theirs = before[name].replace(str(ran).encode(), b"").replace(ran.name.encode(), b"")
        assert mine == theirs, name


def test_a_baseline_is_told_in_it(run: Path, tmp_path: Path) -> None:
    known = tmp_path / "known.yaml"
    assert typed("gate", str(run), "--new-baseline", str(known))[0] == 0
    known.write_text(known.read_text().replace('reason: ""', "reason: we know"))

    code, said = typed("report", str(run), "--baseline", str(known))

    assert code == 0, said
    page = (run / "report.html").read_text()
    assert "Against the baseline" in page
    assert broken_links(run) == []


Damage = Callable[[Path], None]


def _cut(name: str, share: float) -> Damage:
    def cut(run: Path) -> None:
        data = (run / name).read_bytes()
        (run / name).write_bytes(data[: int(len(data) * share)])

    return cut


def _whole_lines(run: Path) -> None:
    lines = (run / "trace.jsonl").read_bytes().splitlines(keepends=True)
    (run / "trace.jsonl").write_bytes(b"".join(lines[:-5]))


def _killed(run: Path) -> None:
    results = json.loads((run / "results.json").read_text())
    lines = [json.dumps(case) for case in results["cases"][:2]]
    (run / "results.jsonl").write_text("\n".join(lines) + "\n")
    (run / "results.json").unlink()


def _not_text(run: Path) -> None:
    (run / "trace.jsonl").write_bytes(b"\xff\xfe\x00")


def _other_version(run: Path) -> None:
    text = (run / "results.json").read_text()
    (run / "results.json").write_text(text.replace('"results": 1', '"results": 9', 1))


def _no(name: str) -> Damage:
    return lambda run: (run / name).unlink()


DAMAGES: dict[str, tuple[Damage, str]] = {
    "results cut off": (_cut("results.json", 0.6), "results.json: not a results file"),
    "results empty": (_cut("results.json", 0.0), "results.json: not a results file"),
    "results missing": (_no("results.json"), "results.json: no such run"),
    "killed while it ran": (_killed, "the run has not ended, or was killed: results.jsonl has 2"),
    "another version": (_other_version, "results.json: not a results file: results"),
    "trace cut in a line": (_cut("trace.jsonl", 0.5), "trace.jsonl:"),
    "trace cut at a line": (_whole_lines, "the file is cut off, or is of another run"),
    "trace missing": (_no("trace.jsonl"), "trace.jsonl: cannot be read: No such file"),
    "trace no text": (_not_text, "trace.jsonl: is not UTF-8"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_folder_that_is_half_written_is_answered_by_name_and_left_as_it_is(
    run: Path, name: str
) -> None:
    damage, words = DAMAGES[name]
    damage(run)
    before = contents(run)

    code, said = typed("report", str(run))

    assert code == 2
    assert words in said
    assert contents(run) == before


@pytest.mark.parametrize("name", [name for name in DAMAGES if not name.startswith("trace")])
@pytest.mark.parametrize("command", ["gate", "compare"])
def test_the_gate_and_the_comparison_say_the_same(
    run: Path, ran: Path, name: str, command: str
) -> None:
    damage, words = DAMAGES[name]
    damage(run)
    before = contents(run)
    more = (str(ran),) if command == "compare" else ("--sarif", str(run / "new.sarif"))

    code, said = typed(command, str(run), *more)

    assert code == 2
    assert words in said
    assert contents(run) == before


def test_a_report_that_was_stopped_half_way_is_written_anew(run: Path) -> None:
    (run / "report.html").unlink()
    (run / "failures" / "stray.html").write_text("<title>of another run</title>")
    (run / "cases" / "half.tmp").write_text("<!doctype")

    code, said = typed("report", str(run))

    assert code == 0, said
    assert (run / "report.html").is_file()
    assert not (run / "failures" / "stray.html").exists()
    assert broken_links(run) == []


def test_no_such_run_and_a_file_in_its_place_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    assert typed("report", str(tmp_path / "none")) == (
        2,
        f"{tmp_path / 'none'}: no such run folder",
    )
    assert typed("report", str(tmp_path / "file"))[0] == 2
    assert (tmp_path / "file").read_text() == "mine"
