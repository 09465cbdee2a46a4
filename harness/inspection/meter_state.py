"""What a meter holds: SUA keys and their truth, credit, tariff, UTRN cache, logs, its rhythm."""

from hanbench.emulator.fuel import Fuel
from hanbench.emulator.instant import Instant
from hanbench.emulator.meters.esme import Esme
from hanbench.emulator.meters.gsme import Gsme
from hanbench.emulator.meters.logs import Log
from hanbench.emulator.meters.meter import MeterCore
from hanbench.emulator.meters.utrn_cache import NO_FLOOR
from hanbench.emulator.sua.slots import KeySlot
from hanbench.harness.inspection.node_state import Names, node_sections
from hanbench.harness.inspection.state import Section, Value, key_shown, when
from hanbench.harness.parties.organisations import S1SP_EUI64, SMSO_EUI64
from hanbench.protocol.errors import MissingKeyError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage

_UNITS = {Fuel.ELECTRICITY: ("Wh", "W"), Fuel.GAS: ("dm3", "l/h")}


def meter_sections(
    meter: Esme | Gsme, truth: str, names: Names, now: Instant
) -> tuple[Section, ...]:
    """Return the sections of a meter; `truth` is what the oracle calls its key."""
    core = meter.core
    return (
        Section("power", _power(meter, core)),
        Section("SUA", _sua(core, truth)),
        Section("SUA executions", _executions(core)),
        Section("other keys", _other_keys(core)),
        Section("account", _account(core)),
        Section("tariff", _tariff(core)),
        Section("register", _register(core)),
        Section("at this instant", _fleeting(core, now), is_fleeting=True),
        Section("UTRN cache", _utrn(core)),
        *(Section(f"{log.value} log", _log(core, log)) for log in Log),
        *node_sections(core.setup.stack, names),
    )


def _power(meter: Esme | Gsme, core: MeterCore) -> dict[str, Value]:
    told: dict[str, Value] = {
        "on": core.is_on,
        "boots at": when(core.dark_until),
        "answers held back": core.is_holding_back,
    }
    if isinstance(meter, Gsme):
        told |= {
            "receiver on": meter.is_listening,
            "wakes so far": meter.wakes,
            "wakes next at": when(meter.next_wake),
            "mirror endpoint": meter.mirror_endpoint,
        }
    return told


def _sua(core: MeterCore, truth: str) -> dict[str, Value]:
    keys, held, rules = core.gate.keys, core.truth, core.gate.parameters
    told: dict[str, Value] = {
        "scheme": core.setup.scheme.name,
        "truth": truth,
        "slot torn": held.is_torn,
        "current": None if keys is None else _slot(keys.current, held.check_value),
        "staged": None,
        "highest version ever": held.max_version,
        "wrong codes in a row": held.failures,
        "locked until": when(held.locked_until) if held.locked_until else None,
    }
    if keys is not None and keys.staged is not None:
        told["staged"] = _slot(keys.staged, held.staged_check_value)
    told["window"] = rules.window
    told["wrong codes to a lock"] = rules.failure_limit
    told["results kept"] = [
        f"version {version}, counter {counter}: {outcome}"
        for version, counter, outcome in core.gate.results_kept
    ]
    return told


def _slot(slot: KeySlot, check_value: str) -> dict[str, Value]:
    return {
        "version": slot.version,
        "check value": check_value,
        "last counter": slot.last_counter,
        "key": key_shown(slot.key),
    }


def _executions(core: MeterCore) -> dict[str, Value]:
    return {
        f"version {one.version}, counter {one.counter}": (
            f"at {when(one.at)}, digest {one.digest[:8].hex()}"
        )
        for one in core.gate.execution_log
    }


def _other_keys(core: MeterCore) -> dict[str, Value]:
    asked = (
        ("master", KeyUsage.MASTER, None),
        ("vend", KeyUsage.VEND, None),
        ("transport, S1SP", KeyUsage.TRANSPORT, S1SP_EUI64),
        ("transport, SMSO", KeyUsage.TRANSPORT, SMSO_EUI64),
    )
    return {name: key_shown(_key(core, usage, peer)) for name, usage, peer in asked}


def _key(core: MeterCore, usage: KeyUsage, peer: Eui64 | None) -> Key | None:
    keys = core.setup.keys
    try:
        if peer is None:
            return keys.key(core.eui64, usage)
        return keys.key(core.eui64, usage, peer)
    except MissingKeyError:
        return None


def _account(core: MeterCore) -> dict[str, Value]:
    account, rules = core.metering.account, core.metering.rules
    return {
        "payment mode": account.mode.name.lower(),
        "balance, pence": account.balance_pence,
        "supply": account.supply.words,
        "supply off because": account.off_reason.value,
        "emergency credit": account.emergency.value,
        "emergency credit left, pence": account.emergency_left_pence,
        "payment debt, pence": account.payment_debt_pence,
        "payment debt, permille of a top-up": account.payment_debt_permille,
        "time debt, pence": account.time_debt_pence,
        "time debt, pence a week": account.time_debt_pence_a_week,
        "maximum balance, pence": rules.max_balance_pence,
        "maximum top-up, pence": rules.max_credit_pence,
        "top-ups": [
            f"{when(one.at)} ...{one.tail} {one.pence} pence" for one in core.metering.top_ups
        ],
    }


def _tariff(core: MeterCore) -> dict[str, Value]:
    account = core.metering.account
    return {
        "unit rate, tenths of a penny": account.price_tenth_pence,
        "standing charge, tenths of a penny a day": account.standing_tenth_pence_a_day,
        "label": core.setup.rate_label.decode("ascii", "replace"),
        "since": when(core.metering.tariff_set_at),
    }


def _register(core: MeterCore) -> dict[str, Value]:
    units, at = core.metering.settled
    unit, _ = _UNITS[core.metering.setup.fuel]
    return {f"settled, {unit}": units, "settled at": when(at)}


def _fleeting(core: MeterCore, now: Instant) -> dict[str, Value]:
    unit, rate = _UNITS[core.metering.setup.fuel]
    return {
        "time": when(now),
        "clock, Unix seconds": core.clock.utc_s(now),
        f"reading, {unit}": core.metering.register(now),
        f"rate, {rate}": core.metering.demand(now),
    }


def _utrn(core: MeterCore) -> dict[str, Value]:
    cache, lock = core.entry.cache, core.entry.lock
    return {
        "used sequences": list(cache.used),
        "floor": None if cache.floor == NO_FLOOR else cache.floor,
        "wrong codes in a row": lock.wrong_in_a_row,
        "keypad locked until": when(lock.locked_until),
    }


def _log(core: MeterCore, log: Log) -> dict[str, Value]:
    entries = core.logs.entries(log)
    return {"entries": [f"{when(one.at)} {one.code} {one.text}".rstrip() for one in entries]}
