"""One side of a key establishment, and each way in which it can end badly."""

import pytest
from tests.emulator.node.net import hash_of

from hanbench.emulator.instant import SECOND_US, Instant, after
from hanbench.emulator.node.joining.cbke_session import GRACE_US, CbkeSession, Failure, Stage
from hanbench.emulator.node.joining.credentials import Credential, Credentials
from hanbench.harness.homes.authorities import certificate_maker, trusted
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import certificates
from hanbench.protocol.zigbee.certificates import Suite
from hanbench.protocol.zigbee.clusters.key_establishment import (
    Command,
    ConfirmKeyRequest,
    ConfirmKeyResponse,
    EphemeralDataRequest,
    EphemeralDataResponse,
    InitiateRequest,
    InitiateResponse,
    TerminateByClient,
    TerminateByServer,
    TerminateStatus,
)

JOINER, TRUST_CENTRE, STRANGER = Eui64(0xB1), Eui64(0xA0), Eui64(0xEE)
NOW = Instant(0)


def credentials(me: Eui64, suite: Suite, **changes: object) -> Credentials:
    def lots(purpose: str, occurrence: int) -> int:
        return hash_of(f"{me:x} {purpose} {occurrence}")

    given = {
        "certificates": {suite: certificate_maker(suite, me, lots)},
        "authorities": trusted(),
        **changes,
    }
    return Credentials(**given)  # type: ignore[arg-type]


def session(
    me: Eui64, peer: Eui64, suite: Suite = Suite.SUITE_1, own: Credentials | None = None
) -> CbkeSession:
    return CbkeSession(
        me=me,
        peer=peer,
        is_initiator=me == JOINER,
        suite=suite,
        credentials=own or credentials(me, suite),
        ephemeral_key=hash_of(f"ephemeral {me:x}"),
    )


def pair(
    suite: Suite = Suite.SUITE_1, joiners: Credentials | None = None
) -> tuple[CbkeSession, CbkeSession]:
    return session(JOINER, TRUST_CENTRE, suite, joiners), session(TRUST_CENTRE, JOINER, suite)


def talk(one: CbkeSession, other: CbkeSession, said: list[Command]) -> None:
    """Carry messages to and fro until nobody has anything to say."""
    listener, speaker = other, one
    while said:
        said = [answer for command in said for answer in listener.take(command, NOW)]
        listener, speaker = speaker, listener


@pytest.mark.parametrize("suite", list(Suite))
def test_both_ends_come_to_one_key(suite: Suite) -> None:
    joiner, trust_centre = pair(suite)

    talk(joiner, trust_centre, joiner.start(NOW))

    assert joiner.stage is trust_centre.stage is Stage.DONE
    assert joiner.link_key == trust_centre.link_key
    assert joiner.link_key.is_test_material
    assert joiner.deadline is trust_centre.deadline is None


def refusal(of: CbkeSession, said: list[Command]) -> tuple[TerminateStatus, bool]:
    assert isinstance(of.failure, Failure)
    assert said == [] or isinstance(said[0], TerminateByClient | TerminateByServer)
    return of.failure.status, of.failure.by_us


def test_an_issuer_that_is_not_known_is_refused() -> None:
    joiner, _ = pair()
    blind = session(
        TRUST_CENTRE, JOINER, own=credentials(TRUST_CENTRE, Suite.SUITE_1, authorities={})
    )

    said = blind.take(joiner.start(NOW)[0], NOW)

    assert refusal(blind, said) == (TerminateStatus.UNKNOWN_ISSUER, True)
    assert joiner.take(said[0], NOW) == []
    assert refusal(joiner, []) == (TerminateStatus.UNKNOWN_ISSUER, False)


def test_a_certificate_for_somebody_else_is_refused() -> None:
    joiner = session(JOINER, TRUST_CENTRE, own=credentials(STRANGER, Suite.SUITE_1))
    _, trust_centre = pair()

    said = trust_centre.take(joiner.start(NOW)[0], NOW)

    assert refusal(trust_centre, said) == (TerminateStatus.INVALID_CERTIFICATE, True)


def test_a_certificate_that_is_not_for_key_agreement_is_refused() -> None:
    real = credentials(JOINER, Suite.SUITE_2).certificates[Suite.SUITE_2]()
    for_signing = bytearray(real.certificate)
    for_signing[36] = 0x80
    only_signs = Credential(Suite.SUITE_2, bytes(for_signing), real.private_key)
    joiner, trust_centre = pair(
        Suite.SUITE_2,
        credentials(JOINER, Suite.SUITE_2, certificates={Suite.SUITE_2: lambda: only_signs}),
    )
    assert certificates.decode(only_signs.certificate, Suite.SUITE_2).key_usage == 0x80

    said = trust_centre.take(joiner.start(NOW)[0], NOW)

    assert refusal(trust_centre, said) == (TerminateStatus.INVALID_CERTIFICATE, True)


def test_a_certificate_whose_point_is_none_is_refused() -> None:
    joiner, trust_centre = pair()
    (offer,) = joiner.start(NOW)
    assert isinstance(offer, InitiateRequest)
    broken = InitiateRequest(
        suites=offer.suites,
        ephemeral_data_s=offer.ephemeral_data_s,
        confirm_key_s=offer.confirm_key_s,
        certificate=b"\x07" + offer.certificate[1:],
    )

    said = trust_centre.take(broken, NOW)

    assert refusal(trust_centre, said) == (TerminateStatus.INVALID_CERTIFICATE, True)


