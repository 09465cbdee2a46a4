"""The engine's memory: what it knows is the fold of its journal, so a restart forgets nothing.

An entry is written, and acknowledged, before each step that cannot be undone. The last entry of a
killed engine may be torn; it was never acknowledged, so nothing was done because of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hanbench.harness.engine.port import Authorisation, Json
from hanbench.harness.engine.reference.belief import Belief, KeyName, handed_over


@dataclass(frozen=True, slots=True)
class Successor:
    """The new key as the DCO escrowed it, wrapped for the meter (hex)."""

    key: KeyName
    wrapped: str


@dataclass(slots=True)
class MeterMemory:
    """What the journal says of one meter."""

    belief: Belief | None = None
    """None until the DCO holds its keys."""
    successor: Successor | None = None
    had_successor: bool = False
    """Whether a new key was ever made for it, so that something may have been sent."""
    is_tested: bool = False
    is_checked: bool = False
    """It executed a no-op under the DCO's new key: what commissioned has to mean."""
    is_strange: bool = False
    """Its last answer was under no key of ours, although it had been sent one."""
    is_unreachable: bool = False
    """It did not answer before any rotation: a HAN error in the sense of GT01."""
    sent_message_ids: list[int] = field(default_factory=list)

    @property
    def may_have_moved(self) -> bool:
        """Whether a rotation was sent and its end is not proved to be OLD."""
        return self.belief is not None and self.belief.candidates != (self.belief.old,)


@dataclass(slots=True)
class Memory:
    """What the journal says of the Installation."""

    meters: dict[str, MeterMemory]
    lives: int = 0
    request: str = ""
    """What the engine calls this piece of work: the same in each of its lives."""
    is_started: bool = False
    is_filed: bool = False
    common_file: str = ""
    """The name of the Migration Common File, as the Commissioning Party took it."""
    displays: tuple[str, ...] = ()
    """The devices beside the meters that stand in the Migration Common File."""
    is_processed: bool = False
    sealed: dict[str, str] = field(default_factory=dict)
    """By meter, the SMSO's sealed hand-over in hex; not journalled, since it can be asked again."""
    refusal: str = ""
    """Why the migration cannot go on, if it cannot; `excluded:` in front for an exclusion."""
    outcome: Json | None = None


def recall(authorisation: Authorisation, journal: Sequence[Json]) -> Memory:
    """Fold the journal into memory; a torn entry at the end is passed over."""
    memory = Memory(meters={meter.name: MeterMemory() for meter in authorisation.meters})
    for entry in journal:
        remember(memory, entry)
    return memory


def remember(memory: Memory, entry: Json) -> None:
    """Take one entry into memory; the running engine and its recovery share this one function."""
    step = entry.get("step")
    if step == "life":
        memory.lives = int(entry["life"])
        memory.request = str(entry.get("request", memory.request))
    elif step == "migration-started":
        memory.is_started = True
    elif step == "common-file":
        memory.is_filed = True
        memory.common_file = str(entry.get("name", ""))
        memory.displays = tuple(entry.get("displays", ()))
    elif step == "file-sets":
        memory.is_processed = True
    elif step == "refused":
        memory.refusal = str(entry["why"])
    elif step == "outcome":
        memory.outcome = entry
    elif "device" in entry:
        _remember_meter(memory.meters[str(entry["device"])], entry)


def _remember_meter(meter: MeterMemory, entry: Json) -> None:
    match entry.get("step"):
        case "handed-over":
            old = KeyName(int(entry["version"]), str(entry["check_value"]))
            meter.belief = handed_over(old, tuple(KeyName(*one) for one in entry["escrowed"]))
        case "tested" | "unreachable":
            meter.is_tested = True
            meter.is_unreachable = entry["step"] == "unreachable"
        case "checked":
            meter.is_checked = True
            meter.is_strange = False
        case "strange":
            meter.is_strange = True
        case "successor":
            key = KeyName(int(entry["version"]), str(entry["check_value"]))
            meter.successor = Successor(key, str(entry["wrapped"]))
            meter.had_successor = True
        case "sending-rotation":
            _rotation(meter, entry)
        case "answered":
            _answered(meter, entry)
        case _:
            pass  # an entry of a later version: what it says is not needed to be safe


def _rotation(meter: MeterMemory, entry: Json) -> None:
    assert meter.belief is not None, "handed-over comes first"
    assert meter.successor is not None, "successor comes first"
    meter.belief = meter.belief.rotation_sent(meter.successor.key, int(entry["counter"]))
    meter.sent_message_ids.append(int(entry["message_id"]))


def _answered(meter: MeterMemory, entry: Json) -> None:
    assert meter.belief is not None, "handed-over comes first"
    # Each of these proofs came under a key that we know, after whatever was strange before it.
    meter.is_strange = False
    match entry["proof"]:
        case "new-key":
            key = KeyName(int(entry["version"]), str(entry["check_value"]))
            meter.belief = meter.belief.answered_under(key)
        case "fence":
            meter.belief = meter.belief.fenced(int(entry["counter"]))
        case "abort":
            meter.belief = meter.belief.staged_key_dropped()
            meter.successor = None  # its version is spent: a meter never takes one twice
        case _:
            pass
