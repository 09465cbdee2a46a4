import pytest

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.smso import SmsoConduct
from hanbench.protocol import instruction as instructions
from hanbench.protocol import wan
from hanbench.protocol.answer import Outcome
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import NoOp
from hanbench.protocol.keys import KeyUsage

SMSO = Eui64(0x90B3D51F30000001)
GSME = Eui64(0x00DB1234567890A1)
HOME = {"installation": "home-1"}
METER = ("home-1", "gsme")
NO_OP = instructions.encode(NoOp(9))


def test_the_communications_check_covers_the_hub_and_the_meters(bench):
    report = bench.succeed(bench.smso, "communications_check", **HOME)

    assert report["devices"] == [
        {"device": "hub", "last_contact_us": 7, "is_recent": True},
        {"device": "esme", "last_contact_us": 7, "is_recent": True},
        {"device": "gsme", "last_contact_us": None, "is_recent": True},
    ]


def test_of_a_third_party_device_the_smso_knows_the_address_alone(bench):
    devices = bench.succeed(bench.smso, "devices", **HOME)["devices"]

    by_name = {device["device"]: device for device in devices}
    assert by_name["ppmid"]["type"] == "PPMID"
    assert by_name["stranger"]["type"] is None
    assert by_name["stranger"]["eui64"] == "00-DB-12-34-56-78-90-A7"
    assert by_name["ppmid"]["joined_order"] > by_name["old-ppmid"]["joined_order"]
    assert not by_name["bare-ihd"]["has_required_data"]


def test_migration_starts_once_however_often_it_is_asked_for(bench):
    first = bench.succeed(bench.smso, "start_migration", Instant(5), **HOME)
    second = bench.succeed(bench.smso, "start_migration", Instant(6), **HOME)

    assert first == {
        "account": "dcc",
        "started_at_us": 5,
        "already_started": False,
        "by_another": False,
        "attempt": 1,
    }
    assert second == {**first, "already_started": True}


def test_a_second_engine_is_told_that_the_migration_is_anothers(bench):
    ours = {**HOME, "request": "attempt 1, begun at 0 us"}
    theirs = {**HOME, "request": "attempt 1, begun at 9 us"}
    bench.succeed(bench.smso, "start_migration", Instant(5), **ours)

    assert not bench.succeed(bench.smso, "start_migration", Instant(6), **ours)["by_another"]
    assert bench.succeed(bench.smso, "start_migration", Instant(7), **theirs)["by_another"]


def test_a_rolled_back_installation_starts_again_only_from_the_supplier_account(bench):
    bench.succeed(bench.smso, "start_migration", **HOME)
    held = bench.succeed(bench.smso, "roll_back", **HOME)
    refused = bench.refuse(bench.smso, "start_migration", **HOME)
    returned = bench.succeed(bench.smso, "return_account", **HOME)

    assert (held["account"], refused, returned["account"]) == (
        "held-by-secure",
        "HELD_BY_SECURE",
        "supplier",
    )
    assert bench.succeed(bench.smso, "start_migration", **HOME)["attempt"] == 2


def test_what_was_not_started_cannot_be_rolled_back(bench):
    assert bench.refuse(bench.smso, "roll_back", **HOME) == "NOT_STARTED"


def test_a_rollback_asked_for_twice_is_one_rollback(bench):
    bench.succeed(bench.smso, "start_migration", **HOME)

    assert bench.succeed(bench.smso, "roll_back", **HOME) == bench.succeed(
        bench.smso, "roll_back", **HOME
    )


def test_an_account_is_not_returned_in_the_middle_of_a_migration(bench):
    bench.succeed(bench.smso, "start_migration", **HOME)

    assert bench.refuse(bench.smso, "return_account", **HOME) == "NOT_ROLLED_BACK"


def test_no_key_is_handed_over_before_the_start(bench):
    assert bench.refuse_gas(bench.smso, "hand_over") == "NOT_STARTED"


def test_no_key_is_handed_over_after_a_rollback(bench):
    bench.succeed(bench.smso, "start_migration", **HOME)
    bench.succeed(bench.smso, "roll_back", **HOME)

    assert bench.refuse_gas(bench.smso, "hand_over") == "NOT_STARTED"


