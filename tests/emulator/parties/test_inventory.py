import pytest

from hanbench.emulator.instant import Instant

GSME = {"type": "GSME", "status": "Pending"}


def register(bench, device, kind, **more):
    arguments = {"installation": "home-1", "device": device, "type": kind, "status": "Pending"}
    return bench.inventory.call("register", {**arguments, **more}, 0)


def test_a_registered_device_has_the_status_it_was_given(bench):
    bench.gas(bench.inventory, "register", **GSME)

    assert bench.gas(bench.inventory, "status") == {"status": "Pending"}


def test_a_device_is_registered_once(bench):
    bench.gas(bench.inventory, "register", **GSME)

    assert bench.refuse_gas(bench.inventory, "register", **GSME) == "ALREADY_REGISTERED"


def test_a_change_of_status_tells_the_one_before(bench):
    bench.gas(bench.inventory, "register", **GSME)

    changed = bench.gas(bench.inventory, "set_status", status="Whitelisted")

    assert changed == {"status": "Whitelisted", "previous": "Pending", "is_overtaken": False}


def test_what_is_not_registered_has_no_status(bench):
    assert bench.refuse_gas(bench.inventory, "status") == "NOT_REGISTERED"
    assert bench.refuse_gas(bench.inventory, "set_status", status="Pending") == "NOT_REGISTERED"


def test_a_device_is_registered_under_its_own_type(bench):
    assert register(bench, "gsme", "ESME").code == "WRONG_TYPE"


def test_a_third_party_device_enters_by_service_request_only(bench):
    assert register(bench, "stranger", "IHD").code == "THIRD_PARTY"
    assert register(bench, "stranger", "IHD", route="12.2") == {"status": "Pending"}


@pytest.mark.parametrize(("kind", "code"), [("CAD", "WRONG_TYPE"), ("REPEATER", "BAD_REQUEST")])
def test_a_repeater_has_no_dcc_device_type_to_be_registered_under(bench, kind, code):
    assert register(bench, "repeater", kind, route="12.2").code == code


def test_a_status_follows_only_where_the_path_has_it(bench):
    bench.gas(bench.inventory, "register", **GSME)

    assert bench.refuse_gas(bench.inventory, "set_status", status="Commissioned") == "WRONG_ORDER"
    bench.gas(bench.inventory, "set_status", status="Pending")
    for status in ("Whitelisted", "InstalledNotCommissioned", "Commissioned", "Recovery"):
        bench.gas(bench.inventory, "set_status", status=status)
    assert bench.refuse_gas(bench.inventory, "set_status", status="Commissioned") == "WRONG_ORDER"


def test_a_dated_update_may_leave_out_what_is_still_on_its_way_and_that_is_then_overtaken(bench):
    bench.gas(bench.inventory, "register", **GSME)

    later = {"status": "Commissioned", "effective_at_us": 20}
    early = {"status": "InstalledNotCommissioned", "effective_at_us": 10}
    assert bench.gas(bench.inventory, "set_status", Instant(30), **later)["is_overtaken"] is False
    told = bench.gas(bench.inventory, "set_status", Instant(40), **early)

    assert told == {"status": "Commissioned", "previous": "Commissioned", "is_overtaken": True}
    assert [change.status for change in bench.inventory.history("home-1", "gsme")] == [
        "Pending",
        "Commissioned",
    ]


def test_a_dated_update_does_not_go_back_along_the_path(bench):
    bench.gas(bench.inventory, "register", **GSME)
    bench.gas(bench.inventory, "set_status", status="Whitelisted")
    bench.gas(bench.inventory, "set_status", status="InstalledNotCommissioned")

    back = {"status": "Whitelisted", "effective_at_us": 50}

    assert bench.refuse_gas(bench.inventory, "set_status", Instant(60), **back) == "WRONG_ORDER"
