"""Terms and counters of the governance, by clause, reckoned apart from the parties' code."""

from collections.abc import Iterator, Mapping

from hanbench.emulator.instant import DAY_US
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


def _cos(asked: Asked) -> Iterator[Fault]:
    key, counter = (asked.home, asked.device), int(asked.arguments.get("counter", 0))
    before = asked.seen.cos_counters.get(key, 0)
    if asked.result is not None:
        if counter <= before:
            says = f"CoS credentials of {asked.device} with counter {counter} come after {before}"
            yield "s1sr/11.2(a)", "S1SP", asked.device, says
        asked.seen.cos_counters[key] = max(before, counter)
    elif asked.refusal == "COUNTER_NOT_ABOVE" and counter > before:
        says = f"CoS credentials of {asked.device} with counter {counter}, after {before}: refused"
        yield "s1sr/11.2(a)", "S1SP", asked.device, says


GOVERNANCE_RULES: Mapping[tuple[str, str], Rule] = {
    ("MCC", "decide_matter"): _decided,
    ("MCC", "refer_matter"): _referred,
    ("S1SP", "update_cos_credentials"): _cos,
}
