import pytest

from hanbench.emulator.instant import Instant
from hanbench.protocol import answer as answers
from hanbench.protocol import instruction as instructions
from hanbench.protocol.answer import AnswerMessage, Outcome, SuaStatus
from hanbench.protocol.instruction import (
    AbortRotation,
    ConfirmRotation,
    NoOp,
    PrepareRotation,
    ProveRotation,
    ReadSuaStatus,
    RotateSuaKey,
)

NO_OP = instructions.encode(NoOp(100))
STATUS = instructions.encode(ReadSuaStatus(101))
LATER = Instant(3_600_000_000)


def authorise(bench, request, version):
    return bench.refuse_gas(bench.dco, "authorise", instruction=request.hex(), version=version)


def candidates(bench):
    return bench.gas(bench.dco, "candidates")["candidates"]


def test_a_handed_over_key_is_named_and_never_told(bench, meter):
    held = bench.hand_over()

    assert (held["version"], held["last_counter"]) == (1, 41)
    assert meter.key.value.hex() not in str(held) + str(candidates(bench))


@pytest.mark.parametrize("file", ["00", "48414e2d48414e442d4f5645522d4d3100"])
def test_a_file_that_is_none_is_refused(bench, file):
    assert bench.refuse_gas(bench.dco, "accept_hand_over", file=file) == "BAD_FILE"


def test_the_file_of_another_meter_is_refused(bench):
    bench.hand_over()
    file = bench.succeed(bench.smso, "hand_over", installation="home-1", device="esme")["file"]

    assert bench.refuse_gas(bench.dco, "accept_hand_over", file=file) == "BAD_FILE"


def test_a_file_cannot_replace_a_key_that_the_dco_made(bench, make_bench):
    bench.hand_over()
    bench.gas(bench.dco, "escrow_successor")
    liar = make_bench(key_version=2)
    liar.succeed(liar.smso, "start_migration", installation="home-1")
    file = liar.gas(liar.smso, "hand_over")["file"]

    assert bench.refuse_gas(bench.dco, "accept_hand_over", file=file) == "BAD_FILE"


def test_codes_are_issued_under_the_next_counter_of_the_named_key(bench):
    bench.hand_over()

    codes = [bench.authorise(NO_OP, 1) for _ in range(3)]

    assert [code["counter"] for code in codes] == [42, 43, 44]
    assert len({code["code"] for code in codes}) == 3


def test_an_issued_code_is_the_one_that_the_meter_accepts(bench, meter):
    bench.hand_over()

    read = bench.exchange(meter, NO_OP, 1)

    assert read["outcome"] == "accepted"
    assert read["verified_under"] == {
        "version": 1,
        "check_value": candidates(bench)[0]["check_value"],
    }
    assert (read["last_counter"], read["resynchronised"], read["open_codes"]) == (42, False, [])


def test_before_the_hand_over_the_dco_is_not_entitled(bench):
    assert authorise(bench, NO_OP, 1) == "NOT_ENTITLED"


def test_a_version_that_is_not_held_is_not_issued_under(bench):
    bench.hand_over()

    assert authorise(bench, NO_OP, 7) == "NOT_HELD"


def test_a_rolled_back_meter_is_no_longer_the_dcos_to_command_under_the_old_key(bench):
    bench.hand_over()
    bench.succeed(bench.smso, "roll_back", installation="home-1")

    assert authorise(bench, NO_OP, 1) == "NOT_ENTITLED"


def test_its_own_key_the_dco_may_use_whatever_the_account(bench, meter):
    bench.rotate(meter)
    bench.succeed(bench.smso, "roll_back", installation="home-1")

    assert bench.exchange(meter, NO_OP, 2)["outcome"] == "accepted"


def test_octets_that_are_no_instruction_get_no_code(bench):
    bench.hand_over()

    assert authorise(bench, b"\xff", 1) == "BAD_INSTRUCTION"


def test_a_free_instruction_gets_no_code(bench):
    bench.hand_over()

    assert authorise(bench, STATUS, 1) == "NOT_GUARDED"


def test_a_rotation_to_a_key_that_was_not_escrowed_gets_no_code(bench):
    bench.hand_over()
    escrowed = bench.rotation()
    foreign = bytearray(escrowed)
    foreign[12] ^= 1

    assert authorise(bench, bytes(foreign), 1) == "NOT_ESCROWED"
    assert authorise(bench, instructions.encode(RotateSuaKey(1, 9, bytes(24), bytes(3))), 1) == (
        "NOT_ESCROWED"
    )
    assert bench.authorise(escrowed, 1)["counter"] == 42


@pytest.mark.parametrize("kind", [ConfirmRotation, AbortRotation])
def test_a_staged_key_is_only_named_when_the_dco_escrowed_it(bench, kind):
    bench.hand_over()

    assert authorise(bench, instructions.encode(kind(1, 2)), 1) == "NOT_ESCROWED"


