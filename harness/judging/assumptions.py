"""Everything modelled that a case rests on, in words: the report lists it under "assumptions"."""

from hanbench.emulator.model import SET_BY_SCENARIO
from hanbench.harness.real_time import NOT_DETERMINISTIC
from hanbench.harness.running.case import Case

SCHEME = (
    "SUA scheme: HAN-SUA-M1, a synthetic model of this project; the real SUA is not public, and "
    "nothing here is or claims to be it"
)
TRANSPORT = (
    "WAN: HAN-WAN-M1 envelopes with a transport MAC, and Instructions, are this project's own"
)
TRAFFIC = {
    "full": "traffic full: every frame of steady traffic is on the air, APS acknowledgements too",
    "instruction": (
        "traffic instruction: every frame of the migration's own exchanges is on the air; steady "
        "traffic is thinned to one report a device an hour, and idle polls are left out"
    ),
    "off": "traffic off: the same messages pass unencoded; nothing is on the air",
}


def assumptions_of(case: Case) -> tuple[str, ...]:
    """Return the assumptions of a case, the general ones first."""
    general: tuple[str, ...] = (
        SCHEME if case.scheme == "han-sua-m1" else f"SUA scheme: {case.scheme}",
        TRANSPORT,
        TRAFFIC[case.scenario.traffic],
        f"rotation profile: {case.scenario.profile} (domain model 10.3)",
    )
    if case.parts:
        general = (*general, f"devices and parties of another make: {case.parts}")
    models = tuple(
        dict.fromkeys(
            f"{profile.name}: {name} = {value}: {why}"
            for profile in case.profiles.values()
            for name, value, why in profile.reasons()
            if "model" in why.lower() or why == SET_BY_SCENARIO
        )
    )
    if case.real_time is not None:
        general = (NOT_DETERMINISTIC.format(scale=case.real_time), *general)
    return general + models
