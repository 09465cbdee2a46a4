"""The EPCL: what has an entry, who approves it, and when the Separation is due."""

from datetime import timedelta

from hanbench.emulator.instant import DAY_US, Instant

MODEL = "gas"


def due(bench, key: str = "separation_us") -> str:
    at = bench.succeed(bench.epcl, "separation")[key]
    epoch = bench.mcc._setup.epoch
    return (epoch + timedelta(microseconds=at)).date().isoformat()


def test_an_entry_by_the_ppct_is_effective_without_the_secretary_of_state(bench):
    entry = bench.succeed(bench.epcl, "propose", model=MODEL, way="PPCT")

    assert entry["effective_since_us"] == 0


def test_any_other_entry_waits_until_it_is_approved(bench):
    waiting = bench.succeed(bench.epcl, "propose", model=MODEL)
    entry = bench.succeed(bench.epcl, "approve", Instant(5), model=MODEL)

    assert waiting["effective_since_us"] is None
    assert entry["effective_since_us"] == 5


def test_what_nobody_proposed_cannot_be_approved(bench):
    assert bench.refuse(bench.epcl, "approve", model=MODEL) == "NOT_PROPOSED"


def test_without_an_entry_an_installation_is_not_eligible_and_the_device_is_named(make_bench):
    every = make_bench()
    models = {
        one["device"]: one["model"]
        for one in every.succeed(every.epcl, "check", installation="home-1")["devices"]
    }
    bench = make_bench(without=(models["gsme"],))

    report = bench.succeed(bench.epcl, "check", installation="home-1")

    lacking = [one["device"] for one in report["devices"] if not one["is_eligible"]]
    assert not report["is_eligible"]
    assert "gsme" in lacking
    bench.succeed(bench.epcl, "propose", model=models["gsme"], way="PPCT")
    assert bench.succeed(bench.epcl, "check", installation="home-1")["is_eligible"]


def test_the_separation_is_due_fifteen_months_after_the_last_entry(bench):
    assert bench.succeed(bench.epcl, "separation")["separation_us"] is None

    bench.succeed(bench.epcl, "propose", model=MODEL, way="PPCT")
    first = due(bench)
    bench.succeed(bench.epcl, "propose", Instant(30 * DAY_US), model="other", way="PPCT")

    assert first == "2022-06-01"
    assert due(bench, "standstill_ends_us") == "2022-03-31"
    assert due(bench) == "2022-06-30"  # June has no 31st


def test_an_entry_after_a_completed_standstill_moves_no_date(bench):
    propose = {"way": "PPCT"}
    bench.succeed(bench.epcl, "propose", model=MODEL, **propose)
    standstill = bench.succeed(bench.epcl, "separation")["standstill_ends_us"]

    bench.succeed(bench.epcl, "propose", Instant(standstill), model="late", **propose)
    assert due(bench) == "2022-06-01"
    bench.succeed(bench.epcl, "propose", Instant(standstill - 1), model="in-time", **propose)
    assert due(bench) == "2023-06-01"
