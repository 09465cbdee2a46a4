"""The reference pages of the file formats and of the engine port, from their JSON Schemas.

The schemas say what is allowed; what a key means stands in the docstring below it in the code,
which JSON Schema does not carry, so it is read from there.
"""

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Iterator
from typing import Any, NamedTuple

from format_examples import EXAMPLES
from make_schemas import FORMATS, schema_text
from page_words import cell, row
from pydantic import BaseModel

Schema = dict[str, Any]

CHOICES_IN_A_CELL = 6
DURATION = "duration"
EUI64 = "EUI-64"
_EVERYWHERE = {
    "scenario": {
        "at": "when: an instant of the scenario, or the point where a fault strikes",
        "after": "when: after this has happened, such as `outcome`",
        "delay": "how long after that",
        "clause": "the clause that it breaks if it comes out otherwise",
        "do": "which step",
        "does": "which fault",
        "device": "the name of a device of the Installation",
        "expect": "what should come of it",
    },
}
"""What keys mean that have one meaning in every part of a page, where the code says no more."""
_PATTERNS = {
    r"^\d+(\.\d+)?(us|ms|s|min|h|d)$": DURATION,
    "^([0-9A-Fa-f]{2}[-:]?){7}[0-9A-Fa-f]{2}$": EUI64,
    r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$": "name",
    r"^[a-z0-9-]+(/[A-Za-z0-9().:-]+)+$": "clause",
    r"^([0-9A-Fa-f]{2})+$": "octets in hex",
}


class Page(NamedTuple):
    """One page: which formats stand on it, and what is said first."""

    title: str
    formats: tuple[str, ...]
    begins: str


PAGES = {
    "scenario": Page(
        "Scenario files",
        ("scenario",),
        "One reproducible question to an engine, in YAML. `hanbench new scenario` writes a "
        "commented one, and `hanbench run FILE.yaml` runs it.",
    ),
    "installation": Page(
        "Installation files",
        ("installation", "keys"),
        "A home: its devices, how they reach each other, and what they hold when the scenario "
        "begins; and the file beside it that holds keys of your own. Those are left out of "
        "captures, traces and reports.",
    ),
    "replay": Page(
        "Replay files",
        ("replay",),
        "One case with all that it needs, what it gave, and its story. The bench writes one for "
        "each case that did not go as expected; `hanbench replay FILE` runs it again. The models "
        "and the installation are copied in, so it works where those files have changed since.",
    ),
    "engine-profile": Page(
        "Profile files",
        ("engine-profile",),
        "What an engine claims to do. What that leaves out is `not-applicable`: "
        "[how it is judged](../engine-profile.md).",
    ),
    "baseline": Page(
        "Baseline files",
        ("baseline",),
        "The failures that are known, each with a reason and a day on which it expires; and the "
        "cases that have to run. `hanbench gate RUN --baseline FILE` holds a run against it.",
    ),
    "results": Page(
        "Results",
        ("results",),
        "`results.json` in a run folder: what every case gave. The bench writes it; CI tools and "
        "`hanbench gate`, `compare` and `report` read it.",
    ),
    "exploration": Page(
        "Explorations",
        ("exploration",),
        "`exploration.json` in a run folder: what `hanbench explore` tried, what it covered, and "
        "what failed.",
    ),
    "other-reader": Page(
        "Other readers",
        ("other-reader",),
        "`other-reader.json` in a run folder: what tshark made of the capture, where `hanbench run "
        "--tshark` asked it. `hanbench report` says it again, as long as the capture is the same.",
    ),
    "cluster-security": Page(
        "Cluster security",
        ("cluster-security",),
        "Which key protects the frames of which cluster. Each row has a source, and says where "
        "sources disagree.",
    ),
    "port": Page(
        "Engine port: messages",
        ("port-message", "port-event", "port-reply", "port-turn"),
        "The JSON of the [engine port](../engine-port.md), key by key: what the bench says, and "
        "what an engine answers.",
    ),
}
KINDS = """
A **duration** is a number with a unit (`us`, `ms`, `s`, `min`, `h`, `d`), such as `30min`. An
**EUI-64** is written like `00-DB-12-34-56-78-90-A1`. A **name** has up to 64 letters, digits, `_`,
`.` and `-`. A **clause** is an address such as `tmad/4.34A`; `hanbench clauses` lists them. Keys
that are not listed are refused, with file and line.
"""


def schema_pages() -> dict[str, str]:
    """Return one page for each entry of `PAGES`."""
    owners: dict[str, str] = {}
    for name, page in PAGES.items():
        for key, schema in _definitions(page).items():
            owners.setdefault(_identity(key, schema), name)
    return {f"{name}.md": _PageWriter(name, page, owners).text() for name, page in PAGES.items()}


