"""Turns a file's data into its model, or into every problem of it in words.

pydantic finds the problems; here each gets the key that it concerns and what was expected there,
in the words of the file and not of Python.
"""

import difflib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hanbench.harness.files.yaml_source import KeyPath, Problem, Source

Model = TypeVar("Model", bound=BaseModel)
Check = Callable[[object], Iterable[Problem]]

_EXPECTED = {
    "string_type": "text (in quotes, if it looks like a number)",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "dict_type": "a mapping of keys",
    "model_type": "a mapping of keys",
    "model_attributes_type": "a mapping of keys",
    "tuple_type": "a list",
    "list_type": "a list",
    "timezone_aware": "an instant with its offset, such as 2021-03-01T09:00:00Z",
    "datetime_type": "an instant such as 2021-03-01T09:00:00Z",
    "datetime_parsing": "an instant such as 2021-03-01T09:00:00Z",
    "datetime_from_date_parsing": "an instant such as 2021-03-01T09:00:00Z",
}


def read_model(
    model: type[Model], source: Source, *checks: Check, shows_values: bool = True
) -> Model:
    """Read a file's data as `model`; `checks` look at what spans several keys.

    No message repeats a value of the file when `shows_values` is off: it holds secrets.

    Raises:
        ScenarioError: all that is wrong with the file, with line, column and key of each.
    """
    problems = list(source.problems)
    for check in checks:
        problems += check(source.data)
    try:
        read = model.model_validate_json(json.dumps(source.data))
    except ValidationError as error:
        shown = source.data if shows_values else None
        problems = [*_problems(model, source.data, shown, error), *problems]
        # Without its cause: pydantic's own words must not follow ours.
        raise source.error(tuple(problems)) from None
    if problems:
        raise source.error(tuple(problems))
    return read


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Say which of `known` was probably meant, or list them."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"expected one of {', '.join(known)}" if known else "none is expected here"


def _problems(
    model: type[BaseModel], data: object, shown: object, error: ValidationError
) -> Iterator[Problem]:
    for detail in error.errors(include_url=False):
        key = _key_in_file(detail["loc"], data)
        yield Problem(key, _says(model, detail, _value_at(shown, key)))


def _key_in_file(loc: tuple[int | str, ...], data: object) -> KeyPath:
    """Leave out the union tags that pydantic puts between the keys."""
    key: list[int | str] = []
    for place, part in enumerate(loc):
        is_last = place == len(loc) - 1
        if _holds(data, part):
            data = _value_at(data, (part,))
        elif not is_last or _is_tag(data, part):
            continue
        key.append(part)
    return tuple(key)


def _holds(data: object, part: int | str) -> bool:
    return part in data if isinstance(data, dict) else isinstance(data, list)


def _is_tag(data: object, part: int | str) -> bool:
    return isinstance(data, dict) and part in (data.get("does"), data.get("do"))


def _says(model: type[BaseModel], detail: ErrorDetails, value: object) -> str:
    kind, loc = detail["type"], detail["loc"]
    name = str(loc[-1]) if loc else ""
    match kind:
        case "extra_forbidden":
            return f"unknown key {name!r}; {did_you_mean(name, _known_keys(model, loc))}"
        case "missing":
            wanted = _description(model, loc)
            return f"missing key {name!r}" + (f"; expected {wanted}" if wanted else "")
        case "value_error":
            return str(detail["ctx"]["error"])
        case _ if kind in _EXPECTED:
            return f"expected {_EXPECTED[kind]}, got {_shown(value)}"
        case _:
            return _says_with_context(detail, value)


def _says_with_context(detail: ErrorDetails, value: object) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "union_tag_not_found":
            return f"missing key {context['discriminator']}"
        case "union_tag_invalid":
            word = str(context["tag"])
            known = [tag.strip("'") for tag in str(context["expected_tags"]).split(", ")]
            return f"unknown {word!r} for {context['discriminator']}; {did_you_mean(word, known)}"
        case "literal_error":
            return f"expected {context['expected']}, got {_shown(value)}"
        case "too_short":
            return f"expected at least {context['min_length']} of them, got {_shown(value)}"
        case "string_pattern_mismatch":
            return f"expected text of the form {context['pattern']}, got {_shown(value)}"
        case _:
            return f"{detail['msg'].replace('Input should', 'should')}; got {_shown(value)}"


def _shown(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case bool():
            return "true" if value else "false"
        case _:
            return repr(value)[:80]


def _value_at(data: object, key: KeyPath) -> object:
    for part in key:
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int):
            # A tuple that is too short is complained of at the place that is missing.
            data = data[part] if part < len(data) else None
    return data


def _known_keys(model: type[BaseModel], loc: tuple[int | str, ...]) -> tuple[str, ...]:
    holder = _holder(model, loc)
    if holder is None:
        return ()
    return tuple(field.alias or name for name, field in holder.model_fields.items())


def _description(model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    holder = _holder(model, loc)
    fields = holder.model_fields.items() if holder is not None else ()
    named = (field for name, field in fields if (field.alias or name) == loc[-1])
    field = next(named, None)
    if field is None or field.description is not None:
        return field.description or "" if field is not None else ""
    # Of other types the arguments are types, which say nothing to whoever wrote the file.
    words = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    return " or ".join(str(word) for word in words)


def _holder(model: type[BaseModel], loc: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The model of the mapping that holds the last key of `loc`."""
    kind: Any = model
    for part in loc[:-1]:
        kind = _inside(kind, part)
    kind = _plain(kind)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _inside(kind: Any, part: int | str) -> Any:
    kind = _plain(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        named = (
            field for name, field in kind.model_fields.items() if (field.alias or name) == part
        )
        field = next(named, None)
        return field.annotation if field is not None else None
    if get_origin(kind) in (Union, UnionType):
        return next((one for one in get_args(kind) if part in _tags(one)), None)
    return get_args(kind)[-1] if get_origin(kind) is dict else next(iter(get_args(kind)), None)


def _plain(kind: Any) -> Any:
    """Strip `Annotated` and `| None`."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        rest = [one for one in get_args(kind) if one is not type(None)]
        return _plain(rest[0]) if len(rest) == 1 else kind
    return kind


def _tags(kind: Any) -> tuple[str, ...]:
    """The words by which a member of a union is told from the others."""
    fields = kind.model_fields.values() if hasattr(kind, "model_fields") else ()
    literals = [field.annotation for field in fields if get_origin(field.annotation) is Literal]
    return tuple(str(word) for literal in literals for word in get_args(literal))
