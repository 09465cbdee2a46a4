"""Engines and a hub that depend on what a run must not depend on, each in one way that happens."""

from importlib import import_module

from typing_extensions import override

from hanbench.emulator.device import Output
from hanbench.emulator.hub.comms_hub import CommsHub
from hanbench.emulator.hub.wan_side import UNAUTHORISED_ACCESS
from hanbench.emulator.instant import Instant
from hanbench.harness.engine.adapter import Port
from hanbench.harness.parts import Parts

migrate = import_module("hanbench.harness.engine.reference.migrate").migrate
WORDS = ("keys", "meters", "files", "displays", "codes", "parties", "hubs", "stops")
_runs: list[str] = []


async def goes_by_a_set(port: Port) -> None:
    """It notes its plan in the order of a set of text: the hash seed decides it."""
    for word in set(WORDS):
        await port.journal({"step": "planned", "what": word})
    await migrate(port)


async def goes_by_an_address(port: Port) -> None:
    """It names its plan by where it lies in memory."""
    await port.journal({"step": "planned", "what": str(id(object()))})
    await migrate(port)


async def remembers_the_case_before(port: Port) -> None:
    """It counts the migrations of its process, so the order of the cases shows."""
    _runs.append(port.authorisation.rotation_profile.value)
    await port.journal({"step": "planned", "what": " ".join(_runs)})
    await migrate(port)


class _NamesItsMembers(CommsHub):
    _has_named = False

    @override
    def receive_wan(self, octets: bytes, now: Instant) -> list[Output]:
        outputs = super().receive_wan(octets, now)
        if self._has_named:
            return outputs
        self._has_named = True
        for name in {member.name for member in self.joined.members}:
            outputs += self.wan.alert(UNAUTHORISED_ACCESS, name, self.head_end_in_charge, now)
        return outputs


def sends_by_a_set() -> Parts:
    """Its hub tells the head-end of its members in the order of a set of their names."""
    return Parts(hub=_NamesItsMembers)