def test_another_suite_than_was_begun_is_refused() -> None:
    joiner = session(JOINER, TRUST_CENTRE, Suite.SUITE_2)
    _, trust_centre = pair()

    said = trust_centre.take(joiner.start(NOW)[0], NOW)

    assert refusal(trust_centre, said) == (TerminateStatus.UNSUPPORTED_SUITE, True)


def test_a_private_key_that_is_not_the_certificates_is_found_out() -> None:
    real = credentials(JOINER, Suite.SUITE_1).certificates[Suite.SUITE_1]()
    stolen = Credential(Suite.SUITE_1, real.certificate, real.private_key + 1)
    joiner, trust_centre = pair(
        joiners=credentials(JOINER, Suite.SUITE_1, certificates={Suite.SUITE_1: lambda: stolen})
    )

    talk(joiner, trust_centre, joiner.start(NOW))

    assert refusal(trust_centre, []) == (TerminateStatus.BAD_KEY_CONFIRM, True)
    assert refusal(joiner, []) == (TerminateStatus.BAD_KEY_CONFIRM, False)


@pytest.mark.parametrize(
    "early",
    [ConfirmKeyRequest(bytes(16)), EphemeralDataRequest(b"\x02" + bytes(21))],
    ids=["confirm", "ephemeral"],
)
def test_a_message_out_of_order_ends_the_exchange(early: Command) -> None:
    _, trust_centre = pair()

    said = trust_centre.take(early, NOW)

    assert refusal(trust_centre, said) == (TerminateStatus.BAD_MESSAGE, True)
    assert trust_centre.take(early, NOW) != []


def test_a_point_that_is_none_ends_the_exchange() -> None:
    joiner, trust_centre = pair()
    (answer,) = trust_centre.take(joiner.start(NOW)[0], NOW)
    joiner.take(answer, NOW)

    said = joiner.take(EphemeralDataResponse(b"\x02" + b"\xff" * 21), NOW)

    assert refusal(joiner, said) == (TerminateStatus.BAD_MESSAGE, True)


def test_a_message_that_cannot_be_read_ends_the_exchange() -> None:
    joiner, _ = pair()
    joiner.start(NOW)

    assert refusal(joiner, joiner.malformed()) == (TerminateStatus.BAD_MESSAGE, True)


def test_the_other_side_has_the_time_that_it_announced_and_two_seconds() -> None:
    joiner, trust_centre = pair()
    (answer,) = trust_centre.take(joiner.start(NOW)[0], NOW)
    joiner.take(answer, NOW)
    announced_us = 10 * SECOND_US

    assert joiner.deadline == after(NOW, announced_us + GRACE_US)
    said = joiner.expire()

    assert isinstance(said[0], TerminateByClient)
    assert joiner.failure is not None
    assert joiner.failure.is_late
    assert joiner.failure.words == "too-late, we say"


@pytest.mark.parametrize(
    "turned",
    [
        InitiateResponse(suites=1, ephemeral_data_s=1, confirm_key_s=1, certificate=bytes(48)),
        EphemeralDataResponse(b"\x02" + bytes(21)),
        ConfirmKeyResponse(bytes(16)),
    ],
    ids=["initiate", "ephemeral", "confirm"],
)
def test_what_only_the_other_side_of_an_exchange_says_ends_it(turned: Command) -> None:
    _, trust_centre = pair()

    said = trust_centre.take(turned, NOW)

    assert refusal(trust_centre, said) == (TerminateStatus.BAD_MESSAGE, True)
    assert isinstance(said[0], TerminateByServer)


def test_an_initiator_takes_no_proof_that_is_its_own() -> None:
    joiner, trust_centre = pair()
    (answer,) = trust_centre.take(joiner.start(NOW)[0], NOW)
    (point,) = joiner.take(answer, NOW)
    (their_point,) = trust_centre.take(point, NOW)
    (proof,) = joiner.take(their_point, NOW)
    assert isinstance(proof, ConfirmKeyRequest)

    said = joiner.take(proof, NOW)

    assert refusal(joiner, said) == (TerminateStatus.BAD_MESSAGE, True)
    assert isinstance(said[0], TerminateByClient)


def test_a_terminate_of_our_own_side_ends_nothing_and_is_not_answered() -> None:
    joiner, trust_centre = pair()
    said = joiner.start(NOW)
    reason = TerminateStatus.NO_RESOURCES

    assert joiner.take(TerminateByClient(reason, 60, 1), NOW) == []
    assert trust_centre.take(TerminateByServer(reason, 60, 1), NOW) == []
    assert joiner.failure is trust_centre.failure is None
    talk(joiner, trust_centre, said)

    assert joiner.stage is trust_centre.stage is Stage.DONE


def test_what_comes_after_its_time_ends_the_exchange() -> None:
    joiner, trust_centre = pair()
    (answer,) = trust_centre.take(joiner.start(NOW)[0], NOW)
    assert joiner.deadline is not None

    said = joiner.take(answer, joiner.deadline)

    assert refusal(joiner, said) == (TerminateStatus.BAD_MESSAGE, True)
    assert joiner.failure is not None
    assert joiner.failure.is_late
    assert isinstance(said[0], TerminateByClient)
