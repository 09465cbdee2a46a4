"""The emulated parties, as a test sees them: what they were asked, and asking them things."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from hanbench.emulator.events import PartyCalled
from hanbench.emulator.parties.operation import PartyError
from hanbench.harness.errors import PartyRefused

if TYPE_CHECKING:
    from hanbench.harness.pytest_plugin.bench_view import Bench

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One operation that the engine asked a party to perform."""

    at_us: int
    party: str
    operation: str
    arguments: Json
    result: Json
    """What it answered; of a refusal `error` and `detail`."""
    is_refused: bool


class PartyView:
    """A party by its name in the catalogue (docs/parties.md)."""

    def __init__(self, bench: "Bench", name: str) -> None:
        self._bench = bench
        self.name = name

    @override
    def __repr__(self) -> str:
        return f"<party {self.name}>"

    @property
    def calls(self) -> tuple[Call, ...]:
        """What the engine asked it so far, oldest first."""
        return tuple(
            Call(
                event.at,
                event.party,
                event.operation,
                json.loads(event.arguments),
                json.loads(event.result),
                event.is_error,
            )
            for event in self._bench.world.trace.events
            if isinstance(event, PartyCalled) and event.party == self.name
        )

    def called(self, operation: str) -> tuple[Call, ...]:
        """Return the calls of one operation."""
        return tuple(call for call in self.calls if call.operation == operation)

    def ask(self, operation: str, /, **arguments: object) -> Json:
        """Perform an operation now, as somebody who is not the engine; the Installation is added.

        A replay file cannot hold it: what it changes is missing there.

        Raises:
            PartyRefused: it refused, with a code of its catalogue.
        """
        bench = self._bench
        given = {"installation": bench.case.installation.name, **arguments}
        answer = bench.world.organisations.call(self.name, operation, given, bench.now)
        bench.asked.append(f"{self.name}.{operation}")
        if isinstance(answer, PartyError):
            raise PartyRefused(answer.code, answer.detail)
        return answer


class DcoView(PartyView):
    """The DCO: it holds the keys of the meters, and makes the code of each Instruction."""

    def __init__(self, bench: "Bench") -> None:
        super().__init__(bench, "DCO")

    def active_version(self, device: str) -> int | None:
        """Return the version that it has confirmed as a meter's own; None: none yet."""
        return self._bench.world.organisations.dco.active_version(self._home, device)

    def keys(self, device: str) -> tuple[tuple[int, str], ...]:
        """Return the keys that it holds of a meter, as (version, check value)."""
        return self._bench.world.organisations.dco.held_keys(self._home, device)

    def holds_key_of(self, device: str) -> bool:
        """Whether it holds the key that a meter truly has."""
        truth = self._bench.world.home.meters[device].truth
        return (truth.current_version, truth.check_value) in self.keys(device)

    def instruct(
        self, device: str, what: str = "no-op", *, expect: str = "executed"
    ) -> "SentInstruction":
        """Send an Instruction under the key that it goes by; the S1SP frames it.

        Any other result than `expect` is a finding, as in a scenario file.
        """
        taken = self._bench.take("instruct", device=device, what=what, expect=expect)
        return SentInstruction(self._bench, taken)

    @property
    def _home(self) -> str:
        return self._bench.case.installation.name


class SmsoView(PartyView):
    """The Secure SMSO: it had the meters before, and vends as long as it may."""

    def __init__(self, bench: "Bench") -> None:
        super().__init__(bench, "SMSO")

    def can_vend(self, device: str) -> bool:
        """Whether a customer has a way through the SMSO now."""
        bench = self._bench
        smso = bench.world.organisations.smso
        return smso.can_vend(bench.case.installation.name, device, bench.now)

    def set_tariff(
        self, device: str, *, unit_tenth_pence: int, expect: str = "executed"
    ) -> "SentInstruction":
        """Change a meter's tariff by an Instruction under the old key, whether it may or not."""
        taken = self._bench.take(
            "set-tariff", device=device, unit_tenth_pence=unit_tenth_pence, expect=expect
        )
        return SentInstruction(self._bench, taken)


class SentInstruction:
    """An Instruction that was sent; what came of it is known some time later."""

    def __init__(self, bench: "Bench", taken: Any) -> None:
        self._bench = bench
        self._taken = taken

    @property
    def outcome(self) -> str:
        """`executed`, `not-executed`, or `never arrived`, as of now."""
        outcome: str = self._bench.steered.steps.outcome(self._taken)
        return outcome
