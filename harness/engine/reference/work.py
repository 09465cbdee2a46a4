"""What every part of the engine works with: the port, the memory, and the one way to change it."""

from dataclasses import dataclass

from hanbench.harness.engine.adapter import Port
from hanbench.harness.engine.port import Authorisation, AuthorisedMeter, Json, KeyBelief
from hanbench.harness.engine.reference.belief import Belief, KeyName
from hanbench.harness.engine.reference.exchange import Line, Reading, Sent
from hanbench.harness.engine.reference.journal import Memory, MeterMemory, remember
from hanbench.harness.engine.reference.parties import call
from hanbench.protocol.instruction import NoOp


@dataclass(frozen=True, slots=True)
class Work:
    """One Installation's migration, in one life of the engine."""

    port: Port
    authorisation: Authorisation
    memory: Memory
    line: Line

    @property
    def is_asked_to_stop(self) -> bool:
        """A stop is heeded while no meter can have moved; after that only forward is safe."""
        moved = any(meter.may_have_moved for meter in self.memory.meters.values())
        return self.port.stop_requested and not moved

    def meter(self, name: str) -> AuthorisedMeter:
        """Return a meter of the Authorisation."""
        return next(meter for meter in self.authorisation.meters if meter.name == name)

    def memory_of(self, meter: AuthorisedMeter) -> MeterMemory:
        """Return what is known of it."""
        return self.memory.meters[meter.name]

    def belief_of(self, meter: AuthorisedMeter) -> Belief:
        """Return the belief; only asked for once the DCO holds the meter's keys."""
        belief = self.memory_of(meter).belief
        assert belief is not None, "asked before the hand-over"
        return belief

    async def note(self, step: str, **facts: object) -> None:
        """Write a journal entry, and take it into memory once it is durable."""
        entry: Json = {"step": step, **facts}
        await self.port.journal(entry)
        remember(self.memory, entry)

    async def party(self, party: str, operation: str, **arguments: object) -> Json:
        """Call an operation about this Installation."""
        installation = {"installation": self.authorisation.installation}
        return await call(self.port, party, operation, {**installation, **arguments})

    def state_belief(self, meter: AuthorisedMeter, evidence: str) -> None:
        """Say what the meter's key is taken to be, and why."""
        belief = self.belief_of(meter)
        summary = belief.summary
        if self.is_contradicted(meter):
            summary = KeyBelief.UNKNOWN
            evidence = f"{evidence}; but it answers under none of our keys now"
        self.port.believe(meter.name, summary, evidence=evidence, candidates=belief.on_the_wire)

    def is_contradicted(self, meter: AuthorisedMeter) -> bool:
        """Whether a meter that was sent a key has since answered under none: it may have lost it.

        One that answers so from the start was handed over wrongly, and still holds what it held.
        """
        return self.memory_of(meter).had_successor and self.line.is_strange(meter)

    async def learn(self, meter: AuthorisedMeter, sent: Sent | None, reading: Reading) -> None:
        """Take in what an answer proves; an answer under no known key proves nothing."""
        belief = self.belief_of(meter)
        if reading.key is None:
            await self._answered_strangely(meter)
            return
        self.memory_of(meter).is_strange = False
        if belief.proved is not None:
            return
        if belief.answered_under(reading.key) is not belief:
            await self._proved_new(meter, reading.key, reading.outcome)
        elif sent is not None and self._is_fence(sent, reading, belief):
            await self.note("answered", device=meter.name, proof="fence", counter=sent.counter)
            self.state_belief(meter, f"no-op {sent.counter} under the old key is a fence")

    async def learn_from_late_answers(self) -> None:
        """Read what came after its time-out: late is not too late for evidence."""
        for sent, reading in await self.line.late_answers():
            await self.learn(self.meter(sent.device), sent, reading)

    async def _answered_strangely(self, meter: AuthorisedMeter) -> None:
        """Journal that a meter which was sent a key answers under none: a later life must doubt."""
        memory = self.memory_of(meter)
        if memory.had_successor and not memory.is_strange:
            await self.note("strange", device=meter.name)

    async def _proved_new(self, meter: AuthorisedMeter, key: KeyName, outcome: str) -> None:
        await self.note(
            "answered",
            device=meter.name,
            proof="new-key",
            version=key.version,
            check_value=key.check_value,
        )
        self.state_belief(meter, f"an answer ({outcome}) is MACed under version {key.version}")

    @staticmethod
    def _is_fence(sent: Sent, reading: Reading, belief: Belief) -> bool:
        return (
            sent.counter is not None
            and sent.instruction[0] == NoOp.type
            and reading.outcome == "accepted"
            and reading.key == belief.old
        )
