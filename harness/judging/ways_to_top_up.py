"""A prepayment customer always has a way to top up (domain.md 10.8), or somebody is named.

A way is an issuer that is reachable, whose route is open by the cut-over table (1.6), and whose
next code the meter would take. All three are tried on what stands at the end: the parties' routes
against the table as it is written here once more, and the next code of each issuer, which is not
spent by it, on the meter's own memory. Declared losses: a battery that has ended, and no
arrangement of the supplier's, for which the supplier is named.
"""

from dataclasses import dataclass

from hanbench.emulator.instant import HOUR_US
from hanbench.emulator.meters.esme import Esme
from hanbench.emulator.meters.gsme import Gsme
from hanbench.emulator.meters.utrn_effect import spent_sequence
from hanbench.emulator.parties.accounts import Account
from hanbench.emulator.parties.operation import PartyError
from hanbench.harness.verdict import Finding
from hanbench.harness.world import World
from hanbench.protocol import utrn
from hanbench.protocol.utrn import Rejection

CLAUSE = "domain/10.8-top-up"
PERIOD_US = 336 * HOUR_US
"""The UTRN Period, reckoned here apart from the parties."""


@dataclass(frozen=True, slots=True)
class _Shut:
    """Why one issuer is no way to top up, and who is to blame; "": nobody, by the table."""

    why: str
    by: str = ""


def judge_top_ups(world: World) -> list[Finding]:
    """Find each prepayment meter for which nobody can vend, and name who caused it."""
    return [
        found
        for name, entry in world.case.installation.devices.items()
        if entry.is_meter
        and entry.payment_mode == "prepayment"
        and not entry.third_party
        and not world.home.meters[name].core.has_no_power  # what is dark sells nothing either
        for found in _cut_off(world, name)
    ]


def _cut_off(world: World, device: str) -> list[Finding]:
    shut = [_by_smso(world, device), _by_dcc(world, device)]
    ways = [one for one in shut if one is not None]
    if len(ways) < len(shut):
        return []
    blamed = next((one.by for one in ways if one.by), "SUPPLIER")
    return [
        Finding(
            name="customer-cut-off",
            device=device,
            clause=CLAUSE,
            at_us=world.now,
            detail=f"nobody can vend for {device}: {'; '.join(one.why for one in ways)}",
            by=blamed,
        )
    ]


def _by_smso(world: World, device: str) -> _Shut | None:
    """Say why the SMSO is no way, on its web page or by the PSP; None: it is one."""
    home, parties = world.installation, world.organisations
    account, proved_at = _standing(world, device)
    is_over = account is Account.DCC and proved_at is not None
    if is_over and world.now - (proved_at or 0) >= PERIOD_US:
        return _Shut("the UTRN Period is over, and with it the SMSO's route")
    has_arrangement = parties.supplier.has_arrangement(home, device)
    if account is not Account.SUPPLIER and not has_arrangement:
        return _Shut(
            f"the account is {account.value} and the supplier has no arrangement with the SMSO",
            "SUPPLIER" if not _is_of_the_dcc(world, device) else "",
        )
    if not parties.smso.can_vend(home, device, world.now):
        return _Shut("the SMSO keeps its route shut, which is open by the table", "SMSO")
    return _untaken(world, device, parties.smso.next_code(home, device), "SMSO")


def _by_dcc(world: World, device: str) -> _Shut | None:
    """Say why the S1SP is no way; None: it is one."""
    home, parties = world.installation, world.organisations
    if not _is_of_the_dcc(world, device):
        return _Shut("the DCC route is not open")
    if not parties.s1sp.can_vend(home, device, world.now):
        return _Shut("the S1SP keeps the DCC route shut, which is open by the table", "S1SP")
    return _untaken(world, device, parties.s1sp.next_code(home, device), "S1SP")


def _standing(world: World, device: str) -> tuple[Account, int | None]:
    parties, home = world.organisations, world.installation
    return parties.accounts.account(home), parties.dco.utrn_period_started_at(home, device)


def _is_of_the_dcc(world: World, device: str) -> bool:
    account, proved_at = _standing(world, device)
    is_commissioned = world.organisations.inventory.is_commissioned(world.installation, device)
    return is_commissioned or (account is Account.DCC and proved_at is not None)


def _untaken(world: World, device: str, code: str | PartyError, issuer: str) -> _Shut | None:
    """Say why the next code of an issuer would be no credit; None: it would be."""
    if isinstance(code, PartyError):
        return _Shut(f"the {issuer} has no code left to vend", issuer)
    meter = world.home.meters[device]
    assert isinstance(meter, Esme | Gsme)
    entry = meter.core.entry
    judged = utrn.judge(entry.vend_key, meter.eui64, code)
    if isinstance(judged, Rejection):
        return _Shut(f"{device} would refuse the {issuer}'s next code: {judged.value}", issuer)
    if spent_sequence(entry.cache, judged) is not None:
        return _Shut(f"{device} holds the {issuer}'s next code for spent", issuer)
    return None
