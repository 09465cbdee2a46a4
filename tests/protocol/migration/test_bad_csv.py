"""Csv files that are refused: the message names the file, the line and the rule."""

import pytest
from tests.protocol.migration import messages

from hanbench.protocol.errors import PROBLEMS_SHOWN, FileError
from hanbench.protocol.migration import authorisation, csv_table, demand, dormant_schedule
from hanbench.protocol.migration.file_names import format_demand
from hanbench.protocol.migration.file_text import FILE_OCTETS_MAX
from hanbench.protocol.migration.formats import (
    AUTHORISATION_NAME,
    COMMIT_NAME,
    FIRMWARE_NAME,
    MIGRATION_NAME,
    RETURN_NAME,
)

GOOD = authorisation.encode(messages.AUTHORISATION)
EUI = "70-B3-D5-1F-30-00-A0-08"


def refusal(data: bytes, name: str = AUTHORISATION_NAME) -> list[str]:
    with pytest.raises(FileError) as caught:
        authorisation.decode(data, name=name)
    return [line.removeprefix(f"{name}:") for line in str(caught.value).splitlines()]


def changed(old: str, new: str, count: int = -1) -> bytes:
    assert old.encode() in GOOD
    return GOOD.replace(old.encode(), new.encode(), count)


def test_a_byte_order_mark_is_refused() -> None:
    says = "1: byte-order-mark: the file begins with a byte-order mark; plain UTF-8 has none"

    assert refusal(b"\xef\xbb\xbf" + GOOD) == [says]
    assert refusal(GOOD.decode().encode("utf-16")) == [says]


def test_another_encoding_is_refused_with_the_line() -> None:
    data = changed("home-2", "höme-2").replace("ö".encode(), b"\xf6")

    assert refusal(data) == ["4: encoding: octet f6 is not UTF-8 text"]


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    data = b"x" * (FILE_OCTETS_MAX + 1)

    assert refusal(data) == ["1: size: 16000001 octets; at most 16000000 are read"]


def test_too_many_records_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(csv_table, "RECORDS_MAX", 1)

    assert refusal(GOOD) == ["3: size: 2 records; at most 1 are read"]


def test_a_line_that_does_not_end_in_crlf_is_refused_where_it_stands() -> None:
    says = "line-ends: the line ends in LF; every line of this file ends in CRLF (RFC 4180)"
    first, second = GOOD.split(b"\r\n", 1)

    assert refusal(GOOD.replace(b"\r\n", b"\n")) == [f"1: {says}"]
    assert refusal(first + b"\n" + second) == [f"1: {says}"]
    assert refusal(first + b"\r\n" + second.replace(b"\r\n", b"\n", 1)) == [f"2: {says}"]
    assert refusal(GOOD[:-2] + b"\n") == [f"{GOOD.count(b'TRAILER') + 4}: {says}"]
    assert refusal(GOOD.replace(b"home-1", b"home\r1")) == [
        "3: line-ends: a CR within the line, and no LF after it"
    ]


def test_a_quote_is_refused() -> None:
    assert refusal(changed("home-1", '"home-1"')) == [
        "3: quotes: a quote; no field of this file needs any"
    ]


def test_a_file_that_was_cut_is_refused() -> None:
    lines = GOOD.splitlines(keepends=True)

    assert refusal(GOOD[:-1]) == ["5: truncated: the last line does not end; the file is cut short"]
    assert refusal(b"".join(lines[:-1]))[0].startswith(
        "4: truncated: the last line is not a trailer"
    )
    assert refusal(b"".join([*lines[:3], lines[4]])) == [
        "4: truncated: 'TRAILER,2', but there are 1 records"
    ]
    assert refusal(b"") == ["1: truncated: the last line does not end; the file is cut short"]


def test_another_kind_or_version_of_file_is_refused() -> None:
    mark = "HANBENCH-SYNTHETIC,migration-authorisation,"

    assert refusal(changed("authorisation,1", "authorisation,2", 1)) == [
        f"1: version: '{mark}2'; expected '{mark}1'"
    ]


