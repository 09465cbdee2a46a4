"""Writes the XSD of a declared shape: what `fixtures/schemas/migration/` holds.

Source: W3C XML Schema 1.0. Made from the declaration that also reads and writes the files, so that
the published schema and the code cannot part; a test holds them against each other with libxml2.
"""

from xml.sax.saxutils import escape, quoteattr

from hanbench.protocol.migration.value_kinds import ValueKind
from hanbench.protocol.migration.xml_shape import (
    CONTENT_VERSION,
    NAMESPACE,
    Attribute,
    Child,
    Element,
)

_XS = "http://www.w3.org/2001/XMLSchema"
_NOTICE = (
    "SYNTHETIC: made up for the test bench hanbench. The layouts of the real migration files are "
    "not public; this is no claim about them."
)


def schema_of(root: Element) -> bytes:
    """Return the XSD of files with this root element."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<xs:schema xmlns:xs="{_XS}" xmlns="{NAMESPACE}" targetNamespace="{NAMESPACE}"',
        f'           elementFormDefault="qualified" version="{CONTENT_VERSION}">',
        "  <xs:annotation>",
        f"    <xs:documentation>{escape(_NOTICE)}</xs:documentation>",
        "  </xs:annotation>",
        *_element(root, "  ", ""),
        "</xs:schema>",
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def _element(element: Element, indent: str, occurs: str) -> list[str]:
    return [
        f"{indent}<xs:element name={quoteattr(element.name)}{occurs}>",
        *_documentation(element.meaning, f"{indent}  "),
        f"{indent}  <xs:complexType>",
        *_sequence(element.children, f"{indent}    "),
        *(line for one in element.attributes for line in _attribute(one, f"{indent}    ")),
        f"{indent}  </xs:complexType>",
        f"{indent}</xs:element>",
    ]


def _sequence(children: tuple[Child, ...], indent: str) -> list[str]:
    if not children:
        return []
    inner: list[str] = []
    for child in children:
        occurs = f' minOccurs="{child.at_least}" maxOccurs="unbounded"'
        inner += _element(child.element, f"{indent}  ", occurs)
    return [f"{indent}<xs:sequence>", *inner, f"{indent}</xs:sequence>"]


def _attribute(attribute: Attribute, indent: str) -> list[str]:
    use = "optional" if attribute.is_optional else "required"
    return [
        f"{indent}<xs:attribute name={quoteattr(attribute.name)} use={quoteattr(use)}>",
        *_documentation(attribute.meaning, f"{indent}  "),
        *_type(attribute.kind, f"{indent}  "),
        f"{indent}</xs:attribute>",
    ]


def _type(kind: ValueKind, indent: str) -> list[str]:
    return [
        f"{indent}<xs:simpleType>",
        f'{indent}  <xs:restriction base="xs:string">',
        f"{indent}    <xs:pattern value={quoteattr(kind.pattern)}/>",
        f"{indent}  </xs:restriction>",
        f"{indent}</xs:simpleType>",
    ]


def _documentation(text: str, indent: str) -> list[str]:
    return [
        f"{indent}<xs:annotation>",
        f"{indent}  <xs:documentation>{escape(text)}</xs:documentation>",
        f"{indent}</xs:annotation>",
    ]
