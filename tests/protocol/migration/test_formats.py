"""Every format: there and back, whole or not at all, and the XSDs agree with the code."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from tests.protocol.migration import messages
from tests.tracked_files import ROOT

from hanbench.protocol.errors import DecodeError, EncodeError
from hanbench.protocol.migration import (
    authorisation,
    commissioning,
    common_file,
    demand,
    dormant_schedule,
    file_sets,
    xsd,
)
from hanbench.protocol.migration.file_names import format_demand, format_stamped
from hanbench.protocol.migration.formats import CSV_FORMATS, XML_FORMATS

EXAMPLES = ROOT / "fixtures" / "migration"
SCHEMAS = ROOT / "fixtures" / "schemas" / "migration"
XML_NAMES = [one.shape.name for one in XML_FORMATS]
FORMATS = [
    *((one.name + ".csv", one.again) for one in CSV_FORMATS),
    *((one.shape.name + ".xml", one.again) for one in XML_FORMATS),
]


def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / f"{name}.xsd"))


@pytest.mark.parametrize(("name", "again"), FORMATS)
def test_the_example_is_canonical(name, again) -> None:
    data = (EXAMPLES / name).read_bytes()

    assert again(data) == data


def test_there_is_one_example_for_each_format_and_a_signature_for_each_that_is_signed() -> None:
    signed = {f"{name}.xml.sig" for name in XML_NAMES}

    assert {path.name for path in EXAMPLES.iterdir()} == {name for name, _ in FORMATS} | signed


@pytest.mark.parametrize(("name", "again"), FORMATS)
def test_every_truncation_and_every_trailing_octet_is_refused(name, again) -> None:
    data = (EXAMPLES / name).read_bytes()

    for length in range(len(data)):
        with pytest.raises(DecodeError):
            again(data[:length])
    with pytest.raises(DecodeError):
        again(data + b"x")


@pytest.mark.parametrize(("name", "again"), FORMATS)
@given(data=st.data())
def test_changed_octets_are_read_or_refused_and_what_is_read_is_stable(name, again, data) -> None:
    octets = bytearray((EXAMPLES / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))

    with contextlib.suppress(DecodeError):
        once = again(bytes(octets))
        assert again(once) == once


@pytest.mark.parametrize("again", [again for _, again in FORMATS])
@given(data=st.binary(max_size=200))
def test_arbitrary_octets_are_refused(again, data) -> None:
    with pytest.raises(DecodeError):
        again(data)


@given(messages.authorisations())
def test_an_authorisation_survives_its_octets(message) -> None:
    data = authorisation.encode(message)

    assert authorisation.decode(data, name=format_stamped(message.name)) == message
    assert authorisation.decode(data, name=format_stamped(message.name) + ".csv") == message


@given(messages.DEMANDS)
def test_a_demand_survives_its_octets(message) -> None:
    assert demand.decode(demand.encode(message), name=format_demand(message.name)) == message


@given(messages.FIRMWARE_SCHEDULES)
def test_a_firmware_schedule_survives_its_octets(message) -> None:
    data = dormant_schedule.encode_firmware(message)

    assert dormant_schedule.decode_firmware(data, name=format_stamped(message.name)) == message


@given(messages.MIGRATION_SCHEDULES)
def test_a_migration_schedule_survives_its_octets(message) -> None:
    data = dormant_schedule.encode_migration(message)

    assert dormant_schedule.decode_migration(data, name=format_stamped(message.name)) == message


@pytest.mark.parametrize(
    ("name", "drawn", "encode", "decode"),
    [
        ("MigrationCommonFile", messages.COMMON_FILES, common_file.encode, common_file.decode),
        (
            "S1SPRequiredFileSet",
            messages.S1SP_SETS,
            file_sets.encode_s1sp,
            file_sets.decode_s1sp,
        ),
        ("DCORequiredFileSet", messages.DCO_SETS, file_sets.encode_dco, file_sets.decode_dco),
        (
            "S1SPCommissioningFile",
            messages.COMMISSIONING_FILES,
            commissioning.encode_commissioning,
            commissioning.decode_commissioning,
        ),
        (
            "CommissioningOutcomes",
            messages.OUTCOME_FILES,
            commissioning.encode_outcomes,
            commissioning.decode_outcomes,
        ),
    ],
)
def test_an_xml_message_survives_its_octets_and_is_valid_by_its_xsd(
    name, drawn, encode, decode
) -> None:
    valid = schema(name)

    @given(drawn)
    def holds(message) -> None:
        data = encode(message)

        assert etree.tostring(etree.fromstring(data), method="c14n2") == data, "it is canonical"
        assert decode(data) == message
        valid.assertValid(etree.fromstring(data))

    holds()


@pytest.mark.parametrize("form", XML_FORMATS, ids=XML_NAMES)
def test_the_published_xsd_is_what_the_code_declares(form) -> None:
    path: Path = SCHEMAS / f"{form.shape.name}.xsd"

    assert path.read_bytes() == xsd.schema_of(form.shape)
    assert b"SYNTHETIC" in path.read_bytes()


@pytest.mark.parametrize("form", XML_FORMATS, ids=XML_NAMES)
@given(data=st.data())
def test_the_xsd_and_the_code_refuse_the_same_files(form, data) -> None:
    """Something is changed, dropped, added or moved; repeats are for the code alone."""
    root = etree.fromstring((EXAMPLES / f"{form.shape.name}.xml").read_bytes())
    item = data.draw(st.sampled_from(list(root.iter())))
    match data.draw(st.sampled_from(["set", "drop", "add", "remove", "move", "rename"])):
        case "set":
            name = data.draw(st.sampled_from(sorted(item.attrib)))
            item.set(name, data.draw(st.sampled_from(["", "x", "DA", "2", "?", "a b", "0" * 65])))
        case "drop":
            del item.attrib[data.draw(st.sampled_from(sorted(item.attrib)))]
        case "add":
            item.set("colour", "red")
        case "remove" if item is not root:
            item.getparent().remove(item)
        case "move" if item is not root:
            parent = item.getparent()
            parent.insert(data.draw(st.integers(0, len(parent) - 1)), item)
        case _:
            item.tag = item.tag + "s"
    octets = etree.tostring(root)

    try:
        form.again(octets)
    except DecodeError as error:
        only_ours = {"duplicate", "error-code"}
        rules = {problem.rule for problem in getattr(error, "problems", ())}
        assert rules <= only_ours or not schema(form.shape.name).validate(etree.fromstring(octets))
    else:
        schema(form.shape.name).assertValid(etree.fromstring(octets))


@pytest.mark.parametrize(
    ("encode", "message"),
    [
        (common_file.encode, common_file.CommonFile(name="MCF-1", installations=())),
        (common_file.encode, common_file.CommonFile(name="a b", installations=())),
        (
            file_sets.encode_s1sp,
            file_sets.S1spFileSet("S", "M", messages.S1SP_SET.installations * 2),
        ),
        (
            commissioning.encode_outcomes,
            commissioning.CommissioningOutcomes(
                "C",
                "M",
                (commissioning.InstallationOutcome(name="h", outcome="refused"),),
            ),
        ),
        (demand.encode, demand.Demand(messages.COMMIT.name, messages.COMMIT.days * 2)),
        (
            demand.encode,
            demand.Demand(messages.COMMIT.name, (demand.DayDemand(messages.DAY, -1, 0),)),
        ),
        (
            dormant_schedule.encode_migration,
            dormant_schedule.MigrationSchedule(
                messages.MIGRATION.name, messages.MIGRATION.migrations * 2
            ),
        ),
        (
            dormant_schedule.encode_firmware,
            dormant_schedule.FirmwareSchedule(
                messages.FIRMWARE.name, messages.FIRMWARE.upgrades * 2
            ),
        ),
        (
            authorisation.encode,
            authorisation.MigrationAuthorisation(
                name=messages.MA_NAME, day=messages.DAY, installations=()
            ),
        ),
    ],
)
def test_a_message_that_breaks_a_rule_of_its_file_is_not_written(encode, message) -> None:
    with pytest.raises(EncodeError):
        encode(message)
