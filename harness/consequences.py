"""What an operation of a party changes outside that party: in the hub, on the WAN, in the books."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hanbench.emulator.instant import Instant
from hanbench.harness.engine.port import CallParty, Json
from hanbench.harness.parties.organisations import S1SP_EUI64, SMSO_EUI64

if TYPE_CHECKING:
    from hanbench.harness.world import World

_IN_CHARGE = {"start_migration": S1SP_EUI64, "roll_back": SMSO_EUI64}
"""By operation of the SMSO, the head-end that a hub listens to from then on."""


def after_call(world: World, action: CallParty, result: Json, now: Instant) -> None:
    """See to it, when a call of an engine has been answered."""
    match action.party, action.operation:
        case "SMSO", what if what in _IN_CHARGE:
            world.home.hub.put_in_charge(_IN_CHARGE[what])
        case "SMSO", "configure":
            for envelope in world.organisations.smso.take_outgoing():
                world.send_down(envelope)
        case "SMSO", "hand_over":
            if world.on_hand_over is not None:
                world.on_hand_over(str(action.arguments["device"]), now)
        case "DCO", "read_answer":
            evidence = world.truth.evidence(action.arguments, result, now)
            if evidence is not None:
                world.evidence.append(evidence)
        case _:
            pass
