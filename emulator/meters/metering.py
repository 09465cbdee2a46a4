"""What a meter measures, charges and switches, whatever becomes of its SUA key.

Sources: as `prepayment.py`. A stranded meter (no valid SUA key) goes on metering and goes on taking
native UTRNs, as customers of a failed rotation are promised (TMAD v5.1 conclusions); therefore
nothing here knows a SUA key, and everything here survives a restart.

The register counts what the home uses while supply is enabled and the meter has power: an ESME
counts from when it has booted, a GSME through the restarts of its radio part [M]; charges by time
go on by the clock. The account is settled whenever
somebody looks at it, and at the latest each settlement interval, so that credit runs out in time.
"""

from collections import deque
from dataclasses import dataclass

from hanbench.emulator.events import Recorder, SupplyChanged
from hanbench.emulator.fuel import Fuel
from hanbench.emulator.instant import Instant, after
from hanbench.emulator.meters import prepayment
from hanbench.emulator.meters.consumption import ConsumptionCurve, demand, used
from hanbench.emulator.meters.deeds import AccountMoved, Deed, OpenedByHand
from hanbench.emulator.meters.logs import MeterLogs
from hanbench.emulator.meters.prepayment import (
    Change,
    CreditAccount,
    CreditRules,
    OffReason,
    SupplyState,
)
from hanbench.emulator.meters.supply_switch import Stuck, valve_after_test
from hanbench.emulator.model import LoadLimitParameters, MeterParameters
from hanbench.protocol.instruction import PaymentMode

TOP_UPS_KEPT = 5
"""How many accepted top-ups a meter's top-up log holds [M]."""


@dataclass(frozen=True, slots=True)
class AcceptedTopUp:
    """A line of the top-up log: the end of the code, and what it was worth."""

    at: Instant
    tail: str
    pence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteringSetup:
    """What a meter's place in its home fixes about its measuring side."""

    device: str
    installation: str
    fuel: Fuel
    parameters: MeterParameters
    curve: ConsumptionCurve
    account: CreditAccount
    load_limit: LoadLimitParameters | None = None
    first_reading: int = 0
    """The register at instant 0, Wh or litres."""


