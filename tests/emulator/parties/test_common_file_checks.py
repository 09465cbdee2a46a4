"""The table of the Commissioning Party's checks: every row has its code, its stage and a test."""

import dataclasses
import datetime

import pytest
from tests.emulator.parties.conftest import HOME_1, HOME_2
from tests.tracked_files import ROOT

from hanbench.emulator.parties.check_table import parse_check_table
from hanbench.emulator.parties.common_file_checks import KNOWN_CHECKS
from hanbench.emulator.parties.common_file_submission import from_names
from hanbench.harness.parties import migration_signers
from hanbench.harness.parties.check_table import load_check_table
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.migration import common_file, signature
from hanbench.protocol.migration.authorisation import (
    AuthorisedInstallation,
    Meter,
    MigrationAuthorisation,
)
from hanbench.protocol.migration.common_file import NetworkCertificate
from hanbench.protocol.migration.file_names import FileType, StampedName, format_stamped
from hanbench.protocol.migration.signature import Signer

SIGNER = migration_signers.test_signers()["REQUESTING_PARTY"]
NAMES = ("hub", "esme", "gsme", "ppmid")


def entry_of(home, *names):
    devices = tuple(device for device in home.devices if device.name in (names or NAMES))
    made = from_names("x", home, devices, profile=None, group_id="DA")
    return made.file.installations[0]


def mcf(*entries, **more):
    return common_file.CommonFile(
        name="MCF-1", installations=entries or (entry_of(HOME_1),), **more
    )


def changed(device, **more):
    """Home-1's entry with one device changed."""
    entry = entry_of(HOME_1)
    devices = tuple(
        dataclasses.replace(it, **more) if it.name == device else it for it in entry.devices
    )
    return dataclasses.replace(entry, devices=devices)


def with_more(*devices):
    entry = entry_of(HOME_1)
    return dataclasses.replace(entry, devices=(*entry.devices, *devices))


def submission(file, signer=SIGNER, octets=None):
    canonical = common_file.encode(file)
    made = signature.encode(signature.sign(canonical, signer))
    return {
        "installation": "home-1",
        "file": (octets or canonical).hex(),
        "signature": made.hex(),
    }


def submit(bench, file, **more):
    return bench.succeed(
        bench.commissioning_party, "submit_common_file", **submission(file), **more
    )


def failures(bench, installation="home-1"):
    report = bench.succeed(bench.commissioning_party, "check", installation=installation)
    assert report["passed"] is all(it["passed"] for it in report["checks"])
    return {it["code"]: it["detail"] for it in report["checks"] if not it["passed"]}


def refusal(bench, arguments):
    return bench.commissioning_party.call("submit_common_file", arguments, 0)


AUTHORISATION = MigrationAuthorisation(
    name=StampedName(
        type=FileType.AUTHORISATION,
        tag="cgI",
        sender=Eui64(0x70B3D51F3000A008),
        written_at=datetime.datetime(2019, 4, 7, 18, 25, 3),  # noqa: DTZ001
    ),
    day=datetime.date(2019, 4, 15),
    installations=(
        AuthorisedInstallation(
            installation="home-1",
            chf=next(it.eui64 for it in HOME_1.devices if it.type == "CHF"),
            esme=Meter(next(it.eui64 for it in HOME_1.devices if it.name == "esme"), "active"),
            gsme=Meter(next(it.eui64 for it in HOME_1.devices if it.name == "gsme"), "active"),
            dno_certificate="0A",
        ),
    ),
)
MA = format_stamped(AUTHORISATION.name)


def test_a_good_signed_file_passes_every_check_of_the_table(bench):
    result = submit(bench, mcf(entry_of(HOME_1), entry_of(HOME_2, "hub", "esme")))

    assert result == {"common_file": "MCF-1", "installations": ["home-1", "home-2"]}
    report = bench.succeed(bench.commissioning_party, "check", installation="home-1")
    table = load_check_table()
    assert [it["code"] for it in report["checks"]] == [it.code for it in table.entries]
    assert failures(bench) == failures(bench, "home-2") == {}


