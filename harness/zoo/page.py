"""The page of the zoo: every mistake, what catches it, and the score; one file without scripts."""

from collections.abc import Sequence
from pathlib import Path

from hanbench.harness.report.templates import write_index
from hanbench.harness.report.templates import write_page as write_filled
from hanbench.harness.zoo.keeping import Against
from hanbench.harness.zoo.sightings import Visit

PACKAGE = "hanbench.harness.zoo"
JUDGED = {
    "oracle": "by the oracle",
    "invariant": "by an invariant of every case",
    "expectation": "by the end that this scenario states",
}


def write_page(path: Path, visits: Sequence[Visit], *, against: Against) -> None:
    """Write the page, and the contents of its folder."""
    rooms = [
        (title, [one for one in visits if one.kind == kind])
        for title, kind in (("Engines", "engine"), ("Devices and parties", "device"))
    ]
    write_filled(
        path,
        "zoo.html.j2",
        package=PACKAGE,
        visits=visits,
        rooms=[(title, ones) for title, ones in rooms if ones],
        judged=JUDGED,
        by={kind: sum(one.judged_by == kind for one in visits) for kind in JUDGED},
        survivors=[one for one in visits if not one.is_caught],
        strays=[
            one for one in visits if one.is_caught and one.is_known_tried and not one.is_as_known
        ],
        against=against.value,
        whole=against is not Against.KNOWN,
    )
    write_index(path.parent)
