"""One Instruction to one meter and back: framed by the S1SP, read by the DCO, judged by neither.

The engine sees outcomes and which key MACed them; it never sees a key. An answer that comes after
its time-out is still evidence, so every sent Instruction is remembered by its message id.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from hanbench.harness.engine.adapter import NoAnswer, PartyRefused, Port
from hanbench.harness.engine.port import Authorisation, AuthorisedMeter, Json
from hanbench.harness.engine.reference.belief import KeyName
from hanbench.harness.engine.reference.parties import call
from hanbench.protocol import instruction as instructions
from hanbench.protocol.instruction import Instruction

MINUTE_US = 60_000_000
LISTENING_TIMEOUT_US = 2 * MINUTE_US
HUB_TIMEOUT_US = MINUTE_US
SLEEPING_MARGIN_US = 10 * MINUTE_US


@dataclass(frozen=True, slots=True)
class Reading:
    """What the DCO made of an answer."""

    outcome: str
    key: KeyName | None
    """The candidate whose key MACed it; None when none did: it proves nothing."""
    last_counter: int
    proves_version: int | None = None
    """The version that a proof in the answer shows to be staged or current."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An Instruction on its way: what a late answer is read against."""

    device: str
    instruction: bytes
    counter: int | None


BeforeSend = Callable[[Sent, int], Awaitable[None]]
"""Awaited between framing and sending, with the message id: where the journal is written."""


class Line:
    """The way to the meters of one Installation."""

    def __init__(
        self, port: Port, authorisation: Authorisation, life: int, strange: Sequence[str] = ()
    ) -> None:
        """Begin a life; `strange` are the meters whose last answer of an earlier one was so."""
        self._port = port
        self._authorisation = authorisation
        self._requests = (authorisation.attempt << 24) | (life << 12)
        self._sent: dict[int, Sent] = {}
        self._strange: dict[str, bool] = dict.fromkeys(strange, True)
        """By meter: whether its last answer was MACed under no key that the DCO holds."""

    def next_request_id(self) -> int:
        """Return an id no earlier life or attempt has used: a repeated digest would be a replay."""
        self._requests += 1
        return self._requests

    async def ask(
        self,
        meter: AuthorisedMeter,
        instruction: Instruction,
        *,
        under_version: int | None = None,
        before_send: BeforeSend | None = None,
    ) -> Reading | None:
        """Send an Instruction and read its answer; None when nothing usable came in time."""
        octets = instructions.encode(instruction)
        authorisation = await self._authorise(meter.name, octets, under_version)
        framed = await self._call(
            "S1SP",
            "frame",
            device=meter.name,
            instruction=octets.hex(),
            authorisation=authorisation,
        )
        counter = None if authorisation is None else int(authorisation["counter"])
        message_id = int(framed["message_id"])
        sent = Sent(meter.name, octets, counter)
        self._sent[message_id] = sent
        if before_send is not None:
            await before_send(sent, message_id)
        envelope = await self._send(str(framed["envelope"]), timeout_us(meter))
        return None if envelope is None else (await self._read(envelope))[1]

    async def cancel_buffered(self, meter: AuthorisedMeter) -> None:
        """Ask the hub to forget what it holds for a sleeping meter; its word is no proof."""
        if not meter.wake_interval_us:
            return
        framed = await self._call("S1SP", "frame_cancel", device=meter.name, message_id=0)
        await self._send(str(framed["envelope"]), HUB_TIMEOUT_US)

    async def is_hub_there(self, meter: AuthorisedMeter) -> bool:
        """Ask the hub itself, which tells a lost meter from a lost home."""
        framed = await self._call("S1SP", "frame_list", device=meter.name)
        return await self._send(str(framed["envelope"]), HUB_TIMEOUT_US) is not None

    def is_strange(self, meter: AuthorisedMeter) -> bool:
        """Whether the meter's last answer was under no key of ours.

        That proves nothing, so it moves no belief from one key to another. But nobody can be
        certain of a key under which the meter does not answer when it answers.
        """
        return self._strange.get(meter.name, False)

    async def late_answers(self) -> list[tuple[Sent, Reading]]:
        """Read the answers that came after their time-out, and drop the alerts between them."""
        late: list[tuple[Sent, Reading]] = []
        for envelope in self._port.take_unsolicited():
            sent, reading = await self._read(envelope)
            if sent is not None and reading is not None:
                late.append((sent, reading))
        return late

    async def _authorise(
        self, device: str, instruction: bytes, under_version: int | None
    ) -> Json | None:
        if under_version is None:
            return None
        return await self._call(
            "DCO",
            "authorise",
            device=device,
            instruction=instruction.hex(),
            version=under_version,
        )

    async def _send(self, envelope: str, wait_us: int) -> str | None:
        try:
            return await self._port.send(self._authorisation.hub, envelope, wait_us)
        except NoAnswer:
            return None

    async def _read(self, envelope: str) -> tuple[Sent | None, Reading | None]:
        try:
            opened = await self._call("S1SP", "open", envelope=envelope)
        except PartyRefused:
            return None, None  # damaged or forged on its way: as good as no answer
        sent = self._sent.get(int(opened["message_id"])) if opened["kind"] == "answer" else None
        if sent is None:
            return None, None
        read = await self._call(
            "DCO",
            "read_answer",
            device=sent.device,
            instruction=sent.instruction.hex(),
            answer=opened["answer"],
        )
        under = read["verified_under"]
        key = None if under is None else KeyName(int(under["version"]), str(under["check_value"]))
        self._strange[sent.device] = key is None
        proves = read.get("proves_version")
        return sent, Reading(
            outcome=str(read["outcome"]),
            key=key,
            last_counter=int(read["last_counter"]),
            proves_version=None if proves is None else int(proves),
        )

    async def _call(self, party: str, operation: str, **arguments: object) -> Json:
        installation = {"installation": self._authorisation.installation}
        return await call(self._port, party, operation, {**installation, **arguments})


def timeout_us(meter: AuthorisedMeter) -> int:
    """Return how long to wait for an answer: two wakes of a sleeping meter, and a margin."""
    if not meter.wake_interval_us:
        return LISTENING_TIMEOUT_US
    return 2 * meter.wake_interval_us + SLEEPING_MARGIN_US
