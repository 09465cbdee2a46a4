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
    security_policy,
    time,
    tunnelling,
)
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.security_policy import Protection

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


def test_each_cluster_has_a_protection() -> None:
    assert set(security_policy.POLICIES) == set(ClusterId)


@pytest.mark.parametrize("row", FRAMES, ids=[row["name"] for row in FRAMES])
def test_the_table_agrees_with_the_frames_of_the_fixtures(row: dict[str, str]) -> None:
    header = bytes.fromhex(row["aps_header"])
    if header[4:6] != b"\x09\x01" or row["name"] == "default_rsp_failure":
        return  # ZDO; and the refusal of a frame without its APS security goes without as well
    is_secured = bool(header[0] & 0x20)

    protection = security_policy.protection_of(int.from_bytes(header[2:4], "little"))

    assert (protection is Protection.LINK_KEY) == is_secured


def test_only_a_disputed_row_can_be_chosen_otherwise() -> None:
    chosen = {
        ClusterId.TIME: Protection.NETWORK_KEY,
        ClusterId.METERING: Protection.NETWORK_KEY,
    }

    assert security_policy.protection_of(ClusterId.TIME) is Protection.LINK_KEY
    assert security_policy.protection_of(ClusterId.TIME, chosen) is Protection.NETWORK_KEY
    assert security_policy.protection_of(ClusterId.METERING, chosen) is Protection.LINK_KEY


def test_a_cluster_outside_the_table_needs_the_link_key() -> None:
    assert security_policy.protection_of(0x070A) is Protection.LINK_KEY
