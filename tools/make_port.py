"""Writes what docs says of the engine port: the OpenAPI 3.1 document, and the example lines.

Tests hold both up to date, and hold what the bench and the reference engine really say to them.

Usage: python tools/make_port.py [--check]
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from hanbench.harness.engine.port import (
    PORT_VERSION,
    Answer,
    Authorisation,
    AuthorisedMeter,
    EngineEvent,
    Recovered,
    RotationProfile,
    Started,
    Stop,
    Woken,
)
from hanbench.harness.engine.wire.messages import (
    MESSAGE_OCTETS_MAX,
    REPLIES,
    REPLY_OCTETS_MAX,
    End,
    ErrorReply,
    Hello,
    Limits,
    Reset,
    Tell,
)
from hanbench.harness.engine.wire.service import Service
from hanbench.harness.engines import load_engine

DOCS = Path(__file__).parents[1] / "docs"
PATH = DOCS / "schemas" / "port-openapi.json"
PAGE = DOCS / "engine-port.md"
LINES = re.compile(r"(?<=```port\n).*?(?=\n```)", re.DOTALL)
MESSAGES: dict[str, tuple[type[BaseModel], str]] = {
    "hello": (Hello, "Once before anything else: which version of the port, and who asks."),
    "reset": (Reset, "A scenario begins: forget every life of this bench."),
    "turn": (Tell, "One event for one life; the answer is what the engine does because of it."),
    "end": (End, "A life is over, in good order or by a crash."),
}
DESCRIPTION = f"""\
The bench posts a message and the engine answers it; `docs/engine-port.md` says what each means. A
message has at most {MESSAGE_OCTETS_MAX} octets, an answer {REPLY_OCTETS_MAX}. Any status but 200
ends the case as engine-broke.
"""


def document() -> dict[str, Any]:
    """Return the document."""
    models = [model for model, _ in MESSAGES.values()] + [*REPLIES.values(), ErrorReply]
    _, schema = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "hanbench engine port",
            "version": str(PORT_VERSION),
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": "http://127.0.0.1:8080", "description": "wherever your engine is"}],
        "paths": {f"/{kind}": {"post": _operation(kind)} for kind in MESSAGES},
        "components": {"schemas": schema["$defs"]},
    }


def _operation(kind: str) -> dict[str, Any]:
    message, says = MESSAGES[kind]
    answers = [reply.__name__ for name, reply in REPLIES.items() if name == kind]
    refs = [_ref(name) for name in (*answers, ErrorReply.__name__)]
    return {
        "operationId": kind,
        "summary": says,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _ref(message.__name__)}},
        },
        "responses": {
            "200": {
                "description": "The answer, or why there is none.",
                "content": {"application/json": {"schema": {"oneOf": refs}}},
            }
        },
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def text() -> str:
    """Return the document as it stands in its file."""
    return json.dumps(document(), indent=2, sort_keys=True) + "\n"


def page() -> str:
    """Return the specification with the lines of its examples as they are now."""
    lines = "\n".join(example_lines())
    return LINES.sub(lambda _: lines, PAGE.read_text(encoding="utf-8"))


def example_lines() -> Iterator[str]:
    """Return what the bench says in a short migration, and the reference engine's answers."""
    service = Service(load_engine("reference"), "reference")
    for message in example_messages():
        asked = message.model_dump_json()
        yield f"> {asked}"
        yield f"< {service.answer(asked.encode()).decode()}"


def example_messages() -> Iterator[BaseModel]:
    """Return one message of each kind, with a crash in the middle."""
    told: tuple[tuple[int, EngineEvent], ...] = (
        (0, Started(authorisation=AUTHORISATION)),
        (2_000, Answer(to=1, result={})),
        (122_000, Answer(to=2, error="UNAVAILABLE", detail="until ten")),
        (1_800_122_000, Woken()),
        (1_800_125_000, Stop(reason="the supplier asked")),
    )
    journal = ({"step": "life", "life": 1},)
    recovered = Recovered(authorisation=AUTHORISATION, journal=journal)
    yield Hello(bench="b1", limits=Limits(turn_ms=10_000))
    yield Reset(bench="b1")
    for turn, (now_us, event) in enumerate(told, 1):
        yield Tell(bench="b1", life=0, turn=turn, now_us=now_us, event=event)
    yield End(bench="b1", life=0, because="crash")
    yield Tell(bench="b1", life=1, turn=6, now_us=1_860_125_000, event=recovered)
    yield End(bench="b1", life=1, because="over")


AUTHORISATION = Authorisation(
    installation="home-1",
    group_id="DA",
    hub="hub",
    hub_eui64="00-DB-12-34-56-78-90-A0",
    supplier="supplier-a",
    meters=(
        AuthorisedMeter(
            name="esme",
            eui64="00-DB-12-34-56-78-90-A1",
            type="ESME",
            model="liberty-100",
            mode="active",
            failure_limit=5,
            lock_out_us=900_000_000,
        ),
    ),
    rotation_profile=RotationProfile.SINGLE_SHOT,
    rotation_order=("esme",),
    mirror_expiry_us=86_400_000_000,
)


def main() -> int:
    """Write both files, or say which are out of date."""
    stale = []
    for path, content in ((PATH, text()), (PAGE, page())):
        if "--check" not in sys.argv[1:]:
            path.write_text(content, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != content:
            stale.append(path.name)
    if stale:
        print(f"out of date: {', '.join(stale)}; run tools/make_port.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
