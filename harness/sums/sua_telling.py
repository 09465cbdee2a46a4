"""What octets of the SUA layer say by themselves, and what they do not, without any key.

Source: modelled [M], as `protocol/sua.py`, `instruction.py` and `answer.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from hanbench.harness.dissection.envelope import EnvelopeReader
from hanbench.harness.dissection.keys import KeyTable
from hanbench.harness.dissection.tree import Dissection
from hanbench.protocol import answer as answers
from hanbench.protocol import instruction as instructions
from hanbench.protocol import wan
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.instruction import CHECK_VALUE_OCTETS, WRAPPED_KEY_OCTETS
from hanbench.protocol.keys import KEY_OCTETS
from hanbench.protocol.sua import MAC_OCTETS, SuaScheme

Explain = Callable[[EnvelopeReader, Dissection, bytes], object]

_NEEDED = (
    "To check it: the key, and the EUI-64, group, key version, counter and instruction that it is "
    "said to be for (`hanbench sua verify`)."
)


@dataclass(slots=True)
class Reading:
    """One thing that the octets can be."""

    what: str
    told: Dissection | None = None
    """Its fields, where it has any."""
    says: list[str] = field(default_factory=list)


def readings(octets: bytes, scheme: SuaScheme) -> tuple[Reading, ...]:
    """Return everything that the octets can be, the most telling first."""
    found = [*_messages(octets), *_values(octets, scheme)]
    if found:
        return tuple(found)
    says = [
        f"No message of the model is these {len(octets)} octets, and no value of it is so long.",
        "`hanbench decode --as` says where a command, an answer or an envelope goes wrong.",
    ]
    return (Reading("nothing of the SUA layer", says=says),)


def _messages(octets: bytes) -> list[Reading]:
    kinds: tuple[tuple[str, Callable[[bytes], object], Explain, str], ...] = (
        ("an envelope", wan.decode, EnvelopeReader.envelope, "Its transport MAC needs its key."),
        (
            "a Command: an Instruction, and its SUA code if it has one",
            instructions.decode_command,
            EnvelopeReader.command,
            "Whether the code is right needs the key; the addressee stands in the envelope.",
        ),
        (
            "canonical Instruction octets",
            instructions.decode,
            EnvelopeReader.instruction,
            f"A code is bound to its SHA-256, {instructions.digest(octets).hex()}.",
        ),
        (
            "an answer",
            answers.decode,
            EnvelopeReader.answer,
            (
                "The outcome alone moves no belief: what counts is the key that made the MAC "
                "(`hanbench sua verify --answer`)."
            ),
        ),
    )
    found = []
    for what, decode, explain, says in kinds:
        try:
            decode(octets)
        except DecodeError:
            continue
        told = Dissection(octets)
        explain(EnvelopeReader(KeyTable()), told, octets)
        found.append(Reading(what, told, [says]))
    return found


def _values(octets: bytes, scheme: SuaScheme) -> list[Reading]:
    length = len(octets)
    found: list[Reading] = []
    if length == scheme.code_octets or length == KEY_OCTETS:
        found.append(_code(length, scheme))
    if length == MAC_OCTETS:
        says = [f"Its tag, not its octets, tells it from a code: all are CMACs of {length} octets."]
        found.append(Reading("the MAC of an answer, or the proof of a key", says=says))
    if length == WRAPPED_KEY_OCTETS:
        says = [
            "RFC 3394: 16 octets of key and 8 of integrity.",
            "The master key opens it, and shows whether it is right; nothing else reads it.",
        ]
        found.append(Reading("a wrapped SUA key", says=says))
    if length == CHECK_VALUE_OCTETS:
        says = ["It names a key for one address and version, and can be the same for two keys."]
        found.append(Reading("a key check value", says=says))
    return found


def _code(length: int, scheme: SuaScheme) -> Reading:
    bits = 8 * length
    fits = length == scheme.code_octets
    whose = scheme.name if fits else "HAN-SUA-M1-LONG, or an untruncated CMAC"
    return Reading(
        f"a SUA code of {whose}",
        says=[
            (
                f"{length} octets of a CMAC: neither instruction, counter, version nor device "
                "can be read from it, and it has no check digit."
            ),
            f"Guessed blindly it is right once in 2^{bits} tries; five wrong ones lock a device.",
            "A right one is good once: the device spends its counter before it executes.",
            _NEEDED,
        ],
    )
