"""What is wrong with a run up to now: all that a verdict looks at, and that has happened already.

A campaign ends a run early where the rest of it is known (see `explore/merging`). What lies behind
it is known to nobody else, so everything that the verdict would find in it is looked for there.
"""

from collections.abc import Sequence

from hanbench.harness.judging.alert_truth import judge_alerts
from hanbench.harness.judging.commissioning_probe import judge_commissioned
from hanbench.harness.judging.invariants import INVARIANTS, WITHOUT_ENGINE
from hanbench.harness.judging.oracle import RunEnd
from hanbench.harness.judging.report_judge import judge_reports
from hanbench.harness.judging.served import judge_third_parties
from hanbench.harness.judging.top_up_watch import judge_top_ups
from hanbench.harness.judging.utrn_separation import judge_utrns
from hanbench.harness.steps.taken_step import TakenStep
from hanbench.harness.verdict import Finding
from hanbench.harness.world import World


def judged(world: World, end: RunEnd, taken: Sequence[TakenStep]) -> list[Finding]:
    """Hold a home against every rule that needs nothing but what was done and what stands.

    `taken` are the steps that were taken in this home.
    """
    found: list[Finding] = []
    for invariant in INVARIANTS if world.case.scenario.migrates else WITHOUT_ENGINE:
        found += invariant(end)
    found += [*judge_top_ups(world), *judge_third_parties(world)]
    found += [*judge_alerts(world, taken), *judge_utrns(world)]
    return [*found, *world.process.findings]


def wrong_so_far(world: World, end: RunEnd) -> list[Finding]:
    """Return what is wrong by now in a run of a single home; some of it may yet come right."""
    taken = [entry for entry in world.shared.steps if entry.at is not None]
    parties = world.shared.party_watch.of(world.installation)
    found = [*judged(world, end, taken), *judge_commissioned(world), *judge_reports(world)]
    return [*found, *parties]
