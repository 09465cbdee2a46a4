"""Which devices belong into the Migration Common File of an Installation (TMAD 4.34A, 4.44A).

Of PPMID, IHD and CAD one each: the last that joined the HAN, of those for which there is sufficient
information. Third-party devices and repeaters are never migrated.
"""

from collections.abc import Iterator, Sequence

from hanbench.harness.running.case import Case

ONE_OF_EACH = ("PPMID", "IHD", "CAD")


def selection_clause(case: Case) -> str:
    """Return the clause that binds this Installation: 4.34A where all meters are Dormant."""
    modes = [case.installation.devices[name].mode for name in case.installation.meter_names]
    return "tmad/4.34A" if all(mode == "dormant" for mode in modes) else "tmad/4.44A"


def last_joined(case: Case) -> dict[str, str]:
    """Return the one device of each type that is migrated, by type."""
    lacking = case.scenario.parties.smso.lacks_data
    return {
        entry.type: name  # a later one replaces the earlier: files list them as they joined
        for name, entry in case.installation.devices.items()
        if entry.type in ONE_OF_EACH and not entry.third_party and name not in lacking
    }


def wrong_devices(case: Case, named: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with a file's devices: (clause, device, detail)."""
    clause, chosen = selection_clause(case), last_joined(case)
    for name in named:
        entry = case.installation.devices.get(name)
        if entry is None:
            continue  # the Commissioning Party says so by itself
        if entry.third_party or entry.type == "REPEATER":
            detail = f"{name} is a third-party device or repeater: never migrated"
            yield "seed0/third-party-devices", name, detail
        elif name in case.scenario.parties.smso.lacks_data:
            yield clause, name, f"there is not enough information about {name} to migrate it"
        elif entry.type in ONE_OF_EACH and chosen.get(entry.type) != name:
            yield clause, name, f"{name} is not the {entry.type} that joined the HAN last"
    for kind, name in chosen.items():
        if name not in named:
            yield clause, name, f"{name}, the {kind} that joined the HAN last, is left out"
