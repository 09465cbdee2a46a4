"""The native join table of a hub: who is on its HAN, whatever the DCC's inventory says.

Two lists must not be mixed up [M, domain.md 10.8]: this one, which the trust centre keeps, and the
DCC's inventory or CHF device log. Joins that exist at migration are grandfathered, so a third-party
display or a repeater is never put out although no inventory names it [S for "they keep working on
the HAN", domain.md 1.8]; only new joins need the log.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace

from hanbench.protocol.identifiers import Eui64


class MemberKind(enum.Enum):
    """What a member of the HAN is, as the hub knows it."""

    ESME = "ESME"
    GSME = "GSME"
    PPMID = "PPMID"
    IHD = "IHD"
    CAD = "CAD"
    REPEATER = "repeater"
    THIRD_PARTY = "third-party"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One device that has joined."""

    name: str
    eui64: Eui64
    kind: MemberKind
    join_order: int
    """1 for the first to join: TMAD 4.34A and 4.44A ask for the last of each kind."""
    is_grandfathered: bool = False


class JoinTable:
    """The members of one HAN, in the order in which they joined."""

    def __init__(self, members: Iterable[Member], capacity: int = 16) -> None:
        self._members = {
            member.eui64: member for member in sorted(members, key=lambda member: member.join_order)
        }
        self._capacity = capacity

    @property
    def members(self) -> tuple[Member, ...]:
        """All members, first joined first."""
        return tuple(self._members.values())

    @property
    def room(self) -> int:
        """How many more there is room for."""
        return max(0, self._capacity - len(self._members))

    def of(self, eui64: Eui64) -> Member | None:
        """Return the member with this address, or None."""
        return self._members.get(eui64)

    def named(self, name: str) -> Member | None:
        """Return the member of this name, or None."""
        return next((member for member in self._members.values() if member.name == name), None)

    def last_joined(self, kind: MemberKind) -> Member | None:
        """Return the member of a kind that joined last, or None."""
        of_kind = [member for member in self._members.values() if member.kind is kind]
        return of_kind[-1] if of_kind else None

    def grandfather(self) -> None:
        """Mark everybody who has joined by now as staying, log or no log (at migration)."""
        self._members = {
            eui64: replace(member, is_grandfathered=True) for eui64, member in self._members.items()
        }

    def join(self, name: str, eui64: Eui64, kind: MemberKind, *, is_in_device_log: bool) -> bool:
        """Admit a device if the device log names it; one that is here already stays as it is."""
        if eui64 in self._members:
            return True
        if not is_in_device_log or not self.room:
            return False
        order = max((member.join_order for member in self._members.values()), default=0) + 1
        self._members[eui64] = Member(name=name, eui64=eui64, kind=kind, join_order=order)
        return True

    def unjoin(self, eui64: Eui64) -> bool:
        """Remove a member; return False when it was none."""
        return self._members.pop(eui64, None) is not None
