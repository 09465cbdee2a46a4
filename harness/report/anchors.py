"""Link targets: those of cases in the report, and those of clauses and scenarios on their page."""

from collections import Counter
from collections.abc import Iterable, Sequence

from hanbench.harness.run_folder import CLAUSES as CLAUSE_PAGE
from hanbench.harness.run_folder import slug

__all__ = ["CLAUSE_PAGE", "case_anchors", "clause_anchors"]


def case_anchors(names: Sequence[str]) -> list[str]:
    """Make a link target of each case, the same in every run that has the same cases."""
    return _distinct(f"case-{slug(name)}" for name in names)


def clause_anchors(addresses: Iterable[str]) -> dict[str, str]:
    """Make a link target of each clause: `tmad-4.23A`."""
    named = list(addresses)
    return dict(zip(named, _distinct(slug(one) for one in named), strict=True))


def _distinct(stems: Iterable[str]) -> list[str]:
    seen: Counter[str] = Counter()
    anchors = []
    for stem in stems:
        seen[stem] += 1
        anchors.append(stem if seen[stem] == 1 else f"{stem}-{seen[stem]}")
    return anchors
