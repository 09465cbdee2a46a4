"""Who of a home does not hear whom, and who badly: what the file states, and what it implies."""

from collections.abc import Mapping

from hanbench.harness.files.installation import Installation
from hanbench.protocol.identifiers import Eui64


def out_of_range(installation: Installation) -> tuple[frozenset[Eui64], ...]:
    """Return the pairs that do not hear each other: as stated, and who joined through a repeater.

    Whoever joined through a repeater did so since it hears nobody else [M], unless the file states
    whom it does not hear.
    """
    devices = installation.devices
    stated = [name for pair in installation.out_of_reach for name in pair]
    pairs = [
        frozenset((devices[one].eui64, devices[other].eui64))
        for one, other in installation.out_of_reach
    ]
    pairs += [
        frozenset((entry.eui64, other.eui64))
        for own_name, entry in devices.items()
        if own_name not in stated
        for name, other in devices.items()
        if entry.via not in (None, name) and other is not entry
    ]
    return tuple(dict.fromkeys(pairs))


def link_costs(installation: Installation) -> Mapping[frozenset[Eui64], int]:
    """Return what the radio links cost that the installation file calls weak."""
    devices = installation.devices
    return {
        frozenset(devices[name].eui64 for name in link.between): link.cost
        for link in installation.weak_links
    }
