"""What befell a device, held against what it wrote down and told: each alert that was due.

A code that a scenario looks for is judged where somebody looks. Here the trace and the steps are: a
code typed, an Instruction judged, an envelope dropped, a supply that moved, a key that changed, a
join, a change of the device log, an outage and a cover taken off have each their codes at that
device and that instant, by `alert_table`. Codes whose causes are all known are wrong without one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hanbench.emulator.events import (
    AlertRaised,
    EnvelopeDropped,
    Event,
    HanChanged,
    InstructionJudged,
    KeyChanged,
    LogWritten,
    MirrorChanged,
    Restarted,
    SupplyChanged,
    UtrnEntered,
)
from hanbench.emulator.instant import Instant
from hanbench.emulator.model import MeterParameters
from hanbench.harness.files.scenario_meter import AtTheMeter
from hanbench.harness.judging import alert_table as table
from hanbench.harness.judging.alert_table import Due
from hanbench.harness.judging.deed_truth import of_arrivals, of_deeds
from hanbench.harness.judging.outages import Outages
from hanbench.harness.parties.organisations import S1SP_EUI64, SMSO_EUI64
from hanbench.harness.steps.taken_step import TakenStep
from hanbench.harness.verdict import Finding
from hanbench.harness.world import World

MANUAL = ("keypad", "ppmid")
GUESSES = ("invalid", "incorrect")
_CLEARS_LOGS = ("engineering", 5)
"""The code for the service that empties logs, by the model [M]."""
_CHANGES_OF_THE_LOG = ("logged", "unlogged")
_HEAD_ENDS = (SMSO_EUI64, S1SP_EUI64)
_TELLING: frozenset[type[Event]] = frozenset(
    (
        AlertRaised,
        EnvelopeDropped,
        HanChanged,
        InstructionJudged,
        KeyChanged,
        LogWritten,
        MirrorChanged,
        Restarted,
        SupplyChanged,
        UtrnEntered,
    )
)


@dataclass(slots=True)
class _Device:
    """What the trace has told of one meter, or of the hub, so far."""

    name: str
    parameters: MeterParameters | None = None
    """None: it is the hub."""
    noted: dict[Instant, dict[str, None]] = field(default_factory=dict)
    """By instant, the codes that it wrote down or told."""
    due: list[tuple[Instant, Due]] = field(default_factory=list)
    supply: str = ""
    guesses: int = 0
    """Wrong codes in a row, at the meter."""
    lost: int = 0
    """Of a hub: the messages that went with a mirror, and of which it has told nobody yet."""
    restarted_at: Instant | None = None
    """When it restarted without having told of it yet."""

    def clause_of(self, code: str) -> str:
        """Return the clause that a code of this device is about."""
        own = table.CLAUSE_OF_A_HUB.get(code) if self.parameters is None else None
        return own or f"alert/{code}"

    @property
    def missing(self) -> Iterator[tuple[Instant, Due]]:
        """What was due and is not there."""
        for at, due in self.due:
            if not any(code in self.noted.get(at, {}) for code in due):
                yield at, due

    @property
    def undue(self) -> Iterator[tuple[Instant, str]]:
        """What is there and was not due."""
        had_cause = {(at, code): None for at, due in self.due for code in due}
        for at, codes in self.noted.items():
            for code in codes:
                if code in table.NEVER_WITHOUT_CAUSE and (at, code) not in had_cause:
                    yield at, code


def judge_alerts(world: World, taken: Sequence[TakenStep] = ()) -> list[Finding]:
    """Find each code that was due at a device and is in none of its logs and alerts, or was not.

    `taken` are the steps that were taken in this home: what they did to a device befell it.
    """
    devices = world.case.installation.devices
    profiles = world.case.profiles
    found = {
        name: _Device(name, profiles[name].meter)
        for name, entry in devices.items()
        if entry.is_meter
    }
    hub = _Device(world.case.installation.hub_name)
    found[hub.name] = hub
    for event in world.trace.events:
        if type(event) not in _TELLING or event.installation != world.installation:
            continue  # nearly all of a trace are frames
        _of_the_hub(hub, event)
        device = found.get(getattr(event, "device", ""))
        if device is not None:
            _take(device, event)
    arrived = of_arrivals(
        world.home.hub.wan.arrived, world.keyring, _HEAD_ENDS, world.home.hub.eui64
    )
    hub.due += arrived
    outages = Outages(taken)
    for name, device in found.items():
        if device.parameters is not None:
            _befell(world, name, device, outages, taken)
    return [
        *(_missing(it, at, due) for it in found.values() for at, due in it.missing),
        *(_undue(it, at, code) for it in found.values() for at, code in it.undue),
    ]


def _befell(
    world: World, name: str, device: _Device, outages: Outages, taken: Sequence[TakenStep]
) -> None:
    """Add what is due for what the steps did to a meter, and for what it has not told yet."""
    assert device.parameters is not None, "a hub has no case to be opened"
    core, boot_us = world.home.meters[name].core, device.parameters.boot_time_us
    kind = world.case.installation.devices[name].type
    # One that is still dark, or went dark again before it had booted, has told of nothing yet.
    if device.restarted_at is not None and core.is_on:
        device.due.append((device.restarted_at, (table.OF_A_RESTART[kind],)))
    if kind == "ESME":
        for booted_at, lasted_us in outages.told_of(name, boot_us, world.now):
            device.due.append((booted_at, (table.INTERRUPTED,)))
            if lasted_us >= table.LONG_OUTAGE_US:
                device.due.append((booted_at, (table.LONG_OUTAGE,)))
    device.due += of_deeds(core.metering.deeds, device.parameters)
    for one in taken:
        step, at = one.step, one.at
        if isinstance(step, AtTheMeter) and step.device == name and at is not None:
            code = table.OF_THE_CASE.get(step.what.value)
            if code is not None and not outages.is_dark(name, at, boot_us):
                device.due.append((at, (code,)))


def _take(device: _Device, event: Event) -> None:
    match event:
        case LogWritten(log="utrn"):
            pass  # every entry of a code is there with its result: that tells nobody
        case LogWritten(code=code) | AlertRaised(code=code):
            device.noted.setdefault(event.at, {})[code] = None
            if code in table.OF_A_RESTART.values():
                device.restarted_at = None
        case _ if device.parameters is None:
            pass
        case Restarted():
            device.restarted_at = event.at
        case UtrnEntered():
            device.due += [(event.at, due) for due in _of_entry(device, event, device.parameters)]
        case _:
            device.due += [(event.at, due) for due in _due(device, event)]


def _of_the_hub(hub: _Device, event: Event) -> None:
    match event:
        case HanChanged(change=change) if change in _CHANGES_OF_THE_LOG:
            hub.due.append((event.at, (table.LOG_CHANGED,)))
        case MirrorChanged(change="expired"):
            hub.due.append((event.at, (table.NOT_RETRIEVED,)))
        case MirrorChanged(change="removed"):
            hub.lost += 1
        case AlertRaised(device=device, code=table.NOT_RETRIEVED) if (
            hub.lost and device == hub.name
        ):
            hub.lost -= 1  # it tells of these as soon as it gets round to it
            hub.due.append((event.at, (table.NOT_RETRIEVED,)))
        case _:
            pass


def _of_entry(device: _Device, event: UtrnEntered, rules: MeterParameters) -> Iterator[Due]:
    """What is due for a code that was entered."""
    if event.result == "account-high":
        is_too_much = event.code_kind in table.TOP_UPS and event.value > rules.max_credit_pence
        yield (table.ABOVE_ONE_TOP_UP if is_too_much else table.ABOVE_THE_BALANCE,)
    elif event.result in table.OF_A_CODE:
        yield table.OF_A_CODE[event.result]
    elif (event.code_kind, event.value) == _CLEARS_LOGS and event.result == "accepted":
        yield (table.LOG_CLEARED,)
    if event.origin in MANUAL:
        yield from _of_typing(device, event, rules)


def _of_typing(device: _Device, event: UtrnEntered, rules: MeterParameters) -> Iterator[Due]:
    """What is due because a code was typed, and not sent."""
    if event.result == "accepted":
        device.guesses = 0
        if event.pence > 0:
            yield ("810E",)
    elif event.result in GUESSES:
        device.guesses += 1
    if device.guesses == rules.wrong_code_limit:
        device.guesses = 0
        yield (table.ENTRY_SUSPENDED,)


def _due(device: _Device, event: Event) -> Iterator[Due]:
    match event:
        case InstructionJudged(outcome=outcome) if outcome in table.OF_AN_INSTRUCTION:
            yield (table.OF_AN_INSTRUCTION[outcome],)
        case EnvelopeDropped():
            yield ("8F3E",)
        case KeyChanged(because=because) if because in table.ROTATIONS:
            yield (table.CREDENTIALS_CHANGED,)
        case HanChanged(change="joined"):
            yield (table.JOINED,)
        case SupplyChanged():
            yield from table.of_supply(device.supply, event.supply_state, event.because)
            device.supply = event.supply_state
        case _:
            pass


def _missing(device: _Device, at: Instant, due: Due) -> Finding:
    return Finding(
        name="alert-missing",
        device=device.name,
        clause=device.clause_of(due[0]),
        at_us=at,
        detail=f"{device.name} neither wrote down nor told {' or '.join(due)}, which was due",
        by="device",
    )


def _undue(device: _Device, at: Instant, code: str) -> Finding:
    return Finding(
        name="alert-undue",
        device=device.name,
        clause=device.clause_of(code),
        at_us=at,
        detail=f"{device.name} wrote down or told {code}, for which there was no cause",
        by="device",
    )
