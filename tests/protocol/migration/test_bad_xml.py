"""XML files that are refused: the message names the file, the line and the rule."""

import pytest
from tests.protocol.migration import messages

from hanbench.protocol.errors import FileError
from hanbench.protocol.migration import commissioning, common_file, file_sets
from hanbench.protocol.migration.file_text import FILE_OCTETS_MAX

GOOD = common_file.encode(messages.COMMON)
LINES = GOOD.replace(b"><", b">\n<")
"""The same, an element or end of one a line."""

XML = "http://www.w3.org/XML/1998/namespace"


def refusal(data: bytes) -> list[str]:
    with pytest.raises(FileError) as caught:
        common_file.decode(data, file="mcf.xml")
    return [line.removeprefix("mcf.xml:") for line in str(caught.value).splitlines()]


def changed(old: str, new: str, count: int = -1) -> bytes:
    assert old.encode() in LINES
    return LINES.replace(old.encode(), new.encode(), count)


def test_a_declaration_and_white_space_are_read_and_leave_no_trace() -> None:
    pretty = b'<?xml version="1.0" encoding="UTF-8"?>\n' + LINES.replace(b"\n", b"\r\n  ")

    assert common_file.encode(common_file.decode(pretty)) == GOOD


def test_another_namespace_is_refused() -> None:
    says = "MigrationCommonFile is in the namespace 'urn:example:other'; expected"
    other = GOOD.replace(b"urn:hanbench:synthetic:migration:1", b"urn:example:other")

    assert refusal(other)[0] == f"1: namespace: {says} urn:hanbench:synthetic:migration:1"
    bare = GOOD.replace(b' xmlns="urn:hanbench:synthetic:migration:1"', b"")
    assert refusal(bare)[0].startswith("1: namespace: MigrationCommonFile is in no namespace")


def test_an_attribute_in_a_namespace_is_refused() -> None:
    assert refusal(changed("<Installation ", '<Installation xml:lang="en" ')) == [
        f"2: namespace: the attribute {{{XML}}}lang is in a namespace; expected none"
    ]


def test_an_entity_bomb_is_refused_before_it_is_parsed() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">\n' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY e0 "ha">\n{entities}]>\n<x>&e11;</x>'

    assert refusal(bomb.encode()) == [
        "2: doctype: a document type; none is used here, and none is read"
    ]


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE x SYSTEM "file:///nowhere/secret">',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:9/x">]>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>',
    ],
)
def test_an_external_entity_is_refused_and_nothing_is_opened(doctype, monkeypatch) -> None:
    def opened(*_args: object) -> None:
        raise AssertionError("a connection was made")

    monkeypatch.setattr("socket.socket.connect", opened)

    assert refusal(doctype.encode() + GOOD) == [
        "1: doctype: a document type; none is used here, and none is read"
    ]


def test_an_entity_that_nobody_declared_is_refused() -> None:
    assert refusal(changed("home-1", "&home;"))[0].startswith("2: xml: Entity 'home' not defined")


def test_another_encoding_is_refused() -> None:
    declared = b'<?xml version="1.0" encoding="ISO-8859-1"?>'

    assert refusal(declared + GOOD) == ["1: encoding: 'ISO-8859-1' is declared; expected UTF-8"]
    assert refusal(LINES.replace(b"home-1", b"h\xf6me")) == [
        "2: encoding: octet f6 is not UTF-8 text"
    ]
    mark = "1: byte-order-mark: the file begins with a byte-order mark; plain UTF-8 has none"
    assert refusal(b"\xef\xbb\xbf" + GOOD) == [mark]
    assert refusal(GOOD.decode().encode("utf-16")) == [mark]


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    assert refusal(b"<" * (FILE_OCTETS_MAX + 1))[0].startswith("1: size: 16000001 octets")


def test_a_file_that_was_cut_is_refused_with_the_line() -> None:
    assert refusal(LINES[:-10])[0].startswith("12: xml: ")
    assert refusal(b"")[0].startswith("1: xml: ")
    assert refusal(b"\n\n<x")[0].startswith("3: xml: ")


def test_very_deep_nesting_is_refused() -> None:
    assert refusal(b"<a>" * 5000)[0].startswith("1: xml: ")


