import pytest

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

    changed = bench.gas(bench.inventory, "set_status", status="Commissioned")

    assert changed == {"status": "Commissioned", "previous": "Pending"}
    assert bench.inventory.is_commissioned("home-1", "gsme")


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
