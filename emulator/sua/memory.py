"""The SUA slots of one device's NVM: what is read, what is committed, and the truth about them.

Source: modelled [M] (domain.md 10.2, 10.8). Two slots: keys with their counters, and the lock-out.
"""

from dataclasses import dataclass

from hanbench.emulator.fates import Cause, Phase
from hanbench.emulator.instant import Instant
from hanbench.emulator.nvm import Nvm, Slot, Torn
from hanbench.emulator.sua.slots import KeySlot, LockOut, SuaKeys, SuaParameters
from hanbench.protocol.answer import SuaStatus
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import KeyUsage
from hanbench.protocol.sua import SuaScheme

KEYS: Slot[SuaKeys | None] = Slot("sua-keys", None)
LOCK_OUT: Slot[LockOut] = Slot("sua-lock-out", LockOut())


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTruth:
    """What a device's memory really holds: for the oracle, never for an engine."""

    current_version: int | None
    """None: torn or never provisioned; the device holds no valid key (NEITHER)."""
    check_value: str
    """Of the current key, hex; empty without one."""
    staged_version: int | None
    staged_check_value: str
    max_version: int
    last_counter: int
    is_torn: bool
    failures: int
    locked_until: Instant


class SuaMemory:
    """The keys and the lock-out of one device, over its NVM."""

    def __init__(
        self, nvm: Nvm, scheme: SuaScheme, eui64: Eui64, parameters: SuaParameters
    ) -> None:
        self._nvm = nvm
        self._scheme = scheme
        self._eui64 = eui64
        self._parameters = parameters
        self._told: tuple[SuaKeys | Torn | None, LockOut, KeyTruth] | None = None
        """What the slots held when the truth was last asked for, and what it was."""

    @property
    def keys(self) -> SuaKeys | None:
        """The keys; None if the slot is torn or was never written."""
        keys = self._nvm.read(KEYS)
        return None if keys is Torn.TORN else keys

    @property
    def lock_out(self) -> LockOut:
        """The count of wrong codes, and the lock."""
        lock_out = self._nvm.read(LOCK_OUT)
        assert lock_out is not Torn.TORN, "the lock-out is only ever written whole"
        return lock_out

    def provision(self, slot: KeySlot) -> None:
        """Write the first key; raise `SecurityError` if it is not a SUA key."""
        slot.key.require(KeyUsage.SUA)
        self._nvm.write(KEYS, SuaKeys(slot, staged=None, max_version=slot.version))

    def spend(self, version: int, counter: int, cause: Cause, now: Instant) -> None:
        """Commit the counter of a key that is held; raises `PowerCut` if its fate says so."""
        keys = self.keys
        assert keys is not None, "a code was verified, so there is a key"
        self._nvm.commit(
            KEYS,
            keys.spent(version, counter),
            phase=Phase.PERSIST_COUNTER,
            cause=cause,
            now=now,
        )

    def commit(self, keys: SuaKeys, cause: Cause, now: Instant) -> None:
        """Commit changed keys; raises `PowerCut` if its fate says so."""
        self._nvm.commit(
            KEYS,
            keys,
            phase=Phase.COMMIT_KEY,
            cause=cause,
            now=now,
            is_torn_by_cut=self._parameters.nvm_is_torn,
        )

    def count_failure(self, now: Instant) -> None:
        """Count a wrong code. No fault point [M]: the count lies where no cut can tear it."""
        self._nvm.write(LOCK_OUT, self.lock_out.failed(self._parameters, now))

    def clock_jumped(self, by_us: int) -> None:
        """Take the device's clock to have gone ahead by `by_us` (back, if that is negative)."""
        self._nvm.write(LOCK_OUT, self.lock_out.clock_jumped(by_us))

    def clear_failures(self) -> None:
        """Forget the wrong codes."""
        self._nvm.write(LOCK_OUT, LockOut())

    def status(self, now: Instant) -> SuaStatus:
        """Return what READ_SUA_STATUS answers."""
        truth = self.truth
        return SuaStatus(
            current_version=truth.current_version or 0,
            staged_version=truth.staged_version or 0,
            max_version=truth.max_version,
            last_counter=truth.last_counter,
            failures=truth.failures,
            locked_remaining_s=self.lock_out.remaining_s(now),
        )

    @property
    def truth(self) -> KeyTruth:
        """What the slots hold."""
        held, lock_out = self._nvm.read(KEYS), self.lock_out
        if self._told is None or self._told[0] is not held or self._told[1] is not lock_out:
            self._told = (held, lock_out, self._read_truth())
        return self._told[2]

    def _read_truth(self) -> KeyTruth:
        keys = self.keys
        lock_out = self.lock_out
        current = keys.current if keys else None
        staged = keys.staged if keys else None
        return KeyTruth(
            current_version=current.version if current else None,
            check_value=self._check_value(current),
            staged_version=staged.version if staged else None,
            staged_check_value=self._check_value(staged),
            max_version=keys.max_version if keys else 0,
            last_counter=current.last_counter if current else 0,
            is_torn=self._nvm.read(KEYS) is Torn.TORN,
            failures=lock_out.failures,
            locked_until=lock_out.locked_until,
        )

    def _check_value(self, slot: KeySlot | None) -> str:
        if slot is None:
            return ""
        return self._scheme.key_check_value(slot.key, self._eui64, slot.version).hex()
