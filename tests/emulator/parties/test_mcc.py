"""The MCC: what stands in the way of a start, and for how long."""

from hanbench.emulator.instant import HOUR_US, Instant

BEGIN = Instant(0)


def reasons(bench, installation: str = "home-1", now: Instant = BEGIN) -> list[str]:
    cleared = bench.succeed(bench.mcc, "clearance", now, installation=installation)
    assert cleared["is_cleared"] == (not cleared["reasons"])
    return cleared["reasons"]


def test_nothing_stands_in_the_way_of_an_installation_that_nobody_stopped(bench):
    assert reasons(bench) == []


def test_a_stop_request_stands_in_the_way_until_the_supplier_resubmits(bench):
    bench.succeed(bench.supplier, "request_stop", installation="home-1")

    assert reasons(bench) == ["stop-requested"]
    bench.succeed(bench.supplier, "resubmit", installation="home-1")
    assert reasons(bench) == []


def test_a_supplier_may_start_no_more_than_its_limit_on_a_day(make_bench):
    bench = make_bench(daily_limit={"supplier-a": 1})
    bench.succeed(bench.smso, "start_migration", installation="home-1")

    assert reasons(bench, "home-1") == []
    assert reasons(bench, "home-2") == ["daily-limit"]
    # The epoch is at 09:00: the next day begins fifteen hours later.
    assert reasons(bench, "home-2", Instant(15 * HOUR_US - 1)) == ["daily-limit"]
    assert reasons(bench, "home-2", Instant(15 * HOUR_US)) == []


def test_a_suspension_is_only_for_dormant_meters_and_ends(bench):
    first = bench.succeed(bench.mcc, "suspend_dormant", Instant(3))
    again = bench.succeed(bench.mcc, "suspend_dormant", Instant(4))

    assert first == again == {"is_suspended": True, "since_us": 3}
    suspended = {home: reasons(bench, home) for home in ("home-1", "home-2", "home-3")}
    assert ["dormant-suspended"] in suspended.values()
    assert [] in suspended.values()
    bench.succeed(bench.mcc, "resume_dormant")
    assert all(reasons(bench, home) == [] for home in suspended)


def test_half_past_four_on_the_day_before_is_the_edge_of_sufficient_notice(bench):
    edge = 7 * HOUR_US + HOUR_US // 2  # 16:30 on the day of the epoch, which is at 09:00

    assert bench.mcc.is_in_time(Instant(edge - 1), 1)
    assert not bench.mcc.is_in_time(Instant(edge), 1)


def premises(bench):
    return bench.supplier._premises


def test_a_change_of_supplier_waits_for_an_authorisation_of_the_new_one(bench):
    premises(bench).change_supplier("home-1", "supplier-b")

    assert reasons(bench) == ["supplier-changed"]
    old = {"installation": "home-1", "supplier": "supplier-a", "day": 2}
    assert bench.refuse(bench.mcc, "authorise", **old) == "NOT_RESPONSIBLE"
    assert bench.succeed(bench.mcc, "authorise", **old | {"supplier": "supplier-b"}) == {"day": 2}
    assert reasons(bench) == ["not-authorised-today"]
    # The epoch is at 09:00: the day after the next begins in 39 hours.
    assert reasons(bench, now=Instant(39 * HOUR_US)) == []


def test_a_change_of_supplier_of_one_meter_is_one_of_the_installation(bench):
    premises(bench).change_supplier("home-1", "supplier-b", "gsme")

    assert reasons(bench) == ["supplier-changed"]
    premises(bench).change_supplier("home-1", "supplier-a", "gsme")
    assert reasons(bench) == []


def test_nobody_authorises_a_dormant_meter_so_it_waits_for_no_supplier(bench):
    premises(bench).change_supplier("home-2", "supplier-b")

    assert reasons(bench, "home-2") == []


def test_a_meter_that_was_active_and_has_gone_dormant_stands_in_the_way(bench):
    premises(bench).go_dormant("home-2", "esme")  # it was Dormant when it was authorised
    premises(bench).go_dormant("home-1", "esme")

    assert reasons(bench, "home-2") == []
    assert reasons(bench, "home-1") == ["active-to-dormant"]


def test_an_active_home_waits_for_its_supplier_after_a_rollback_and_a_dormant_one_does_not(bench):
    for home in ("home-1", "home-2"):
        bench.accounts.start(home, BEGIN)
        assert "not-resubmitted" not in reasons(bench, home)
        bench.accounts.hold(home)
        bench.accounts.give_back(home)

    assert "not-resubmitted" in reasons(bench, "home-1")
    assert "not-resubmitted" not in reasons(bench, "home-2")

    bench.succeed(bench.supplier, "resubmit", installation="home-1")

    assert "not-resubmitted" not in reasons(bench, "home-1")


def test_what_is_commissioned_is_not_cleared_again(bench):
    bench.inventory.commission("home-1", "esme")

    assert reasons(bench) == ["already-migrated"]


def test_an_authorisation_for_another_day_leaves_a_stop_behind(bench):
    bench.succeed(bench.supplier, "request_stop", installation="home-1")

    bench.succeed(bench.mcc, "authorise", installation="home-1", supplier="supplier-a", day=1)

    assert reasons(bench) == ["not-authorised-today"]


def test_an_authorisation_of_a_home_that_nobody_knows_is_refused(bench):
    asked = {"installation": "atlantis", "supplier": "supplier-a", "day": 1}

    assert bench.refuse(bench.mcc, "authorise", **asked) == "NO_SUCH_INSTALLATION"
