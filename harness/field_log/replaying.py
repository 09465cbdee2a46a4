"""What `hanbench replay --log` does: the emulated device against the recorded one."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from hanbench.harness.field_log.dialogue import Answered, Dialogue, dialogue_of
from hanbench.harness.field_log.driving import Difference, Driven, drive
from hanbench.harness.field_log.entries import Exchange, FieldLog, LogProblem
from hanbench.harness.field_log.home_of_log import case_of_log
from hanbench.harness.field_log.reading import choose, problem_lines
from hanbench.harness.running.results import EXIT_INCONCLUSIVE, EXIT_OK, EXIT_UNEXPECTED, EXIT_USAGE
from hanbench.protocol.sua import SuaScheme


def replay_log(
    log: FieldLog,
    console: Console,
    scheme: SuaScheme,
    *,
    case_name: str = "",
    installation: str = "",
    seed: int = 1,
) -> int:
    """Drive the emulated meters of a home with one exchange, and return the exit code.

    2: something in the file is wrong, and the rest was driven; 1: an answer differs that nothing
    missing explains; 3: the log has a gap, or no answer to compare; 0: every recorded answer is
    given again.

    Raises:
        ScenarioError: the exchange or its home cannot be told.
    """
    exchange = choose(log, case_name)
    dialogue = dialogue_of(exchange)
    case = case_of_log(log, exchange, installation, seed)
    driven = drive(exchange, dialogue, case, scheme)
    _say(console, f"{log.path} {exchange.name}".rstrip() + f", on {case.installation.name}")
    problems = [*log.problems, *dialogue.problems]
    unasked = [one for one in dialogue.answered if one.to is None]
    hiding = _missing_before(exchange, problems, unasked, driven.difference)
    _show(log, dialogue, driven, console, hiding)
    for gap in exchange.gaps:
        says = f"{log.place(gap.line)}: a gap: {gap.why}; what lies in it could not be driven"
        _say(console, f"  [yellow]{escape(says)}[/]", is_marked=True)
    for line in problem_lines(log, problems):
        _say(console, f"[yellow]{escape(line)}[/]", is_marked=True)
    if problems:
        return EXIT_USAGE
    if driven.difference is not None and hiding is None:
        return EXIT_UNEXPECTED
    return EXIT_INCONCLUSIVE if exchange.gaps or not driven.compared else EXIT_OK


def _missing_before(
    exchange: Exchange,
    problems: Sequence[LogProblem],
    unasked: Sequence[Answered],
    found: Difference | None,
) -> str | None:
    """Say what is missing last before a difference: it may have changed the device."""
    if found is None:
        return None
    gaps = [(one.line, f"what lies in the gap of line {one.line}") for one in exchange.gaps]
    lost = [(one.line, _lost(one.line)) for one in problems if one.is_loss]
    # An answer to something that is not there is the least told of all.
    orphans = [(one.entry.line, f"what line {one.entry.line} answers") for one in unasked]
    for missing in ([*gaps, *lost], orphans):
        if before := [one for one in missing if one[0] < found.line]:
            return max(before)[1]
    return None


def _lost(line: int) -> str:
    return f"what is lost at line {line}" if line else "what was never recorded"


def _show(
    log: FieldLog, dialogue: Dialogue, driven: Driven, console: Console, hiding: str | None
) -> None:
    _say(
        console,
        f"  {len(dialogue.asked)} Instructions, {len(dialogue.answered)} answers; "
        f"{driven.compared} answers are given again as they were recorded",
    )
    if dialogue.others:
        _say(console, f"  {dialogue.others} envelopes to and from the hub are not driven")
    for asked, fate in driven.assumed:
        _say(
            console,
            f"  {log.place(asked.entry.line)}: {asked.words} to {asked.entry.device} is taken "
            f"{fate.value}: only so are the answers after it explained",
        )
    _show_unframed(log, driven, console)
    kept = driven.unanswered - len(driven.assumed)
    if kept:
        _say(console, f"  {kept} without a recorded answer are taken to have been carried out")
    found = driven.difference
    if found is None:
        is_whole = all(one.to is not None for one in dialogue.answered)
        which = "" if is_whole else " to an Instruction that is in the log"
        says = f"[green]every recorded answer{which} is given again[/]"
        if not driven.compared:
            says = "[yellow]no answer to compare[/]"
        _say(console, f"  {says}", is_marked=True)
        return
    asked = found.asked
    _say(
        console,
        f"{log.place(found.line)}: the answer to {asked.words} (line {asked.entry.line}) differs "
        f"in its {found.what}:",
    )
    _say(console, f"  [red]- recorded  {escape(found.recorded)}[/]", is_marked=True)
    _say(console, f"  [green]+ emulated  {escape(found.emulated)}[/]", is_marked=True)
    if hiding is not None:
        says = f"no verdict on it: {hiding} may be the reason"
        _say(console, f"  [yellow]{says}[/]", is_marked=True)


def _show_unframed(log: FieldLog, driven: Driven, console: Console) -> None:
    """Name the envelopes that their transport MAC shows to be damaged."""
    for asked in driven.unframed:
        says = (
            f"{log.place(asked.entry.line)}: {asked.words} to {asked.entry.device} has no right "
            "transport MAC, and no answer: the emulated meter does not carry it out either"
        )
        _say(console, f"  [yellow]{escape(says)}[/]", is_marked=True)
    for answered in driven.answers_unframed:
        says = (
            f"{log.place(answered.entry.line)}: the answer of {answered.entry.device} has no right "
            "transport MAC; what it holds is compared as it stands"
        )
        _say(console, f"  [yellow]{escape(says)}[/]", is_marked=True)


def _say(console: Console, text: str, *, is_marked: bool = False) -> None:
    console.print(text if is_marked else escape(text), soft_wrap=True)