def test_a_proof_is_asked_over_a_nonce_of_the_dcos_only(bench):
    bench.hand_over()
    bench.rotation()
    nonce = bytes.fromhex(bench.gas(bench.dco, "draw_nonce")["nonce"])

    assert authorise(bench, instructions.encode(ProveRotation(1, 2, bytes(16))), 2) == "NOT_DRAWN"
    assert bench.authorise(instructions.encode(ProveRotation(1, 2, nonce)), 2)["counter"] == 1


def test_nonces_differ_and_are_the_same_in_the_next_run(bench, make_bench):
    bench.hand_over()
    drawn = [bench.gas(bench.dco, "draw_nonce")["nonce"] for _ in range(3)]

    other = make_bench()
    assert len(set(drawn)) == 3
    assert [other.gas(other.dco, "draw_nonce")["nonce"] for _ in range(3)] == drawn


def test_nothing_can_be_escrowed_before_the_hand_over(bench):
    assert bench.refuse_gas(bench.dco, "escrow_successor") == "NOT_HELD"


def test_each_successor_has_a_higher_version_and_another_key(bench):
    bench.hand_over()

    one, two = bench.gas(bench.dco, "escrow_successor"), bench.gas(bench.dco, "escrow_successor")

    assert (one["version"], two["version"]) == (2, 3)
    assert one["wrapped"] != two["wrapped"]


def test_a_repeat_returns_the_same_key_again(bench):
    bench.hand_over()
    one = bench.gas(bench.dco, "escrow_successor")
    bench.gas(bench.dco, "escrow_successor")

    assert bench.gas(bench.dco, "escrow_successor", repeat=2) == one
    assert len(candidates(bench)) == 3


@pytest.mark.parametrize("version", [1, 9])
def test_only_an_escrowed_version_can_be_repeated(bench, version):
    bench.hand_over()

    assert bench.refuse_gas(bench.dco, "escrow_successor", repeat=version) == "NO_SUCH_VERSION"


def test_a_rotation_is_proved_by_the_answer_and_starts_the_utrn_period(bench, meter):
    read = bench.rotate(meter, LATER)

    assert read["verified_under"]["version"] == 2
    assert read["proves_version"] == 2
    assert read["last_counter"] == 0
    assert read["utrn_period_started_at_us"] == LATER
    assert bench.gas(bench.dco, "utrn_period") == {
        "started_at_us": LATER,
        "ends_at_us": LATER + 336 * 3_600_000_000,
    }


def test_an_answer_under_the_handed_over_key_does_not_start_the_utrn_period(bench, meter):
    bench.hand_over()

    read = bench.exchange(meter, NO_OP, 1)

    assert read["utrn_period_started_at_us"] is None
    assert bench.gas(bench.dco, "utrn_period") == {"started_at_us": None, "ends_at_us": None}


def test_the_utrn_period_starts_once(bench, meter):
    bench.rotate(meter, LATER)

    bench.exchange(meter, NO_OP, 2, Instant(2 * LATER))

    assert bench.gas(bench.dco, "utrn_period")["started_at_us"] == LATER


def test_a_rotation_refused_as_a_duplicate_still_proves_the_new_key(bench, meter):
    bench.hand_over()
    request = bench.rotation()
    code = bench.authorise(request, 1)
    meter.obey(request, code)  # this answer is lost

    read = bench.read(request, meter.obey(request, code))

    assert read["outcome"] == "wrong-key-version"
    assert read["verified_under"]["version"] == 2
    assert read["proves_version"] is None


def test_an_answer_with_one_flipped_bit_proves_nothing_and_changes_nothing(bench, meter):
    bench.hand_over()
    answer = meter.obey(NO_OP, bench.authorise(NO_OP, 1))
    octets = bytearray(answers.encode(answer))
    before = candidates(bench)

    for index in range(1, len(octets)):
        flipped = bytes([*octets[:index], octets[index] ^ 1, *octets[index + 1 :]])
        result = bench.dco.call(
            "read_answer",
            {
                "installation": "home-1",
                "device": "gsme",
                "instruction": NO_OP.hex(),
                "answer": flipped.hex(),
            },
            LATER,
        )
        assert not isinstance(result, dict) or result["verified_under"] is None, index

    assert candidates(bench) == before
    assert bench.authorise(NO_OP, 1)["counter"] == 43


def test_an_answer_to_another_instruction_proves_nothing(bench, meter):
    bench.hand_over()
    answer = meter.obey(NO_OP, bench.authorise(NO_OP, 1))

    assert bench.read(instructions.encode(NoOp(7)), answer)["verified_under"] is None