FILE_FAILS = {
    "CP-DUPLICATE-INSTALLATION": (
        mcf(entry_of(HOME_1), entry_of(HOME_2, "hub", "esme"), entry_of(HOME_2, "hub", "esme")),
        "more than once: home-2 (line 1)",
    ),
    "CP-DUPLICATE-ADDRESS": (
        mcf(
            dataclasses.replace(
                entry_of(HOME_2, "esme"),
                devices=(*entry_of(HOME_1, "hub").devices, *entry_of(HOME_2, "esme").devices),
            ),
            entry_of(HOME_1),
        ),
        "hub (line 1) of home-1 has an address of home-2",
    ),
}
INSTALLATION_FAILS = {
    "CP-GROUP-ID": (mcf(group_id="EB"), "the file is for group EB"),
    "CP-SUPPLIER": (
        mcf(dataclasses.replace(entry_of(HOME_1), supplier="supplier-z")),
        "'supplier-z'; on record is 'supplier-a'",
    ),
    "CP-RECORDS": (
        mcf(changed("ppmid", eui64=Eui64(5))),
        "ppmid (line 1) is ",
    ),
    "CP-DUPLICATE-DEVICE": (
        mcf(with_more(entry_of(HOME_1, "gsme").devices[0])),
        "more than once: gsme (line 1)",
    ),
    "CP-ELECTRICITY-METER": (mcf(entry_of(HOME_1, "hub", "gsme")), "no ESME"),
    "CP-CARDINALITY": (mcf(entry_of(HOME_1, "esme", "gsme")), "no CHF"),
    "CP-LAST-JOINED": (
        mcf(entry_of(HOME_1, *NAMES, "old-ppmid")),
        "2 PPMIDs: ",
    ),
    "CP-REQUIRED-DATA": (mcf(entry_of(HOME_1, *NAMES, "bare-ihd")), "the SMSO lacks data: "),
    "CP-THIRD-PARTY": (mcf(entry_of(HOME_1, *NAMES, "stranger")), "never migrated: stranger"),
    "CP-PROFILE": (
        mcf(dataclasses.replace(entry_of(HOME_1), profile="mixed")),
        "the meters are all-active",
    ),
}


@pytest.mark.parametrize(("code", "case"), [*FILE_FAILS.items(), *INSTALLATION_FAILS.items()])
def test_a_bad_file_fails_the_check_that_is_there_for_it_and_no_other(bench, code, case):
    file, says = case
    submit(bench, file)

    failed = failures(bench)

    assert list(failed) == [code]
    assert failed[code].startswith(says)


def test_a_check_over_the_whole_file_fails_for_every_installation_in_it(bench):
    submit(bench, FILE_FAILS["CP-DUPLICATE-INSTALLATION"][0])

    assert list(failures(bench)) == list(failures(bench, "home-2"))


def test_a_check_over_one_installation_lets_the_others_go_on(bench):
    bad = dataclasses.replace(entry_of(HOME_1), profile="mixed")
    submit(bench, mcf(bad, entry_of(HOME_2, "hub", "esme")))

    assert list(failures(bench)) == ["CP-PROFILE"]
    assert failures(bench, "home-2") == {}


def test_a_model_without_an_epcl_entry_fails_by_its_code(make_bench):
    bench = make_bench(without_entry=lambda _home: ("gsme",))
    submit(bench, mcf())

    assert failures(bench) == {"CP-EPCL": "no EPCL entry: gsme"}


def test_every_difference_to_the_records_is_told(bench):
    stranger = dataclasses.replace(entry_of(HOME_1).devices[1], name="toaster", eui64=Eui64(9))
    entry = dataclasses.replace(
        changed("gsme", mode="dormant"),
        devices=(
            *changed("gsme", mode="dormant").devices[:-1],
            dataclasses.replace(entry_of(HOME_1, "ppmid").devices[0], type="IHD"),
            dataclasses.replace(stranger, type="IHD", mode=None),
        ),
    )
    submit(bench, mcf(entry))

    told = failures(bench)["CP-RECORDS"].split("; ")
    assert told == [
        "gsme (line 1) is active on record",
        "ppmid (line 1) is a PPMID on record",
        "toaster (line 1) is not on record",
    ]