def test_unknown_missing_and_misplaced_columns_are_named() -> None:
    assert refusal(changed("gt_certificate", "gt_cert")) == [
        "2: columns: unknown gt_cert; missing gt_certificate"
    ]
    assert refusal(changed("esme,esme_mode", "esme_mode,esme")) == [
        "2: columns: out of order; expected "
        + ",".join(c.name for c in authorisation.TABLE.columns)
    ]
    assert refusal(b"HANBENCH-SYNTHETIC,migration-authorisation,1\r\n")[0].startswith(
        "2: columns: missing installation"
    )


def test_a_record_with_too_many_fields_is_refused() -> None:
    assert refusal(changed("0A1B2C,", "0A1B2C,,", 1)) == [
        "3: columns: 11 fields; the header has 10"
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("2019-04-15", "2019-02-30", "date: migration_date: '2019-02-30' is not a calendar date"),
        ("2019-04-15", "15/04/2019", "date: migration_date: '15/04/2019' is not a calendar date"),
        ("00-DB-12-34-56-78-90-A2", "00-db", "eui64: chf: '00-db' is not an EUI-64"),
        (",active,", ",Active,", "value: esme_mode: 'Active' is not one of active, dormant"),
        ("home-1", "h" * 70, f"value: installation: '{'h' * 40}...' is not a name"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(old, new, says) -> None:
    assert refusal(changed(old, new, 1))[0].startswith(f"3: {says}")


def test_every_wrong_value_of_a_file_is_told_at_once() -> None:
    data = changed(",active,", ",Active,", 1).replace(b"home-2", b"home 2")

    assert [line.split(":")[0] for line in refusal(data)] == ["3", "4"]


def test_of_very_many_wrong_values_the_first_are_told() -> None:
    row = GOOD.splitlines(keepends=True)[2].replace(b",active,", b",Active,")
    data = b"".join([*GOOD.splitlines(keepends=True)[:2], row * 60, b"TRAILER,60\r\n"])

    assert len(refusal(data)) == PROBLEMS_SHOWN + 1
    assert refusal(data)[-1] == "and 10 more"


def test_an_installation_that_is_named_twice_is_refused_with_both_lines() -> None:
    assert refusal(changed("home-2", "home-1")) == [
        "4: duplicate: installation home-1 stands in line 3 already"
    ]
    assert refusal(changed("00-DB-12-34-56-78-90-B0", "00-DB-12-34-56-78-90-A0")) == [
        "4: duplicate: esme 00-DB-12-34-56-78-90-A0 stands in line 3 already"
    ]


def test_a_file_is_for_one_supplier_and_one_day() -> None:
    second = GOOD.rindex(b"2019-04-15")
    data = GOOD[:second] + b"2019-04-16" + GOOD[second + 10 :]

    assert refusal(data) == ["4: one-day: migration_date 2019-04-16; line 3 has 2019-04-15"]
    other = "70-B3-D5-1F-30-00-A0-09"
    second = GOOD.rindex(EUI.encode())
    data = GOOD[:second] + other.encode() + GOOD[second + len(other) :]
    assert refusal(data) == [f"4: one-supplier: supplier {other}; line 3 has {EUI}"]


def test_the_supplier_is_who_the_name_says() -> None:
    data = changed(EUI, "70-B3-D5-1F-30-00-A0-09")

    assert refusal(data) == [
        f"3: sender: supplier 70-B3-D5-1F-30-00-A0-09; the name of the file has {EUI}"
    ]


def test_a_record_names_a_meter_and_each_meter_its_mode() -> None:
    assert refusal(changed("00-DB-12-34-56-78-90-B0,dormant", ",")) == [
        "4: meters: neither esme nor gsme is named"
    ]
    assert refusal(changed("00-DB-12-34-56-78-90-B0,dormant", "00-DB-12-34-56-78-90-B0,")) == [
        "4: meters: esme and esme_mode are both given or both empty"
    ]


def test_an_authorisation_without_records_is_refused() -> None:
    lines = GOOD.splitlines(keepends=True)

    assert refusal(b"".join([*lines[:2], b"TRAILER,0\r\n"])) == [
        "3: empty: no record; at least one Installation is expected"
    ]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("MA_CGI_70-B3_20190407_182503", "expected TYPE_TAG_EUI-64_yyyymmdd_hhmmss"),
        (f"MA_CGI_{EUI}_20190231_182503", "20190231_182503 is no date and time"),
        (f"MA_CGI_{EUI}_20190407_250000", "20190407_250000 is no date and time"),
        (f"DMS_CGI_{EUI}_20190407_182503", "a name that begins with DMS; expected MA"),
    ],
)
def test_a_wrong_name_is_refused(name, says) -> None:
    assert refusal(GOOD, name)[0].startswith(f"1: name: {says}")