def test_a_meter_without_a_key_proves_nothing(bench):
    bench.hand_over()

    read = bench.read(NO_OP, AnswerMessage(Outcome.NO_KEY, 0, 0))

    assert (read["outcome"], read["verified_under"], read["key_version"]) == ("no-key", None, 0)


def test_octets_that_are_no_answer_are_refused(bench):
    bench.hand_over()

    code = bench.refuse_gas(bench.dco, "read_answer", instruction=NO_OP.hex(), answer="ff")

    assert code == "BAD_ANSWER"


def test_an_answer_to_octets_that_are_no_instruction_is_refused(bench, meter):
    bench.hand_over()
    answer = answers.encode(meter.answer(NO_OP, Outcome.ACCEPTED)).hex()

    code = bench.refuse_gas(bench.dco, "read_answer", instruction="ff", answer=answer)

    assert code == "BAD_INSTRUCTION"


def test_a_stale_counter_is_put_right_by_a_verified_answer_and_by_nothing_else(bench, meter):
    bench.hand_over()
    meter.counter = 60
    forged = AnswerMessage(Outcome.REPLAYED, 1, 60, b"", bytes(8))
    unproved = bench.read(NO_OP, forged)

    replayed = bench.exchange(meter, NO_OP, 1)
    again = bench.exchange(meter, NO_OP, 1)

    assert not unproved["resynchronised"]
    assert (replayed["outcome"], replayed["resynchronised"]) == ("replayed", True)
    assert (again["outcome"], again["last_counter"]) == ("accepted", 61)


def test_a_counter_beyond_the_window_goes_back_to_the_meters(bench, meter):
    bench.hand_over()
    meter.counter = 5

    refused = bench.exchange(meter, NO_OP, 1)
    again = bench.exchange(meter, NO_OP, 1)

    assert (refused["outcome"], refused["resynchronised"]) == ("out-of-window", True)
    assert (again["outcome"], again["last_counter"]) == ("accepted", 6)
    # The code for 42 was never spent: in time it will be inside the window.
    assert again["open_codes"] == [{"instruction": "no-op", "key_version": 1, "counter": 42}]


def test_an_old_out_of_window_answer_does_not_take_the_counter_back(bench, meter):
    bench.hand_over()
    meter.counter = 5
    request = NO_OP
    refused = meter.obey(request, bench.authorise(request, 1))
    bench.read(request, refused)
    bench.exchange(meter, request, 1)
    bench.authorise(request, 1)  # on its way: its counter must not be given out again

    assert not bench.read(request, refused)["resynchronised"]
    assert bench.authorise(request, 1)["counter"] == 8


def test_a_rotation_on_its_way_stays_open_until_a_fence_has_passed_it(bench, meter):
    bench.hand_over()
    bench.authorise(bench.rotation(), 1)

    seen = bench.read(STATUS, meter.answer(STATUS, Outcome.ACCEPTED))
    fenced = bench.exchange(meter, NO_OP, 1)

    assert [code["instruction"] for code in seen["open_codes"]] == ["rotate-sua-key"]
    assert fenced["open_codes"] == []


def test_the_status_of_a_verified_answer_is_read_and_its_highest_version_heeded(bench, meter):
    bench.hand_over()
    status = SuaStatus(
        current_version=1,
        staged_version=0,
        max_version=8,
        last_counter=41,
        failures=2,
        locked_remaining_s=0,
    )
    answer = meter.answer(STATUS, Outcome.ACCEPTED, answers.encode_status(status))

    read = bench.read(STATUS, answer)

    assert read["sua_status"]["failures"] == 2
    assert bench.gas(bench.dco, "escrow_successor")["version"] == 9


def test_the_status_of_an_unverified_answer_is_not_told(bench, meter):
    bench.hand_over()
    status = SuaStatus(
        current_version=1,
        staged_version=0,
        max_version=8,
        last_counter=41,
        failures=2,
        locked_remaining_s=0,
    )
    forged = AnswerMessage(Outcome.ACCEPTED, 1, 41, answers.encode_status(status), bytes(8))

    assert bench.read(STATUS, forged)["sua_status"] is None
    assert bench.read(STATUS, meter.answer(STATUS, Outcome.ACCEPTED))["sua_status"] is None
    assert bench.gas(bench.dco, "escrow_successor")["version"] == 2


def test_two_phase_the_proof_of_a_staged_key_does_not_make_it_active(bench, meter):
    bench.hand_over()
    new = bench.gas(bench.dco, "escrow_successor")
    wrapped, check = bytes.fromhex(new["wrapped"]), bytes.fromhex(new["check_value"])
    nonce = bytes.fromhex(bench.gas(bench.dco, "draw_nonce")["nonce"])
    bench.exchange(meter, instructions.encode(PrepareRotation(1, 2, wrapped, check)), 1)

    proved = bench.exchange(meter, instructions.encode(ProveRotation(2, 2, nonce)), 2)
    too_early = bench.refuse_gas(bench.dco, "confirm_active", version=2)
    confirmed = bench.exchange(meter, instructions.encode(ConfirmRotation(3, 2)), 2)

    assert (proved["proves_version"], proved["verified_under"]["version"]) == (2, 1)
    assert too_early == "NOT_PROVEN"
    assert confirmed["verified_under"]["version"] == 2
    assert bench.gas(bench.dco, "confirm_active", version=2)["version"] == 2


