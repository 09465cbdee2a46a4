"""Key establishment against the vectors that others made, and an exchange of our own."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import certificates, key_agreement, zcl
from hanbench.protocol.zigbee.binary_curve import Point
from hanbench.protocol.zigbee.certificates import Authority, Certificate, Suite
from hanbench.protocol.zigbee.clusters import key_establishment
from hanbench.protocol.zigbee.key_agreement import Agreement, Transcript

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "fixtures" / "vectors" / "cbke.json").read_text(encoding="utf-8")
)
ISSUER = b"TESTSECA"


def authority(entry: dict[str, Any]) -> Authority:
    suite = Suite(entry["suite"])
    return Authority(
        suite=suite,
        issuer=ISSUER,
        public_key=suite.curve.decode(bytes.fromhex(entry["ca_public"])),
    )


def number(text: str) -> int:
    return int(text, 16)


def ends(exchange: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return exchange["initiator"], exchange["responder"]


EXCHANGES = pytest.mark.parametrize(
    "exchange", VECTORS["exchanges"], ids=lambda one: f"suite-{one['suite']}"
)
CERTIFICATES = pytest.mark.parametrize(
    "entry", VECTORS["certificates"], ids=lambda one: f"{one['suite']}-{one['certificate'][2:10]}"
)
OWN_CAS = pytest.mark.parametrize(
    "entry", VECTORS["own_ca"], ids=lambda one: f"suite-{one['suite']}"
)


@CERTIFICATES
def test_a_published_certificate_gives_the_public_key_of_its_private_key(
    entry: dict[str, Any],
) -> None:
    suite, data = Suite(entry["suite"]), bytes.fromhex(entry["certificate"])
    certificate = certificates.decode(data, suite)

    found = certificates.public_key(data, certificate, authority(entry))

    assert suite.curve.encode(found).hex() == entry["public"]
    assert suite.curve.multiply(number(entry["private"]), suite.curve.generator) == found
    assert certificate.subject == number(entry["subject"])
    assert certificates.encode(certificate) == data
    assert len(data) == suite.certificate_octets


@EXCHANGES
def test_both_ends_of_the_annex_c_exchange_come_to_the_same_keys(exchange: dict[str, Any]) -> None:
    suite = Suite(exchange["suite"])
    curve = suite.curve
    for ours, theirs in (ends(exchange), ends(exchange)[::-1]):
        data = bytes.fromhex(theirs["certificate"])
        static = certificates.public_key(
            data, certificates.decode(data, suite), authority(exchange)
        )
        assert curve.encode(static).hex() == theirs["public"]
        values = {
            "static_key": number(ours["private"]),
            "ephemeral_key": number(ours["ephemeral_private"]),
            "their_static": static,
            "their_ephemeral": curve.decode(bytes.fromhex(theirs["ephemeral_public"])),
        }
        assert key_agreement.shared_secret(curve, **values).hex() == exchange["z"]
        agreement = key_agreement.agree(curve, **values)
        assert agreement.mac_key.hex() == exchange["mac_key"]
        assert agreement.link_key(is_test_material=True).value.hex() == exchange["key_data"]


@EXCHANGES
def test_the_proofs_are_those_of_annex_c(exchange: dict[str, Any]) -> None:
    initiator, responder = ends(exchange)
    transcript = Transcript(
        initiator=Eui64(number(initiator["ieee"])),
        responder=Eui64(number(responder["ieee"])),
        initiator_point=bytes.fromhex(initiator["ephemeral_public"]),
        responder_point=bytes.fromhex(responder["ephemeral_public"]),
    )
    agreement = Agreement(bytes.fromhex(exchange["mac_key"]), bytes.fromhex(exchange["key_data"]))

    assert key_agreement.initiator_proof(agreement, transcript).hex() == exchange["macu"]
    assert key_agreement.responder_proof(agreement, transcript).hex() == exchange["macv"]


@EXCHANGES
def test_ephemeral_keys_are_those_of_their_points(exchange: dict[str, Any]) -> None:
    curve = Suite(exchange["suite"]).curve
    for end in ends(exchange):
        point = curve.multiply(number(end["ephemeral_private"]), curve.generator)
        assert point is not None
        assert curve.encode(point).hex() == end["ephemeral_public"]


@OWN_CAS
def test_a_certificate_is_issued_as_in_the_vector(entry: dict[str, Any]) -> None:
    suite, wanted = Suite(entry["suite"]), bytes.fromhex(entry["certificate"])

    data, private = certificates.issue(
        certificates.decode(wanted, suite),
        authority_key=number(entry["ca_private"]),
        authority_scalar=number(entry["ca_ephemeral_private"]),
        device_scalar=number(entry["device_request_private"]),
    )

    assert data == wanted
    assert private == number(entry["device_private"])
    assert certificates.hash_of(data) == number(entry["cert_hash_e"])
    found = certificates.public_key(data, certificates.decode(data, suite), authority(entry))
    assert suite.curve.encode(found).hex() == entry["device_public"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("initiate_req_zcl_payload", key_establishment.InitiateRequest),
        ("initiate_rsp_zcl_payload", key_establishment.InitiateResponse),
    ],
)
def test_the_initiate_of_annex_c_is_read_and_written(name: str, kind: type) -> None:
    payload = bytes.fromhex(VECTORS["wire"][name])
    direction = zcl.Direction(0 if kind is key_establishment.InitiateRequest else 1)
    frame = zcl.ZclFrame(
        frame_type=zcl.FrameType.CLUSTER,
        direction=direction,
        sequence=1,
        command_id=0,
        payload=payload,
    )

    command = key_establishment.COMMANDS.decode(frame)

    assert isinstance(command, kind)
    assert (command.suites, command.ephemeral_data_s, command.confirm_key_s) == (1, 3, 6)
    assert key_establishment.COMMANDS.encode(command, sequence=1).payload == payload


@pytest.mark.parametrize("suite", list(Suite))
@settings(max_examples=30)
@given(data=st.binary(min_size=40, max_size=80))
def test_any_octets_are_a_certificate_or_a_named_error(suite: Suite, data: bytes) -> None:
    for octets in (data, data[: suite.certificate_octets].ljust(suite.certificate_octets, b"\x00")):
        found = certificate_or_error(octets, suite)
        if isinstance(found, DecodeError):
            assert found.field.startswith("certificate-")
        else:
            assert certificates.encode(found) == octets


def certificate_or_error(octets: bytes, suite: Suite) -> Certificate | DecodeError:
    try:
        return certificates.decode(octets, suite)
    except DecodeError as error:
        return error


@pytest.mark.parametrize("suite", list(Suite))
def test_a_truncated_certificate_and_one_with_a_tail_are_refused(suite: Suite) -> None:
    blank = Certificate(
        suite=suite,
        public_data=bytes(suite.curve.point_octets),
        subject=Eui64(1),
        issuer=ISSUER,
        attributes=bytes(10),
    )
    data = certificates.encode(blank)

    for octets in (*(data[:end] for end in range(len(data))), data + b"\x00"):
        with pytest.raises(DecodeError):
            certificates.decode(octets, suite)


@pytest.mark.parametrize("suite", list(Suite))
def test_public_data_that_is_no_point_gives_no_key(suite: Suite) -> None:
    entry = next(one for one in VECTORS["certificates"] if one["suite"] == suite)
    data = bytes.fromhex(entry["certificate"])
    certificate = certificates.decode(data, suite)
    broken = certificates.encode(
        Certificate(
            suite=suite,
            public_data=b"\x05" + certificate.public_data[1:],
            subject=certificate.subject,
            issuer=certificate.issuer,
            attributes=certificate.attributes,
        )
    )

    with pytest.raises(DecodeError, match="point"):
        certificates.public_key(broken, certificates.decode(broken, suite), authority(entry))


@pytest.mark.parametrize("suite", list(Suite))
def test_a_certificate_whose_key_is_at_infinity_is_refused(suite: Suite) -> None:
    curve = suite.curve
    blank = Certificate(
        suite=suite,
        public_data=curve.encode(curve.generator),
        subject=Eui64(1),
        issuer=ISSUER,
        attributes=bytes(10),
    )
    data = certificates.encode(blank)
    multiple = curve.multiply(certificates.hash_of(data), curve.generator)
    assert multiple is not None
    against = Authority(
        suite=suite, issuer=ISSUER, public_key=Point(multiple.x, multiple.x ^ multiple.y)
    )

    with pytest.raises(DecodeError, match="infinity"):
        certificates.public_key(data, blank, against)


def test_an_ephemeral_key_of_zero_and_points_that_cancel_give_no_secret() -> None:
    curve = Suite.SUITE_1.curve
    g = curve.generator
    values = {"static_key": 5, "their_static": g, "their_ephemeral": g}

    with pytest.raises(DecodeError, match="ephemeral key of 0"):
        key_agreement.shared_secret(curve, ephemeral_key=curve.order, **values)
    lone = Point(0, 1)
    with pytest.raises(DecodeError, match="no secret"):
        key_agreement.shared_secret(
            curve, ephemeral_key=7, static_key=5, their_static=lone, their_ephemeral=lone
        )
