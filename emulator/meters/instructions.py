"""What a meter does when an Instruction has passed its SUA gate, or needs no code.

Source: modelled [M] (domain.md 3.1, 3.2, 10.8). The rotation, the no-op and the SUA status are the
gate's own. A refused Instruction was authentic and has spent its code; REFUSED says that the meter
will not do it, as it will not open gas from afar.
"""

from collections.abc import Callable
from dataclasses import dataclass

from hanbench.emulator.fates import Cause
from hanbench.emulator.fuel import Fuel
from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.emulator.meters.deeds import ClockAsked
from hanbench.emulator.meters.logs import Log, LogEntry
from hanbench.emulator.meters.metering import Metering
from hanbench.emulator.meters.prepayment import OffReason
from hanbench.emulator.meters.utrn_entry import WAN, CodeEntry
from hanbench.emulator.sua.gate import Effect
from hanbench.protocol import answer as answers
from hanbench.protocol.answer import LogLine, LogPage, Outcome, RegisterReading, UtrnResult
from hanbench.protocol.instruction import (
    AddCreditUtrn,
    ArmSupply,
    DisableSupply,
    EnableSupply,
    Instruction,
    LogName,
    ReadLog,
    ReadRegister,
    Register,
    SetClock,
    SetPaymentMode,
    SetTariff,
)

LOG_LINES_MAX = 10
"""How many entries one answer holds, since a tunnel carries it in segments of 40 octets [M]."""
_TEXT_OCTETS_MAX = 255
_NOTICEABLE_S = 10
"""A clock that is set by more than this is logged (code 8F0C draws the line there)."""

REFUSED = Effect(Outcome.REFUSED)
_LOGS = {LogName.EVENT: Log.EVENT, LogName.SECURITY: Log.SECURITY, LogName.UTRN: Log.UTRN}


