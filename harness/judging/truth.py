"""What the devices truly hold, and what of it the engine was shown: the oracle's raw material."""

from collections.abc import Mapping
from dataclasses import replace

from hanbench.emulator.instant import Instant
from hanbench.emulator.meters.esme import Esme
from hanbench.emulator.meters.gsme import Gsme
from hanbench.emulator.parties.dco import Dco
from hanbench.emulator.parties.inventory import Inventory
from hanbench.emulator.parties.operation import Json
from hanbench.emulator.parties.smso import Smso
from hanbench.emulator.sua.gate import Execution as GateExecution
from hanbench.harness.judging.codes_sent import CodesSent, Made
from hanbench.harness.judging.oracle import Evidence, Execution, MeterEnd, Truth
from hanbench.protocol import instruction as instructions
from hanbench.protocol.instruction import AbortRotation, NoOp
from hanbench.protocol.keys import Key

_FENCES = {
    NoOp: frozenset({"accepted"}),
    AbortRotation: frozenset({"accepted", "nothing-staged"}),
}
"""Instructions after which no earlier rotation can commit, if answered so under the old key."""


class TruthReader:
    """Reads the meters' memories; it never reads what an engine says."""

    def __init__(
        self,
        installation: str,
        meters: Mapping[str, Esme | Gsme],
        codes: CodesSent | None = None,
    ) -> None:
        """Read these meters; without `codes` nothing is said of what was executed unverified."""
        self._installation = installation
        self._meters = meters
        self._codes = codes
        self._first = {name: self._key(name) for name in meters}

    def of(self, device: str) -> Truth:
        """Return what a meter holds now, against what it held when the run began."""
        truth = self._meters[device].truth
        if truth.current_version is None:
            return Truth.NEITHER
        return Truth.OLD if self._key(device) == self._first[device] else Truth.NEW

    def under(self, device: str, version: int, check_value: str) -> Truth:
        """Return which of a meter's keys a name stands for."""
        return Truth.OLD if (version, check_value) == self._first[device] else Truth.NEW

    def evidence(self, arguments: Json, result: Json, now: Instant) -> Evidence | None:
        """Return what a `read_answer` of the DCO shows to its caller; None if it proves nothing."""
        under = result["verified_under"]
        device = str(arguments["device"])
        if under is None or device not in self._meters:
            return None
        instruction = instructions.decode(bytes.fromhex(arguments["instruction"]))
        truth = self.under(device, int(under["version"]), str(under["check_value"]))
        fencing = _FENCES.get(type(instruction), frozenset())
        return Evidence(
            device=device,
            at=now,
            truth=truth,
            is_fence=truth is Truth.OLD and result["outcome"] in fencing,
            counter=int(result["last_counter"]),
            instruction=instruction.type.words,
        )

    def ends(
        self, dco: Dco, inventory: Inventory | None = None, smso: Smso | None = None
    ) -> tuple[MeterEnd, ...]:
        """Return the true state of every meter, and what DCO and inventory hold of it."""
        return tuple(self._end(name, dco, inventory, smso) for name in self._meters)

    def _end(self, name: str, dco: Dco, inventory: Inventory | None, smso: Smso | None) -> MeterEnd:
        meter = self._meters[name]
        truth = meter.truth
        held = dco.held_keys(self._installation, name)
        mine = (truth.current_version or 0, truth.check_value)
        executions = self._executions(name, dco, smso)
        return MeterEnd(
            name=name,
            type="ESME" if isinstance(meter, Esme) else "GSME",
            truth=self.of(name),
            version=truth.current_version,
            executions=executions,
            unissued=tuple(one for one in executions if not one.is_issued),
            failure_limit=meter.core.gate.parameters.failure_limit,
            lock_out_us=meter.core.gate.parameters.lock_out_us,
            failures=truth.failures,
            is_known_to_dco=mine in held,
            is_commissioned=inventory is None
            or inventory.is_commissioned(self._installation, name),
            is_held_by_dco=mine in held and dco.active_version(self._installation, name) == mine[0],
        )

    def _executions(self, name: str, dco: Dco, smso: Smso | None) -> tuple[Execution, ...]:
        log = self._meters[name].core.gate.execution_log
        if not log:
            return ()
        by_dco = dco.issued_codes(self._installation, name)
        by_smso = () if smso is None else smso.issued_codes(self._installation, name)
        own = dco.own_keys(self._installation, name)
        executions = (
            Execution(
                one.version,
                one.counter,
                one.digest.hex(),
                is_issued=smso is None
                or (one.version, one.counter, one.digest) in (*by_dco, *by_smso),
                is_dcos=(one.version, one.counter, one.digest) in by_dco,
                is_of_new_key=one.version in own,
                is_verified=self._is_proved(name, one, own),
            )
            for one in log
        )
        return tuple(
            replace(
                shown,
                made_for=self._made_for(name, one, dco, smso),
                made_with=self._made_with(name, one),
            )
            if shown.is_verified is False
            else shown
            for shown, one in zip(executions, log, strict=True)
        )

    def _made_with(self, name: str, one: GateExecution) -> str:
        assert self._codes is not None, "only then something is unverified"
        usage = self._codes.other_key(self._meters[name].eui64, one)
        return "" if usage is None else usage.value

    def _made_for(self, name: str, one: GateExecution, dco: Dco, smso: Smso | None) -> str:
        """Say what the code of an execution was made for, if a party made it for another thing."""
        assert self._codes is not None, "only then something is unverified"
        eui64 = self._meters[name].eui64
        for other, meter in self._meters.items():
            own = dco.own_keys(self._installation, other)
            by_smso = () if smso is None else smso.issued_codes(self._installation, other)
            for code in (*dco.issued_codes(self._installation, other), *by_smso):
                made = Made(meter.eui64, *code)
                key = own.get(made.version) or self._codes.first_key(meter.eui64)
                if self._codes.was_made_for(eui64, one, made, key):
                    what = "this Instruction" if made.digest == one.digest else "another one"
                    return f"{what}, version {made.version}, counter {made.counter} of {other}"
        return ""

    def _is_proved(self, name: str, one: GateExecution, own: Mapping[int, Key]) -> bool | None:
        """Whether an envelope with this code went to the meter, and its code is right."""
        if self._codes is None:
            return None
        key = own.get(one.version) or self._codes.first_key(self._meters[name].eui64)
        return self._codes.has_proof(self._meters[name].eui64, one, key)

    def _key(self, device: str) -> tuple[int, str]:
        truth = self._meters[device].truth
        return truth.current_version or 0, truth.check_value
