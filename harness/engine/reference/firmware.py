"""Firmware of Dormant Meters: brought forward by the Installing Supplier's images before migration.

Source: TMAD v0.3 conclusions. An Active Meter's firmware is for its supplier. A sequence that stops
half-way leaves the meter where it stopped: the Installation is not started, and a later attempt
goes on from there.
"""

from collections.abc import Sequence

from hanbench.harness.engine.adapter import PartyRefused
from hanbench.harness.engine.reference.work import Work


async def bring_forward(work: Work, lacking: Sequence[str]) -> str:
    """Upgrade the meters that lack an entry by their firmware; return why not, "" if done."""
    for name in lacking:
        meter = next((it for it in work.authorisation.meters if it.name == name), None)
        if meter is None or meter.mode != "dormant":
            return f"no EPCL entry for {name} as it is"
        try:
            found = await work.party("INSTALLING_SUPPLIER", "upgrade_sequence", device=name)
            for image in found["images"]:
                await work.party("SMSO", "upgrade_firmware", device=name, firmware=image)
        except PartyRefused as refusal:
            return f"firmware of {name}: {refusal.code}: {refusal.detail}"
    return ""
