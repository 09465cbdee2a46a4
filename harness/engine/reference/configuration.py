"""Configuration of Dormant Meters: brought to what migration asks for by the given sequence.

Source: TMAD v0.3 and v5.1 conclusions (4.5). An Active Meter's configuration is for its supplier. A
step goes out to the meter and shows in what it holds, a gas meter's after its next wake. A sequence
that stops half-way leaves the meter where it stopped: the Installation is not started, and a later
attempt goes on from there.
"""

from hanbench.harness.engine.adapter import PartyRefused
from hanbench.harness.engine.port import AuthorisedMeter, Json
from hanbench.harness.engine.reference.exchange import MINUTE_US, timeout_us
from hanbench.harness.engine.reference.work import Work

LOOK_EVERY_US = MINUTE_US


async def configure(work: Work, unfit: list[str]) -> str:
    """Configure the meters that do not fit; return why one still does not, "" if all do."""
    for name in unfit:
        meter = next((it for it in work.authorisation.meters if it.name == name), None)
        if meter is None or meter.mode != "dormant":
            return f"the configuration of {name} does not fit"
        try:
            told = await work.party("INSTALLING_SUPPLIER", "configuration_sequence", device=name)
            for step in told["steps"]:
                await work.party("SMSO", "configure", device=name, **step)
                if not await _has_taken(work, meter, step):
                    return f"configuration of {name}: {step['setting']} was not taken"
        except PartyRefused as refusal:
            return f"configuration of {name}: {refusal.code}: {refusal.detail}"
    return ""


async def _has_taken(work: Work, meter: AuthorisedMeter, step: Json) -> bool:
    """Look until a meter holds what it was sent, or has had its time."""
    for _ in range(timeout_us(meter) // LOOK_EVERY_US):
        await work.port.sleep_until(work.port.now_us + LOOK_EVERY_US)
        if work.is_asked_to_stop:
            return False
        held = await work.party("SMSO", "configuration", device=meter.name)
        if step in held["settings"]:
            return True
    return False
