"""Named random streams: every draw is a function of what it is for, and of nothing else.

A draw is SHA-256 over (seed, entity, purpose, occurrence), so adding one moves no other, and a run
has no generator whose state could depend on the order of events.
"""

import hashlib

DRAW_OCTETS = 32
_DOMAIN = b"hanbench draw 1"


def draw_bytes(
    seed: int, entity: str, purpose: str, occurrence: int = 0, *, length: int = DRAW_OCTETS
) -> bytes:
    """Return `length` octets drawn for the `occurrence`-th time an entity needs them."""
    name = _name(seed, entity, purpose, occurrence)
    blocks = -(-length // DRAW_OCTETS)
    return b"".join(_block(name, block) for block in range(blocks))[:length]


def draw(seed: int, entity: str, purpose: str, occurrence: int = 0, *, bits: int = 64) -> int:
    """Return a whole number of at most `bits` bits (up to 256)."""
    if not 0 < bits <= 8 * DRAW_OCTETS:
        raise ValueError(f"a draw has 1 to {8 * DRAW_OCTETS} bits, not {bits}")
    block = _block(_name(seed, entity, purpose, occurrence), 0)
    return int.from_bytes(block, "big") >> (8 * DRAW_OCTETS - bits)


def uniform_us(
    seed: int, entity: str, purpose: str, occurrence: int = 0, *, low_us: int, high_us: int
) -> int:
    """Return a duration from `low_us` to `high_us`, both included.

    Reduced modulo the range from 256 bits: the bias is below 2^-190 for any duration.
    """
    if high_us < low_us:
        raise ValueError(f"no duration from {low_us} us to {high_us} us")
    number = draw(seed, entity, purpose, occurrence, bits=8 * DRAW_OCTETS)
    return low_us + number % (high_us - low_us + 1)


def _name(seed: int, entity: str, purpose: str, occurrence: int) -> bytes:
    """Encode the name of a draw; lengths stand before the parts, so no two names run together."""
    parts = (str(seed), entity, purpose, str(occurrence))
    encoded = (part.encode() for part in parts)
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def _block(name: bytes, block: int) -> bytes:
    return hashlib.sha256(_DOMAIN + block.to_bytes(4, "big") + name).digest()
