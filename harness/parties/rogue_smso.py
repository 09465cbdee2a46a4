"""An SMSO whose scheduled jobs go on after it has handed the keys over (domain.md 11, no. 25).

Until a meter commits a new key the SMSO can still command it, though only the DCO is entitled to: a
fault of that party, not of the engine. It spends counters that the DCO counts on, which is what an
engine has to live with. After the commit its commands are refused (P7).
"""

from hanbench.emulator.instant import HOUR_US, SECOND_US, Instant, after
from hanbench.harness.events import StepTaken
from hanbench.harness.world import World
from hanbench.protocol import instruction as instructions
from hanbench.protocol.instruction import NoOp

FIRST_AFTER_US = 5 * SECOND_US
EVERY_US = 6 * HOUR_US
JOBS_MAX = 8
"""Two days of jobs: a run that takes longer has seen enough of them."""
FIRST_REQUEST_ID = 0x5000_0000
"""Away from the request ids of any engine."""


class RogueSmso:
    """Sends a no-op under the old key to each meter, from its hand-over on."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sent = 0
        if world.case.scenario.parties.smso.commands_after_hand_over:
            world.on_hand_over = self._begin

    def _begin(self, device: str, now: Instant) -> None:
        self._schedule(device, after(now, FIRST_AFTER_US), JOBS_MAX)

    def _schedule(self, device: str, when: Instant, left: int) -> None:
        if left:
            self._world.agenda.at(when, lambda now: self._command(device, now, left))

    def _command(self, device: str, now: Instant, left: int) -> None:
        self._sent += 1
        instruction = instructions.encode(NoOp(request_id=FIRST_REQUEST_ID + self._sent))
        does = f"the SMSO commands {device} after it handed its keys over"
        self._world.trace.append(
            StepTaken(now, self._world.installation, f"party fault: {does}", "")
        )
        fault = ("domain/10.8-hand-over", "SMSO", device, does)
        self._world.shared.party_watch.note(self._world.installation, fault, now)
        smso = self._world.organisations.smso
        self._world.send_down(smso.rogue_command(self._world.installation, device, instruction))
        self._schedule(device, after(now, EVERY_US), left - 1)
