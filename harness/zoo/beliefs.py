"""Engines that are wrong about what an answer, or the lack of one, proves."""

from hanbench.harness.engine.port import AuthorisedMeter, KeyBelief
from hanbench.harness.engine.reference import outcome, rotation
from hanbench.harness.engine.reference import resolve as resolving
from hanbench.harness.engine.reference.belief import KeyName
from hanbench.harness.engine.reference.exchange import Line, Reading, Sent
from hanbench.harness.engine.reference.work import Work
from hanbench.harness.zoo.modules import MIGRATE
from hanbench.harness.zoo.specimen import Swaps, faulty_engine

P9 = "property/P9"
_REFUSALS = frozenset({"wrong-key-version", "replayed", "stale-version", "nothing-staged"})


async def take_as_old(work: Work, meter: AuthorisedMeter, why: str) -> None:
    """Note a proof of OLD that is none, and say so."""
    counters = work.belief_of(meter).open_counters
    if counters:
        counter = max(counters)
        await work.note("answered", device=meter.name, proof="fence", counter=counter)
    work.state_belief(meter, why)


@faulty_engine(case="secure/rotation-response-lost", finding="confidently-wrong", clause=P9)
def assumes_old_on_time_out(swap: Swaps) -> None:
    """Nothing came back, so nothing can have happened: the key is taken to be the old one."""

    async def resolve(work: Work, meter: AuthorisedMeter) -> None:
        await take_as_old(work, meter, "no answer came, so the meter still has the old key")

    swap.put(rotation, "_resolve", resolve)


@faulty_engine(case="secure/rotation-request-lost", finding="confidently-wrong", clause=P9)
def assumes_new_once_sent(swap: Swaps) -> None:
    """The rotation was sent, so the key is taken to be the new one."""

    async def resolve(work: Work, meter: AuthorisedMeter) -> None:
        key = work.belief_of(meter).news[-1]
        await note_new(work, meter, key)
        work.state_belief(meter, "the rotation was sent")

    swap.put(rotation, "_resolve", resolve)


async def note_new(work: Work, meter: AuthorisedMeter, key: KeyName) -> None:
    """Note a proof of NEW."""
    await work.note(
        "answered",
        device=meter.name,
        proof="new-key",
        version=key.version,
        check_value=key.check_value,
    )


@faulty_engine(case="secure/power-cut-torn-commit", finding="confidently-wrong", clause=P9)
def trusts_an_unauthenticated_refusal(swap: Swaps) -> None:
    """A refusal that no key has MACed is taken for proof that the meter still has the old key."""
    learn = Work.learn

    async def gullible(
        self: Work, meter: AuthorisedMeter, sent: Sent | None, reading: Reading
    ) -> None:
        is_refusal = reading.key is None and reading.outcome != "accepted"
        if is_refusal and self.belief_of(meter).open_counters:
            await take_as_old(self, meter, f"it refused: {reading.outcome}")
        else:
            await learn(self, meter, sent, reading)

    def never_strange(_line: Line, _meter: AuthorisedMeter) -> bool:
        return False

    swap.put(Work, "learn", gullible)
    swap.put(Line, "is_strange", never_strange)


@faulty_engine(case="secure/duplicate-rotate-after-commit", finding="confidently-wrong", clause=P9)
def believes_the_outcome_not_the_key(swap: Swaps) -> None:
    """A refusal is read by its outcome code, though it is MACed under the new key."""
    learn = Work.learn

    async def by_outcome(
        self: Work, meter: AuthorisedMeter, sent: Sent | None, reading: Reading
    ) -> None:
        if reading.outcome in _REFUSALS and self.belief_of(meter).open_counters:
            await take_as_old(self, meter, f"it refused: {reading.outcome}")
        else:
            await learn(self, meter, sent, reading)

    swap.put(Work, "learn", by_outcome)


@faulty_engine(case="secure/rotation-fetched-late", finding="confidently-wrong", clause=P9)
def takes_a_probe_for_a_fence(swap: Swaps) -> None:
    """A free read under the old key is taken for the end of every rotation under way."""

    async def no_fence(work: Work, meter: AuthorisedMeter) -> None:
        await take_as_old(work, meter, "a probe was answered under the old key")

    swap.put(resolving, "fence", no_fence)


@faulty_engine(case="secure/rotation-response-lost", finding="confidently-wrong", clause=P9)
def trusts_the_hubs_word(swap: Swaps) -> None:
    """The hub was asked to drop the rotation, so it is taken never to have been executed."""

    async def cancelled(work: Work, meter: AuthorisedMeter) -> None:
        await work.line.cancel_buffered(meter)
        await take_as_old(work, meter, "the hub has cancelled the rotation")

    swap.put(rotation, "_resolve", cancelled)


