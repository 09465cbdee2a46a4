"""Where UTRNs are entered: at the keypad, by a display, or by the WAN.

Sources: Secure Liberty 100 manual for the kinds of code, the three ways of entry, the words of the
outcomes and the keypad lock; profile HAN-DAUTRN-M1 for the codes themselves [M, domain.md 10.4]. A
native code carries its own authentication, so no SUA code is asked for, and a meter without a SUA
key takes it all the same. What a vend+tariff entry carries, and that a deduction stops at the
disablement threshold, is modelled [M].

A sequence is spent before its credit is added: power lost in between costs the customer a code
that the supplier can issue again, the other order would give credit twice.
"""

from dataclasses import dataclass, replace

from hanbench.emulator.events import Recorder, UtrnEntered
from hanbench.emulator.instant import Instant
from hanbench.emulator.meters import prepayment
from hanbench.emulator.meters.logs import Log
from hanbench.emulator.meters.metering import AcceptedTopUp, Metering
from hanbench.emulator.meters.prepayment import OffReason
from hanbench.emulator.meters.utrn_cache import (
    KeypadLock,
    UtrnCache,
    count_result,
    is_locked,
    is_used,
    spend,
)
from hanbench.emulator.meters.utrn_effect import Effect, foresee, spent_sequence
from hanbench.emulator.nvm import Nvm, Slot, Torn
from hanbench.protocol import utrn
from hanbench.protocol.answer import UtrnAnswer, UtrnResult
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key
from hanbench.protocol.utrn import NativeCode, NativeType, Rejection, SupplyConnection

KEYPAD = "keypad"
PPMID = "ppmid"
WAN = "wan"
MANUAL = (KEYPAD, PPMID)
"""The origins that count wrong codes, and that a lock closes."""

CACHE: Slot[UtrnCache] = Slot("utrn-cache", UtrnCache())
LOCK: Slot[KeypadLock] = Slot("keypad-lock", KeypadLock())

