"""Attribute numbers and types, the Time cluster's epoch, and the table of protections."""

import enum
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.attributes import DataType
from hanbench.protocol.zigbee.clusters import (
    basic,
    keep_alive,
    metering_attributes,
    prepayment_attributes,
    price,
    time,
    tunnelling,
)
from hanbench.protocol.zigbee.clusters.cluster import ClusterId

VECTORS = Path(__file__).parents[3] / "fixtures" / "vectors"
IDS = json.loads((VECTORS / "tshark_se_ids.json").read_text())["tables"]
FRAMES = json.loads((VECTORS / "zcl_se.json").read_text())["frames"]

OUR_WORDS = {
    "DST_START": "Daylight Saving Time Start",
    "DST_END": "Daylight Saving Time End",
    "DST_SHIFT": "Daylight Saving Time Shift",
    "BASE_MINUTES": "Keep-Alive Base",
    "JITTER_SECONDS": "Keep-Alive Jitter",
    "CUSTOMER_ID": "Customer ID Number",
    "EMERGENCY_CREDIT_LIMIT": "Emergency Credit Limit / Allowance",
}
"""Where our name of an attribute is not tshark's."""


@pytest.mark.parametrize(
    ("ids", "table"),
    [
        (basic.AttributeId, "zbee_zcl_general.basic"),
        (time.AttributeId, "zbee_zcl_general.time"),
        (keep_alive.AttributeId, "zbee_zcl_se.keep_alive"),
        (price.AttributeId, "zbee_zcl_se.price"),
        (tunnelling.AttributeId, "zbee_zcl_se.tun"),
        (metering_attributes.AttributeId, "zbee_zcl_se.met"),
        (prepayment_attributes.AttributeId, "zbee_zcl_se.pp"),
    ],
)
def test_attribute_numbers_are_those_that_tshark_knows(ids: type[enum.IntEnum], table: str) -> None:
    known = IDS[f"{table}.attr_id"]

    for attribute in ids:
        name = OUR_WORDS.get(attribute.name, attribute.name.replace("_", " "))
        assert known[f"{attribute:#06x}"].lower() == name.lower()


@pytest.mark.parametrize(
    ("ids", "types"),
    [
        (basic.AttributeId, basic.TYPES),
        (time.AttributeId, time.TYPES),
        (keep_alive.AttributeId, keep_alive.TYPES),
        (metering_attributes.AttributeId, metering_attributes.TYPES),
        (prepayment_attributes.AttributeId, prepayment_attributes.TYPES),
    ],
)
def test_each_attribute_has_a_type(
    ids: type[enum.IntEnum], types: Mapping[enum.IntEnum, DataType]
) -> None:
    assert list(types) == list(ids)


def read_or_reported(cluster: int) -> list[tuple[int, DataType]]:
    found = []
    for row in FRAMES:
        if bytes.fromhex(row["aps_header"])[2:6] != cluster.to_bytes(2, "little") + b"\x09\x01":
            continue
        frame = zcl.decode(bytes.fromhex(row["zcl_or_zdo"]))
        if frame.frame_type is zcl.FrameType.GENERAL:
            found += typed(zcl_general.decode(frame))
    return found


def typed(command: zcl_general.GeneralCommand) -> list[tuple[int, DataType]]:
    match command:
        case zcl_general.ReadAttributesResponse(results):
            return [(result.id, result.typed.type) for result in results if result.typed]
        case zcl_general.ReportAttributes(attributes):
            return [(attribute.id, attribute.typed.type) for attribute in attributes]
        case _:
            return []


@pytest.mark.parametrize(
    ("cluster", "types"),
    [
        (ClusterId.METERING, metering_attributes.TYPES),
        (ClusterId.TIME, time.TYPES),
        (ClusterId.KEEP_ALIVE, keep_alive.TYPES),
    ],
)
def test_attribute_types_are_those_of_the_known_frames(
    cluster: ClusterId, types: Mapping[Any, DataType]
) -> None:
    found = read_or_reported(cluster)

    assert found
    for attribute, data_type in found:
        assert types[attribute] is data_type


def test_the_zigbee_epoch_is_the_year_2000() -> None:
    new_year_2024_unix_s = 1_704_067_200

    assert time.from_unix(new_year_2024_unix_s) == 757_382_400
    assert time.to_unix(757_382_400) == new_year_2024_unix_s
