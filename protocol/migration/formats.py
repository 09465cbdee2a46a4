"""All XML and csv formats, as a list: for the XSDs, the documentation and the fuzzers.

Source: the modules of the formats. Each `decode` takes octets alone and gives them back canonical.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from hanbench.protocol.migration import (
    authorisation,
    commissioning,
    common_file,
    demand,
    dormant_schedule,
    file_sets,
    protected_file,
)
from hanbench.protocol.migration.csv_table import Table
from hanbench.protocol.migration.file_names import parse_stamped
from hanbench.protocol.migration.xml_shape import Element

SENDER = "70-B3-D5-1F-30-00-A0-08"
AUTHORISATION_NAME = f"MA_cgI_{SENDER}_20190407_182503"
PASSWORD_NAME = f"MAPASSWORD_CGI_{SENDER}_20190407_182503"
FIRMWARE_NAME = f"DFU_DCC_{SENDER}_20190407_182503"
MIGRATION_NAME = f"DMS_DCC_{SENDER}_20190407_182503"
COMMIT_NAME = f"DC-AAA123_{SENDER}_CGI_20190121"
RETURN_NAME = f"DR_AAA123_{SENDER}_CGI_20190121"


@dataclass(frozen=True, slots=True)
class XmlFormat:
    """One XML format."""

    shape: Element
    read: Callable[[bytes, str], object]
    """Decodes a file of this name."""
    again: Callable[[bytes], bytes]
    """Decodes, and encodes what it got."""


@dataclass(frozen=True, slots=True)
class CsvFormat:
    """One csv format, and a name that its files may have."""

    table: Table
    name: str
    again: Callable[[bytes], bytes]


XML_FORMATS = (
    XmlFormat(
        common_file.SHAPE,
        lambda data, name: common_file.decode(data, file=name),
        lambda data: common_file.encode(common_file.decode(data)),
    ),
    XmlFormat(
        file_sets.S1SP_SHAPE,
        lambda data, name: file_sets.decode_s1sp(data, file=name),
        lambda data: file_sets.encode_s1sp(file_sets.decode_s1sp(data)),
    ),
    XmlFormat(
        file_sets.DCO_SHAPE,
        lambda data, name: file_sets.decode_dco(data, file=name),
        lambda data: file_sets.encode_dco(file_sets.decode_dco(data)),
    ),
    XmlFormat(
        commissioning.COMMISSIONING_SHAPE,
        lambda data, name: commissioning.decode_commissioning(data, file=name),
        lambda data: commissioning.encode_commissioning(commissioning.decode_commissioning(data)),
    ),
    XmlFormat(
        commissioning.OUTCOMES_SHAPE,
        lambda data, name: commissioning.decode_outcomes(data, file=name),
        lambda data: commissioning.encode_outcomes(commissioning.decode_outcomes(data)),
    ),
)


def _password_again(data: bytes) -> bytes:
    name = parse_stamped(AUTHORISATION_NAME)
    password = protected_file.decode_password(data, name=PASSWORD_NAME, authorisation=name)
    return protected_file.encode_password(name, password)


def _demand_again(name: str, data: bytes) -> bytes:
    return demand.encode(demand.decode(data, name=name))


CSV_FORMATS = (
    CsvFormat(
        authorisation.TABLE,
        AUTHORISATION_NAME,
        lambda data: authorisation.encode(authorisation.decode(data, name=AUTHORISATION_NAME)),
    ),
    CsvFormat(protected_file.TABLE, PASSWORD_NAME, _password_again),
    CsvFormat(demand.COMMIT_TABLE, COMMIT_NAME, partial(_demand_again, COMMIT_NAME)),
    CsvFormat(demand.RETURN_TABLE, RETURN_NAME, partial(_demand_again, RETURN_NAME)),
    CsvFormat(
        dormant_schedule.FIRMWARE_TABLE,
        FIRMWARE_NAME,
        lambda data: dormant_schedule.encode_firmware(
            dormant_schedule.decode_firmware(data, name=FIRMWARE_NAME)
        ),
    ),
    CsvFormat(
        dormant_schedule.MIGRATION_TABLE,
        MIGRATION_NAME,
        lambda data: dormant_schedule.encode_migration(
            dormant_schedule.decode_migration(data, name=MIGRATION_NAME)
        ),
    ),
)
