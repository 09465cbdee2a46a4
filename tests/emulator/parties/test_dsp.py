"""The DSP: who may ask for what, in which variant and order; I99 first, then the result."""

from dataclasses import replace

import pytest

from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.emulator.parties.dsp import responsible_supplier
from hanbench.emulator.parties.premises import Home, PremisesDevice
from hanbench.emulator.parties.service_requests import REQUESTS
from hanbench.harness.parties.migration_signers import test_signers as signers
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.migration import signature

SECOND = Instant(SECOND_US)
DISPLAY = {"installation": "home-1", "device": "stranger", "role": "IS", "sender": "supplier-a"}
METER = {"installation": "home-4", "device": "other-gas", "role": "GS", "sender": "supplier-c"}


@pytest.fixture(name="bench")
def commissioned(make_bench):
    bench = make_bench()
    for home in ("home-1", "home-4"):
        for device in ("hub", "esme"):
            bench.inventory.commission(home, device)
    return bench


def ask(bench, about, reference, variant=1, **more):
    arguments = {**about, "reference": reference, "variant": variant, **more}
    return bench.succeed(bench.dsp, "request", **arguments)


def refused(bench, about, reference, variant=1, **more):
    arguments = {**about, "reference": reference, "variant": variant, **more}
    return bench.refuse(bench.dsp, "request", **arguments)


def result(bench, about, taken, now=30 * SECOND_US):
    asked = {"installation": about["installation"], "request_id": taken["request_id"]}
    return bench.succeed(bench.dsp, "response", Instant(now), **asked)


def notified(bench):
    ask(bench, DISPLAY, "12.2", 8, type="IHD")
    return bench


def signed(pre_command, role="SUPPLIER"):
    made = signature.sign(bytes.fromhex(pre_command), signers()[role])
    return {"pre_command": pre_command, "signature": signature.encode(made).hex()}


def critical(bench, reference):
    pre_command = result(bench, METER, ask(bench, METER, reference, 4, other_device="esme"))[
        "pre_command"
    ]
    return ask(bench, METER, reference, 5, other_device="esme", **signed(pre_command))


def handed_over(bench):
    ask(bench, METER, "12.2", 8, type="GSME")
    ask(bench, METER, "8.11")
    ask(bench, METER, "6.21")
    return bench


def test_a_request_is_acknowledged_at_once_and_its_result_comes_later(bench):
    taken = ask(bench, DISPLAY, "12.2", 8, type="IHD")

    assert taken["acknowledgement"] == "I99"
    assert taken["responds_at_us"] == 30 * SECOND_US
    early = result(bench, DISPLAY, taken, 30 * SECOND_US - 1)
    assert early == {"code": "I99", "pre_command": None, "status": None}
    assert result(bench, DISPLAY, taken)["code"] == "I0"
    assert result(bench, DISPLAY, taken)["status"] == "Pending"


def test_a_request_id_is_sender_target_and_counter(bench):
    first = ask(bench, DISPLAY, "12.2", 8, type="IHD")["request_id"]
    second = ask(bench, DISPLAY, "8.11")["request_id"]

    assert first == "90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:1"
    assert second == "90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A2:2"


def test_a_result_is_told_to_who_asks_about_the_right_home(bench):
    taken = ask(bench, DISPLAY, "12.2", 8, type="IHD")

    asked = {"installation": "home-2", "request_id": taken["request_id"]}
    assert bench.refuse(bench.dsp, "response", Instant(0), **asked) == "NO_SUCH_REQUEST"


def test_a_display_goes_its_way_to_installed_not_commissioned(bench):
    notified(bench)

    ask(bench, DISPLAY, "8.11", install_code="30313233343536373839414243444546")
    assert bench.inventory.status_of("home-1", "stranger") == "Whitelisted"
    ask(bench, DISPLAY, "8.7.2", other_device="esme")
    assert bench.inventory.status_of("home-1", "stranger") == "InstalledNotCommissioned"
    assert refused(bench, DISPLAY, "8.1.1", 4) == "E11"


def test_a_meter_goes_its_way_to_commissioned_by_signed_requests(bench):
    handed_over(bench)

    critical(bench, "8.7.1")
    assert bench.inventory.status_of("home-4", "other-gas") == "InstalledNotCommissioned"
    critical(bench, "8.1.1")
    assert bench.inventory.status_of("home-4", "other-gas") == "Commissioned"
    assert bench.dsp.notified_supplier("home-4", "other-gas") == "supplier-c"


def test_a_pre_command_alone_changes_nothing(bench):
    handed_over(bench)

    ask(bench, METER, "8.7.1", 4, other_device="esme")

    assert bench.inventory.status_of("home-4", "other-gas") == "Whitelisted"


@pytest.mark.parametrize("reference", ["8.7.1", "8.1.1"])
def test_a_signed_pre_command_is_for_its_own_request_and_by_its_own_sender(bench, reference):
    handed_over(bench)
    if reference == "8.1.1":
        critical(bench, "8.7.1")
    made = result(bench, METER, ask(bench, METER, reference, 4, other_device="esme"))["pre_command"]
    others = "8.1.1" if reference == "8.7.1" else "8.7.1"
    more = {"other_device": "esme"}
    flipped = made[:-2] + ("00" if made[-2:] != "00" else "01")

    for given in (
        {},
        signed(made, "REQUESTING_PARTY"),
        signed(flipped),
        {"pre_command": made, "signature": "00"},
    ):
        assert refused(bench, METER, reference, 5, **more, **given) == "BAD_PRE_COMMAND"
    assert refused(bench, METER, others, 5, **more, **signed(made)) in ("BAD_PRE_COMMAND", "E5")
    ask(bench, METER, reference, 5, **more, **signed(made))


