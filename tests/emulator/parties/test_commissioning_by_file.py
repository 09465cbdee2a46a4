"""Commissioning by signed files: whose file counts, about what, and what the outcomes say."""

import pytest
from tests.emulator.parties.test_commissioning_party import HOME, check, moved, submit

from hanbench.harness.parties import migration_signers
from hanbench.protocol.migration import commissioning, signature


def written(bench, *devices, common_file="MCF/home-1/1"):
    return bench.succeed(
        bench.s1sp, "commissioning_file", **HOME, devices=list(devices), common_file=common_file
    )


def message(file):
    return commissioning.decode_commissioning(bytes.fromhex(file["file"]))


def commission(bench, file):
    return bench.succeed(bench.commissioning_party, "commission_by_file", **HOME, **file)


def outcomes(answer):
    """Return the outcomes, once their signature has been verified."""
    octets = bytes.fromhex(answer["file"])
    made = signature.decode(bytes.fromhex(answer["signature"]))
    signature.verify(octets, made, migration_signers.commissioning_party_keys(), file="outcomes")
    (one,) = commissioning.decode_outcomes(octets).installations
    return one


def refusal(bench, file):
    said = bench.commissioning_party.call("commission_by_file", {**HOME, **file}, 0)
    return said.code, said.detail


def resigned(file, old, new, signer="S1SP"):
    octets = bytes.fromhex(file["file"]).replace(old, new)
    made = signature.encode(signature.sign(octets, migration_signers.test_signers()[signer]))
    return {"file": octets.hex(), "signature": made.hex()}


def test_the_s1sp_names_the_hub_and_the_key_of_each_meter(bench, meter):
    moved(bench, meter)

    (entry,) = message(written(bench, "esme", "gsme")).installations

    assert [(it.name, it.key_version) for it in entry.devices] == [
        ("hub", None),
        ("esme", None),
        ("gsme", 2),
    ]


def test_what_may_be_commissioned_is_and_the_outcomes_say_so(bench, meter):
    moved(bench, meter)

    answer = commission(bench, written(bench, "gsme"))

    assert (answer["outcome"], answer["error"]) == ("commissioned-electricity-only", "")
    told = outcomes(answer)
    assert {it.name: it.status for it in told.devices} == {
        "hub": "Commissioned",
        "esme": "NotCommissioned",
        "gsme": "Commissioned",
    }
    assert bench.inventory.is_commissioned("home-1", "gsme")
    assert not bench.inventory.is_commissioned("home-1", "esme")


def test_a_refusal_is_told_by_its_code_and_commissions_nothing(bench, meter):
    moved(bench, meter)

    answer = commission(bench, written(bench, "esme", "gsme"))

    assert (answer["outcome"], answer["error"]) == ("refused", "NOT_ACTIVE")
    told = outcomes(answer)
    assert told.error_code == "NOT_ACTIVE"
    assert {it.status for it in told.devices} == {"NotCommissioned"}
    assert not bench.inventory.is_commissioned("home-1", "gsme")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda file: {**file, "file": resigned(file, b"gsme", b"esme")["file"]}, "signature"),
        (lambda file: resigned(file, b"", b"", "REQUESTING_PARTY"), "certificate"),
        (lambda file: resigned(file, b"MCF/home-1/1", b"MCF/home-1/2"), "common-file"),
        (lambda file: resigned(file, b'"home-1"', b'"home-2"'), "installation"),
        (lambda file: resigned(file, b"90-A1", b"90-AF"), "records"),
        (lambda file: resigned(file, b"<Device", b"<!--x--><Device"), "content"),
    ],
)
def test_a_file_that_is_not_in_order_is_refused_and_nothing_of_it_is_done(
    bench, meter, spoil, says
):
    moved(bench, meter)

    code, detail = refusal(bench, spoil(written(bench, "gsme")))

    assert code == "FILE_REFUSED"
    assert f": {says}: " in detail
    assert not bench.inventory.is_commissioned("home-1", "gsme")


def test_without_a_common_file_or_a_known_home_there_is_nothing_to_commission(bench):
    file = written(bench, "gsme")

    assert refusal(bench, file)[0] == "NO_COMMON_FILE"
    submit(bench)
    assert not check(bench)["passed"] or commission(bench, file)["outcome"] == "refused"
    unknown = {"installation": "home-9", "devices": ["gsme"], "common_file": "x"}
    assert bench.s1sp.call("commissioning_file", unknown, 0).code == "NO_SUCH_INSTALLATION"
    stranger = {**HOME, "devices": ["toaster"], "common_file": "x"}
    assert bench.s1sp.call("commissioning_file", stranger, 0).code == "NO_SUCH_DEVICE"
