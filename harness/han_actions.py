"""Takes the steps of a scenario that happen on the HAN, and tells what a look found."""

from hanbench.emulator.instant import Instant
from hanbench.harness.han_steps import HanStep, Look, Reach
from hanbench.harness.han_truth import differences, han_truth
from hanbench.harness.world import World

NOT_POSSIBLE = "not possible"


def act(world: World, step: HanStep, now: Instant) -> str:
    """Take a step; return what came of it, empty where it is as it should be."""
    match step:
        case Look():
            found = differences(step, han_truth(world, step.device, now))
            return ", ".join(f"{what} {value}, not {wanted}" for what, wanted, value in found)
        case Reach():
            _move(world, step)
            return ""
        case _:
            return NOT_POSSIBLE


def _move(world: World, step: Reach) -> None:
    devices = world.case.installation.devices
    here = devices[step.device].eui64
    for name in step.loses:
        world.han.move(here, devices[name].eui64, hears=False)
    for name in step.gains:
        world.han.move(here, devices[name].eui64, hears=True)
