import pytest

HOME = {"installation": "home-1"}
METERS = ["esme", "gsme"]


def submit(bench, *devices, **more):
    arguments = {**HOME, "devices": list(devices or METERS), **more}
    return bench.succeed(bench.commissioning_party, "submit_common_file", **arguments)


def check(bench):
    return bench.succeed(bench.commissioning_party, "check", **HOME)


def failed(bench):
    return {it["name"]: it["detail"] for it in check(bench)["checks"] if not it["passed"]}


def refuse_commission(bench, *devices):
    return bench.refuse(
        bench.commissioning_party, "commission", **HOME, devices=list(devices or METERS)
    )


def moved(bench, meter):
    """Have the gas meter hold the DCO's key, confirmed; the electricity meter does not."""
    bench.rotate(meter)
    bench.gas(bench.dco, "confirm_active", version=2)
    submit(bench)
    assert check(bench)["passed"]
    return bench


def test_a_good_file_passes_every_check(bench):
    file = submit(bench, "hub", "esme", "gsme", "ppmid", profile="all-active")

    report = check(bench)

    assert (report["common_file"], report["passed"]) == (file["common_file"], True)
    assert len(report["checks"]) == 16


@pytest.mark.parametrize(
    ("devices", "more", "expected"),
    [
        (METERS, {"group_id": "EB"}, {"group-id": "the file is for group EB"}),
        ([*METERS, "gsme"], {}, {"duplicates": "more than once: gsme"}),
        (["gsme"], {}, {"electricity-meter": "no ESME"}),
        (
            [*METERS, "old-ppmid", "ppmid"],
            {},
            {"last-joined": "2 PPMIDs: old-ppmid, ppmid"},
        ),
        (
            [*METERS, "old-ppmid"],
            {},
            {"last-joined": "old-ppmid is not the PPMID that joined last: ppmid is"},
        ),
        ([*METERS, "bare-ihd"], {}, {"required-data": "the SMSO lacks data: bare-ihd"}),
        ([*METERS, "stranger"], {}, {"third-party": "never migrated: stranger"}),
        ([*METERS, "repeater"], {}, {"third-party": "never migrated: repeater"}),
        (METERS, {"profile": "mixed"}, {"profile": "the meters are all-active"}),
        (METERS, {"profile": "all-dormant"}, {"profile": "the meters are all-active"}),
    ],
)
def test_a_bad_file_fails_the_check_that_is_there_for_it(bench, devices, more, expected):
    submit(bench, *devices, **more)

    assert failed(bench) == expected


@pytest.mark.parametrize(
    ("installation", "right", "wrong"),
    [("home-2", "all-dormant", "mixed"), ("home-3", "mixed", "all-dormant")],
)
def test_the_profile_is_that_of_the_meters(bench, installation, right, wrong):
    party, one = bench.commissioning_party, {"installation": installation}
    results = []
    for profile in (right, wrong):
        bench.succeed(party, "submit_common_file", **one, devices=["esme"], profile=profile)
        results.append(bench.succeed(party, "check", **one)["passed"])

    assert results == [True, False]


def test_a_model_without_an_epcl_entry_is_not_eligible(make_bench):
    bench = make_bench(without_entry=lambda _home: ("gsme",))
    submit(bench)

    assert failed(bench) == {"eligible-model": "no EPCL entry: gsme"}


def test_each_submission_is_a_new_file_to_be_checked_anew(bench, meter):
    moved(bench, meter)

    names = [submit(bench)["common_file"] for _ in range(2)]

    assert names == ["MCF/home-1/2", "MCF/home-1/3"]
    assert refuse_commission(bench, "gsme") == "CHECKS_NOT_PASSED"


def test_without_a_file_there_is_nothing_to_check_or_commission(bench):
    assert bench.refuse(bench.commissioning_party, "check", **HOME) == "NO_COMMON_FILE"
    assert refuse_commission(bench) == "NO_COMMON_FILE"


def test_a_file_that_names_an_unknown_device_is_not_taken(bench):
    code = bench.refuse(
        bench.commissioning_party, "submit_common_file", **HOME, devices=["esme", "toaster"]
    )

    assert code == "NO_SUCH_DEVICE"


def test_a_meter_is_commissioned_once_the_dco_has_confirmed_its_key(bench, meter):
    moved(bench, meter)

    result = bench.succeed(bench.commissioning_party, "commission", **HOME, devices=["gsme"])

    assert [it["device"] for it in result["devices"]] == ["hub", "gsme"]
    assert bench.gas(bench.inventory, "status") == {"status": "Commissioned"}
    assert not bench.inventory.is_commissioned("home-1", "esme")


def test_all_of_the_named_are_commissioned_or_none(bench, meter):
    moved(bench, meter)

    assert refuse_commission(bench) == "NOT_ACTIVE"
    assert not bench.inventory.is_commissioned("home-1", "gsme")
    assert not bench.inventory.is_commissioned("home-1", "hub")


def test_a_key_that_the_dco_has_not_confirmed_is_not_active(bench, meter):
    bench.rotate(meter)
    submit(bench)
    check(bench)

    assert refuse_commission(bench, "gsme") == "NOT_ACTIVE"


def test_a_device_that_is_not_in_the_file_is_not_commissioned(bench, meter):
    moved(bench, meter)

    assert refuse_commission(bench, "ppmid") == "NOT_IN_COMMON_FILE"


def test_nothing_is_commissioned_off_the_dcc_account(bench, meter):
    moved(bench, meter)
    bench.succeed(bench.smso, "roll_back", **HOME)

    assert refuse_commission(bench, "gsme") == "NOT_STARTED"


def test_commissioning_that_fails_by_the_scenario_succeeds_when_asked_again(make_bench, meter_of):
    bench = make_bench(refusals={"home-1": 1})
    moved(bench, meter_of(bench))

    assert refuse_commission(bench, "gsme") == "REFUSED"
    assert bench.succeed(bench.commissioning_party, "commission", **HOME, devices=["gsme"])
