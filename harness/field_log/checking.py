"""What `hanbench check --log` does: reads, judges, says what holds and what nobody can tell."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape

from hanbench.emulator.instant import Instant, format_instant
from hanbench.harness.events import Believed
from hanbench.harness.field_log.dialogue import Dialogue, dialogue_of
from hanbench.harness.field_log.entries import Exchange, FieldLog
from hanbench.harness.field_log.home_of_log import case_of_log, known_home
from hanbench.harness.field_log.proofs import Prover
from hanbench.harness.field_log.reading import nothing_in, problem_lines
from hanbench.harness.field_log.rules import (
    NEED_MORE,
    RULES,
    WITH_BELIEFS,
    WITHOUT_BELIEFS,
    LogFinding,
)
from hanbench.harness.judging.invariants import INVARIANTS
from hanbench.harness.judging.oracle import RunEnd
from hanbench.harness.judging.outcome_rules import judge_outcome
from hanbench.harness.running.case import Case
from hanbench.harness.running.results import EXIT_INCONCLUSIVE, EXIT_OK, EXIT_UNEXPECTED, EXIT_USAGE
from hanbench.protocol.sua import SuaScheme


def check_log(
    log: FieldLog, console: Console, scheme: SuaScheme, *, installation: str = "", seed: int = 1
) -> int:
    """Judge every exchange of a log, print it, and return the exit code.

    2: something in the file is wrong, and the rest was judged; 1: a rule is broken; 3: there is a
    gap, or nothing to judge; 0: every rule holds that a log can decide.
    """
    problems = list(log.problems)
    findings = 0
    is_whole = True
    for exchange in log.exchanges:
        dialogue = dialogue_of(exchange)
        problems += dialogue.problems
        findings += _judge(log, exchange, dialogue, console)
        findings += _prove(log, exchange, dialogue, console, (installation, scheme, seed))
        is_whole = is_whole and not exchange.gaps and bool(dialogue.answered)
    if not log.exchanges:
        _say(console, f"[yellow]{escape(f'{log.path}: {nothing_in(log)}: nothing to judge')}[/]")
    for one in problem_lines(log, problems):
        _say(console, f"[yellow]{escape(one)}[/]")
    for undecided in _need_more(log):
        _say(console, escape(f"not decided: {undecided}"))
    if problems:
        return EXIT_USAGE
    if findings:
        return EXIT_UNEXPECTED
    return EXIT_OK if is_whole and log.exchanges else EXIT_INCONCLUSIVE


def _need_more(log: FieldLog) -> Iterator[str]:
    """Say what nobody can tell; of a belief that is in the log more can be told than of none."""
    yield WITH_BELIEFS if any(map(_beliefs, log.exchanges)) else WITHOUT_BELIEFS
    yield from NEED_MORE


def _beliefs(exchange: Exchange) -> int:
    return sum(isinstance(event, Believed) for event in exchange.events)


def _judge(log: FieldLog, exchange: Exchange, dialogue: Dialogue, console: Console) -> int:
    name = f" {exchange.name}" if exchange.name else ""
    asked, answered, others = len(dialogue.asked), len(dialogue.answered), dialogue.others
    head = (
        f"{log.path}{name}: {asked} Instructions to {len(dialogue.meters)} meters, {answered} "
        f"answers, {others} other envelopes"
    )
    _say(console, escape(head))
    count = _hold_against_rules(log, dialogue, console)
    for gap in exchange.gaps:
        says = f"{log.place(gap.line)}: a gap: {gap.why}; what lies in it cannot be judged"
        _say(console, f"  [yellow]{escape(says)}[/]")
    return count + _judge_events(exchange, console)


def _hold_against_rules(log: FieldLog, dialogue: Dialogue, console: Console) -> int:
    if not dialogue.asked and not dialogue.answered:
        _say(console, "  [yellow]nothing to judge: no Instruction and no answer is in it[/]")
        return 0
    count = 0
    for rule in RULES:
        found = list(rule.check(dialogue))
        is_asked = any(True for _ in rule.looks_at(dialogue))
        state = "[red]broken[/]" if found else "holds " if is_asked else "-     "
        why = "" if is_asked else ": nothing in it to judge"
        _say(console, f"  {state}  {escape(f'{rule.clause:<14} {rule.words}{why}')}")
        count += _show(log, console, found)
    return count


def _judge_events(exchange: Exchange, console: Console) -> int:
    """Hold our own trace against the invariants that look at events alone."""
    if not exchange.events:
        return 0
    end = RunEnd(events=exchange.events, meters=(), evidence=(), claimed=None)
    found = [
        finding for judge in INVARIANTS if judge is not judge_outcome for finding in judge(end)
    ]
    state, count = "[red]broken[/]" if found else "holds ", _beliefs(exchange)
    beliefs = f"{count or 'no'} belief{'' if count == 1 else 's'} among them"
    _say(console, f"  {state}  the invariants over its events, {beliefs}")
    for one in found:
        when = "" if one.at_us is None else f"{format_instant(Instant(one.at_us))} "
        _say(console, f"    [red]{escape(f'{when}{one.name} [{one.clause}]: {one.detail}')}[/]")
    return len(found)


def _prove(
    log: FieldLog,
    exchange: Exchange,
    dialogue: Dialogue,
    console: Console,
    how: tuple[str, SuaScheme, int],
) -> int:
    """Do the sums where the keys of the home are known, or say that they are not."""
    if not dialogue.asked and not dialogue.answered:
        return 0
    installation, scheme, seed = how
    case = _case(log, exchange, installation, seed)
    if case is None:
        _say(console, "  not decided: codes and MACs (P1): no installation with these addresses")
        return 0
    proved = Prover(case, scheme, dialogue).prove()
    state = "[red]broken[/]" if proved.findings else "holds " if proved.verified else "-     "
    says = f"property/P1    {proved.verified} codes and answers verify under the keys of "
    _say(console, f"  {state}  {escape(says + case.installation.name)}")
    for one in proved.undecided:
        _say(console, f"  not decided: {escape(one)}")
    return _show(log, console, list(proved.findings))


def _case(log: FieldLog, exchange: Exchange, installation: str, seed: int) -> Case | None:
    if not installation and known_home(exchange) is None:
        return None
    return case_of_log(log, exchange, installation, seed)


def _show(log: FieldLog, console: Console, findings: list[LogFinding]) -> int:
    for one in _in_order(findings):
        says = f"{log.place(one.line)}: {one.name} [{one.clause}]: {one.detail}"
        _say(console, f"    [red]{escape(says)}[/]")
    return len(findings)


def _in_order(findings: list[LogFinding]) -> Iterator[LogFinding]:
    yield from sorted(findings, key=lambda one: (one.line, one.name))


def _say(console: Console, text: str) -> None:
    console.print(text, soft_wrap=True)
