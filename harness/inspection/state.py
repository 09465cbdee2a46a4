"""The state of a device as data: named sections of named values, ready for JSON and for people."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hanbench.emulator.instant import Instant, format_instant
from hanbench.protocol.keys import Key

Value = bool | int | str | None | list[Any] | dict[str, Any]
NOT_SHOWN = "a key of your own, not shown"


@dataclass(frozen=True, slots=True)
class Section:
    """Values that belong together."""

    title: str
    values: Mapping[str, Value]
    is_fleeting: bool = False
    """Whether it changes by the mere passing of time, and so is no news."""
    is_busy: bool = False
    """Whether it changes with nearly every frame, and so is news to few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """All that is known of a device at an instant."""

    installation: str
    name: str
    kind: str
    eui64: str
    model: str
    sections: tuple[Section, ...]

    def flat(self, *, with_busy: bool) -> Iterator[tuple[str, Value]]:
        """Yield each lasting value under `section: name`, those of a mapping apart."""
        for section in self.sections:
            if not section.is_fleeting and (with_busy or not section.is_busy):
                for name, value in section.values.items():
                    yield from _flat(f"{section.title}: {name}", value)


@dataclass(frozen=True, slots=True)
class Change:
    """One value that is another than before; None: it was not there, or is not any more."""

    what: str
    before: Value
    after: Value


def changes(
    before: DeviceState, after: DeviceState, *, with_busy: bool = False
) -> tuple[Change, ...]:
    """Return what is another in the later state."""
    if before is after:
        return ()
    then, now = dict(before.flat(with_busy=with_busy)), dict(after.flat(with_busy=with_busy))
    names = [*now, *(name for name in then if name not in now)]
    return tuple(
        Change(name, then.get(name), now.get(name))
        for name in names
        if then.get(name) != now.get(name) or (name in then) != (name in now)
    )


def key_shown(key: Key | None) -> str | None:
    """Return the octets of a key in hex if it is test material; a user's own are never told."""
    if key is None:
        return None
    return key.value.hex() if key.is_test_material else NOT_SHOWN


def when(at: Instant | None) -> str | None:
    """Return an instant as a person reads it."""
    return None if at is None else format_instant(at)


def _flat(name: str, value: Value) -> Iterator[tuple[str, Value]]:
    if isinstance(value, dict):
        for part, held in value.items():
            yield from _flat(f"{name}, {part}", held)
    else:
        yield name, value
