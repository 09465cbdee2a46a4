#!/usr/bin/env python3
"""Write docs/parties.md and docs/schemas/parties.json from the catalogue of party operations.

Run it after every change of an operation; with `--check` it only says whether the files are current
(a test does so).
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from hanbench.emulator.parties.catalogue import CATALOGUE_VERSION, PARTIES, PartyEntry
from hanbench.emulator.parties.operation import COMMON_ERRORS, Operation, Schema

DOCS = Path(__file__).resolve().parent.parent / "docs"
Json = dict[str, Any]

INTRODUCTION = f"""\
# The parties and their operations

Written by `tools/make_catalogue.py` from the code: edit the operations in `emulator/parties/`, not
this file. The same as JSON, with a JSON Schema for all arguments and results:
[`schemas/parties.json`](schemas/parties.json). Catalogue version {CATALOGUE_VERSION}.

An engine calls an operation with the action `party(name, operation, arguments)`; the bench answers
with its result, or with an error code and a detail. A refused operation has changed nothing, unless
its error says so.

In JSON, an EUI-64 is text (`00-DB-12-34-56-78-90-A1`), octets are lower-case hex, amounts are
whole pence, and instants whole microseconds since the scenario began. A device is named within its
Installation: `{{"installation": "home-1", "device": "gsme"}}`. Keys not listed are refused.

What public text says stands under *Stated*, with its source. What this model made up stands under
*Modelled*: it is synthetic, and no claim about the systems of Secure, the DCC or anyone else.

Errors that every operation may answer:
"""


def main() -> int:
    """Write or check both files; return 1 if one was to be checked and is not current."""
    parser = argparse.ArgumentParser(description="Write the catalogue of party operations.")
    parser.add_argument("--check", action="store_true", help="only say whether they are current")
    is_check = parser.parse_args().check
    stale = [path for path, text in pages().items() if read(path) != text]
    for path in stale:
        name = path.relative_to(DOCS.parent)
        if is_check:
            print(f"{name} is not current: run tools/make_catalogue.py", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(pages()[path], encoding="utf-8")
            print(f"{name} written")
    return 1 if stale and is_check else 0


def read(path: Path) -> str:
    """Return what a file holds; nothing where there is none yet."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def pages() -> dict[Path, str]:
    """Return the text of each file."""
    return {
        DOCS / "parties.md": reference(),
        DOCS / "schemas" / "parties.json": json.dumps(catalogue(), indent=2, ensure_ascii=False)
        + "\n",
    }


def catalogue() -> Json:
    """Return the catalogue as plain data."""
    return {
        "version": CATALOGUE_VERSION,
        "common_errors": COMMON_ERRORS,
        "parties": {
            party.name: {
                "role": party.role,
                "operations": {each.name: _operation_data(each) for each in party.operations},
            }
            for party in PARTIES
        },
    }


def reference() -> str:
    """Return the catalogue as a page to read."""
    lines = [INTRODUCTION]
    lines += [f"- `{code}`: {meaning}" for code, meaning in COMMON_ERRORS.items()]
    lines += ["", "| party | operations |", "|---|---|"]
    for party in PARTIES:
        names = ", ".join(f"[{it.name}](#{_anchor(party, it)})" for it in party.operations)
        lines.append(f"| `{party.name}` | {names} |")
    for party in PARTIES:
        lines += ["", f"## {party.name}", "", party.role]
        for operation in party.operations:
            lines += _operation_lines(party, operation)
    return "\n".join(lines) + "\n"


def _operation_data(operation: Operation[Schema, Schema]) -> Json:
    arguments, result = operation.example
    return {
        "purpose": operation.purpose,
        "arguments": operation.arguments.model_json_schema(),
        "result": operation.result.model_json_schema(),
        "errors": {error.code: error.meaning for error in operation.errors},
        "stated": operation.stated,
        "modelled": operation.modelled,
        "example": {"arguments": arguments, "result": result},
    }


def _operation_lines(party: PartyEntry, operation: Operation[Schema, Schema]) -> list[str]:
    arguments, result = operation.example
    lines = ["", f"### {party.name} {operation.name}", "", operation.purpose]
    lines += ["", *_table("argument", operation.arguments.model_json_schema())]
    lines += ["", *_table("result", operation.result.model_json_schema())]
    lines += ["", "| error | when |", "|---|---|"]
    lines += [f"| `{error.code}` | {error.meaning} |" for error in operation.errors]
    lines += ["", "```json", json.dumps(arguments), json.dumps(result), "```"]
    if operation.stated:
        lines += ["", f"*Stated:* {operation.stated}"]
    if operation.modelled:
        lines += ["", f"*Modelled:* {operation.modelled}"]
    return lines


def _anchor(party: PartyEntry, operation: Operation[Schema, Schema]) -> str:
    return f"{party.name}-{operation.name}".lower()


def _table(heading: str, schema: Json) -> list[str]:
    rows = _rows(schema, schema.get("$defs", {}), prefix="")
    return [f"| {heading} | kind | meaning |", "|---|---|---|", *rows]


def _rows(schema: Json, definitions: Json, prefix: str) -> list[str]:
    """Return a row for each key, and below an object's the rows of its own keys."""
    required = schema.get("required", [])
    rows: list[str] = []
    for name, key in schema.get("properties", {}).items():
        kind, inner = _kind(key, definitions)
        default = "" if name in required else f", default `{json.dumps(key.get('default'))}`"
        meaning = " ".join(key.get("description", "").split()).replace("None", "null")
        rows.append(f"| `{prefix}{name}` | {kind}{default} | {meaning} |")
        if inner is not None:
            rows += _rows(inner, definitions, prefix=f"{prefix}{name}.")
    return rows


def _kind(key: Json, definitions: Json) -> tuple[str, Json | None]:
    """Return a key's kind in words, and the schema of the object in it, if there is one."""
    if "$ref" in key:
        return "object", definitions[key["$ref"].rsplit("/", 1)[-1]]
    if "anyOf" in key:
        kinds = [_kind(each, definitions) for each in key["anyOf"]]
        inner = next((each for _, each in kinds if each is not None), None)
        return " or ".join(kind for kind, _ in kinds), inner
    if key.get("type") == "array":
        kind, inner = _kind(key.get("items", {}), definitions)
        return f"list of {kind}", inner
    return _plain_kind(key), None


def _plain_kind(key: Json) -> str:
    if "enum" in key:
        return ", ".join(f"`{each}`" for each in key["enum"])
    if "const" in key:
        return f"`{key['const']}`"
    plain = {"string": "text", "integer": "integer", "boolean": "true or false", "null": "null"}
    return str(key.get("x-kind", plain[key["type"]]))


if __name__ == "__main__":
    sys.exit(main())