def test_another_model_than_the_recorded_one_is_told(bench):
    submit(bench, mcf(changed("gsme", model="other")))

    assert failures(bench)["CP-RECORDS"].startswith("gsme (line 1) is a ")


def test_two_devices_of_one_address_are_duplicates(bench):
    esme = next(it for it in HOME_1.devices if it.name == "esme")
    submit(bench, mcf(changed("ppmid", eui64=esme.eui64)))

    assert failures(bench)["CP-DUPLICATE-DEVICE"] == "ppmid (line 1) has the address of esme"


def test_two_electricity_meters_are_too_many(bench):
    second = dataclasses.replace(entry_of(HOME_1, "esme").devices[0], name="esme-2", eui64=Eui64(9))
    submit(bench, mcf(with_more(second)))

    assert failures(bench)["CP-CARDINALITY"] == "2 ESMEs"


def certified(*certificates, **more):
    return mcf(dataclasses.replace(entry_of(HOME_1), certificates=certificates), **more)


DNO = NetworkCertificate("DNO", "0A")


def test_a_file_under_its_authorisation_passes(make_bench):
    bench = make_bench(authorisations=(AUTHORISATION,))
    submit(bench, certified(DNO, authorisation=MA.upper()))

    assert failures(bench) == {}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (
            certified(authorisation="MA_OTHER"),
            {"CP-AUTHORISATION": "home-1 is not under MA_OTHER"},
        ),
        (
            mcf(
                dataclasses.replace(changed("gsme", mode="dormant"), certificates=(DNO,)),
                authorisation=MA,
            ),
            {
                "CP-AUTHORISATION": "not authorised so: gsme",
                "CP-RECORDS": "gsme (line 1) is active on record",
            },
        ),
        (certified(authorisation=MA), {"CP-NETWORK-CERTIFICATE": "not as authorised: DNO"}),
        (
            certified(DNO, NetworkCertificate("GT", "0B"), authorisation=MA),
            {"CP-NETWORK-CERTIFICATE": "not as authorised: GT"},
        ),
        (
            certified(DNO, DNO, authorisation=MA),
            {"CP-CERTIFICATE-ROLE": "more than once: DNO"},
        ),
    ],
)
def test_a_file_beside_its_authorisation_fails(make_bench, file, expected):
    bench = make_bench(authorisations=(AUTHORISATION,))
    submit(bench, file)

    assert failures(bench) == expected


def test_a_gas_transporter_s_certificate_wants_a_gas_meter(bench):
    gas = NetworkCertificate("GT", "0B")
    submit(bench, mcf(dataclasses.replace(entry_of(HOME_1, "hub", "esme"), certificates=(gas,))))

    assert failures(bench) == {"CP-CERTIFICATE-ROLE": "without its meter: GT"}


def test_the_short_form_carries_the_certificates_of_its_authorisation(make_bench):
    bench = make_bench(authorisations=(AUTHORISATION,))
    bench.succeed(
        bench.commissioning_party,
        "submit_common_file",
        installation="home-1",
        devices=["esme", "gsme"],
    )

    assert failures(bench) == {}


SUBMISSIONS = {
    "CP-SCHEMA": (
        submission(mcf(), octets=common_file.encode(mcf()).replace(b'type="CHF"', b'type="HUB"')),
        "MigrationCommonFile:1: value: Device type: 'HUB' is not one of",
    ),
    "CP-SIGNER": (
        submission(mcf(), signer=Signer(Eui64(7), SIGNER.private_key)),
        "MigrationCommonFile:1: certificate: 00-00-00-00-00-00-00-07 is not a known signer",
    ),
    "CP-SIGNATURE": (
        submission(mcf(), octets=common_file.encode(mcf(group_id="EB"))),
        "MigrationCommonFile:1: signature: does not verify over the canonical octets",
    ),
}


