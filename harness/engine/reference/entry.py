"""Whether an Installation may be started at all: clearance, eligibility, exclusions.

Everything is asked right before the start, since a stop may be asked for until then (TMAD 4.23A).
"""

from hanbench.harness.engine.port import Json
from hanbench.harness.engine.reference.configuration import configure
from hanbench.harness.engine.reference.firmware import bring_forward
from hanbench.harness.engine.reference.work import Work

ATTEMPTS_MAX = 5
"""Five or more attempts exclude an Installation (DCC consultation on the TMAD's expiry)."""
NOT_STARTED = "not started: "
EXCLUDED = "excluded: "
MIGRATED = "migrated before: "
ANOTHER = "another engine is at work on this Installation"
"""Why an engine stands down and touches nothing."""
ALREADY_MIGRATED = "already-migrated"
"""The MCC's word for it."""
ONE_OF_EACH = ("PPMID", "IHD", "CAD")


async def objection(work: Work) -> str:
    """Return why the Installation must not be started, empty if it may; the reason has a prefix."""
    if work.authorisation.attempt > ATTEMPTS_MAX:
        return f"{EXCLUDED}{ATTEMPTS_MAX} attempts were made"
    contacts = await work.party("SMSO", "communications_check")
    silent = [one["device"] for one in contacts["devices"] if not one["is_recent"]]
    if silent:
        return f"{EXCLUDED}no contact within seven days: {', '.join(silent)}"
    meters = await _meters(work)
    keyless = [str(one["device"]) for one in meters if not one["has_required_data"]]
    if keyless:
        return f"{EXCLUDED}the SMSO lacks the master key of {', '.join(keyless)}"
    eligible = await work.party("EPCL", "check")
    uneconomic = [one["model"] for one in eligible["devices"] if one["is_uneconomic"]]
    if uneconomic:
        return f"{EXCLUDED}uneconomic to migrate: {', '.join(uneconomic)}"
    cleared = await work.party("MCC", "clearance")
    if not cleared["is_cleared"]:
        return _barred(list(cleared["reasons"]))
    unfit = [str(one["device"]) for one in meters if not one["is_configured"]]
    if eligible["is_eligible"] and not unfit:
        return ""
    return await _after_work(work, _lacking(eligible), unfit)


async def migrated_by_another(work: Work) -> str:
    """Return why it is not to be started any more though it may be under way, empty if it may."""
    cleared = await work.party("MCC", "clearance")
    reasons = list(cleared["reasons"])
    return _barred(reasons) if ALREADY_MIGRATED in reasons else ""


async def _after_work(work: Work, lacking: list[str], unfit: list[str]) -> str:
    """Bring firmware and configuration forward, then look once more: the work took its time."""
    why = await bring_forward(work, lacking) or await configure(work, unfit)
    if why:
        return f"{NOT_STARTED}{why}"
    eligible = await work.party("EPCL", "check")
    if not eligible["is_eligible"]:
        return f"{NOT_STARTED}no EPCL entry for {', '.join(_lacking(eligible))}"
    cleared = await work.party("MCC", "clearance")
    return "" if cleared["is_cleared"] else _barred(list(cleared["reasons"]))


def _lacking(eligible: Json) -> list[str]:
    return [str(one["device"]) for one in eligible["devices"] if not one["is_eligible"]]


def _barred(reasons: list[str]) -> str:
    if ALREADY_MIGRATED in reasons:
        return f"{MIGRATED}every meter is Commissioned"
    prefix = EXCLUDED if "active-to-dormant" in reasons else NOT_STARTED
    return f"{prefix}{', '.join(reasons)}"


async def _meters(work: Work) -> list[Json]:
    names = [meter.name for meter in work.authorisation.meters]
    return [one for one in await _devices(work) if one["device"] in names]


async def displays_to_migrate(work: Work) -> list[Json]:
    """Choose one PPMID, IHD and CAD each, the last that joined (TMAD 4.34A and 4.44A)."""
    able = [one for one in await _devices(work) if one["has_required_data"]]
    chosen = []
    for kind in ONE_OF_EACH:
        of_kind = [one for one in able if one["type"] == kind and not one["is_third_party"]]
        last = max(of_kind, key=lambda one: int(one["joined_order"]), default=None)
        if last is not None:
            chosen.append(last)
    return chosen


async def _devices(work: Work) -> list[Json]:
    report = await work.party("SMSO", "devices")
    return list(report["devices"])
