"""What befell a meter's account, its switch and its clock, kept for whoever judges the meter.

It stands in no trace and decides nothing: a meter that tells another story than it lived is held
against it. Kept is what the codes of domain.md 3.3 are about, and not each penny of use.
"""

from dataclasses import dataclass

from hanbench.emulator.instant import Instant
from hanbench.emulator.meters.prepayment import CreditAccount


@dataclass(frozen=True, slots=True)
class AccountMoved:
    """One step of the account and the switch: as it was, as it should be, as it truly is."""

    at: Instant
    before: CreditAccount
    wanted: CreditAccount
    after: CreditAccount
    is_stuck: bool
    """Whether the contactor or the valve did not move, whatever was wanted."""

    @property
    def is_worth_keeping(self) -> bool:
        """Whether anything changed, or should have, that a code is about."""
        if self.before is self.wanted and self.before is self.after:
            return False
        return not _kept(self.before) == _kept(self.wanted) == _kept(self.after)


@dataclass(frozen=True, slots=True)
class OpenedByHand:
    """Somebody at a gas meter opened its valve with A and B."""

    at: Instant
    has_flow: bool
    """Whether a tap stood open."""


@dataclass(frozen=True, slots=True)
class ClockAsked:
    """An authentic Instruction asked for another time."""

    at: Instant
    by_s: int
    """How far ahead of what the clock showed, in seconds."""


Deed = AccountMoved | OpenedByHand | ClockAsked


def _kept(account: CreditAccount) -> tuple[object, ...]:
    return account.balance_pence, account.mode, account.emergency, account.supply
