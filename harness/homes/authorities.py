"""The test CAs of the bench, and the certificates that they issue to its devices.

Test material throughout: the private keys of these CAs lie in `fixtures/keys`, for everybody to
read. A certificate is issued from draws, so the same device of the same case always has the same
one.
"""

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hanbench.emulator.node.joining.credentials import Credential
from hanbench.emulator.node.surroundings import hash_of
from hanbench.harness.errors import HarnessError
from hanbench.harness.files.loader import fixtures_folder
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import certificates
from hanbench.protocol.zigbee.certificates import Authority, Certificate, Suite

FILE = "test-authorities.json"
PROFILE_AND_MANUFACTURER = bytes.fromhex("010910c7000000000000")
"""Profile attribute data of suite 1: Smart Energy, and a manufacturer that stands for nobody."""


@dataclass(frozen=True, slots=True)
class TestAuthority:
    """A CA whose private key is known."""

    __test__ = False

    public: Authority
    private_key: int


@functools.cache
def test_authorities() -> Mapping[Suite, TestAuthority]:
    """Read the test CAs that travel with the bench.

    Raises:
        HarnessError: the file is not one of test authorities, version 1.
    """
    path = fixtures_folder("keys") / FILE
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["test_authorities"] != 1:
            raise HarnessError(f"{FILE}: version {held['test_authorities']}, expected 1")
        return {Suite(entry["suite"]): _authority(entry) for entry in held["authorities"]}
    except (KeyError, ValueError, DecodeError) as error:
        raise HarnessError(f"{FILE}: {error}") from error


def trusted() -> dict[tuple[Suite, bytes], Authority]:
    """Return the CAs that every device of the bench trusts."""
    return {
        (suite, authority.public.issuer): authority.public
        for suite, authority in test_authorities().items()
    }


@functools.cache
def untrusted(suite: Suite) -> TestAuthority:
    """Return a CA that no device of the bench knows: test material as the others are."""
    curve = suite.curve
    private_key = hash_of(f"a CA that nobody trusts, suite {suite.value}") % curve.order
    public = curve.multiply(private_key, curve.generator)
    assert public is not None, "the key is not 0 modulo the order"
    known = Authority(suite=suite, issuer=b"STRANGER", public_key=public)
    return TestAuthority(known, private_key)


def certificate_maker(
    suite: Suite,
    subject: Eui64,
    lots: Callable[[str, int], int],
    by: Callable[[Suite], TestAuthority] | None = None,
) -> Callable[[], Credential]:
    """Return a function that issues a device's certificate when it is first asked.

    `by` is the CA; None: the one that every device of the bench trusts.
    """

    @functools.cache
    def made() -> Credential:
        authority = test_authorities()[suite] if by is None else by(suite)
        blank = Certificate(
            suite=suite,
            public_data=b"",
            subject=subject,
            issuer=authority.public.issuer,
            attributes=PROFILE_AND_MANUFACTURER,
        )
        data, private_key = certificates.issue(
            blank,
            authority_key=authority.private_key,
            authority_scalar=lots(f"CA scalar {suite.value}", 1),
            device_scalar=lots(f"device scalar {suite.value}", 1),
        )
        return Credential(suite, data, private_key)

    return made


def _authority(entry: Mapping[str, str]) -> TestAuthority:
    suite = Suite(int(entry["suite"]))
    public = suite.curve.decode(bytes.fromhex(entry["public"]))
    return TestAuthority(
        Authority(suite=suite, issuer=bytes.fromhex(entry["issuer"]), public_key=public),
        int(entry["private"], 16),
    )
