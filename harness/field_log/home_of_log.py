"""Whose exchange it is: the installation whose devices speak in a log, and its keys."""

from functools import cache
from pathlib import Path

from hanbench.harness.errors import ScenarioError
from hanbench.harness.field_log.entries import Exchange, FieldLog
from hanbench.harness.files.loader import Library, find_file, fixture_names, fixtures_folder
from hanbench.harness.running.bare_case import bare_case
from hanbench.harness.running.case import Case, Home
from hanbench.protocol.identifiers import Eui64, format_eui64

_KIND = "installations"


def case_of_log(log: FieldLog, exchange: Exchange, named: str, seed: int) -> Case:
    """Return a case with the home that is named, or with the shipped one that speaks in the log.

    Raises:
        ScenarioError: it cannot be read, or no home is known for these addresses.
    """
    return bare_case(_home(log, exchange, named), "a recorded exchange", seed=seed)


def known_home(exchange: Exchange) -> Home | None:
    """Return the shipped home with most of the addresses in a log; None if none has any."""
    heard = _heard(exchange)
    found = [(len(heard & _addresses(home)), home) for home in _shipped()]
    best = max(found, key=lambda pair: pair[0], default=(0, None))
    return best[1] if best[0] else None


@cache
def _shipped() -> tuple[Home, ...]:
    library = Library()
    return tuple(
        library.home(fixtures_folder(_KIND) / f"{name}.yaml", shown=name)
        for name in fixture_names(_KIND)
    )


def _home(log: FieldLog, exchange: Exchange, named: str) -> Home:
    if not named:
        home = known_home(exchange)
        if home is not None:
            return home
        heard = ", ".join(sorted(format_eui64(Eui64(one)) for one in _heard(exchange)))
        raise ScenarioError(
            f"no installation that ships with hanbench has {heard}: say --installation FILE; "
            f"`hanbench new installation --from {log.path}` makes one",
            path=log.path,
        )
    path = find_file(_KIND, named, beside=Path("here")) or Path(named)
    return Library().home(path, shown=named)


def _addresses(home: Home) -> set[int]:
    return {int(device.eui64) for device in home.installation.devices.values()}


def _heard(exchange: Exchange) -> set[int]:
    return {int(entry.meter) for entry in exchange.envelopes}