def test_a_missing_master_key_is_named(make_bench):
    bench = make_bench(lacking=((GSME, KeyUsage.MASTER),))
    told = make_bench(conduct=SmsoConduct(master_key_missing=(METER,)))
    for each in (bench, told):
        each.succeed(each.smso, "start_migration", **HOME)

    assert bench.refuse_gas(bench.smso, "hand_over") == "MISSING_MASTER_KEY"
    assert told.refuse_gas(told.smso, "hand_over") == "MISSING_MASTER_KEY"
    assert told.succeed(told.smso, "hand_over", **HOME, device="esme")


def test_an_smso_that_refuses_does_so_as_often_as_the_scenario_says(make_bench):
    bench = make_bench(
        conduct=SmsoConduct(start_refusals={"home-1": 2}, hand_over_refusals={METER: 1})
    )

    starts = [bench.refuse(bench.smso, "start_migration", **HOME) for _ in range(2)]
    bench.succeed(bench.smso, "start_migration", **HOME)
    hand_over = bench.refuse_gas(bench.smso, "hand_over")

    assert (starts, hand_over) == (["REFUSED", "REFUSED"], "REFUSED")
    assert bench.gas(bench.smso, "hand_over")["file"]


def test_a_stale_counter_comes_to_light_when_the_meter_answers(make_bench, meter_of):
    bench = make_bench(conduct=SmsoConduct(stale_counter={METER: 30}))
    meter = meter_of(bench)

    held = bench.hand_over()
    first, second = (bench.exchange(meter, NO_OP, 1) for _ in range(2))

    assert held["last_counter"] == 30
    assert (first["outcome"], second["outcome"]) == ("replayed", "accepted")


def test_another_meters_key_verifies_nothing_that_this_meter_says(make_bench, meter_of):
    bench = make_bench(conduct=SmsoConduct(wrong_key=(METER,)))
    meter = meter_of(bench)
    bench.hand_over()

    read = bench.exchange(meter, NO_OP, 1)

    assert (read["outcome"], read["verified_under"]) == ("bad-code", None)


def test_the_right_key_can_be_handed_over_after_the_wrong_one(make_bench, meter_of):
    wrong = make_bench(conduct=SmsoConduct(wrong_key=(METER,)))
    right = make_bench()
    wrong.hand_over()
    right.succeed(right.smso, "start_migration", **HOME)
    file = right.gas(right.smso, "hand_over")["file"]

    wrong.gas(wrong.dco, "accept_hand_over", file=file)

    assert wrong.exchange(meter_of(wrong), NO_OP, 1)["outcome"] == "accepted"


@pytest.mark.parametrize(("heeds", "expected"), [(True, "REFUSED"), (False, None)])
def test_a_stopped_installation_is_started_only_by_an_smso_that_does_not_heed_stops(
    make_bench, heeds, expected
):
    bench = make_bench(conduct=SmsoConduct(heeds_stops=heeds))
    bench.succeed(bench.supplier, "request_stop", **HOME)

    answer = bench.smso.call("start_migration", HOME, Instant(0))

    assert getattr(answer, "code", None) == expected


def test_after_the_hand_over_the_smso_still_can_command_and_after_the_commit_no_more(bench, meter):
    bench.hand_over()
    envelopes = [bench.smso.rogue_command("home-1", "gsme", NO_OP) for _ in range(3)]
    transport = bench.keys.key(GSME, KeyUsage.TRANSPORT, SMSO)
    commands = [
        instructions.decode_command(wan.verify(envelope, transport).payload)
        for envelope in envelopes
    ]
    codes = [
        {"key_version": it.key_version, "counter": it.counter, "code": it.code.hex()}
        for it in (command.authorisation for command in commands)
        if it is not None
    ]

    before = meter.obey(NO_OP, codes[0]).outcome
    bench.exchange(meter, bench.rotation(), 1)  # refused as a replay: the counters met
    moved = bench.exchange(meter, bench.rotation(), 1)
    after = meter.obey(NO_OP, codes[2]).outcome

    assert (before, moved["verified_under"]["version"]) == (Outcome.ACCEPTED, 3)
    assert after is Outcome.WRONG_KEY_VERSION
    assert len({wan.decode(envelope).message_id for envelope in envelopes}) == 3
    assert all(wan.decode(envelope).message_id > 1 << 31 for envelope in envelopes)
