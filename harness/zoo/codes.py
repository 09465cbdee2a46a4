"""Engines that are careless with SUA codes, with the journal, and with time."""

from collections.abc import Sequence

from hanbench.harness.engine.adapter import NoAnswer
from hanbench.harness.engine.port import Authorisation, AuthorisedMeter, Json, KeyBelief
from hanbench.harness.engine.reference import exchange, parties, rotation, two_phase
from hanbench.harness.engine.reference.exchange import BeforeSend, Line, Reading, Sent, timeout_us
from hanbench.harness.engine.reference.journal import Memory, Successor, recall, remember
from hanbench.harness.engine.reference.work import Work
from hanbench.harness.zoo.modules import MIGRATE
from hanbench.harness.zoo.specimen import Swaps, faulty_engine
from hanbench.protocol.instruction import Instruction, NoOp

P9 = "property/P9"
SUA = "def/sua"
SWEEP = "secure/engine-crash-at-each-journal-write"
TEN_YEARS_US = 10 * 365 * 86_400_000_000
GUESSES = 8
"""Wrong codes that it sends; a meter locks after five."""


@faulty_engine(case="secure/rotation-request-lost", finding="code-reused", clause=SUA)
def retries_without_a_new_code(swap: Swaps) -> None:
    """What was not answered is sent again as it is, with the code that it had."""
    send = Line._send

    async def twice(self: Line, envelope: str, wait_us: int) -> str | None:
        first = await send(self, envelope, wait_us)
        return first if first is not None else await send(self, envelope, wait_us)

    swap.put(Line, "_send", twice)


@faulty_engine(case="secure/rotation-request-lost", finding="code-reused", clause=SUA)
def keeps_the_code_of_what_was_not_answered(swap: Swaps) -> None:
    """No answer came, so its code is thought unspent, and serves for the next Instruction."""
    authorise, send = Line._authorise, Line._send
    asked: list[tuple[str, Json]] = []
    kept: dict[tuple[str, int], Json] = {}

    async def thrifty(self: Line, device: str, octets: bytes, version: int | None) -> Json | None:
        if version is not None and (device, version) in kept:
            return kept.pop((device, version))
        code = await authorise(self, device, octets, version)
        asked[:] = [] if code is None else [(device, code)]
        return code

    async def watching(self: Line, envelope: str, wait_us: int) -> str | None:
        answer = await send(self, envelope, wait_us)
        if answer is None:
            kept.update({(name, int(code["key_version"])): code for name, code in asked})
        asked.clear()
        return answer

    swap.put(Line, "_authorise", thrifty)
    swap.put(Line, "_send", watching)


@faulty_engine(case=f"{SWEEP}[journal#11/before]", finding="code-reused", clause=SUA)
def reuses_a_code_after_restart(swap: Swaps) -> None:
    """The envelope of a rotation is journalled, and sent once more when the engine comes back."""
    framed: list[str] = []
    call, note, rotate = Line._call, Work.note, rotation.rotate

    async def remembered(self: Line, party: str, operation: str, **arguments: object) -> Json:
        result = await call(self, party, operation, **arguments)
        if operation == "frame":
            framed.append(str(result["envelope"]))
        return result

    async def with_envelope(self: Work, step: str, **facts: object) -> None:
        more = {"envelope": framed[-1]} if step == "sending-rotation" else {}
        await note(self, step, **facts, **more)

    async def again(work: Work, meter: AuthorisedMeter) -> KeyBelief:
        envelope = _unanswered(work.port.recovered or (), meter.name)
        if envelope and work.belief_of(meter).summary is KeyBelief.UNKNOWN:
            await _send_again(work, envelope, timeout_us(meter))
        return await rotate(work, meter)

    swap.put(Line, "_call", remembered)
    swap.put(Work, "note", with_envelope)
    swap.put(MIGRATE, "rotate", again)


def _unanswered(journal: Sequence[Json], device: str) -> str:
    sent = [one for one in journal if one.get("device") == device and "envelope" in one]
    return str(sent[-1]["envelope"]) if sent else ""


async def _send_again(work: Work, envelope: str, wait_us: int) -> None:
    try:
        await work.port.send(work.authorisation.hub, envelope, wait_us)
    except NoAnswer:
        return


