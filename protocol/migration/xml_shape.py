"""The shape of an XML migration file: declared once, for the reader, the writer and the XSD.

Source: modelled [M]; of the real schemas only the names are public. Elements carry attributes and
child elements, never text. Children come in the order of the declaration.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hanbench.protocol.migration.value_kinds import ValueKind, one_of

NAMESPACE = "urn:hanbench:synthetic:migration:1"
CONTENT_VERSION = "1"
VERSION_ATTRIBUTE = "contentVersion"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: its name, what it may hold, and what it means."""

    name: str
    kind: ValueKind
    meaning: str
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its attributes, and which elements stand in it how often."""

    name: str
    meaning: str
    attributes: tuple[Attribute, ...]
    children: tuple["Child", ...] = ()
    by_name: Mapping[str, Attribute] = field(init=False, repr=False, compare=False)
    """The attributes; made once, since each node of each file is held against them."""

    def __post_init__(self) -> None:
        """Put the attributes down by their names."""
        object.__setattr__(self, "by_name", {one.name: one for one in self.attributes})


@dataclass(frozen=True, slots=True)
class Child:
    """An element within another."""

    element: Element
    at_least: int = 1
    """And at most any number."""


@dataclass(frozen=True, slots=True)
class Node:
    """One element of a file, its attributes as text; optional ones that are absent are left out."""

    name: str
    values: Mapping[str, str]
    children: tuple["Node", ...] = ()
    line: int = field(default=0, compare=False)
    """Where it stands, counted from 1; 0 for what was never in a file."""

    def named(self, name: str) -> tuple["Node", ...]:
        """Return the children of this name."""
        return tuple(child for child in self.children if child.name == name)


@dataclass(frozen=True, slots=True)
class ShapeProblem:
    """Where a node is not as declared."""

    line: int
    rule: str
    reason: str


VERSION = Attribute(VERSION_ATTRIBUTE, one_of(CONTENT_VERSION), "the version of the content")


def problems(element: Element, node: Node) -> Iterator[ShapeProblem]:
    """Find everything in which a node and those within it are not as declared."""
    if node.name != element.name:
        says = f"the element {node.name}; expected {element.name}"
        yield ShapeProblem(node.line, "schema", says)
        return
    yield from _attribute_problems(element, node)
    yield from _child_problems(element, node)


def _attribute_problems(element: Element, node: Node) -> Iterator[ShapeProblem]:
    declared = element.by_name
    for name in node.values:
        if name not in declared:
            says = f"{element.name} has no attribute {name[:40]}"
            yield ShapeProblem(node.line, "schema", says)
    for name, attribute in declared.items():
        text = node.values.get(name)
        if text is None and not attribute.is_optional:
            yield ShapeProblem(node.line, "schema", f"{element.name} lacks the attribute {name}")
        elif text is not None and (says := attribute.kind.problem(text)):
            yield ShapeProblem(node.line, attribute.kind.rule, f"{element.name} {name}: {says}")


def _child_problems(element: Element, node: Node) -> Iterator[ShapeProblem]:
    order = [child.element.name for child in element.children]
    counts = dict.fromkeys(order, 0)
    highest = 0
    for child in node.children:
        if child.name not in order:
            says = f"{element.name} holds no element {child.name[:40]}"
            yield ShapeProblem(child.line, "schema", says)
            continue
        counts[child.name] += 1
        place = order.index(child.name)
        if place < highest:
            says = f"{child.name} stands after {order[highest]}; expected before"
            yield ShapeProblem(child.line, "schema", says)
        highest = max(highest, place)
        yield from problems(element.children[place].element, child)
    for declared in element.children:
        if counts[declared.element.name] < declared.at_least:
            says = f"{element.name} lacks the element {declared.element.name}"
            yield ShapeProblem(node.line, "schema", says)
