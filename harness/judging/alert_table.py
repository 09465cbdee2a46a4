"""Which code is due when something befalls a meter or a hub: domain.md 3.3, written once more.

Nothing here is taken from the emulated devices, whose own tables may be wrong. What befalls a case,
a tap or a battery is what the steps of a scenario say; the rest is in the trace.
"""

from collections.abc import Mapping

from hanbench.emulator.instant import MINUTE_US

Due = tuple[str, ...]
"""Codes of which one is due."""

OF_A_CODE: Mapping[str, Due] = {
    "duplicate": ("8F51",),
    "incorrect": ("8F63",),
    "invalid": ("8F64",),
    "key-locked": ("81C5",),
}
"""By the result of a code that was entered."""
ABOVE_ONE_TOP_UP, ABOVE_THE_BALANCE = "8F5B", "8F47"
TOP_UPS = ("vend-add", "vend-and-tariff")
"""The kinds of code whose value is one top-up, with a limit of its own."""
OF_AN_INSTRUCTION: Mapping[str, str] = {
    "malformed": "8F1E",
    "not-for-this-device": "8F64",
    "wrong-key-version": "8F3D",
    "locked-out": "81C5",
    "bad-code": "8F3D",
    "replayed": "8F60",
    "out-of-window": "8F60",
    "no-key": "8F53",
    "unauthorised": "8F3E",
}
"""By the outcome of an Instruction that a device does not execute."""
ROTATIONS = frozenset(("rotate-sua-key", "prepare-rotation", "confirm-rotation", "abort-rotation"))
"""The Instructions that change a device's credentials, with 8F70."""
OF_A_RESTART = {"ESME": "8F35", "GSME": "8F1D"}
INTERRUPTED, LONG_OUTAGE = "8F57", "8F36"
LONG_OUTAGE_US = 3 * MINUTE_US
OF_THE_CASE: Mapping[str, str] = {
    "tampered-with": "8F3F",
    "battery-cover-removed": "8F73",
    "meter-cover-removed": "8F74",
    "magnet": "8F75",
    "terminal-cover-removed": "8F76",
    "second-terminal-cover-removed": "8F77",
    "opened-in-another-way": "8F78",
    "tilted": "81C2",
    "upright-again": "81C3",
    "battery-low": "8F1F",
}
"""By what happens at a meter."""
CREDENTIALS_CHANGED, JOINED, ENTRY_SUSPENDED, LOG_CLEARED = "8F70", "8183", "81C4", "8F52"
LOG_CHANGED, NOT_RETRIEVED = "8F12", "819D"
"""Of a hub."""
LOW_CREDIT, EMERGENCY_OFFERED = "810D", "8119"
EMERGENCY_CHOSEN, EMERGENCY_USED_UP = "81AB", "81AA"
NOT_CONNECTED, NOT_DISCONNECTED = "81BD", "81C0"
FLOW_FOUND, VALVE_TESTED = "81BF", "8184"
CLOCK_SET, CLOCK_NOT_SET = "8145", "81C6"
NOTICEABLE_S = 10
"""A clock that is set by more than that is told of (8F0C draws the line there)."""
BAD_FORMAT, NOT_TRUSTED = "8F1E", "8F3D"
"""Of what a hub cannot read, or whose sender it cannot verify."""
CLAUSE_OF_A_HUB: Mapping[str, str] = {NOT_TRUSTED: "alert/8F3D-hub"}
"""Where a hub's code is a clause of its own, beside that of a meter."""
NEVER_WITHOUT_CAUSE = frozenset(
    (
        *OF_THE_CASE.values(),
        ABOVE_ONE_TOP_UP,
        ABOVE_THE_BALANCE,
        CLOCK_NOT_SET,
        CLOCK_SET,
        CREDENTIALS_CHANGED,
        EMERGENCY_CHOSEN,
        EMERGENCY_OFFERED,
        EMERGENCY_USED_UP,
        ENTRY_SUSPENDED,
        FLOW_FOUND,
        INTERRUPTED,
        JOINED,
        LOG_CHANGED,
        LONG_OUTAGE,
        LOW_CREDIT,
        NOT_CONNECTED,
        NOT_DISCONNECTED,
        NOT_RETRIEVED,
        VALVE_TESTED,
    )
)
"""The codes of which the cause is known wherever they are due: told without it, they are wrong."""


def of_supply(before: str, now: str, because: str) -> tuple[Due, ...]:
    """Return what is due when a supply goes from one state to another, and why it did."""
    match now, because:
        case _ if now == before:
            return ()
        case "disabled", "use":
            return (("8F0F",),)
        case "armed", "load limit":
            return (("8F01",), ("8F33",))
        case "armed", "emergency credit":
            return (("8168",),)
        case "armed", _ if before == "disabled":
            return (("8F32",),)
        case "enabled", "load limit restored":
            return (("8F34",),)
        case _:
            return ()
