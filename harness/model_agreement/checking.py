"""What `hanbench check --model` does: explores every scope, says what holds, compares stories."""

import time
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hanbench.harness.model_agreement.agreement import Agreement, compare
from hanbench.harness.model_agreement.judgement import ModelJudgement, judge_claims
from hanbench.harness.model_agreement.recording import (
    CLEAN,
    RecordedAgreement,
    compare_recorded,
    explored_cases,
    suite_cases,
)
from hanbench.harness.model_agreement.stories import stories
from hanbench.harness.model_check.exploration import Explored, explore
from hanbench.harness.model_check.scopes import SMALL, WIDE, Question
from hanbench.harness.running.case import Case
from hanbench.harness.running.results import EXIT_OK, EXIT_UNEXPECTED

STORIES_EACH = 200
"""How many stories of each scope are told to the emulator, unless more are asked for."""

DISAGREEMENTS_SHOWN = 3


def check_model(
    console: Console,
    *,
    wide: bool = False,
    stories_each: int = STORIES_EACH,
    recorded: int = 0,
    out: Path | None = None,
) -> int:
    """Explore, compare, print; return 0, or 1 where something is not as it should be.

    Raises:
        ScenarioError: the page cannot be written to `out`.
    """
    begun_s = time.perf_counter()
    questions = WIDE if wide else SMALL
    _say(console, "Model check of the SUA key rotation (HAN-SUA-M1, synthetic), to exhaustion")
    found = [_explored(console, question) for question in questions]
    _show_table(console, questions, found)
    judgement = judge_claims(questions, found)
    _show_claims(console, judgement)
    agreement = _agreement(questions if stories_each else (), stories_each)
    is_right = _show_agreement(console, agreement) and judgement.is_right
    of_runs = recorded_agreement(recorded) if recorded else None
    is_right = _show_recorded(console, of_runs) and is_right
    wall_s = time.perf_counter() - begun_s
    _say(console, f"{judgement.states:,} states; {wall_s:.1f} s")
    if out is not None:
        from hanbench.harness.report.model_page import write_model_page  # noqa: PLC0415

        page = write_model_page(out, judgement, agreement, wall_s, of_runs)
        _say(console, f"report  {page}")
    return EXIT_OK if is_right else EXIT_UNEXPECTED


def _explored(console: Console, question: Question) -> Explored:
    with console.status(f"{question.name}, {question.profile.value}"):
        return explore(question.scope, question.profile)


def _show_table(console: Console, questions: Sequence[Question], found: Sequence[Explored]) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("scope", "profile", "states", "moves", "depth", "breaks", "what may happen"):
        is_number = name in ("states", "moves", "depth")
        table.add_column(name, justify="right" if is_number else "left")
    for question, one in zip(questions, found, strict=True):
        breaks = ", ".join(claim.name for claim in one.breaks) or "nothing"
        table.add_row(
            f"{question.name} ({question.scope.letters} letters)",
            question.profile.value,
            f"{one.states:,}",
            f"{one.transitions:,}",
            str(one.depth),
            breaks,
            question.words,
        )
    console.print(table)


def _show_claims(console: Console, judgement: ModelJudgement) -> None:
    """Say of each claim whether it holds, and tell the shortest story against it."""
    for one in judgement.claims:
        state = "[red]broken[/]" if one.is_wrong else one.state
        says = f"  {one.claim.name:<26} {state}: {escape(one.claim.words)}"
        _say(console, says, is_marked=True)
        for story in one.against:
            _say(console, f"    {story.where}")
            for line in story.moves:
                _say(console, f"      {line}")
    for line in judgement.missing:
        _say(console, f"[red]{escape(line)}[/]", is_marked=True)
    _say(console, f"  Doubt: {judgement.doubt}")


def _agreement(questions: Sequence[Question], stories_each: int) -> Agreement:
    told = [
        story
        for question in questions
        for story in list(stories(question.scope, question.profile))[:stories_each]
    ]
    return compare(told)


def _show_agreement(console: Console, agreement: Agreement) -> bool:
    told = f"{agreement.stories:,} stories, {agreement.steps:,} moves"
    if not agreement.stories:
        _say(console, "  Agreement: no story was told to the emulator")
        return True
    if not agreement.disagreements:
        _say(console, f"  Agreement: {told} told to the emulated meter, DCO and oracle: one mind")
        return True
    for one in agreement.disagreements:
        _say(console, f"[red]The model and the emulator part[/] after {told}:", is_marked=True)
        for line in one.story:
            _say(console, f"      {line}")
        _say(console, f"    {one.what}: the model says {one.model}")
        _say(console, f"    {' ' * len(one.what)}  the emulator says {one.emulator}")
    return False


def recorded_agreement(number: int) -> RecordedAgreement:
    """Hold so many cases of the suite against the model, and so many single faults."""
    suite = suite_cases()
    clean = [one for one in suite if one.name in (CLEAN, f"{CLEAN}[two-phase]")]
    faulted = [case for one in clean for case in explored_cases(one)]
    return compare_recorded([*_spread(suite, number), *_spread(faulted, number)])


def _spread(cases: Sequence[Case], number: int) -> Sequence[Case]:
    return cases[:: max(1, -(-len(cases) // number))]


def _show_recorded(console: Console, agreement: RecordedAgreement | None) -> bool:
    if agreement is None:
        _say(console, "  Recorded:  no run was held against the model")
        return True
    told = (
        f"{len(agreement.stories):,} stories of {agreement.cases:,} real runs, "
        f"{agreement.moves:,} moves, {agreement.facts:,} facts"
    )
    for words, count in agreement.ended_by:
        _say(console, f"    {count:,} could be followed no further than {words}")
    if not agreement.disagreements:
        whole = f"{agreement.whole:,} followed to their end"
        _say(console, f"  Recorded:  {told}, {whole}: all are paths of the model")
        return True
    _say(console, f"[red]Real runs and the model part[/] in {told}:", is_marked=True)
    for one in agreement.disagreements[:DISAGREEMENTS_SHOWN]:
        _say(console, f"    {one.case}, {one.device}, move {len(one.path)}: {one.what}")
        _say(console, f"      the model says {one.model}, the run says {one.run}")
    return False


def _say(console: Console, text: str, *, is_marked: bool = False) -> None:
    console.print(text if is_marked else escape(text), soft_wrap=True)
