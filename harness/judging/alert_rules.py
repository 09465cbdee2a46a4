"""What becomes of the N55 alert of a top-up, by clause, reckoned apart from the S1SP's code.

An alert that the scenario loses, delays or mixes up is bad luck or the S1SP's fault as the clause
says; that one comes in the end, and for which meter its code is, is told from the requests that
were acknowledged and from the meter's own vend key.
"""

from collections.abc import Iterator

from hanbench.harness.judging.party_call import Asked, Fault
from hanbench.protocol import utrn
from hanbench.protocol.utrn import Rejection


def after_a_request(asked: Asked) -> Iterator[Fault]:
    """Judge what came with the acknowledgement of a service request 2.2."""
    key, stated = (asked.home, asked.device), asked.case.scenario.parties.s1sp
    has_none = asked.result is not None and not asked.result["utrn"]
    if asked.result is None and asked.refusal != "N55_LOST":
        return
    asked.seen.requested.setdefault(key, []).append(asked.now)
    if asked.result is not None and not has_none:
        yield from _of_the_meter(asked, str(asked.result["utrn"]))
    elif not stated.late_n55_us.get(asked.device):
        asked.seen.lost_n55[key] = asked.seen.lost_n55.get(key, 0) + 1
        if asked.seen.lost_n55[key] > stated.lost_n55.get(asked.device, 0):
            says = f"the S1SP acknowledges a top-up of {asked.device} and sends no N55"
            yield "seed0/n55", "S1SP", asked.device, says


def received(asked: Asked) -> Iterator[Fault]:
    """Hold the alerts that have come against the requests that were acknowledged."""
    if asked.result is None:
        return
    stated = asked.case.scenario.parties.s1sp
    late_us = stated.late_n55_us.get(asked.device, 0)
    requests = asked.seen.requested.get((asked.home, asked.device), [])
    sent = requests[stated.lost_n55.get(asked.device, 0) :]
    due = sum(at + late_us <= asked.now for at in sent)
    codes = [str(alert["utrn"]) for alert in asked.result["alerts"]]
    if len(set(codes)) != due:
        says = f"{due} N55 about {asked.device} are due by now, and {len(set(codes))} have come"
        yield "domain/n55-late", "S1SP", asked.device, says
    for code in codes:
        yield from _of_the_meter(asked, code)


def _of_the_meter(asked: Asked, digits: str) -> Iterator[Fault]:
    meter = asked.seen.meters.get(asked.home, {}).get(asked.device)
    if meter is None:
        return
    if utrn.judge(meter.core.entry.vend_key, meter.eui64, digits) is Rejection.INCORRECT:
        says = f"the N55 about {asked.device} holds a code that is not for it"
        yield "domain/n55-wrong-meter", "S1SP", asked.device, says
