"""A prepayment customer always has a way to top up (domain.md 10.8), or somebody is named.

A way is an issuer that is reachable, whose route is open by the cut-over table (1.6), and whose
next code the meter would take. All three are tried on what stands at an instant: the parties'
routes against the table as it is written here once more, the next code of each issuer, which is not
spent by it, on the meter's own memory, and whether there is anywhere to enter it, at a keypad that
is not locked or over the WAN. Declared losses: a battery that has ended, and no arrangement of the
supplier's, for which the supplier is named.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from hanbench.emulator.han import Han
from hanbench.emulator.instant import HOUR_US, Instant, after
from hanbench.emulator.meters.esme import Esme
from hanbench.emulator.meters.gsme import Gsme
from hanbench.emulator.meters.utrn_cache import UtrnCache, is_locked
from hanbench.emulator.meters.utrn_effect import spent_sequence
from hanbench.emulator.parties.accounts import Account
from hanbench.emulator.parties.operation import PartyError
from hanbench.emulator.wan import Wan
from hanbench.harness.homes.home import HomeDevices
from hanbench.harness.parties.organisations import Organisations
from hanbench.protocol import utrn
from hanbench.protocol.instruction import PaymentMode
from hanbench.protocol.utrn import Rejection

PERIOD_US = 336 * HOUR_US
"""The UTRN Period, reckoned here apart from the parties."""
NEVER = Instant(2**62)
_SMSO, _S1SP = "SMSO", "S1SP"


@dataclass(frozen=True, slots=True)
class _Shut:
    """Why one way is none, and who is to blame; "": nobody, by the table."""

    why: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class CutOff:
    """Why nobody can vend for a customer, and who caused it."""

    why: str
    by: str


@dataclass(frozen=True, slots=True)
class _Tried:
    """What the verdict on an issuer's next code hangs on, and the verdict."""

    hangs_on: tuple[int, int, UtrnCache]
    shut: _Shut | None


class WaysToTopUp:
    """The ways of the customers of one home, as they stand whenever they are asked for."""

    def __init__(
        self, installation: str, parties: Organisations, home: HomeDevices, wan: Wan, han: Han
    ) -> None:
        self._home = installation
        self._parties = parties
        self._hub = home.hub
        self._meters: Mapping[str, Esme | Gsme] = home.meters
        self._wan, self._han = wan, han
        self._tried: dict[tuple[str, str], _Tried] = {}

    def forget(self) -> None:
        """Try the next code of every issuer afresh, whatever was found before."""
        self._tried.clear()

    def cut_off(self, device: str, now: Instant) -> CutOff | None:
        """Say why the customer of a meter has no way, and who caused it; None: there is one."""
        core = self._meters[device].core
        if core.has_no_power or core.metering.account.mode is not PaymentMode.PREPAYMENT:
            return None  # what is dark sells nothing either
        locked = self._no_entry(device, now)
        if locked is not None:
            return CutOff(locked.why, locked.by)
        by_smso = self._by_smso(device, now)
        if by_smso is None:
            return None
        by_dcc = self._by_dcc(device, now)
        if by_dcc is None:
            return None
        return CutOff(f"{by_smso.why}; {by_dcc.why}", by_smso.by or by_dcc.by or "SUPPLIER")

    def changes_at(self, device: str, now: Instant) -> Instant:
        """Return when time alone may next open or shut a way: the end of a period or of a lock."""
        ends = []
        account, proved_at = self._standing(device)
        if account is Account.DCC and proved_at is not None:
            ends.append(after(proved_at, PERIOD_US))
        locked_until = self._meters[device].core.entry.lock.locked_until
        if locked_until is not None and now < locked_until:
            ends += [locked_until, after(now, self._wan.cut_for_us(now))]
        return min((end for end in ends if end > now), default=NEVER)

    def _no_entry(self, device: str, now: Instant) -> _Shut | None:
        """Say why a code can be entered nowhere; None: at the meter, or over the WAN."""
        meter = self._meters[device]
        if not is_locked(meter.core.entry.lock, now):
            return None
        gone = [
            "the WAN is down" if self._wan.is_cut(now) else "",
            "the hub has no power" if self._hub.dark_since is not None else "",
            f"{device} is cut off from the HAN" if self._han.is_cut_off(meter.eui64, now) else "",
        ]
        why = next((one for one in gone if one), "")
        return _Shut(f"the keypad of {device} is locked, and {why}", "device") if why else None

    def _by_smso(self, device: str, now: Instant) -> _Shut | None:
        """Say why the SMSO is no way, on its web page or by the PSP; None: it is one."""
        account, proved_at = self._standing(device)
        is_over = account is Account.DCC and proved_at is not None
        if is_over and now - (proved_at or 0) >= PERIOD_US:
            return _Shut("the UTRN Period is over, and with it the SMSO's route")
        has_arrangement = self._parties.supplier.has_arrangement(self._home, device)
        if account is not Account.SUPPLIER and not has_arrangement:
            return _Shut(
                f"the account is {account.value} and the supplier has no arrangement with the SMSO",
                "SUPPLIER" if not self._is_of_the_dcc(device) else "",
            )
        if not self._parties.smso.can_vend(self._home, device, now):
            return _Shut("the SMSO keeps its route shut, which is open by the table", _SMSO)
        return self._untaken(device, _SMSO)

    def _by_dcc(self, device: str, now: Instant) -> _Shut | None:
        """Say why the S1SP is no way; None: it is one."""
        if not self._is_of_the_dcc(device):
            return _Shut("the DCC route is not open")
        if not self._parties.s1sp.can_vend(self._home, device, now):
            return _Shut("the S1SP keeps the DCC route shut, which is open by the table", _S1SP)
        return self._untaken(device, _S1SP)

    def _standing(self, device: str) -> tuple[Account, Instant | None]:
        account = self._parties.accounts.account(self._home)
        return account, self._parties.dco.utrn_period_started_at(self._home, device)

    def _is_of_the_dcc(self, device: str) -> bool:
        account, proved_at = self._standing(device)
        is_commissioned = self._parties.inventory.is_commissioned(self._home, device)
        return is_commissioned or (account is Account.DCC and proved_at is not None)

    def _untaken(self, device: str, issuer: str) -> _Shut | None:
        """Say why the next code of an issuer would be no credit; None: it would be.

        A code is made and verified only where something has changed since the last one: this is
        asked after every call to a party.
        """
        smso, s1sp = self._parties.smso, self._parties.s1sp
        hangs_on = (
            smso.last_sequence(self._home, device),
            s1sp.last_sequence(self._home, device),
            self._meters[device].core.entry.cache,
        )
        tried = self._tried.get((device, issuer))
        if tried is None or tried.hangs_on != hangs_on:
            code = (smso if issuer == _SMSO else s1sp).next_code(self._home, device)
            tried = _Tried(hangs_on, self._judged(device, code, issuer))
            self._tried[device, issuer] = tried
        return tried.shut

    def _judged(self, device: str, code: str | PartyError, issuer: str) -> _Shut | None:
        if isinstance(code, PartyError):
            return _Shut(f"the {issuer} has no code left to vend", issuer)
        meter = self._meters[device]
        entry = meter.core.entry
        judged = utrn.judge(entry.vend_key, meter.eui64, code)
        if isinstance(judged, Rejection):
            return _Shut(f"{device} would refuse the {issuer}'s next code: {judged.value}", issuer)
        if spent_sequence(entry.cache, judged) is not None:
            return _Shut(f"{device} holds the {issuer}'s next code for spent", issuer)
        return None