class MeterClock:
    """A meter's clock: right until it is set wrong, or goes wrong by itself."""

    def __init__(self, epoch_unix_s: int) -> None:
        self._unix_s_at_0 = epoch_unix_s

    def utc_s(self, now: Instant) -> int:
        """Return the Unix time that the clock shows."""
        return self._unix_s_at_0 + now // SECOND_US

    def set(self, utc_s: int, now: Instant) -> int:
        """Set the clock, and return the seconds by which it was moved."""
        moved_s = utc_s - self.utc_s(now)
        self._unix_s_at_0 += moved_s
        return moved_s

    def jumped(self, by_us: int) -> None:
        """Show `by_us` more than before, in whole seconds: nobody has set it."""
        self._unix_s_at_0 += by_us // SECOND_US


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterInstructions:
    """The executing side of one meter."""

    metering: Metering
    clock: MeterClock
    entry: CodeEntry

    def execute(self, instruction: Instruction, cause: Cause, now: Instant) -> Effect:  # noqa: ARG002
        """Do what the Instruction says; it is the `Execute` of the gate."""
        match instruction:
            case ReadRegister(register=register):
                return self._read_register(register, now)
            case ReadLog():
                return self._read_log(instruction, now)
            case ArmSupply() | EnableSupply() | DisableSupply():
                return self._switch(instruction, now)
            case SetClock() | SetTariff() | SetPaymentMode():
                return self._configure(instruction, now)
            case AddCreditUtrn(digits=digits):
                return self._enter(digits, now)
            case _:
                return REFUSED

    def _read_register(self, register: Register, now: Instant) -> Effect:
        metering = self.metering
        metering.settle(now)
        read = _REGISTERS.get(register) or _FUEL_REGISTERS[metering.setup.fuel].get(register)
        if register is Register.CLOCK_UTC_S:
            value = self.clock.utc_s(now)
        elif read is None:
            return REFUSED
        else:
            value = read(metering, now)
        return Effect(payload=answers.encode_reading(RegisterReading(register, value)))

    def _read_log(self, instruction: ReadLog, now: Instant) -> Effect:
        self.metering.settle(now)
        newest_first = self.metering.logs.entries(_LOGS[instruction.log])[::-1]
        count = min(instruction.count, LOG_LINES_MAX)
        wanted = newest_first[instruction.first : instruction.first + count]
        page = LogPage(len(newest_first), tuple(self._line(entry) for entry in wanted))
        return Effect(payload=answers.encode_log_page(page))

    def _line(self, entry: LogEntry) -> LogLine:
        text = entry.text.encode()[:_TEXT_OCTETS_MAX].decode(errors="ignore")
        return LogLine(self.clock.utc_s(entry.at), int(entry.code or "0", 16), text)

    def _switch(
        self, instruction: ArmSupply | EnableSupply | DisableSupply, now: Instant
    ) -> Effect:
        if isinstance(instruction, DisableSupply):
            self.metering.disable_supply(OffReason.INSTRUCTED, now)
            return Effect()
        is_arm = isinstance(instruction, ArmSupply)
        close = self.metering.arm_supply if is_arm else self.metering.enable_supply
        return Effect() if close(instruction.type.words, now) else REFUSED

    def _configure(
        self, instruction: SetClock | SetTariff | SetPaymentMode, now: Instant
    ) -> Effect:
        match instruction:
            case SetClock(utc_s=utc_s):
                by_s = utc_s - self.clock.utc_s(now)
                self.metering.deeds.append(ClockAsked(now, by_s))
                return self._set_clock(utc_s, now)
            case SetTariff(standing_charge_tenth_pence=standing, unit_rate_tenth_pence=rate):
                self.metering.set_tariff(standing, rate, now)
            case SetPaymentMode(mode=mode):
                self.metering.set_mode(mode, now)
        return Effect()

    def _set_clock(self, utc_s: int, now: Instant) -> Effect:
        logs, by_s = self.metering.logs, utc_s - self.clock.utc_s(now)
        if abs(by_s) * SECOND_US > self.metering.setup.parameters.clock_tolerance_us:
            logs.note("81C6", now, f"by {by_s} s")
            return REFUSED
        if abs(self.clock.set(utc_s, now)) > _NOTICEABLE_S:
            logs.note("8145", now, f"by {by_s} s")
        return Effect()

    def _enter(self, digits: str, now: Instant) -> Effect:
        entered = self.entry.enter(digits, WAN, now)
        is_accepted = entered.result is UtrnResult.ACCEPTED
        outcome = Outcome.ACCEPTED if is_accepted else Outcome.REFUSED
        return Effect(outcome, answers.encode_utrn(entered))


_Read = Callable[[Metering, Instant], int]

_REGISTERS: dict[Register, _Read] = {
    Register.METER_BALANCE_PENCE: lambda meter, _: meter.balance_pence,
    Register.EMERGENCY_CREDIT_PENCE: lambda meter, _: meter.account.emergency_left_pence,
    Register.ACCUMULATED_DEBT_PENCE: lambda meter, _: (
        meter.account.payment_debt_pence + meter.account.time_debt_pence
    ),
    Register.STANDING_CHARGE_TENTH_PENCE: lambda meter, _: meter.account.standing_tenth_pence_a_day,
    Register.UNIT_RATE_TENTH_PENCE: lambda meter, _: meter.account.price_tenth_pence,
    Register.SUPPLY_STATE: lambda meter, _: int(meter.supply),
    Register.PAYMENT_MODE: lambda meter, _: int(meter.account.mode),
}
_FUEL_REGISTERS: dict[Fuel, dict[Register, _Read]] = {
    Fuel.ELECTRICITY: {
        Register.IMPORT_WH: lambda meter, now: meter.register(now),
        Register.EXPORT_WH: lambda _meter, _now: 0,
        Register.ACTIVE_POWER_W: lambda meter, now: meter.demand(now),
    },
    Fuel.GAS: {Register.GAS_VOLUME_DM3: lambda meter, now: meter.register(now)},
}
