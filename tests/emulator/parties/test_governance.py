"""The Requesting Party's end, the 14 days of a referral, and the CoS Execution Counter."""

from hanbench.emulator.instant import DAY_US, Instant

HOME = {"installation": "home-1"}
REFER = {**HOME, "number": 1, "supplier": "supplier-a"}
COS = {**HOME, "device": "esme", "supplier": "supplier-b"}


def test_nothing_is_cleared_once_the_requesting_party_is_gone(bench):
    first = bench.succeed(bench.mcc, "decommission_requesting_party", Instant(3))
    again = bench.succeed(bench.mcc, "decommission_requesting_party", Instant(4))

    assert first == again == {"since_us": 3}
    cleared = bench.succeed(bench.mcc, "clearance", Instant(5), **HOME)
    assert cleared == {"is_cleared": False, "reasons": ["requesting-party-gone"]}


def test_a_matter_may_be_referred_until_the_fourteenth_day_is_over(bench):
    decided = bench.succeed(bench.mcc, "decide_matter", Instant(7), **HOME, matter="firmware")
    last = Instant(7 + 14 * DAY_US - 1)

    assert decided == {"number": 1, "decided_at_us": 7, "refer_until_us": last + 1}
    assert bench.succeed(bench.mcc, "refer_matter", last, **REFER) == {"referred_at_us": last}
    assert bench.refuse(bench.mcc, "refer_matter", Instant(last + 1), **REFER) == "TOO_LATE"


def test_only_what_was_decided_is_referred_and_by_its_own_supplier(bench):
    assert bench.refuse(bench.mcc, "refer_matter", **REFER) == "NO_SUCH_MATTER"
    bench.succeed(bench.mcc, "decide_matter", **HOME, matter="firmware")

    other = {**REFER, "supplier": "supplier-z"}
    assert bench.refuse(bench.mcc, "refer_matter", **other) == "NO_SUCH_MATTER"
    nowhere = {**REFER, "installation": "home-9"}
    assert bench.refuse(bench.mcc, "refer_matter", **nowhere) == "NO_SUCH_INSTALLATION"
    decision = {"installation": "home-9", "matter": "x"}
    assert bench.refuse(bench.mcc, "decide_matter", **decision) == "NO_SUCH_INSTALLATION"


def test_cos_credentials_are_taken_above_the_counter_of_their_own_meter_alone(bench):
    update = "update_cos_credentials"

    assert bench.succeed(bench.s1sp, update, **COS, counter=5) == {
        "supplier": "supplier-b",
        "counter": 5,
    }
    assert bench.refuse(bench.s1sp, update, **COS, counter=5) == "COUNTER_NOT_ABOVE"
    assert bench.refuse(bench.s1sp, update, **COS, counter=4) == "COUNTER_NOT_ABOVE"
    assert bench.succeed(bench.s1sp, update, **{**COS, "device": "gsme"}, counter=1)
    assert bench.succeed(bench.s1sp, update, **COS, counter=6)["counter"] == 6
    unknown = {**COS, "device": "nothing"}
    assert bench.refuse(bench.s1sp, update, **unknown, counter=7) == "NO_SUCH_DEVICE"


def test_whoever_s_credentials_are_taken_is_the_supplier_of_that_meter_and_of_a_home_it_has(bench):
    told = []
    bench.s1sp.cos.on_taken = lambda *which: told.append(which)
    premises = bench.s1sp._setup.premises
    update = "update_cos_credentials"

    bench.succeed(bench.s1sp, update, **COS, counter=5)
    assert premises.home("home-1").suppliers == ("supplier-b", "supplier-a")
    assert premises.home("home-1").supplier == "supplier-a"
    bench.refuse(bench.s1sp, update, **{**COS, "supplier": "supplier-a"}, counter=5)
    assert premises.home("home-1").suppliers == ("supplier-b", "supplier-a")
    bench.succeed(bench.s1sp, update, **{**COS, "device": "gsme"}, counter=1)

    assert premises.home("home-1").supplier == "supplier-b"
    assert told == [("home-1", "esme", "supplier-b"), ("home-1", "gsme", "supplier-b")]


def test_the_dsp_serves_the_supplier_that_has_taken_a_device_over(bench):
    bench.dsp.taken_over("home-1", "esme", "supplier-b")

    assert bench.dsp.notified_supplier("home-1", "esme") == "supplier-b"