def test_the_proof_of_a_single_shot_rotation_is_enough_to_confirm_it(bench, meter):
    bench.hand_over()
    request = bench.rotation()
    answer = meter.obey(request, bench.authorise(request, 1))
    stripped = AnswerMessage(answer.outcome, 2, 0, answer.payload, bytes(8))

    read = bench.read(request, stripped)

    assert (read["verified_under"], read["proves_version"]) == (None, 2)
    assert bench.gas(bench.dco, "confirm_active", version=2)["version"] == 2


def test_a_key_that_never_answered_is_not_confirmed(bench):
    bench.hand_over()
    bench.rotation()

    assert bench.refuse_gas(bench.dco, "confirm_active", version=2) == "NOT_PROVEN"
    assert bench.refuse_gas(bench.dco, "confirm_active", version=5) == "NOT_HELD"


def test_the_old_key_is_not_confirmed_once_the_new_one_has_answered(bench, meter):
    bench.hand_over()
    bench.exchange(meter, NO_OP, 1)
    bench.gas(bench.dco, "confirm_active", version=1)
    bench.exchange(meter, bench.rotation(), 1)

    assert bench.refuse_gas(bench.dco, "confirm_active", version=1) == "NOT_PROVEN"


def test_only_a_confirmed_key_of_its_own_counts_as_the_dcos(bench, meter):
    bench.hand_over()
    bench.exchange(meter, NO_OP, 1)
    bench.gas(bench.dco, "confirm_active", version=1)
    under_old = bench.dco.has_own_active_key("home-1", "gsme")

    bench.exchange(meter, bench.rotation(), 1)
    proved = bench.dco.has_own_active_key("home-1", "gsme")
    bench.gas(bench.dco, "confirm_active", version=2)

    assert (under_old, proved) == (False, False)
    assert bench.dco.has_own_active_key("home-1", "gsme")
    assert [key["active"] for key in candidates(bench)] == [False, True]


def test_a_discard_drops_what_was_handed_over_and_keeps_what_was_escrowed(bench, meter):
    bench.hand_over()
    bench.exchange(meter, NO_OP, 1)
    bench.gas(bench.dco, "confirm_active", version=1)
    one = bench.gas(bench.dco, "escrow_successor")

    assert bench.gas(bench.dco, "discard") == {"discarded": [1], "kept": [2]}
    assert bench.gas(bench.dco, "escrow_successor", repeat=2) == one
    assert bench.refuse_gas(bench.dco, "escrow_successor") == "NOT_HELD"
    assert authorise(bench, NO_OP, 1) == "NOT_HELD"
    assert bench.gas(bench.dco, "discard") == {"discarded": [], "kept": [2]}


def test_handed_over_again_after_a_discard_the_next_version_is_still_a_new_one(bench):
    bench.hand_over()
    bench.gas(bench.dco, "escrow_successor")
    bench.gas(bench.dco, "discard")

    bench.hand_over()

    assert bench.gas(bench.dco, "escrow_successor")["version"] == 3


def test_handed_over_twice_a_counter_is_not_given_out_twice(bench):
    bench.hand_over()
    bench.authorise(NO_OP, 1)

    bench.hand_over()

    assert bench.authorise(NO_OP, 1)["counter"] == 43


def file_set(bench, *devices):
    return bench.dco.call(
        "process_file_set", {"installation": "home-1", "devices": list(devices)}, Instant(0)
    )


def test_the_file_set_wants_each_meters_hand_over(bench):
    bench.hand_over()

    refused = file_set(bench, "esme", "gsme")
    bench.hand_over(device="gsme")
    bench.hand_over(device="esme")

    assert (refused.code, refused.detail) == (
        "FILE_SET_FAILED",
        "hand-over: esme: no keys have been handed over",
    )
    assert [check["name"] for check in file_set(bench, "hub", "esme", "gsme")["checks"]] == [
        "group-id",
        "hand-over",
        "group-id",
        "hand-over",
        "conditions-16.5",
    ]


def test_a_failed_file_set_discards_and_passes_once_the_keys_are_back(make_bench):
    bench = make_bench(file_set_failures={"home-1": 1})
    bench.hand_over()

    refused = file_set(bench, "gsme")
    left = candidates(bench)
    bench.hand_over()

    assert refused.code == "FILE_SET_FAILED"
    assert left == []
    assert file_set(bench, "gsme")["checks"]
