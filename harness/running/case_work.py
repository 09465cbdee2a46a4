"""What a worker process does with a case. Imports wait until then: the parent needs none of it."""

from typing import TYPE_CHECKING

from hanbench.harness.running.case import Case
from hanbench.harness.verdict import CaseRun

if TYPE_CHECKING:
    from hanbench.harness.captures.live_air import LiveShow


def run_one(case: Case) -> CaseRun:
    """Run a case and judge it."""
    from hanbench.harness.running.run_case import run_case  # noqa: PLC0415

    return run_case(case)


def run_one_live(case: Case, show: "LiveShow") -> CaseRun:
    """Run a case and judge it, and send its frames while it runs."""
    from hanbench.harness.captures.live_air import LiveAir  # noqa: PLC0415
    from hanbench.harness.running.run_case import run_case  # noqa: PLC0415
    from hanbench.harness.world import World  # noqa: PLC0415

    airs: list[LiveAir] = []
    with show.sender() as sender:

        def watch(world: World) -> None:
            airs.append(LiveAir(world, sender, show.places))

        run = run_case(case, watch)
        for air in airs:
            air.end()
        return run


def sweep_one(case: Case) -> tuple[Case, ...]:
    """Return the cases that a case with a sweep stands for; this runs it once, unfaulted."""
    from hanbench.harness.running.sweep import expand_sweep  # noqa: PLC0415

    return expand_sweep(case)
