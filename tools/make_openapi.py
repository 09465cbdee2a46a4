"""Writes the OpenAPI 3.1 document of the engine port over HTTP to docs/schemas.

A test holds it up to date, and holds what the bench and the reference engine really say to it.

Usage: python tools/make_openapi.py [--check]
"""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from hanbench.harness.engine.port import PORT_VERSION
from hanbench.harness.engine.wire.messages import (
    MESSAGE_OCTETS_MAX,
    REPLIES,
    REPLY_OCTETS_MAX,
    End,
    ErrorReply,
    Hello,
    Reset,
    Tell,
)

PATH = Path(__file__).parents[1] / "docs" / "schemas" / "port-openapi.json"
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


def main() -> int:
    """Write the document, or say that it is out of date."""
    if "--check" not in sys.argv[1:]:
        PATH.write_text(text(), encoding="utf-8")
        return 0
    if PATH.exists() and PATH.read_text(encoding="utf-8") == text():
        return 0
    print(f"out of date: {PATH.name}; run tools/make_openapi.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
