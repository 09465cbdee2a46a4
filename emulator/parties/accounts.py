"""Whose account an Installation stands on.

Source: TMAD v5.1 conclusions (30 Jun 2020): migration starts when the meter is switched to the DCC
account; a device rolled back is rolled back to Secure, and must be returned to the Supplier Account
before it can be resubmitted. Moving an account is an operation of the SMSO and not a SUA-guarded
Instruction [M, domain.md 10.8].

    Supplier Account --start--> DCC account --roll back--> held by Secure --return--> Supplier
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hanbench.emulator.instant import Instant

ATTEMPTS_MAX = 5
"""Five or more attempts are an excluded category (DCC consultation on the expiry of the TMAD)."""


class Account(enum.Enum):
    """The three places where an Installation can stand."""

    SUPPLIER = "supplier"
    DCC = "dcc"
    HELD_BY_SECURE = "held-by-secure"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an Installation stands, and how often its migration was started."""

    account: Account = Account.SUPPLIER
    starts: int = 0
    started_at: Instant | None = None
    """When the migration under way started; None: none is under way."""
    resubmitted_after: int = 0
    """How many starts there had been when a supplier authorised it last."""
    request: str = ""
    """What the one who started it calls its work, so that another is told apart."""


class Accounts:
    """The standing of every Installation; one object, shared by the parties that look at it."""

    def __init__(self, starts_before: Mapping[str, int] | None = None) -> None:
        earlier = starts_before or {}
        self._standing = {
            name: Standing(starts=starts, resubmitted_after=starts)
            for name, starts in earlier.items()
        }

    def of(self, installation: str) -> Standing:
        """Return where an Installation stands; one never moved is on its Supplier Account."""
        return self._standing.get(installation, Standing())

    def account(self, installation: str) -> Account:
        """Return the account alone."""
        return self.of(installation).account

    def start(self, installation: str, now: Instant, request: str = "") -> None:
        """Switch to the DCC account: this is the start of the migration, and counts as one."""
        standing = self.of(installation)
        self._standing[installation] = Standing(
            Account.DCC, standing.starts + 1, now, standing.resubmitted_after, request
        )

    def hold(self, installation: str) -> None:
        """Roll back: Secure holds the Installation, and the old account stays closed."""
        self._move(installation, Account.HELD_BY_SECURE)

    def give_back(self, installation: str) -> None:
        """Return it to the Supplier Account, from where it may be resubmitted."""
        self._move(installation, Account.SUPPLIER)

    def resubmit(self, installation: str) -> None:
        """Take note that its supplier has authorised it once more."""
        standing = self.of(installation)
        self._standing[installation] = replace(standing, resubmitted_after=standing.starts)

    def waits_for_its_supplier(self, installation: str) -> bool:
        """Whether a migration of it has ended and no supplier has authorised it since."""
        standing = self.of(installation)
        is_under_way = standing.account is Account.DCC
        return not is_under_way and standing.starts > standing.resubmitted_after

    def _move(self, installation: str, account: Account) -> None:
        standing = self.of(installation)
        self._standing[installation] = replace(standing, account=account, started_at=None)
