"""The pages of the other commands: of one family with the report, and true to their data."""

import dataclasses
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.harness.report.html_pages import broken_links, faults_of, pages_in, tags_of
from tests.harness.report.made_pages import (
    made_verification,
    parted_agreement,
    small_judgement,
    write_kin,
    write_replay_of,
)
from tests.harness.report.made_runs import made_meta, made_runs

from hanbench.harness.cli import cli
from hanbench.harness.errors import ScenarioError
from hanbench.harness.model_agreement.agreement import Agreement
from hanbench.harness.model_agreement.judgement import MUST_BREAK
from hanbench.harness.model_agreement.recording import RecordedAgreement, RecordedStory
from hanbench.harness.report import write_report
from hanbench.harness.report.model_page import write_model_page
from hanbench.harness.report.templates import PAGES
from hanbench.harness.report.verification_page import write_verification
from hanbench.harness.running.run_folder import create_run_folder
from hanbench.harness.verify.request import VerifyRequest, verify
from hanbench.harness.verify.settings import SETTINGS

KIN = [name for name in PAGES if name != "verdicts.html"]  # that of a long run alone


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("run")
    write_kin(path)
    write_report(path / "report.html", made_runs(), made_meta())
    return path


def text_of(folder: Path, name: str) -> str:
    return " ".join((folder / name).read_text(encoding="utf-8").split())


def test_every_page_is_well_made_and_every_link_leads_somewhere(folder: Path) -> None:
    wrong = {path.name: faults_of(path) for path in pages_in(folder) if faults_of(path)}

    assert wrong == {}
    assert broken_links(folder) == []


def test_the_contents_lead_to_every_page_and_every_page_to_the_contents(folder: Path) -> None:
    contents = tags_of(folder / "index.html").links

    assert set(KIN) <= set(contents)
    for name in KIN:
        assert "index.html" in tags_of(folder / name).links
    assert "model.html" in tags_of(folder / "report.html").links


def test_all_have_one_style_sheet(folder: Path) -> None:
    styles = {text_of(folder, name).split("<style>")[1].split("</style>")[0] for name in KIN}

    assert len(styles) == 1


def test_a_page_of_another_command_does_not_keep_a_run_out_of_its_folder(tmp_path: Path) -> None:
    write_model_page(tmp_path, small_judgement(), Agreement(0, 0, ()), 1.0)

    create_run_folder(tmp_path, stamp="x", suite="own")

    assert (tmp_path / "model.html").is_file()


def test_a_verification_says_whether_chance_gets_in(tmp_path: Path) -> None:
    write_verification(tmp_path, made_verification(differs=True), "{}")
    differing = text_of(tmp_path, "verification.html")
    write_verification(tmp_path, made_verification(differs=False), "{}")
    agreeing = text_of(tmp_path, "verification.html")
    assert "`" not in differing

    assert '<span class="word">Yes.</span> 1 case of 2 came out differently.' in differing
    assert "They part at event 7" in differing
    assert '<span class="word">No.</span> 2 cases gave the same trace' in agreeing
    assert "What differs" not in agreeing


def test_a_verification_without_fixed_addresses_says_so(tmp_path: Path) -> None:
    free = dataclasses.replace(made_verification(differs=False), is_layout_fixed=False)

    write_verification(tmp_path, free, "{}")

    assert "Addresses could not be fixed here" in text_of(tmp_path, "verification.html")


def test_a_model_check_says_what_holds_and_tells_the_story_of_what_must_break(
    tmp_path: Path,
) -> None:
    judgement = small_judgement()

    write_model_page(tmp_path, judgement, Agreement(12, 80, ()), 1.0)

    page = text_of(tmp_path, "model.html")
    broken = [one for one in judgement.claims if one.state == MUST_BREAK]
    assert broken
    assert "Every claim holds, or breaks only where it must." in page
    assert f"{judgement.states:,} states" in page
    for move in broken[0].against[0].moves:
        assert " ".join(move.split()).replace("'", "&#39;") in page


def test_a_model_check_in_which_the_emulator_parts_is_no_yes(tmp_path: Path) -> None:
    write_model_page(tmp_path, small_judgement(), parted_agreement(), 1.0)

    page = text_of(tmp_path, "model.html")
    assert '<span class="word">No.</span> The model and the emulator part.' in page
    assert "They part over the key of the meter" in page


def test_a_claim_that_does_not_break_where_it_must_is_told(tmp_path: Path) -> None:
    judgement = dataclasses.replace(small_judgement(), missing=("P7 should break, and does not",))

    write_model_page(tmp_path, judgement, Agreement(0, 0, ()), 1.0)

    assert "What should break does not." in text_of(tmp_path, "model.html")


def test_a_replay_says_whether_it_came_out_the_same_and_where_its_file_was_edited(
    tmp_path: Path,
) -> None:
    write_replay_of(tmp_path)
    same = text_of(tmp_path, "replay.html")
    write_replay_of(tmp_path, story="another story\n")
    other = text_of(tmp_path, "replay.html")

    assert "Every octet and every event is the recorded one." in same
    assert "The file was edited: line 1 of its story is not the one that its hash is of." in other
    assert "- another story" in other


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    for write in (
        lambda path: write_verification(path, made_verification(differs=False), "{}"),
        lambda path: write_model_page(path, small_judgement(), Agreement(0, 0, ()), 1.0),
        write_replay_of,
    ):
        with pytest.raises((ScenarioError, OSError), match="file"):
            write(tmp_path / "file" / "below")
    assert (tmp_path / "file").read_text() == "mine"


def test_verify_writes_its_page_and_its_data(tmp_path: Path) -> None:
    request = VerifyRequest(
        what=("smso-refuses-hand-over",), expression="not [", jobs=1, out=tmp_path / "out"
    )

    assert verify(request, settings=SETTINGS[:1]) == 0

    data = json.loads((tmp_path / "out" / "verification.json").read_text())
    assert list(data["cases"]) == ["secure/smso-refuses-hand-over"]
    assert "secure/smso-refuses-hand-over" in text_of(tmp_path / "out", "verification.html")
    assert not broken_links(tmp_path)


def test_a_page_of_a_log_that_is_checked_is_refused() -> None:
    for words in (["check", "--log", "x", "--out", "out"], ["replay", "--log", "x", "--out", "y"]):
        done = CliRunner().invoke(cli, words)

        assert done.exit_code == 2
        assert "--out is for" in done.output


def test_the_models_page_tells_what_real_runs_were_followed_and_where_one_parts(
    tmp_path: Path,
) -> None:
    ended = RecordedStory(case="secure/x", device="gsme", path=(), facts=7, ended_by="a stop")
    parts = RecordedStory(
        case="secure/y", device="esme", path=(), facts=3, what="the belief", model="OLD", run="NEW"
    )

    write_model_page(
        tmp_path,
        small_judgement(),
        Agreement(0, 0, ()),
        1.0,
        RecordedAgreement(2, (ended, parts)),
    )

    html = (tmp_path / "model.html").read_text()
    assert "2 stories of 2 real runs, 0 moves, 10 facts compared" in html
    assert "1 could be followed no further than a stop" in html
    assert "the model says OLD, the run says NEW" in html