@pytest.mark.parametrize("extra", ["<!-- unsigned -->", "<?run me?>"])
def test_what_would_not_be_signed_is_refused(extra) -> None:
    says = "content: a comment or an instruction; none is read"

    assert refusal(changed("\n<Installation", f"\n{extra}<Installation")) == [f"2: {says}"]
    assert refusal(GOOD + b"\n" + extra.encode()) == [f"2: {says}"]
    assert refusal(extra.encode() + GOOD) == [f"1: {says}"]


def test_text_within_elements_is_refused() -> None:
    assert refusal(changed("\n<Installation", "\nhome<Installation")) == [
        "1: content: text within MigrationCommonFile"
    ]
    assert refusal(changed("</Installation>", "</Installation>tail")) == [
        "1: content: text within MigrationCommonFile"
    ]


def test_another_version_of_the_content_is_refused() -> None:
    assert refusal(changed('contentVersion="1"', 'contentVersion="2"')) == [
        "1: version: contentVersion '2'; expected 1"
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            ' profile="mixed"',
            ' profile="Mixed"',
            "2: value: Installation profile: 'Mixed' is not one",
        ),
        ("00-DB-12-34-56-78-90-A0", "00-DB", "5: eui64: Device eui64: '00-DB' is not an EUI-64"),
        (' type="CHF"', "", "3: schema: Device lacks the attribute type"),
        (' type="CHF"', ' type="REPEATER"', "3: value: Device type: 'REPEATER' is not one of ESME"),
        (' type="CHF"', ' type="CHF" hue="1"', "3: schema: Device has no attribute hue"),
        ("<Device", "<Toaster/><Device", "3: schema: Installation holds no element Toaster"),
        (
            "<Device",
            '<NetworkCertificate role="GT" serial="1"/><Device',
            "3: schema: Device stands after NetworkCertificate; expected before",
        ),
    ],
)
def test_what_the_schema_does_not_have_is_refused(old, new, says) -> None:
    assert refusal(changed(old, new, 1))[0].startswith(says)


def test_a_missing_element_is_named() -> None:
    bare = LINES[: LINES.index(b"<Installation")] + b"</MigrationCommonFile>"

    assert refusal(bare) == ["1: schema: MigrationCommonFile lacks the element Installation"]


def test_a_file_of_another_format_is_refused() -> None:
    assert refusal(file_sets.encode_dco(messages.DCO_SET)) == [
        "1: schema: the element DCORequiredFileSet; expected MigrationCommonFile"
    ]


def test_a_repeated_device_is_read_for_the_checks_to_find() -> None:
    esme = b"".join(LINES.splitlines(keepends=True)[4:6])

    read = common_file.decode(LINES.replace(esme, esme * 2))

    places = [(it.name, it.line) for it in read.installations[0].devices]
    assert places == [("hub", 3), ("esme", 5), ("esme", 7), ("gsme", 9)]


@pytest.mark.parametrize(
    ("encoded", "decode", "inner"),
    [
        (file_sets.encode_s1sp(messages.S1SP_SET), file_sets.decode_s1sp, b"esme"),
        (file_sets.encode_dco(messages.DCO_SET), file_sets.decode_dco, b""),
        (
            commissioning.encode_commissioning(messages.COMMISSIONING),
            commissioning.decode_commissioning,
            b"esme",
        ),
    ],
)
def test_an_installation_or_device_stands_once_in_the_other_files(encoded, decode, inner) -> None:
    start, end = encoded.index(b"<Installation"), encoded.index(b"</Installation>") + 15
    once = encoded[start:end]
    with pytest.raises(FileError) as caught:
        decode(encoded.replace(once, once + b"\n" + once), file="set.xml")

    says = "duplicate: Installation name home-1 stands in line 1 already"
    assert f"set.xml:2: {says}" in str(caught.value)
    if inner:
        with pytest.raises(FileError, match="Device name hub stands in line 1 already"):
            decode(encoded.replace(b'name="esme"', b'name="hub"'), file="set.xml")


def test_an_error_code_stands_with_a_refusal_and_alone() -> None:
    data = commissioning.encode_outcomes(messages.OUTCOMES)
    for wrong in (
        data.replace(b' errorCode="CP-DUPLICATE-DEVICE"', b""),
        data.replace(b'outcome="commissioned"', b'outcome="commissioned" errorCode="X"'),
    ):
        with pytest.raises(FileError, match=r"co\.xml:1: error-code: home-"):
            commissioning.decode_outcomes(wrong, file="co.xml")