def test_the_tag_is_compared_without_its_case() -> None:
    message = authorisation.decode(GOOD, name=AUTHORISATION_NAME)

    authorisation.require_tag(message, "CGI")
    with pytest.raises(FileError) as caught:
        authorisation.require_tag(message, "BGT")

    says = "1: tag: the name has the tag cgI; this sender's is BGT"
    assert str(caught.value) == f"{AUTHORISATION_NAME}:{says}"
    assert message.supplier == messages.SENDER


def test_a_demand_return_grants_no_more_than_was_asked_for() -> None:
    commit = messages.COMMIT
    data = demand.encode(commit).replace(b"demand-commit", b"demand-return")
    good = demand.decode(data, name=RETURN_NAME)
    more = demand.decode(data.replace(b"80,120", b"81,120"), name=RETURN_NAME)
    other = demand.decode(data.replace(b"04-16", b"04-17"), name=RETURN_NAME)

    demand.require_answers(good, commit)
    for answer, says in (
        (more, "3: demand: 2019-04-15 is granted more than was asked for"),
        (other, "4: demand: 2019-04-17 was not asked for"),
    ):
        with pytest.raises(FileError) as caught:
            demand.require_answers(answer, commit)
        assert str(caught.value) == f"{RETURN_NAME}:{says}"


def test_a_wrong_demand_file_is_refused() -> None:
    data = demand.encode(messages.COMMIT)
    for octets, name, says in (
        (data, f"DC_AAA123_{EUI}_CGI_20190121", "1: name: expected DC-REFERENCE"),
        (data, f"DC-AAA123_{EUI}_CGI_20190231", "1: name: 20190231 is no date"),
        (
            data.replace(b"04-16", b"04-15"),
            COMMIT_NAME,
            "4: duplicate: day 2019-04-15 stands in line 3 already",
        ),
    ):
        with pytest.raises(FileError) as caught:
            demand.decode(octets, name=name)
        assert str(caught.value).startswith(f"{name}:{says}")
    assert format_demand(messages.COMMIT.name) == COMMIT_NAME


def test_a_wrong_dormant_schedule_is_refused() -> None:
    firmware = dormant_schedule.encode_firmware(messages.FIRMWARE)
    migration = dormant_schedule.encode_migration(messages.MIGRATION)
    row = migration.splitlines(keepends=True)[2]
    twice = migration.replace(row, row * 2).replace(b"TRAILER,1", b"TRAILER,2")
    for decode, octets, name, says in (
        (
            dormant_schedule.decode_firmware,
            firmware.replace(b"00010203", b"00010300"),
            FIRMWARE_NAME,
            "3: firmware: 00-DB-12-34-56-78-90-A0 has 00010300 already",
        ),
        (
            dormant_schedule.decode_firmware,
            firmware.replace(b"00010300,00020000", b"00010400,00020000"),
            FIRMWARE_NAME,
            "4: sequence: 00-DB-12-34-56-78-90-A0 has 00010300 by then, not 00010400",
        ),
        (
            dormant_schedule.decode_firmware,
            firmware,
            MIGRATION_NAME,
            "1: name: a name that begins with DMS; expected DFU",
        ),
        (
            dormant_schedule.decode_migration,
            twice,
            MIGRATION_NAME,
            "4: duplicate: installation home-2 stands in line 3 already",
        ),
    ):
        with pytest.raises(FileError) as caught:
            decode(octets, name=name)
        assert str(caught.value) == f"{name}:{says}"
