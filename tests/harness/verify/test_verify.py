"""Runs that depend on the process they run in are found, and shown at the event where they part."""

import io
import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from hanbench.harness.errors import HarnessError, ScenarioError
from hanbench.harness.verify import settings as settings_of
from hanbench.harness.verify.partings import ENDED, differences, parting
from hanbench.harness.verify.processes import Order, hashes_of
from hanbench.harness.verify.request import VerifyRequest, verify
from hanbench.harness.verify.settings import SETTINGS, Setting, command, environment

ONE = {"what": ("clean-two-fuel",), "expression": "no-traffic"}
PLANTED = "tests.harness.verify.planted"


def verified(settings: Sequence[Setting] = SETTINGS[:2], **options: object) -> tuple[int, str]:
    shown = Console(file=io.StringIO(), width=240)
    request = VerifyRequest(**{"jobs": 2, **options})  # type: ignore[arg-type]
    code = verify(request, shown, settings)
    return code, shown.file.getvalue()  # type: ignore[attr-defined]


def test_the_reference_engine_gives_the_same_under_every_setting() -> None:
    code, text = verified(SETTINGS, **ONE)

    assert code == 0
    assert "1 case under 3 settings: both hashes agree" in text
    assert "chance" not in text
    assert "hash seed 4242" in text


def test_a_set_of_text_is_found_and_shown_where_the_runs_part() -> None:
    code, text = verified(**ONE, engine=f"{PLANTED}:goes_by_a_set")

    assert code == 1
    assert "secure/clean-two-fuel[no-traffic]  A and B: trace and story differ" in text
    assert "they part at event" in text
    assert "How chance usually gets in:\n  a set of text is gone through" in text
    first, second = re.findall(
        r"^  [AB] .*journal number=\d+ entry=.*planned.*$", text, re.MULTILINE
    )
    assert first[4:] != second[4:]


def test_an_address_in_a_record_is_found() -> None:
    code, text = verified(**ONE, engine=f"{PLANTED}:goes_by_an_address")

    assert code == 1
    assert "they part at event" in text


def test_a_device_of_ones_own_that_sends_by_a_set_is_found_and_said_whose_it_is(
    tmp_path: Path,
) -> None:
    parts = f"{PLANTED}:sends_by_a_set"

    code, text = verified(**ONE, parts=parts, out=tmp_path)

    assert code == 1
    assert "secure/clean-two-fuel[no-traffic]  A and B: trace and story differ" in text
    first, second = re.findall(r"^  [AB] .* alert device=hub .*attempted: .*$", text, re.MULTILINE)
    assert first[4:] != second[4:]
    told = json.loads((tmp_path / "verification.json").read_text("utf-8"))
    assert (told["engine"], told["scheme"], told["parts"]) == ("reference", "han-sua-m1", parts)
    page = (tmp_path / "verification.html").read_text("utf-8")
    assert f"devices and parties of <code>{parts}</code>" in page


def test_what_one_case_leaves_for_the_next_is_found_by_their_order() -> None:
    options = {"what": ("clean-two-fuel",), "expression": "no-traffic or two-phase", "jobs": 1}

    code, text = verified(**options, engine=f"{PLANTED}:remembers_the_case_before")

    assert code == 1
    assert "2 differ" in text
    # Run by itself it is the same everywhere: said, and not hidden.
    assert "the same when it was run by itself" in text


def test_octets_that_differ_in_the_trace_alone_are_told_apart_from_the_story() -> None:
    found = {"A": {"x": ("1", "same")}, "B": {"x": ("2", "same")}}

    told = differences(SETTINGS[:2], found)

    assert [(one.trace_differs, one.story_differs) for one in told] == [(True, False)]


def test_the_differences_come_as_data_too() -> None:
    code, text = verified(**ONE, engine=f"{PLANTED}:goes_by_a_set", as_data=True)

    told = json.loads(text)
    assert code == 1
    assert told["verification"] == 1
    assert list(told["cases"]) == ["secure/clean-two-fuel[no-traffic]"]
    assert told["differences"][0]["story_differs"]
    assert told["differences"][0]["parting"]["event"] > 1