@faulty_engine(
    case="secure/rotation-response-lost-comms-gone", finding="confidently-wrong", clause=P9
)
def never_says_unknown(swap: Swaps) -> None:
    """It knows two states only: whatever is not proved new is reported as old."""
    state = Work.state_belief

    def two_words(self: Work, meter: AuthorisedMeter, evidence: str) -> None:
        if self.belief_of(meter).summary is KeyBelief.UNKNOWN:
            self.port.believe(meter.name, KeyBelief.OLD, evidence=evidence)
        else:
            state(self, meter, evidence)

    swap.put(Work, "state_belief", two_words)


@faulty_engine(
    case="secure/rotation-response-lost-comms-gone",
    finding="outcome-contradicts-truth",
    clause="seed0/sua-rollback",
)
def keeps_its_doubts_to_itself(swap: Swaps) -> None:
    """It states certainties alone, so that what was certain before the rotation stands for ever."""
    state = Work.state_belief

    def certain(self: Work, meter: AuthorisedMeter, evidence: str) -> None:
        if self.belief_of(meter).summary is not KeyBelief.UNKNOWN:
            state(self, meter, evidence)

    swap.put(Work, "state_belief", certain)


@faulty_engine(case="secure/rotation-response-lost", finding="unknown-unasked", clause=P9)
def gives_up_without_a_probe(swap: Swaps) -> None:
    """A rotation without an answer is left unknown, though the meter would tell when asked."""
    swap.put(resolving, "PAUSES_S", ())


@faulty_engine(case="secure/rotation-fetched-late", finding="confidently-wrong", clause=P9)
def rolls_back_while_a_rotation_sits_in_the_mirror(swap: Swaps) -> None:
    """One probe under the old key, and it rolls back; the rotation waits in the gas mirror."""

    async def resolve(work: Work, meter: AuthorisedMeter) -> None:
        reading = await resolving.probe(work, meter)
        if reading is not None and reading.key == work.belief_of(meter).old:
            await take_as_old(work, meter, "a probe was answered under the old key")
            await work.note("refused", why="the rotation did not take")

    swap.put(rotation, "_resolve", resolve)


@faulty_engine(
    case="secure/locked-out-during-rotation",
    finding="beaten-by-a-lock-out",
    clause="property/P11",
)
def takes_a_lock_out_for_a_no(swap: Swaps) -> None:
    """A meter that somebody has locked is given up, in place of waiting the lock out."""
    learn = Work.learn

    async def final(
        self: Work, meter: AuthorisedMeter, sent: Sent | None, reading: Reading
    ) -> None:
        if reading.outcome == "locked-out" and self.belief_of(meter).open_counters:
            await take_as_old(self, meter, "it is locked")
            await self.note("refused", why=f"{meter.name} refused the rotation: locked-out")
        else:
            await learn(self, meter, sent, reading)

    async def at_once(_work: Work, _meter: AuthorisedMeter, _reading: Reading) -> None:
        return None

    swap.put(Work, "learn", final)
    swap.put(rotation, "_sit_out", at_once)


@faulty_engine(
    case="secure/rotation-response-lost-comms-gone", finding="confidently-wrong", clause=P9
)
def swaps_the_meters_answers(swap: Swaps) -> None:
    """What is known of the meters is kept by place, and the places are mixed up at the end."""
    end_state = outcome._end_state

    async def mixed_up(work: Work) -> object:
        memories = list(work.memory.meters.values())
        beliefs = [memory.belief for memory in memories]
        for memory, belief in zip(memories, reversed(beliefs), strict=True):
            memory.belief = belief
        return await end_state(work)

    swap.put(outcome, "_end_state", mixed_up)


@faulty_engine(
    case="secure/engine-crash-at-each-journal-write[journal#11/before]",
    finding="certainty-forgotten",
    clause="domain/10.8-durable-belief",
)
def believes_before_journalling(swap: Swaps) -> None:
    """It states that a meter has moved, and only then writes the proof into its journal."""
    proved_new = Work._proved_new

    async def early(self: Work, meter: AuthorisedMeter, key: KeyName, outcome: str) -> None:
        self.port.believe(meter.name, KeyBelief.NEW, evidence=f"an answer ({outcome}) proves it")
        await proved_new(self, meter, key, outcome)

    swap.put(Work, "_proved_new", early)


@faulty_engine(
    case="secure/active-resubmitted-by-supplier[after-limited-roll-back]",
    finding="confidently-wrong",
    clause=P9,
)
def forgets_an_earlier_attempt(swap: Swaps) -> None:
    """A resubmitted meter is taken to hold the handed-over key, whatever was sent to it before."""

    async def none(_work: Work, _meter: AuthorisedMeter) -> list[tuple[int, str]]:
        return []

    swap.put(MIGRATE, "_escrowed_before", none)