@faulty_engine(
    case="secure/wrong-key-handed-over", finding="locked-out-by-engine", clause="property/P11"
)
def probes_past_the_lock_out_limit(swap: Swaps) -> None:
    """A meter is tested with guarded no-ops, again and again, until its lock-out answers."""

    async def guess(work: Work, meter: AuthorisedMeter) -> None:
        for _ in range(GUESSES):
            instruction = NoOp(request_id=work.line.next_request_id())
            version = work.belief_of(meter).old.version
            reading = await work.line.ask(meter, instruction, under_version=version)
            if reading is not None and reading.key is not None:
                await work.note("tested", device=meter.name)
                work.state_belief(meter, "it executes under a key that the DCO holds")
                return
        await work.note("refused", why=f"{meter.name} executes nothing")

    swap.put(MIGRATE, "_test_one", guess)


@faulty_engine(
    case="secure/wrong-key-handed-over",
    finding="rotated-untested",
    clause="dcc/device-testing",
)
def rotates_without_a_device_test(swap: Swaps) -> None:
    """Keys are rotated before any answer has shown that the handed-over ones are right."""

    async def untested(work: Work) -> None:
        for meter in work.authorisation.meters:
            await work.note("tested", device=meter.name)

    swap.put(MIGRATE, "_test", untested)


@faulty_engine(
    case="secure/rotation-request-lost[two-phase-prepare]",
    finding="confirmed-unproved",
    clause="domain/10.3-prove",
)
def confirms_without_the_prove(swap: Swaps) -> None:
    """When PREPARE had to be sent again, CONFIRM follows at once, without the PROVE."""
    prove = two_phase.prepare_and_prove

    async def hasty(work: Work, meter: AuthorisedMeter, successor: Successor) -> bool:
        first = await two_phase._prepare(work, meter, successor)
        if first is not None:
            return await prove(work, meter, successor)
        again = await two_phase._prepare(work, meter, successor)
        return again is not None and again.outcome == "accepted"

    swap.put(rotation, "prepare_and_prove", hasty)


@faulty_engine(case="secure/rotation-response-lost", finding="no-outcome", clause="property/P10")
def never_times_out(swap: Swaps) -> None:
    """It waits for an answer as long as it takes, and that is for ever."""

    def for_ever(_meter: AuthorisedMeter) -> int:
        return TEN_YEARS_US

    swap.put(exchange, "timeout_us", for_ever)


@faulty_engine(
    case="secure/dco-unavailable-half-way[while-the-answer-comes]",
    finding="unknown-unasked",
    clause=P9,
)
def gives_up_at_the_first_outage(swap: Swaps) -> None:
    """A party that is away for an hour ends the migration."""
    swap.put(parties, "TRIES", 1)


@faulty_engine(case=f"{SWEEP}[journal#11/after]", finding="needlessly-unknown", clause=P9)
def forgets_its_journal_at_recovery(swap: Swaps) -> None:
    """After a crash it begins as if for the first time."""

    def blank(authorisation: Authorisation, _journal: Sequence[Json]) -> Memory:
        return recall(authorisation, ())

    swap.put(MIGRATE, "recall", blank)


@faulty_engine(case=f"{SWEEP}[journal#10/before]", finding="confidently-wrong", clause=P9)
def journals_after_sending(swap: Swaps) -> None:
    """The rotation is journalled when its answer has come, not before it is sent."""
    ask = Line.ask

    async def late(
        self: Line,
        meter: AuthorisedMeter,
        instruction: Instruction,
        *,
        under_version: int | None = None,
        before_send: BeforeSend | None = None,
    ) -> Reading | None:
        kept: list[tuple[Sent, int]] = []

        async def keep(sent: Sent, message_id: int) -> None:
            kept.append((sent, message_id))

        reading = await ask(self, meter, instruction, under_version=under_version, before_send=keep)
        for sent, message_id in kept:
            if before_send is not None:
                await before_send(sent, message_id)
        return reading

    swap.put(Line, "ask", late)


@faulty_engine(case=f"{SWEEP}[journal#10/before]", finding="confidently-wrong", clause=P9)
def leaves_the_rotation_out_of_the_journal(swap: Swaps) -> None:
    """Everything is journalled but the one step that cannot be taken back."""
    note = Work.note

    async def forgetful(self: Work, step: str, **facts: object) -> None:
        if step == "sending-rotation":
            remember(self.memory, {"step": step, **facts})
        else:
            await note(self, step, **facts)

    swap.put(Work, "note", forgetful)
