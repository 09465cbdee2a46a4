"""Firmware of Dormant Meters: known images alone, in their order, one a call."""

import pytest

DORMANT = {"installation": "home-2", "device": "esme"}
ACTIVE = {"installation": "home-1", "device": "esme"}


def upgrade(bench, firmware, about=DORMANT):
    return bench.succeed(bench.smso, "upgrade_firmware", **about, firmware=firmware)


def refused(bench, firmware, about=DORMANT):
    return bench.refuse(bench.smso, "upgrade_firmware", **about, firmware=firmware)


def sequence(bench, about=DORMANT):
    return bench.succeed(bench.installing_supplier, "upgrade_sequence", **about)


def test_a_sequence_begins_behind_what_is_fitted_and_shrinks_with_each_image(bench):
    assert sequence(bench) == {"fitted": "00000001", "images": ["00000002", "00000003"]}

    assert upgrade(bench, "00000002") == {"firmware": "00000002"}

    assert sequence(bench) == {"fitted": "00000002", "images": ["00000003"]}
    assert bench.succeed(bench.smso, "firmware", **DORMANT) == {"firmware": "00000002"}


def test_no_image_is_left_out_repeated_or_taken_back(bench):
    assert refused(bench, "00000003") == "UNKNOWN_IMAGE"
    upgrade(bench, "00000002")
    assert refused(bench, "00000002") == "UNKNOWN_IMAGE"
    assert refused(bench, "00000001") == "UNKNOWN_IMAGE"
    upgrade(bench, "00000003")
    assert refused(bench, "00000004") == "UNKNOWN_IMAGE"
    assert sequence(bench)["images"] == []


def test_an_active_meter_is_its_suppliers(bench):
    assert refused(bench, "00000002", ACTIVE) == "NOT_DORMANT"
    told = bench.refuse(bench.installing_supplier, "upgrade_sequence", **ACTIVE)
    assert told == "NOT_DORMANT"


def test_a_failed_image_leaves_what_was_fitted_and_can_be_tried_again(make_bench):
    bench = make_bench(failing_upgrades={"esme": (2,)})
    upgrade(bench, "00000002")

    assert refused(bench, "00000003") == "UPGRADE_FAILED"
    assert sequence(bench)["fitted"] == "00000002"
    upgrade(bench, "00000003")


def test_what_is_fitted_and_in_no_sequence_is_said_so(bench):
    about = {"installation": "home-3", "device": "gsme"}

    assert bench.refuse(bench.installing_supplier, "upgrade_sequence", **about) == "NOT_DORMANT"
    home_3 = {"installation": "home-3", "device": "esme"}
    assert sequence(bench, home_3)["images"] == ["00000002", "00000003"]


@pytest.mark.parametrize("firmware", ["1", "0000000G", "000000001"])
def test_a_version_is_eight_hex_digits(bench, firmware):
    assert refused(bench, firmware) == "BAD_REQUEST"
