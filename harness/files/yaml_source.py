"""A YAML 1.2 file as plain data, with the line and column of every key.

Source: YAML 1.2.2; read with ruamel.yaml's pure safe composer, since YAML 1.1 reads an EUI-64 such
as `10:11:22:33:44:55:16:17` as an integer. The node graph is turned into data here and not by the
library, so that every repeated key of a file is reported, each with its place, and not the first
alone. Dates stay text: the file's model says what is a date.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from hanbench.harness.errors import ScenarioError

Json = Any
"""What a file holds: mappings, lists, text, numbers, booleans and nothing else."""
KeyPath = tuple[str | int, ...]

FILE_OCTETS_MAX = 16_000_000
NODES_MAX = 200_000
"""Aliases are followed, so a small file can spell a huge one."""

_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset(f"{_TAG}{name}" for name in ("str", "timestamp", "merge", "value"))


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file, counted from 1 as editors do."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file: the key that it concerns, and what was expected."""

    key: KeyPath
    says: str
    at: Position | None = None
    """Where, if it is not where the key stands."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was read: its data, where each key stands, and what is wrong so far."""

    name: str
    data: Json
    places: Mapping[KeyPath, Position] = field(repr=False)
    problems: tuple[Problem, ...] = ()

    def position(self, key: KeyPath) -> Position:
        """Return where a key stands; for one that is missing, the mapping that lacks it."""
        for length in range(len(key), -1, -1):
            if (place := self.places.get(key[:length])) is not None:
                return place
        return Position(1, 1)

    def error(self, problems: tuple[Problem, ...]) -> ScenarioError:
        """Make the error that lists all problems, in the order of the file."""
        placed = sorted(
            ((problem.at or self.position(problem.key), problem) for problem in problems),
            key=lambda pair: (pair[0].line, pair[0].column),
        )
        lines = [_line(self.name, place, problem) for place, problem in placed]
        return ScenarioError("\n".join(dict.fromkeys(lines)))


def read_yaml(path: Path, *, name: str | None = None) -> Source:
    """Read a file; `name` is how messages call it.

    Raises:
        ScenarioError: it cannot be read, or is not UTF-8, not YAML, or empty.
    """
    shown = name or str(path)
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise ScenarioError(f"{shown}: cannot be read: {error.strerror}") from error
    if len(octets) > FILE_OCTETS_MAX:
        raise ScenarioError(f"{shown}: larger than {FILE_OCTETS_MAX} octets")
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        column = error.start - (octets.rfind(b"\n", 0, error.start) + 1) + 1
        raise ScenarioError(f"{shown}:{line}:{column}: not UTF-8 text") from error
    return parse_yaml(text, name=shown)


def parse_yaml(text: str, *, name: str) -> Source:
    """Turn YAML text into data with the place of every key.

    Raises:
        ScenarioError: it is not YAML, is empty, or is nested or repeated beyond reason.
    """
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        raise ScenarioError(_syntax_error(name, error)) from error
    except YAMLError as error:
        raise ScenarioError(f"{name}: not YAML: {str(error).splitlines()[0]}") from error
    except RecursionError as error:
        raise ScenarioError(f"{name}: nested too deeply") from error
    if node is None:
        raise ScenarioError(f"{name}:1:1: the file is empty; expected a mapping of keys")
    reading = _Reading(name)
    try:
        data = reading.value(node, ())
    except RecursionError as error:
        raise ScenarioError(f"{name}: nested too deeply, or an alias holds itself") from error
    return Source(name, data, reading.places, tuple(reading.problems))


def format_key(key: KeyPath) -> str:
    """Print a key as people say it: `faults[2].at`."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


class _Reading:
    """One pass over the node graph."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.places: dict[KeyPath, Position] = {}
        self.problems: list[Problem] = []
        self._nodes = 0

    def value(self, node: Node, key: KeyPath) -> Json:
        self._nodes += 1
        if self._nodes > NODES_MAX:
            raise ScenarioError(f"{self.name}: more than {NODES_MAX} values, aliases followed")
        self.places.setdefault(key, _position(node))
        if isinstance(node, MappingNode):
            return dict(self._entries(node, key))
        if isinstance(node, SequenceNode):
            return [self.value(item, (*key, index)) for index, item in enumerate(node.value)]
        assert isinstance(node, ScalarNode)
        return self._scalar(node, key)

    def _entries(self, node: MappingNode, key: KeyPath) -> Iterator[tuple[str, Json]]:
        first: dict[str, Position] = {}
        for name_node, value_node in node.value:
            place = _position(name_node)
            if not isinstance(name_node, ScalarNode):
                self.problems.append(Problem(key, "a key must be text", place))
                continue
            name = str(name_node.value)
            if name in first:
                says = f"repeated key; it stands in line {first[name].line} already"
                self.problems.append(Problem((*key, name), says, place))
                continue
            first[name] = place
            self.places[*key, name] = place
            yield name, self.value(value_node, (*key, name))

    def _scalar(self, node: ScalarNode, key: KeyPath) -> Json:
        text, tag = str(node.value), str(node.tag)
        try:
            return _plain(text, tag)
        except ValueError:
            says = f"the tag {tag} is not used here; expected plain text, numbers, true or false"
            self.problems.append(Problem(key, says, _position(node)))
            return text


def _plain(text: str, tag: str) -> Json:
    if tag in _PLAIN_TAGS:
        return text
    match tag.removeprefix(_TAG):
        case "int":
            digits = text.replace("_", "")
            # `012` is twelve in YAML 1.2, and a mistake to Python.
            return int(digits, 0 if digits.lstrip("+-")[:2] in ("0x", "0o", "0b") else 10)
        case "float":
            return float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
        case "bool":
            return text.lower() == "true"
        case "null":
            return None
        case _:
            raise ValueError(tag)


def _position(node: Node) -> Position:
    return Position(node.start_mark.line + 1, node.start_mark.column + 1)


def _line(name: str, place: Position, problem: Problem) -> str:
    key = format_key(problem.key)
    where = f"{name}:{place.line}:{place.column}: "
    return f"{where}{key}: {problem.says}" if key else f"{where}{problem.says}"


def _syntax_error(name: str, error: MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark is not None else name
    says = str(error.problem or "cannot be parsed")
    hint = ""
    if "mapping values are not allowed" in says:
        hint = '; text that holds ": " must stand in quotes, such as "violated: P7"'
    return f"{where}: not YAML: {says}{hint}"
