"""XML migration files: read without touching anything else, written in one way only.

Source: XML 1.0 and Canonical XML 2.0 (W3C). What is written is canonical: UTF-8, no declaration, no
white space between elements, attributes in order. What is read may have both, and is canonical
again once it is written; the canonical octets are what a signature is over. A file holds elements
and their attributes alone: a document type, a comment, a processing instruction or text is refused,
so nothing can be read that is not signed. The parser opens no file and no connection, loads no DTD
and expands no entity.
"""

import re
from collections.abc import Iterator

from lxml import etree

from hanbench.protocol.errors import EncodeError, FileError, FileProblem
from hanbench.protocol.migration import xml_shape
from hanbench.protocol.migration.file_text import text_of
from hanbench.protocol.migration.xml_shape import (
    CONTENT_VERSION,
    NAMESPACE,
    VERSION_ATTRIBUTE,
    Element,
    Node,
)

FILES_KEPT = 256
"""How many files a codec keeps: who passes one on reads the same octets, and whoever verifies one
writes again what its sender wrote. Messages are frozen, so they are shared."""
_IN_NAMESPACE = f"{{{NAMESPACE}}}"
_DOCTYPE = re.compile("<!DOCTYPE")
_ENCODING = re.compile(r"""<\?xml[^>]*?encoding\s*=\s*["']([^"']*)""")
_WHITE = " \t\r\n"
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", '"': "&quot;"})
_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    huge_tree=False,
)
"""Keeps nothing of a file that it has read."""


def read(shape: Element, data: bytes, *, file: str) -> Node:
    """Read a file of this shape, whole or not at all.

    Raises:
        FileError: every rule that it breaks; of those that keep it from being read, the first.
    """
    root = _parsed(text_of(data, file=file), data, file)
    problems = list(_foreign(root, file))
    if problems:
        raise FileError(*problems)
    node = _node(root)
    version = node.values.get(VERSION_ATTRIBUTE, CONTENT_VERSION)
    if version != CONTENT_VERSION:
        says = f"{VERSION_ATTRIBUTE} {version[:40]!r}; expected {CONTENT_VERSION}"
        raise FileError(FileProblem(file, node.line, "version", says))
    found = sorted(xml_shape.problems(shape, node), key=lambda problem: problem.line)
    if found:
        raise FileError(*(FileProblem(file, it.line, it.rule, it.reason) for it in found))
    return node


def write(shape: Element, node: Node) -> bytes:
    """Write the canonical octets of a file.

    Raises:
        EncodeError: the node is not of this shape.
    """
    for problem in xml_shape.problems(shape, node):
        raise EncodeError(f"{shape.name}: {problem.reason}")
    return _canonical(node, f' xmlns="{NAMESPACE}"').encode()


def repeats(nodes: tuple[Node, ...], attribute: str, *, file: str) -> Iterator[FileProblem]:
    """Find the elements that repeat another's value of an attribute."""
    first: dict[str, int] = {}
    for node in nodes:
        text = node.values[attribute]
        if text in first:
            says = f"{node.name} {attribute} {text} stands in line {first[text]} already"
            yield FileProblem(file, node.line, "duplicate", says)
        first.setdefault(text, node.line)


def _parsed(text: str, data: bytes, file: str) -> "etree._Element":
    # Refused before anything parses it: libxml2 reads the declarations of a DTD even when told
    # to use none of them. The sign can stand nowhere else in a file of elements and attributes.
    if found := _DOCTYPE.search(text):
        says = "a document type; none is used here, and none is read"
        raise _error(file, text.count("\n", 0, found.start()) + 1, "doctype", says)
    declared = _ENCODING.match(text)
    if declared is not None and declared.group(1).lower() not in ("utf-8", "utf8"):
        raise _error(file, 1, "encoding", f"{declared.group(1)[:40]!r} is declared; expected UTF-8")
    try:
        return etree.fromstring(data, _PARSER)
    except etree.XMLSyntaxError as error:
        says = (error.msg or "the file is empty").split("\n", 1)[0]
        raise _error(file, error.lineno or 1, "xml", says) from error


def _foreign(root: "etree._Element", file: str) -> Iterator[FileProblem]:
    """Find what is not an element of our namespace with attributes of none."""
    around = [*root.itersiblings(preceding=True), *root.itersiblings()]
    for item in (*around, *root.iter()):
        line, tag = item.sourceline or 1, item.tag
        if not isinstance(tag, str):
            yield FileProblem(file, line, "content", "a comment or an instruction; none is read")
            continue
        if not tag.startswith(_IN_NAMESPACE):
            name = etree.QName(item)
            where = f"the namespace {name.namespace!r}" if name.namespace else "no namespace"
            says = f"{name.localname[:40]} is in {where}; expected {NAMESPACE}"
            yield FileProblem(file, line, "namespace", says)
        yield from _strangers(item, line, file)


def _strangers(item: "etree._Element", line: int, file: str) -> Iterator[FileProblem]:
    text = [item.text, *(child.tail for child in item)]
    if any(part and part.strip(_WHITE) for part in text):
        yield FileProblem(file, line, "content", f"text within {etree.QName(item).localname}")
    for name in item.attrib:
        if str(name).startswith("{"):
            says = f"the attribute {str(name)[:80]} is in a namespace; expected none"
            yield FileProblem(file, line, "namespace", says)


def _node(item: "etree._Element") -> Node:
    """Return an element of our namespace, and all that is in it."""
    return Node(
        name=str(item.tag)[len(_IN_NAMESPACE) :],
        values={str(name): str(value) for name, value in item.items()},
        children=tuple([_node(child) for child in item]),
        line=item.sourceline or 1,
    )


def _canonical(node: Node, declared: str = "") -> str:
    """Write an element as Canonical XML does: attributes in order, and no empty-element tags.

    By hand, since libxml2's writer takes thirty times as long for files of this size. It suffices
    for what is of its shape: names of letters, and no control characters in values.
    """
    values = "".join(
        [f' {name}="{value.translate(_ESCAPED)}"' for name, value in sorted(node.values.items())]
    )
    within = "".join([_canonical(child) for child in node.children])
    return f"<{node.name}{declared}{values}>{within}</{node.name}>"


def _error(file: str, line: int, rule: str, reason: str) -> FileError:
    return FileError(FileProblem(file, line, rule, reason))
