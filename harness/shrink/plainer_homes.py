"""How an Installation can be made a little plainer: fewer devices, and fewer peculiarities of them.

A device that goes is taken out of whatever the home says of it: who joined through it, who does not
hear it, which links are weak, whom the hub's log names.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hanbench.harness.files.installation import DeviceEntry, Installation
from hanbench.harness.running.case import Home

PlainerHome = tuple[str, Installation]
"""What was changed, in words, and the home that it gives."""
_PECULIAR = (
    "via",
    "payment_mode",
    "balance_pence",
    "price_tenth_pence",
    "tariff",
    "firmware",
    "suites",
    "certificate",
    "sleepy",
)
"""What a device may have that is not as for any other, in the order in which it is let go."""


def without(installation: Installation, device: str) -> Installation:
    """Return the home without a device, and without all that is said of it."""
    return installation.model_copy(
        update={
            "devices": {
                name: one.model_copy(update={"via": None}) if one.via == device else one
                for name, one in installation.devices.items()
                if name != device
            },
            "out_of_reach": tuple(pair for pair in installation.out_of_reach if device not in pair),
            "weak_links": tuple(
                one for one in installation.weak_links if device not in one.between
            ),
            "device_log": tuple(one for one in installation.device_log if one != device),
        }
    )


def plainer(installation: Installation) -> Iterator[PlainerHome]:
    """Yield every home with one peculiarity less."""
    for name, device in installation.devices.items():
        for key in _PECULIAR:
            plain = DeviceEntry.model_fields[key].default
            if getattr(device, key) != plain:
                changed = device.model_copy(update={key: plain})
                devices = {**installation.devices, name: changed}
                says = f"with {name}'s {key.replace('_', ' ')} as for any device"
                yield says, installation.model_copy(update={"devices": devices})
    for key, words in (
        ("out_of_reach", "with all in reach of {}"),
        ("weak_links", "with no weak link {}"),
        ("device_log", "without {} in the hub's log"),
    ):
        said: Sequence[object] = getattr(installation, key)
        for place in range(len(said)):
            kept = (*said[:place], *said[place + 1 :])
            says = words.format(_words(said[place]))
            yield says, installation.model_copy(update={key: kept})
    if installation.esi is not None:
        yield "with nothing for displays to fetch", installation.model_copy(update={"esi": None})
    for cluster in installation.cluster_security:
        others = {key: it for key, it in installation.cluster_security.items() if key != cluster}
        says = f"with the table's protection of {cluster}"
        yield says, installation.model_copy(update={"cluster_security": others})


def at_home(home: Home, installation: Installation) -> Home:
    """Return the home with another Installation in it, read from no file."""
    return replace(home, installation=installation, parsed={})


def _words(said: object) -> str:
    between = getattr(said, "between", said)
    return " and ".join(between) if isinstance(between, tuple) else str(between)
