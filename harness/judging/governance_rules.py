"""Terms and counters of the governance, by clause, reckoned apart from the parties' code."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from hanbench.emulator.instant import DAY_US
from hanbench.emulator.parties.operation import PartyError
from hanbench.harness.judging.party_call import Asked, Fault, Rule

FORTNIGHT_US = 14 * DAY_US
"""TMAD 8.9, reckoned here apart from the parties."""


def _decided(asked: Asked) -> Iterator[Fault]:
    if asked.result is not None:
        asked.seen.decided.setdefault(asked.home, []).append(asked.now)
    return iter(())


def _referred(asked: Asked) -> Iterator[Fault]:
    decided = asked.seen.decided.get(asked.home, [])
    number = int(asked.arguments.get("number", 0))
    if not 0 < number <= len(decided):
        return
    is_in_time = asked.now - decided[number - 1] < FORTNIGHT_US
    if asked.result is not None and not is_in_time:
        says = f"a referral of matter {number} is taken after more than 14 days"
        yield "tmad/8.9", "MCC", "", says
    elif asked.refusal == "TOO_LATE" and is_in_time:
        says = f"a referral of matter {number} within 14 days is refused"
        yield "tmad/8.9", "MCC", "", says


def _still_the_old_one(asked: Asked) -> Iterator[Fault]:
    """Whoever's credentials were taken is the entitled party from then on."""
    home = asked.parties.premises.home(asked.home)
    meter = asked.parties.premises.meter(asked.home, asked.device)
    if isinstance(home, PartyError) or isinstance(meter, PartyError):
        return
    held, new = meter.supplier or home.supplier, asked.arguments["supplier"]
    if held != new:
        says = f"the credentials of {new} are taken, and {asked.device} is still {held}'s"
        yield "s1sr/11.2(a)", "S1SP", asked.device, says


def _cos(asked: Asked) -> Iterator[Fault]:
    key, counter = (asked.home, asked.device), int(asked.arguments.get("counter", 0))
    before = asked.seen.cos_counters.get(key, 0)
    if asked.result is not None:
        if counter <= before:
            says = f"CoS credentials of {asked.device} with counter {counter} come after {before}"
            yield "s1sr/11.2(a)", "S1SP", asked.device, says
        asked.seen.cos_counters[key] = max(before, counter)
        asked.seen.notified[key] = str(asked.arguments["supplier"])
        yield from _still_the_old_one(asked)
    elif asked.refusal == "COUNTER_NOT_ABOVE" and counter > before:
        says = f"CoS credentials of {asked.device} with counter {counter}, after {before}: refused"
        yield "s1sr/11.2(a)", "S1SP", asked.device, says


def _entered(asked: Asked) -> Iterator[Fault]:
    if asked.result is not None and asked.result["effective_since_us"] is not None:
        asked.seen.entries.append(asked.now)
    return iter(())


def _separated(asked: Asked) -> Iterator[Fault]:
    """12 months after the last entry that no completed standstill came before, and 3 more."""
    if asked.result is None:
        return
    epoch, begins = asked.case.scenario.epoch, None
    for entry in asked.seen.entries:
        at = epoch + timedelta(microseconds=entry)
        begins = at if begins is None or at < _months_after(begins, 12) else begins
    due = None if begins is None else _months_after(begins, 15) - epoch
    due_us = None if due is None else due // timedelta(microseconds=1)
    if asked.result["separation_us"] != due_us:
        says = f"the Separation is said to be due at {asked.result['separation_us']}, not {due_us}"
        yield "tmad/3.14E", "EPCL", "", says


def _months_after(day: datetime, months: int) -> datetime:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = day.replace(year=year + month // 11, month=(month + 1) % 12 + 1, day=1)
    last = (following - timedelta(days=1)).day
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


GOVERNANCE_RULES: Mapping[tuple[str, str], Rule] = {
    ("MCC", "decide_matter"): _decided,
    ("MCC", "refer_matter"): _referred,
    ("EPCL", "propose"): _entered,
    ("EPCL", "approve"): _entered,
    ("EPCL", "separation"): _separated,
    ("S1SP", "update_cos_credentials"): _cos,
}
