#!/usr/bin/env python3
"""Write the XSDs of `fixtures/schemas/migration/` and `docs/migration-files.md` from the code.

And beside each XML example of `fixtures/migration/` its signature.

What a reader needs first stands in `migration-files.md.in`. Run it after every change of a format
or of the checks; with `--check` it only says whether the files are current (a test does so).
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from hanbench.harness.files.file_signature import SIGNED_BY, SUFFIX
from hanbench.harness.parties.check_table import load_check_table
from hanbench.harness.parties.migration_signers import test_signers
from hanbench.protocol.migration import signature, xsd
from hanbench.protocol.migration.formats import CSV_FORMATS, XML_FORMATS, CsvFormat, XmlFormat
from hanbench.protocol.migration.xml_shape import NAMESPACE, Element

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "fixtures" / "migration"

INTRODUCTION = ROOT / "tools" / "migration-files.md.in"
RULES = {
    "migration-authorisation": "One supplier and one day a file; the supplier is the sender of "
    "the name; no Installation, hub or meter twice; at least one record, and in each a meter.",
    "migration-authorisation-password": "One record, about the file of the same stamp.",
    "demand-commit": "No day twice.",
    "demand-return": "No day twice; no other days and no more than were asked for.",
    "dormant-firmware-schedule": "In the order of the upgrades: one of a device begins with the "
    "version that the last one led to.",
    "dormant-migration-schedule": "No Installation twice.",
    "MigrationCommonFile": "What may stand in it is for the checks below; a device that is "
    "repeated is read, and refused there.",
    "CommissioningOutcomes": "No Installation or device twice; an errorCode with the outcome "
    "refused, and with no other.",
}
ONCE = "No Installation twice, and no device twice in one."


def main() -> int:
    """Write or check the files; return 1 if one was to be checked and is not current."""
    parser = argparse.ArgumentParser(description="Write the XSDs and tables of migration files.")
    parser.add_argument("--check", action="store_true", help="only say whether they are current")
    is_check = parser.parse_args().check
    stale = [path for path, data in files().items() if read(path) != data]
    for path in stale:
        name = path.relative_to(ROOT)
        if is_check:
            print(f"{name} is not current: run tools/make_migration_files.py", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files()[path])
            print(f"{name} written")
    return 1 if stale and is_check else 0


def read(path: Path) -> bytes:
    """Return what a file holds; nothing where there is none yet."""
    return path.read_bytes() if path.exists() else b""


def files() -> dict[Path, bytes]:
    """Return the content of each file."""
    folder = ROOT / "fixtures" / "schemas" / "migration"
    schemas = {folder / f"{one.shape.name}.xsd": xsd.schema_of(one.shape) for one in XML_FORMATS}
    text = "\n".join(page()) + "\n"
    signed = {EXAMPLES / f"{one.shape.name}.xml{SUFFIX}": signature_of(one) for one in XML_FORMATS}
    return {**schemas, **signed, ROOT / "docs" / "migration-files.md": text.encode()}


def signature_of(form: XmlFormat) -> bytes:
    """Return the signature of an example, by the party that signs such files."""
    canonical = form.again((EXAMPLES / f"{form.shape.name}.xml").read_bytes())
    signer = test_signers()[SIGNED_BY[form.shape.name]]
    return signature.encode(signature.sign(canonical, signer))


def page() -> Iterator[str]:
    """Return the lines of the documentation."""
    yield INTRODUCTION.read_text(encoding="utf-8").replace("{NAMESPACE}", NAMESPACE)
    yield "## Csv files\n"
    for csv in CSV_FORMATS:
        yield from csv_section(csv)
    yield "## XML files\n"
    for xml in XML_FORMATS:
        yield from xml_section(xml)
    yield from checks_section()


def csv_section(form: CsvFormat) -> Iterator[str]:
    """Return a table of the columns, the rules beyond it, and an example."""
    yield f"### {form.table.title}, version {form.table.version}\n"
    yield "| column | holds | meaning |\n|---|---|---|"
    for column in form.table.columns:
        holds = column.kind.words + (", or nothing" if column.is_optional else "")
        yield f"| `{column.name}` | {holds} | {column.meaning} |"
    yield f"\n{RULES[form.table.title]}\n"
    example = (EXAMPLES / f"{form.name}.csv").read_text(encoding="utf-8")
    yield f"`{form.name}.csv`:\n\n```\n{example.strip()}\n```\n"


def xml_section(form: XmlFormat) -> Iterator[str]:
    """Return a table of elements and attributes, the rules beyond it, and an example."""
    yield f"### {form.shape.name}\n"
    yield "| element | attribute | holds | meaning |\n|---|---|---|---|"
    yield from element_rows(form.shape, "")
    yield f"\n{RULES.get(form.shape.name, ONCE)}\n"
    root = etree.fromstring((EXAMPLES / f"{form.shape.name}.xml").read_bytes())
    yield f"```xml\n{etree.tostring(root, pretty_print=True).decode().strip()}\n```\n"


def element_rows(element: Element, often: str) -> Iterator[str]:
    """Return the rows of an element and of those within it."""
    yield f"| `{element.name}`{often} | | | {element.meaning} |"
    for attribute in element.attributes:
        holds = attribute.kind.words + (", optional" if attribute.is_optional else "")
        yield f"| | `{attribute.name}` | {holds} | {attribute.meaning} |"
    for child in element.children:
        yield from element_rows(
            child.element, " any number" if not child.at_least else " 1 or more"
        )


def checks_section() -> Iterator[str]:
    """Return the table of the Commissioning Party's checks."""
    yield "## The checks of the Commissioning Party\n"
    yield (
        "That the Commissioning Party, as Authenticator, runs the checks of TMAD Table 5.9 is "
        "stated; the steps are not public. Steps, their numbers and the error codes are modelled. "
        "Stage `submission`: the file is refused. Stage `file`: it fails for every Installation of "
        "the file. Stage `installation`: the others go on.\n"
    )
    yield "| step | check | code | stage | what must hold | source |\n|---|---|---|---|---|---|"
    table = load_check_table()
    for it in table.entries:
        yield (
            f"| {it.step} | `{it.name}` | `{it.code}` | {it.stage} | {it.statement} | {it.source} |"
        )
    yield "\nAbsent on purpose:\n"
    for absent in table.absent:
        yield f"- {absent.what}: {absent.why}"


if __name__ == "__main__":
    raise SystemExit(main())
