"""`hanbench utrn`: known answers in both forms, each failing check, and what needs no key."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.emulator.meter_bench import KEYS, esme, model
from tests.harness.sums.command import hanbench

from hanbench.emulator.instant import Instant
from hanbench.emulator.meters.utrn_cache import KeypadLock, UtrnCache
from hanbench.emulator.meters.utrn_entry import CACHE, LOCK
from hanbench.harness.dissection.keys import LabelledKey
from hanbench.harness.sums.utrn_native import MeterHeld, check
from hanbench.protocol import utrn
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.utrn import NativeCode, NativeType

METER = "00-DB-12-34-56-78-90-A1"
KEY = "2b7e151628aed2a6abf7158809cf4f3c"
OTHER = "000102030405060708090a0b0c0d0e0f"
RIGHT = "00000285770438722302"
VECTORS = json.loads(
    (files("hanbench.fixtures") / "vectors" / "native_utrn.json").read_text("utf-8")
)["vectors"]
Z = bytes(range(32)).hex()
GBCS = ("--eui64", "00-DB-12-34-56-78-90-A0", "--shared-secret", Z, "--originator",
        "90-B3-D5-1F-30-01-00-00", "--counter", 1 << 32)  # fmt: skip


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["why"])
def test_make_and_check_agree_with_the_known_answers(row: dict[str, Any]) -> None:
    ends = ("--key", row["vend_key"], "--eui64", row["eui64"])
    kind = row["codes"][0]["type"].lower().replace("_", "-")
    given = [
        word
        for code in row["codes"]
        for word in ("--sequence", code["sequence"], "--value", code["value"])
    ]

    if kind == "vend-set" and len(row["codes"]) > 1:
        pence = row["codes"][0]["value"] << 16 | row["codes"][1]["value"]
        sequences = [w for code in row["codes"] for w in ("--sequence", code["sequence"])]
        given = [*sequences, "--value", pence]
    made = hanbench("utrn", "make", *ends, "--type", kind, *given, "--json")
    checked = hanbench("utrn", "check", *ends, row["digits"], "--none-used", "--json")

    assert (made.code, made.data["result"]) == (0, row["digits"])
    expected = utrn.is_known_shape(
        [NativeCode(NativeType[c["type"]], c["sequence"], c["value"]) for c in row["codes"]]
    )
    assert checked.data["holds"] == expected


def checked(code: str, *more: object) -> Any:
    return hanbench("utrn", "check", "--key", KEY, "--eui64", METER, code, "--json", *more)


def standing(data: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["standing"] for check in data["checks"]}


def entry(*codes: NativeCode) -> str:
    return utrn.issue_entry(
        Key(KeyUsage.VEND, bytes.fromhex(KEY)), Eui64(0x00DB1234567890A1), codes
    )


def test_a_right_code_holds_at_every_step() -> None:
    ran = checked(RIGHT, "--none-used", "--balance", 100)

    assert ran.code == 0
    assert set(standing(ran.data).values()) == {"holds"}
    assert "ACCEPTED" in ran.data["result"]


@pytest.mark.parametrize(
    ("code", "more", "step", "display"),
    [
        (RIGHT, ("--locked",), "keypad lock", "KEY LOCKED"),
        (RIGHT[:-1], (), "length", "INCOMPLETE"),
        (RIGHT[:-1] + "x", (), "range and digits", "INVALID"),
        ("73943333457189043313", (), "range and digits", "INVALID"),
        (RIGHT[:-1] + "3", (), "MAC", "INCORRECT"),
        (entry(NativeCode(NativeType.RESERVED, 1, 1)), (), "kinds of code", "INVALID"),
        # Wrong in two ways: the meter finds the MAC first, and counts it to the lock.
        (entry(NativeCode(NativeType.RESERVED, 1, 1))[:-2] + "00", (), "MAC", "INCORRECT"),
        (RIGHT, ("--used", 3, "--used", 1), "used sequences", "DUPLICATE"),
        (RIGHT, ("--floor", 1), "used sequences", "DUPLICATE"),
        (RIGHT, ("--none-used", "--balance", 2_147_400), "account", "ACCOUNT HIGH"),
        (
            entry(NativeCode(NativeType.VEND_DEDUCT, 1, 500)),
            ("--balance", 100),
            "account",
            "ACCOUNT LOW",
        ),
        (
            entry(NativeCode(NativeType.VEND_ADD, 1, 65_000)),
            ("--balance", 1),
            "account",
            "ACCOUNT HIGH",
        ),
        (
            entry(NativeCode(NativeType.SUPPLY_CONNECTION, 1, 9)),
            ("--balance", 1),
            "account",
            "INVALID",
        ),
    ],
)
def test_the_check_that_fails_is_named_in_the_words_of_the_display(
    code: str, more: tuple[object, ...], step: str, display: str
) -> None:
    ran = checked(code, *more)
    said = standing(ran.data)
    names = list(said)

    assert ran.code == 1
    assert said[step] == "fails"
    assert all(said[name] == "not reached" for name in names[names.index(step) + 1 :])
    assert ran.data["result"].endswith(display)


@given(
    kind=st.sampled_from(NativeType),
    sequences=st.lists(st.integers(1, 6), min_size=1, max_size=3),
    value=st.sampled_from([0, 1, 2, 500, 25_000, 25_001, 65_535]),
    used=st.sets(st.integers(1, 6), max_size=2),
    balance=st.sampled_from([0, 400, 2_147_000]),
    slip=st.sampled_from(["", "0", "x"]),
    is_locked=st.booleans(),
)
def test_a_sum_by_hand_ends_as_the_emulated_meter_does(
    kind: NativeType,
    sequences: list[int],
    value: int,
    used: set[int],
    balance: int,
    slip: str,
    is_locked: bool,
) -> None:
    meter = esme(balance_pence=balance).meter
    key = KEYS.key(meter.eui64, KeyUsage.VEND)
    keyed = utrn.issue_entry(key, meter.eui64, [NativeCode(kind, one, value) for one in sequences])
    keyed = keyed[: len(keyed) - len(slip)] + slip
    nvm = meter.core.entry.nvm
    nvm.write(CACHE, UtrnCache(used=tuple(sorted(used))))
    nvm.write(LOCK, KeypadLock(0, Instant(9) if is_locked else None))

    really = meter.enter_code(keyed, "keypad", Instant(1)).result
    held = MeterHeld(
        model=model("liberty-100"),
        used=tuple(used),
        balance_pence=balance,
        is_locked=is_locked,
    )
    by_hand = check([LabelledKey("k", key)], meter.eui64, keyed, held)

    assert by_hand.result.endswith(f"says {really.words.upper().replace('-', ' ')}")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("00000285770438722320", "It is right with digits 19 and 20 exchanged."),
        ("00000285770438722392", "It is right with 0 as digit 19, not 9."),
        ("00000285770829606464", "It is right for the meter 00-DB-12-34-56-78-90-A0."),
        ("00000285771082212324", "It is right under the key 'other'."),
        ("00000285770438720000", "Nothing near fits either"),
    ],
)
def test_a_wrong_code_is_tried_against_what_is_near(code: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"vend {KEY} mine\nvend {OTHER} other\n")

    ran = hanbench("utrn", "check", "--key-file", file, "--eui64", METER, code, "--json")

    assert ran.code == 1
    assert any(says in note for note in ran.data["notes"]), ran.data["notes"]


def test_codes_of_their_own_are_no_entry_together() -> None:
    alone = [entry(NativeCode(NativeType.VEND_AND_TARIFF, n, 100)) for n in (1, 3)]

    ran = checked("".join(alone))

    assert any("Each code is right by itself" in note for note in ran.data["notes"])


def test_an_account_is_judged_by_the_limits_of_the_model_that_is_named() -> None:
    assert checked(RIGHT, "--balance", 0, "--model", "secure-gsme-synthetic").code == 0


def test_a_code_in_gbcs_form_is_made_and_checked() -> None:
    made = hanbench("utrn", "make", *GBCS, "--class", "pounds", "--value", 100, "--json").data

    right = hanbench("utrn", "check", *GBCS, made["result"], "--json")
    other_counter = hanbench("utrn", "check", *GBCS[:-1], 2 << 32, made["result"], "--json")
    other_secret = hanbench(
        "utrn", "check", *GBCS[:3], "00" * 32, *GBCS[4:], made["result"], "--json"
    )
    damaged = hanbench("utrn", "check", *GBCS, "73943333457189043314", "--json")

    assert made["result"] == "73943333458633554879"  # as tests/protocol/test_utrn_gbcs.py has it
    assert right.code == 0
    assert standing(other_counter.data) == {
        "digits": "holds",
        "counter": "fails",
        "MAC": "not reached",
    }
    assert standing(other_secret.data)["MAC"] == "fails"
    assert standing(damaged.data)["digits"] == "fails"


@pytest.mark.parametrize(
    ("code", "ends_with", "says"),
    [
        (RIGHT, 0, "the issuer is the S1SP, odd"),
        ("41951-13009-20081-87302", 0, "A real code of Secure's has the same length"),
        ("73943333457189043313", 0, "a UTRN in GBCS form, its MAC unchecked"),
        ("73943333457189043314", 1, "of these 19 digits it is 3"),
        ("99999999999999999999", 1, "no UTRN of either form"),
        ("1234", 1, "A meter's display says INCOMPLETE."),
        (entry(*utrn.vend_set(70_000, (2, 4))), 0, "an entry of 2"),
        (entry(NativeCode(NativeType.RESERVED, 1, 1)), 0, "No meter takes an entry of these kinds"),
    ],
)
def test_a_code_is_explained_without_a_key(code: str, ends_with: int, says: str) -> None:
    ran = hanbench("utrn", "explain", code)

    assert (ran.code, says in ran.text) == (ends_with, True), ran.text


MAKE = ("utrn", "make", "--key", KEY, "--eui64", METER)
CHECK = ("utrn", "check", "--key", KEY, "--eui64", METER)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (MAKE, "a code needs a --sequence and a --value"),
        ((*MAKE, "--sequence", 1, "--value", 65_536), "value 65536 does not fit 16 bits"),
        ((*MAKE, "--sequence", 40_000, "--value", 1), "is not in the range"),
        ((*MAKE, "--sequence", 1, "--sequence", 3, "--value", 1), "expected one of each"),
        ((*MAKE, *("--sequence", 1, "--value", 1) * 4), "an entry has 1 to 3 codes, not 4"),
        ((*MAKE, "--type", "vend-set", "--sequence", 1, "--value", 70_000), "sequence"),
        ((*MAKE, "--type", "gift", "--sequence", 1, "--value", 1), "'gift' is not one of"),
        (("utrn", "make", "--eui64", METER, "--sequence", 1, "--value", 1), "no vend key"),
        (("utrn", "make", "--eui64", METER, "--counter", 5), "the GBCS form needs --shared-secret"),
        (("utrn", "make", *GBCS, "--key", KEY, "--value", 1), "a vend key for the native one"),
        (("utrn", "make", *GBCS), "in GBCS form a code has one --value"),
        (("utrn", "make", *GBCS[:-1], 5, "--value", 1), "32 low zero bits"),
        (("utrn", "make", *GBCS, "--value", 9_000), "value 9000 does not fit 13 bits"),
        (("utrn", "check", *GBCS[:-1], 5, RIGHT), "32 low zero bits"),
        ((*CHECK, RIGHT, "--model", "x"), "no such device model"),
        ((*CHECK, RIGHT, "--model", "pipit-500"), "no meter"),
    ],
)  # fmt: skip
def test_a_wrong_input_is_named(arguments: tuple[object, ...], says: str) -> None:
    ran = hanbench(*arguments)

    assert (ran.code, says in " ".join(ran.text.split())) == (2, True), ran.text


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    file = tmp_path / "model.yaml"
    file.write_text("name: x\n")

    ran = checked(RIGHT, "--model", file)

    assert (ran.code, "no device model" in ran.text) == (2, True), ran.text


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hanbench.harness.running.terminal.PIPED_COLUMNS", width)

    for arguments in (
        (*MAKE, "--sequence", 1, "--value", 1),
        ("utrn", "check", "--key", KEY, "--eui64", METER, RIGHT[:-1] + "3"),
        ("utrn", "explain", RIGHT),
    ):
        assert max(map(len, hanbench(*arguments).text.splitlines())) <= width
