"""What a meter does when a device of its HAN commands something, cluster by cluster.

Sources: ZigBee Smart Energy Standard (07-5356), sections D.3 (Metering), D.4 (Price), D.7
(Prepayment) and D.11 (Events), as collected in han.md section 6. Modelled [M]: that a meter shows
its logs to whatever device asks, that it lets none of them empty a log, and that the codes in its
top-up log are told by their last four digits, since a code may be worth money elsewhere.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hanbench.emulator.fuel import Fuel
from hanbench.emulator.instant import Instant
from hanbench.emulator.meters.logs import Log
from hanbench.emulator.meters.metering import Metering
from hanbench.emulator.meters.prepayment import SupplyState
from hanbench.emulator.meters.utrn_entry import PPMID
from hanbench.protocol.answer import UtrnAnswer, UtrnResult
from hanbench.protocol.zigbee.clusters import events, prepayment, price
from hanbench.protocol.zigbee.clusters import metering as metering_cluster
from hanbench.protocol.zigbee.clusters import time as time_cluster
from hanbench.protocol.zigbee.clusters.catalogue import ClusterCommand
from hanbench.protocol.zigbee.clusters.events import LogId
from hanbench.protocol.zigbee.clusters.metering_attributes import UnitOfMeasure
from hanbench.protocol.zigbee.clusters.prepayment import TopUpResult
from hanbench.protocol.zigbee.zcl import ZclStatus

EVENTS_A_FRAME = 4
"""So many log entries go into one answer [M]; a client asks again with an offset."""
TOP_UPS_A_FRAME = 2
EVERYTHING = 0
"""As a number of entries in a request: all there are."""
TENTHS_OF_PENNY_DIGITS = 3
"""Digits of a price behind the point: prices are tenths of a penny, the currency is the pound."""
TIER = 1
NO_LOG_CLEARED = 0

TOP_UP_RESULTS = {
    UtrnResult.ACCEPTED: TopUpResult.ACCEPTED,
    UtrnResult.DUPLICATE: TopUpResult.REJECTED_DUPLICATE,
    UtrnResult.INVALID: TopUpResult.REJECTED_INVALID,
    UtrnResult.INCORRECT: TopUpResult.REJECTED_ERROR,
    UtrnResult.INCOMPLETE: TopUpResult.REJECTED_ERROR,
    UtrnResult.ACCOUNT_HIGH: TopUpResult.REJECTED_MAX_CREDIT_REACHED,
    UtrnResult.ACCOUNT_LOW: TopUpResult.REJECTED_TOO_LARGE,
    UtrnResult.KEY_LOCKED: TopUpResult.REJECTED_KEYPAD_LOCKED,
}
"""Of the Liberty's words to the standard's seven results [M]: a code that is not for this meter is
Invalid; one that is not authentic is Incorrect, which the standard has as an error; a deduction
that the account cannot bear is too large."""

EnterCode = Callable[[str, str, Instant], UtrnAnswer]
"""Digits, origin and instant of a code that is entered, to what became of it."""
_LOGS: dict[LogId, tuple[Log, ...]] = {
    LogId.ALL: (Log.EVENT, Log.SECURITY),
    LogId.GENERAL_EVENT: (Log.EVENT,),
    LogId.SECURITY_EVENT: (Log.SECURITY,),
}
_LOG_ID = {Log.EVENT: LogId.GENERAL_EVENT, Log.SECURITY: LogId.SECURITY_EVENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterCommands:
    """The cluster commands that a meter takes."""

    metering: Metering
    utc_s: Callable[[Instant], int]
    """The meter's clock: Unix seconds."""
    enter_code: EnterCode
    rate_label: bytes = b"STANDARD"

    def take(self, command: ClusterCommand, now: Instant) -> ClusterCommand | ZclStatus:
        """Do what is commanded; return the command that answers it, or a status."""
        match command:
            case prepayment.ConsumerTopUp(code=code, origin=origin):
                entered = self.enter_code(code.decode("ascii", "replace"), PPMID, now)
                result = TOP_UP_RESULTS[entered.result]
                return prepayment.ConsumerTopUpResponse(
                    result, entered.pence, origin, entered.balance_pence
                )
            case prepayment.SelectEmergencyCredit():
                is_active = self.metering.select_emergency(now)
                return ZclStatus.SUCCESS if is_active else ZclStatus.FAILURE
            case prepayment.GetTopUpLog():
                return self._top_up_log(command)
            case metering_cluster.LocalChangeSupply(proposed=proposed):
                return self._change_supply(proposed, now)
            case price.GetCurrentPrice() | price.GetScheduledPrices():
                return self.price(now)
            case events.GetEventLog():
                return self._event_log(command)
            case events.ClearEventLog():
                return events.ClearEventLogResponse(NO_LOG_CLEARED)
            case _:
                return ZclStatus.UNSUPPORTED_CLUSTER_COMMAND

    def price(self, now: Instant) -> price.PublishPrice:
        """Return the price in force: one tier, until it changes."""
        changed_at = self.metering.tariff_set_at
        is_gas = self.metering.setup.fuel is Fuel.GAS
        return price.PublishPrice(
            provider_id=0,
            rate_label=self.rate_label,
            issuer_event_id=self._utc(changed_at),
            current_utc=self._utc(now),
            unit_of_measure=UnitOfMeasure.CUBIC_METRE if is_gas else UnitOfMeasure.KWH,
            digit_and_tier=TENTHS_OF_PENNY_DIGITS << 4 | TIER,
            tiers_and_register=TIER << 4 | TIER,
            start_utc=self._utc(changed_at),
            price=self.metering.account.price_tenth_pence,
        )

    def _change_supply(self, proposed: metering_cluster.SupplyStatus, now: Instant) -> ZclStatus:
        """Close an armed supply at the customer's wish; opening is not the customer's to ask."""
        meter = self.metering
        meter.settle(now)
        if proposed is not metering_cluster.SupplyStatus.ON or meter.setup.fuel is Fuel.GAS:
            return ZclStatus.NOT_AUTHORISED
        if meter.supply is not SupplyState.ARMED:
            return ZclStatus.FAILURE
        return ZclStatus.SUCCESS if meter.enable_supply("display", now) else ZclStatus.FAILURE

    def _top_up_log(self, asked: prepayment.GetTopUpLog) -> prepayment.PublishTopUpLog | ZclStatus:
        wanted = [
            prepayment.LoggedTopUp(top_up.tail.encode("ascii"), top_up.pence, self._utc(top_up.at))
            for top_up in reversed(self.metering.top_ups)
            if self._utc(top_up.at) <= asked.latest_utc
        ]
        if not wanted:
            return ZclStatus.NOT_FOUND
        count = min(asked.count or len(wanted), TOP_UPS_A_FRAME)
        return prepayment.PublishTopUpLog(0, 1, tuple(wanted[:count]))

    def _event_log(self, asked: events.GetEventLog) -> events.PublishEventLog | ZclStatus:
        try:
            log = LogId(asked.control_and_log & 0x0F)
        except ValueError:
            return ZclStatus.INVALID_FIELD
        found = [
            event
            for event in self._logged(_LOGS.get(log, ()))
            if asked.event_id in (0, event.event_id)
            and asked.start_utc <= event.event_utc < asked.end_utc
        ]
        if not found:
            return ZclStatus.NOT_FOUND
        page = found[asked.offset :][: min(asked.count_max or EVENTS_A_FRAME, EVENTS_A_FRAME)]
        return events.PublishEventLog(
            matching_total=len(found),
            index=0,
            index_total=1,
            count_and_control=len(page) << 4,
            events=tuple(page),
        )

    def _logged(self, logs: Iterable[Log]) -> list[events.LoggedEvent]:
        """Return the entries of logs, newest first."""
        entries = [(entry, log) for log in logs for entry in self.metering.logs.entries(log)]
        entries.sort(key=lambda pair: pair[0].at, reverse=True)
        return [
            events.LoggedEvent(_LOG_ID[log], int(entry.code, 16), self._utc(entry.at))
            for entry, log in entries
        ]

    def _utc(self, at: Instant) -> int:
        return max(0, time_cluster.from_unix(self.utc_s(at)))