class Metering:
    """The register, the account and the switch of one meter."""

    def __init__(self, setup: MeteringSetup, logs: MeterLogs, record: Recorder) -> None:
        self.setup = setup
        self.rules = credit_rules(setup.parameters)
        self.account = setup.account
        self.logs = logs
        self._record = record
        self._register = setup.first_reading
        self._settled_at = Instant(0)
        self._used_at_settled: int | None = None
        """What the curve said at that instant; None: ask it again."""
        self._a_pressed_at: Instant | None = None
        self._overload_since: Instant | None = None
        self._tripped_at: Instant | None = None
        self.is_stopped = False
        """Whether it is without power, and counts nothing."""
        self.stuck = Stuck()
        self.is_tap_open = False
        """Gas: whether some appliance would take gas as soon as the valve opens."""
        self.tariff_set_at = Instant(0)
        """Since when the present price holds."""
        self.top_ups: deque[AcceptedTopUp] = deque(maxlen=TOP_UPS_KEPT)
        """The last top-ups that were accepted, oldest first."""
        self.deeds: list[Deed] = []
        """What befell it, for whoever judges it."""
        self._was_stuck = False

    @property
    def balance_pence(self) -> int:
        """The balance as of the last settlement."""
        return self.account.balance_pence

    @property
    def supply(self) -> SupplyState:
        """The switch or valve as of the last settlement."""
        return self.account.supply

    @property
    def settled(self) -> tuple[int, Instant]:
        """The register as of the last settlement, in Wh or litres, and when that was."""
        return self._register, self._settled_at

    @property
    def deadline(self) -> Instant | None:
        """When `settle` is next due by itself; None: nothing is charged here."""
        is_charged = self.account.mode is PaymentMode.PREPAYMENT
        charge_us = self.setup.parameters.settlement_interval_us if is_charged else 0
        limit = self.setup.load_limit
        watch_us = limit.monitor_period_us if limit is not None and limit.limit_w else 0
        if not charge_us and not watch_us:
            return None
        return after(self._settled_at, min(charge_us or watch_us, watch_us or charge_us))

    def settle(self, now: Instant) -> None:
        """Bring register, account and switch up to `now`."""
        units = self._used_until(now)
        elapsed_us = now - self._settled_at
        self._register += units
        if now != self._settled_at:
            self._used_at_settled = None if units == 0 else (self._used_at_settled or 0) + units
            self._settled_at = now
        self.apply(prepayment.settle(self.account, self.rules, units, elapsed_us), now, "use")
        if not self.is_stopped:
            self._watch_load(now)

    def register(self, now: Instant) -> int:
        """Return the reading in Wh or litres."""
        return self._register + self._used_until(now)

    def demand(self, now: Instant) -> int:
        """Return the present rate, in W or litres an hour."""
        return demand(self.setup.curve, now) if self._is_counting else 0

    def stop(self, now: Instant) -> None:
        """Count nothing from now on, for want of power."""
        if not self.is_stopped:
            self.settle(now)
            self.forget_buttons()
            self.is_stopped = True

    def start(self, now: Instant) -> None:
        """Count again; what fell due by time alone is charged now."""
        if self.is_stopped:
            self.settle(now)
            self.is_stopped = False

    def apply(self, change: Change, now: Instant, because: str) -> None:
        """Take over the account after a step, and tell what happened."""
        before, (self.account, codes) = self.account, self.stuck.moved(self.account, change)
        if change[0] is not before or self.stuck.is_stuck is not self._was_stuck:
            self._keep(AccountMoved(now, before, change[0], self.account, self.stuck.is_stuck))
        for code in codes:
            self.logs.note(code, now, because)
        is_charge = because == "use"
        has_moved = before.balance_pence != self.account.balance_pence
        # Each penny of use would be a record of its own: only what was put in is told.
        if before.supply is not self.account.supply or (has_moved and not is_charge):
            self._tell(now, because)

    def press_a(self, now: Instant) -> None:
        """Take note of the A button."""
        self.settle(now)
        self._a_pressed_at = now

    def press_b(self, now: Instant) -> None:
        """Close an armed supply, if A came first and no more than 30 s ago."""
        self.settle(now)
        pressed_at, self._a_pressed_at = self._a_pressed_at, None
        change = prepayment.rearm(self.account, pressed_at, now)
        if self.setup.fuel is Fuel.GAS:
            if self.supply is not SupplyState.ENABLED is change[0].supply:
                self.deeds.append(OpenedByHand(now, self.is_tap_open))
            change = valve_after_test(self.account, change, has_flow=self.is_tap_open)
        self.apply(change, now, "buttons A and B")

    def select_emergency(self, now: Instant) -> bool:
        """Activate emergency credit; return False if it is not on offer."""
        self.settle(now)
        before = self.account
        self.apply(prepayment.select_emergency(before, self.rules), now, "emergency credit")
        return self.account is not before

    def set_tariff(self, standing_tenth_pence: int, unit_tenth_pence: int, now: Instant) -> None:
        """Charge by another tariff from now on."""
        self.settle(now)
        self.account = prepayment.set_tariff(self.account, standing_tenth_pence, unit_tenth_pence)
        self.tariff_set_at = now

    def set_mode(self, mode: PaymentMode, now: Instant) -> None:
        """Change the payment mode."""
        self.settle(now)
        changed = prepayment.set_mode(self.account, self.rules, mode)
        self.apply(changed, now, f"payment mode {mode.name.lower()}")

    def disable_supply(self, reason: OffReason, now: Instant) -> None:
        """Open the switch or close the valve."""
        self.settle(now)
        self.apply(prepayment.disable(self.account, reason), now, reason.value)

    def arm_supply(self, because: str, now: Instant) -> bool:
        """Make the supply ready to be closed by hand; return False without the credit for it."""
        self.settle(now)
        if prepayment.is_out_of_credit(self.account, self.rules):
            return False
        self.apply(prepayment.arm(self.account), now, because)
        return True

    def enable_supply(self, because: str, now: Instant) -> bool:
        """Close the switch from afar; return False for gas, and without the credit for it.

        Gas is never opened remotely: somebody must be there to see that no tap stands open
        (service request 7.1 exists for electricity only, domain.md 3.2).
        """
        self.settle(now)
        is_gas = self.setup.fuel is Fuel.GAS
        if is_gas or prepayment.is_out_of_credit(self.account, self.rules):
            return False
        self.apply(prepayment.enable(self.account), now, because)
        return True

    def forget_buttons(self) -> None:
        """Lose what is volatile: a pressed A, a load being watched."""
        self._a_pressed_at = None
        self._overload_since = None

    @property
    def _is_counting(self) -> bool:
        return self.supply is SupplyState.ENABLED and not self.is_stopped

    def _used_until(self, now: Instant) -> int:
        if not self._is_counting:
            return 0
        curve = self.setup.curve
        if self._used_at_settled is None:
            self._used_at_settled = used(curve, self._settled_at)
        return used(curve, now) - self._used_at_settled

    def _watch_load(self, now: Instant) -> None:
        limit = self.setup.load_limit
        if limit is None or not limit.limit_w:
            return
        self._restore(limit, now)
        if self.demand(now) <= limit.limit_w:
            self._overload_since = None
            return
        if self._overload_since is None:
            self._overload_since = now
        elif now - self._overload_since >= limit.monitor_period_us:
            self._overload_since = None
            self._tripped_at = now
            self.apply(prepayment.trip(self.account), now, "load limit")

    def _restore(self, limit: LoadLimitParameters, now: Instant) -> None:
        """Give the supply back by itself when the restoration period is over, if there is one."""
        if self.account.off_reason is not OffReason.LOAD_LIMIT:
            self._tripped_at = None
        if self._tripped_at is None or not limit.restore_after_us:
            return
        if now - self._tripped_at >= limit.restore_after_us:
            self._tripped_at = None
            self.apply(prepayment.restore(self.account), now, "load limit restored")

    def _keep(self, deed: AccountMoved) -> None:
        if deed.is_worth_keeping or deed.is_stuck is not self._was_stuck:
            self._was_stuck = deed.is_stuck
            self.deeds.append(deed)

    def _tell(self, now: Instant, because: str) -> None:
        setup = self.setup
        self._record(
            SupplyChanged(
                now,
                setup.installation,
                setup.device,
                self.supply.words,
                self.balance_pence,
                because,
            )
        )


def credit_rules(parameters: MeterParameters) -> CreditRules:
    """Return the part of a meter's parameters that its credit account goes by."""
    return CreditRules(
        max_balance_pence=parameters.max_balance_pence,
        max_credit_pence=parameters.max_credit_pence,
        emergency_limit_pence=parameters.emergency_limit_pence,
        emergency_threshold_pence=parameters.emergency_threshold_pence,
        low_credit_pence=parameters.low_credit_pence,
        disablement_pence=parameters.disablement_pence,
        debt_per_payment_cap_pence=parameters.debt_per_payment_cap_pence,
        suspends_debt_in_emergency=parameters.suspends_debt_in_emergency,
    )