def _identity(key: str, schema: Schema) -> str:
    """Tell apart what has one name in two formats and is not the same."""
    return f"{key} {json.dumps(schema, sort_keys=True)}"


def _schema(name: str) -> Schema:
    schema: Schema = json.loads(schema_text(name))
    return schema


def _definitions(page: Page) -> dict[str, Schema]:
    """Return the parts that the formats of a page refer to, in the order of their first mention."""
    found: dict[str, Schema] = {}
    for name in page.formats:
        schema = _schema(name)
        waiting = list(_references(schema))
        while waiting:
            key = waiting.pop(0)
            if key not in found:
                found[key] = schema["$defs"][key]
                waiting += _references(found[key])
    return found


def _references(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].rpartition("/")[2]
        for key, value in schema.items():
            if key not in ("$defs", "discriminator"):
                yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


class _PageWriter:
    """Writes one page; knows on which page each part has its section."""

    def __init__(self, name: str, page: Page, owners: dict[str, str]) -> None:
        self.name, self.page, self.owners = name, page, owners
        self.parts = _definitions(page)

    def text(self) -> str:
        lines = [f"# {self.page.title}", "", self.page.begins, KINDS]
        if self.name in EXAMPLES:
            lines += ["## An example", "", EXAMPLES[self.name].rstrip(), ""]
        for name in self.page.formats:
            schema = _schema(name)
            if "properties" in schema:
                lines += [
                    "## The file" if len(self.page.formats) == 1 else f"## The {name} file",
                    "",
                ]
                lines += self._table(schema, _meanings("", FORMATS[name], set()))
            else:
                lines += [f"## {_choice_title(name)}", "", "One of:", "", *self._choice(schema)]
            lines += [f"As JSON Schema: [`{name}.json`](../schemas/{name}.json).", ""]
        for key, schema in self.parts.items():
            if self._owner(key) == self.name and _has_section(schema):
                lines += self._section(key, schema)
        return "\n".join(lines).rstrip() + "\n"

    def _owner(self, key: str) -> str:
        return self.owners[_identity(key, self.parts[key])]

    def _section(self, key: str, schema: Schema) -> list[str]:
        lines = [f"({_target(self.name, key)})=", f"### {_heading(key, schema)}", ""]
        description = schema.get("description", "").strip()
        lines += [_paragraphs(description), ""] if description else []
        if "properties" in schema:
            return lines + self._table(schema, _meanings(key, None, set(schema["properties"])))
        return [*lines, *self._choice(schema)]

    def _choice(self, schema: Schema) -> list[str]:
        choices = schema.get("oneOf") or schema.get("anyOf") or []
        return [*(f"- {self.kind(one)}" for one in choices), ""]

    def _table(self, schema: Schema, meanings: dict[str, str]) -> list[str]:
        required = set(schema.get("required", ()))
        rows: list[str] = []
        lists: list[str] = []
        for key, part in sorted(
            schema["properties"].items(), key=lambda item: item[0] not in required
        ):
            standing = "required" if key in required else _default(part)
            said = meanings.get(key) or ("" if _is_plain(part) else part.get("description", ""))
            meaning = said or _EVERYWHERE.get(self.name, {}).get(key, "")
            shown = self.kind(part)
            if shown.count("](") > CHOICES_IN_A_CELL:
                shown = "see below"
                lists += [f"Each of `{key}` is one of:", "", *self._described(_choices(part))]
            rows.append(row(f"`{key}`", shown, standing, _inline(meaning)))
        if not rows:
            return ["No keys.", ""]
        head = [row("key", "kind", "if left out", "meaning"), "|---|---|---|---|"]
        return [*head, *rows, "", *lists]

    def _described(self, keys: list[str]) -> list[str]:
        described = ((key, cell(self.parts[key]["description"])) for key in keys)
        return [*(f"- {self._reference(key)}: {text}" for key, text in described), ""]

    def kind(self, schema: Schema) -> str:
        """Say in words what a value may be."""
        if "$ref" in schema:
            return self._reference(schema["$ref"].rpartition("/")[2])
        if "const" in schema:
            return f"`{json.dumps(schema['const']).strip(chr(34))}`"
        if "enum" in schema:
            return ", ".join(f"`{value}`" for value in schema["enum"])
        choices = schema.get("anyOf") or schema.get("oneOf")
        if choices:
            kinds = [self.kind(one) for one in choices if one.get("type") != "null"]
            return (", " if "oneOf" in schema else " or ").join(dict.fromkeys(kinds))
        return self._simple(schema)

    def _reference(self, key: str) -> str:
        schema = self.parts[key]
        if not _has_section(schema):
            return self.kind(schema)
        owner = self._owner(key)
        page = "" if owner == self.name else f"{owner}.md"
        return f"[{_heading(key, schema)}]({page}#{_target(owner, key)})"

    def _simple(self, schema: Schema) -> str:
        match schema.get("type"):
            case "array":
                return self._array(schema)
            case "object":
                return self._mapping(schema)
            case "string":
                return _string(schema)
            case "integer" | "number" as number:
                return ("whole number" if number == "integer" else "number") + _bounds(schema)
            case "boolean":
                return "`true` or `false`"
            case "null":
                return "`null`"
            case _:
                return "anything"

    def _array(self, schema: Schema) -> str:
        if "prefixItems" in schema:
            return "list: " + ", ".join(self.kind(one) for one in schema["prefixItems"])
        least = ", at least one" if schema.get("minItems") == 1 else ""
        return f"list of {self.kind(schema.get('items', {}))}{least}"

    def _mapping(self, schema: Schema) -> str:
        values = schema.get("additionalProperties") or next(
            iter(schema.get("patternProperties", {}).values()), None
        )
        return f"for each name: {self.kind(values)}" if isinstance(values, dict) else "mapping"


