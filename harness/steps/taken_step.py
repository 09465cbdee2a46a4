"""A step of a scenario, when it was taken, and what is known of it so far."""

from dataclasses import dataclass

from hanbench.emulator.instant import Instant
from hanbench.harness.files.han_steps import HAN_STEPS
from hanbench.harness.files.scenario_steps import Step

_UNSAID = {"at_us", "after", "delay_us", "clause", "installation"}
"""When, where and why: whoever tells the step tells these beside it."""


@dataclass(slots=True)
class TakenStep:
    """A step, when it was taken, and what is known of it so far."""

    step: Step
    due: Instant | None = None
    """When it is to be taken; None: it waits for a point or the outcome."""
    at: Instant | None = None
    result: str = ""
    message_id: int = 0
    attacked_with: tuple[int, ...] = ()
    """Message ids of what an adversary sent."""

    @property
    def words(self) -> str:
        """The step as a tester would say it."""
        if self.step.do in HAN_STEPS:
            # Of a look there is much that is left out; what is stated goes by its name.
            named = self.step.model_dump(
                mode="json", by_alias=True, exclude_unset=True, exclude={*_UNSAID, "do", "device"}
            )
            said = [f"{key} {_listed(value)}" for key, value in named.items()]
            return " ".join([self.step.do, *([self._device] if self._device else []), *said])
        given = self.step.model_dump(exclude_none=True, exclude=_UNSAID)
        return " ".join(f"{value}" for value in given.values() if value != "")

    @property
    def _device(self) -> str:
        return str(getattr(self.step, "device", ""))


def _listed(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)
