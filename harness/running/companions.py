"""The other Installations of a scenario: one case each, from the templates that `also` names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from hanbench.harness.faults.point_grammar import parse_point
from hanbench.harness.files.installation import DeviceEntry, Installation
from hanbench.harness.files.scenario import EndState, Expect
from hanbench.harness.files.scenario_process import Also, Authorised
from hanbench.harness.verdict import ANY
from hanbench.protocol.identifiers import Eui64

if TYPE_CHECKING:
    from hanbench.harness.faults.plan import Fault
    from hanbench.harness.running.case import Case, Home

EUI64_STRIDE = 1 << 16
"""Between the devices of two homes: test addresses of one home lie closer together than that."""


def companions_of(case: "Case", templates: Mapping[str, "Home"]) -> tuple["Case", ...]:
    """Return a case for each Installation beside the scenario's own, in the order of the file."""
    return tuple(
        _companion(case, also, templates[also.installation], name, number, place)
        for place, (also, name, number) in enumerate(_named(case.scenario.also), start=1)
    )


def _named(groups: Sequence[Also]) -> Iterator[tuple[Also, str, int]]:
    for also in groups:
        for number, name in enumerate(also.names()):
            yield also, name, number


def _companion(
    case: "Case", also: Also, template: "Home", name: str, number: int, place: int
) -> "Case":
    installation = _installation(template.installation, also, name, place)
    scenario = case.scenario.model_copy(
        update={
            "also": (),
            "steps": (),
            "faults": (),
            "order": None,
            "parameters": {},
            "parties": case.scenario.parties.model_copy(update={"smso": also.smso}),
            "authorised": Authorised.model_construct(
                at_us=also.at_us + number * also.every_us, day=also.day
            ),
            "migrates": also.cohort == "DA",
            "expect": _expected(case, also),
        }
    )
    order = sorted(
        installation.meter_names, key=lambda one: installation.devices[one].type != "GSME"
    )
    return replace(
        case,
        name=f"{case.name}+{name}",
        scenario=scenario,
        home=replace(template, installation=installation, keys=None, keys_path=""),
        faults=faults_of(name, case.faults),
        order=tuple(order),
        gas_supplier=also.gas_supplier or "",
        cohort=also.cohort,
        companions=(),
    )


def _expected(case: "Case", also: Also) -> Expect:
    stated = case.scenario.expect
    within_us = stated.within_us if also.end_state == ANY else None
    expect = Expect(end_state=cast("EndState", also.end_state), clause=also.clause or stated.clause)
    return expect.model_copy(update={"within_us": within_us})


def _installation(template: Installation, also: Also, name: str, place: int) -> Installation:
    supplier = template.supplier
    if also.supplier is not None:
        supplier = supplier.model_copy(update={"name": also.supplier})
    devices: dict[str, DeviceEntry] = {
        device: entry.model_copy(update={"eui64": Eui64(entry.eui64 + place * EUI64_STRIDE)})
        for device, entry in template.devices.items()
    }
    return template.model_copy(update={"name": name, "supplier": supplier, "devices": devices})


def faults_of(installation: str, faults: Sequence["Fault"]) -> tuple["Fault", ...]:
    """Return the faults whose points lie in an Installation."""
    return tuple(
        one for one in faults if one.at and parse_point(one.at).installation == installation
    )
