"""Logs made of a run of the shipped suite, and bent as a test wants it."""

import json
from functools import cache
from pathlib import Path

from tests.suite_cases import case_of, driven

from hanbench.harness.field_log.entries import Exchange, Recorded
from hanbench.harness.field_log.text_log import HEADER, write_text_log
from hanbench.harness.field_log.trace_log import read_trace
from hanbench.harness.trace import trace_record
from hanbench.protocol import answer as answers
from hanbench.protocol import wan
from hanbench.protocol.answer import AnswerMessage
from hanbench.protocol.keys import KeyUsage, derive_test_key
from hanbench.protocol.wan import Envelope

SHIPPED = Path(__file__).parents[3] / "fixtures" / "logs" / "power-cut-at-the-rotation.log"


@cache
def trace_text(scenario: str, variant: str = "") -> str:
    world, _, _ = driven(case_of(scenario, variant))
    lines = [
        json.dumps({"case": world.case.name, **trace_record(event)}) for event in world.trace.events
    ]
    return "\n".join(lines) + "\n"


@cache
def exchange_of(scenario: str, variant: str = "") -> Exchange:
    return read_trace("trace.jsonl", trace_text(scenario, variant)).exchanges[0]


@cache
def lines_of(scenario: str, variant: str = "") -> tuple[str, ...]:
    """The text log of a run, its header left out."""
    return tuple(write_text_log(exchange_of(scenario, variant)).splitlines()[1:])


def text_of(lines: tuple[str, ...] | list[str]) -> str:
    return "\n".join([HEADER, *lines]) + "\n"


def written(folder: Path, text: str, name: str = "field.log") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def with_answer(line: str, **changes: object) -> str:
    """Return a line of a text log with its answer changed, and framed rightly again."""
    stamp, way, device, digits = line.split()
    envelope = wan.decode(bytes.fromhex(digits))
    answer = answers.decode(envelope.payload)
    values = {name: getattr(answer, name) for name in AnswerMessage.__slots__} | changes
    payload = answers.encode(AnswerMessage(**values))  # type: ignore[arg-type]
    key = derive_test_key("home-1/1", KeyUsage.TRANSPORT, envelope.originator, envelope.target)
    bent = Envelope(
        kind=envelope.kind,
        originator=envelope.originator,
        target=envelope.target,
        message_id=envelope.message_id,
        originator_counter=envelope.originator_counter,
        payload=payload,
    )
    return f"{stamp} {way} {device} {wan.encode(bent, key).hex()}"


def way(line: str) -> str:
    return line.split()[1]


def entries(exchange: Exchange) -> tuple[Recorded, ...]:
    return exchange.envelopes
