import typing

import pytest

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.supplier_operations import OutcomeWords
from hanbench.harness.engine.port import EndState

HOME_1 = {"installation": "home-1"}


def roll_back_and_return(bench, installation):
    for operation in ("start_migration", "roll_back", "return_account"):
        bench.succeed(bench.smso, operation, installation=installation)


def test_the_outcomes_are_those_of_the_engine_port():
    assert typing.get_args(OutcomeWords) == tuple(state.value for state in EndState)


def test_each_notice_is_counted_with_its_instant(bench):
    told = [
        bench.succeed(bench.supplier, "notify", Instant(at), **HOME_1, outcome="unresolved")
        for at in (4, 9)
    ]

    assert told == [
        {"notified_at_us": 4, "notices": 1, "supplier": "supplier-a"},
        {"notified_at_us": 9, "notices": 2, "supplier": "supplier-a"},
    ]


def test_no_engine_may_say_stranded(bench):
    code = bench.refuse(bench.supplier, "notify", **HOME_1, outcome="stranded")

    assert code == "BAD_REQUEST"


def test_an_arrangement_is_the_suppliers_and_holds_for_all_its_homes(bench):
    bench.succeed(bench.supplier, "set_arrangement", **HOME_1, has_arrangement=False)

    asked = [
        bench.succeed(bench.supplier, "arrangement", installation=home)
        for home in ("home-1", "home-2", "home-3")
    ]

    assert asked == [
        {"supplier": "supplier-a", "has_arrangement": False},
        {"supplier": "supplier-a", "has_arrangement": False},
        {"supplier": "supplier-b", "has_arrangement": False},
    ]


def test_an_active_installation_is_resubmitted_from_the_supplier_account(bench):
    bench.succeed(bench.smso, "start_migration", **HOME_1)
    bench.succeed(bench.smso, "roll_back", **HOME_1)
    too_early = bench.refuse(bench.supplier, "resubmit", **HOME_1)
    bench.succeed(bench.smso, "return_account", **HOME_1)

    assert too_early == "NOT_RETURNED"
    assert bench.succeed(bench.supplier, "resubmit", **HOME_1) == {
        "attempt": 2,
        "meters": ["esme", "gsme"],
    }


def test_a_dormant_installation_is_not_the_suppliers_to_resubmit(bench):
    roll_back_and_return(bench, "home-2")

    assert bench.refuse(bench.supplier, "resubmit", installation="home-2") == "DORMANT"


@pytest.mark.parametrize(("starts", "expected"), [(3, None), (4, "EXCLUDED")])
def test_after_five_attempts_an_installation_is_excluded(make_bench, starts, expected):
    bench = make_bench(starts_before={"home-1": starts})
    roll_back_and_return(bench, "home-1")

    answer = bench.supplier.call("resubmit", HOME_1, Instant(0))

    assert getattr(answer, "code", None) == expected


def test_one_stop_request_covers_the_suppliers_day_and_no_other(bench):
    stopped = bench.succeed(bench.supplier, "request_stop", Instant(3), **HOME_1)

    assert stopped == {
        "requested_at_us": 3,
        "stopped": ["home-1", "home-2"],
        "already_started": [],
        "missed": [],
    }
    states = {
        home: bench.succeed(bench.supplier, "stop_state", installation=home)["is_stopped"]
        for home in ("home-1", "home-2", "home-3")
    }
    assert states == {"home-1": True, "home-2": True, "home-3": False}


def test_what_has_started_runs_to_its_end(bench):
    bench.succeed(bench.smso, "start_migration", installation="home-2")

    stopped = bench.succeed(bench.supplier, "request_stop", **HOME_1)

    assert (stopped["stopped"], stopped["already_started"]) == (["home-1"], ["home-2"])


def test_a_second_request_keeps_the_instant_of_the_first(bench):
    bench.succeed(bench.supplier, "request_stop", Instant(3), **HOME_1)
    bench.succeed(bench.supplier, "request_stop", Instant(8), **HOME_1)

    assert bench.succeed(bench.supplier, "stop_state", **HOME_1)["requested_at_us"] == 3


def test_in_a_home_of_two_suppliers_either_can_stop_it_by_naming_its_meter(bench):
    stopped = bench.succeed(bench.supplier, "request_stop", installation="home-3", meter="gsme")

    assert stopped["stopped"] == ["home-3"]
    assert bench.succeed(bench.supplier, "request_stop", installation="home-3", meter="esme")
    assert (
        bench.refuse(bench.supplier, "request_stop", installation="home-3", meter="hub")
        == "NO_SUCH_DEVICE"
    )


def test_a_resubmission_lifts_the_stop(bench):
    bench.succeed(bench.supplier, "request_stop", **HOME_1)
    bench.succeed(bench.supplier, "resubmit", **HOME_1)

    assert bench.succeed(bench.smso, "start_migration", **HOME_1)["attempt"] == 1


def test_the_notice_goes_to_who_is_responsible_when_it_is_given(bench):
    bench.supplier._premises.change_supplier("home-1", "supplier-b")

    told = bench.succeed(bench.supplier, "notify", **HOME_1, outcome="commissioned")
    named = bench.succeed(
        bench.supplier, "notify", **HOME_1, outcome="commissioned", supplier="supplier-a"
    )

    assert (told["supplier"], named["supplier"]) == ("supplier-b", "supplier-a")
