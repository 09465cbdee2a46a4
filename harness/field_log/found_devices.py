"""The devices that speak in a log, as far as a log can tell what they are.

Of a meter the WAN shows an address, a key version and a counter. Whether it measures gas shows in
what it is asked, and in that a hub keeps Instructions for it; else it is taken for an ESME.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from hanbench.emulator.model import DeviceType
from hanbench.harness.field_log.dialogue import Dialogue, dialogue_of
from hanbench.harness.field_log.entries import Exchange
from hanbench.protocol import hub_command
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.hub_command import CancelBuffered, ListBuffered
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import EnableSupply, ReadRegister, Register
from hanbench.protocol.wan import EnvelopeKind

_NOT_A_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
_NAME_LENGTH_MAX = 60
SLEEPS_FROM_US = 120_000_000
"""An answer that took longer came from a meter that sleeps: no other waits two minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDevice:
    """One device, and why it is taken for what it is."""

    name: str
    eui64: Eui64
    type: DeviceType
    because: str
    model: str = ""
    """As a dump calls it; empty where nothing tells."""
    key_version: int = 1
    last_counter: int = 0
    mode: str = ""
    payment_mode: str = ""
    balance_pence: int | None = None


def fixture_name(given: object, kind: DeviceType, taken: Collection[str], number: int) -> str:
    """Return a name that an installation file can hold and that no other device has there."""
    name = _NOT_A_NAME.sub("-", str(given)).strip("-._")[:_NAME_LENGTH_MAX] if given else ""
    if not given:
        name = "hub" if kind == "CHF" else kind.lower()
    name = name or f"device-{number}"
    return f"{name}-{number}" if name in taken else name


def devices_in(exchange: Exchange) -> tuple[FoundDevice, ...]:
    """Return hub and meters of a log, in the order in which they come up.

    Their names are those of the log, as far as an installation file can hold them.
    """
    named: list[FoundDevice] = []
    for number, one in enumerate(_devices_in(exchange), 1):
        name = fixture_name(one.name, one.type, [it.name for it in named], number)
        is_renamed = name != one.name
        because = f"{one.because}; the log calls it {one.name!r}" if is_renamed else one.because
        named.append(replace(one, name=name, because=because))
    return tuple(named)


def _devices_in(exchange: Exchange) -> tuple[FoundDevice, ...]:
    dialogue = dialogue_of(exchange)
    buffered = _buffered(exchange)
    found: list[FoundDevice] = []
    for eui64 in dialogue.meters:
        kind, because = _fuel(dialogue, eui64, buffered)
        version, counter = _before_the_log(dialogue, eui64)
        found.append(
            FoundDevice(
                name=dialogue.name_of(eui64),
                eui64=eui64,
                type=kind,
                because=because,
                key_version=version,
                last_counter=counter,
            )
        )
    return (*_hubs(exchange), *found)


def _fuel(dialogue: Dialogue, eui64: Eui64, buffered: set[Eui64]) -> tuple[DeviceType, str]:
    asked = [one for one in dialogue.asked if one.entry.meter == eui64]
    for one in asked:
        instruction = one.instruction
        if isinstance(instruction, EnableSupply):
            return "ESME", "its supply is enabled from afar, which gas never is"
        if (
            isinstance(instruction, ReadRegister)
            and instruction.register is Register.GAS_VOLUME_DM3
        ):
            return "GSME", "its gas volume is read"
    if eui64 in buffered:
        return "GSME", "the hub keeps Instructions for it"
    slowest = max(
        (
            one.entry.at_us - one.to.entry.at_us
            for one in dialogue.answered
            if one.to is not None and one.entry.meter == eui64
        ),
        default=0,
    )
    if slowest > SLEEPS_FROM_US:
        return "GSME", f"it took {slowest // 1_000_000} s to answer, as a meter that sleeps"
    return "ESME", "nothing says that it measures gas"


def _before_the_log(dialogue: Dialogue, eui64: Eui64) -> tuple[int, int]:
    """Return the key version and the last counter that the meter held when the log begins."""
    codes = [
        (one.code.key_version, one.code.counter)
        for one in dialogue.asked
        if one.entry.meter == eui64 and one.code is not None
    ]
    for one in dialogue.answered:
        if one.entry.meter != eui64 or not one.answer.key_version:
            continue
        code = one.to.code if one.to is not None else None
        if code is None:
            return one.answer.key_version, one.answer.last_counter
        # It may have been spent by this very Instruction.
        return code.key_version, code.counter - 1
    return codes[0][0] if codes else 1, codes[0][1] - 1 if codes else 0


def _buffered(exchange: Exchange) -> set[Eui64]:
    found: set[Eui64] = set()
    for entry in exchange.envelopes:
        if entry.envelope.kind is not EnvelopeKind.HUB_COMMAND:
            continue
        try:
            command = hub_command.decode_command(entry.envelope.payload)
        except DecodeError:
            continue
        if isinstance(command, CancelBuffered | ListBuffered):
            found.add(command.target)
    return found


def _hubs(exchange: Exchange) -> tuple[FoundDevice, ...]:
    kinds = (EnvelopeKind.HUB_COMMAND, EnvelopeKind.HUB_ANSWER)
    names = {
        entry.meter: entry.device for entry in exchange.envelopes if entry.envelope.kind in kinds
    }
    return tuple(
        FoundDevice(name=name, eui64=eui64, type="CHF", because="it takes hub commands")
        for eui64, name in names.items()
    )
