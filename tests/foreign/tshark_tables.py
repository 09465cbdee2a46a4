"""All tables of tshark's fields, and one pass of tshark over a capture, compared frame by frame."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from tests.foreign import (
    tshark_fields_aps,
    tshark_fields_esi,
    tshark_fields_keys,
    tshark_fields_mac,
    tshark_fields_management,
    tshark_fields_metering,
    tshark_fields_nwk,
    tshark_fields_zcl,
    tshark_fields_zdo,
)
from tests.foreign.readings import Reading
from tests.foreign.tshark_fields import Cells, Table, cells, differences, rows

from hanbench.harness.captures.writing import PREAMBLE_COMMENT

TABLES: Final[dict[type, Table]] = {
    **tshark_fields_mac.TABLES,
    **tshark_fields_nwk.TABLES,
    **tshark_fields_aps.TABLES,
    **tshark_fields_zcl.TABLES,
    **tshark_fields_zdo.TABLES,
    **tshark_fields_esi.TABLES,
    **tshark_fields_keys.TABLES,
    **tshark_fields_management.TABLES,
    **tshark_fields_metering.TABLES,
}
FIELDS: Final = tuple(
    dict.fromkeys(
        (
            *(name for table in TABLES.values() for name in table.fields),
            *tshark_fields_zcl.NAMES,
            *tshark_fields_keys.SPREAD,
        )
    )
)
"""All that is compared."""
BITS: Final = (
    *tshark_fields_esi.BITS,
    *tshark_fields_keys.BITS,
    *tshark_fields_management.BITS,
    *tshark_fields_metering.BITS,
)
"""How the fields begin that are bits of a number that is compared as a whole."""
LEFT_OUT: Final = {
    "wpan.fcf": "all bits of it stand apart",
    "zbee_nwk.fcf": "all bits of it stand apart",
    "wpan.addr16": "the short addresses once more",
    "wpan.addr64": "the long ones once more",
    "zbee_nwk.addr": "the short addresses once more",
    "zbee_nwk.addr64": "the long ones once more",
    "zbee.sec.key.origin": "the number of the frame that told the key: what tshark did",
    "wpan.src64.origin": "the number of the frame that told the address: what tshark did",
    "zbee_nwk.multicast.cf": "all bits of it stand apart",
    "zbee_zdp.power": "all bits of it stand apart",
    "zbee_zdp.routing": "a heading",
    "zbee_zdp.routing.entry": "a heading",
    "zbee_zcl_se.ke.cert.valid.to": "for ever, which tshark prints as a time with ns below zero",
    "zbee_aps.fragments": "a heading",
    "zbee_aps.fragment": "the number of a frame: what tshark put together",
    "zbee_aps.fragment.count": "what tshark put together: the whole of it is compared instead",
    "zbee_aps.reassembled.length": "held by test_tshark_reassembles",
}
"""What tshark shows and is not compared, and why."""
UNSEEN: Final = {
    "zbee_zcl.attr.dis": "that the list of attributes is complete: tshark 4.0 does not print it",
    "zbee_zdp.server.bak_disc": "tshark 4.0 gives the bit the name of another, bak_bind",
}
"""What we read and tshark has no words for: nothing to compare."""
GATE: Final = (
    "zbee_sec.encrypted_payload",
    "zbee_sec.extended_source_unknown",
    "_ws.malformed",
    "wpan.fcs.bad",
)
"""What no frame of a capture may have: something is left encrypted, malformed or damaged."""


def compare(
    path: Path,
    ours: Iterable[tuple[str, Reading]],
    arguments: Sequence[str] = (),
    watch: Callable[[Reading, Cells], None] = lambda _reading, _said: None,
) -> Counter[str]:
    """Compare each frame of a capture with what we read in it; count the frames with each field.

    The key preamble is passed over, but for the gate. `watch` is told of every frame that agrees.
    """
    seen: Counter[str] = Counter()
    expected = iter(ours)
    for row in rows(path, ("frame.number", "frame.comment", *GATE, *FIELDS), "wpan", arguments):
        number, comment = row.pop("frame.number"), row.pop("frame.comment", "")
        assert not row.keys() & set(GATE), f"frame {number} ({comment}): {row}"
        if comment == PREAMBLE_COMMENT:
            continue
        name, reading = next(expected)
        if reading.cells is None:
            reading.cells = cells(reading.parts, TABLES)
        said = reading.cells
        wrong = differences(said, row)
        assert wrong == {}, f"frame {number} ({name}): ours and theirs: {wrong}"
        seen.update(said.keys())
        watch(reading, said)
    assert next(expected, None) is None, "tshark shows fewer frames than we read"
    return seen