@pytest.mark.parametrize(("code", "case"), SUBMISSIONS.items())
def test_a_signed_file_that_is_refused_leaves_nothing_behind(bench, code, case):
    arguments, says = case
    refused = refusal(bench, arguments)

    assert refused.code == "FILE_REFUSED"
    assert refused.detail.startswith(f"{code}: {says}")
    assert bench.refuse(bench.commissioning_party, "check", installation="home-1") == (
        "NO_COMMON_FILE"
    )


def test_octets_that_are_no_signature_are_refused(bench):
    refused = refusal(bench, {**submission(mcf()), "signature": "00"})

    assert refused.detail.startswith("CP-SIGNATURE: signature.tag: ")


def test_a_file_may_come_again_but_no_other_under_its_name(bench):
    first = submit(bench, mcf())

    assert submit(bench, mcf()) == first
    refused = refusal(bench, submission(mcf(entry_of(HOME_1, "hub", "esme"))))
    says = "CP-FILE-NAME: another file MCF-1 was submitted before"
    assert (refused.code, refused.detail) == ("FILE_REFUSED", says)


def test_white_space_is_not_signed_and_does_not_matter(bench):
    spaced = common_file.encode(mcf()).replace(b"><", b">\n<")

    arguments = submission(mcf(), octets=spaced)

    assert bench.succeed(bench.commissioning_party, "submit_common_file", **arguments)


def test_a_file_about_other_installations_is_refused(bench):
    other = mcf(dataclasses.replace(entry_of(HOME_1), name="home-9"))

    assert refusal(bench, submission(other)).code == "NO_SUCH_INSTALLATION"
    elsewhere = mcf(entry_of(HOME_2, "hub", "esme"))
    assert refusal(bench, submission(elsewhere)).code == "NOT_IN_COMMON_FILE"


@pytest.mark.parametrize("more", [{}, {"file": "00"}, {"devices": ["esme"], "signature": "00"}])
def test_a_submission_has_one_form(bench, more):
    assert refusal(bench, {"installation": "home-1", **more}).code == "BAD_REQUEST"


def test_every_row_of_the_table_has_been_seen_to_fail_here():
    elsewhere = {
        "CP-EPCL",
        "CP-AUTHORISATION",
        "CP-NETWORK-CERTIFICATE",
        "CP-CERTIFICATE-ROLE",
        "CP-FILE-NAME",
    }

    assert {it.code for it in load_check_table().entries} == {
        *SUBMISSIONS,
        *FILE_FAILS,
        *INSTALLATION_FAILS,
        *elsewhere,
    }


def test_step_5_9_10_and_prepayment_keys_are_absent_on_purpose():
    """TMAD v5.1 conclusions: 5.9.10 is removed, 4.49 does not apply to Secure."""
    table = load_check_table()
    schema = (ROOT / "fixtures/schemas/migration/MigrationCommonFile.xsd").read_text().lower()

    assert "5.9.10" not in [it.step for it in table.entries]
    assert [it.what for it in table.absent] == ["step 5.9.10", "4.49, prepayment keys"]
    assert "prepayment" not in schema
    assert not any("prepayment" in it.statement.lower() for it in table.entries)


def test_a_table_that_the_code_does_not_know_does_not_load():
    rows = load_check_table().model_dump(mode="json")
    fewer = {**rows, "entries": rows["entries"][1:]}
    same_code = [{**row, "code": "CP-SAME"} for row in rows["entries"]]

    with pytest.raises(ValueError, match="the checks of stage submission"):
        parse_check_table(fewer, KNOWN_CHECKS)
    with pytest.raises(ValueError, match="two checks have the same error code"):
        parse_check_table({**rows, "entries": same_code}, KNOWN_CHECKS)
