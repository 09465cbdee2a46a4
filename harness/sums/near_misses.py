"""A code that does not verify: is it the right one for something near?

Whoever holds the key may try: the same sum with one input changed. One that fits names the mistake,
since 64 bits do not fit by chance.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hanbench.harness.dissection.keys import LabelledKey
from hanbench.protocol import instruction as instructions
from hanbench.protocol.errors import SecurityError
from hanbench.protocol.identifiers import Eui64, format_eui64
from hanbench.protocol.sua import SuaScheme, SuaScope

COUNTERS_TRIED = 1000
"""How far on both sides of the counter."""
VERSIONS_TRIED = 16
_NEIGHBOURS = 8


def near_misses(
    scheme: SuaScheme, keys: Sequence[LabelledKey], scope: SuaScope, code: bytes, octets: bytes
) -> tuple[str, ...]:
    """Return for which other inputs this code would be the right one; the first key is the one."""
    found = [
        words for words, other in _others(scope, octets) if _verifies(scheme, keys[0], other, code)
    ]
    found += [
        f"it is the code under the key {one.label!r}"
        for one in keys[1:]
        if _verifies(scheme, one, scope, code)
    ]
    if len(code) != scheme.code_octets:
        issued = scheme.issue(keys[0].key, scope)
        found.append(f"it has {len(code)} octets, a code of {scheme.name} {scheme.code_octets}")
        if code[: len(issued)] == issued or issued[: len(code)] == code:
            found.append("it begins as the right one does")
    return tuple(found)


def _others(scope: SuaScope, octets: bytes) -> Iterator[tuple[str, SuaScope]]:
    lowest = max(0, scope.counter - COUNTERS_TRIED)
    for counter in range(lowest, min(scope.counter + COUNTERS_TRIED + 1, 1 << 64)):
        if counter != scope.counter:
            yield f"it is the code for counter {counter}", replace(scope, counter=counter)
    for version in range(max(0, scope.key_version - VERSIONS_TRIED), scope.key_version + 17):
        if version not in (scope.key_version, 1 << 32):
            words = f"it is the code for key version {version}"
            yield words, replace(scope, key_version=version)
    for eui64 in _addresses(scope.eui64):
        yield f"it is the code for {format_eui64(eui64)}", replace(scope, eui64=eui64)
    twice = replace(scope, digest=instructions.digest(scope.digest))
    yield "it is bound to the SHA-256 of the digest: hashed twice", twice
    if len(octets) == len(scope.digest):
        yield "it is bound to the octets themselves, not hashed", replace(scope, digest=octets)


def _addresses(eui64: Eui64) -> Iterator[Eui64]:
    yield Eui64(int.from_bytes(eui64.to_bytes(8, "little"), "big"))
    for offset in range(1, _NEIGHBOURS):
        for other in (eui64 - offset, eui64 + offset):
            if 0 <= other < 1 << 64:
                yield Eui64(other)


def _verifies(scheme: SuaScheme, one: LabelledKey, scope: SuaScope, code: bytes) -> bool:
    try:
        scheme.verify(one.key, scope, code)
    except SecurityError:
        return False
    return True
