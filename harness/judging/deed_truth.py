"""Which codes are due for what befell an account, a switch, a valve, a clock and a hub's WAN.

By domain.md 3.3 and the limits of the device's model, reckoned from its deeds and not from what it
noted: credit that fell below its limit, emergency credit that was offered, chosen and used up, a
switch that would not move, a gas valve that was opened by hand, a clock that was set.
"""

from collections.abc import Iterable, Iterator

from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.emulator.meters.deeds import AccountMoved, ClockAsked, Deed, OpenedByHand
from hanbench.emulator.meters.prepayment import CreditAccount, EmergencyCredit, SupplyState
from hanbench.emulator.model import MeterParameters
from hanbench.harness.judging import alert_table as table
from hanbench.harness.judging.alert_table import Due
from hanbench.protocol import hub_command, wan
from hanbench.protocol.errors import DecodeError, SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import PaymentMode
from hanbench.protocol.keys import KeyStore, KeyUsage
from hanbench.protocol.wan import EnvelopeKind


def of_deeds(deeds: Iterable[Deed], limits: MeterParameters) -> Iterator[tuple[Instant, Due]]:
    """Return the codes that are due for what befell a meter, each with its instant."""
    has_told = False
    for deed in deeds:
        match deed:
            case AccountMoved():
                for code in (*_of_credit(deed, limits), *_of_emergency(deed, limits)):
                    yield deed.at, (code,)
                has_told = has_told and deed.is_stuck
                if deed.is_stuck and not has_told and _is_on(deed.before) != _is_on(deed.wanted):
                    has_told = True
                    is_on = _is_on(deed.before)
                    yield deed.at, (table.NOT_DISCONNECTED if is_on else table.NOT_CONNECTED,)
            case OpenedByHand(has_flow=has_flow):
                yield deed.at, (table.FLOW_FOUND if has_flow else table.VALVE_TESTED,)
            case ClockAsked(by_s=by_s) if abs(by_s) * SECOND_US > limits.clock_tolerance_us:
                yield deed.at, (table.CLOCK_NOT_SET,)
            case ClockAsked(by_s=by_s) if abs(by_s) > table.NOTICEABLE_S:
                yield deed.at, (table.CLOCK_SET,)


def _of_credit(deed: AccountMoved, limits: MeterParameters) -> Iterator[str]:
    if deed.after.balance_pence <= limits.low_credit_pence < deed.before.balance_pence:
        yield table.LOW_CREDIT


def _of_emergency(deed: AccountMoved, limits: MeterParameters) -> Iterator[str]:
    before, after = deed.before.emergency, deed.after.emergency
    if before is EmergencyCredit.UNAVAILABLE:
        owes_an_offer = after is before and _is_to_be_offered(deed.after, limits)
        if after is EmergencyCredit.AVAILABLE or owes_an_offer:
            yield table.EMERGENCY_OFFERED
    if before is not EmergencyCredit.ACTIVE is after:
        yield table.EMERGENCY_CHOSEN
    if before is EmergencyCredit.ACTIVE:
        is_at_its_end = after is before and not deed.after.emergency_left_pence
        if after is EmergencyCredit.EXHAUSTED or is_at_its_end:
            yield table.EMERGENCY_USED_UP


def _is_to_be_offered(account: CreditAccount, limits: MeterParameters) -> bool:
    is_low = account.balance_pence <= limits.emergency_threshold_pence
    return is_low and account.mode is PaymentMode.PREPAYMENT and limits.emergency_limit_pence > 0


def _is_on(account: CreditAccount) -> bool:
    return account.supply is SupplyState.ENABLED


def of_arrivals(
    arrived: Iterable[tuple[Instant, bytes]],
    keys: KeyStore,
    head_ends: tuple[Eui64, ...],
    hub: Eui64,
) -> Iterator[tuple[Instant, Due]]:
    """Return the codes that are due at a hub for what came down its WAN and is no command."""
    for at, octets in arrived:
        try:
            envelope = wan.decode(octets)
            if envelope.originator not in head_ends:
                yield at, (table.NOT_TRUSTED,)
                continue
            wan.verify(octets, keys.key(envelope.target, KeyUsage.TRANSPORT, envelope.originator))
            if envelope.target == hub and envelope.kind is EnvelopeKind.HUB_COMMAND:
                hub_command.decode_command(envelope.payload)
        except DecodeError:
            yield at, (table.BAD_FORMAT,)
        except SecurityError:
            yield at, (table.NOT_TRUSTED,)
