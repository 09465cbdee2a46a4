"""docs/engine-port.md and the OpenAPI document say what the bench and the engines really say."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from make_port import MESSAGES, PATH, document, page, text
from tests.suite_cases import case_of, changed
from wired_engines import ENGINES, HTTP, STDIO, node, serving

from hanbench.harness.engine.wire import messages, process
from hanbench.harness.engine.wire.http import CONNECT_LIMIT_S, EngineServer, parse_address
from hanbench.harness.engine.wire.messages import BENCH_MESSAGES, Kind
from hanbench.harness.engine.wire.remote import BENCH, Peer
from hanbench.harness.engine.wire.service import Service
from hanbench.harness.engines import TURN_LIMIT_S, load_engine
from hanbench.harness.files.scenario_faults import CrashFault
from hanbench.harness.running.run_case import run_with
from hanbench.protocol.sua import HAN_SUA_M1

PAGE = (Path(__file__).parents[3] / "docs" / "engine-port.md").read_text()
Exchange = tuple[str, str]


def exchanges() -> list[Exchange]:
    (block,) = re.findall(r"```port\n(.*?)\n```", PAGE, re.DOTALL)
    lines = block.splitlines()
    assert all(line.startswith("> ") for line in lines[::2])
    assert all(line.startswith("< ") for line in lines[1::2])
    return [(asked[2:], said[2:]) for asked, said in zip(lines[::2], lines[1::2], strict=True)]


def test_the_page_shows_every_message() -> None:
    assert page() == PAGE, "run tools/make_port.py"
    assert {json.loads(asked)["type"] for asked, _ in exchanges()} == set(MESSAGES)
    assert len(exchanges()) == 10


def test_the_bench_writes_the_lines_of_the_page_octet_by_octet() -> None:
    for asked, _ in exchanges():
        assert BENCH_MESSAGES.validate_json(asked).model_dump_json() == asked


def test_the_reference_engine_answers_as_on_the_page_octet_by_octet() -> None:
    asked = "".join(f"{line}\n" for line, _ in exchanges())

    said = subprocess.run(
        shlex.split(STDIO.removeprefix("exec:")),
        input=asked,
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout.splitlines() == [line for _, line in exchanges()]
    assert said.stderr == ""


def test_over_http_it_answers_the_same() -> None:
    with serving(*HTTP) as address:
        server = EngineServer(parse_address(address))
        said = [
            server.ask(json.loads(asked)["type"], asked.encode(), limit_s=10).decode()
            for asked, _ in exchanges()
        ]
        server.close()

    assert said == [line for _, line in exchanges()]


def test_the_http_example_is_what_the_client_sends() -> None:
    example, answer = re.findall(r"```http\n(.*?)\n```", PAGE, re.DOTALL)
    head, body = example.split("\n\n")

    assert f"Content-Length: {len(body)}" in head
    assert body in {asked for asked, _ in exchanges()}
    assert answer.split("\n\n")[1] in {said for _, said in exchanges()}
    assert f"Content-Length: {len(answer.split(chr(10) * 2)[1])}" in answer


def test_the_limits_of_the_page_are_those_of_the_code() -> None:
    for value in (
        f"{messages.REPLY_OCTETS_MAX:,} octets",
        f"{messages.MESSAGE_OCTETS_MAX:,} octets",
        f"{TURN_LIMIT_S:g} s, or `--turn-limit`",
        f"{messages.START_LIMIT_S:g} s, or `--turn-limit`",
        f"| {CONNECT_LIMIT_S:g} s |",
        f"{process.STDERR_KEPT:,} octets, of which {process.STDERR_LINES_SHOWN} lines",
    ):
        assert value in PAGE


def test_the_openapi_document_is_that_of_the_code() -> None:
    assert PATH.read_text(encoding="utf-8") == text(), "run tools/make_port.py"


def test_every_reference_of_the_document_leads_somewhere() -> None:
    schemas = document()["components"]["schemas"]
    found = re.findall(r'"#/components/schemas/([^"]+)"', text())

    assert found
    assert set(found) <= set(schemas)
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)


class Overheard:
    """A transport to engines in this process that keeps what passes."""

    is_ours = False

    def __init__(self) -> None:
        self._service = Service(load_engine("reference"), "reference")
        self.passed: list[tuple[Kind, bytes, bytes]] = []

    def ask(self, kind: Kind, message: bytes, *, limit_s: float) -> bytes:
        assert limit_s > 0
        answer = self._service.answer(message)
        self.passed.append((kind, message, answer))
        return answer

    def close(self) -> None:
        """Nothing to let go of."""


def overheard() -> Iterator[tuple[Kind, bytes, bytes]]:
    line = Overheard()
    crash = CrashFault(does="crash", at="home-1/engine/journal#9", when="torn")
    make = Peer(lambda: line, limit_s=10).begin
    for case in (
        changed(case_of("clean-two-fuel"), faults=(crash,)),
        case_of("rotation-response-lost"),
        case_of("rollback-asked-after-commit"),
        case_of("dco-unavailable-half-way"),
    ):
        run_with(case, make, HAN_SUA_M1)
    yield from line.passed


def schema_of(place: dict[str, Any]) -> Draft202012Validator:
    """Return a validator of a place of the document, with all that it refers to."""
    whole = {**place["application/json"]["schema"], "components": document()["components"]}
    return Draft202012Validator(whole)


def test_what_passes_in_a_run_is_valid_by_the_document() -> None:
    paths = document()["paths"]
    asks = {k: schema_of(paths[f"/{k}"]["post"]["requestBody"]["content"]) for k in MESSAGES}
    says = {k: schema_of(paths[f"/{k}"]["post"]["responses"]["200"]["content"]) for k in MESSAGES}
    kinds = set()
    events = set()

    for kind, message, answer in overheard():
        asks[kind].validate(json.loads(message))
        says[kind].validate(json.loads(answer))
        kinds.add(kind)
        if kind == "turn":
            events.add(json.loads(message)["event"]["type"])

    assert kinds == set(MESSAGES)
    assert events == {
        "started", "recovered", "answer", "timed_out", "received", "woken", "stop",
    }  # fmt: skip


def test_lives_and_turns_are_counted_from_the_reset() -> None:
    line = Overheard()
    make = Peer(lambda: line, limit_s=10).begin
    for _ in range(2):
        run_with(case_of("clean-electricity-only"), make, HAN_SUA_M1)

    told = [json.loads(message) for _, message, _ in line.passed]
    begun = [place for place, message in enumerate(told) if message["type"] == "reset"]
    turns = [message["turn"] for message in told if message["type"] == "turn"]

    assert len(begun) == 2
    assert [message["type"] for message in told].count("hello") == 1
    assert {message["life"] for message in told if message["type"] == "turn"} == {0}
    assert turns == list(range(1, len(turns) // 2 + 1)) * 2
    assert told[-1] == {"type": "end", "bench": BENCH, "life": 0, "because": "over"}


@pytest.mark.parametrize("wrong", [{"type": "turn"}, {"type": "reset", "life": 1}, {}])
def test_a_wrong_message_is_wrong_by_the_document_too(wrong: dict[str, object]) -> None:
    paths = document()["paths"]
    checks = schema_of(paths["/reset"]["post"]["requestBody"]["content"])

    assert not checks.is_valid(wrong)


def test_the_adapters_speak_as_the_page_says() -> None:
    """The copied files answer the page's own handshake, reset and end in the page's own shape."""
    asked = "".join(f"{line}\n" for line, _ in exchanges()[:2])
    for command in ((sys.executable, "cautious.py"), (node(), "cautious.mjs")):
        said = subprocess.run(
            command, cwd=ENGINES, input=asked, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        assert json.loads(said[0]) == {"type": "hello", "port": 1, "engine": f"{command[1]} 1"}
        assert json.loads(said[1]) == {"type": "reset"}


def test_the_adapters_answer_what_they_do_not_know() -> None:
    asked = '{"type":"tern","bench":"b1","life":0}\n'
    for command in ((sys.executable, "cautious.py"), (node(), "cautious.mjs")):
        said = subprocess.run(
            command, cwd=ENGINES, input=asked, capture_output=True, text=True, check=True
        ).stdout
        assert json.loads(said)["type"] == "error"


def test_a_path_that_is_none_is_not_found() -> None:
    with serving(*HTTP) as address:
        server = EngineServer(parse_address(f"{address}/v2"))
        with pytest.raises(Exception, match="HTTP 404 to `hello`"):
            server.ask("hello", b"{}", limit_s=10)
