"""What can be wrong with bytes.

ProtocolError
├── DecodeError    these bytes are not a valid message: the sender's fault
├── EncodeError    this message has no valid bytes: the caller's mistake
└── SecurityError  the message is well formed, but its MAC, signature, counter or key does not hold
    └── MissingKeyError  no key is held for that device and use
"""


class ProtocolError(Exception):
    """The base of every error that `hanbench.protocol` raises on purpose."""


class DecodeError(ProtocolError):
    """These bytes are not a valid message; `field` names the part that failed."""

    def __init__(self, reason: str, *, field: str = "") -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field


class EncodeError(ProtocolError):
    """This message has no valid encoding; the code that built it is wrong."""


class SecurityError(ProtocolError):
    """A MAC, a signature, a counter or a wrapped key does not verify."""


class MissingKeyError(SecurityError):
    """The key store holds no key for this device and usage."""