@pytest.mark.parametrize(
    ("about", "reference", "variant", "code"),
    [
        ({"sender": "nobody"}, "8.11", 1, "E1"),
        ({"sender": "distributor", "role": "IS"}, "8.11", 1, "E1"),
        ({"sender": "distributor", "role": "ED"}, "8.11", 1, "E2"),
        ({"sender": "supplier-b"}, "8.11", 1, "E4"),
        ({}, "8.11", 8, "E12"),
        ({}, "12.2", 1, "E12"),
        ({"device": "toaster"}, "8.11", 1, "E19"),
        ({"device": "repeater"}, "8.11", 1, "E11"),
        ({}, "6.21", 1, "E11"),
        ({}, "8.7.2", 1, "E5"),
        ({"device": "ppmid"}, "8.11", 1, "E081101"),
        ({}, "12.2", 8, "E120203"),
    ],
)
def test_what_is_wrong_with_a_request_is_its_response_code(bench, about, reference, variant, code):
    notified(bench)

    assert refused(bench, {**DISPLAY, **about}, reference, variant, type="IHD") == code


def test_a_notification_must_tell_the_devices_own_type(bench):
    assert refused(bench, DISPLAY, "12.2", 8, type="CAD") == "E120204"
    hub = {**DISPLAY, "device": "hub"}
    assert refused(bench, hub, "12.2", 8, type="CHF", associated_gpf="hub") == "E120201"


def test_a_distributor_may_notify_a_device_and_no_more(bench):
    other = {**DISPLAY, "role": "ED", "sender": "distributor"}

    assert ask(bench, other, "12.2", 8, type="IHD")["acknowledgement"] == "I99"
    assert refused(bench, other, "8.11") == "E2"


def test_before_its_home_is_commissioned_a_device_can_only_be_notified(make_bench):
    bench = notified(make_bench())

    assert refused(bench, DISPLAY, "8.11") == "E5"


def test_a_join_is_to_a_commissioned_device(bench):
    notified(bench)
    ask(bench, DISPLAY, "8.11")

    assert refused(bench, DISPLAY, "8.7.2", other_device="ppmid") == "E080721"
    handed_over(bench)
    made = ask(bench, METER, "8.7.1", 4, other_device="esme")
    assert made["acknowledgement"] == "I99"
    assert refused(bench, METER, "8.7.1", 4, other_device="hub-2") == "E080702"


def test_critical_requests_wait_for_the_hand_over(bench):
    ask(bench, METER, "12.2", 8, type="GSME")
    ask(bench, METER, "8.11")

    assert refused(bench, METER, "8.7.1", 4, other_device="esme") == "E4"
    ask(bench, METER, "6.21")
    assert refused(bench, METER, "6.21") == "E062101"
    ask(bench, METER, "8.7.1", 4, other_device="esme")


def test_to_log_a_device_again_changes_nothing_and_to_remove_it_takes_it_back(bench):
    notified(bench)
    ask(bench, DISPLAY, "8.11")
    ask(bench, DISPLAY, "8.11")
    assert bench.inventory.status_of("home-1", "stranger") == "Whitelisted"

    ask(bench, DISPLAY, "8.11", action="remove")
    assert bench.inventory.status_of("home-1", "stranger") == "Pending"
    ask(bench, DISPLAY, "8.11")
    ask(bench, DISPLAY, "8.7.2", other_device="esme")
    ask(bench, DISPLAY, "8.11")
    assert bench.inventory.status_of("home-1", "stranger") == "InstalledNotCommissioned"


def test_a_hub_that_cannot_be_reached_is_e20(make_bench):
    bench = make_bench(is_reachable=lambda _installation, _now: False)
    bench.inventory.commission("home-1", "hub")

    notified(bench)

    assert refused(bench, DISPLAY, "8.11") == "E20"


def test_the_supplier_of_a_role_is_that_of_its_fuel():
    meters = (
        PremisesDevice(name="e", eui64=Eui64(1), type="ESME"),
        PremisesDevice(name="g", eui64=Eui64(2), type="GSME", supplier="gas"),
        PremisesDevice(name="d", eui64=Eui64(3), type="IHD"),
    )
    home = Home(name="h", supplier="electricity", devices=meters)

    assert responsible_supplier(home, "IS", "e") == responsible_supplier(home, "IS", "d")
    assert responsible_supplier(home, "IS", "d") == "electricity"
    assert responsible_supplier(home, "GS", "g") == "gas"
    assert responsible_supplier(home, "GS", "e") == ""
    assert responsible_supplier(replace(home, devices=meters[:1]), "GS", "d") == ""


def test_the_six_are_those_of_the_seed_in_their_order():
    assert list(REQUESTS) == ["12.2", "8.11", "6.21", "8.7.1", "8.7.2", "8.1.1"]
    assert [row.is_critical for row in REQUESTS.values()] == [0, 0, 0, 1, 0, 1]
