"""What an engine submits, in both forms, and the file that the reference engine signs."""

from tests.suite_cases import case_of

from hanbench.harness.engine.reference.common_file import signed_common_file
from hanbench.harness.judging.submitted_devices import submitted_devices
from hanbench.harness.parties import migration_signers
from hanbench.harness.parties.authorisation import authorisation_of
from hanbench.protocol.migration import common_file, signature

DISPLAY = {"device": "ppmid", "eui64": "00-DB-12-34-56-78-90-A3", "type": "PPMID"}


def test_the_devices_of_both_forms_are_read() -> None:
    signed = signed_common_file(authorisation_of(case_of("clean-two-fuel")), [DISPLAY])

    assert submitted_devices(signed, "home-1") == ("hub", "esme", "gsme", "ppmid")
    assert submitted_devices(signed, "home-2") == ()
    assert submitted_devices({"devices": ["esme"]}, "home-1") == ("esme",)


def test_what_is_in_no_form_is_told_apart() -> None:
    for arguments in ({}, {"file": 3}, {"file": "zz"}, {"file": "00"}):
        assert submitted_devices(arguments, "home-1") is None


def test_the_engines_file_is_the_same_every_time_and_signed() -> None:
    authorisation = authorisation_of(case_of("clean-two-fuel"))

    first, second = (signed_common_file(authorisation) for _ in range(2))

    assert first == second
    octets = bytes.fromhex(first["file"])
    file = common_file.decode(octets)
    assert (file.name, file.group_id) == ("MCF-home-1-1", "DA")
    assert file.installations[0].supplier == authorisation.supplier == "Example Supplier"
    made = signature.decode(bytes.fromhex(first["signature"]))
    signature.verify(octets, made, migration_signers.trusted_signers(), file="mcf")


def test_a_model_that_is_called_by_a_path_is_left_out_of_the_file() -> None:
    authorisation = authorisation_of(case_of("clean-two-fuel"))
    meters = tuple(
        meter.model_copy(update={"model": "models/own.yaml"}) for meter in authorisation.meters
    )
    own = authorisation.model_copy(update={"meters": meters})

    file = common_file.decode(bytes.fromhex(signed_common_file(own)["file"]))

    assert [it.model for it in file.installations[0].devices] == ["", "", ""]
