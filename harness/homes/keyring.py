"""The keys of one case: derived test material, or a user's own, by device and usage.

Test keys hang on the Installation's name and the seed alone, so the same case has the same keys
in every process. A user's own keys are never marked as test material: captures, traces and reports
leave them out.
"""

import hashlib
from collections.abc import Mapping

from hanbench.protocol.errors import MissingKeyError
from hanbench.protocol.identifiers import Eui64, format_eui64
from hanbench.protocol.keys import KEY_OCTETS, Key, KeyUsage, derive_test_key

NO_PEER = Eui64(0)


class Keyring:
    """A `KeyStore` over given keys, with derived test keys for the rest where that is allowed."""

    def __init__(
        self,
        seed: str,
        given: Mapping[tuple[Eui64, KeyUsage], Key] | None = None,
    ) -> None:
        self._seed = seed
        self._given = given
        self._made: dict[tuple[Eui64, KeyUsage, Eui64], Key] = {}

    def key(self, eui64: Eui64, usage: KeyUsage, peer: Eui64 = NO_PEER) -> Key:
        """Return the key; raise `MissingKeyError` when a user's key file does not hold it."""
        wanted = (eui64, usage, peer)
        if wanted not in self._made:
            self._made[wanted] = self._make(eui64, usage, peer)
        return self._made[wanted]

    def link_key(self, one: Eui64, other: Eui64) -> Key:
        """Return the link key of two devices, the same whichever is named first."""
        first, second = sorted((one, other))
        if self._given is not None and (Eui64(first), KeyUsage.LINK) not in self._given:
            # A hub has no link key of its own in a file: each of its links is the other's.
            first, second = second, first
        return self.key(Eui64(first), KeyUsage.LINK, Eui64(second))

    def _make(self, eui64: Eui64, usage: KeyUsage, peer: Eui64) -> Key:
        if self._given is None:
            return derive_test_key(self._seed, usage, eui64, peer)
        if usage is KeyUsage.HAND_OVER:
            # Between two parties of the bench, never a user's: nothing to leave out.
            return derive_test_key(self._seed, usage, eui64, peer)
        base = self._given.get((eui64, usage))
        if base is None:
            raise MissingKeyError(f"no {usage.value} key for {format_eui64(eui64)}")
        if peer == NO_PEER:
            return base
        return Key(usage, _for_peer(base, peer), is_test_material=base.is_test_material)


def _for_peer(base: Key, peer: Eui64) -> bytes:
    """Split one given key by the other end, so that no two links share one."""
    return hashlib.sha256(base.value + peer.to_bytes(8, "big")).digest()[:KEY_OCTETS]
