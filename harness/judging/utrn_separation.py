"""P5, the UTRNs: a rotation leaves them alone, and no other key of the meter makes one.

When a run is over, each meter is asked what it would make of a code that was made by the vend key
that it began with, and of codes that its SUA keys, old and new, its transport and its master key
make. The meter judges them by what its memory holds, and takes none. And whatever codes it took in
the run are still spent: a rotation that emptied the memory of them would give each one twice.
Source: modelled [M] (domain.md 10.6, 10.8).
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from hanbench.emulator.events import KeyChanged, UtrnEntered
from hanbench.emulator.meters.esme import Esme
from hanbench.emulator.meters.gsme import Gsme
from hanbench.emulator.meters.utrn_cache import CACHE_ENTRIES, NO_FLOOR, UtrnCache, is_used
from hanbench.harness.parties.organisations import S1SP_EUI64, SMSO_EUI64
from hanbench.harness.verdict import Finding
from hanbench.harness.world import World
from hanbench.protocol import utrn
from hanbench.protocol.answer import UtrnResult
from hanbench.protocol.errors import MissingKeyError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.utrn import SEQUENCE_MAX, NativeCode, NativeType

CLAUSE = "property/P5"
_UNKNOWN = (UtrnResult.INVALID, UtrnResult.INCORRECT, UtrnResult.INCOMPLETE)
_OTHERS: tuple[tuple[KeyUsage] | tuple[KeyUsage, Eui64], ...] = (
    (KeyUsage.MASTER,),
    (KeyUsage.SUA,),
    (KeyUsage.TRANSPORT, SMSO_EUI64),
    (KeyUsage.TRANSPORT, S1SP_EUI64),
)
"""The keys that it has beside its vend key and those of the DCO's making."""


@dataclass(slots=True)
class _Past:
    """What a run did with the codes and the key of one meter."""

    taken: int = 0
    """Codes that it took: each has a sequence."""
    last_change: str = ""
    """Because of what its SUA key changed last."""

    @property
    def since(self) -> str:
        """Say after what it is so."""
        return f", after {self.last_change}" if self.last_change else ""


def judge_utrns(world: World) -> list[Finding]:
    """Find each meter whose native codes hang on another key than its vend key."""
    past = {name: _Past() for name in world.home.meters}
    for event in world.trace.events:
        if isinstance(event, UtrnEntered) and event.device in past:
            past[event.device].taken += event.result == UtrnResult.ACCEPTED.words
        elif isinstance(event, KeyChanged) and event.device in past:
            past[event.device].last_change = event.because
    return [found for name, its in past.items() for found in _judged(world, name, its)]


def _judged(world: World, name: str, past: _Past) -> Iterator[Finding]:
    meter = world.home.meters[name]
    cache = meter.core.entry.cache
    sequence = _unused(cache)
    if sequence is not None:
        yield from _by_key(world, name, sequence, past)
    remembered = len(cache.used)
    if cache.floor == NO_FLOOR and remembered < min(past.taken, CACHE_ENTRIES):
        spent = f"{name} took {past.taken} codes, and remembers {remembered} as spent"
        yield Finding(
            name="utrns-revived",
            device=name,
            clause=CLAUSE,
            at_us=world.now,
            detail=f"{spent}{past.since}",
            expected="what was taken stays spent, whatever becomes of the SUA key",
        )


def _by_key(world: World, name: str, sequence: int, past: _Past) -> Iterator[Finding]:
    """Ask what the meter makes of one fresh code, by whatever key it is made."""
    meter = world.home.meters[name]
    said = _answer(meter, world.keyring.key(meter.eui64, KeyUsage.VEND), sequence)
    if said is UtrnResult.DUPLICATE or said in _UNKNOWN:
        yield Finding(
            name="utrn-refused-by-key",
            device=name,
            clause=CLAUSE,
            at_us=world.now,
            detail=f"a fresh code of {name}'s vend key is {said.words}{past.since}",
            expected="the vend key that the meter has always had makes its codes",
        )
    for words, key in _other_keys(world, name):
        if _answer(meter, key, sequence) not in _UNKNOWN:
            yield Finding(
                name="utrn-under-another-key",
                device=name,
                clause=CLAUSE,
                at_us=world.now,
                detail=f"{name} would take a code that is made with its {words} key",
                expected="codes made with its vend key alone",
            )


def _unused(cache: UtrnCache) -> int | None:
    """Return a sequence that is good for a code; None where all are used up."""
    free = (one for one in range(SEQUENCE_MAX, cache.floor, -1) if not is_used(cache, one))
    return next(free, None)


def _answer(meter: Esme | Gsme, key: Key, sequence: int) -> UtrnResult:
    return meter.core.entry.rehearse(_digits(key.value, meter.eui64, sequence))


@lru_cache(maxsize=1024)
def _digits(key: bytes, eui64: Eui64, sequence: int) -> str:
    """Return the code that a key makes: in a campaign the same few, over and over."""
    code = NativeCode(NativeType.VEND_ADD, sequence, 1)
    return utrn.issue(Key(KeyUsage.VEND, key), eui64, code)


def _other_keys(world: World, name: str) -> Iterator[tuple[str, Key]]:
    eui64 = world.home.meters[name].eui64
    for usage, *peer in _OTHERS:
        with suppress(MissingKeyError):
            yield usage.value, world.keyring.key(eui64, usage, *peer)
    own = world.organisations.dco.own_keys(world.installation, name)
    yield from ((f"SUA (version {version})", key) for version, key in own.items())