CLEAR_LOGS = 5
"""The engineering service that empties the event and UTRN logs, never the security log [M]."""
_REJECTED = {rejection: UtrnResult[rejection.name] for rejection in Rejection}
_CODES = {
    UtrnResult.DUPLICATE: "8F51",
    UtrnResult.INCORRECT: "8F63",
    UtrnResult.INVALID: "8F64",
    UtrnResult.KEY_LOCKED: "81C5",
}
_ENTRY_SUSPENDED = "81C4"
_CREDIT_ADDED_LOCALLY = "810E"
_TAIL_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeEntry:
    """Takes the codes of one meter."""

    eui64: Eui64
    vend_key: Key
    metering: Metering
    nvm: Nvm
    record: Recorder

    @property
    def cache(self) -> UtrnCache:
        """The used sequences."""
        cache = self.nvm.read(CACHE)
        assert cache is not Torn.TORN, "the cache is only ever written whole"
        return cache

    @property
    def lock(self) -> KeypadLock:
        """The keypad's lock."""
        lock = self.nvm.read(LOCK)
        assert lock is not Torn.TORN, "the lock is only ever written whole"
        return lock

    def enter(self, digits: str, origin: str, now: Instant) -> UtrnAnswer:
        """Take an entry of 20, 40 or 60 digits, and say what became of it."""
        self.metering.settle(now)
        if origin in MANUAL and is_locked(self.lock, now):
            return self._conclude(digits, origin, Effect(UtrnResult.KEY_LOCKED), now)
        codes, effect = self._judge(digits)
        if effect.result is UtrnResult.ACCEPTED:
            self._spend(codes)
            self._execute(codes, origin, now)
        if origin in MANUAL:
            self._count(effect.result, now)
        return self._conclude(digits, origin, effect, now)

    def rehearse(self, digits: str) -> UtrnResult:
        """Say what an entry over the WAN would come to, and change nothing: for the oracle."""
        return self._judge(digits)[1].result

    def _judge(self, digits: str) -> tuple[tuple[NativeCode, ...], Effect]:
        judged = utrn.judge(self.vend_key, self.eui64, digits)
        if isinstance(judged, Rejection):
            return (), Effect(_REJECTED[judged])
        if spent_sequence(self.cache, judged) is not None:
            return judged, Effect(UtrnResult.DUPLICATE)
        effect = foresee(judged, self.metering.account, self.metering.rules)
        return judged, replace(effect, asked=judged[0])

    def _spend(self, codes: tuple[NativeCode, ...]) -> None:
        cache = self.cache
        for code in codes:
            cache = cache if is_used(cache, code.sequence) else spend(cache, code.sequence)
        self.nvm.write(CACHE, cache)

    def _execute(self, codes: tuple[NativeCode, ...], origin: str, now: Instant) -> None:
        because = f"UTRN by {origin}"
        value = codes[0].value
        match codes[0].type:
            case NativeType.VEND_ADD:
                self._add(value, because, now)
            case NativeType.VEND_AND_TARIFF:
                self._set_tariff(codes, now)
                self._add(value, because, now)
            case NativeType.VEND_SET:
                self._set(utrn.vend_set_pence(codes), because, now)
            case NativeType.VEND_DEDUCT:
                self._set(self.metering.balance_pence - value, because, now)
            case NativeType.SUPPLY_CONNECTION if value == SupplyConnection.OFF:
                self.metering.disable_supply(OffReason.CODE, now)
            case NativeType.SUPPLY_CONNECTION:
                self.metering.arm_supply(because, now)
            case NativeType.ENGINEERING if value == CLEAR_LOGS:
                self.metering.logs.clear(Log.UTRN, now)
                self.metering.logs.clear(Log.EVENT, now)
            case _:
                # Other engineering and retain-credit codes change nothing that is modelled here.
                pass

    def _add(self, pence: int, because: str, now: Instant) -> None:
        metering = self.metering
        change = prepayment.add_credit(metering.account, metering.rules, pence)
        metering.apply(change, now, because)

    def _set(self, pence: int, because: str, now: Instant) -> None:
        metering = self.metering
        change = prepayment.set_balance(metering.account, metering.rules, pence)
        metering.apply(change, now, because)

    def _set_tariff(self, codes: tuple[NativeCode, ...], now: Instant) -> None:
        """The second code holds the unit rate, the third the standing charge, in tenths of 1p."""
        standing = self.metering.account.standing_tenth_pence_a_day
        _, unit, *more = (code.value for code in codes)
        self.metering.set_tariff(more[0] if more else standing, unit, now)

    def _count(self, result: UtrnResult, now: Instant) -> None:
        parameters = self.metering.setup.parameters
        lock = count_result(
            self.lock,
            result,
            now,
            limit=parameters.wrong_code_limit,
            lock_us=parameters.key_lock_us,
        )
        self.nvm.write(LOCK, lock)
        if is_locked(lock, now):
            self.metering.logs.note(_ENTRY_SUSPENDED, now)

    def _conclude(self, digits: str, origin: str, effect: Effect, now: Instant) -> UtrnAnswer:
        metering, result = self.metering, effect.result
        # A refused code may still be worth money elsewhere: only its tail is written down.
        text = f"{result.words}, by {origin}, ...{digits[-_TAIL_DIGITS:]}"
        metering.logs.write(Log.UTRN, _CODES.get(result, effect.code), text, now)
        code = _CODES.get(result, effect.code)
        if code:
            metering.logs.note(code, now, f"by {origin}")
        if result is UtrnResult.ACCEPTED and effect.pence > 0 and origin in MANUAL:
            metering.logs.note(_CREDIT_ADDED_LOCALLY, now, f"{effect.pence} pence by {origin}")
        if result is UtrnResult.ACCEPTED and effect.pence > 0:
            metering.top_ups.append(AcceptedTopUp(now, digits[-_TAIL_DIGITS:], effect.pence))
        setup, asked = metering.setup, effect.asked
        self.record(
            UtrnEntered(
                now,
                setup.installation,
                setup.device,
                origin,
                result.words,
                effect.pence,
                "" if asked is None else asked.type.words,
                0 if asked is None else asked.value,
            )
        )
        return UtrnAnswer(result, effect.pence, metering.balance_pence)
