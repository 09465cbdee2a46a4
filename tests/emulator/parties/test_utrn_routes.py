"""The cut-over of top-ups (domain.md 1.6): which route is open when, and who issues what."""

import pytest

from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.emulator.parties.accounts import Account
from hanbench.emulator.parties.n55 import N55Conduct
from hanbench.emulator.parties.utrn_period import UTRN_PERIOD_US, Phase, phase
from hanbench.protocol import utrn
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import KeyUsage

START = Instant(1_000)
LAST = Instant(START + UTRN_PERIOD_US - 1)
OVER = Instant(START + UTRN_PERIOD_US)
GSME = Eui64(0x00DB1234567890A1)


def top_up(bench, route, now=START):
    return bench.gas(bench.psp, "top_up", now, pence=1000, route=route)["utrn"]


def refused(bench, route, now=START):
    return bench.refuse_gas(bench.psp, "top_up", now, pence=1000, route=route)


def sequence(bench, digits):
    vend = bench.keys.key(GSME, KeyUsage.VEND)
    judged = utrn.judge(vend, GSME, digits)
    assert isinstance(judged, tuple)
    (code,) = judged
    assert (code.type, code.value) == (utrn.NativeType.VEND_ADD, 1000)
    return code.sequence


@pytest.mark.parametrize(
    ("account", "started_at", "now", "expected"),
    [
        (Account.SUPPLIER, None, 0, Phase.BEFORE_MIGRATION),
        (Account.DCC, None, 10**15, Phase.MIGRATING),
        (Account.DCC, START, START, Phase.UTRN_PERIOD),
        (Account.DCC, START, LAST, Phase.UTRN_PERIOD),
        (Account.DCC, START, OVER, Phase.DCC_ONLY),
        (Account.HELD_BY_SECURE, None, 0, Phase.ROLLED_BACK),
        (Account.HELD_BY_SECURE, START, OVER, Phase.ROLLED_BACK),
    ],
)
def test_the_phase_follows_the_account_and_the_utrn_period(account, started_at, now, expected):
    assert phase(account, started_at, Instant(now)) is expected


def test_the_utrn_period_is_336_hours():
    assert UTRN_PERIOD_US == 336 * 60 * 60 * SECOND_US


def test_before_migration_the_smso_serves_even_without_an_arrangement(make_bench):
    bench = make_bench(with_arrangement=())

    assert sequence(bench, top_up(bench, "smso")) == 2
    assert sequence(bench, bench.gas(bench.smso, "web_vend", pence=1000)["utrn"]) == 4
    assert refused(bench, "dcc") == "NOT_YET"


def test_web_vend_ends_with_the_start_of_migration(bench):
    bench.succeed(bench.smso, "start_migration", installation="home-1")

    assert bench.refuse_gas(bench.smso, "web_vend", pence=1000) == "MIGRATION_STARTED"
    assert sequence(bench, top_up(bench, "smso")) == 2
    assert refused(bench, "dcc") == "NOT_YET"


def test_without_an_arrangement_the_smso_route_closes_with_the_start(make_bench):
    bench = make_bench(with_arrangement=())
    bench.succeed(bench.smso, "start_migration", installation="home-1")

    assert refused(bench, "smso") == "NO_ARRANGEMENT"


def test_in_the_utrn_period_both_routes_are_open_with_sequences_of_their_own(bench, meter):
    bench.rotate(meter, START)

    smso = [sequence(bench, top_up(bench, "smso", LAST)) for _ in range(2)]
    dcc = [sequence(bench, top_up(bench, "dcc", LAST)) for _ in range(2)]

    assert (smso, dcc) == ([2, 4], [1, 3])
    assert bench.refuse_gas(bench.smso, "web_vend", LAST, pence=1000) == "MIGRATION_STARTED"


def test_after_the_utrn_period_the_dcc_is_the_only_route(bench, meter):
    bench.rotate(meter, START)

    assert refused(bench, "smso", OVER) == "UTRN_PERIOD_OVER"
    assert top_up(bench, "dcc", OVER)


def test_each_meter_of_a_home_has_a_utrn_period_of_its_own(bench, meter):
    bench.rotate(meter, START)

    electricity = {"installation": "home-1", "device": "esme", "pence": 1000}

    assert bench.succeed(bench.psp, "top_up", OVER, **electricity, route="smso")
    assert bench.refuse(bench.psp, "top_up", OVER, **electricity, route="dcc") == "NOT_YET"


def test_after_a_rollback_the_arrangement_still_serves_and_the_web_does_not(bench, meter):
    bench.rotate(meter, START)
    bench.succeed(bench.smso, "roll_back", installation="home-1")

    assert top_up(bench, "smso", OVER)
    assert refused(bench, "dcc", OVER) == "NOT_YET"
    assert bench.refuse_gas(bench.smso, "web_vend", OVER, pence=1000) == "MIGRATION_STARTED"


def test_a_commissioned_meter_is_served_by_the_dcc(bench):
    bench.inventory.commission("home-1", "gsme")

    assert sequence(bench, top_up(bench, "dcc")) == 1


def test_a_lost_n55_leaves_the_customer_without_a_code_until_asked_again(make_bench):
    bench = make_bench(n55=N55Conduct(lost={("home-1", "gsme"): 1}))
    bench.inventory.commission("home-1", "gsme")

    assert refused(bench, "dcc") == "N55_LOST"
    # The lost code keeps its sequence: it may yet turn up.
    assert sequence(bench, top_up(bench, "dcc")) == 3


def test_an_n55_is_acknowledged_first(bench):
    bench.inventory.commission("home-1", "gsme")

    alert = bench.gas(bench.s1sp, "issue_utrn", pence=1000)

    assert (alert["acknowledgement"], alert["alert"]) == ("I99", "N55")


def test_issuers_go_on_after_the_last_sequence_that_the_meter_has_seen(make_bench):
    bench = make_bench(last_sequences={("home-1", "gsme"): 5_000})
    bench.inventory.commission("home-1", "gsme")

    assert sequence(bench, top_up(bench, "smso")) == 5_002
    assert sequence(bench, top_up(bench, "dcc")) == 5_001


def test_an_issuer_that_has_used_all_sequences_says_so(make_bench):
    bench = make_bench(last_sequences={("home-1", "gsme"): 32_766})
    bench.inventory.commission("home-1", "gsme")

    assert refused(bench, "smso") == "SEQUENCES_SPENT"
    assert sequence(bench, top_up(bench, "dcc")) == 32_767
    assert refused(bench, "dcc") == "SEQUENCES_SPENT"


def test_only_a_meter_is_topped_up(bench):
    for operation in ("web_vend", "issue_utrn"):
        code = bench.refuse(
            bench.smso, operation, installation="home-1", device="ppmid", pence=1000
        )
        assert code == "NO_SUCH_DEVICE"


def test_a_late_n55_is_with_the_supplier_when_it_is_due_and_not_before(make_bench):
    late_us = 60 * SECOND_US
    bench = make_bench(n55=N55Conduct(late_us={("home-1", "gsme"): late_us}))
    bench.inventory.commission("home-1", "gsme")
    gsme = {"installation": "home-1", "device": "gsme"}

    at_once = bench.s1sp.call("issue_utrn", {**gsme, "pence": 500}, Instant(0))
    before = bench.s1sp.call("n55_alerts", gsme, Instant(late_us - 1))
    due = bench.s1sp.call("n55_alerts", gsme, Instant(late_us))

    assert at_once["utrn"] is None
    assert before["alerts"] == []
    assert [alert["received_at_us"] for alert in due["alerts"]] == [late_us]