def _choices(schema: Schema) -> list[str]:
    """Return the names of the parts that a value, or each of a list, may be."""
    found = [one["$ref"].rpartition("/")[2] for one in schema.get("oneOf", ()) if "$ref" in one]
    if found:
        return found
    inner = [schema.get("items", {}), *schema.get("anyOf", ())]
    return next((names for one in inner if one and (names := _choices(one))), [])


def _has_section(schema: Schema) -> bool:
    return "properties" in schema or "oneOf" in schema or "anyOf" in schema


def _is_plain(schema: Schema) -> bool:
    """Whether the description only says what kind of value it is."""
    return schema.get("pattern") in _PATTERNS and _PATTERNS[schema["pattern"]] in (DURATION, EUI64)


def _heading(key: str, schema: Schema) -> str:
    """Return what a file calls the part, where a constant tells it from its like."""
    for word in ("do", "does", "type"):
        constant = schema.get("properties", {}).get(word, {}).get("const")
        if constant is not None:
            return f"`{word}: {constant}`"
    return key


def _target(page: str, key: str) -> str:
    return f"{page}-{key}".lower()


def _choice_title(name: str) -> str:
    return {"port-message": "What the bench says", "port-event": "Events of a turn"}.get(
        name, "What an engine answers"
    )


def _string(schema: Schema) -> str:
    if schema.get("format") in ("date", "date-time"):
        return {"date": "day", "date-time": "instant with its offset"}[schema["format"]]
    pattern = schema.get("pattern")
    if pattern is None:
        return "text"
    return _PATTERNS.get(pattern, f"text like `{pattern}`".replace("|", "\\|"))


def _bounds(schema: Schema) -> str:
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    above, below = "exclusiveMinimum" in schema, "exclusiveMaximum" in schema
    if least is not None and most is not None and not (above or below):
        return f", {least:,} to {most:,}"
    words = []
    if least is not None:
        words.append(f"{'above' if above else 'at least'} {least:,}")
    if most is not None:
        words.append(f"{'below' if below else 'at most'} {most:,}")
    return ", " + " and ".join(words) if words else ""


def _default(schema: Schema) -> str:
    if schema.get("default") in (None, "", [], {}):
        return "-"
    value = json.dumps(schema["default"], ensure_ascii=False)
    return "see there" if len(value) > 60 else f"`{value}`"


def _inline(text: str) -> str:
    return re.sub(r"\bNone: ", "left out: ", cell(text))


def _paragraphs(text: str) -> str:
    return textwrap.dedent(text.replace("\n", "\n ")).replace("\n ", "\n")


def _meanings(name: str, model: object, keys: set[str]) -> dict[str, str]:
    """Return what stands below the fields of a class, by the keys of the file."""
    classes = [model] if isinstance(model, type) else _classes_named(name, keys)
    found: dict[str, str] = {}
    for one in classes:
        for base in reversed(one.__mro__):
            if issubclass(base, BaseModel) and base is not BaseModel:
                found.update(_docstrings_of_fields(base))
    return found


def _classes_named(name: str, keys: set[str]) -> list[type[BaseModel]]:
    found, waiting = [], [BaseModel]
    while waiting:
        for one in waiting.pop().__subclasses__():
            waiting.append(one)
            named = {field.alias or key for key, field in one.model_fields.items()}
            if one.__name__ == name and keys == named and one.__module__.startswith("hanbench."):
                found.append(one)
    return found


def _docstrings_of_fields(model: type[BaseModel]) -> dict[str, str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(tree, ast.ClassDef)
    found = {}
    for field, after in zip(tree.body, tree.body[1:], strict=False):
        match field, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ) if name in model.model_fields:
                found[model.model_fields[name].alias or name] = text
    return found
