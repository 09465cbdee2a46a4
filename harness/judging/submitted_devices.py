"""Which devices an engine submits for an Installation, in whichever form it does."""

from hanbench.harness.engine.port import Json
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.migration import common_file


def submitted_devices(arguments: Json, installation: str) -> tuple[str, ...] | None:
    """Return the names in the arguments of `submit_common_file`; None: they are not in order.

    The signature is for the Commissioning Party to judge: this is what the engine asked for.
    """
    named = arguments.get("devices")
    if isinstance(named, list | tuple):
        return tuple(str(one) for one in named)
    octets = arguments.get("file")
    if not isinstance(octets, str):
        return None
    try:
        file = common_file.decode(bytes.fromhex(octets))
    except (DecodeError, ValueError):
        return None
    return tuple(
        device.name
        for entry in file.installations
        if entry.name == installation
        for device in entry.devices
    )
