"""A contactor or valve that is stuck, and the test of a gas valve that is opened by hand.

Sources: alerts 81BD, 81C0, 81BF and 8184 of the GBCS codes (domain.md 3.3); a Liberty EG4 gas meter
that finds a flow as it is re-opened goes back to READY. That the first vain move is told, and those
after it are not, and what counts as a test of the valve, is modelled [M].
"""

from dataclasses import dataclass, replace

from hanbench.emulator.meters.prepayment import Change, CreditAccount, OffReason, SupplyState

NOT_CONNECTED = "81BD"
NOT_DISCONNECTED = "81C0"
FLOW_FOUND = "81BF"
VALVE_TESTED = "8184"
_BELOW_DISABLEMENT = "8F0F"
"""Told once, however often a stuck contactor is asked to open."""


@dataclass(slots=True)
class Stuck:
    """Whether the contactor or valve moves, and whether that was told."""

    is_stuck: bool = False
    has_told: bool = False

    def moved(self, before: CreditAccount, change: Change) -> Change:
        """Return the change as it truly is: what is stuck stays open or closed as it was."""
        account, codes = change
        is_on = before.supply is SupplyState.ENABLED
        if not self.is_stuck or is_on is (account.supply is SupplyState.ENABLED):
            self.has_told = self.has_told and self.is_stuck
            return change
        kept = replace(account, supply=before.supply, off_reason=before.off_reason)
        if self.has_told:
            return kept, tuple(code for code in codes if code != _BELOW_DISABLEMENT)
        self.has_told = True
        return kept, (*codes, NOT_DISCONNECTED if is_on else NOT_CONNECTED)


def valve_after_test(before: CreditAccount, change: Change, *, has_flow: bool) -> Change:
    """Test the valve of a gas meter that is opened by hand: with a tap open it is READY again."""
    account, codes = change
    if before.supply is SupplyState.ENABLED or account.supply is not SupplyState.ENABLED:
        return change
    if not has_flow:
        return account, (*codes, VALVE_TESTED)
    armed = replace(account, supply=SupplyState.ARMED, off_reason=OffReason.NONE)
    return armed, (*codes, FLOW_FOUND)
