"""Signed Required File Sets: one Installation fails in one set alone, and the others go on."""

import dataclasses

import pytest
from tests.emulator.parties.conftest import HOME_1, HOME_2, HOME_3

from hanbench.emulator.parties.file_set import Finding, process
from hanbench.harness.parties import migration_signers
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import KeyUsage
from hanbench.protocol.migration import file_sets, signature
from hanbench.protocol.migration.file_sets import (
    DcoFileSet,
    HandedOverInstallation,
    HandedOverMeter,
    S1spFileSet,
    ServedDevice,
    ServedInstallation,
)

SIGNER = migration_signers.test_signers()["REQUESTING_PARTY"]
HOMES = (HOME_1, HOME_2, HOME_3)


def signed(canonical):
    made = signature.encode(signature.sign(canonical, SIGNER))
    return {"file": canonical.hex(), "signature": made.hex()}


def s1sp_set(*homes):
    return S1spFileSet(
        "S1SP-RFS-1",
        "MCF-1",
        tuple(
            ServedInstallation(
                home.name,
                tuple(
                    ServedDevice(it.name, it.eui64, it.type)
                    for it in home.devices
                    if it.type == "CHF" or it.is_meter
                ),
            )
            for home in homes
        ),
    )


def dco_set(bench, *homes):
    return DcoFileSet(
        "DCO-RFS-1",
        "MCF-1",
        tuple(
            HandedOverInstallation(
                home.name,
                tuple(
                    HandedOverMeter(it.name, it.eui64, it.type, sealed(bench, home.name, it.name))
                    for it in home.meters
                ),
            )
            for home in homes
        ),
    )


def sealed(bench, installation, device):
    bench.smso.call("start_migration", {"installation": installation}, 0)
    one = {"installation": installation, "device": device}
    return bytes.fromhex(bench.succeed(bench.smso, "hand_over", **one)["file"])


def run_s1sp(bench, message):
    arguments = signed(file_sets.encode_s1sp(message))
    return bench.succeed(bench.s1sp, "process_signed_file_set", **arguments)


def run_dco(bench, message):
    arguments = signed(file_sets.encode_dco(message))
    return bench.succeed(bench.dco, "process_signed_file_set", **arguments)


def passed(result):
    return {it["installation"]: it["passed"] for it in result["installations"]}


def frame(bench, installation, device="esme"):
    arguments = {"installation": installation, "device": device, "instruction": "3000000007"}
    return bench.s1sp.call("frame", arguments, 0)


def held(bench, installation, device="esme"):
    return bench.dco.held_keys(installation, device)


def test_every_installation_of_a_good_set_is_processed(bench):
    s1sp = run_s1sp(bench, s1sp_set(*HOMES))
    dco = run_dco(bench, dco_set(bench, *HOMES))

    assert passed(s1sp) == passed(dco) == {"home-1": True, "home-2": True, "home-3": True}
    assert (s1sp["file_set"], dco["file_set"]) == ("S1SP-RFS-1", "DCO-RFS-1")
    assert [len(held(bench, home.name)) for home in HOMES] == [1, 1, 1]
    assert "envelope" in frame(bench, "home-2")


def test_a_failure_in_the_s1sps_set_is_of_one_installation_and_not_of_the_dcos_set(make_bench):
    bench = make_bench(lacking=((HOME_2.meters[0].eui64, KeyUsage.TRANSPORT),))
    run_dco(bench, dco_set(bench, *HOMES))

    result = run_s1sp(bench, s1sp_set(*HOMES))

    assert passed(result) == {"home-1": True, "home-2": False, "home-3": True}
    failed = result["installations"][1]
    assert (failed["failed_check"], failed["discarded"]) == ("transport-key", ["hub", "esme"])
    assert failed["detail"].startswith("esme: no ")
    assert frame(bench, "home-2").code == "NOT_PROCESSED"
    assert "envelope" in frame(bench, "home-1")
    assert len(held(bench, "home-2")) == 1


