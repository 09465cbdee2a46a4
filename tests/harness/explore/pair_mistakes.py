"""Mistakes of devices, parties and engines that show by two faults together, in one look each.

Each is made of parts, `MODULE:NAME`, so that the workers of a campaign find it. None of them leads
an engine astray: only who looks at alerts, at the third-party devices, at the ways to top up or at
the UTRNs that a meter has spent finds it, and none is there as long as one fault alone strikes.
"""

from typing_extensions import override

from hanbench.emulator.device import Output
from hanbench.emulator.hub.comms_hub import CommsHub
from hanbench.emulator.instant import Instant
from hanbench.emulator.meters.utrn_entry import CACHE
from hanbench.emulator.node.trust_centre.join_table import MemberKind
from hanbench.emulator.parties.smso import Smso
from hanbench.emulator.sua.gate import SuaGate
from hanbench.harness.engine.reference.work import Work
from hanbench.harness.parts import Parts
from hanbench.harness.zoo.modules import MIGRATE
from hanbench.harness.zoo.specimen import SwappedEngine


class _Restarts(SuaGate):
    restarts = 0

    @override
    def restart(self, now: Instant, because: str) -> None:
        self.restarts += 1
        super().restart(now, because)


class _GoesQuiet(_Restarts):
    @override
    def restart(self, now: Instant, because: str) -> None:
        super().restart(now, because)
        if self.restarts == 1:
            tell = self._note
            self._note = lambda code, at, text: None if code == "81C5" else tell(code, at, text)


def goes_quiet_after_a_restart() -> Parts:
    """A meter that has restarted tells nobody that it is locked."""
    return Parts(gate=_GoesQuiet)


class _ForgetsCodes(_Restarts):
    @override
    def restart(self, now: Instant, because: str) -> None:
        super().restart(now, because)
        if self.restarts == 2:
            self._nvm.write(CACHE, CACHE.factory_value)


def forgets_spent_codes_at_its_second_restart() -> Parts:
    """A meter that restarts a second time has an empty memory of spent UTRNs."""
    return Parts(gate=_ForgetsCodes)


class _Evicts(CommsHub):
    restarts = 0

    @override
    def restart(self, now: Instant, because: str) -> list[Output]:
        self.restarts += 1
        if self.restarts == 2:
            for member in self.joined.members:
                if member.kind is MemberKind.THIRD_PARTY:
                    self.joined.unjoin(member.eui64)
        return super().restart(now, because)


def evicts_at_its_second_restart() -> Parts:
    """A hub that restarts a second time drops what the consumer bought."""
    return Parts(hub=_Evicts)


class _Shuts(Smso):
    handed_over = 0

    @override
    def call(self, operation, arguments, now):  # type: ignore[no-untyped-def]
        self.handed_over += operation == "hand_over"
        return super().call(operation, arguments, now)

    @override
    def can_vend(self, installation: str, device: str, now: Instant) -> bool:
        return self.handed_over < 4 and super().can_vend(installation, device, now)


def shuts_after_two_repeats() -> Parts:
    """An SMSO that is asked for both hand-overs twice vends no more."""
    return Parts(smso=_Shuts)


async def _nothing_bars_it(_work: Work) -> str:
    return ""


def starts_again_whatever_has_come_of_it() -> SwappedEngine:
    """An engine whose start was not answered asks for it again, and for nothing else before."""
    return SwappedEngine(lambda swaps: swaps.put(MIGRATE, "migrated_by_another", _nothing_bars_it))
