"""What can be: a meter, letters under way to it and back, the DCO's ledger, the engine's view.

Key versions are small numbers: 1 is the key that the SMSO handed over, higher ones are the DCO's
own, 0 stands for none. Time is left out: whatever can come late can come after anything.
"""

import enum
from typing import NamedTuple

HANDED_OVER = 1


class Order(enum.Enum):
    """What a letter asks of the meter."""

    SWAP = "swap"
    """Take the new key at once."""
    STAGE = "stage"
    """Hold the new key ready beside the present one."""
    SHOW = "show"
    """Prove that the staged key is held."""
    SWITCH = "switch"
    """Make the staged key the present one."""
    UNSTAGE = "unstage"
    """Forget the staged key."""
    TICK = "tick"
    """Change nothing but the counter."""
    PEEK = "peek"
    """Tell the counters; needs no code."""


class Word(enum.Enum):
    """What the meter answers."""

    DONE = "done"
    OTHER_KEY = "other key"
    """The code is under a key that is not the one it must be under."""
    NO_KEY = "no key"
    NONE_STAGED = "none staged"
    BARRED = "barred"
    """Too many wrong codes: none is looked at for a time."""
    FORGED = "forged"
    SPENT = "spent"
    TOO_FAR = "too far"
    STALE = "stale"
    """The new key's version is used up."""


class Cut(enum.Enum):
    """Where the power goes while a meter carries out a letter."""

    NOWHERE = "nowhere"
    COUNTER_BEFORE = "before the counter is kept"
    COUNTER_TORN = "while the counter is kept"
    COUNTER_AFTER = "after the counter is kept"
    KEY_BEFORE = "before the key is kept"
    KEY_TORN = "while the key is kept"
    KEY_AFTER = "after the key is kept"


class Letter(NamedTuple):
    """One order with the code that the DCO issued for it."""

    order: Order
    about: int = 0
    """The version that it installs, proves or drops; 0: none."""
    under: int = 0
    """The version of the key that made its code; 0: it carries none."""
    number: int = 0
    """The counter of its code."""


class Reply(NamedTuple):
    """What came back to one letter."""

    to: int
    """Place of the letter among all that were sent."""
    word: Word
    key: int
    """The key that authenticates it; 0: none does."""
    last: int
    """The last counter of that key."""
    shows: int = 0
    """The version whose possession it proves."""


class Meter(NamedTuple):
    """A meter's memory."""

    key: int = HANDED_OVER
    """0: torn, it holds no key."""
    last: int = 0
    """The last counter spent under the key."""
    staged: int = 0
    staged_last: int = 0
    top: int = HANDED_OVER
    """The highest version that it ever held; those up to it are used up."""
    wrong: int = 0
    """Wrong codes in a row."""
    barred: bool = False
    recent: tuple[tuple[int, Reply], ...] = ()
    """Replies that a copy of the same letter gets again: (letter, reply); lost with the power."""
    done: tuple[tuple[int, int], ...] = ()
    """Every code that took effect, as (version, counter): a ghost, for the properties alone."""


class Page(NamedTuple):
    """What the DCO has written down about one key."""

    issued: int = 0
    """The last counter that it gave out."""
    shown: int = 0
    """The last counter that the meter has shown."""
    answered: bool = False


class View(NamedTuple):
    """What the engine goes by."""

    news: tuple[int, ...] = ()
    """The versions that it asked the meter to take."""
    proved: int = 0
    """The new key that an answer was authenticated by."""
    open: tuple[tuple[int, int], ...] = ()
    """The codes of orders that can still move the meter, as far as it knows: (version, counter)."""
    staged: tuple[int, ...] = ()
    """The versions that the meter proved to hold staged."""
    used_up: bool = False
    """Whether a version was refused as used up: another is wanted."""

    @property
    def belief(self) -> str:
        """OLD, NEW or UNKNOWN."""
        if self.proved:
            return "NEW"
        return "UNKNOWN" if self.open else "OLD"


class Spare(NamedTuple):
    """How much may still go wrong."""

    copies: int
    cuts: int
    forgeries: int
    strays: int
    """Commands of the SMSO under the key that it handed over."""


class State(NamedTuple):
    """Everything at one moment."""

    meter: Meter
    letters: tuple[Letter, ...]
    """All that were sent, in order."""
    down: tuple[int, ...]
    """How many copies of each are on their way to the meter."""
    up: tuple[Reply, ...]
    """Replies on their way back, in no order."""
    pages: tuple[Page, ...]
    """The DCO's, the first being that of version 1."""
    view: View
    spare: Spare
    smso_count: int = 0
    """The last counter that the SMSO used for a command of its own."""
