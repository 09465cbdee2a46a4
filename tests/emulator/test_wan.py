"""The WAN: latency, faults, partitions, and what it writes down."""

import pytest

from hanbench.emulator.events import Event, WanPassed
from hanbench.emulator.fates import Cause, Delivery, Leg, Moment, Phase, undisturbed
from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.emulator.wan import Wan, corrupted, summarise
from hanbench.protocol import answer, hub_command, instruction, wan
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import KeyUsage, derive_test_key
from hanbench.protocol.wan import Envelope, EnvelopeKind

S1SP, GSME = Eui64(0x0501), Eui64(0x0001)
KEY = derive_test_key("wan tests", KeyUsage.TRANSPORT)
CAUSE = Cause("gsme", 7, Leg.REQUEST)


def envelope(
    kind: EnvelopeKind = EnvelopeKind.INSTRUCTION, payload: bytes | None = None
) -> Envelope:
    if payload is None:
        command = instruction.Command(instruction.encode(instruction.NoOp(1)))
        payload = instruction.encode_command(command)
    return Envelope(
        kind=kind,
        originator=S1SP,
        target=GSME,
        message_id=7,
        originator_counter=70,
        payload=payload,
    )


OCTETS = wan.encode(envelope(), KEY)


class Link:
    """A WAN under a scripted fate, with what it was asked and what it recorded."""

    def __init__(self, *deliveries: Delivery) -> None:
        self.moments: list[Moment] = []
        self.events: list[Event] = []
        self._deliveries = deliveries
        self.wan = Wan(
            "home-1", 3 * SECOND_US, self._carry, self.events.append, names={GSME: "gsme"}
        )

    def _carry(self, moment: Moment) -> tuple[Delivery, ...]:
        self.moments.append(moment)
        return self._deliveries

    @property
    def passed(self) -> WanPassed:
        event = self.events[-1]
        assert isinstance(event, WanPassed)
        return event


def test_an_envelope_arrives_as_it_was_sent_after_the_latency() -> None:
    link = Link(Delivery())
    assert link.wan.down(OCTETS, CAUSE, Instant(10)) == [(10 + 3 * SECOND_US, OCTETS)]
    assert (link.passed.direction, link.passed.device, link.passed.message_id) == (
        "down",
        "gsme",
        7,
    )
    assert (link.passed.summary, link.passed.copies) == ("no-op", 1)


def test_the_fate_is_asked_with_the_cause_and_the_phase() -> None:
    link = Link(Delivery())
    link.wan.up(OCTETS, CAUSE, Instant(10))
    assert [(one.phase, one.cause, one.sender) for one in link.moments] == [
        (Phase.WAN, CAUSE, "hub")
    ]


def test_a_lost_envelope_is_recorded_with_no_copies() -> None:
    link = Link()
    assert link.wan.down(OCTETS, CAUSE, Instant(0)) == []
    assert (link.passed.copies, link.passed.delays_us) == (0, ())


def test_a_duplicate_arrives_twice_and_a_delay_is_added_to_the_latency() -> None:
    link = Link(Delivery(), Delivery(delay_us=5 * SECOND_US))
    arrivals = link.wan.down(OCTETS, CAUSE, Instant(0))
    assert [at for at, _ in arrivals] == [3 * SECOND_US, 8 * SECOND_US]


def test_a_corrupt_copy_no_longer_verifies() -> None:
    link = Link(Delivery(corrupt=True))
    ((_, octets),) = link.wan.down(OCTETS, CAUSE, Instant(0))
    assert octets != OCTETS
    assert len(octets) == len(OCTETS)


def test_a_partition_loses_what_is_offered_until_it_ends_but_still_asks_the_fate() -> None:
    link = Link(Delivery())
    link.wan.partition(Instant(100))
    assert link.wan.down(OCTETS, CAUSE, Instant(99)) == []
    assert len(link.moments) == 1
    assert len(link.wan.down(OCTETS, CAUSE, Instant(100))) == 1


def test_a_partition_for_good_ends_only_when_it_is_healed() -> None:
    link = Link(Delivery())
    link.wan.partition(None)
    assert link.wan.up(OCTETS, CAUSE, Instant(10**15)) == []
    link.wan.heal()
    assert len(link.wan.up(OCTETS, CAUSE, Instant(10**15))) == 1


def test_jitter_is_asked_by_the_number_of_the_envelope() -> None:
    link = Wan("home-1", 100, undisturbed, lambda _: None, jitter=lambda number: number)
    assert link.down(OCTETS, None, Instant(0))[0][0] == 101
    assert link.up(OCTETS, None, Instant(0))[0][0] == 102


def test_what_is_no_envelope_passes_and_is_called_unreadable() -> None:
    link = Link(Delivery())
    assert len(link.wan.down(b"noise", CAUSE, Instant(0))) == 1
    assert (link.passed.device, link.passed.summary) == ("gsme", "unreadable")
    link.wan.down(b"noise", None, Instant(0))
    assert link.passed.device == "unreadable"


@pytest.mark.parametrize(
    ("kind", "payload", "words"),
    [
        (
            EnvelopeKind.ANSWER,
            answer.encode(answer.AnswerMessage(answer.Outcome.ACCEPTED, 1, 5)),
            "answer ACCEPTED",
        ),
        (
            EnvelopeKind.HUB_COMMAND,
            hub_command.encode_command(hub_command.CancelBuffered(GSME, 9)),
            "cancel-buffered 9",
        ),
        (
            EnvelopeKind.HUB_COMMAND,
            hub_command.encode_command(hub_command.CancelBuffered(GSME)),
            "cancel-buffered all",
        ),
        (
            EnvelopeKind.HUB_COMMAND,
            hub_command.encode_command(hub_command.ListBuffered(GSME)),
            "list-buffered",
        ),
        (
            EnvelopeKind.HUB_COMMAND,
            hub_command.encode_command(hub_command.ClearBuffered()),
            "clear-buffered",
        ),
        (
            EnvelopeKind.HUB_ANSWER,
            hub_command.encode_answer(hub_command.Cancelled(2)),
            "cancelled 2",
        ),
        (EnvelopeKind.HUB_ANSWER, hub_command.encode_answer(hub_command.TooLate()), "too-late"),
        (EnvelopeKind.HUB_ANSWER, hub_command.encode_answer(hub_command.NotFound()), "not-found"),
        (
            EnvelopeKind.HUB_ANSWER,
            hub_command.encode_answer(hub_command.Buffered((3, 4))),
            "buffered 3 4",
        ),
        (
            EnvelopeKind.ALERT,
            hub_command.encode_alert(hub_command.Alert(0x819D, "not retrieved")),
            "alert 819D not retrieved",
        ),
        (EnvelopeKind.INSTRUCTION, b"noise", "instruction, unreadable"),
    ],
)
def test_an_envelope_is_summarised_in_the_words_of_the_field(
    kind: EnvelopeKind, payload: bytes, words: str
) -> None:
    assert summarise(envelope(kind, payload)) == words


def test_an_empty_payload_cannot_be_corrupted() -> None:
    assert corrupted(b"") == b""
