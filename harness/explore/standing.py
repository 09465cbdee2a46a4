"""How things stand for the looks that are taken at a whole run, beside what decides how it goes on.

A verdict looks at more than keys and beliefs: at the customers' ways to top up, at what the meters
make of UTRNs, at third-party devices, at what is commissioned and at what was told by alerts. What
has happened is judged where a run is ended early (see `merging`). What may yet come to light hangs
on what is named here, so two runs that differ in it are not alike. It also hangs on what comes by
the clock: a step of the scenario, a window of a fault, the instant up to which it lasts. Runs that
have such a thing ahead of them are alike only if it is equally far ahead.
"""

from hanbench.emulator.instant import DAY_US, Instant
from hanbench.emulator.meters.utrn_cache import is_locked
from hanbench.emulator.parties.accounts import Account
from hanbench.harness.judging.served import strangers_unserved
from hanbench.harness.judging.ways_to_top_up import PERIOD_US
from hanbench.harness.world import World


def standing(world: World, now: Instant) -> object:
    """Return what the looks at the end hang on, as plain data whose `repr` says all of it."""
    accounts = world.organisations.accounts.of(world.installation)
    return (
        accounts.account.value,
        accounts.starts,
        # Whether an Installation may be started is decided day by day.
        now // DAY_US if accounts.account is Account.SUPPLIER else None,
        [_of_meter(world, name, now) for name in world.home.meters],
        [(name, world.home.hub.joined.named(name) is not None) for name in _displays(world)],
        strangers_unserved(world),
        _ahead(world, now),
    )


def _of_meter(world: World, name: str, now: Instant) -> object:
    parties, home = world.organisations, world.installation
    core, truth = world.home.meters[name].core, world.home.meters[name].truth
    entry = core.entry
    started_at = parties.dco.utrn_period_started_at(home, name)
    return (
        entry.vend_key.value,
        entry.cache,
        entry.lock.wrong_in_a_row,
        is_locked(entry.lock, now),
        core.has_no_power,
        core.metering.account.mode,
        core.metering.supply,
        parties.smso.last_sequence(home, name),
        parties.s1sp.last_sequence(home, name),
        parties.supplier.has_arrangement(home, name),
        started_at is not None and (1 + (now - started_at >= PERIOD_US)),
        parties.inventory.is_commissioned(home, name),
        parties.dco.active_version(home, name),
        (truth.current_version, truth.check_value) in parties.dco.held_keys(home, name),
    )


def _displays(world: World) -> list[str]:
    return [name for name, one in world.case.installation.devices.items() if not one.is_meter]


def _ahead(world: World, now: Instant) -> object:
    """What comes by the clock, each with how far ahead it is; and the steps that wait for more."""
    steps = [
        (place, None if entry.due is None else entry.due - now)
        for place, entry in enumerate(world.shared.steps)
        if entry.at is None
    ]
    lasts_us = world.case.scenario.lasts_us
    return steps, world.plan.windows_ahead(now), max(0, lasts_us - now)