def test_a_sweep_is_run_case_by_case_in_the_processes() -> None:
    order = Order(
        what=("engine-crash-at-each-journal-write",),
        options={"engine": "reference", "scheme": "han-sua-m1", "traffic": "off"},
        cases=("secure/engine-crash-at-each-journal-write",),
    )

    found = hashes_of(SETTINGS[0], order)

    assert len(found) > 30
    assert all(name.startswith(order.cases[0] + "[journal#") for name in found)


def test_traces_part_at_the_first_event_that_differs_or_is_missing() -> None:
    same = ["a", "b", "c"]

    assert parting(same, list(same)) is None
    parted = parting(["a", "b", "x"], same)
    assert parted is not None
    assert (parted.event, parted.first, parted.second) == (3, "x", "c")
    assert parted.before == ("a", "b")
    shorter = parting(["a"], same)
    assert shorter is not None
    assert (shorter.event, shorter.first, shorter.second) == (2, ENDED, "b")


def test_a_case_that_only_one_setting_has_is_a_difference() -> None:
    found = {"A": {"x": ("1", "2")}, "B": {"x": ("1", "2"), "y": ("3", "4")}, "C": {}}

    told = differences(SETTINGS, found)

    assert [(one.case, one.second, one.is_missing) for one in told] == [
        ("x", "C", True),
        ("y", "B", True),
    ]


@pytest.mark.parametrize(
    ("hashes", "says"),
    [
        ("xyx", "A and C agree, B does not"),
        ("xyy", "B and C agree, A does not"),
        ("xyz", ""),
    ],
)
def test_which_settings_agree_is_said(hashes: str, says: str) -> None:
    found = {one.name: {"c": (hashes[at], "s")} for at, one in enumerate(SETTINGS)}

    (told,) = differences(SETTINGS, found)

    assert told.alike_words == says


def test_the_settings_share_nothing_that_could_leak() -> None:
    for name in ("hash_seed", "padding", "time_zone"):
        assert len({getattr(one, name) for one in SETTINGS}) == len(SETTINGS)
    assert len({(one.allocator, one.is_laid_out_alike) for one in SETTINGS}) == len(SETTINGS)
    assert [environment(one)["PYTHONHASHSEED"] for one in SETTINGS] == ["0", "1", "4242"]


def test_without_setarch_the_layout_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    settings_of.can_fix_layout.cache_clear()

    fixed = next(one for one in SETTINGS if one.is_laid_out_alike)
    assert command(fixed)[0] != "setarch"
    assert "addresses fixed" not in fixed.words
    settings_of.can_fix_layout.cache_clear()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"what": ("no-such-suite",)}, "no suite, scenario"),
        ({"what": ("clean-two-fuel",), "expression": "nothing-is-called-so"}, "no case"),
        ({**ONE, "engine": f"{PLANTED}:nobody"}, "nobody"),
        ({**ONE, "parts": f"{PLANTED}:nobody"}, f"--parts {PLANTED}:nobody: {PLANTED} has no"),
        ({**ONE, "parts": f"{PLANTED}:WORDS"}, f"--parts {PLANTED}:WORDS: expected Parts"),
    ],
)
def test_wrong_input_is_the_users_and_named_before_a_process_is_started(
    options: dict[str, object], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hanbench.harness.verify.request.run_all", None)

    with pytest.raises(ScenarioError, match=says):
        verified(**options)


def test_a_process_that_dies_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dying.py").write_text(
        "import os\ndef engine():\n    os._exit(9)\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)

    with pytest.raises(HarnessError, match="ended with 9"):
        verified(**ONE, engine="dying:engine")


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("suite", ["secure", "rules", "han"])
def test_a_whole_suite_is_the_same_in_every_process(suite: str) -> None:
    code, text = verified(SETTINGS, what=(suite,))

    assert code == 0, text
