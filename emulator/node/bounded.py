"""What a node learns from others has a size: the oldest entry gives way to a newer one.

Modelled [M]: a small device has small tables, and whoever holds the network key may say anything,
under as many names as it likes. The sizes stand beside the tables.
"""

from collections.abc import Hashable
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


def remember(table: dict[Key, Value], key: Key, value: Value, entries_max: int) -> None:
    """Put an entry into a table of so many at most."""
    if key not in table and len(table) >= entries_max:
        del table[next(iter(table))]
    table[key] = value
