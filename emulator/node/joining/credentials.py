"""What a device is made with so that it can join: certificates, the CAs that it knows, a code.

Source: ZigBee Smart Energy Standard (07-5356) sections 5.4.7 and 5.4.8 (certificates, install
codes). A certificate is made when it is first needed, since most devices of a bench joined long
ago.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hanbench.protocol.keys import Key
from hanbench.protocol.zigbee.certificates import Authority, Suite


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate and the private key to it."""

    suite: Suite
    certificate: bytes
    private_key: int = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """All that a device proves itself by."""

    certificates: Mapping[Suite, Callable[[], Credential]]
    """By suite; a device lacks those that it has no certificate for."""
    authorities: Mapping[tuple[Suite, bytes], Authority]
    """The CAs that it trusts, by suite and issuer."""
    install_key: Key | None = None
    """The link key that follows from its install code; None for the trust centre itself."""
    is_test_material: bool = True

    @property
    def suites(self) -> int:
        """The bitmap of the suites that it can do."""
        bits = 0
        for suite in self.certificates:
            bits |= int(suite)
        return bits


def no_credentials() -> Credentials:
    """Return those of a device that can prove nothing."""
    return Credentials(certificates={}, authorities={})
