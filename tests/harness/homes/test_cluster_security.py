"""Which key protects which cluster: a table in data, each row with its source."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from hanbench.harness.files.loader import fixtures_folder
from hanbench.harness.files.yaml_source import read_yaml
from hanbench.harness.homes.cluster_security import (
    ClusterSecurity,
    choice_problems,
    load_cluster_security,
)
from hanbench.protocol.zigbee.clusters.cluster import ClusterId
from hanbench.protocol.zigbee.clusters.security_policy import BEFORE_THE_LINK_KEY, Protection

FRAMES = json.loads((fixtures_folder("vectors") / "zcl_se.json").read_text())["frames"]


def given() -> dict[str, Any]:
    data: dict[str, Any] = read_yaml(fixtures_folder("cluster-security.yaml")).data
    return data


def test_each_cluster_has_a_row_with_its_source() -> None:
    table = load_cluster_security()

    assert [row.cluster for row in table.entries] == list(ClusterId.__members__)
    assert all(row.source for row in table.entries)
    assert {row.kind for row in table.entries if not row.dispute} == {"stated"}


def secured_frames() -> Iterator[Any]:
    """The frames of Smart Energy; a refusal of one without its link key goes without as well."""
    for row in FRAMES:
        header = bytes.fromhex(row["aps_header"])
        if header[4:6] == b"\x09\x01" and row["name"] != "default_rsp_failure":
            yield pytest.param(header, id=row["name"])


@pytest.mark.parametrize("header", list(secured_frames()))
def test_the_table_agrees_with_the_frames_of_the_fixtures(header: bytes) -> None:
    policy = load_cluster_security().policy()

    protection = policy.protection_of(int.from_bytes(header[2:4], "little"))

    assert (protection is Protection.LINK_KEY) == bool(header[0] & 0x20)


def test_an_installation_chooses_for_disputed_rows() -> None:
    policy = load_cluster_security().policy({"TIME": Protection.NETWORK_KEY})

    assert not policy.needs_link_key(ClusterId.TIME)
    assert policy.needs_link_key(ClusterId.METERING)
    assert load_cluster_security().policy().needs_link_key(ClusterId.TIME)


def test_a_choice_where_the_sources_agree_is_a_mistake_that_names_the_disputed_ones() -> None:
    data = {"cluster_security": {"METERING": "network-key", "TIME": "network-key"}}

    (problem,) = choice_problems(data)

    assert problem.key == ("cluster_security", "METERING")
    assert "POWER_CONFIGURATION, TIME, KEEP_ALIVE" in problem.says


@pytest.mark.parametrize("data", [None, [], {}, {"cluster_security": []}])
def test_what_is_no_choice_is_left_to_the_file_model(data: object) -> None:
    assert not list(choice_problems(data))


def test_a_cluster_outside_the_table_needs_the_link_key() -> None:
    assert load_cluster_security().policy().protection_of(0x070A) is Protection.LINK_KEY


def test_key_establishment_runs_before_there_is_a_link_key() -> None:
    assert not BEFORE_THE_LINK_KEY.needs_link_key(ClusterId.KEY_ESTABLISHMENT)
    assert BEFORE_THE_LINK_KEY.needs_link_key(ClusterId.METERING)


@pytest.mark.parametrize(
    ("row", "change", "says"),
    [
        ("TIME", {"cluster": "TIEM"}, "'TIEM' is no cluster"),
        ("TIME", {"id": 0x000B}, "TIME is 0x000a, not 0x000b"),
        ("TIME", {"protection": "no-key"}, "no-key"),
        ("TIME", {"source": ""}, "at least 1 character"),
        ("TIME", {"colour": "red"}, "not permitted"),
        ("TIME", {"cluster": "PRICE", "id": 0x0700}, "each cluster once"),
        ("KEY_ESTABLISHMENT", {"protection": "link-key"}, "no link key before"),
    ],
)
def test_a_wrong_row_is_refused(row: str, change: dict[str, object], says: str) -> None:
    data = given()
    for entry in data["entries"]:
        if entry["cluster"] == row:
            entry.update(change)

    with pytest.raises(ValidationError, match=says):
        ClusterSecurity.model_validate(data)


def test_a_missing_row_is_refused() -> None:
    data = given()
    del data["entries"][3]

    with pytest.raises(ValidationError, match="each cluster once"):
        ClusterSecurity.model_validate(data)
