"""scapy, told what we read of a message, builds the same octets: every message that we can write.

Those of the suites it builds in `test_tshark_reads_what_we_read.py`, which runs them.
"""

import pytest
from tests.foreign.readings import Reader
from tests.foreign.scapy_builds import BUILDERS, check
from tests.foreign.shapes import Shapes
from tests.foreign.specimen_frames import keys, network
from tests.foreign.specimens import specimens
from tests.foreign.tshark_fields import cells
from tests.foreign.tshark_tables import TABLES

from hanbench.protocol.zigbee.nwk import NwkFrame


def test_for_every_message_that_scapy_knows() -> None:
    reader = Reader(keys())
    shapes = Shapes()

    for one in specimens():
        reading = reader.read(one.octets)
        shapes.show(reading, cells(reading.parts, TABLES))

    assert {*shapes.built} == {*BUILDERS}


def test_another_value_of_a_field_is_other_octets() -> None:
    reading = Reader(keys()).read(next(network()))
    assert reading.nwk is not None
    wrong = reading.nwk._replace(radius=reading.nwk.radius ^ 1)
    reading.parts = [wrong if isinstance(part, NwkFrame) else part for part in reading.parts]

    with pytest.raises(AssertionError):
        check(reading)
