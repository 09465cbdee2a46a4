"""A NWK frame on its way out of a node, in clear, and what it belongs to."""

from typing import NamedTuple

from hanbench.emulator.fates import Cause
from hanbench.protocol.zigbee.nwk import NwkFrame


class Outgoing(NamedTuple):
    """A NWK frame on its way out, and what it belongs to."""

    frame: NwkFrame
    kind: str
    cause: Cause | None
