"""The binding table of a node: which cluster of ours goes to whom.

Source: ZigBee specification (05-3474), section 2.4.3.2 (Bind and Unbind). A device that a home
began with is bound as one that joins later: there is one table.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import zdo
from hanbench.protocol.zigbee.zdo_status import ZdoStatus

BINDINGS_MAX = 64
"""How many a table holds [M]."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A cluster of an endpoint of ours, and where its reports go."""

    endpoint: int
    cluster: int
    target: Eui64
    target_endpoint: int


class BindingTable:
    """The bindings of one node, in the order in which they were made."""

    def __init__(self) -> None:
        self._held: dict[Binding, None] = {}

    def __iter__(self) -> Iterator[Binding]:
        return iter(tuple(self._held))

    def add(self, binding: Binding) -> ZdoStatus:
        """Take a binding; one that is there already is no mistake."""
        if binding not in self._held and len(self._held) >= BINDINGS_MAX:
            return ZdoStatus.TABLE_FULL
        self._held[binding] = None
        return ZdoStatus.SUCCESS

    def remove(self, binding: Binding) -> ZdoStatus:
        """Lose a binding."""
        is_held = self._held.pop(binding, "absent") != "absent"
        return ZdoStatus.SUCCESS if is_held else ZdoStatus.NO_ENTRY

    def take(self, request: zdo.BindRequest | zdo.UnbindRequest) -> ZdoStatus:
        """Do what a request asks for, whose source has been checked."""
        binding = Binding(
            request.source_endpoint, request.cluster, request.target, request.target_endpoint
        )
        is_unbinding = isinstance(request, zdo.UnbindRequest)
        return self.remove(binding) if is_unbinding else self.add(binding)
