"""The migration reports of a world hold every attempt once, and no start that never was."""

from collections.abc import Sequence

from hanbench.harness.judging.reconciliation import starts_in, telling, unreconciled
from hanbench.harness.parties import migration_reports
from hanbench.harness.verdict import Finding
from hanbench.harness.world import World

CLAUSE = "seed0/s1mig-counting"


def judge_reports(world: World) -> list[Finding]:
    """Reconcile S1MIG-001 to -006 and -010 with the trace, and the trace with the accounts."""
    if not world.case.scenario.migrates:
        return []
    told = telling(world.shared.trace.events)
    epoch = world.case.scenario.epoch
    attempts = migration_reports.attempts_of(world.case.name, told, epoch)
    reports = migration_reports.reports_of(attempts)
    problems = list(unreconciled(reports, told, epoch))
    starts = starts_in(told)
    for home in (world, *world.companions):
        name = home.installation
        stands = world.organisations.accounts.of(name).starts
        if starts[name] != stands:
            problems.append(f"{name}: {starts[name]} starts in the trace, {stands} on its account")
    findings = [
        Finding(name="reports-unreconciled", clause=CLAUSE, detail=problem, at_us=world.now)
        for problem in problems
    ]
    return findings + _otherwise(world, reports)


def _otherwise(world: World, reports: Sequence[migration_reports.Report]) -> list[Finding]:
    """Find the reports in which other numbers stand than the scenario states."""
    held = {report.number: report.total for report in reports}
    return [
        Finding(
            name="report-otherwise",
            clause=CLAUSE,
            detail=f"{held[number]} attempts stand in {number}, not {wanted}",
            expected=str(wanted),
            truth=str(held[number]),
            at_us=world.now,
        )
        for number, wanted in world.case.scenario.expect.reports.items()
        if held[number] != wanted
    ]