def test_a_failure_in_the_dcos_set_discards_the_keys_of_one_installation_alone(bench):
    run_s1sp(bench, s1sp_set(*HOMES))
    message = dco_set(bench, *HOMES)
    meter = dataclasses.replace(message.installations[0].meters[1], hand_over=b"\0")
    first = dataclasses.replace(
        message.installations[0], meters=(message.installations[0].meters[0], meter)
    )
    broken = dataclasses.replace(message, installations=(first, *message.installations[1:]))

    result = run_dco(bench, broken)

    assert passed(result) == {"home-1": False, "home-2": True, "home-3": True}
    failed = result["installations"][0]
    assert failed["failed_check"] == "hand-over"
    assert failed["discarded"] == ["esme version 1"]
    assert [len(held(bench, home.name)) for home in HOMES] == [0, 1, 1]
    assert "envelope" in frame(bench, "home-1")


def test_a_failure_by_the_conditions_of_16_5_keeps_the_keys_in_escrow(make_bench):
    bench = make_bench(file_set_failures={"home-2": 1})
    one = {"installation": "home-2", "device": "esme"}
    file = sealed(bench, "home-2", "esme")
    bench.succeed(bench.dco, "accept_hand_over", **one, file=file.hex())
    bench.succeed(bench.dco, "escrow_successor", **one)

    result = run_dco(bench, dco_set(bench, HOME_2))

    assert result["installations"][0]["failed_check"] == "conditions-16.5"
    assert result["installations"][0]["discarded"] == ["esme version 1"]
    assert [version for version, _ in held(bench, "home-2")] == [2]


def test_a_device_that_is_not_on_record_fails_before_its_keys_are_taken(bench):
    message = dco_set(bench, HOME_2)
    meter = message.installations[0].meters[0]
    for wrong, says in (
        (dataclasses.replace(meter, eui64=Eui64(5)), "00-DB-12-34-56-78-90-B0 is on record"),
        (dataclasses.replace(meter, name="toaster"), "home-2 has no device 'toaster'"),
    ):
        entry = HandedOverInstallation("home-2", (wrong,))
        result = run_dco(bench, dataclasses.replace(message, installations=(entry,)))
        assert result["installations"][0]["failed_check"] == "records"
        assert result["installations"][0]["detail"] == f"{wrong.name}: {says}"
    assert held(bench, "home-2") == ()

    strange = ServedInstallation("home-9", (ServedDevice("hub", Eui64(5), "CHF"),))
    result = run_s1sp(bench, S1spFileSet("S", "M", (strange,)))
    assert result["installations"][0]["detail"] == "hub: no Installation 'home-9'"


@pytest.mark.parametrize("party", ["s1sp", "dco"])
def test_a_set_that_is_not_in_order_is_refused_whole(bench, party):
    made = {
        "s1sp": file_sets.encode_s1sp(s1sp_set(HOME_1)),
        "dco": file_sets.encode_dco(dco_set(bench, HOME_1)),
    }
    other = signed(made[party].replace(b"RFS-1", b"RFS-2"))
    wrong = {"file": made[party].hex(), "signature": other["signature"]}

    for arguments, says in (
        (wrong, "RequiredFileSet:1: signature: does not verify"),
        ({**wrong, "file": "3c61"}, "RequiredFileSet:1: xml: "),
    ):
        refused = getattr(bench, party).call("process_signed_file_set", arguments, 0)
        assert refused.code == "FILE_REFUSED"
        assert says in refused.detail
    assert held(bench, "home-1") == ()
    assert frame(bench, "home-1").code == "NOT_PROCESSED"


def test_only_what_failed_is_discarded():
    dropped = []
    findings = {
        "a": (Finding("one", None, ""),),
        "b": (Finding("one", "esme", "bad"), Finding("two", None, "worse")),
        "c": (),
    }

    def discard(name):
        dropped.append(name)
        return ("keys",)

    results = process(findings, findings.__getitem__, discard)

    assert dropped == ["b"]
    assert [it.passed for it in results] == [True, False, True]
    assert (results[1].failed_check, results[1].detail) == ("one", "esme: bad")
