"""`hanbench sua`: known answers, each failing check, and what is said without a key."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.harness.sums.command import hanbench

from hanbench.harness.dissection.keys import LabelledKey
from hanbench.harness.sums.instruction_given import of_octets
from hanbench.harness.sums.sheet import Standing
from hanbench.harness.sums.sua_checks import Held, ToVerify, verify
from hanbench.harness.sums.sua_code import CodeGiven
from hanbench.protocol import answer as answers
from hanbench.protocol import instruction as instructions
from hanbench.protocol.answer import AnswerMessage, Outcome
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.instruction import Authorisation, Command, NoOp
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.sua import HAN_SUA_M1, AnswerScope
from hanbench.protocol.sua_rotation import rotation_nonce

METER = "00-DB-12-34-56-78-90-A1"
K1 = "000102030405060708090a0b0c0d0e0f"
K2 = "f0e0d0c0b0a090807060504030201000"
MASTER = "0f0e0d0c0b0a09080706050403020100"
NO_OP = instructions.encode(NoOp(1)).hex()


def vectors(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(
        (files("hanbench.fixtures") / "vectors" / f"{name}.json").read_text("utf-8")
    )
    return read


@pytest.mark.parametrize("row", vectors("sua_codes")["vectors"], ids=lambda row: row["label"])
@pytest.mark.parametrize(
    ("scheme", "octets"), [("han-sua-m1", 8), ("hanbench.protocol.sua:HAN_SUA_M1_LONG", 16)]
)
def test_issue_gives_the_known_answers(row: dict[str, Any], scheme: str, octets: int) -> None:
    said = (row["instruction"] if row["instruction"] != "" else "",)

    ran = hanbench(
        "sua", "issue", "--key", row["key"], "--eui64", row["eui64"], "--group", row["group"],
        "--version", row["key_version"], "--counter", row["counter"],
        "--instruction", *said, "--scheme", scheme, "--json",
    )  # fmt: skip

    assert ran.code == 0
    assert ran.data["values"]["code"] == row["full"][: 2 * octets]
    assert ran.data["values"]["AES-CMAC"] == row["full"]


@pytest.mark.parametrize("row", vectors("sua_rotation")["rotate"], ids=lambda row: row["label"])
def test_issue_makes_the_rotation_that_is_known(row: dict[str, Any]) -> None:
    ran = hanbench(
        "sua", "issue", "--key", K1, "--eui64", row["eui64"], "--version", 1, "--counter", 5,
        "--instruction", "rotate-sua-key", "--request-id", row["request_id"],
        "--new-key", row["key"], "--new-version", row["key_version"], "--master", row["master"],
        "--json",
    )  # fmt: skip

    assert ran.data["values"]["instruction"] == row["instruction"]


@pytest.mark.parametrize(
    "row", vectors("sua_rotation")["check_values"], ids=lambda row: row["label"]
)
def test_issue_tells_the_check_value_that_is_known(row: dict[str, Any]) -> None:
    ran = hanbench(
        "sua", "issue", "--key", row["key"], "--eui64", row["eui64"],
        "--version", row["key_version"], "--counter", 1, "--instruction", "no-op", "--json",
    )  # fmt: skip

    assert ran.data["values"]["key check value"] == row["check_value"]


def issued(counter: int = 5, version: int = 1, key: str = K1, instruction: str = NO_OP) -> str:
    ran = hanbench(
        "sua", "issue", "--key", key, "--eui64", METER, "--version", version,
        "--counter", counter, "--instruction", instruction, "--json",
    )  # fmt: skip
    return str(ran.data["values"]["code"])


def verified(*more: object, code: str = "", counter: int = 5, version: int = 1) -> Any:
    return hanbench(
        "sua", "verify", "--key", K1, "--eui64", METER, "--version", version,
        "--counter", counter, "--instruction", NO_OP, "--code", code or issued(), "--json", *more,
    )  # fmt: skip


def standing(data: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["standing"] for check in data["checks"]}


def test_a_right_code_holds_at_every_step() -> None:
    ran = verified("--last-counter", 4)

    assert ran.code == 0
    assert set(standing(ran.data).values()) == {"holds"}


def test_what_was_not_said_is_not_judged() -> None:
    ran = verified()

    assert ran.code == 0
    assert standing(ran.data)["counter"] == "not asked"


@pytest.mark.parametrize(
    ("more", "step", "outcome"),
    [
        (("--addressee", "00-DB-12-34-56-78-90-A0"), "addressee", "not-for-this-device"),
        (("--held-version", 2), "key version", "wrong-key-version"),
        (("--torn",), "key version", "no-key"),
        (("--locked",), "lock-out", "locked-out"),
        (("--last-counter", 5), "counter", "replayed"),
        (("--last-counter", 1, "--window", 3), "counter", "out-of-window"),
    ],
)
def test_the_check_that_fails_is_named_and_none_after_it_is_reached(
    more: tuple[object, ...], step: str, outcome: str
) -> None:
    ran = verified(*more)
    names = list(standing(ran.data))

    assert ran.code == 1
    assert standing(ran.data)[step] == "fails"
    after = names[names.index(step) + 1 :]
    assert all(standing(ran.data)[name] == "not reached" for name in after)
    assert outcome in ran.data["result"]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (issued(counter=7), "it is the code for counter 7"),
        (issued(version=3), "it is the code for key version 3"),
        (issued(key=K2), "Nothing near fits either"),
        (issued()[:12], "it has 6 octets, a code of HAN-SUA-M1 8"),
    ],
)
def test_a_wrong_code_is_tried_against_what_is_near(code: str, says: str) -> None:
    ran = verified("--last-counter", 4, code=code)

    assert (ran.code, standing(ran.data)["code"]) == (1, "fails")
    assert any(says in note for note in ran.data["notes"])


def test_a_code_under_another_key_of_the_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"sua {K1} old\nsua {K2} new\n")

    ran = hanbench(
        "sua", "verify", "--key-file", file, "--label", "old", "--eui64", METER, "--version", 1,
        "--counter", 5, "--instruction", NO_OP, "--code", issued(key=K2), "--json",
    )  # fmt: skip

    assert "it is the code under the key 'new'" in ran.data["notes"]


@pytest.mark.parametrize(
    ("master", "new_version", "step"),
    [(MASTER, 2, ""), (K1, 2, "execute"), (MASTER, 1, "execute")],
)
def test_a_rotation_is_judged_to_its_end_under_the_master_key(
    master: str, new_version: int, step: str
) -> None:
    rotate = ("--instruction", "rotate-sua-key", "--new-key", K2, "--new-version", new_version)
    made = hanbench(
        "sua", "issue", "--key", K1, "--eui64", METER, "--version", 1, "--counter", 5,
        *rotate, "--master", MASTER, "--json",
    )  # fmt: skip

    ran = hanbench(
        "sua", "verify", "--key", K1, "--eui64", METER, "--last-counter", 4,
        "--command", made.data["values"]["command"], "--master", master, "--json",
    )  # fmt: skip

    failed = [name for name, said in standing(ran.data).items() if said == "fails"]
    assert failed == ([step] if step else [])


def test_a_staged_key_is_the_one_of_a_confirmation() -> None:
    made = hanbench(
        "sua", "issue", "--key", K2, "--eui64", METER, "--version", 2, "--counter", 1,
        "--instruction", "confirm-rotation", "--new-version", 2, "--json",
    ).data["values"]["command"]  # fmt: skip
    asked = ("sua", "verify", "--key", K1, "--eui64", METER, "--held-version", 1)

    staged = hanbench(
        *asked, "--command", made, "--staged-key", K2, "--staged-version", 2, "--json",
    )  # fmt: skip
    unstaged = hanbench(*asked, "--command", made, "--json")

    assert staged.code == 0
    assert (unstaged.code, standing(unstaged.data)["key version"]) == (1, "fails")


def test_octets_that_no_meter_takes_are_judged_from_the_key_version_on() -> None:
    ran = hanbench(
        "sua", "verify", "--key", K1, "--eui64", METER, "--version", 1, "--counter", 1,
        "--text", "DISABLE_SUPPLY", "--code", "c86831be29d6ec93", "--last-counter", 0, "--json",
    )  # fmt: skip

    said = standing(ran.data)
    assert ran.code == 0
    assert (said["format"], said["code"], said["execute"]) == ("not asked", "holds", "not asked")


@given(
    version=st.integers(0, 3),
    held=st.integers(0, 3),
    counter=st.integers(0, 40),
    last=st.integers(0, 40),
    is_right=st.booleans(),
    is_locked=st.booleans(),
)
def test_octets_of_no_instruction_are_judged_as_the_gate_judges_an_instruction(
    version: int, held: int, counter: int, last: int, is_right: bool, is_locked: bool
) -> None:
    key = Key(KeyUsage.SUA, bytes.fromhex(K1))

    def outcome(octets: bytes) -> str:
        asked = CodeGiven(
            scheme=HAN_SUA_M1, key=key, key_label="k", eui64=Eui64(1), group="DA",
            key_version=version, counter=counter, bound=of_octets(octets),
        )  # fmt: skip
        code = HAN_SUA_M1.issue(key, asked.scope)
        to_verify = ToVerify(
            given=asked,
            keys=(LabelledKey("k", key),),
            code=code if is_right else bytes(8),
            held=Held(key=key, version=held, last_counter=last, is_locked=is_locked),
        )
        sheet = verify(to_verify)
        failed = [check.says for check in sheet.checks if check.standing is Standing.FAILS]
        return failed[0].rpartition("(")[2] if failed else "accepted"

    assert outcome(b"no instruction at all") == outcome(instructions.encode(NoOp(1)))


def answered(key: str, version: int, request: bytes, payload: bytes = b"") -> str:
    sua = Key(KeyUsage.SUA, bytes.fromhex(key))
    scope = AnswerScope(
        eui64=Eui64(0x00DB1234567890A1),
        key_version=version,
        request_digest=instructions.digest(request),
        outcome=Outcome.ACCEPTED,
        last_counter=5,
        payload=payload,
    )
    mac = HAN_SUA_M1.answer_mac(sua, scope)
    return answers.encode(AnswerMessage(Outcome.ACCEPTED, version, 5, payload, mac)).hex()


def test_an_answer_is_attributed_to_the_key_that_macked_it(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"sua {K1} old\nsua {K2} new\n")
    asked = ("sua", "verify", "--key-file", file, "--eui64", METER, "--instruction", NO_OP)

    new = hanbench(*asked, "--answer", answered(K2, 2, bytes.fromhex(NO_OP)), "--json")
    nobody = hanbench(*asked, "--answer", answered(MASTER, 2, bytes.fromhex(NO_OP)), "--json")

    assert (new.code, new.data["result"]) == (0, "holds: accepted, said under new")
    assert (nobody.code, "proves nothing" in nobody.data["result"]) == (1, True)


@pytest.mark.parametrize("row", vectors("sua_answers")["answers"], ids=lambda row: row["label"])
def test_the_known_answers_verify(row: dict[str, Any]) -> None:
    message = AnswerMessage(
        Outcome[row["outcome"]], row["key_version"], row["last_counter"],
        bytes.fromhex(row["payload"]), bytes.fromhex(row["mac"]),
    )  # fmt: skip

    ran = hanbench(
        "sua", "verify", "--key", row["key"], "--eui64", row["eui64"],
        "--instruction", row["request"], "--answer", answers.encode(message).hex(), "--json",
    )  # fmt: skip

    assert ran.code == 0
    assert ran.data["values"]["MAC under --key"] == row["mac"]


def test_the_proof_in_the_answer_to_a_rotation_is_told(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"sua {K1} old\nsua {K2} new\n")
    octets = bytes.fromhex(vectors("sua_rotation")["rotate"][0]["instruction"])
    nonce = rotation_nonce(instructions.digest(octets))
    proof = HAN_SUA_M1.proof(
        Key(KeyUsage.SUA, bytes.fromhex(K2)), Eui64(0x00DB1234567890A1), 2, nonce
    )

    ran = hanbench(
        "sua", "verify", "--key-file", file, "--eui64", METER, "--instruction", octets.hex(),
        "--answer", answered(K2, 2, octets, proof), "--json",
    )  # fmt: skip

    said = standing(ran.data)
    assert (said["proof, new"], said["proof, old"]) == ("holds", "fails")


COMMAND = instructions.encode_command(
    Command(bytes.fromhex(NO_OP), Authorisation(1, 5, bytes(8)))
).hex()


@pytest.mark.parametrize(
    ("octets", "says"),
    [
        ("c86831be29d6ec93", "a SUA code of HAN-SUA-M1"),
        (COMMAND, "key version 1, counter 5"),
        (NO_OP, "canonical Instruction octets"),
        (answered(K1, 1, b"x"), "ACCEPTED, key version 1"),
        ("8732ee", "a key check value"),
        ("8e3229e438fa614d9a4b85be56df781cbe36123d4a7add02", "a wrapped SUA key"),
    ],
)
def test_octets_are_explained_without_a_key(octets: str, says: str) -> None:
    ran = hanbench("sua", "explain", octets)

    assert ran.code == 0
    assert says in ran.text
    assert "synthetic model" in ran.text


def test_octets_of_nothing_are_said_to_be_nothing() -> None:
    ran = hanbench("sua", "explain", "ff" * 5)
    data = hanbench("sua", "explain", "ff" * 5, "--json").data

    assert (ran.code, "nothing of the SUA layer" in ran.text) == (1, True)
    assert data["can_be"][0]["layers"] == []


ISSUE = ("sua", "issue", "--eui64", METER, "--version", 1, "--counter", 1)
VERIFY = ("sua", "verify", "--key", K1, "--eui64", METER)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((*ISSUE, "--key", K1[:-2], "--instruction", "no-op"), "expected 32 (16 octets)"),
        ((*ISSUE, "--key", K1[:-1], "--instruction", "no-op"), "31 hex digits, an odd number"),
        ((*ISSUE, "--key", "zz", "--instruction", "no-op"), "the key is not hex"),
        ((*ISSUE, "--instruction", "no-op"), "no sua key: give --key HEX, or --key-file FILE"),
        ((*ISSUE, "--key", K1), "one of --instruction, --text and --digest"),
        ((*ISSUE, "--key", K1, "--text", "a", "--digest", "00" * 32), "one of --instruction"),
        ((*ISSUE, "--key", K1, "--digest", "00"), "expected 64 (32 octets)"),
        ((*ISSUE, "--key", K1, "--instruction", "noop"), "did you mean 'no-op'?"),
        ((*ISSUE, "--key", K1, "--instruction", "rotate-sua-key"), "needs --new-key HEX"),
        ((*ISSUE, "--key", K1, "--instruction", "no-op", "--group", ""), "1 to 255 characters"),
        (
            (*ISSUE, "--key", K1, "--instruction", "no-op", "--scheme", "x"),
            "no scheme of that name",
        ),
        ((*ISSUE, "--key-file", "none", "--instruction", "no-op"), "none: cannot be read"),
        ((*VERIFY, "--instruction", "no-op"), "say --version, or all at once by --command"),
        ((*VERIFY, "--command", "00"), "no Command"),
        ((*VERIFY, "--command", "0005300000000100"), "the Command has no SUA code"),
        ((*VERIFY, "--command", COMMAND, "--text", "a"), "give no other"),
        ((*VERIFY, "--command", COMMAND, "--staged-version", 2), "go together"),
        ((*VERIFY, "--answer", "00", "--instruction", "no-op"), "--answer is no answer"),
        (("sua", "issue", "--eui64", "00-DB", "--key", K1), "is not an EUI-64"),
        (("sua", "explain", "xyz"), "is not hex"),
    ],
)
def test_a_wrong_input_is_named(arguments: tuple[object, ...], says: str) -> None:
    ran = hanbench(*arguments)

    assert ran.code == 2
    assert says in " ".join(ran.text.split())


@pytest.mark.parametrize(
    ("text", "more", "says"),
    [
        (f"sua {K1} a\nsua {K2} b\n", (), "several sua keys (a, b); say which by --label"),
        (f"sua {K1} a\n", ("--label", "c"), "no such sua key; there are a"),
        (f"vend {K1} a\n", (), "no line with a sua key"),
        ("sua 00 a\n", (), "the key has 1 octet, not 16"),
    ],
)
def test_a_key_file_that_does_not_say_which_is_named(
    text: str, more: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    file = tmp_path / "keys"
    file.write_text(text)

    ran = hanbench(*ISSUE, "--key-file", file, "--instruction", "no-op", *more)

    assert (ran.code, says in ran.text) == (2, True), ran.text


def test_a_key_is_never_printed() -> None:
    for ran in (verified("--last-counter", 4), hanbench(*ISSUE, "--key", K1, "--text", "a")):
        assert K1 not in ran.text


@pytest.mark.parametrize("verb", ["issue", "verify", "explain"])
def test_the_help_says_that_the_model_is_synthetic_and_where_keys_belong(verb: str) -> None:
    assert "synthetic model" in hanbench("sua", "--help").text
    text = " ".join(hanbench("sua", verb, "--help").text.split())
    assert verb == "explain" or "Only test keys belong on a command line" in text


def test_another_scheme_shows_its_code_and_keeps_its_steps() -> None:
    ran = hanbench(
        *ISSUE, "--key", K1, "--instruction", "no-op", "--scheme", "tests.toy_scheme:TOY", "--json"
    )

    assert ran.code == 0
    assert len(ran.data["values"]["code"]) == 24
    assert "message" not in ran.data["values"]
