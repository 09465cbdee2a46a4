"""Every way in which a case can be made a little smaller, in the order in which they are tried.

Three dimensions: what goes wrong (fewer and shorter faults, fewer steps), the Installation (fewer
homes, devices and peculiarities), and the schedule (less traffic, the default order, seed,
epoch and instants). Each candidate is one change away; what is smaller is smaller for a reader.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from hanbench.emulator.instant import HOUR_US, MINUTE_US, SECOND_US
from hanbench.harness.files.scenario import DEFAULT_EPOCH, Scenario
from hanbench.harness.files.scenario_conduct import Parties
from hanbench.harness.files.scenario_faults import (
    FaultEntry,
    PartitionFault,
    SilenceFault,
    UnavailableFault,
    to_fault,
)
from hanbench.harness.files.scenario_process import Authorised
from hanbench.harness.running.case import (
    Case,
    Home,
    case_name,
    default_order,
    with_companions,
)
from hanbench.harness.shrink.plainer_homes import at_home, plainer, without

SHORTER_US = (0, SECOND_US, MINUTE_US, 10 * MINUTE_US, HOUR_US, 6 * HOUR_US, 26 * HOUR_US)
"""Lengths that say something to a reader, the shortest first."""
FEWER = (1, 2, 5, 10, 100)
Lasting = PartitionFault | SilenceFault | UnavailableFault
"""What begins at a point, or at an instant, and goes on for a while."""
Candidate = tuple[str, Case]
"""What was changed, in words, and the case that it gives."""


def simpler(case: Case) -> Iterator[Candidate]:
    """Yield every case that is one simplification away, the greatest ones first."""
    for dimension in (
        _fewer_faults,
        _fewer_steps,
        _fewer_homes,
        _fewer_devices,
        _smaller_counts,
        _plainer,
        _plainer_devices,
        _shorter_faults,
        _sooner_steps,
    ):
        yield from dimension(case)


def with_scenario(case: Case, scenario: Scenario, home: Home | None = None) -> Case:
    """Return the case with another scenario, and what hangs on it set right."""
    used = home or case.home
    variant = ", then ".join(str(to_fault(entry)) for entry in scenario.faults) or "no faults"
    changed = replace(
        case,
        name=case_name(case.scenario_name, variant),
        variant=variant,
        scenario=scenario,
        home=used,
        faults=tuple(to_fault(entry) for entry in scenario.faults),
        order=scenario.order or default_order(used.installation),
        companions=(),
        templates={},
    )
    return with_companions(changed, case.templates)


def _changed(case: Case, **changes: object) -> Case:
    return with_scenario(case, case.scenario.model_copy(update=changes))


def _fewer_faults(case: Case) -> Iterator[Candidate]:
    faults = case.scenario.faults
    for place, entry in enumerate(faults):
        kept = (*faults[:place], *faults[place + 1 :])
        yield f"without the fault `{to_fault(entry)}`", _changed(case, faults=kept)


def _fewer_steps(case: Case) -> Iterator[Candidate]:
    steps = case.scenario.steps
    for place, step in enumerate(steps):
        kept = (*steps[:place], *steps[place + 1 :])
        yield f"without the step {place + 1}, {step.do}", _changed(case, steps=kept)


def _fewer_homes(case: Case) -> Iterator[Candidate]:
    also = case.scenario.also
    for place in range(len(also)):
        kept = (*also[:place], *also[place + 1 :])
        yield f"without group {place + 1} of further homes", _changed(case, also=kept)


def _fewer_devices(case: Case) -> Iterator[Candidate]:
    installation = case.installation
    for name, entry in installation.devices.items():
        is_needed = name == installation.hub_name or entry.type == "ESME"
        if is_needed or _is_mentioned(case, name):
            continue
        home = at_home(case.home, without(installation, name))
        order = case.scenario.order
        if order is not None:
            order = tuple(one for one in order if one != name) or None
        scenario = case.scenario.model_copy(update={"order": order})
        yield f"without the device {name}", with_scenario(case, scenario, home)


def _plainer_devices(case: Case) -> Iterator[Candidate]:
    for words, installation in plainer(case.installation):
        yield words, with_scenario(case, case.scenario, at_home(case.home, installation))


def _smaller_counts(case: Case) -> Iterator[Candidate]:
    """Yield what is done, or stands there, several times over with fewer of it."""
    for key, said in (("steps", case.scenario.steps), ("also", case.scenario.also)):
        for place, one in enumerate(said):
            for fewer in _fewer(getattr(one, "count", None) or 1):
                less = one.model_copy(update={"count": fewer})
                changed = (*said[:place], less, *said[place + 1 :])
                where = "step" if key == "steps" else "group of further homes"
                yield f"{fewer} times in {where} {place + 1}", _changed(case, **{key: changed})


def _fewer(count: int) -> Iterator[int]:
    """Yield smaller counts, and one less at the end, so that no smaller one is left."""
    yield from (one for one in FEWER if one < count - 1)
    if count > 1:
        yield count - 1


def _is_mentioned(case: Case, device: str) -> bool:
    said = case.scenario.model_dump(
        mode="json",
        by_alias=True,
        include={"faults", "steps", "expect", "parties", "parameters"},
    )
    text = json.dumps([said, [str(fault) for fault in case.faults]])
    return any(mark in text for mark in (f'"{device}"', f"/{device}/", f"/{device}#"))


def _plainer(case: Case) -> Iterator[Candidate]:
    scenario = case.scenario
    plain: list[tuple[str, str, object]] = [
        ("with traffic off", "traffic", "off"),
        ("with the traffic of Instructions alone", "traffic", "instruction"),
        ("in the default order", "order", None),
        ("with the seed 1", "seed", 1),
        ("at the default epoch", "epoch", DEFAULT_EPOCH),
        ("with ordinary parties", "parties", Parties()),
        ("authorised from the start", "authorised", Authorised()),
        ("no longer than it takes", "lasts_us", 0),
    ]
    is_simplest = scenario.traffic == "off"
    for words, key, value in plain:
        if getattr(scenario, key) != value and not (key == "traffic" and is_simplest):
            yield words, _changed(case, **{key: value})
    for device, changed in scenario.parameters.items():
        for parameter in changed:
            rest = {key: value for key, value in changed.items() if key != parameter}
            parameters = {**scenario.parameters, device: rest}
            yield (
                f"with the model's own {device} {parameter}",
                _changed(case, parameters=parameters),
            )


def _shorter_faults(case: Case) -> Iterator[Candidate]:
    for place, entry in enumerate(case.scenario.faults):
        for words, shorter in _shorter(entry):
            faults = list(case.scenario.faults)
            faults[place] = shorter
            yield words, _changed(case, faults=tuple(faults))


def _shorter(entry: FaultEntry) -> Iterator[tuple[str, FaultEntry]]:
    if isinstance(entry, PartitionFault | SilenceFault | UnavailableFault):
        if entry.at is None:
            yield from _shorter_window(entry)
        else:
            yield from _shorter_by(entry, "for_us", entry.for_us)
    by_us: int | None = getattr(entry, "by_us", None)
    if by_us:
        yield from _shorter_by(entry, "by_us", by_us)


def _shorter_window(entry: Lasting) -> Iterator[tuple[str, FaultEntry]]:
    """Yield what begins at an instant so that it ends sooner, and then so that it begins sooner."""
    begins_us, until_us = entry.from_us or 0, entry.until_us
    for lasts_us in SHORTER_US[1:]:
        if until_us is None or begins_us + lasts_us < until_us:
            yield _instead(entry, until_us=begins_us + lasts_us)
    for sooner_us in SHORTER_US:
        if sooner_us < begins_us:
            moved_us = None if until_us is None else until_us - begins_us + sooner_us
            yield _instead(entry, from_us=sooner_us, until_us=moved_us)


def _shorter_by(
    entry: FaultEntry, key: str, length_us: int | None
) -> Iterator[tuple[str, FaultEntry]]:
    for shorter_us in SHORTER_US:
        if length_us is None or shorter_us < length_us:
            yield _instead(entry, **{key: shorter_us})


def _instead(entry: FaultEntry, **changes: int | None) -> tuple[str, FaultEntry]:
    copy: Any = entry.model_copy(update=changes)
    return f"a shorter `{to_fault(entry)}`: {to_fault(copy)}", copy


def _sooner_steps(case: Case) -> Iterator[Candidate]:
    for place, step in enumerate(case.scenario.steps):
        for key in ("at_us", "delay_us"):
            value: int | None = getattr(step, key)
            if not value:
                continue
            for sooner_us in (one for one in SHORTER_US if one < value):
                steps: list[Any] = list(case.scenario.steps)
                steps[place] = step.model_copy(update={key: sooner_us})
                yield f"the step {place + 1} sooner", _changed(case, steps=tuple(steps))


Simplify = Callable[[Case], Iterator[Candidate]]
