"""Which frames scapy is shown: one takes it twenty times as long as it takes tshark.

They are the first few of each shape, and one of four hundred after those. A shape is what fields a
frame has, which flags are set in its headers, and which command it is.
"""

from collections import Counter
from dataclasses import dataclass, field

from tests.foreign.readings import Reading
from tests.foreign.scapy_builds import check
from tests.foreign.tshark_fields import Cells

OF_EACH_SHAPE = 3
AND_EVERY = 400
FLAGS = (
    *("wpan.frame_type", "wpan.pending", "wpan.ack_request", "wpan.version", "wpan.assoc_permit"),
    *("zbee_nwk.discovery", "zbee_nwk.end_device_initiator", "zbee.sec.field", "zbee_aps.type"),
    *("zbee_aps.delivery", "zbee_aps.ack_req", "zbee_aps.cmd.id", "zbee_aps.cmd.key_type"),
    *("zbee_nwk.cmd.id", "zbee_nwk.cmd.route.opts", "zbee_zcl.dir", "zbee_zcl.ddr"),
    *("zbee_zcl.cmd.id", "zbee_zcl.attr.data.type"),
)


@dataclass
class Shapes:
    """What scapy was shown of a suite."""

    seen: Counter[object] = field(default_factory=Counter)
    built: Counter[type] = field(default_factory=Counter)
    """The messages that it built, by their kinds."""

    def show(self, reading: Reading, said: Cells) -> None:
        """Show it a frame, unless it has seen enough of the like."""
        shape = (*said, *(tuple(said[name]) for name in FLAGS if name in said))
        self.seen[shape] += 1
        if self.seen[shape] <= OF_EACH_SHAPE or self.seen.total() % AND_EVERY == 0:
            self.built.update(check(reading))
