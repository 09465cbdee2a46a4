"""`hanbench check-file`: by whom an XML file is signed, and each way in which that can be wrong."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.tracked_files import ROOT

from hanbench.harness.cli import cli
from hanbench.harness.fence import fence
from hanbench.harness.files.file_signature import SIGNED_BY, SUFFIX
from hanbench.harness.parties.migration_signers import test_signers as shipped_signers
from hanbench.protocol.migration import signature
from hanbench.protocol.migration.file_text import FILE_OCTETS_MAX
from hanbench.protocol.migration.formats import XML_FORMATS
from hanbench.protocol.migration.xml_shape import NAMESPACE

EXAMPLES = ROOT / "fixtures" / "migration"
COMMON = (EXAMPLES / "MigrationCommonFile.xml").read_bytes()
SIGNATURE = (EXAMPLES / f"MigrationCommonFile.xml{SUFFIX}").read_bytes()
SIGNERS = ROOT / "fixtures" / "keys" / "migration-signers.json"


def written(folder: Path, data: bytes = COMMON, sig: bytes | None = SIGNATURE) -> Path:
    file = folder / "MCF.xml"
    file.write_bytes(data)
    if sig is not None:
        (folder / f"MCF.xml{SUFFIX}").write_bytes(sig)
    return file


def checked(*arguments: object) -> tuple[int, str]:
    """Run the command behind the fence: it may open neither a socket nor a process."""
    with fence():
        done = CliRunner().invoke(cli, ["check-file", *map(str, arguments)])
    return done.exit_code, done.output


def by(role: str, data: bytes = COMMON) -> bytes:
    form = next(one for one in XML_FORMATS if one.shape.name.encode() in data[:60])
    return signature.encode(signature.sign(form.again(data), shipped_signers()[role]))


@pytest.mark.parametrize("name", SIGNED_BY)
def test_each_example_is_signed_by_the_party_that_signs_such_files(name: str) -> None:
    file = EXAMPLES / f"{name}.xml"

    code, output = checked("--signed", file, f"{file}{SUFFIX}")

    assert code == 0, output
    assert output == (
        f"{file}: {name}, signed by {SIGNED_BY[name]}, in order\n"
        f"{file}{SUFFIX}: signature by {SIGNED_BY[name]}, in order\n"
    )


@pytest.mark.parametrize("name", SIGNED_BY)
def test_the_signature_of_another_kind_of_file_is_refused(tmp_path: Path, name: str) -> None:
    data = (EXAMPLES / f"{name}.xml").read_bytes()
    other = next(one for one in SIGNED_BY if SIGNED_BY[one] != SIGNED_BY[name])

    code, output = checked(written(tmp_path, data, by(SIGNED_BY[other], data)))

    assert code == 2
    assert output == (
        f"MCF.xml:1: certificate: signed by {SIGNED_BY[other]}; "
        f"a {name} is signed by {SIGNED_BY[name]}\n"
    )


def test_white_space_and_a_declaration_do_not_matter_to_the_signature(tmp_path: Path) -> None:
    pretty = b'<?xml version="1.0" encoding="UTF-8"?>\n' + COMMON.replace(b"><", b">\n  <")

    code, output = checked(written(tmp_path, pretty))

    assert (code, "signed by REQUESTING_PARTY" in output) == (0, True)


def test_what_is_not_signed_is_said_and_refused_where_a_signature_is_asked_for(
    tmp_path: Path,
) -> None:
    file = written(tmp_path, sig=None)

    assert checked(file) == (0, f"{file}: MigrationCommonFile, not signed, in order\n")
    assert checked("--signed", file) == (
        2,
        (
            "MCF.xml:1: signature: not signed; its signature is looked for in MCF.xml.sig "
            "beside it, or in --signature\n"
        ),
    )


def test_a_signature_that_lies_elsewhere_is_named(tmp_path: Path) -> None:
    file = written(tmp_path, sig=None)
    away = tmp_path / "kept"
    away.write_bytes(SIGNATURE)

    assert checked("--signature", away, file)[1].endswith("signed by REQUESTING_PARTY, in order\n")
    assert checked("--signature", tmp_path / "none", file) == (
        2,
        f"{tmp_path / 'none'}: cannot be read: No such file or directory\n",
    )
    code, output = checked("--signature", away, file, file)
    assert (code, "is of one file" in output) == (2, True)


def test_a_csv_file_has_no_signature(tmp_path: Path) -> None:
    authorisation = next(EXAMPLES.glob("MA_*"))
    away = tmp_path / "kept"
    away.write_bytes(SIGNATURE)

    code, output = checked("--signature", away, authorisation)

    assert code == 2
    assert f"{authorisation.name}:1: signature: no file of this kind is signed" in output


@pytest.mark.parametrize(
    ("sig", "says"),
    [
        (b"", "MCF.xml.sig:1: signature: "),
        (SIGNATURE[:-1], "MCF.xml.sig:1: signature: "),
        (SIGNATURE + b"\0", "MCF.xml.sig:1: signature: "),
        (SIGNATURE * 1000, "MCF.xml.sig:1: signature: "),
        (b"HAN-MIG-SIG2" + SIGNATURE[12:], "MCF.xml.sig:1: signature: "),
        (SIGNATURE[:-1] + bytes([SIGNATURE[-1] ^ 1]), "MCF.xml:1: signature: does not verify"),
        (SIGNATURE[:21] + bytes(64), "MCF.xml:1: signature: does not verify"),
        (SIGNATURE[:21] + b"\xff" * 64, "MCF.xml:1: signature: does not verify"),
        (
            SIGNATURE[:13] + bytes(8) + SIGNATURE[21:],
            "MCF.xml:1: certificate: 00-00-00-00-00-00-00-00 is not a known signer",
        ),
        (by("SUPPLIER"), "MCF.xml:1: certificate: signed by SUPPLIER; a MigrationCommonFile is"),
    ],
)
def test_a_wrong_signature_is_refused_by_file_line_and_rule(
    tmp_path: Path, sig: bytes, says: str
) -> None:
    code, output = checked(written(tmp_path, sig=sig))

    assert code == 2
    assert output.startswith(says), output
    assert output.count("\n") == 1


SPOILT: list[tuple[Callable[[bytes], bytes], str]] = [
    (lambda data: data.replace(b"home-1", b"home-9"), "1: signature: does not verify"),
    (lambda data: data.replace(NAMESPACE.encode(), b"urn:another"), "1: namespace: "),
    (lambda data: b"<!DOCTYPE b [<!ENTITY a 'aa'>]>\n" + data, "1: doctype: "),
    (
        lambda data: b'<!DOCTYPE b SYSTEM "http://127.0.0.1:9/b.dtd">' + data,
        "1: doctype: ",
    ),
    (
        lambda data: b'\n<!DOCTYPE b [<!ENTITY a SYSTEM "http://127.0.0.1:9/">]>' + data,
        "2: doctype: ",
    ),
    (lambda data: data.decode().encode("utf-16"), "1: byte-order-mark: "),
    (lambda data: b'<?xml version="1.0" encoding="ISO-8859-1"?>' + data, "1: encoding: "),
    (lambda data: data.replace(b"home-1", b"h\xf6me"), "1: encoding: "),
    (lambda data: data.replace(b"</", b"<!-- unsigned --></", 1), "1: content: "),
    (lambda data: data[:-1], "1: xml: "),
    (lambda data: data + b" " * FILE_OCTETS_MAX, "1: size: "),
]


@pytest.mark.parametrize(("spoil", "says"), SPOILT)
def test_a_spoilt_file_is_refused_whatever_its_signature(
    tmp_path: Path, spoil: Callable[[bytes], bytes], says: str
) -> None:
    assert spoil(COMMON) != COMMON

    code, output = checked("--signed", written(tmp_path, spoil(COMMON)))

    assert code == 2
    assert output.startswith(f"MCF.xml:{says}"), output


def test_a_bad_file_does_not_keep_the_others_from_being_checked(tmp_path: Path) -> None:
    bad = written(tmp_path, COMMON.replace(b"home-1", b"home-9"))
    good = EXAMPLES / "DCORequiredFileSet.xml"

    code, output = checked(bad, good)

    assert code == 2
    assert "MCF.xml:1: signature: does not verify" in output
    assert f"{good}: DCORequiredFileSet, signed by REQUESTING_PARTY, in order" in output


def test_other_keys_than_those_of_the_bench_can_be_given(tmp_path: Path) -> None:
    held = json.loads(SIGNERS.read_text())
    public = [{key: one[key] for key in ("role", "eui64", "public")} for one in held["signers"]]
    public[0]["public"] = public[1]["public"]
    others = tmp_path / "signers.json"
    others.write_text(json.dumps({"migration_signers": 1, "signers": public}))
    file = written(tmp_path)

    assert checked("--signers", SIGNERS, file)[0] == 0
    code, output = checked("--signers", others, file)
    assert (code, output[:45]) == (2, "MCF.xml:1: signature: does not verify over th")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "no file of migration signers: JSONDecodeError"),
        ("[]", "no file of migration signers: TypeError"),
        ("{}", "no file of migration signers: KeyError 'migration_signers'"),
        ('{"migration_signers": 2}', "version 2, expected 1"),
        (
            '{"migration_signers": 1, "signers": [{"role": "S1SP", "eui64": "x", "public": ""}]}',
            "no file of migration signers: ",
        ),
        (
            (
                '{"migration_signers": 1, "signers": [{"role": "S1SP", '
                '"eui64": "90-B3-D5-1F-30-F0-00-01", "public": "02ff"}]}'
            ),
            "no file of migration signers: ValueError",
        ),
    ],
)
def test_a_file_that_is_none_of_signers_is_told(tmp_path: Path, text: str, says: str) -> None:
    others = tmp_path / "signers.json"
    others.write_text(text)

    code, output = checked("--signers", others, written(tmp_path))

    assert code == 2
    assert output.startswith(f"{others}: {says}"), output
    assert checked("--signers", tmp_path / "none", tmp_path / "MCF.xml") == (
        2,
        f"{tmp_path / 'none'}: cannot be read: No such file or directory\n",
    )
